"""Wait for a time, for an hour of the reader's day, for a date, or until an event, whichever comes first."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from guanxi.journeys.conditions import is_fact
from guanxi.journeys.occasions import Occasion, read_occasion
from guanxi.journeys.reading import DURATION, Fields, as_pattern, duration
from guanxi.journeys.steps.base import HEARD, UNTIL, Frame, Outcome, Situation, read_target

HOUR = re.compile(r"until ([01]\d|2[0-3]):([0-5]\d)")
DAY = re.compile(r"until (\d{4}-\d{2}-\d{2})")

SHAPE = {"type": "string", "pattern": as_pattern(DURATION, HOUR, DAY, UNTIL)}


@dataclass(frozen=True, slots=True)
class Wait:
    """`wait: 7d`, `wait: until 09:00` of the reader's next day that has not begun it, `wait: until 2026-12-24`, the
    beginning of that day, or `wait: until field.NAME`, a date in the record; with `until:` an event that ends the wait
    early, and `heard:` the step it then goes on to.

    An event that arrives while an earlier step is still due counts too: nothing is missed between two steps.
    """

    kind: ClassVar[str] = "wait"

    frame: Frame
    span: timedelta
    until: tuple[Occasion, ...]
    hour: time | None = None
    fact: str = ""
    heard: str | None = None
    day: date | None = None

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        text = fields.value("wait", shape=SHAPE)
        until = tuple(read_occasion(fields.inside(block)) for block in fields.blocks("until"))
        heard = read_target(fields, "", name="heard") if fields.has("heard") else None
        if heard is not None and not until:
            fields.fail("`heard` needs an event to wait for; add `until`.", "heard")
        return replace(cls._plain(frame, fields, text, until), heard=heard)

    @classmethod
    def _plain(cls, frame: Frame, fields: Fields, text: object, until: tuple[Occasion, ...]) -> Self:
        if isinstance(text, str) and (hour := HOUR.fullmatch(text)):
            return cls(frame, timedelta(), until, hour=time(int(hour[1]), int(hour[2])))
        if isinstance(text, str) and (on := DAY.fullmatch(text)):
            day = _day(on[1])
            if day is None:
                fields.fail(f"`wait` names {on[1]}, which no calendar has; write year-month-day.", "wait")
            return cls(frame, timedelta(), until, day=day)
        if isinstance(text, str) and (named := UNTIL.fullmatch(text)):
            if not is_fact(named[1]):
                fields.fail(
                    f"`wait` names {named[1]!r}; write a date of the record, such as field.delivery_on.", "wait"
                )
            return cls(frame, timedelta(), until, fact=named[1])
        span = duration(text)
        if span is None:
            fields.fail(
                f"`wait` is {text!r}; write a duration such as 7d, `until 09:00`, `until 2026-12-24` or "
                "`until field.NAME`.",
                "wait",
            )
        if not span:
            fields.fail("`wait` must be longer than nothing; leave the step out instead.", "wait")
        return cls(frame, span, until)

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,) if self.heard is None else (self.heard, self.frame.go)

    def decide(self, situation: Situation) -> Outcome:
        if self.frame.id in situation.heard:
            return Outcome("done", reason=HEARD, go=self.frame.go if self.heard is None else self.heard)
        end = self.end(situation)
        if end is None:
            return Outcome("skipped", reason="no_date", go=self.frame.go)
        if situation.now < end:
            return Outcome("waiting", until=end)
        return Outcome("done", reason="elapsed", go=self.frame.go)

    def end(self, situation: Situation) -> datetime | None:
        """When the wait is over if nothing happens; None when the record has no such date."""
        if self.hour is not None:
            return _next_at(self.hour, situation.since_at, ZoneInfo(situation.zone))
        if self.fact or self.day:
            day = self.day or _day(situation.facts.get(self.fact))
            return None if day is None else datetime.combine(day, time(), ZoneInfo(situation.zone))
        return situation.since_at + self.span


def _next_at(hour: time, since_at: datetime, zone: ZoneInfo) -> datetime:
    """The first time after `since_at` that the reader's clock shows `hour`; in a gap of daylight saving, the minute
    after it."""
    here = since_at.astimezone(zone)
    wall = datetime.combine(here.date(), hour, zone)
    if wall <= here:
        wall = datetime.combine(here.date() + timedelta(days=1), hour, zone)
    return wall


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
