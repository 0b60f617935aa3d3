"""Public holidays by the name that a reader of our pages knows: in his language, else as they are called there. Pure.

Chinese has names of its own in some calendars only; those that many countries share stand in holiday_names.yaml. A
holiday without either is shown by its local name, with the English one behind it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import holidays
import yaml

from guanxi.culture import parts

PATH = Path(__file__).parent / "holiday_names.yaml"
ENGLISH = "en_US"
# Our language tag → what the calendars call it.
SPOKEN = {"zh": "zh_CN", "zh-hans": "zh_CN", "zh-hant": "zh_TW"}
_NAMED = re.compile(r"(.+?)(?: \((observed|estimated|observed, estimated)\))?")
_SUBSTITUTED = re.compile(r" \(substituted from [^)]*\)")


@lru_cache(maxsize=4096)
def days_of(country: str, year: int, part: str, spoken: str) -> Mapping[date, str]:
    """The public holidays with the names of one language of the calendar; empty for the country's own.

    Empty for a country whose calendar is not known.
    """
    part = part if parts.is_in_calendar(country, part) else ""
    # Without a language the calendar would take that of the machine.
    spoken = spoken or getattr(getattr(holidays, country, None), "default_language", None) or ENGLISH
    try:
        return dict(_calendar(country, year, subdiv=part or None, language=spoken))
    except (NotImplementedError, KeyError):
        return {}


@lru_cache(maxsize=2048)
def working_weekends(country: str, year: int) -> frozenset[date]:
    """Days of the weekend that are worked in place of others, such as China's 调休, as far as they are announced."""
    try:
        found = getattr(_calendar(country, year), "weekend_workdays", ())
    except NotImplementedError:
        return frozenset()
    return frozenset(day for day in found if day.year == year)


def _calendar(country: str, year: int, **asked: Any) -> Any:
    with warnings.catch_warnings():  # Some calendars reach less far, and say so on every question.
        warnings.simplefilter("ignore")
        return holidays.country_holidays(country, years=year, **asked)


def names_of(country: str, year: int, part: str = "", language: str = "en") -> dict[date, str]:
    """The public holidays of a year, in order, by the name for a reader of `language` (BCP 47)."""
    base = language.casefold().partition("-")[0]
    english = days_of(country, year, part, ENGLISH)
    if base == "en" or not english:
        return dict(sorted(english.items()))
    if spoken := _language_of(country, language):
        return dict(sorted(days_of(country, year, part, spoken).items()))
    local = days_of(country, year, part, "")
    return {day: _named(name, local.get(day, name), base) for day, name in sorted(english.items())}


def local_name(country: str, day: date, part: str = "") -> str:
    """What the day is called there."""
    return days_of(country, day.year, part, "").get(day, "")


def said(english: str, language: str) -> str:
    """A holiday that was written down by its English name, for a reader of `language`."""
    return (in_chinese(english) if language.casefold().startswith("zh") else "") or english


def _named(english: str, local: str, base: str) -> str:
    if base == "zh" and (translated := in_chinese(english)):
        return translated
    return local if local == english else f"{local} ({english})"


def in_chinese(english: str) -> str:
    """The Chinese name of a holiday by its English one, or of several on one day; empty when one has none."""
    known = _chinese()
    found = []
    for each in _SUBSTITUTED.sub("", english).split("; "):
        named = _NAMED.fullmatch(each)
        if named is None or named[1] not in known:
            return ""
        found.append(known[named[1]] + (f"（{known[named[2]]}）" if named[2] else ""))
    return "、".join(found)


def _language_of(country: str, language: str) -> str:
    """The calendar's own name for `language`, when it has names in it."""
    found = getattr(holidays, country, None)
    known: dict[str, str] = {each.casefold(): each for each in getattr(found, "supported_languages", ())}
    base = language.casefold().partition("-")[0]
    for wanted in (SPOKEN.get(language.casefold(), ""), SPOKEN.get(base, ""), base, f"{base}_{country}"):
        if wanted and wanted.casefold() in known:
            return known[wanted.casefold()]
    return ""


@cache
def _chinese() -> dict[str, str]:
    return dict(yaml.load(PATH.read_text("utf-8"), Loader=yaml.CSafeLoader)["zh-Hans"])
