"""Days on which marketing rests."""

from __future__ import annotations

from datetime import date

import pytest

from guanxi.culture import holds


class TestRestsOn:
    @pytest.mark.parametrize(
        ("country", "day", "codes"),
        [
            ("DE", date(2026, 5, 13), []),
            ("DE", date(2026, 5, 16), ["weekend"]),
            ("DE", date(2026, 10, 3), ["public_holiday", "weekend"]),
            ("DE", date(2026, 12, 25), ["christmas", "public_holiday"]),
            ("DE", date(2027, 1, 1), ["year_end", "public_holiday"]),
            ("JP", date(2027, 1, 2), ["new_year_jp", "weekend"]),
            ("SA", date(2026, 5, 27), ["eid_al_adha", "public_holiday"]),
            ("SA", date(2030, 1, 10), ["ramadan"]),
            ("SA", date(2030, 12, 29), ["ramadan"]),
            ("CN", date(2027, 2, 3), ["spring_festival"]),
            ("CN", date(2026, 10, 8), []),
            ("ZZ", date(2026, 12, 25), []),
            ("ZZ", date(2026, 12, 26), ["weekend"]),
        ],
    )
    def test_names_every_reason(self, country: str, day: date, codes: list[str]) -> None:
        assert [rest.code for rest in holds.rests_on(country, day)] == codes

    def test_knows_the_end_of_the_span(self) -> None:
        assert holds.rests_on("DE", date(2026, 12, 28))[0].until == date(2027, 1, 1)

    @pytest.mark.parametrize("day", [date(1900, 1, 2), date(2090, 6, 1)])
    def test_answers_outside_the_tables(self, day: date) -> None:
        assert "ramadan" not in [rest.code for rest in holds.rests_on("PK", day)]
        assert "spring_festival" not in [rest.code for rest in holds.rests_on("CN", day)]


class TestPublicHolidays:
    def test_have_english_names(self) -> None:
        assert holds.public_holidays("JP", 2026)[date(2026, 5, 5)] == "Children's Day"

    def test_are_none_for_an_unknown_country(self) -> None:
        assert holds.public_holidays("ZZ", 2026) == {}
