"""How promises about goods stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet

from guanxi.ledger.models import Customer, Event, Order
from guanxi.ledger.stages import SHIPPED_OR_LATER, STAGES
from guanxi.supply.clocks import DISPATCH_DAYS, DRAWING_DAYS, SAMPLE_DAYS, Pause, Promise, promise
from guanxi.supply.models import CHECK_POINTS, Agreement, ProductionPicture, Project, QualityCheck, Quotation
from guanxi.supply.quotations import Item, Part

PICTURE_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class ProjectState:
    """A project with its two promises and the last outcome of each of the three checks (None: not done yet)."""

    project: Project
    drawing: Promise
    sample: Promise
    checks: dict[str, QualityCheck | None]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The promise "in stock, shipped within three days of payment" for one order (P-03)."""

    order: Order
    promise: Promise


def agreements_of(customer_id: int, *, on: date) -> QuerySet[Agreement]:
    """Those in force on the day, the ones that end first before the others."""
    in_force = Q(starts_on__lte=on) & (Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    return Agreement.objects.filter(in_force, customer_id=customer_id).order_by("ends_on", "id")


def ending_agreements(*, on: date, until: date) -> QuerySet[Agreement]:
    """Agreements that run out between the two days, both included."""
    return Agreement.objects.filter(ends_on__range=(on, until)).select_related("customer").order_by("ends_on", "id")


def states_of(projects: Iterable[Project], *, now: datetime) -> list[ProjectState]:
    """How each project stands, with one query for all checks."""
    found = list(projects)
    checks: dict[int, dict[str, QualityCheck | None]] = {each.pk: dict.fromkeys(CHECK_POINTS) for each in found}
    for check in QualityCheck.objects.filter(project__in=found).order_by("checked_at", "id"):
        checks[check.project_id][check.point] = check
    return [
        ProjectState(
            project=each,
            drawing=_promise_of(each, DRAWING_DAYS, each.drawing_at, now),
            sample=_promise_of(each, SAMPLE_DAYS, each.sample_at, now),
            checks=checks[each.pk],
        )
        for each in found
    ]


def promises_of(project_ids: Iterable[int], *, now: datetime) -> dict[int, dict[str, str]]:
    """How the drawing and the sample of these projects stand: running, waiting, kept, missed or overdue."""
    return {
        each.pk: {
            "drawing": _promise_of(each, DRAWING_DAYS, each.drawing_at, now).state,
            "sample": _promise_of(each, SAMPLE_DAYS, each.sample_at, now).state,
        }
        for each in Project.objects.filter(pk__in=list(project_ids))
    }


def open_projects() -> QuerySet[Project]:
    return Project.objects.filter(closed_at__isnull=True).select_related("customer", "technician").order_by("id")


def dispatches(orders: Sequence[Order], *, now: datetime, days: int = DISPATCH_DAYS) -> list[Dispatch]:
    """The promise of every paid order among `orders`; an order without a payment has none."""
    paid = [order for order in orders if order.paid_at is not None]
    shipped = _shipped_at(paid)
    return [
        Dispatch(order, promise(since=order.paid_at, days=days, now=now, done_at=shipped.get(order.pk)))
        for order in paid
        if order.paid_at is not None
    ]


def shippable_orders(customer: Customer) -> QuerySet[Order]:
    """Orders that have not left and are in no joint shipment yet, the newest first."""
    waiting = [stage for stage in STAGES if stage not in SHIPPED_OR_LATER and stage != "quoted"]
    orders = Order.objects.filter(customer=customer, kind="order", stage__in=waiting, joint_shipments=None)
    return orders.order_by("-placed_at", "-id")


def pictures_of(order: Order) -> list[ProductionPicture]:
    """The photos of an order's production, in the order they were taken."""
    return list(ProductionPicture.objects.filter(order=order).order_by("taken_at", "id"))


def picture_bytes(shown: ProductionPicture) -> bytes:
    with shown.picture.open() as file:
        return bytes(file.read())


def picture_type(shown: ProductionPicture) -> str:
    """Its media type, from the ending that `show_production` gave it."""
    return PICTURE_TYPES[Path(shown.picture.name or "").suffix]


def items_of(quotation: Quotation) -> list[Item]:
    """The items of a quotation as plain values."""
    return [
        Item(
            product=row["product"],
            quantity=Decimal(row["quantity"]),
            unit_price=Decimal(row["unit_price"]),
            parts=[Part(part["name"], Decimal(part["amount"])) for part in row["parts"]],
        )
        for row in quotation.items
    ]


def _promise_of(project: Project, days: int, done_at: datetime | None, now: datetime) -> Promise:
    """As of `now`, which may be past: what was done later was not done yet."""
    done = done_at if done_at is not None and done_at <= now else None
    return promise(since=project.accepted_at, days=days, now=now, done_at=done, pauses=map(_pause, project.pauses))


def _pause(span: Sequence[Any]) -> Pause:
    since, until = span
    return Pause(datetime.fromisoformat(since), datetime.fromisoformat(until) if until else None)


def _shipped_at(orders: Sequence[Order]) -> dict[int, datetime]:
    """When each order left: the first event that says shipped or later."""
    found: dict[int, datetime] = {}
    # The customers are named too, since events are indexed by customer.
    events = Event.objects.filter(
        customer_id__in={order.customer_id for order in orders}, name="order.stage_changed", object_kind="order",
        object_id__in=[str(order.pk) for order in orders],
    ).order_by("-occurred_at")  # fmt: skip
    for event in events:
        if event.properties.get("stage") in SHIPPED_OR_LATER:
            found[int(event.object_id)] = event.occurred_at
    return found
