"""The template tags that every page uses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

import guanxi

NOW = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)


def render(source: str, language: str = "en", **values: Any) -> str:
    from zoneinfo import ZoneInfo

    values = {"now": NOW, "firm_zone": ZoneInfo("Asia/Shanghai")} | values
    with translation.override(language):
        return Template("{% load guanxi %}" + source).render(Context(values)).strip()


class TestMoment:
    def test_says_how_long_ago_with_the_firms_clock_beside(self) -> None:
        text = render("{% moment at %}", at=NOW - timedelta(hours=3))

        assert ">3 hours ago<" in text
        assert "May 13, 2026, 1:00" in text
        assert "Asia/Shanghai" in text

    def test_speaks_chinese(self) -> None:
        assert "3 小时前" in render("{% moment at %}", "zh-hans", at=NOW - timedelta(hours=3))

    def test_says_nothing_of_nothing(self) -> None:
        assert render("{% moment at %}", at=None) == "—"

    def test_shows_the_readers_own_clock(self) -> None:
        assert ">Wed 17:00<" in render('{% clock_there now "Asia/Tokyo" %}')


class TestMoney:
    @pytest.mark.parametrize(
        ("amount", "currency", "language", "text"),
        [
            (Decimal("1234.5"), "USD", "en", "$1,234.50"),
            (Decimal("1234.5"), "JPY", "en", "¥1,234"),
            (Decimal("1234.5"), "CNY", "zh-hans", "¥1,234.50"),
            (None, "USD", "en", "—"),
        ],
    )
    def test_is_written_as_the_page_speaks(
        self, amount: Decimal | None, currency: str, language: str, text: str
    ) -> None:
        assert render("{{ amount|money:currency }}", language, amount=amount, currency=currency) == text

    def test_sums_need_no_cents(self) -> None:
        assert render('{{ amount|whole_money:"EUR" }}', amount=Decimal("8911407.90")) == "€8,911,408"

    def test_shares_are_percent(self) -> None:
        assert render("{{ value|share }}", value=0.1234) == "12.3%"


class TestTierChip:
    def test_has_the_tone_of_its_tier(self) -> None:
        text = render('{% tier_chip "dormant" "Asleep" %}')

        assert "tier-asleep" in text
        assert ">Asleep<" in text

    def test_an_unknown_tier_is_plain(self) -> None:
        assert "tier-plain" in render('{% tier_chip "gold_plus" %}')

    def test_escapes_its_title(self) -> None:
        assert "<b>" not in render('{% tier_chip "high" title %}', title="<b>")


class TestPager:
    def test_keeps_the_other_words_of_the_address(self) -> None:
        request = RequestFactory().get("/customers/?search=gmbh&page=2")
        page = Paginator(list(range(100)), 10).page(2)

        text = render("{% pager page %}", page=page, request=request)

        assert "search=gmbh&amp;page=3" in text
        assert "11–20 of 100" in text

    def test_is_silent_for_one_page(self) -> None:
        request = RequestFactory().get("/customers/")

        assert render("{% pager page %}", page=Paginator([1], 10).page(1), request=request) == ""


class TestChart:
    def test_carries_its_data_as_text(self) -> None:
        text = render('{% chart "spend" option %}', option={"title": "</script><script>alert(1)</script>"})

        assert "<script>alert" not in text
        assert 'data-chart="chart-spend"' in text


class TestWordsOfBlock:
    def test_repeats_the_headline_in_the_window(self, db: Any, ada: Any, signed_in: Any) -> None:
        assert "<title>My account · Guanxi</title>" in signed_in(ada).get("/me/").content.decode()


class TestTriggers:
    def test_of_pages_are_such_as_htmx_reads(self) -> None:
        """A selector of several words stands in parentheses; else the browser refuses the trigger without a word."""
        folder = Path(guanxi.__file__).parent / "console" / "templates"
        written = [
            trigger
            for path in folder.rglob("*.html")
            for trigger in re.findall(r'hx-trigger="([^"]*)"', path.read_text("utf-8"))
        ]

        odd = re.compile(r"from:[^\s,(]+\s+(?!delay:|throttle:|target:|queue:|changed|once|consume)[^\s,]")
        assert written
        assert [trigger for trigger in written if odd.search(trigger)] == []
