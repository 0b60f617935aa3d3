"""Publish a journey, let readers in and out, take the steps that are due; the one place that carries out wishes."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources

from django.db import transaction
from django.db.models import Max

from guanxi.journeys import enrolment as rules
from guanxi.journeys import queries
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.models import Enrolment, Journey, Refusal, Version, Visit
from guanxi.journeys.occasions import Happening
from guanxi.journeys.steps.base import END, Outcome, Situation, look_at
from guanxi.journeys.values import letter_values
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.outbox import actions as outbox_actions

logger = logging.getLogger(__name__)

BATCH = 100
MOST_FAILURES = 5
FIRST_PAUSE = timedelta(minutes=15)
STATES = ("live", "paused", "off")


# What the firm runs


def publish(*, text: str, now: datetime, origin: str = "person") -> Version:
    """Freeze `text` as the next version and make it the live one; a new journey goes live. Raises GraphError.

    Readers under way stay on the version they entered on.
    """
    graph = read_graph(text)
    with transaction.atomic():
        journey, is_new = Journey.objects.get_or_create(
            key=graph.key, defaults={"title": graph.title, "state": "live", "created_at": now}
        )
        number = 1 if is_new else (journey.versions.aggregate(latest=Max("number"))["latest"] or 0) + 1
        version = Version.objects.create(journey=journey, number=number, text=text, origin=origin, published_at=now)
        journey.title, journey.source = graph.title, graph.source
        journey.priority, journey.is_lifecycle = graph.priority, graph.is_lifecycle
        journey.live_version = version
        journey.save()
    return version


def install_library(*, now: datetime) -> int:
    """Publish the ready journeys that are new or have changed; returns how many. A firm's own version is left alone."""
    live = dict(Journey.objects.values_list("key", "live_version__text"))
    own = set(Journey.objects.filter(live_version__origin="person").values_list("key", flat=True))
    installed = 0
    for text in library_texts():
        key = read_graph(text).key
        if key not in own and live.get(key) != text:
            publish(text=text, now=now, origin="library")
            installed += 1
    return installed


def library_texts() -> list[str]:
    """The YAML of the ready journeys."""
    folder = resources.files("guanxi.journeys") / "library"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return [file.read_text(encoding="utf-8") for file in files if file.name.endswith(".yaml")]


def set_state(*, journey: Journey, state: str, now: datetime) -> None:
    """`live`; `paused`: nobody enters, whoever is under way stands still; `off`: whoever is under way leaves.

    Windows go on while a journey is paused: a step whose window has passed is skipped, not sent late.
    """
    if state not in STATES:
        raise ValueError(f"{state!r} is no state of a journey; use one of {', '.join(STATES)}.")
    with transaction.atomic():
        journey.state = state
        journey.save(update_fields=["state"])
        if state == "off":
            Enrolment.objects.filter(journey=journey, state="active").update(due_at=now)


# Events start, wake and end


@dataclass(slots=True)
class _Arrival:
    """One event, with what the journeys must know to react: whose it is, who could be written to, who is under way."""

    event: Event
    customer: Customer
    happening: Happening
    reader: Contact | None
    enrolments: list[Enrolment]


def react_to(*, events: Sequence[Event], now: datetime) -> Counter[str]:
    """Let the events start, wake or end journeys; call it in the transaction that claimed them.

    History starts nothing (RD-13). Counts `entered`, `left`, `heard`, `refused` and `failed`.
    """
    counts: Counter[str] = Counter()
    with transaction.atomic():
        doors = queries.open_doors()
        for arrival in _arrivals(events):
            try:
                with transaction.atomic():
                    counts += _react(arrival, doors, now)
            except Exception:  # one event must not stop the others (RD-05)
                logger.exception("no journey could react to event %s (%s)", arrival.event.pk, arrival.event.name)
                counts["failed"] += 1
    return counts


def _arrivals(events: Sequence[Event]) -> list[_Arrival]:
    told = [(event, event.customer) for event in events if event.customer is not None and not event.is_historical]
    customer_ids = {customer.pk for _, customer in told}
    if not customer_ids:
        return []
    enrolments, readers = queries.enrolments_of(customer_ids), queries.readers_of(customer_ids)
    scheme = queries.default_scheme_name()
    return [
        _Arrival(
            event=event,
            customer=customer,
            happening=queries.happening_of(event, default_scheme=scheme),
            reader=_reader(event, readers.get(customer.pk, [])),
            enrolments=enrolments.setdefault(customer.pk, []),
        )
        for event, customer in told
    ]


