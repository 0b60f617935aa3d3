"""The course of orders whose stages nobody recorded, such as those of an imported file, from what is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from guanxi.journeys.occasions import Happening
from guanxi.ledger.models import Event, Order
from guanxi.ledger.stages import STAGES
from guanxi.rehearsal.past import Past, Told

CHANGED = "order.stage_changed"
# Three weeks from order to delivery, where fewer deliveries than these are recorded to tell better.
TAKES = timedelta(days=21)
LEAST_DELIVERIES = 10
FIRST = "confirmed"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Courses:
    """What is told of them, and the stage each began in, by the order's id as text."""

    told: list[Told] = field(default_factory=list)
    first_stages: dict[str, str] = field(default_factory=dict)


def derive(past: Past, asked: frozenset[str]) -> Courses:
    """The courses of the orders of the span, when one of `asked` (events and facts) is about stages."""
    courses = Courses()
    if not asked & {CHANGED, "stage", "order.placed"}:
        return courses
    recorded = set(Event.objects.filter(name=CHANGED, object_kind="order").values_list("object_id", flat=True))
    orders = [
        order for some in past.orders.values() for order in some
        if str(order.pk) not in recorded and order.stage != STAGES[0]
    ]  # fmt: skip
    takes, is_known = _usual(past)
    for order in orders:
        courses.first_stages[str(order.pk)] = FIRST
        if CHANGED in asked:
            courses.told.extend(_course(order, takes, past))
    if orders and CHANGED in asked:
        past.note("courses_derived", orders=len(orders), days=takes.days, is_known=is_known)
    return courses


def _usual(past: Past) -> tuple[timedelta, bool]:
    known = [
        (order.delivered_at - order.placed_at) / DAY for some in past.orders.values() for order in some
        if order.delivered_at and order.delivered_at > order.placed_at
    ]  # fmt: skip
    if len(known) < LEAST_DELIVERIES:
        return TAKES, False
    return max(timedelta(days=round(median(known))), 2 * DAY), True


def _course(order: Order, takes: timedelta, past: Past) -> Iterator[Told]:
    before = FIRST
    for stage, at in _stages(order, takes, past):
        if past.begin - takes <= at < past.end:
            told = {"number": order.number, "from": before, "stage": stage}
            yield Told(at, order.customer_id, Happening(CHANGED, "order", str(order.pk), told), order.contact_id)
        before = stage


def _stages(order: Order, takes: timedelta, past: Past) -> Iterator[tuple[str, datetime]]:
    """Each stage the order has come to after it was confirmed, and when."""
    if order.stage == "cancelled":
        yield "cancelled", max(order.stage_at or order.placed_at, order.placed_at + DAY)
        return
    delivered = order.delivered_at or order.placed_at + takes
    ship_by = past.begin_of(order.ship_by) if order.ship_by else None
    is_fitting = ship_by is not None and order.placed_at < ship_by < delivered
    shipped = ship_by if ship_by and is_fitting else order.placed_at + (delivered - order.placed_at) * 2 / 3
    moments = {
        "in_production": order.placed_at + min(DAY, (shipped - order.placed_at) / 2),
        "shipped": shipped,
        "delivered": delivered,
        "completed": delivered,
    }
    come_to = STAGES.index(order.stage) if order.stage in STAGES else len(STAGES)
    yield from ((stage, at) for stage, at in moments.items() if STAGES.index(stage) <= come_to)
