"""Enter, enter again, leave: the rules of who is in a journey. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from guanxi.journeys import chance
from guanxi.journeys.clockwork import Silence
from guanxi.journeys.graph import AGAIN, EACH_TIME, ONCE_PER_OBJECT, PER_CUSTOMER, Graph, Trigger
from guanxi.journeys.occasions import Happening

# Longer texts, such as that of a mail, are not kept beside the journey.
LONGEST = 500
MOST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier entry of the same customer, into this journey or another."""

    journey_key: str
    entry_key: str
    entered_at: datetime
    is_active: bool
    is_lifecycle: bool
    contact_id: int = 0


@dataclass(frozen=True, slots=True)
class Applicant:
    """What is known about a customer, and the contact who would be written to, at the door of a journey."""

    customer_id: int
    is_blocked: bool
    has_address: bool
    earlier: Sequence[Earlier]
    contact_id: int = 0


@dataclass(frozen=True, slots=True)
class Admission:
    """Either `entry_key`, which makes this entry one, or the `refusal`; both empty when there is nothing to say."""

    entry_key: str = ""
    refusal: str = ""


def is_concerned(graph: Graph, event: Happening) -> bool:
    """Whether the event pulls a trigger, the condition on the customer left aside."""
    if graph.about and event.object_kind != graph.about:
        return False
    return any(trigger.occasion.matches(event) for trigger in graph.triggers)


def trigger_for(graph: Graph, event: Happening, facts: Mapping[str, Any]) -> Trigger | None:
    """The first trigger this event pulls for a customer of these facts; None when it does not concern the journey."""
    if graph.about and event.object_kind != graph.about:
        return None
    pulled = (trigger for trigger in graph.triggers if trigger.occasion.matches(event))
    return next((trigger for trigger in pulled if trigger.when.holds(facts)), None)


def admit(graph: Graph, trigger: Trigger, event: Happening, who: Applicant, *, age: Any, now: datetime) -> Admission:
    """May this customer enter now? `age` is how long ago the event occurred."""
    mine = [each for each in who.earlier if each.journey_key == graph.key and _is_mine(graph, each, who)]
    entry_key = _entry_key(graph, event, who, mine)
    if any(each.entry_key == entry_key for each in mine):
        return Admission()
    if age > trigger.within:
        return Admission(refusal="too_old")
    if who.is_blocked:
        return Admission(refusal="blocked")
    if not who.has_address:
        return Admission(refusal="no_address")
    if graph.entry.rule == AGAIN and any(each.is_active for each in mine):
        return Admission(refusal="under_way")
    if graph.entry.rule == AGAIN and any(now - each.entered_at < graph.entry.after for each in mine):
        return Admission(refusal="too_soon")
    if graph.is_lifecycle and any(each.is_lifecycle and each.is_active for each in who.earlier):
        return Admission(refusal="lifecycle")
    return Admission(entry_key=entry_key)


def _is_mine(graph: Graph, earlier: Earlier, who: Applicant) -> bool:
    return graph.entry.per == PER_CUSTOMER or earlier.contact_id == who.contact_id


def _entry_key(graph: Graph, event: Happening, who: Applicant, mine: Sequence[Earlier]) -> str:
    if graph.entry.rule == ONCE_PER_OBJECT:
        return f"{event.object_kind}:{event.object_id}"
    person = f"customer:{who.customer_id}" if graph.entry.per == PER_CUSTOMER else f"contact:{who.contact_id}"
    return f"{person}:{len(mine) + 1}" if graph.entry.rule in {AGAIN, EACH_TIME} else person


def begins_at(trigger: Trigger, event: Happening, *, known_at: datetime, zone: str) -> datetime:
    """When the first step came up: when the event was recorded, or when its day began where the reader lives.

    A day of the calendar may begin there up to a day before or after it does at the firm.
    """
    if trigger.clockwork is None or isinstance(trigger.clockwork, Silence) or "on" not in event.properties:
        return known_at
    dawn = datetime.combine(date.fromisoformat(event.properties["on"]), time(), ZoneInfo(zone))
    return dawn if abs(dawn - known_at) < timedelta(days=1) else known_at


def occasion_of(trigger: Trigger, event: Happening) -> dict[str, Any]:
    """What the steps may later know of how it began: the trigger's name and the plain values its event told."""
    told = {
        name: value for name, value in event.properties.items() if _is_short(value) or _are_rows(value)
    }  # fmt: skip
    return {"by": trigger.name or event.name, "told": told}


def _is_short(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= LONGEST)


def _are_rows(value: Any) -> bool:
    """A short list of plain rows, such as the products of a cart."""
    return (
        isinstance(value, list)
        and len(value) <= MOST_ROWS
        and all(isinstance(row, Mapping) and all(_is_short(each) for each in row.values()) for row in value)
    )


def reason_to_leave(
    graph: Graph,
    *,
    facts: Mapping[str, Any],
    unread: Iterable[Happening],
    object_kind: str,
    object_id: str,
    is_blocked: bool,
    has_address: bool,
) -> str:
    """Why this enrolment ends before its next step, or nothing (CN-49: tested before each step).

    `unread` are events that have happened and that no reaction has been made to yet.
    """
    if is_blocked:
        return "blocked"
    if not has_address:
        return "no_address"
    for way_out in graph.exits:
        if way_out.when is not None and way_out.when.holds(facts):
            return way_out.reason
    reasons = (graph.exit_for(event, object_kind=object_kind, object_id=object_id) for event in unread)
    return next((reason for reason in reasons if reason), "")


HELD_OUT = "heldout"


def is_held_out(*, journey_key: str, contact_id: int, percent: int) -> bool:
    """Whether chance keeps this contact out of the journey for comparison; always the same for the same contact."""
    return chance.draw("holdout", journey_key, contact_id) < percent
