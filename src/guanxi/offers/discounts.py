"""Reads a discount as people write it, and shows both readings of a Chinese one (CN-35). Pure.

8折 is to pay 80 %, which is 20 % off; 95折 and 9.5折 are 5 % off; 额外1% is 1 % off on top.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from unicodedata import normalize

HUNDRED = Decimal(100)
_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True))
_ZHE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?|[零一二三四五六七八九]{1,2})\s*折")
_PERCENT = re.compile(r"(?:额外|減|减|-)?\s*(?P<number>[0-9]+(?:\.[0-9]+)?)\s*[%％]\s*(?:off)?", re.IGNORECASE)


class NotADiscount(Exception):
    """That is no discount; write 20%, 8折 or 95折."""


@dataclass(frozen=True, slots=True)
class Discount:
    """`percent_off` is what the customer saves, `percent_paid` what he pays; both are shown beside the entry."""

    percent_off: Decimal

    @property
    def percent_paid(self) -> Decimal:
        return HUNDRED - self.percent_off

    @property
    def zhe(self) -> str:
        """The Chinese way of writing it: 20 % off is 8折, 5 % off is 9.5折."""
        return f"{_plain(self.percent_paid / 10)}折"


def read_discount(text: str) -> Discount:
    """The discount in `text`. Raises NotADiscount, also for one of nothing or of everything."""
    words = normalize("NFKC", text).strip()  # Chinese keyboards write ８ and ％
    if found := _ZHE.fullmatch(words):
        percent_off = HUNDRED - _paid(found["number"])
    elif found := _PERCENT.fullmatch(words):
        percent_off = Decimal(found["number"])
    else:
        raise NotADiscount(f"{text!r} is no discount; write 20%, 8折 or 95折.")
    if not 0 < percent_off < HUNDRED:
        raise NotADiscount(f"{text!r} would be {_plain(percent_off)} % off; a discount lies between 0 and 100 %.")
    return Discount(percent_off)


def _paid(number: str) -> Decimal:
    """Percent paid: up to ten it counts in tenths (8折 = 80 %), above in hundredths (95折 = 95 %)."""
    if number[0] in _DIGITS:
        number = "".join(str(_DIGITS[char]) for char in number)
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise NotADiscount(f"{number!r} is no number.") from None
    return value * 10 if value <= 10 else value


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