def _reader(event: Event, readers: Sequence[Contact]) -> Contact | None:
    """Whom to write to: the contact of the event (who ordered), else the primary one, else the oldest."""
    if event.contact is not None and event.contact.email_key:
        return event.contact
    return readers[0] if readers else None


def _react(arrival: _Arrival, doors: Sequence[queries.Door], now: datetime) -> Counter[str]:
    """Those under way hear of it first; whoever enters by it does not hear it again."""
    words = [_tell(enrolment, arrival.happening, now) for enrolment in arrival.enrolments]
    words += [_knock(door, arrival, now) for door in doors]
    return Counter(word for word in words if word)


def _tell(enrolment: Enrolment, event: Happening, now: datetime) -> str:
    """Let one reader under way hear of an event: `left`, `heard` or nothing."""
    if enrolment.state != "active":
        return ""
    graph, about = queries.graph_of(enrolment), {"object_kind": enrolment.object_kind, "object_id": enrolment.object_id}
    reason = graph.exit_for(event, **about)
    if reason:
        _end(enrolment, state="left", reason=reason, now=now)
        return "left"
    waits = graph.waits_for(event, **about)
    if not waits:
        return ""
    enrolment.heard = sorted({*enrolment.heard, *waits})
    if enrolment.step in waits:
        enrolment.due_at = now
    enrolment.save(update_fields=["heard", "due_at"])
    return "heard"


def _knock(door: queries.Door, arrival: _Arrival, now: datetime) -> str:
    """Let the customer of an event into a journey it triggers: `entered`, `refused` or nothing."""
    trigger = rules.trigger_for(door.graph, arrival.happening)
    if trigger is None:
        return ""
    who = queries.applicant(arrival.customer, arrival.enrolments, has_address=arrival.reader is not None)
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
    return _enter(door, arrival, arrival.reader, admission.entry_key, now)


def _enter(door: queries.Door, arrival: _Arrival, reader: Contact, entry_key: str, now: datetime) -> str:
    """Delays count from the moment the event was recorded: before that nobody here knew of it.

    A clock that was handed in may stand before that; then they count from there.
    """
    known_at = min(arrival.event.recorded_at, now)
    enrolment, is_new = Enrolment.objects.get_or_create(
        journey=door.journey, entry_key=entry_key,
        defaults={
            "version": door.version, "contact": reader, "customer": arrival.customer,
            "object_kind": door.graph.about, "object_id": arrival.event.object_id if door.graph.about else "",
            "step": door.graph.first, "due_at": now, "entered_at": now,
            "anchor_at": known_at, "step_since_at": known_at,
        },
    )  # fmt: skip
    if not is_new:
        return ""
    arrival.enrolments.append(enrolment)
    _note_in_ledger("journey.entered", enrolment, now)
    return "entered"


def _end(enrolment: Enrolment, *, state: str, reason: str, now: datetime) -> None:
    enrolment.state, enrolment.end_reason, enrolment.ended_at = state, reason, now
    enrolment.save(update_fields=["state", "end_reason", "ended_at"])
    if state != "done":  # a letter still held must not follow the event that ended the journey
        outbox_actions.recall(origin_kind="journey", origin_id=str(enrolment.pk), reason=reason, now=now)
    _note_in_ledger("journey.left", enrolment, now)


def _note_in_ledger(name: str, enrolment: Enrolment, now: datetime) -> None:
    ledger_actions.record_event(
        name=name, occurred_at=now, now=now, source="journeys", customer=enrolment.customer,
        contact=enrolment.contact, object_kind="enrolment", object_id=str(enrolment.pk),
        properties={
            "journey": enrolment.journey.key, "title": enrolment.journey.title, "reason": enrolment.end_reason,
        },
    )  # fmt: skip


# Steps


def advance_due(*, now: datetime, limit: int = BATCH) -> Counter[str]:
    """Take the steps that are due for at most `limit` readers, in one transaction.

    Claim, visit, message and the move to the next step are committed together or not at all, so a worker that dies
    leaves nothing half done and several workers never take a step twice (RD-09, RD-11). Counts `advanced`, `waiting`,
    `proposed`, `skipped`, `done`, `left` and `failed`.
    """
    counts: Counter[str] = Counter()
    with transaction.atomic():
        due = queries.due_enrolments(now=now, limit=limit)
        circumstances = queries.circumstances_of(due, now=now)
        for enrolment in due:
            try:
                with transaction.atomic():
                    counts += _advance(enrolment, circumstances[enrolment.pk], now)
            except Exception:  # one reader's failure never rolls back another's (RD-05)
                logger.exception("step %s of enrolment %s failed", enrolment.step, enrolment.pk)
                counts += _set_aside(enrolment, now)
    return counts


