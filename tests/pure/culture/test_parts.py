"""Parts of a country that keep days of their own (C-05): Scotland, Bavaria, Kelantan, Sharjah."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from guanxi.culture import calendars, holds, parts, windows
from guanxi.culture.profiles import known_countries, profile_at, profile_of


def leaves_on(country: str, *places: str, day: str) -> str:
    at = datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=UTC)
    profile = profile_at(country, *places)
    fitting = windows.next_fitting_moment(now=at, country=country, zone="UTC", kind="marketing", profile=profile)
    return fitting.moment.date().isoformat()


class TestPartOf:
    @pytest.mark.parametrize(
        ("country", "names", "part"),
        [
            ("DE", ["Bayern"], "BY"),
            ("DE", ["bavaria"], "BY"),
            ("DE", ["", "München"], "BY"),
            ("DE", ["HH"], "HH"),
            ("GB", ["Scotland", "London"], "SCT"),
            ("MY", ["Kelantan"], "03"),
            ("AE", ["", "Sharjah"], "Sharjah"),
            ("DE", ["Kelantan"], ""),
            ("DE", [], ""),
            ("US", ["California"], ""),
            ("ZZ", ["Bavaria"], ""),
        ],
    )
    def test_is_told_by_code_or_name(self, country: str, names: list[str], part: str) -> None:
        assert parts.part_of(country, *names) == part

    def test_names_every_part(self) -> None:
        assert parts.parts_of("GB") == {
            "ENG": "England", "NIR": "Northern Ireland", "SCT": "Scotland", "WLS": "Wales",
        }  # fmt: skip
        assert parts.parts_of("US") == {}


class TestProfileAt:
    def test_has_the_weekend_of_the_part(self) -> None:
        assert profile_at("MY", "Kelantan").weekend == {4, 5}
        assert profile_at("MY", "Penang").weekend == {5, 6}
        assert profile_at("AE", "", "Sharjah").weekend == {4, 5, 6}

    def test_lets_the_firms_weekend_win(self) -> None:
        own = (("MY", "weekend", '["sun"]'),)

        assert profile_at("MY", "Kelantan", overrides=own).weekend == {6}

    def test_is_the_countrys_where_no_part_is_known(self) -> None:
        assert profile_at("DE", "", "Hinterzarten") is profile_of("DE", ())
        assert profile_at("DE", "Bavaria") is profile_at("DE", "", "Munich")

    def test_lets_the_firm_choose_the_part_that_counts(self) -> None:
        assert profile_of("GB", (("GB", "part", '"SCT"'),)).part == "SCT"
        assert profile_of("GB", (("GB", "part", '"Mars"'),)).part == "ENG"


class TestDays:
    @pytest.mark.parametrize(
        ("country", "places", "day", "leaves"),
        [
            ("GB", [], "2026-04-06", "2026-04-07"),  # Easter Monday in England
            ("GB", ["Scotland"], "2026-04-06", "2026-04-06"),
            ("CH", [], "2026-04-03", "2026-04-07"),
            ("CA", [], "2026-10-12", "2026-10-13"),  # Thanksgiving
            ("DE", ["Bavaria"], "2026-06-04", "2026-06-05"),  # Corpus Christi
            ("DE", ["Hamburg"], "2026-06-04", "2026-06-04"),
            ("MY", ["Kelantan"], "2026-07-17", "2026-07-19"),  # Friday
            ("MY", [], "2026-07-17", "2026-07-17"),
        ],
    )
    def test_keep_marketing_waiting(self, country: str, places: list[str], day: str, leaves: str) -> None:
        assert leaves_on(country, *places, day=day) == leaves

    def test_stand_beside_the_nations_in_the_calendar(self) -> None:
        answer = calendars.as_answer(calendars.year_of("DE", 2026, region="Bavaria"), name="Germany")

        assert answer["part"] == "BY"
        corpus_christi = {
            "date": "2026-06-04", "name": "Corpus Christi", "class": "public_holiday", "local_name": "Fronleichnam",
        }  # fmt: skip
        assert corpus_christi in answer["regional_holidays"]
        assert all(each["name"] != "Corpus Christi" for each in answer["holidays"])

    def test_are_told_without_a_warning_beyond_the_tables(self) -> None:
        assert holds.public_holidays("IN", 2060)

    def test_are_known_for_every_centre_that_ships(self) -> None:
        for country in known_countries():
            part = profile_of(country).part
            assert not part or parts.is_in_calendar(country, part), country
