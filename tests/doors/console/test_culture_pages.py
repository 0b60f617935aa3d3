"""Culture pages: what is assumed, what the firm says, the year of a country, rules of wording."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from guanxi.culture.profiles import profile_of
from guanxi.firm import queries as firm_queries
from guanxi.firm.models import CultureOverride, HouseRule
from guanxi.staff.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_ada(ada: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(ada)


@pytest.fixture
def as_bo(bo: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(bo)


def page_text(response: Any) -> str:
    return html.unescape(response.content.decode())


def change(client: Client, country: str, **fields: str) -> int:
    return client.post(f"/culture/{country}/change", fields).status_code


class TestCountries:
    def test_lists_every_country_with_its_next_hold(self, as_ada: Client) -> None:
        text = page_text(as_ada.get("/culture/"))

        for name in ("Japan", "Saudi Arabia", "Germany", "Kazakhstan", "South Korea"):
            assert name in text

    def test_finds_one_by_name_or_code(self, as_ada: Client) -> None:
        assert "Japan" in page_text(as_ada.get("/culture/?q=jap"))
        assert "Saudi" not in page_text(as_ada.get("/culture/?q=JP"))
        assert "No country by that name" in page_text(as_ada.get("/culture/?q=narnia"))


class TestProfile:
    def test_says_which_values_are_defaults(self, as_ada: Client) -> None:
        """C-01: style is a setting per country, and the page says whose it is."""
        text = page_text(as_ada.get("/culture/DE/"))

        assert "of the country" in text
        assert "default of the region" in text
        assert "Sehr geehrter Herr Dr. Meyer," in text

    def test_shows_a_country_without_a_profile_as_assumed(self, as_ada: Client) -> None:
        assert "No profile ships" in page_text(as_ada.get("/culture/FJ/"))

    @pytest.mark.parametrize("country", ["ZZ", "Narnia", "de"])
    def test_knows_no_other_country(self, as_ada: Client, country: str) -> None:
        assert as_ada.get(f"/culture/{country}/").status_code == 404

    def test_keeps_the_firms_value_with_the_default_beside_it(self, as_ada: Client) -> None:
        assert change(as_ada, "DE", field="working_hours", value="10:00–15:00") == 302

        text = page_text(as_ada.get("/culture/DE/"))
        assert "10:00–15:00" in text
        assert "default: 08:00–17:00" in text
        assert "your firm's" in text
        assert str(profile_of("DE", firm_queries.the_firm().culture).working_hours) == "10:00–15:00"
        assert AuditEntry.objects.filter(act="culture.changed", object_id="DE").exists()

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("working_hours", "early", "write two times such as 09:00–17:00"),
            ("working_hours", "17:00–09:00", "must begin before they end"),
            ("weekend", "mon,tue,wed,thu,fri,sat", "leaves no day to work"),
            ("weekend", "caturday", "is none of mon"),
            ("holds", "easter", "is no hold"),
            ("languages", "klingonese", "is no language tag"),
            ("law.basis", "anything", "is none of opt_in"),
            ("law.unsubscribe_works_days", "3", "from 30 to 3650"),
            ("moon_shift_days", "9", "from -2 to 2"),
            ("greeting.de.female", "Hallo {vorname},", "Only these may stand in braces"),
            ("closing.de", "", "write the words"),
            ("country", "FR", "there is no such field"),
        ],
    )
    def test_refuses_a_bad_value_with_a_sentence(self, as_ada: Client, field: str, value: str, sentence: str) -> None:
        response = as_ada.post("/culture/DE/change", {"field": field, "value": value})

        assert response.status_code == 422
        assert sentence in page_text(response)
        assert not CultureOverride.objects.exists()

    def test_keeps_marketing_out_of_the_korean_night(self, as_ada: Client) -> None:
        """RL-18: nobody sets working hours into the hours the law forbids without lifting the ban itself."""
        response = as_ada.post("/culture/KR/change", {"field": "working_hours", "value": "07:00-22:00"})

        assert "marketing is banned there from 21:00–08:00" in page_text(response)

    def test_goes_back_to_the_default(self, as_ada: Client) -> None:
        change(as_ada, "DE", field="formality", value="warm")
        change(as_ada, "DE", field="weekend", value="sun")

        as_ada.post("/culture/DE/restore", {"field": "formality"})
        assert profile_of("DE", firm_queries.the_firm().culture).firm_fields == {"weekend"}
        as_ada.post("/culture/DE/restore")
        assert not CultureOverride.objects.exists()

    def test_takes_a_title_of_the_firms_readers(self, as_ada: Client) -> None:
        """C-03: a rank the tables do not know."""
        assert change(as_ada, "JP", field="titles", tag="ja", rank="統括リーダー", value="統括リーダー") == 302

        assert CultureOverride.objects.get().field == "titles.ja.統括リーダー"
        assert "統括リーダー" in page_text(as_ada.get("/culture/JP/"))

    def test_lets_an_analyst_look_only(self, as_bo: Client) -> None:
        assert "Change" not in page_text(as_bo.get("/culture/DE/"))
        assert change(as_bo, "DE", field="formality", value="warm") == 403


class TestCalendar:
    def test_shows_the_year_with_its_holds(self, as_ada: Client) -> None:
        text = page_text(as_ada.get("/culture/SA/calendar/?year=2026"))

        assert "Saudi Arabia in 2026" in text
        assert "Ramadan" in text
        assert "a contact may opt out" in text
        assert "marketing waits, a greeting may leave" in text

    def test_shows_the_days_of_a_part(self, as_ada: Client) -> None:
        assert "Easter Monday" in page_text(as_ada.get("/culture/GB/calendar/?year=2026"))

        scottish = page_text(as_ada.get("/culture/GB/calendar/?year=2026&region=Scotland"))
        assert "Saint Andrew" in scottish
        assert "Easter Monday" not in scottish

    def test_refuses_a_year_beyond_the_tables(self, as_ada: Client) -> None:
        response = as_ada.get("/culture/SA/calendar/?year=2999")

        assert response.status_code == 422
        assert "reach from 1925 to 2076" in page_text(response)


class TestWording:
    def test_adds_and_removes_a_rule(self, as_ada: Client) -> None:
        as_ada.post("/culture/wording/", {"phrases": "cheap\nlow price", "reason": "We never say cheap."})

        rule = HouseRule.objects.get()
        assert "We never say cheap." in page_text(as_ada.get("/culture/wording/"))
        as_ada.post(f"/culture/wording/{rule.pk}/remove")
        assert not HouseRule.objects.exists()

    def test_refuses_an_empty_rule_with_a_sentence(self, as_ada: Client) -> None:
        response = as_ada.post("/culture/wording/", {"phrases": " ", "reason": "why"})

        assert response.status_code == 422
        assert not HouseRule.objects.exists()
