"""Who comes in and who goes out: carries out what the rules of enrolment say, and tells the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from guanxi.journeys import enrolment as rules
from guanxi.journeys import queries
from guanxi.journeys.models import Enrolment, Refusal
from guanxi.journeys.occasions import Happening
from guanxi.journeys.queries import Door
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.outbox import actions as outbox_actions


@dataclass(slots=True)
class Arrival:
    """One event, with what the journeys must know to react: whose it is, who could be written to, who is under way."""

    event: Event
    customer: Customer
    happening: Happening
    reader: Contact | None
    enrolments: list[Enrolment]


def knock(door: Door, arrival: Arrival, facts: dict[str, object], now: datetime) -> str:
    """Let the customer of an event into a journey it triggers: `entered`, `held_out`, `refused` or nothing."""
    trigger = rules.trigger_for(door.graph, arrival.happening, facts)
    if trigger is None:
        return ""
    who = queries.applicant(arrival.customer, arrival.enrolments, reader=arrival.reader)
    age = now - arrival.event.occurred_at
    admission = rules.admit(door.graph, trigger, arrival.happening, who, age=age, now=now)
    if admission.refusal:
        Refusal.objects.get_or_create(
            journey=door.journey, event_id=arrival.event.pk,
            defaults={"customer": arrival.customer, "reason": admission.refusal, "at": now},
        )  # fmt: skip
        return "refused"
    if not admission.entry_key or arrival.reader is None:
        return ""
    occasion = rules.occasion_of(trigger, arrival.happening)
    return _enter(door, arrival, arrival.reader, admission.entry_key, occasion, now)


def _enter(
    door: Door, arrival: Arrival, reader: Contact, entry_key: str, occasion: dict[str, object], now: datetime
) -> str:  # fmt: skip
    """Delays count from the moment the event was recorded: before that nobody here knew of it.

    A clock that was handed in may stand before that; then they count from there.
    """
    known_at = min(arrival.event.recorded_at, now)
    enrolment, is_new = Enrolment.objects.get_or_create(
        journey=door.journey, entry_key=entry_key,
        defaults={
            "version": door.version, "contact": reader, "customer": arrival.customer,
            "object_kind": door.graph.about, "object_id": arrival.event.object_id if door.graph.about else "",
            "step": door.graph.first, "due_at": now, "entered_at": now, "occasion": occasion,
            "anchor_at": known_at, "step_since_at": known_at, **_of_chance(door, reader, now),
        },
    )  # fmt: skip
    if not is_new:
        return ""
    arrival.enrolments.append(enrolment)
    if enrolment.state == rules.HELD_OUT:
        return "held_out"
    ledger_actions.record_events([note("journey.entered", enrolment, now)])
    return "entered"


def _of_chance(door: Door, reader: Contact, now: datetime) -> dict[str, object]:
    """Who is held out is written down as one who entered and got nothing, so that both groups can be compared."""
    percent = door.journey.holdout_percent
    if not rules.is_held_out(journey_key=door.journey.key, contact_id=reader.pk, percent=percent):
        return {}
    return {"state": rules.HELD_OUT, "ended_at": now, "end_reason": "held_out"}


def start_others(wanted: Sequence[tuple[Enrolment, str]], *, now: datetime) -> None:
    """Let readers on into the live journeys of these keys, by their own rules of entry; no trigger is asked."""
    if not wanted:
        return
    doors = {door.journey.key: door for door in queries.open_doors()}
    earlier = queries.enrolments_of({enrolment.customer_id for enrolment, _ in wanted})
    for enrolment, key in wanted:
        door = doors.get(key)
        if door is None:
            continue
        event = note("journey.signalled", enrolment, now)
        event.object_kind, event.object_id = enrolment.object_kind, enrolment.object_id
        happening = Happening(event.name, event.object_kind, event.object_id, event.properties)
        mine = earlier.get(enrolment.customer_id, [])
        who = queries.applicant(enrolment.customer, mine, reader=enrolment.contact)
        admission = rules.admit(door.graph, door.graph.triggers[0], happening, who, age=timedelta(), now=now)
        if admission.entry_key:
            arrival = Arrival(event, enrolment.customer, happening, enrolment.contact, mine)
            occasion = {"by": event.name, "told": enrolment.occasion.get("told", {})}
            _enter(door, arrival, enrolment.contact, admission.entry_key, occasion, now)


def end(enrolment: Enrolment, *, state: str, reason: str, now: datetime) -> None:
    """Write down that one reader's journey is over, and take back what he would still have got."""
    enrolment.state, enrolment.end_reason, enrolment.ended_at = state, reason, now
    enrolment.save(update_fields=["state", "end_reason", "ended_at"])
    if state != "done":  # a letter still held must not follow the event that ended the journey
        outbox_actions.recall(origin_kind="journey", origin_id=str(enrolment.pk), reason=reason, now=now)
    ledger_actions.record_events([note("journey.left", enrolment, now)])


def note(name: str, enrolment: Enrolment, now: datetime) -> Event:
    """The event, not yet recorded, by which the ledger hears of one reader's journey."""
    return Event(
        name=name, occurred_at=now, recorded_at=now, source="journeys", customer=enrolment.customer,
        contact=enrolment.contact, object_kind="enrolment", object_id=str(enrolment.pk),
        properties={
            "journey": enrolment.journey.key, "title": enrolment.journey.title, "reason": enrolment.end_reason,
        },
    )  # fmt: skip
