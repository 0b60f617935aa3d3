"""The step socket: the situation of one reader in, what becomes of the step out. Pure, as every step is.

A step kind is a frozen dataclass with `kind` (the field that names it in YAML), `read` and `decide`. It is added in
its own file and in the list of `steps/__init__.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Protocol, Self
from zoneinfo import ZoneInfo

from guanxi.journeys import chance
from guanxi.journeys.conditions import FACTS_SHAPE, Condition, read_facts
from guanxi.journeys.reading import Fields

END = ""
HEARD = "heard"
# A moment of the record, such as `until field.delivery_on`.
UNTIL = re.compile(r"until ([a-z_]+(?:\.[a-z][a-z0-9_]*)?)")


class Situation(NamedTuple):
    """What a step may know. `since_at` is when it came up; `heard` holds the waits whose event has arrived.

    `zone` is the reader's time zone (IANA). `seed` is what chance is drawn from: the same reader draws the same again.
    """

    now: datetime
    anchor_at: datetime
    since_at: datetime
    occurrence: int = 1
    heard: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = MappingProxyType({})
    zone: str = "UTC"
    seed: str = ""

    def draw(self, step_id: str) -> float:
        """A number from 0 to below 100, evenly spread over readers and steps."""
        return chance.draw(self.seed, step_id, self.occurrence)


class Wish(NamedTuple):
    """A message to propose; the action that carries it out fills `values` from the records they name."""

    template_key: str
    values: Mapping[str, Any]
    not_before: datetime
    expires_at: datetime
    document: str = ""  # the kind of document it hands over
    survey: str = ""  # the questionnaire it asks for


# A line of a checklist, in one language or by language.
ChecklistLine = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TaskWish:
    """A task for whoever looks after the customer; `titles` by language, `kind` a plain word."""

    kind: str
    titles: Mapping[str, str]
    due_at: datetime
    expires_at: datetime | None
    checklist: tuple[ChecklistLine, ...] = ()
    document: str = ""  # the kind of document that lies with it


@dataclass(frozen=True, slots=True)
class ChangeWish:
    """What is written into the customer's record."""

    tag: str = ""
    untag: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    trait: str = ""


@dataclass(frozen=True, slots=True)
class OfferWish:
    """A personal code of an offer; `valid_for` replaces the offer's own time."""

    offer_name: str
    valid_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SignalWish:
    """Word to other programs, which listen by webhook."""

    name: str


@dataclass(frozen=True, slots=True)
class GiveUpWish:
    """No marketing any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class StartWish:
    """Another journey to enter."""

    journey_key: str


AnyWish = Wish | TaskWish | ChangeWish | OfferWish | SignalWish | GiveUpWish | StartWish


class Outcome(NamedTuple):
    """What became of a step: done, skipped (with a reason), or waiting `until` a moment. `go` is the next step.

    `stops_here`: the step after it is looked at in the next turn, with facts that know what this one did.
    """

    verdict: str
    reason: str = ""
    go: str = END
    until: datetime | None = None
    wish: AnyWish | None = None
    next_round: bool = False
    ends_with_reason: bool = False
    stops_here: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """The window of a step, counted from the trigger or from the moment the step came up (CN-24).

    The step is taken between `not_before` and `not_after`, else skipped; what it sends may leave until `expires`.
    """

    base: str = "previous"
    not_before: timedelta = timedelta()
    not_after: timedelta | None = None
    expires: timedelta | None = None

    def counted_from(self, situation: Situation) -> datetime:
        return situation.anchor_at if self.base == "trigger" else situation.since_at

    def earliest(self, situation: Situation) -> datetime:
        return self.counted_from(situation) + self.not_before

    def is_too_late(self, situation: Situation) -> bool:
        return self.not_after is not None and situation.now > self.counted_from(situation) + self.not_after

    def expiry(self, situation: Situation) -> datetime:
        span = self.expires or self.not_after
        if span is None:
            raise ValueError("A step that sends has a not_after; the grammar checks it.")
        return self.counted_from(situation) + span


@dataclass(frozen=True, slots=True)
class Frame:
    """What every step has: its id, where it goes on, its window, the condition it is taken under."""

    id: str
    go: str
    times: Times
    when: Condition


class Step(Protocol):
    """One step of a graph."""

    kind: ClassVar[str]

    @property
    def frame(self) -> Frame: ...

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self: ...

    def targets(self) -> tuple[str, ...]:
        """The ids this step may go on to."""
        ...

    def decide(self, situation: Situation) -> Outcome: ...


def read_frame(step_id: str, following: str, fields: Fields) -> Frame:
    """The fields every step shares. Raises GraphError."""
    times = Times(
        base=fields.one_of("from", ("previous", "trigger"), "previous"),
        not_before=fields.span("not_before", timedelta()),
        not_after=fields.span("not_after", None),
        expires=fields.span("expires", None),
    )
    if times.not_after is not None and times.not_after < times.not_before:
        fields.fail("`not_after` comes before `not_before`; the step could never be taken.", "not_after")
    if times.expires is not None and times.expires < (times.not_after or times.not_before):
        fields.fail("`expires` comes before the end of the window; make it at least as long.", "expires")
    when = read_facts(fields.block_of("when", shape=FACTS_SHAPE), fields.where)
    return Frame(step_id, read_target(fields, following), times, when)


def read_target(fields: Fields, following: str, *, name: str = "go") -> str:
    """The step that `go` (or the field `name`) names, or `following`; the word `end` is the end of the journey."""
    target = fields.text(name, following)
    return END if target == "end" else target


def moment_of(situation: Situation, fact: str) -> datetime | None:
    """The moment a fact names, the beginning of that day where the reader lives; None when it is no date."""
    value = situation.facts.get(fact)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=ZoneInfo(situation.zone))


def look_at(step: Step, situation: Situation) -> Outcome:
    """Whether the step's time has come and its condition holds; then what the step itself decides."""
    times = step.frame.times
    if situation.now < times.earliest(situation):
        return Outcome("waiting", until=times.earliest(situation))
    if times.is_too_late(situation):
        return Outcome("skipped", reason="too_late", go=step.frame.go)
    if not step.frame.when.holds(situation.facts):
        return Outcome("skipped", reason="condition", go=step.frame.go)
    return step.decide(situation)
