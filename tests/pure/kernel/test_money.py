"""Rounding and dated rates."""

from datetime import date
from decimal import Decimal

import pytest

from guanxi.kernel.money import Money, NoRate, Rate, RateTable, round_money

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


class TestRoundMoney:
    @pytest.mark.parametrize(
        ("amount", "currency", "rounded"),
        [
            ("1.005", "USD", "1.01"),  # half away from zero
            ("-1.005", "USD", "-1.01"),
            ("1234.5", "JPY", "1235"),  # no minor unit
            ("1.2345", "KWD", "1.235"),  # three digits
        ],
    )
    def test_keeps_the_digits_of_the_currency(self, amount: str, currency: str, rounded: str) -> None:
        assert str(round_money(Decimal(amount), currency)) == rounded


class TestRateTable:
    @pytest.fixture
    def rates(self) -> RateTable:
        return RateTable("USD", [Rate("GBP", WEDNESDAY, Decimal("1.70")), Rate("GBP", TUESDAY, Decimal("1.60"))])

    def test_takes_the_rate_of_the_day(self, rates: RateTable) -> None:
        assert rates.convert(Money(Decimal("10"), "GBP"), TUESDAY) == Money(Decimal("16.00"), "USD")

    def test_takes_the_last_one_before_and_says_which_day(self, rates: RateTable) -> None:
        assert rates.rate_for("GBP", date(2026, 3, 9)).on == WEDNESDAY

    def test_takes_the_first_for_a_day_before_all(self, rates: RateTable) -> None:
        assert rates.rate_for("GBP", MONDAY).on == TUESDAY

    def test_has_no_rate_for_an_unknown_currency(self, rates: RateTable) -> None:
        with pytest.raises(NoRate, match="import rates for EUR"):
            rates.rate_for("EUR", TUESDAY)

    def test_needs_no_rate_for_its_own_currency(self, rates: RateTable) -> None:
        assert rates.rate_for("USD", MONDAY).value == 1
