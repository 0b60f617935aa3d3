"""Days on which marketing rests."""

from __future__ import annotations

from datetime import date

import pytest

from guanxi.culture import calendars, holds, holiday_names, profiles


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

    @pytest.mark.parametrize(
        ("country", "language", "day", "name"),
        [
            ("CN", "zh-hans", date(2026, 9, 25), "中秋节"),
            ("HK", "zh-hans", date(2026, 2, 17), "农历年初一"),
            ("DE", "zh-hans", date(2026, 4, 3), "耶稣受难日"),
            ("GB", "zh-hans", date(2026, 12, 28), "节礼日（补休）"),
            ("JP", "zh-hans", date(2026, 7, 20), "海之日"),
            ("IE", "zh-hans", date(2026, 2, 2), "Saint Brigid's Day"),
            ("DE", "de", date(2026, 4, 3), "Karfreitag"),
            ("JP", "de", date(2026, 7, 20), "海の日 (Marine Day)"),
            ("DE", "en", date(2026, 4, 3), "Good Friday"),
        ],
    )
    def test_have_the_names_a_reader_knows(self, country: str, language: str, day: date, name: str) -> None:
        """C-11: in his language where the calendar has it, else by the local name with the English one."""
        assert holiday_names.names_of(country, 2026, language=language)[day] == name

    def test_are_known_in_chinese_for_most_days_of_every_country(self) -> None:
        """C-11: a Chinese page names in Chinese what countries have in common."""
        days = [
            name
            for country in profiles.known_countries()
            for name in holiday_names.names_of(country, 2026, language="zh-hans").values()
        ]

        chinese = [name for name in days if any("\u4e00" <= char <= "\u9fff" for char in name)]
        assert len(chinese) / len(days) > 0.6

    def test_are_none_for_an_unknown_country(self) -> None:
        assert holds.public_holidays("ZZ", 2026) == {}


class TestWorkingWeekends:
    @pytest.mark.parametrize(
        ("day", "codes"), [(date(2026, 5, 9), []), (date(2026, 5, 16), ["weekend"]), (date(2026, 5, 10), ["weekend"])]
    )
    def test_of_china_are_no_weekend(self, day: date, codes: list[str]) -> None:
        """C-01: 调休: the Saturday worked for a bridge day is a day like others."""
        assert [rest.code for rest in holds.rests_on("CN", day)] == codes

    def test_stand_in_the_calendar(self) -> None:
        year = calendars.year_of("CN", 2026, language="zh-hans")
        answer = calendars.as_answer(year, name="China")

        assert {"date": "2026-05-09", "weekday": "sat"} in answer["working_weekend_days"]
        assert year.day(date(2026, 5, 9)).classes == ("working_weekend",)
        holiday = {"date": "2026-10-01", "name": "国庆节", "class": "public_holiday", "local_name": "国庆节"}
        assert holiday in answer["holidays"]
