"""Money is a Decimal with a currency; rounding is commercial and to the currency's own digits (CN-41)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 currencies whose minor unit is not a hundredth.
MINOR_DIGITS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
    "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip


class NoRate(Exception):
    """No exchange rate at all is known for this currency."""

    def __init__(self, currency: str, into: str, on: date) -> None:
        self.currency, self.into, self.on = currency, into, on
        super().__init__(f"No rate from {currency} to {into} is known; import rates for {currency}.")


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str

    def rounded(self) -> Money:
        return Money(round_money(self.amount, self.currency), self.currency)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the digits of `currency`, halves away from zero."""
    digits = MINOR_DIGITS.get(currency, 2)
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `currency` is worth `value` units of the table's currency on the day `on`."""

    currency: str
    on: date
    value: Decimal


class RateTable:
    """Dated rates into one reporting currency; a missing day takes the last one before it, else the first of all."""

    def __init__(self, into: str, rates: Iterable[Rate]) -> None:
        self.into = into
        self._days: dict[str, list[date]] = {}
        self._values: dict[str, list[Decimal]] = {}
        for rate in sorted(rates, key=lambda each: each.on):
            self._days.setdefault(rate.currency, []).append(rate.on)
            self._values.setdefault(rate.currency, []).append(rate.value)

    def rate_for(self, currency: str, on: date) -> Rate:
        """The rate used for `on`: its own `on` says which day it is from. Raises NoRate.

        A day older than the table takes the first rate known, so that one rate is enough to begin with.
        """
        if currency == self.into:
            return Rate(currency, on, Decimal(1))
        days = self._days.get(currency, [])
        if not days:
            raise NoRate(currency, self.into, on)
        index = max(bisect_right(days, on) - 1, 0)
        return Rate(currency, days[index], self._values[currency][index])

    def convert(self, money: Money, on: date) -> Money:
        rate = self.rate_for(money.currency, on)
        return Money(round_money(money.amount * rate.value, self.into), self.into)
