"""The next fitting moment for a mail in the contact's own time (C-05, CN-25, CN-43). Pure.

Transactional mail leaves at once, service mail waits for the end of the quiet hours, marketing for working hours on a
day without weekend, public holiday, hold or closure of the firm itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from guanxi.culture import holds, zones
from guanxi.culture.holds import Calendar
from guanxi.culture.profiles import Hours, Profile, profile_for

TRANSACTIONAL, SERVICE, MARKETING = "transactional", "service", "marketing"
# Longer than any chain of holds; beyond it a mail goes out rather than never.
_LONGEST_SEARCH_DAYS = 120
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mail waits, or what was assumed. `until` is when this reason ends, None for a note.

    Codes: quiet_hours, outside_working_hours, weekend, public_holiday, firm_closed, a hold of holds.yaml
    (ramadan …), unknown_zone. `detail` holds plain strings: name, zone, local_time, opens_at …
    """

    code: str
    detail: dict[str, str] = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fitting:
    """`moment` is in UTC and never before `now`; it equals `now` when nothing is in the way."""

    moment: datetime
    reasons: tuple[Reason, ...] = ()


def next_fitting_moment(
    *,
    now: datetime,
    country: str,
    zone: str,
    kind: str,
    keeps_hold: bool = True,
    ramadan_shift_days: int = 0,
    profile: Profile | None = None,
    firm: Profile | None = None,
    occasion: str = "",
) -> Fitting:
    """When a mail of `kind` may leave for a contact in `country` (ISO2) and `zone` (IANA), and every reason to wait.

    `profile` is the country's as the firm has changed it, else the one that ships; `firm` the profile of the firm's
    own country, whose closures count too; `occasion` the hold whose feast the letter greets. An unknown zone falls
    back to the country's with a note. Raises ValueError for an unknown kind.
    """
    if kind == TRANSACTIONAL:
        return Fitting(now)
    place, notes = _place(zone, country)
    used = profile or profile_for(country)
    if kind == SERVICE:
        fitting = _after_quiet_hours(now, place, used.quiet_hours)
    elif kind == MARKETING:
        calendar = Calendar(used, firm, keeps_hold, ramadan_shift_days, occasion)
        fitting = _in_working_hours(now, place, calendar)
    else:
        raise ValueError(f"{kind!r} is none of transactional, service, marketing.")
    return Fitting(fitting.moment, notes + fitting.reasons) if notes else fitting


def _after_quiet_hours(now: datetime, place: ZoneInfo, quiet: Hours) -> Fitting:
    local = now.astimezone(place)
    if not quiet.holds(local.time()):
        return Fitting(now)
    day = local.date() if local.time() < quiet.end else local.date() + _DAY
    moment = _moment(day, quiet.end, place, now)
    return Fitting(moment, (_hours_reason("quiet_hours", local, quiet, moment),))


def _in_working_hours(now: datetime, place: ZoneInfo, calendar: Calendar) -> Fitting:
    local = now.astimezone(place)
    hours, at = holds.hours_on(calendar, local.date()), local.time()
    is_over = at >= hours.end
    first_day = local.date() + _DAY if is_over else local.date()
    day, rests = _next_working_day(calendar, first_day)
    reasons = tuple(_rest_reason(rest, place, now) for rest in rests)
    if day == local.date() and hours.holds(at):
        return Fitting(now)
    moment = _moment(day, holds.hours_on(calendar, day).begin, place, now)
    if is_over or (not rests and at < hours.begin):
        code = "quiet_hours" if calendar.profile.quiet_hours.holds(at) else "outside_working_hours"
        ends = _moment(first_day, holds.hours_on(calendar, first_day).begin, place, now)
        reasons = (_hours_reason(code, local, hours, ends), *reasons)
    return Fitting(moment, reasons)


@lru_cache(maxsize=65536)
def _next_working_day(calendar: Calendar, first_day: date) -> tuple[date, tuple[holds.Rest, ...]]:
    """The first day from `first_day` on without a rest, and the rests passed on the way, each named once."""
    passed: dict[tuple[str, str], holds.Rest] = {}
    day = first_day
    for _ in range(_LONGEST_SEARCH_DAYS):
        rests = holds.rests(calendar, day)
        if not rests:
            break
        for rest in rests:
            passed[rest.code, rest.name] = rest
        day += _DAY
    return day, tuple(passed.values())


def _place(zone: str, country: str) -> tuple[ZoneInfo, tuple[Reason, ...]]:
    known = zones.zone_info(zone)
    if known:
        return known, ()
    used = zones.zone_of_country(country) or "UTC"
    return ZoneInfo(used), (Reason("unknown_zone", {"given": zone, "used": used}),)


def _moment(day: date, at: time, place: ZoneInfo, now: datetime) -> datetime:
    """That wall time in UTC, not before `now`.

    A wall time that the clock jumps over comes out after the jump; of one that comes twice, the first that is
    still ahead is taken.
    """
    wall = datetime.combine(day, at, tzinfo=place)
    first = wall.astimezone(UTC)
    return first if first >= now else max(now, wall.replace(fold=1).astimezone(UTC))


def _hours_reason(code: str, local: datetime, hours: Hours, until: datetime) -> Reason:
    detail = {
        "local_time": local.strftime("%Y-%m-%d %H:%M"),
        "zone": str(local.tzinfo),
        "hours": str(hours),
        "opens_at": until.isoformat(),
    }
    return Reason(code, detail, until)


def _rest_reason(rest: holds.Rest, place: ZoneInfo, now: datetime) -> Reason:
    ends = _moment(rest.until + _DAY, time(0), place, now)
    return Reason(rest.code, {"name": rest.name, "until": rest.until.isoformat(), "zone": place.key}, ends)
