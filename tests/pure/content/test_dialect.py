"""The merge language: what it knows, and what it must not reach."""

from __future__ import annotations

import time
from typing import Any

import pytest
from liquid.exceptions import LiquidError

from guanxi.content import dialect
from guanxi.content.dialect import BadLetter


def fill(source: str, *, is_html: bool = False, language: str = "en", **values: Any) -> str:
    return dialect.parse(source, is_html).render(letter={"language": language}, **values)


class TestLimits:
    @pytest.mark.parametrize(
        "source",
        [
            "{{7*7}}", "{% include 'secret' %}", "{% render 'secret' %}", "{% tablerow i in (1..9) %}{% endtablerow %}",
            "{% liquid echo 'x' %}", "{% capture a %}{% endcapture %}", "{% increment a %}", "{{ 'a' | safe }}",
            "{{ 'a' | base64_decode }}", "{{ 'now' | map: 'x' }}", "{% import os %}", "{{ order.number", "{% if x %}",
            "{{ config.items() }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{% raw %}",
        ],
    )  # fmt: skip
    def test_knows_no_reach_outside(self, source: str) -> None:
        with pytest.raises(BadLetter):
            dialect.parse(source, True)

    @pytest.mark.parametrize("source", ["${7*7}", "<%= 7*7 %>", "#{7*7}", "@{7*7}", "{7*7}"])
    def test_leaves_other_languages_as_text(self, source: str) -> None:
        assert fill(source) == source

    @pytest.mark.parametrize("name", ["__class__", "__init__", "keys", "mro", "__globals__"])
    def test_sees_no_attributes(self, name: str) -> None:
        with pytest.raises(LiquidError):
            fill(f"{{{{ x.{name} }}}}", x={"a": "b"})

    def test_stops_long_loops_soon(self) -> None:
        begun = time.thread_time()

        with pytest.raises(LiquidError):
            fill("{% for a in (1..200) %}{% for b in (1..200) %}.{% endfor %}{% endfor %}")

        assert time.thread_time() - begun < 5

    def test_stops_long_output(self) -> None:
        with pytest.raises(LiquidError):
            fill("{% for a in (1..600) %}{{ x }}{% endfor %}", x="." * 1024)

    def test_an_absent_name_is_false_but_cannot_be_written(self) -> None:
        assert fill("{% if order.news %}a{% else %}b{% endif %}", order={}) == "b"
        with pytest.raises(LiquidError):
            fill("{{ order.news }}", order={})


class TestEscaping:
    @pytest.mark.parametrize("value", ["<script>alert(1)</script>", '"><img onerror=x>', "a & b", "' onclick='"])
    def test_values_are_text_in_html(self, value: str) -> None:
        written = fill('<a title="{{ x }}">{{ x | newline_to_br }}{{ x | isolate }}</a>', is_html=True, x=value)

        assert value not in written
        assert "<script" not in written
        assert "<img" not in written

    def test_values_stay_as_they_are_in_text(self) -> None:
        assert fill("{{ x }}", x="Möller & Söhne <info>") == "Möller & Söhne <info>"

    def test_lines_become_breaks(self) -> None:
        assert fill("{{ x | newline_to_br }}", is_html=True, x="A & B\nC") == "A &amp; B<br />\nC"


class TestFilters:
    @pytest.mark.parametrize(
        ("source", "language", "text"),
        [
            ("{{ '2026-11-22' | date }}", "de", "22. November 2026"),
            ("{{ '2026-11-22T10:00:00+08:00' | date: 'short' }}", "de", "22.11.26"),
            ("{{ 'next week' | date }}", "de", "next week"),
            ("{{ '18640.00' | money: 'USD' }}", "de", "18.640,00\u00a0USD"),
            ("{{ 'free' | money: 'USD' }}", "de", "free"),
            ("{{ 12345 | number }}", "de", "12.345"),
            ("{{ 'many' | number }}", "de", "many"),
            ("{{ 5 | percent }}", "en", "5%"),
            ("{{ 'half' | percent }}", "en", "half"),
            ("{{ 'in_production' | stage }}", "ja", "生産中"),
            ("{{ 'painted' | stage }}", "ja", "painted"),
            ("{{ 'packing_list' | document }}", "ar", "قائمة التعبئة"),
            ("{{ 'Form A' | document }}", "ar", "Form A"),
            ("{{ '+49 40' | ltr }}", "ar", "\u2066+49 40\u2069"),
        ],
    )  # fmt: skip
    def test_speak_the_readers_language(self, source: str, language: str, text: str) -> None:
        assert fill(source, language=language) == text

    def test_take_dates_too(self, now: Any) -> None:
        assert fill("{{ x | date }}", language="ja", x=now.date()) == "2026年5月13日"


class TestNamesIn:
    def test_finds_every_name_but_its_own(self) -> None:
        source = (
            "{% assign a = order.number %}{{ a }}{% for d in order.documents %}{{ d }}{{ forloop.index }}{% endfor %}"
        )

        assert dialect.names_in(source + "{% if order.news %}{% endif %}") == {
            "order.number", "order.documents", "order.news",
        }  # fmt: skip
