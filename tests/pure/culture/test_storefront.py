"""What a shop shows a visitor: chosen before browser before country (C-07, C-08, C-09, CN-47)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from guanxi.culture.profiles import profile_for
from guanxi.culture.storefront import Front, accepted_languages, front_for

SPRING = date(2026, 4, 15)


def front(country: str, *, today: date = SPRING, **asked: Any) -> Front:
    return front_for(profile_for(country), today=today, **asked)


class TestLanguage:
    """C-07: the language of the site follows where the visitor is."""

    @pytest.mark.parametrize(
        ("country", "asked", "answer"),
        [
            ("JP", {}, ("ja", "country")),
            ("JP", {"languages": ["en", "de"]}, ("en", "country")),
            ("JP", {"accepted": ["de-AT"], "languages": ["en", "de"]}, ("de", "browser")),
            ("JP", {"chosen_language": "ar", "accepted": ["de"]}, ("ar", "chosen")),
            ("JP", {"chosen_language": "fi", "languages": ["en", "ja"]}, ("ja", "country")),
            ("TW", {"languages": ["en", "zh-Hans"]}, ("zh-Hans", "country")),
            ("", {"languages": ["zh-Hans", "en"]}, ("zh-Hans", "default")),
            ("", {}, ("en", "default")),
        ],
    )
    def test_is_decided_in_order(self, country: str, asked: dict[str, Any], answer: tuple[str, str]) -> None:
        found = front(country, **asked)

        assert (found.language, found.language_by) == answer


class TestCurrency:
    """C-08: the currency of the site follows where the visitor is."""

    @pytest.mark.parametrize(
        ("country", "asked", "answer"),
        [
            ("DE", {}, ("EUR", "country")),
            ("SA", {"currencies": ["USD", "SAR"]}, ("SAR", "country")),
            ("SA", {"currencies": ["USD", "EUR"]}, ("USD", "default")),
            ("SA", {"chosen_currency": "eur"}, ("EUR", "chosen")),
            ("", {}, ("USD", "default")),
        ],
    )
    def test_is_decided_in_order(self, country: str, asked: dict[str, Any], answer: tuple[str, str]) -> None:
        found = front(country, **asked)

        assert (found.currency, found.currency_by) == answer


class TestFeasts:
    """C-09: promotions of the feasts of that country, and rest where they are out of place."""

    @pytest.mark.parametrize(
        ("country", "today", "codes"),
        [
            ("DE", date(2026, 12, 10), ["christmas"]),
            ("DE", date(2026, 12, 1), []),
            ("CN", date(2026, 2, 1), ["spring_festival"]),
            ("SA", date(2026, 3, 10), ["eid_al_fitr"]),
            ("SA", date(2026, 12, 10), []),
            ("JP", date(2026, 12, 20), ["new_year_jp"]),
            ("JP", date(2027, 1, 2), ["new_year_jp"]),
        ],
    )
    def test_are_those_under_way_or_near(self, country: str, today: date, codes: list[str]) -> None:
        assert [span.hold.code for span in front(country, today=today).feasts] == codes

    def test_promotions_rest_in_ramadan(self) -> None:
        assert front("SA", today=date(2026, 3, 10)).promotions_rest
        assert not front("DE", today=date(2026, 3, 10)).promotions_rest


class TestAcceptedLanguages:
    @pytest.mark.parametrize(
        ("header", "tags"),
        [
            ("de-AT,de;q=0.9,en;q=0.5", ["de-AT", "de", "en"]),
            ("en;q=0.2, ja", ["ja", "en"]),
            ("*", []),
            ("", []),
            ("en;q=0, de", ["de"]),
            ("de;q=nonsense, ja", ["ja"]),
            ("x" * 9000, []),
        ],
    )
    def test_reads_a_header(self, header: str, tags: list[str]) -> None:
        assert accepted_languages(header) == tags
