"""Cells of foreign files as numbers, moments, flags and text."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.intake.values import (
    BadValue,
    Moment,
    as_utc,
    clean,
    currency_sign,
    date_order_of,
    decimal_mark_of,
    guarded,
    is_two_sided_date,
    read_address,
    read_flag,
    read_id,
    read_line,
    read_moment,
    read_number,
    read_text,
)  # fmt: skip

NUMBERS = {
    "plain": ("1234.5", "1234.5"),
    "thousands, English": ("1,234,567.50", "1234567.50"),
    "thousands, German": ("1.234.567,50", "1234567.50"),
    "thousands, Swiss": ("1'234.50", "1234.50"),
    "thousands, French": ("1 234,5", "1234.5"),
    "thousands, Indian": ("12,34,567", "1234567"),
    "one comma before three digits": ("1,234", "1234"),
    "one comma before two digits": ("12,50", "12.50"),
    "one point before three digits": ("1.234", "1.234"),
    "yen sign": ("¥1,234", "1234"),
    "full-width": ("￥１２", "12"),
    "dollar code": ("US$ 5", "5"),
    "dollar of Hong Kong": ("HK$20", "20"),
    "real": ("R$ 3,00", "3.00"),
    "rupees": ("Rs. 500", "500"),
    "euro behind": ("3,5 €", "3.5"),
    "code before": ("USD 12.5", "12.5"),
    "code behind": ("12.5 USD", "12.5"),
    "ten thousands": ("3万", "30000"),
    "ten thousands of yuan": ("1.5万元", "15000.0"),
    "hundred millions": ("0.2亿", "20000000.0"),
    "brackets": ("(1,234.50)", "-1234.50"),
    "minus": ("-3", "-3"),
    "minus behind": ("5-", "-5"),
    "plus": ("+5", "5"),
    "exponent": ("1e3", "1000"),
    "integer": (7, "7"),
    "apostrophe of a spreadsheet": ("'12", "12"),
    "yuan as English Excel writes it": ("CN¥1,234.50", "1234.50"),
    "yen as English Excel writes it": ("JP¥500", "500"),
    "crowns behind": ("1 250 kr", "1250"),
    "zloty behind": ("12,50 zł", "12.50"),
    "sign and code": ("$5 USD", "5"),
    "no cents, German": ("1.234,-", "1234.00"),
    "no cents, Swiss": ("CHF 5.--", "5.00"),
    "no cents, negative": ("-5,-", "-5.00"),
    "no cents behind thousands": ("1.200.-", "1200.00"),
    "whole yuan": ("1,200.00元整", "1200.00"),
    "comma behind four digits": ("1234,567", "1234.567"),
    "with marks nobody sees": ("\u202a1,200\u202c\u200b", "1200"),
}
NO_NUMBERS = ["abc", "12 pieces", "1.2.3,4,5x", "True!", "1e99", "99999999999999999", True]


class TestReadNumber:
    @pytest.mark.parametrize(("cell", "value"), NUMBERS.values(), ids=NUMBERS)
    def test_reads(self, cell: object, value: str) -> None:
        assert read_number(cell) == Decimal(value)

    @pytest.mark.parametrize("cell", ["", " ", None, "-", "NA", "n/a", "#N/A", "NULL", "无"])
    def test_finds_nothing_in(self, cell: object) -> None:
        assert read_number(cell) is None

    @pytest.mark.parametrize("cell", NO_NUMBERS)
    def test_refuses(self, cell: object) -> None:
        with pytest.raises(BadValue):
            read_number(cell)

    def test_reads_percent_as_a_rate_alone(self) -> None:
        assert read_number("12,5 %", ",", is_rate=True) == Decimal("0.125")
        with pytest.raises(BadValue):
            read_number("12,5 %", ",")

    def test_reads_a_discount_in_chinese_as_a_rate_alone(self) -> None:
        """CN-35"""
        assert [read_number(cell, is_rate=True) for cell in ("8折", "95折")] == [Decimal("0.2"), Decimal("0.05")]
        with pytest.raises(BadValue):
            read_number("8折")

    @pytest.mark.parametrize(("mark", "value"), [(",", "1.234"), (".", "1234")])
    def test_heeds_the_mark_of_the_column(self, mark: str, value: str) -> None:
        assert read_number("1,234", mark) == Decimal(value)

    @given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
    def test_reads_what_python_writes(self, value: Decimal) -> None:
        assert read_number(f"{value:,.2f}") == value

    @given(st.text(max_size=30))
    def test_never_crashes(self, text: str) -> None:
        with suppress(BadValue):
            read_number(text)


class TestDecimalMark:
    @pytest.mark.parametrize(
        ("cells", "mark"),
        [
            (["1,234", "12,5"], ","),
            (["1.234", "1,234.5"], "."),
            (["1,234", "2,345"], ""),
            (["1.234,50"], ","),
            (["1 234,50 kr."], ","),
            (["Rs. 1,234"], ""),
            (["1.234.567"], ","),
            (["1234.567"], "."),
            (["0,125"], ","),
            ([], ""),
        ],
    )
    def test_is_proven_by_some_cell(self, cells: list[str], mark: str) -> None:
        assert decimal_mark_of(cells) == mark


MOMENTS = {
    "Chinese restaurant": ("2016/8/1 11:05", datetime(2016, 8, 1, 11, 5), None),
    "ISO": ("2010-12-01 08:26:00", datetime(2010, 12, 1, 8, 26), None),
    "ISO with T and zone": ("2024-05-01T10:00:00.123+08:00", datetime(2024, 5, 1, 10, 0, 0, 123000), 480),
    "UTC": ("2024-05-01T10:00:00Z", datetime(2024, 5, 1, 10), 0),
    "Shopify": ("2025-10-02 17:09:34 -0300", datetime(2025, 10, 2, 17, 9, 34), -180),
    "German month": ("13. März 2026", datetime(2026, 3, 13), None),
    "Spanish month": ("13 de agosto de 2026", datetime(2026, 8, 13), None),
    "French month": ("1er juil. 2026", datetime(2026, 7, 1), None),
    "year before the month's name": ("2026-May-13", datetime(2026, 5, 13), None),
    "day of the week behind": ("2026年5月13日星期三", datetime(2026, 5, 13), None),
    "no blank before the half of the day": ("2026-05-13下午3:05", datetime(2026, 5, 13, 15, 5), None),
    "end of the day": ("2026-05-13 24:00", datetime(2026, 5, 14), None),
    "Pacific time": ("2026-05-13 10:00:00 PDT", datetime(2026, 5, 13, 10), -420),
    "with marks nobody sees": ("\u200e13\u200e/\u200e5\u200e/\u200e2026", datetime(2026, 5, 13), None),
    "Chinese words": ("2016年8月1日", datetime(2016, 8, 1), None),
    "Chinese afternoon": ("2016年8月1日 下午3:05", datetime(2016, 8, 1, 15, 5), None),
    "compact": ("20160801", datetime(2016, 8, 1), None),
    "serial number": ("42583.5", datetime(2016, 8, 1, 12), None),
    "unix": ("1469999999", datetime(2016, 7, 31, 21, 19, 59), 0),
    "month named": ("2-Jun-06", datetime(2006, 6, 2), None),
    "American words": ("Jun 2, 2006 5:06 PM", datetime(2006, 6, 2, 17, 6), None),
    "mail header": ("Wed, 02 Oct 2002 13:00:00 GMT", datetime(2002, 10, 2, 13), 0),
    "German": ("13.02.2024", datetime(2024, 2, 13), None),
    "day above twelve": ("31/12/2023 11:59 PM", datetime(2023, 12, 31, 23, 59), None),
    "midnight": ("2024-01-01 12:30 AM", datetime(2024, 1, 1, 0, 30), None),
    "day first by default": ("03/04/2024", datetime(2024, 4, 3), None),
    "full-width": ("２０２４－０１－０２", datetime(2024, 1, 2), None),
    "a datetime": (datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 2), 0),
}


class TestReadMoment:
    @pytest.mark.parametrize(("cell", "wall", "offset"), MOMENTS.values(), ids=MOMENTS)
    def test_reads(self, cell: object, wall: datetime, offset: int | None) -> None:
        assert read_moment(cell) == Moment(wall, offset)

    def test_puts_the_month_first_when_told(self) -> None:
        assert read_moment("12/1/10 8:26", "mdy") == Moment(datetime(2010, 12, 1, 8, 26))

    @pytest.mark.parametrize("cell", ["2024-02-30", "foo", "13/13/2024", "0000-01-01", "9999-01-01", "12", "1:30"])
    def test_refuses(self, cell: str) -> None:
        with pytest.raises(BadValue):
            read_moment(cell)

    @pytest.mark.parametrize("cell", ["", None, "NA", "NaT", "--", "0000-00-00 00:00:00", "1/0/1900", "0"])
    def test_finds_nothing_in(self, cell: object) -> None:
        assert read_moment(cell) is None

    @given(st.text(max_size=30))
    def test_never_crashes(self, text: str) -> None:
        with suppress(BadValue):
            read_moment(text)

    @given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2199, 1, 1)))
    def test_reads_what_python_writes(self, moment: datetime) -> None:
        assert read_moment(moment.isoformat()) == Moment(moment)


class TestDateOrder:
    @pytest.mark.parametrize(
        ("cells", "order"),
        [
            (["1/2/2024", "12/23/2024"], "mdy"), (["1/2/2024", "23/12/2024"], "dmy"), (["1/2/2024"], ""),
            (["2024-01-23"], ""), (["99/1/23"], "ymd"),
        ],
    )  # fmt: skip
    def test_is_proven_by_some_cell(self, cells: list[str], order: str) -> None:
        assert date_order_of(cells) == order

    def test_is_doubtful_when_both_parts_could_be_months(self) -> None:
        assert [is_two_sided_date(cell) for cell in ("3/4/2024", "13/4/2024", "2024-03-04", "x")] == [
            True, False, False, False,
        ]  # fmt: skip


class TestAsUtc:
    def test_reads_a_wall_clock_in_the_given_zone(self) -> None:
        assert as_utc(Moment(datetime(2024, 7, 1, 9)), ZoneInfo("Asia/Shanghai")) == datetime(2024, 7, 1, 1, tzinfo=UTC)

    def test_heeds_the_offset_of_the_cell(self) -> None:
        moment = Moment(datetime(2024, 7, 1, 9), -180)

        assert as_utc(moment, ZoneInfo("Asia/Shanghai")) == datetime(2024, 7, 1, 12, tzinfo=UTC)


class TestText:
    def test_is_clean_of_blanks_and_zero_bytes(self) -> None:
        assert clean("\u00a0 Lena\x00 ") == "Lena"

    @pytest.mark.parametrize("cell", ["=1+1", "+49 40 123", "-x", "@cmd", "|calc", "＝1", "\t=1"])
    def test_comes_back_from_its_guard(self, cell: str) -> None:
        assert clean(guarded(cell)) == clean(cell)

    @pytest.mark.parametrize("cell", ["=1+1", "@cmd", "|calc", "＝1", "-x"])
    def test_is_guarded_against_formulas(self, cell: str) -> None:
        assert guarded(cell).startswith("'")

    @pytest.mark.parametrize("cell", ["", "-12.50", "+4940123456", "Lena", "'tis"])
    def test_needs_no_guard(self, cell: str) -> None:
        assert guarded(cell) == cell

    def test_loses_the_apostrophe_before_a_number(self) -> None:
        assert read_id("'7210448301122") == "7210448301122"

    @pytest.mark.parametrize(
        ("cell", "number"), [("17850.0", "17850"), ("17850", "17850"), ("A-1.0", "A-1.0"), ("NA", None), ("", None)]
    )
    def test_is_an_id(self, cell: str, number: str | None) -> None:
        assert read_id(cell) == number

    def test_keeps_namibia(self) -> None:
        assert read_text("NA") == "NA"


class TestAddress:
    @pytest.mark.parametrize(
        ("cell", "address"),
        [
            ("a@x.example", "a@x.example"), ("Lena <a@x.example>", "a@x.example"),
            ("mailto:a@x.example", "a@x.example"),
            ("a@x.example; b@x.example", "a@x.example"), ("a@x.example/b@x.example", "a@x.example"), ("无", None),
            ("bad@@x", "bad@@x"),
        ],
    )  # fmt: skip
    def test_is_found_in(self, cell: str, address: str | None) -> None:
        assert read_address(cell) == address


def test_a_name_in_a_wrapped_cell_stands_in_one_line() -> None:
    assert read_line("海天\n  贸易") == "海天 贸易"


class TestCurrencySign:
    @pytest.mark.parametrize(
        ("cell", "sign"),
        [("¥1,234", "¥"), ("US$ 5", "US$"), ("12.5 EUR", "EUR"), ("-3", ""), ("", ""), ("3万元", "元")],
    )
    def test_stands_beside_the_number(self, cell: str, sign: str) -> None:
        assert currency_sign(cell) in {sign, f"万{sign}"}


class TestReadFlag:
    @pytest.mark.parametrize(
        ("cell", "value"), [("yes", True), ("No", False), ("是", True), ("否", False), ("", None), (True, True)]
    )
    def test_reads(self, cell: object, value: bool | None) -> None:
        assert read_flag(cell) is value

    def test_refuses_a_riddle(self) -> None:
        with pytest.raises(BadValue):
            read_flag("perhaps")
