"""Offers for a machine: which there are, a personal code for a contact, what became of a code, using one."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.code_uses import RefusedOut, UseOut, use_out
from guanxi.api.mistakes import FieldMistake
from guanxi.api.orders import order_of
from guanxi.api.records import After, Limit, contact_of
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.offers import granting, redeeming, words
from guanxi.offers import queries as offers_queries
from guanxi.offers.codes import as_stated
from guanxi.offers.models import Grant, Offer, Redemption
from guanxi.staff.models import User
from guanxi.staff.roles import Right

router = Router(tags=["Offers"])


class OfferOut(Schema):
    """An offer; `words` is what it gives, by language. Costs are in the firm's reporting currency."""

    name: str
    title: dict[str, str]
    words: dict[str, str]
    version: int
    is_active: bool
    codes: int
    uses: int
    refused: int
    cost: Decimal


class CodeIn(shapes.Incoming):
    contact_id: shapes.Id
    occasion: shapes.Line = Field("", description="Your own word for the occasion: the same one gives the same code.")


class CodeOut(Schema):
    """A personal code; `state` is open, redeemed, expired or withdrawn."""

    code: str
    offer: str
    customer_id: int
    contact_id: int | None
    state: str
    granted_at: datetime
    valid_until: date
    uses: int
    used: int


class UseIn(shapes.Incoming):
    code: shapes.Line
    order: shapes.Line = Field(description="Number or id of the order.")


@router.get("/offers", response=list[OfferOut], summary="Offers with what they have cost")
def list_offers(request: HttpRequest) -> Any:
    caller_with(request, Right.SEE_ALL)
    costs = offers_queries.cost_by_offer()
    return [_told(record, read, costs.get(record.name)) for record, read in offers_queries.kept_offers()]


def _told(record: Offer, read: Any, cost: offers_queries.Cost | None) -> dict[str, Any]:
    cost = cost or offers_queries.Cost(record.name)
    return {
        "name": record.name, "title": dict(read.title), "words": words.all_words(read), "version": record.version,
        "is_active": record.is_active, "codes": cost.codes, "uses": cost.uses, "refused": cost.refused,
        "cost": cost.cost,
    }  # fmt: skip


@router.post("/offers/{name}/codes", response={201: CodeOut}, summary="Hand out a personal code")
def create_code(request: HttpRequest, name: shapes.Line, body: CodeIn) -> Any:
    """Without `occasion` each call of a day gives the contact the same code. Refused with 409 and the reason."""
    caller = caller_with(request, Right.SEND)
    contact = contact_of(caller, body.contact_id)
    get_object_or_404(Offer, name=name)
    now = clock.utc_now()
    occasion = body.occasion or firm_queries.the_firm().day_of(now).isoformat()
    wish = granting.Wish(
        key=f"api:{name}:{contact.pk}:{occasion}"[:200], offer=name, contact=contact, origin_kind=granting.API,
        origin=occasion[:60],
    )  # fmt: skip
    try:
        granting.grant(wish=wish, now=now)
    except granting.NotGranted as refusal:
        raise FieldMistake("name", f"The offer {refusal}.", status=409) from None
    return Status(201, _code(_grants(caller).get(key=wish.key)))


@router.get("/codes/{code}", response=CodeOut, summary="A personal code and what became of it")
def get_code(request: HttpRequest, code: shapes.Line) -> Any:
    return _code(get_object_or_404(_grants(caller_with(request, Right.SEE)), code=as_stated(code)))


def _grants(caller: User) -> QuerySet[Grant]:
    mine = Grant.objects.filter(customer__in=ledger_queries.customers_for(caller))
    return offers_queries.with_uses(mine).select_related("offer")


def _code(grant: Grant) -> dict[str, Any]:
    today = firm_queries.the_firm().day_of(clock.utc_now())
    return {
        "code": grant.code, "offer": grant.offer.name, "customer_id": grant.customer_id,
        "contact_id": grant.contact_id, "state": offers_queries.state_of(grant, on=today),
        "granted_at": grant.granted_at, "valid_until": grant.valid_until, "uses": grant.uses,
        "used": grant.used,  # type: ignore[attr-defined]
    }  # fmt: skip


@router.post(
    "/redemptions", response={200: UseOut, 404: RefusedOut, 409: RefusedOut}, summary="Use a personal code for an order"
)
def redeem(request: HttpRequest, body: UseIn) -> Any:
    """200 when it is accepted. 404 for a code nobody was given, 409 when it is refused: with the reason, which is kept
    with the order. The same call changes nothing.
    """
    caller = caller_with(request, Right.EDIT_CUSTOMERS)
    try:
        order = order_of(caller, body.order)
    except Http404:
        raise FieldMistake("order", "There is no such order; enter it first.") from None
    code = as_stated(body.code)
    [answer] = redeeming.redeem(order=order, codes=[code], told_by=redeeming.API, now=clock.utc_now())
    if answer.reason is None:
        return Status(200, use_out(answer))
    errors = [{"field": "code", "message": answer.reason.advice}]
    return Status(409 if answer.redemption else 404, use_out(answer) | {"errors": errors})


@router.get("/redemptions", response=list[UseOut], summary="Codes used for orders, oldest first")
def list_redemptions(request: HttpRequest, offer: shapes.Line = "", after: After = 0, limit: Limit = 50) -> Any:
    """`after` is the id of a use. A use that was refused is told too."""
    caller = caller_with(request, Right.SEE)
    rows = Redemption.objects.filter(order__customer__in=ledger_queries.customers_for(caller), pk__gt=after)
    if offer:
        rows = rows.filter(grant__offer__name=offer)
    rows = rows.select_related("grant").order_by("pk")
    return [use_out(redeeming.as_stated_row(each)) for each in rows[:limit]]
