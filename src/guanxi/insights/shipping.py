"""Open orders in the order in which they get capacity and are shipped (T-36, T-43)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from guanxi.care import queries as care_queries
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Order
from guanxi.ledger.stages import ENDS, SHIPPED_OR_LATER
from guanxi.supply import queries as supply_queries
from guanxi.supply.clocks import Promise
from guanxi.tiering.models import Standing

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """One order that has not left yet; `promise` is that of three days after payment, where it was paid."""

    order_id: int
    number: str
    customer_id: int
    customer: str
    country: str
    stage: str
    ship_by: date | None
    is_first: bool
    promise: Promise | None


def waiting_orders(*, user: Any, now: datetime) -> list[Waiting]:
    """Customers who are served first come first, then whatever is promised or wanted earliest."""
    orders = list(_open_orders(user)[:SHOWN])
    promises = {each.order.pk: each.promise for each in supply_queries.dispatches(orders, now=now)}
    return [
        Waiting(
            order_id=order.pk, number=order.number, customer_id=order.customer_id, customer=order.customer.name,
            country=order.customer.country, stage=order.stage, ship_by=order.ship_by,
            is_first=bool(getattr(order, "is_first", False)), promise=promises.get(order.pk),
        )
        for order in orders
    ]  # fmt: skip


def _open_orders(user: Any) -> QuerySet[Order]:
    served_first = Q(pk__in=[])
    for scheme, tier in care_queries.first_in_line():
        served_first |= Q(scheme__name=scheme, scheme__is_active=True, tier=tier)
    standing = Standing.objects.filter(served_first, customer_id=OuterRef("customer_id"))
    orders = Order.objects.filter(kind="order", customer__in=ledger_queries.customers_for(user))
    return (
        orders.exclude(stage__in=[*SHIPPED_OR_LATER, *ENDS, "quoted"])
        .annotate(is_first=Exists(standing))
        .select_related("customer")
        .order_by("-is_first", F("paid_at").asc(nulls_last=True), F("ship_by").asc(nulls_last=True), "placed_at", "id")
    )