def _advance(enrolment: Enrolment, around: queries.Circumstances, now: datetime) -> Counter[str]:
    """Take steps until one waits or the journey ends; the exits are tested first (CN-49)."""
    counts: Counter[str] = Counter(advanced=1)
    graph = queries.graph_of(enrolment)
    reason = _reason_to_leave(graph, enrolment, around)
    if reason:
        _visit(enrolment, Outcome("left", reason=reason), None, now)
        _end(enrolment, state="left", reason=reason, now=now)
        return counts + Counter(left=1)
    while enrolment.step != END:
        outcome = look_at(graph.steps[enrolment.step], _situation(enrolment, around, now))
        if outcome.until is not None:
            enrolment.due_at, enrolment.failures = outcome.until, 0
            enrolment.save()
            return counts + Counter(waiting=1)
        message_id = _propose(enrolment, outcome, around, now)
        _visit(enrolment, outcome, message_id, now)
        _move_on(enrolment, outcome, now)
        counts["skipped"] += outcome.verdict == "skipped"
        counts["proposed"] += message_id is not None
    enrolment.save()
    _end(enrolment, state="done", reason="finished", now=now)
    return counts + Counter(done=1)


def _reason_to_leave(graph: Graph, enrolment: Enrolment, around: queries.Circumstances) -> str:
    if enrolment.journey.state == "off":
        return "switched_off"
    return rules.reason_to_leave(
        graph,
        facts=around.facts,
        unread=around.unread,
        object_kind=enrolment.object_kind,
        object_id=enrolment.object_id,
        is_blocked=enrolment.customer.is_blocked,
        has_address=bool(enrolment.contact.email_key),
    )


def _situation(enrolment: Enrolment, around: queries.Circumstances, now: datetime) -> Situation:
    return Situation(
        now=now,
        anchor_at=enrolment.anchor_at,
        since_at=enrolment.step_since_at,
        occurrence=enrolment.occurrence,
        heard=frozenset(enrolment.heard),
        facts=around.facts,
    )


def _propose(
    enrolment: Enrolment, outcome: Outcome, around: queries.Circumstances, now: datetime
) -> int | None:  # fmt: skip
    """Carry out the wish of a step: the id of the proposed message, None when there is no wish."""
    wish = outcome.wish
    if wish is None:
        return None
    message = outbox_actions.propose(
        contact=enrolment.contact,
        template_key=wish.template_key,
        values=letter_values(enrolment=enrolment, wanted=wish.values, order=around.order, news=around.news),
        origin_kind="journey",
        origin_id=str(enrolment.pk),
        idempotency_key=f"journey:{enrolment.pk}:{enrolment.step}:{enrolment.occurrence}",
        not_before=wish.not_before,
        expires_at=wish.expires_at,
        now=now,
    )
    return int(message.pk)


def _visit(enrolment: Enrolment, outcome: Outcome, message_id: int | None, now: datetime) -> None:
    Visit.objects.create(
        enrolment=enrolment, step=enrolment.step, occurrence=enrolment.occurrence, outcome=outcome.verdict,
        reason=outcome.reason, message_id=message_id, at=now,
    )  # fmt: skip


def _move_on(enrolment: Enrolment, outcome: Outcome, now: datetime) -> None:
    enrolment.heard = [step for step in enrolment.heard if step != enrolment.step]
    enrolment.step, enrolment.step_since_at, enrolment.failures = outcome.go, now, 0
    enrolment.occurrence += outcome.next_round


def _set_aside(enrolment: Enrolment, now: datetime) -> Counter[str]:
    """After an error: look again later, each time later; give up after MOST_FAILURES (RD-07)."""
    fresh = Enrolment.objects.select_related("journey", "customer", "contact").get(pk=enrolment.pk)
    fresh.failures += 1
    fresh.due_at = now + FIRST_PAUSE * 2 ** (fresh.failures - 1)
    fresh.save(update_fields=["failures", "due_at"])
    if fresh.failures >= MOST_FAILURES:
        _end(fresh, state="failed", reason="error", now=now)
    return Counter(failed=1)
