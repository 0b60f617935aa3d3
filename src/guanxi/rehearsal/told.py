"""What happened in the span of a rehearsal: the ledger's events, moves of tiers, rhythms; in order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from django.db.models import F, Q

from guanxi.journeys.clockwork import Silence
from guanxi.journeys.facts.answers import ANSWERS
from guanxi.journeys.graph import Graph
from guanxi.journeys.occasions import Happening
from guanxi.journeys.steps.wait import Wait
from guanxi.ledger import overdue
from guanxi.ledger.models import Event, Invoice
from guanxi.rehearsal import courses
from guanxi.rehearsal.past import OPENED, RUN_UP, SOLVED, Past, Told
from guanxi.scoring.alerts import SLOWED_CYCLES
from guanxi.scoring.measures.rhythm import LEAD_DAYS, LEAD_SHARE, LEAST_GAPS

AT_A_TIME = 10_000


def tell(past: Past, graphs: Sequence[Graph]) -> None:
    """Fill `past.told` and `past.told_to` with what `graphs` would hear of."""
    names = frozenset().union(*(heard_by(graph) for graph in graphs))
    derived = courses.derive(past, names | _asked(graphs))
    past.told = sorted(
        [*_events(past, names, derived), *derived.told, *_rhythms(past, names), *_overdue(past, names)],
        key=lambda each: each.at,
    )
    for each in past.told:
        past.told_to[each.customer_id].append(each)
        if each.happening.name in {OPENED, SOLVED}:
            past.complaints[each.customer_id].append(each)


def _asked(graphs: Sequence[Graph]) -> frozenset[str]:
    return frozenset().union(*(graph.asked | graph.asked_at_the_door for graph in graphs))


def _events(past: Past, names: frozenset[str], derived: courses.Courses) -> Iterator[Told]:
    """The ledger's own events that some journey would hear of; in a file of old orders they are all historical."""
    replayed = {overdue.NAME} | ({"standing.changed"} if past.standings else set())
    rows = Event.objects.filter(
        name__in=names - replayed, customer__isnull=False, occurred_at__gte=past.begin - RUN_UP,
        occurred_at__lt=past.end,
    ).order_by("occurred_at", "id")  # fmt: skip
    columns = ("occurred_at", "customer_id", "contact_id", "name", "object_kind", "object_id", "properties")
    for at, customer_id, contact_id, name, kind, object_id, properties in rows.values_list(*columns).iterator(
        chunk_size=AT_A_TIME
    ):
        if name == "order.placed" and object_id in derived.first_stages:
            properties = {**properties, "stage": derived.first_stages[object_id]}
        elif "scheme" in properties:
            properties = {**properties, "in_default_scheme": properties["scheme"] == past.default_scheme}
        if customer_id is not None:
            yield Told(at, customer_id, Happening(name, kind, object_id, properties), contact_id)
    if "standing.changed" in names:
        yield from _moves(past)


def heard_by(graph: Graph) -> frozenset[str]:
    """The names of all events one journey reacts to or asks about."""
    names = graph.event_names.union(*(trigger.occasion.names for trigger in graph.triggers))
    for trigger in graph.triggers:
        if isinstance(trigger.clockwork, Silence):
            names = names.union(trigger.clockwork.events)
    for step in graph.steps.values():
        if isinstance(step, Wait):
            names = names.union(*(each.names for each in step.until))
    asked = graph.asked | graph.asked_at_the_door
    names |= {name.removeprefix("happened.") for name in asked if name.startswith("happened.")}
    if {"answered", "opened"} & asked:
        names |= set(ANSWERS)
    if "opened" in asked:
        names |= {"email.opened"}
    if "open_complaint" in asked:
        names |= {OPENED, SOLVED}
    return names


def _moves(past: Past) -> Iterator[Told]:
    """The moves of the replayed schemes as the events they would have been; the tiers of the first day are none."""
    for scheme, by_customer in past.standings.items():
        for customer_id, moves in by_customer.items():
            for (_, before), (at, after) in pairwise([(past.begin, ""), *moves]):
                if at <= past.begin - RUN_UP + timedelta(days=1):
                    continue
                told = {
                    "scheme": scheme,
                    "from": before,
                    "to": after,
                    "in_default_scheme": scheme == past.default_scheme,
                }
                yield Told(at, customer_id, Happening("standing.changed", properties=told))


def _rhythms(past: Past, names: frozenset[str]) -> Iterator[Told]:
    """What the nightly look at each customer's rhythm would have noticed (DP-04, DP-14), from the orders alone."""
    wanted = names & {"rhythm.slowed", "purchase.expected"}
    if not wanted:
        return
    past.note("rhythms_derived")
    for customer_id, orders in past.orders.items():
        days = sorted({past.day_of(order.placed_at) for order in orders})
        for place in range(LEAST_GAPS, len(days)):
            gaps = [(later - earlier).days for earlier, later in pairwise(days[: place + 1])]
            following = days[place + 1] if place + 1 < len(days) else None
            yield from _told_of_gap(past, customer_id, days[place], following, float(median(gaps)), wanted)


def _overdue(past: Past, names: frozenset[str]) -> Iterator[Told]:
    """The invoices that were unpaid when their due day was over, as the days that noticed it would have told."""
    if overdue.NAME not in names:
        return
    first, last = past.day_of(past.begin - RUN_UP), past.day_of(past.end)
    unpaid = Q(paid_on__isnull=True) | Q(paid_on__gt=F("due_on"))
    for invoice in Invoice.objects.filter(unpaid, due_on__gte=first, due_on__lt=last).iterator(chunk_size=AT_A_TIME):
        at = overdue.overdue_from(invoice.due_on, past.zone) if invoice.due_on else past.end
        if past.begin - RUN_UP <= at < past.end:
            happening = Happening(overdue.NAME, "invoice", str(invoice.pk), overdue.told_of(invoice))
            yield Told(at, invoice.customer_id, happening)


def _told_of_gap(
    past: Past, customer_id: int, latest: date, following: date | None, cycle: float, wanted: frozenset[str]
) -> Iterator[Told]:
    lead = min(max(LEAD_DAYS, round(LEAD_SHARE * cycle)), int(cycle / 2))
    moments = {
        "rhythm.slowed": latest + timedelta(days=int(float(SLOWED_CYCLES) * cycle) + 1),
        "purchase.expected": latest + timedelta(days=round(cycle) - lead),
    }
    for name in sorted(wanted):
        at = past.begin_of(moments[name])
        is_over = following is not None and following <= moments[name]
        if not is_over and past.begin - RUN_UP <= at < past.end:
            yield Told(at, customer_id, Happening(name, properties={"cycle_days": round(cycle)}))
