"""Dates, numbers and money in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from guanxi.culture import formats

NB = "\u00a0"


class TestFormatDate:
    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("en", "November 22, 2026"), ("en-GB", "22 November 2026"), ("de", "22. November 2026"),
            ("ja", "2026年11月22日"), ("zh-Hans", "2026年11月22日"), ("ar", "22 نوفمبر 2026"),
            ("es", "22 de noviembre de 2026"), ("tlh", "November 22, 2026"), ("de-XX", "22. November 2026"),
        ],
    )  # fmt: skip
    def test_speaks_the_language(self, language: str, text: str) -> None:
        assert formats.format_date(date(2026, 11, 22), language) == text

    def test_takes_a_length_and_ignores_an_unknown_one(self) -> None:
        assert formats.format_date(date(2026, 11, 22), "de", "short") == "22.11.26"
        assert formats.format_date(date(2026, 11, 22), "de", "epic") == "22. November 2026"

    def test_takes_the_local_day_of_a_moment(self) -> None:
        late = datetime(2026, 11, 22, 20, 0, tzinfo=UTC).astimezone(ZoneInfo("Asia/Tokyo"))

        assert formats.format_date(late, "ja") == "2026年11月23日"


class TestFormatMoment:
    def test_keeps_the_zone_of_the_moment(self) -> None:
        late = datetime(2026, 11, 22, 20, 0, tzinfo=UTC).astimezone(ZoneInfo("Asia/Tokyo"))

        assert formats.format_moment(late, "de") == "23.11.2026, 05:00:00"


class TestFormatMoney:
    @pytest.mark.parametrize(
        ("amount", "currency", "language", "text"),
        [
            ("12345.6", "USD", "en", f"USD{NB}12,345.60"), ("12345.6", "USD", "de", f"12.345,60{NB}USD"),
            ("12345.6", "EUR", "de", f"12.345,60{NB}€"), ("12345.6", "JPY", "ja", f"JPY{NB}12,346"),
            ("12345.6", "CNY", "zh-Hans", f"CNY{NB}12,345.60"), ("1.5", "KWD", "en", f"KWD{NB}1.500"),
            ("12345.6", "USD", "ar", f"\u200f12,345.60{NB}USD"), ("-5", "GBP", "en", "-£5.00"),
        ],
    )  # fmt: skip
    def test_has_the_currencys_digits_and_code(self, amount: str, currency: str, language: str, text: str) -> None:
        assert formats.format_money(Decimal(amount), currency, language) == text


class TestFormatNumber:
    @pytest.mark.parametrize(("language", "text"), [("en", "1,234.5"), ("de", "1.234,5"), ("ar", "1,234.5")])
    def test_groups_digits(self, language: str, text: str) -> None:
        assert formats.format_number(Decimal("1234.5"), language) == text

    @pytest.mark.parametrize(("language", "text"), [("en", "7.5%"), ("de", f"7,5{NB}%"), ("ja", "7.5%")])
    def test_writes_percent(self, language: str, text: str) -> None:
        assert formats.format_percent(Decimal("7.5"), language) == text


class TestShortDays:
    @pytest.mark.parametrize(
        ("language", "first", "latest"), [("en", "Mo", "Su"), ("de", "Mo.", "So."), ("zh-hans", "一", "日")]
    )
    def test_begin_on_monday(self, language: str, first: str, latest: str) -> None:
        days = formats.short_days(language)

        assert (days[0], days[-1], len(days)) == (first, latest, 7)


class TestReaderLocale:
    """C-01: numbers, dates and money as the reader's country writes them."""

    @pytest.mark.parametrize(
        ("language", "country", "own", "tag"),
        [
            ("en", "GB", "", "en-GB"),
            ("en", "US", "", "en-US"),
            ("de", "CH", "", "de-CH"),
            ("zh-Hans", "CN", "", "zh-Hans-CN"),
            ("de", "JP", "", "de"),
            ("en", "", "", "en"),
            ("en", "US", "en-GB", "en-GB"),
            ("de", "DE", "en-GB", "de-DE"),
            ("pt-BR", "BR", "", "pt-BR"),
        ],
    )
    def test_names_the_country_where_that_is_known(self, language: str, country: str, own: str, tag: str) -> None:
        assert formats.reader_locale(language, country, own) == tag

    def test_a_day_stands_otherwise_in_britain_than_in_america(self) -> None:
        day = date(2026, 4, 3)

        assert formats.format_date(day, formats.reader_locale("en", "GB")) == "3 April 2026"
        assert formats.format_date(day, formats.reader_locale("en", "US")) == "April 3, 2026"
