"""Dates, numbers and money as a reader of a language writes them. Pure.

Digits are Western in every language: order numbers and prices are compared with papers that have them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError, dates, numbers

_WESTERN_DIGITS = "latn"
_UNSHARED_SIGNS = frozenset({"EUR", "GBP"})


@lru_cache(maxsize=1024)
def reader_locale(language: str, country: str = "", own: str = "") -> str:
    """The tag whose forms a reader of `language` in `country` (ISO2) expects, such as en-GB.

    `own` is what a profile says; it counts when it is of the letter's language. A pair CLDR does not know is the
    language alone.
    """
    base = language.partition("-")[0]
    if own and own.partition("-")[0] == base and _parsed(own):
        return own
    tag = f"{language}-{country}" if country and country not in language.split("-") else language
    return tag if _parsed(tag) else language


@lru_cache(maxsize=8192)
def format_date(day: date, language: str, length: str = "long") -> str:
    """A calendar day; `length` is full, long, medium or short. A datetime gives its own local day."""
    plain = day.date() if isinstance(day, datetime) else day
    return str(dates.format_date(plain, format=_checked(length), locale=_locale(language)))


def short_days(language: str) -> list[str]:
    """The days of the week from Monday on, as short as a calendar wants them."""
    names = dates.get_day_names("narrow" if language.startswith("zh") else "short", locale=_locale(language))
    return [str(names[number]) for number in range(7)]


def format_moment(moment: datetime, language: str, length: str = "medium") -> str:
    """Day and time in the zone that `moment` carries."""
    return str(dates.format_datetime(moment, format=_checked(length), tzinfo=moment.tzinfo, locale=_locale(language)))


@lru_cache(maxsize=8192)
def format_number(value: Decimal | int, language: str) -> str:
    return str(numbers.format_decimal(value, locale=_locale(language), numbering_system=_WESTERN_DIGITS))


@lru_cache(maxsize=8192)
def format_percent(value: Decimal | int, language: str) -> str:
    """`value` is in hundredths: 5 gives 5 %."""
    share = Decimal(value) / 100
    return str(
        numbers.format_percent(
            share, locale=_locale(language), decimal_quantization=False, numbering_system=_WESTERN_DIGITS
        )
    )


@lru_cache(maxsize=8192)
def format_money(amount: Decimal, currency: str, language: str) -> str:
    """With the currency's own digits, and the code in place of a sign that several currencies share."""
    locale = _locale(language)
    pattern = None if currency in _UNSHARED_SIGNS else _with_code(locale.currency_formats["standard"].pattern)
    return str(
        numbers.format_currency(amount, currency, format=pattern, locale=locale, numbering_system=_WESTERN_DIGITS)
    )


def _with_code(pattern: str) -> str:
    """The CLDR pattern with the code in place of the sign, set off by a space."""
    return pattern.replace("¤", "¤¤\u00a0" if pattern.startswith("¤#") else "¤¤")


@lru_cache(maxsize=128)
def _locale(language: str) -> Locale:
    """The locale of a tag, of its language alone, or English."""
    return _parsed(language) or _parsed(language.partition("-")[0]) or Locale.parse("en")


def _parsed(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def _checked(length: str) -> dates._PredefinedTimeFormat:
    return length if length in ("full", "long", "medium", "short") else "long"  # type: ignore[return-value]
