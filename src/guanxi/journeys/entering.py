"""Who comes in and who goes out: carries out what the rules of enrolment say, and tells the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from guanxi.journeys import enrolment as rules
from guanxi.journeys import queries
from guanxi.journeys.graph import SHORTEST_PAUSE, Trigger
from guanxi.journeys.models import Enrolment, Refusal
from guanxi.journeys.occasions import Happening
from guanxi.journeys.queries import Door
from guanxi.kernel.bulk import insert_rows, reserve_ids
from guanxi.kernel.fetching import among
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.outbox import actions as outbox_actions

OF_ENROLMENT = tuple(each.attname for each in Enrolment._meta.concrete_fields)
LET_ON = "journey.signalled"
OF_REFUSAL = ("journey_id", "customer_id", "event_id", "reason", "at")


@dataclass(slots=True)
class Arrival:
    """One event, with what the journeys must know to react: whose it is, who could be written to, who is under way."""

    event: Event
    customer: Customer
    happening: Happening
    reader: Contact | None
    enrolments: list[Enrolment]


@dataclass(slots=True)
class DoorBook:
    """Who comes in by one batch of events and who is turned away; written at once.

    Whoever came in is among the arrival's enrolments at once, without a row until it is written.
    """

    now: datetime
    entered: list[Enrolment] = field(default_factory=list)
    refused: list[tuple[int, int, int, str, datetime]] = field(default_factory=list)

    def write(self) -> Counter[str]:
        """Counts `entered`, `held_out` and `refused`; whom a rival has let in meanwhile is not counted."""
        insert_rows(Refusal, OF_REFUSAL, self.refused, skips_known=True)
        mine = self._written()
        begun = [each for each in mine if each.state != rules.HELD_OUT]
        ledger_actions.record_events([note("journey.entered", each, self.now) for each in begun])
        counts = Counter(entered=len(begun), held_out=len(mine) - len(begun), refused=len(self.refused))
        self.entered, self.refused = [], []
        return +counts

    def _written(self) -> list[Enrolment]:
        if not self.entered:
            return []
        for each, pk in zip(self.entered, reserve_ids(Enrolment, len(self.entered)), strict=True):
            each.pk, each._state.adding = pk, False
        insert_rows(Enrolment, OF_ENROLMENT, map(attrgetter(*OF_ENROLMENT), self.entered), skips_known=True)
        written = Enrolment.objects.filter(among("pk", [each.pk for each in self.entered]))
        known = set(written.values_list("pk", flat=True))
        for each in self.entered:
            each.state = each.state if each.pk in known else "done"
        return [each for each in self.entered if each.pk in known]


def knock(door: Door, arrival: Arrival, facts: dict[str, object], book: DoorBook) -> None:
    """Let the customer of an event into a journey it triggers, or turn him away with a reason."""
    trigger = rules.trigger_for(door.graph, arrival.happening, facts)
    if trigger is None:
        return
    who = queries.applicant(arrival.customer, arrival.enrolments, reader=arrival.reader)
    age = book.now - arrival.event.occurred_at
    admission = rules.admit(door.graph, trigger, arrival.happening, who, age=age, now=book.now)
    if admission.refusal:
        book.refused.append((door.journey.pk, arrival.customer.pk, arrival.event.pk, admission.refusal, book.now))
    elif admission.entry_key and arrival.reader is not None:
        occasion = rules.occasion_of(trigger, arrival.happening)
        begins_at = _begins_at(trigger, arrival, arrival.reader, book.now)
        _enter(door, arrival, arrival.reader, admission.entry_key, occasion, begins_at, book)


def _begins_at(trigger: Trigger, arrival: Arrival, reader: Contact, now: datetime) -> datetime:
    """Delays count from the moment the event was recorded: before that nobody here knew of it.

    A clock that was handed in may stand before that; then they count from there.
    """
    known_at = min(arrival.event.recorded_at, now)
    if trigger.clockwork is None:
        return known_at
    zone = queries.zone_of(reader)
    return rules.begins_at(trigger, arrival.happening, known_at=known_at, zone=zone)


def _enter(
    door: Door, arrival: Arrival, reader: Contact, entry_key: str, occasion: dict[str, object], begins_at: datetime,
    book: DoorBook,
) -> None:  # fmt: skip
    enrolment = Enrolment(
        journey=door.journey, entry_key=entry_key, version=door.version, contact=reader, customer=arrival.customer,
        object_kind=door.graph.about, object_id=arrival.event.object_id if door.graph.about else "",
        step=door.graph.first, due_at=max(book.now, begins_at), entered_at=book.now, occasion=occasion,
        anchor_at=max(begins_at, min(arrival.event.recorded_at, book.now)), step_since_at=begins_at,
        **_of_chance(door, reader, book.now),
    )  # fmt: skip
    book.entered.append(enrolment)
    arrival.enrolments.append(enrolment)


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
    doors, book = {door.journey.key: door for door in queries.open_doors()}, DoorBook(now)
    earlier = queries.enrolments_of({enrolment.customer_id for enrolment, _ in wanted})
    for enrolment, key in wanted:
        door = doors.get(key)
        if door is None:
            continue
        event = note(LET_ON, enrolment, now)
        event.object_kind, event.object_id = enrolment.object_kind, enrolment.object_id
        happening = Happening(event.name, event.object_kind, event.object_id, event.properties)
        mine = earlier.get(enrolment.customer_id, [])
        if _goes_in_circles(enrolment, key, mine, now):
            continue
        who = queries.applicant(enrolment.customer, mine, reader=enrolment.contact)
        admission = rules.admit(door.graph, door.graph.triggers[0], happening, who, age=timedelta(), now=now)
        if admission.entry_key:
            arrival = Arrival(event, enrolment.customer, happening, enrolment.contact, mine)
            occasion = {"by": event.name, "told": enrolment.occasion.get("told", {})}
            _enter(door, arrival, enrolment.contact, admission.entry_key, occasion, now, book)
    book.write()


def _goes_in_circles(enrolment: Enrolment, key: str, mine: Sequence[Enrolment], now: datetime) -> bool:
    """Whether a journey has let this reader on into that one today already, of the same object: two that let on into
    each other would never come to an end."""
    return any(
        each.journey.key == key
        and each.contact_id == enrolment.contact_id
        and (each.object_kind, each.object_id) == (enrolment.object_kind, enrolment.object_id)
        and each.occasion.get("by") == LET_ON
        and now - each.entered_at < SHORTEST_PAUSE
        for each in mine
    )


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
        name=name, occurred_at=now, recorded_at=now, source="journeys", customer_id=enrolment.customer_id,
        contact_id=enrolment.contact_id, object_kind="enrolment", object_id=str(enrolment.pk),
        properties={
            "journey": enrolment.journey.key, "title": enrolment.journey.title, "reason": enrolment.end_reason,
        },
    )  # fmt: skip
