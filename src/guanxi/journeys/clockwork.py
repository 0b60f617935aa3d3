"""Triggers that no event pulls: a date of the record, silence, the calendar, a festival, a launch. Pure.

The daily round looks for the customers whose day has come and records the event `moment.came` for each, so that these
triggers start journeys by the same door as every other (docs/reference/journey-grammar.md).
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from guanxi.journeys.reading import Fields

EVENT = "moment.came"
DATES = ("birthday", "founded_on", "first_order", "latest_order", "cooperation_since")
OF_CONTACTS = frozenset({"birthday"})
DATE = re.compile(rf"{'|'.join(DATES)}|field\.[a-z][a-z0-9_]{{0,39}}")
DAY_OF_YEAR = re.compile(r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
YEARLY, ONCE = "every year", "once"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PERIODS = ("week", "month", "quarter", "half year", "year")
ANY_EDITION, EDITIONS = "any", ("season", "limited")
MONTHS = {"month": 1, "quarter": 3, "half year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class DateOf:
    """`date: birthday`: so many days before (`lead`) or after (`after`) it, each year or once."""

    name: str
    lead: timedelta = timedelta()
    after: timedelta = timedelta()
    is_yearly: bool = True

    def dates_for(self, day: date) -> date:
        """The date of the record whose moment is `day`, in this year when it returns every year."""
        return day + self.lead - self.after


@dataclass(frozen=True, slots=True)
class Silence:
    """`silence: 60d`: so long since the latest of `events`; counted from an event, so never having any is none."""

    span: timedelta
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """`schedule: week`: on a weekday, on a day of each month or quarter, or on a day of the year (month, day)."""

    every: str
    weekday: int = 0
    day: int = 1
    month: int = 1

    def strikes_on(self, on: date) -> bool:
        if self.every == "week":
            return on.weekday() == self.weekday
        if (on.month - self.month) % MONTHS[self.every]:
            return False
        return on.day == min(self.day, monthrange(on.year, on.month)[1])


@dataclass(frozen=True, slots=True)
class Festival:
    """`festival: eid_al_fitr`: so many days before its first day, where the reader's country keeps it."""

    code: str
    lead: timedelta = timedelta()
    after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Launch:
    """`launch: season`: so many days before articles of this edition go on sale; `any` of every edition and of none."""

    edition: str
    lead: timedelta = timedelta()
    after: timedelta = timedelta()


Clockwork = DateOf | Silence | Schedule | Festival | Launch


@dataclass(frozen=True, slots=True)
class Moment:
    """Whose moment came on which day; `contact_id` when it is one person's, `about` when several may come that day."""

    customer_id: int
    on: date
    contact_id: int | None = None
    about: str = ""
    properties: dict[str, str] = field(default_factory=dict)


def read_clockwork(fields: Fields) -> Clockwork | None:
    """The clockwork of a trigger, None when an event pulls it. Raises GraphError."""
    found = [kind for kind in READERS if kind in fields.block]
    if len(found) > 1 or (found and "event" in fields.block):
        fields.fail(f"a trigger is pulled by one thing; keep one of event, {', '.join(READERS)}.")
    if not found:
        return None
    return READERS[found[0]](fields)


def is_anniversary(of: date, on: date) -> bool:
    """Whether `on` is the day of a year on which `of` returns; 29 February is kept on the 28th of other years."""
    if (of.month, of.day) == (2, 29) and not isleap(on.year):
        return (on.month, on.day) == (2, 28)
    return (of.month, of.day) == (on.month, on.day)


def days_back(until: date, within: timedelta) -> Iterator[date]:
    """The days on which a moment may have come that is not too old on `until`, the oldest first."""
    for back in range(within.days, -1, -1):
        yield until - timedelta(days=back)


def _date(fields: Fields) -> DateOf:
    name = fields.word("date", DATE, f"one of {', '.join(DATES)} or field.NAME")
    every = fields.one_of("repeat", (YEARLY, ONCE), YEARLY)
    return DateOf(name, *_shift(fields), every == YEARLY)


def _silence(fields: Fields) -> Silence:
    span = fields.span("silence")
    if span < timedelta(days=1):
        fields.fail("`silence` is shorter than a day; write for example 60d.", "silence")
    return Silence(span, fields.words("since", ("order.placed",)))


def _schedule(fields: Fields) -> Schedule:
    every = fields.one_of("schedule", PERIODS)
    if every == "week":
        return Schedule(every, weekday=WEEKDAYS.index(fields.one_of("on", WEEKDAYS, WEEKDAYS[0])))
    if every == "year":
        text = fields.word("on", DAY_OF_YEAR, "month and day such as 12-01", "01-01")
        return Schedule(every, month=int(text[:2]), day=int(text[3:]))
    return Schedule(every, day=fields.number("on", 1, least=1, most=31))


def _festival(fields: Fields) -> Festival:
    from guanxi.culture import hold_kinds

    code = fields.text("festival")
    if not hold_kinds.is_hold(code):
        fields.fail(
            f"`festival` is {code!r}; see docs/explanation/algorithms/culture-windows.md for the names.", "festival"
        )
    return Festival(code, *_shift(fields))


def _launch(fields: Fields) -> Launch:
    return Launch(fields.one_of("launch", (ANY_EDITION, *EDITIONS)), *_shift(fields))


def _shift(fields: Fields) -> tuple[timedelta, timedelta]:
    """How long before the day (`lead`) or after it."""
    lead, after = _days(fields, "lead"), _days(fields, "after")
    if lead and after:
        fields.fail("`lead` and `after` exclude each other; keep one.", "after")
    return lead, after


def _days(fields: Fields, name: str) -> timedelta:
    span: timedelta = fields.span(name, timedelta())
    if span % timedelta(days=1):
        fields.fail(f"`{name}` counts whole days; write for example 14d.", name)
    return span


READERS: dict[str, Callable[[Fields], Clockwork]] = {
    "date": _date, "silence": _silence, "schedule": _schedule, "festival": _festival, "launch": _launch,
}  # fmt: skip
