"""Carts of known contacts: kept as their events tell them, told as abandoned after half an hour of silence (B-19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import NOT_ORDERED, Event, Order
from guanxi.tracking import signals
from guanxi.tracking.models import Cart
from guanxi.tracking.order_reports import number_of, text_of

STEPS = {
    "Product Added": "added", "Wishlist Product Added to Cart": "added", "Product Removed": "removed",
    "Cart Viewed": "touched", "Checkout Started": "touched", "Checkout Step Viewed": "touched",
    "Checkout Step Completed": "touched", "Payment Info Entered": "touched", "Coupon Applied": "touched",
    "Order Completed": "ordered", "order.placed": "ordered",
}  # fmt: skip
NAMES = frozenset(STEPS)
LOOKED_BACK = timedelta(days=30)
AT_ONCE = 500


def follow(*, contact_ids: Collection[int], now: datetime) -> None:
    """Bring the carts of these contacts up to what their events tell."""
    if not contact_ids:
        return
    steps: dict[int, list[signals.Step]] = defaultdict(list)
    rows = Event.objects.filter(contact__in=contact_ids, name__in=NAMES, occurred_at__gte=now - LOOKED_BACK)
    # An event of the past that was imported fills no cart today.
    rows = rows.filter(is_historical=False).order_by("occurred_at", "id")
    for contact_id, at, name, properties in rows.values_list("contact_id", "occurred_at", "name", "properties"):
        steps[contact_id].append(step_of(at, name, properties))
    known = {(cart.contact_id, cart.key): cart for cart in Cart.objects.filter(contact__in=contact_ids)}
    for contact_id, told in steps.items():
        for state in signals.carts_of(told):
            _keep(contact_id, state, known.get((contact_id, state.key)))


def _keep(contact_id: int, state: signals.CartState, cart: Cart | None) -> None:
    if cart is None:
        Cart.objects.create(
            contact_id=contact_id, key=state.key, state=state.state, items=state.items, filled_at=state.filled_at,
            touched_at=state.touched_at, due_at=state.due_at,
        )  # fmt: skip
    elif cart.state == "open" or state.state != "open":
        # One told as abandoned stays so until it is ordered or emptied; it is never told twice.
        Cart.objects.filter(pk=cart.pk).update(
            state=state.state, items=state.items, touched_at=state.touched_at, due_at=state.due_at
        )


def step_of(at: datetime, name: str, properties: Mapping[str, Any]) -> signals.Step:
    """One event of a cart, with the products it names."""
    products = properties.get("products")
    named = [each for each in products if isinstance(each, Mapping)] if isinstance(products, list) else [properties]
    items = {code: item for code, item in map(_item, named) if code} if STEPS[name] != "ordered" else {}
    return signals.Step(at, STEPS[name], text_of(properties, "cart_id"), items)


def _item(product: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    code = text_of(product, "sku", "product_id", "product_code", "name")
    quantity, price = number_of(product, "quantity"), number_of(product, "price")
    return code, {
        "quantity": float(quantity) if quantity is not None else 1, "price": str(price) if price is not None else "",
        "name": text_of(product, "name"),
    }  # fmt: skip


@transaction.atomic
def notice_abandoned(*, now: datetime) -> int:
    """Tell of carts in which nothing has happened for 30 minutes, each once (DP-20); returns how many.

    One whose customer has ordered since he filled it is not abandoned, wherever he ordered.
    """
    due = list(
        Cart.objects.filter(state="open", due_at__lte=now)
        .select_related("contact__customer")
        .order_by("due_at")[:AT_ONCE]
    )
    if not due:
        return 0
    ordered = _ordered_since(due)
    told = []
    for cart in due:
        state = "ordered" if cart.pk in ordered else "abandoned"
        if Cart.objects.filter(pk=cart.pk, state="open", due_at__lte=now).update(state=state) and state == "abandoned":
            told.append(_abandoned(cart, now))
    ledger_actions.record_events(told)
    return len(told)


def _ordered_since(due: Collection[Cart]) -> set[int]:
    customer_ids = {cart.contact.customer_id for cart in due}
    since = min(cart.filled_at for cart in due)
    orders = Order.objects.filter(customer__in=customer_ids, kind="order", placed_at__gte=since)
    latest: dict[int, datetime] = {}
    for customer_id, placed_at in orders.exclude(stage__in=NOT_ORDERED).values_list("customer_id", "placed_at"):
        latest[customer_id] = max(placed_at, latest.get(customer_id, placed_at))
    return {cart.pk for cart in due if latest.get(cart.contact.customer_id, cart.filled_at) > cart.filled_at}


def _abandoned(cart: Cart, now: datetime) -> Event:
    products = [{"product_code": code, **item} for code, item in cart.items.items()]
    return Event(
        name="cart.abandoned", customer_id=cart.contact.customer_id, contact_id=cart.contact_id, object_kind="cart",
        object_id=str(cart.pk), properties={"cart_id": cart.key, "products": products}, occurred_at=cart.due_at,
        recorded_at=now, source="signals",
    )  # fmt: skip
