"""Orders in and out, and the stage they have reached (J-04)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Router, Status

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.code_uses import OrderMade
from guanxi.api.mistakes import FieldMistake
from guanxi.api.records import SOURCE, After, Limit, customer_of
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Order
from guanxi.offers import redeeming
from guanxi.offers.codes import as_stated
from guanxi.staff.models import User
from guanxi.staff.roles import Right

router = Router(tags=["Orders"])


def orders_for(caller: User) -> QuerySet[Order]:
    orders = Order.objects.filter(customer__in=ledger_queries.customers_for(caller))
    return orders.select_related("customer", "contact").prefetch_related("lines")


def order_of(caller: User, reference: str) -> Order:
    """The order of this number, else of this id. Raises Http404, or 409 when several sources use the number."""
    found = list(orders_for(caller).filter(number=reference)[:2])
    if len(found) > 1:
        raise FieldMistake("reference", "Several sources use this number; give the order's id instead.", status=409)
    is_id = reference.isascii() and reference.isdigit() and len(reference) < 19
    found = found or (list(orders_for(caller).filter(pk=int(reference))) if is_id else [])
    if not found:
        raise Http404
    return found[0]


@router.get("/orders", response=list[shapes.OrderOut], summary="Orders, oldest first")
def list_orders(
    request: HttpRequest,
    customer_id: shapes.Id | None = None,
    number: shapes.Line = "",
    stage: shapes.Line = "",
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    orders = orders_for(caller_with(request, Right.SEE)).filter(pk__gt=after)
    wanted = {"customer_id": customer_id, "number": number, "stage": stage}
    return orders.filter(**{name: value for name, value in wanted.items() if value}).order_by("pk")[:limit]


@router.post("/orders", response={201: OrderMade}, summary="Enter an order")
def create_order(request: HttpRequest, body: shapes.OrderIn) -> Any:
    caller = caller_with(request, Right.EDIT_CUSTOMERS)
    customer = customer_of(caller, body.customer_id)
    contact = _reader(customer.pk, body.contact_id)
    order = ledger_actions.record_order(
        customer=customer, contact=contact, number=body.number, placed_at=body.placed_at, currency=body.currency,
        lines=[_line(line) for line in body.lines], kind=body.kind, stage=body.stage, is_trial=body.is_trial,
        ship_by=body.ship_by, source=SOURCE, historical=body.historical_import, now=clock.utc_now(),
        fields={redeeming.STATED_IN: ", ".join(body.discount_codes)[:200]} if body.discount_codes else {},
    )  # fmt: skip
    if codes := [code for code in map(as_stated, body.discount_codes) if code]:
        order.stated_codes = redeeming.redeem(  # type: ignore[attr-defined]
            order=order, codes=codes, told_by=redeeming.API, now=clock.utc_now(), historical=body.historical_import
        )
    return Status(201, order)


def _reader(customer_id: int, contact_id: int | None) -> Contact | None:
    if contact_id is None:
        return None
    contact = Contact.objects.filter(pk=contact_id, customer_id=customer_id).first()
    if contact is None:
        raise FieldMistake("contact_id", "That is no contact of this customer.")
    return contact


def _line(line: shapes.LineIn) -> LineFacts:
    return LineFacts(
        quantity=line.quantity, unit_price=line.unit_price, product_code=line.product_code,
        product_name=line.product_name or "", category=line.category, amount=line.amount, cost=line.cost,
    )  # fmt: skip


@router.get("/orders/{reference}", response=shapes.OrderOut, summary="One order, by number or id")
def get_order(request: HttpRequest, reference: shapes.Line) -> Any:
    return order_of(caller_with(request, Right.SEE), reference)


@router.post("/orders/{reference}/stage", response=shapes.OrderOut, summary="Say which stage an order has reached")
def set_stage(request: HttpRequest, reference: shapes.Line, body: shapes.StageIn) -> Any:
    order = order_of(caller_with(request, Right.EDIT_CUSTOMERS), reference)
    details = body.dict(exclude={"historical_import"})
    return ledger_actions.change_stage(
        order=order, **details, source=SOURCE, historical=body.historical_import, now=clock.utc_now()
    )
