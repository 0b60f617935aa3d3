"""Days on which marketing rests in a country: weekend, public holidays, and the holds of holds.yaml. Pure.

Ramadan is held by country list and the Umm al-Qura calendar, never by an assumed religion (CN-25).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import holidays
import yaml
from hijridate import Gregorian, Hijri

from guanxi.culture.profiles import profile_for

PATH = Path(__file__).parent / "holds.yaml"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rest:
    """Why a day is not for marketing; `until` is the last day of the whole span. `code` is weekend,
    public_holiday or the name of a hold."""

    code: str
    name: str
    until: date


@dataclass(frozen=True, slots=True)
class Hold:
    code: str
    name: str
    rule: str
    bounds: tuple[Any, Any]
    contact_may_opt_out: bool


@cache
def all_holds() -> dict[str, Hold]:
    """The holds of holds.yaml by code."""
    entries = yaml.load(PATH.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return {code: _hold(code, entry) for code, entry in entries.items()}


@lru_cache(maxsize=65536)
def rests_on(country: str, day: date, keeps_hold: bool = True, ramadan_shift_days: int = 0) -> tuple[Rest, ...]:
    """Every reason why marketing rests in `country` on `day`, the longest span first; empty on a fitting day.

    `keeps_hold` False leaves out the holds a contact may opt out of (Ramadan).
    """
    profile = profile_for(country)
    rests = []
    for code in profile.holds:
        hold = all_holds()[code]
        if hold.contact_may_opt_out and not keeps_hold:
            continue
        rests += [
            Rest(code, hold.name, until)
            for begin, until in _spans(code, day.year, ramadan_shift_days)
            if begin <= day <= until
        ]
    if name := public_holidays(country, day.year).get(day):
        rests.append(Rest("public_holiday", name, day))
    if day.weekday() in profile.weekend:
        rests.append(Rest("weekend", "", day))
    return tuple(sorted(rests, key=lambda rest: rest.until, reverse=True))


@lru_cache(maxsize=2048)
def public_holidays(country: str, year: int) -> dict[date, str]:
    """The nation-wide public holidays with English names; empty for a country whose calendar is not known."""
    try:
        return dict(holidays.country_holidays(country, years=year, language="en_US"))
    except (NotImplementedError, KeyError):
        return {}


@lru_cache(maxsize=2048)
def _spans(code: str, year: int, shift_days: int) -> tuple[tuple[date, date], ...]:
    """First and last days of a hold that may touch `year`."""
    hold = all_holds()[code]
    find = {"hijri": _hijri_spans, "dates": _dated_spans, "lunar_new_year": _lunar_spans}[hold.rule]
    moved = timedelta(days=shift_days if hold.rule == "hijri" else 0)
    return tuple((begin + moved, until + moved) for begin, until in find(hold, year))


def _hold(code: str, entry: dict[str, Any]) -> Hold:
    rule = next(key for key in ("hijri", "dates", "lunar_new_year") if key in entry)
    first, last = entry[rule]
    return Hold(code, entry["name"], rule, (first, last), bool(entry.get("contact_may_opt_out")))


def _hijri_spans(hold: Hold, year: int) -> Iterator[tuple[date, date]]:
    """A Hijri year is eleven days shorter, so that a span may come twice in one of ours."""
    first_month, first_day = _month_and_day(hold.bounds[0])
    last_month, last_day = _month_and_day(hold.bounds[1])
    try:
        hijri_year = Gregorian(year, 1, 1).to_hijri().year
        for each in (hijri_year - 1, hijri_year, hijri_year + 1):
            month_length = Hijri(each, last_month, 1).month_length()
            yield _to_date(each, first_month, first_day), _to_date(each, last_month, min(last_day, month_length))
    except OverflowError:  # Outside the years that the Umm al-Qura tables cover (1924 to 2077).
        return


def _to_date(hijri_year: int, month: int, day: int) -> date:
    return date(*Hijri(hijri_year, month, day).to_gregorian().datetuple())


def _dated_spans(hold: Hold, year: int) -> Iterator[tuple[date, date]]:
    first, last = (_month_and_day(bound) for bound in hold.bounds)
    for begin_year in (year - 1, year):
        yield date(begin_year, *first), date(begin_year + (last < first), *last)


def _lunar_spans(hold: Hold, year: int) -> Iterator[tuple[date, date]]:
    """Relative to the day the Chinese calendar names Spring Festival."""
    days = [day for day, name in public_holidays("CN", year).items() if name == "Chinese New Year (Spring Festival)"]
    if days:
        before, after = hold.bounds
        yield min(days) + before * _DAY, min(days) + after * _DAY


def _month_and_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)
