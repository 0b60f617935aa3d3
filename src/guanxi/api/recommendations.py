"""What to show whom: articles and content for a customer, a contact, a visitor or beside an article; forecasts.

The shop's server asks with a Bearer key. A page asks `/v1/recommendations` with the write key that stands in it, which
everybody can read: it answers by what this visitor himself has looked at and by articles, never by a customer's data.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from guanxi.api import shapes, to_pages
from guanxi.api.auth import caller_with
from guanxi.api.mistakes import FieldMistake
from guanxi.api.records import contact_of, customer_of
from guanxi.insights import at_risk
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.identity import canonical_email
from guanxi.ledger.models import Contact, Customer
from guanxi.recommendations import actions as recommendations_actions
from guanxi.recommendations import queries as recommendations_queries
from guanxi.recommendations import ranking
from guanxi.recommendations.models import Refusal
from guanxi.scoring import predictions
from guanxi.staff.models import User
from guanxi.staff.roles import Right

router = Router(tags=["Recommendations"])
PlaceName = Literal["home", "product", "mail"]
Count = Annotated[int, Field(ge=1, le=50)]
LARGEST_COUNT = 50
LONGEST_NAME = 110


class ArticleOut(Schema):
    code: str
    name: str
    category: str
    price: Decimal | None
    currency: str
    kind: str = Field(description="complementary, viewed, next_purchase, new, affinity, popular_near or popular.")
    reason: str = Field(description="Why, as one English sentence.")
    because: dict[str, Any] = Field(description="The same as plain values.")


class ContentOut(Schema):
    key: str
    kind: str
    title: str
    summary: str
    url: str
    reason: str
    because: dict[str, str]


class RecommendationsOut(Schema):
    products: list[ArticleOut]
    content: list[ContentOut]


class RefusalIn(shapes.Incoming):
    customer_id: shapes.Id
    kind: Literal["product", "content"] = "product"
    key: shapes.Number
    reason: shapes.Search = ""


class RefusalOut(Schema):
    customer_id: int
    kind: str
    key: str
    reason: str
    refused_at: datetime


class OutlookOut(Schema):
    customer_id: int
    as_of: datetime
    horizon_days: int
    currency: str
    chance_alive: float | None = Field(description="Null without a model, or before the first repeat order.")
    expected_orders: float | None
    expected_value: Decimal | None
    chance_of_order_90_days: float | None
    cycle_days: float | None
    cycle_basis: str = Field(description="Whose cycle it is: own, category, firm; empty when nobody's is known.")
    next_order_on: date | None
    next_order_from: date | None
    next_order_to: date | None


class AtRiskOut(Schema):
    customer_id: int
    customer: str
    country: str
    owner: str
    kind: str = Field(description="slowed or shrunk.")
    stake: Decimal = Field(description="A year of what is being lost, in `currency`.")
    currency: str
    found_at: datetime
    figures: dict[str, Any]


@router.get("/recommendations", response=RecommendationsOut, summary="What to show to a customer or visitor")
def recommend(
    request: HttpRequest,
    customer_id: shapes.Id | None = None,
    contact_id: shapes.Id | None = None,
    contact_email: shapes.Address = "",
    anonymous_id: shapes.Line = "",
    place: PlaceName = "home",
    product: shapes.Line = "",
    limit: Count = 10,
) -> Any:
    caller = caller_with(request, Right.SEE)
    customer, contact = _whom(caller, customer_id, contact_id, contact_email)
    now = clock.utc_now()
    wanted: dict[str, Any] = {"now": now, "place": place, "product": product, "limit": limit}
    if customer is None:
        keys = _keys(anonymous_id)
        return {
            "products": recommendations_queries.for_visitor(keys, **wanted),
            "content": recommendations_queries.content_for_visitor(keys, now=now),
        }
    known = recommendations_queries.known_of(customer, now=now)
    chance = predictions.chances_of([customer.pk]).get(customer.pk)
    return {
        "products": recommendations_queries.for_customer(customer, known=known, **wanted),
        "content": recommendations_queries.content_for_customer(
            customer, now=now, contact=contact, chance_of_order=chance, known=known
        ),
    }


def _whom(
    caller: User, customer_id: int | None, contact_id: int | None, contact_email: str
) -> tuple[Customer | None, Contact | None]:
    """The customer and the contact asked for; neither for a visitor."""
    if contact_id:
        contact = contact_of(caller, contact_id)
        return contact.customer, contact
    if contact_email:
        known = ledger_queries.contact_by_email(canonical_email(contact_email))
        if known is None:
            raise FieldMistake("contact_email", "No contact has this address; ask with anonymous_id instead.")
        contact = contact_of(caller, known.pk)
        return contact.customer, contact
    return (customer_of(caller, customer_id), None) if customer_id else (None, None)


def _keys(anonymous_id: str) -> list[str]:
    return [f"anon:{anonymous_id}"] if anonymous_id else []


@router.get("/recommendations/refusals", response=list[RefusalOut], summary="What a customer does not want")
def list_refusals(request: HttpRequest, customer_id: shapes.Id) -> Any:
    return recommendations_queries.refusals_of(customer_of(caller_with(request, Right.SEE), customer_id))


@router.post("/recommendations/refusals", response={201: RefusalOut}, summary="Note that a customer does not want it")
def refuse(request: HttpRequest, body: RefusalIn) -> Any:
    customer = customer_of(caller_with(request, Right.EDIT_CUSTOMERS), body.customer_id)
    refusal = recommendations_actions.refuse(
        customer=customer, kind=body.kind, key=body.key, reason=body.reason, now=clock.utc_now()
    )
    return Status(201, refusal)


@router.api_operation(["DELETE"], "/recommendations/refusals", response={204: None}, summary="Take a refusal back")
def take_back_refusal(
    request: HttpRequest, customer_id: shapes.Id, key: shapes.Number, kind: Literal["product", "content"] = "product"
) -> Any:
    customer = customer_of(caller_with(request, Right.EDIT_CUSTOMERS), customer_id)
    get_object_or_404(Refusal, customer=customer, kind=kind, key=key)
    recommendations_actions.take_back_refusal(customer=customer, kind=kind, key=key)
    return Status(204, None)


@router.get("/customers/{customer_id}/outlook", response=OutlookOut, summary="What a customer is expected to do")
def outlook(request: HttpRequest, customer_id: shapes.Id) -> Any:
    customer = customer_of(caller_with(request, Right.SEE), customer_id)
    found = predictions.outlook_of(customer.pk)
    if found is None:
        raise FieldMistake("customer_id", "Nothing is foretold of this customer; he has not ordered yet.", status=404)
    told = {name: getattr(found, name, None) for name in OutlookOut.model_fields}
    return told | {
        "customer_id": customer.pk, "chance_alive": found.chance_alive if found.has_own_chance else None
    }  # fmt: skip


@router.get("/at-risk", response=list[AtRiskOut], summary="Customers out of their rhythm, the most money first")
def list_at_risk(
    request: HttpRequest, kind: Literal["", "slowed", "shrunk"] = "", page: Annotated[int, Field(ge=1)] = 1
) -> Any:
    return at_risk.at_risk(user=caller_with(request, Right.SEE), kind=kind, page=page).object_list


def recommend_to_page(request: HttpRequest) -> HttpResponse:
    """`GET /v1/recommendations?anonymousId=…&place=…&product=…&limit=…` with the write key, also as `writeKey=`."""
    if (turned_away := to_pages.at_the_door(request)) is not None:
        return turned_away
    asked = request.GET
    place, product = asked.get("place", "home"), asked.get("product", "").strip()[:120]
    anonymous, limit = asked.get("anonymousId", "").strip(), asked.get("limit", "10")
    if place not in ranking.PLACES:
        return to_pages.refuse(400, f"place: write one of {', '.join(ranking.PLACES)}.")
    if len(anonymous) > LONGEST_NAME or "\x00" in anonymous + product:
        return to_pages.refuse(400, f"anonymousId: at most {LONGEST_NAME} characters, none of them NUL.")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:4]) <= LARGEST_COUNT):
        return to_pages.refuse(400, f"limit: write a number from 1 to {LARGEST_COUNT}.")
    now, keys = clock.utc_now(), _keys(anonymous)
    products = recommendations_queries.for_visitor(keys, now=now, place=place, product=product, limit=int(limit))
    pieces = recommendations_queries.content_for_visitor(keys, now=now, language=asked.get("language", "")[:16])
    return to_pages.answer(
        200,
        products=[
            {"code": each.code, "name": each.name, "category": each.category, "kind": each.kind,
             "price": None if each.price is None else str(each.price), "currency": each.currency}
            for each in products
        ],
        content=[
            {"key": each.key, "kind": each.kind, "title": each.title, "summary": each.summary, "url": each.url}
            for each in pieces
        ],
    )  # fmt: skip
