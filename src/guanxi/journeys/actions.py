"""Publish a journey, switch it, and let it react to what happens; advancing.py takes the steps."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

from guanxi.journeys import enrolment as rules
from guanxi.journeys import entering, queries
from guanxi.journeys.entering import Arrival
from guanxi.journeys.facts.asking import Subject
from guanxi.journeys.graph import read_graph
from guanxi.journeys.models import Enrolment, Journey, Version
from guanxi.journeys.occasions import Happening
from guanxi.journeys.ready import library_texts
from guanxi.ledger.models import Contact, Event

logger = logging.getLogger(__name__)

STATES = ("live", "paused", "off")
MOST_HELD_OUT = 50
LIVE_UNASKED = frozenset({"j-04", "j-17"})


# What the firm runs


def publish(*, text: str, now: datetime, origin: str = "person", state: str = "live") -> Version:
    """Freeze `text` as the next version and make it the live one; a new journey begins in `state`. Raises GraphError.

    Readers under way stay on the version they entered on.
    """
    graph = read_graph(text)
    with transaction.atomic():
        journey, is_new = Journey.objects.get_or_create(
            key=graph.key, defaults={"title": graph.title, "state": state, "created_at": now}
        )
        number = 1 if is_new else (journey.versions.aggregate(latest=Max("number"))["latest"] or 0) + 1
        version = Version.objects.create(journey=journey, number=number, text=text, origin=origin, published_at=now)
        journey.title, journey.titles, journey.source = graph.title, dict(graph.shelf.titles), graph.source
        journey.priority, journey.is_lifecycle = graph.priority, graph.is_lifecycle
        journey.live_version = version
        journey.save()
    return version


def install_library(*, now: datetime, keys: Collection[str] = ()) -> int:
    """Publish the ready journeys that are new or have changed; returns how many. A firm's own version is left alone.
    With `keys` only these.

    Only order news and the wake-up are live by themselves; the others wait as drafts until somebody switches them on.
    """
    own = set(Journey.objects.filter(live_version__origin="person").values_list("key", flat=True))
    installed = 0
    # Every command asks; reading forty documents takes it longer than all the rest of its start.
    current = set(Journey.objects.values_list("live_version__text", flat=True))
    for text in (text for text in library_texts() if text not in current):
        key = read_graph(text).key
        if (not keys or key in keys) and key not in own:
            publish(text=text, now=now, origin="library", state="live" if key in LIVE_UNASKED else "draft")
            installed += 1
    return installed


def set_state(*, journey: Journey, state: str, now: datetime) -> None:
    """`live`; `paused`: nobody enters, whoever is under way stands still; `off`: whoever is under way leaves.

    While a journey is paused its clock stands still: when it goes on, every wait and window ends so much later, so that
    nothing is skipped and two letters do not follow each other sooner than they should.
    """
    if state not in STATES:
        raise ValueError(f"{state!r} is no state of a journey; use one of {', '.join(STATES)}.")
    with transaction.atomic():
        if journey.paused_at is not None and state != "paused":
            _set_back(journey, now - journey.paused_at)
        paused_at = (journey.paused_at or now) if state == "paused" else None
        journey.state, journey.paused_at = state, paused_at
        journey.save(update_fields=["state", "paused_at"])
        if state == "off":
            Enrolment.objects.filter(journey=journey, state="active").update(due_at=now)


def _set_back(journey: Journey, pause: timedelta) -> None:
    Enrolment.objects.filter(journey=journey, state="active").update(
        step_since_at=F("step_since_at") + pause, due_at=F("due_at") + pause, stood_still=F("stood_still") + pause
    )


def set_holdout(*, journey: Journey, percent: int, now: datetime) -> None:
    """From now on that share of the contacts gets nothing, drawn by chance and for good.

    The effect counts whoever enters from the moment on at which the first share was set.
    """
    if not 0 <= percent <= MOST_HELD_OUT:
        raise ValueError(f"A hold-out share lies between 0 and {MOST_HELD_OUT} percent.")
    if percent and not journey.holdout_percent:
        journey.holdout_since_at = journey.holdout_since_at or now
    journey.holdout_percent = percent
    journey.save(update_fields=["holdout_percent", "holdout_since_at"])


# Events start, wake and end


def react_to(*, events: Sequence[Event], now: datetime) -> Counter[str]:
    """Let the events start, wake or end journeys; call it in the transaction that claimed them.

    History starts nothing (RD-13). Counts `entered`, `held_out`, `left`, `heard`, `refused` and `failed`.
    """
    try:
        with transaction.atomic():
            return _react_at_once(events, now)
    except Exception:  # one event must not stop the others (RD-05)
        if len(events) == 1:
            logger.exception("no journey could react to event %s (%s)", events[0].pk, events[0].name)
            return Counter(failed=1)
        logger.warning("%s events could not be reacted to at once; taking them by halves", len(events))
    half = len(events) // 2
    return react_to(events=events[:half], now=now) + react_to(events=events[half:], now=now)


def _react_at_once(events: Sequence[Event], now: datetime) -> Counter[str]:
    doors, book = queries.open_doors(), entering.DoorBook(now)
    arrivals = _arrivals(events, doors)
    facts = _facts_of(arrivals, doors, now)
    counts: Counter[str] = Counter()
    for number, arrival in enumerate(arrivals):
        if any(each.pk is None for each in arrival.enrolments):
            counts += book.write()  # who came in by an event before hears of this one
        counts += _react(arrival, doors, facts.get(number, {}), book)
    return counts + book.write()


def _arrivals(events: Sequence[Event], doors: Sequence[queries.Door]) -> list[Arrival]:
    """What is known of each event's customer: of events that open no door, only where he is under way."""
    told = [(event, event.customer) for event in events if event.customer is not None and not event.is_historical]
    if not told:
        return []
    opening = frozenset().union(*(door.graph.beginnings for door in doors))
    knocking = {customer.pk for event, customer in told if event.name in opening}
    enrolments = queries.enrolments_of({customer.pk for _, customer in told}, and_ended_of=knocking)
    readers = queries.readers_of(knocking)
    scheme = queries.default_scheme_name()
    return [
        Arrival(
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


def _facts_of(
    arrivals: Sequence[Arrival], doors: Sequence[queries.Door], now: datetime
) -> dict[int, dict[str, object]]:
    """What the triggers that are pulled ask about the customer, by place among the arrivals."""
    asked: set[str] = set()
    concerned: list[int] = []
    for number, arrival in enumerate(arrivals):
        names = [door.graph.asked_at_the_door for door in doors if rules.is_concerned(door.graph, arrival.happening)]
        if arrival.reader is not None and any(names):
            asked |= frozenset().union(*names)
            concerned.append(number)
    subjects = [_subject(arrivals[number], now) for number in concerned]
    return dict(zip(concerned, queries.facts_at_the_door(subjects, asked, now=now), strict=True))


def _subject(arrival: Arrival, now: datetime) -> Subject:
    assert arrival.reader is not None  # only those who can be written to are looked at
    return Subject(arrival.customer, arrival.reader, now, arrival.happening.object_kind, arrival.happening.object_id)


def _react(
    arrival: Arrival, doors: Sequence[queries.Door], facts: dict[str, object], book: entering.DoorBook
) -> Counter[str]:
    """Those under way hear of it first; whoever enters by it does not hear it again."""
    words = [_tell(enrolment, arrival.happening, book.now) for enrolment in arrival.enrolments]
    for door in doors:
        if arrival.event.name in door.graph.beginnings:
            entering.knock(door, arrival, facts, book)
    return Counter(word for word in words if word)


def _tell(enrolment: Enrolment, event: Happening, now: datetime) -> str:
    """Let one reader under way hear of an event: `left`, `heard` or nothing."""
    if enrolment.state != "active":
        return ""
    graph, about = queries.graph_of(enrolment), {"object_kind": enrolment.object_kind, "object_id": enrolment.object_id}
    reason = graph.exit_for(event, **about)
    if reason:
        entering.end(enrolment, state="left", reason=reason, now=now)
        return "left"
    waits = graph.waits_for(event, **about)
    if not waits:
        return ""
    enrolment.heard = sorted({*enrolment.heard, *waits})
    if enrolment.step in waits:
        enrolment.due_at = now
    enrolment.save(update_fields=["heard", "due_at"])
    return "heard"
