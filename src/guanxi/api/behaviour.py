"""What customers do, and what is reported of them: visits, interests, talks, stock, referrals, prices."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.mistakes import FieldMistake
from guanxi.api.records import SOURCE, Limit, contact_of, customer_of
from guanxi.insights import interest, interest_lists, mail_answers
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import profile
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Event
from guanxi.staff.models import User
from guanxi.staff.roles import Right
from guanxi.tracking import market

router = Router(tags=["Behaviour"])


@router.get("/customers/{int:customer_id}/behaviour", response=shapes.BehaviourOut, summary="What a customer does")
def behaviour(request: HttpRequest, customer_id: int) -> Any:
    customer = customer_of(caller_with(request, Right.SEE), customer_id)
    return interest.behaviour_of(customer.pk, now=clock.utc_now())


@router.get("/interest", response=list[shapes.InterestedOut], summary="Customers by interest in a category")
def interested(request: HttpRequest, category: shapes.Line, limit: Limit = 50) -> Any:
    caller_with(request, Right.SEE_ALL)
    return interest_lists.interested_in(category, now=clock.utc_now(), limit=limit)


@router.get(
    "/visits-without-order", response=list[shapes.DaysOut], summary="Who comes again and again without ordering"
)
def visits_without_order(request: HttpRequest) -> Any:
    caller_with(request, Right.SEE_ALL)
    rows = interest_lists.coming_without_order(now=clock.utc_now())
    return [{"customer_id": customer_id, "days": days} for customer_id, days in rows]


@router.get(
    "/price-list-without-inquiry", response=list[shapes.EventOut], summary="Opened the price list, asked nothing"
)
def price_list(request: HttpRequest, limit: Limit = 100) -> Any:
    caller = caller_with(request, Right.SEE)
    opened = interest_lists.price_list_without_inquiry(now=clock.utc_now())
    return opened.filter(customer__in=ledger_queries.customers_for(caller))[:limit]


@router.get("/letters/{key}/answers", response=list[shapes.MailAnswerOut], summary="What became of a letter")
def letter_answers(
    request: HttpRequest, key: str, days: Annotated[int, Field(ge=1, le=730, description="How far to look back.")] = 90
) -> Any:
    caller_with(request, Right.SEE_ALL)
    return mail_answers.answers_to(key, since=clock.utc_now() - timedelta(days=days))


@router.post("/notes", response={201: shapes.NoteOut}, summary="Write down a talk: call, chat, social media")
def write_note(request: HttpRequest, body: shapes.NoteIn) -> Any:
    caller = caller_with(request, Right.EDIT_CUSTOMERS)
    customer = customer_of(caller, body.customer_id)
    contact = contact_of(caller, body.contact_id) if body.contact_id else None
    if contact and contact.customer_id != customer.pk:
        raise FieldMistake("contact_id", "This contact belongs to another customer; leave it out or correct it.")
    now = clock.utc_now()
    note = ledger_actions.write_note(
        customer=customer, contact=contact, author=_author(caller), kind=body.kind, text=body.text, source=SOURCE,
        happened_at=min(body.happened_at or now, now), asks_for_custom=body.asks_for_custom,
        historical=body.historical_import, now=now,
    )  # fmt: skip
    return Status(201, note)


def _author(caller: User) -> User:
    """Who made the key; the caller itself is a copy with the key's role."""
    return User.objects.get(pk=caller.pk)


@router.post("/stock-levels", response=shapes.StockLevelOut, summary="What a customer has in stock")
def report_stock(request: HttpRequest, body: shapes.StockLevelIn) -> Any:
    customer = customer_of(caller_with(request, Right.EDIT_CUSTOMERS), body.customer_id)
    try:
        return profile.record_stock_level(
            customer=customer, product_code=body.product_code, quantity=body.quantity, as_of_at=body.as_of,
            safety_quantity=body.safety_quantity, source=SOURCE, historical=body.historical_import,
            now=clock.utc_now(),
        )  # fmt: skip
    except profile.OddStock as error:
        raise FieldMistake("quantity", str(error)) from None


@router.post("/referrals", response=shapes.ReferralOut, summary="Who introduced whom")
def report_referral(request: HttpRequest, body: shapes.ReferralIn) -> Any:
    caller = caller_with(request, Right.EDIT_CUSTOMERS)
    now = clock.utc_now()
    try:
        return profile.record_referral(
            referrer=customer_of(caller, body.referrer_id), referred=customer_of(caller, body.referred_id),
            introduced_on=body.introduced_on or now.date(), note=body.note, now=now,
        )  # fmt: skip
    except profile.OddReferral as error:
        raise FieldMistake("referred_id", str(error)) from None


@router.post("/material-prices", response=shapes.Moved, summary="What a material costs")
def report_material_price(request: HttpRequest, body: shapes.MaterialPriceIn) -> Any:
    caller = caller_with(request, Right.EDIT_TIERS)
    now = clock.utc_now()
    event = market.enter_material_price(
        actor=_author(caller), material=body.material, amount=body.amount, currency=body.currency,
        on=body.on or now.date(), categories=body.categories, now=now,
    )  # fmt: skip
    return {"moved": event is not None, "percent": event.properties["percent"] if event else ""}


@router.get("/market-moves", response=list[shapes.EventOut], summary="Rates and prices that moved, the newest first")
def market_moves(request: HttpRequest) -> Any:
    caller_with(request, Right.SEE_ALL)
    return market.recent_moves(now=clock.utc_now())


@router.get("/market-moves/{int:event_id}/customers", response=list[shapes.CustomerOut], summary="Whom a move touches")
def market_customers(request: HttpRequest, event_id: int, limit: Limit = 200) -> Any:
    caller = caller_with(request, Right.SEE_ALL)
    event = Event.objects.filter(pk=event_id, name=market.NAME).first()
    if event is None:
        raise FieldMistake("event_id", "There is no such move.", status=404)
    touched = market.customers_touched(event, now=clock.utc_now())
    return touched.filter(pk__in=ledger_queries.customers_for(caller)).select_related("owner")[:limit]
