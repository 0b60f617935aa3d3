"""Days on which marketing rests in a country: weekend, public holidays, and the holds of holds.yaml. Pure.

Ramadan is held by country list and the Umm al-Qura calendar, never by an assumed religion (CN-25).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from hijridate import Gregorian, Hijri

from guanxi.culture import hold_kinds, holiday_names
from guanxi.culture.hold_kinds import GREETING_WINDOW, WORKING_TIME_ONLY, Hold
from guanxi.culture.profiles import Hours, Profile, profile_for

FIRM_CLOSED = "firm_closed"
_DAY = timedelta(days=1)
# A letter that greets at whichever feast the reader keeps.
ANY_FEAST = "any"


@dataclass(frozen=True, slots=True)
class Rest:
    """Why a day is not for marketing; `until` is the last day of the whole span. `code` is weekend,
    public_holiday, firm_closed or the code of a hold."""

    code: str
    name: str
    until: date


@dataclass(frozen=True, slots=True)
class Calendar:
    """What decides about a reader's days.

    `profile` is the reader's country's, `firm` the sender's own: while it is shut nobody could answer. `keeps_hold`
    False leaves out the holds a contact may opt out of (Ramadan). `shift_days` moves the Hijri holds, beside what the
    profile says. `occasion` is the hold whose feast the letter greets, or ANY_FEAST.
    """

    profile: Profile
    firm: Profile | None = None
    keeps_hold: bool = True
    shift_days: int = 0
    occasion: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A hold in a certain year."""

    hold: Hold
    begin: date
    until: date


def rests_on(country: str, day: date, keeps_hold: bool = True, ramadan_shift_days: int = 0) -> tuple[Rest, ...]:
    """As `rests`, by the profile that ships."""
    return rests(Calendar(profile_for(country), keeps_hold=keeps_hold, shift_days=ramadan_shift_days), day)


@lru_cache(maxsize=65536)
def rests(calendar: Calendar, day: date) -> tuple[Rest, ...]:
    """Every reason why marketing rests on `day`, the longest span first; empty on a fitting day.

    On the days of the feast a letter is written for, nothing rests.
    """
    profile = calendar.profile
    found = []
    for span in _spans_on(calendar, day):
        if span.hold.kind == GREETING_WINDOW and calendar.occasion in {span.hold.code, ANY_FEAST}:
            return ()
        if span.hold.kind != WORKING_TIME_ONLY and not _is_left_out(span.hold, calendar):
            found.append(Rest(span.hold.code, span.hold.name, span.until))
    if name := public_holidays(profile.country, day.year, profile.part).get(day):
        found.append(Rest("public_holiday", name, day))
    if is_weekend(profile, day):
        found.append(Rest("weekend", "", day))
    if calendar.firm is not None:
        found += _closures(calendar.firm, day, calendar.shift_days)
    return tuple(sorted(found, key=lambda rest: rest.until, reverse=True))


@lru_cache(maxsize=65536)
def hours_on(calendar: Calendar, day: date) -> Hours:
    """The working hours of a day, shorter in a hold that says so."""
    hours = calendar.profile.working_hours
    for span in _spans_on(calendar, day):
        is_short = span.hold.kind == WORKING_TIME_ONLY or _is_left_out(span.hold, calendar)
        if is_short and span.hold.hours:
            hours = Hours(max(hours.begin, span.hold.hours[0]), min(hours.end, span.hold.hours[1]))
    return hours if hours.begin < hours.end else calendar.profile.working_hours


def spans_in(profile: Profile, year: int, shift_days: int = 0, codes: tuple[str, ...] | None = None) -> list[Span]:
    """The holds of a profile that touch `year`, in order of time; `codes` in place of the profile's own."""
    shift = shift_days + profile.moon_shift_days
    found = [
        Span(hold_kinds.hold(code), begin, until)
        for code in (profile.holds if codes is None else codes)
        for begin, until in _spans(code, year, shift)
        if begin.year <= year <= until.year
    ]
    return sorted(found, key=lambda span: (span.begin, span.until, span.hold.code))


def next_span(profile: Profile, day: date, shift_days: int = 0) -> Span | None:
    """The hold that is under way on `day`, else the next one."""
    ahead = (span for year in (day.year, day.year + 1) for span in spans_in(profile, year, shift_days))
    return next((span for span in ahead if span.until >= day), None)


def public_holidays(country: str, year: int, part: str = "") -> Mapping[date, str]:
    """The nation-wide public holidays with English names, with those of a part of the country.

    Empty for a country whose calendar is not known.
    """
    return holiday_names.days_of(country, year, part, holiday_names.ENGLISH)


def is_weekend(profile: Profile, day: date) -> bool:
    """Whether the weekend rests on `day`: not on one that is worked in place of another."""
    return day.weekday() in profile.weekend and day not in holiday_names.working_weekends(profile.country, day.year)


def _spans_on(calendar: Calendar, day: date) -> list[Span]:
    profile = calendar.profile
    codes = profile.holds
    if calendar.occasion and calendar.occasion not in codes and hold_kinds.is_hold(calendar.occasion):
        codes = (*codes, calendar.occasion)
    spans = spans_in(profile, day.year, calendar.shift_days, codes)
    return [span for span in spans if span.begin <= day <= span.until]


def _is_left_out(hold: Hold, calendar: Calendar) -> bool:
    return hold.contact_may_opt_out and not calendar.keeps_hold


def _closures(firm: Profile, day: date, shift_days: int) -> list[Rest]:
    return [
        Rest(FIRM_CLOSED, span.hold.name, span.until)
        for span in spans_in(firm, day.year, shift_days, firm.closures)
        if span.begin <= day <= span.until
    ]


@lru_cache(maxsize=4096)
def _spans(code: str, year: int, shift_days: int) -> tuple[tuple[date, date], ...]:
    """First and last days of a hold that may touch `year`."""
    hold = hold_kinds.hold(code)
    find = {"hijri": _hijri_spans, "dates": _dated_spans, "lunar_new_year": _lunar_spans}[hold.rule]
    moved = timedelta(days=shift_days if hold.rule == "hijri" else 0)
    return tuple((begin + moved, until + moved) for begin, until in find(hold, year))


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
