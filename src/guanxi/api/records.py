"""Customers and contacts in and out, within the rows the key may see (RS-15)."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Status
from pydantic import AwareDatetime, Field

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.mistakes import FieldMistake
from guanxi.consent.erased import is_erased
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact, Customer
from guanxi.staff.models import User
from guanxi.staff.roles import Right

SOURCE = "api"
router = Router(tags=["Customers"])

Limit = Annotated[int, Field(ge=1, le=200, description="How many at most.")]
After = Annotated[int, Field(ge=0, le=shapes.BIGGEST_ID, description="The id of the last one you have.")]


def customer_of(caller: User, customer_id: int) -> Customer:
    """The customer, if the caller may see it; else 404."""
    return get_object_or_404(ledger_queries.customers_for(caller).select_related("owner"), pk=customer_id)


def contact_of(caller: User, contact_id: int) -> Contact:
    contacts = Contact.objects.filter(customer__in=ledger_queries.customers_for(caller))
    return get_object_or_404(contacts.select_related("customer"), pk=contact_id)


@router.get("/customers", response=list[shapes.CustomerOut], summary="Customers, oldest first")
def list_customers(
    request: HttpRequest,
    search: shapes.Search = "",
    country: shapes.Country = "",
    updated_since: AwareDatetime | None = None,
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    customers = ledger_queries.customers_for(caller_with(request, Right.SEE)).filter(pk__gt=after)
    if country:
        customers = customers.filter(country=country)
    if updated_since:
        customers = customers.filter(updated_at__gte=updated_since)
    return ledger_queries.searched(customers, search).select_related("owner").order_by("pk")[:limit]


@router.post("/customers", response={201: shapes.CustomerOut}, summary="Enter a customer")
def create_customer(request: HttpRequest, body: shapes.CustomerIn) -> Any:
    caller = caller_with(request, Right.EDIT_CUSTOMERS)
    fields = _given(body, but={"tags", "historical_import"})
    customer = ledger_actions.create_customer(
        **fields, owner=_own(caller), source=SOURCE, historical=body.historical_import, now=clock.utc_now()
    )
    if body.tags:
        ledger_actions.set_tags(customer=customer, tags=body.tags, now=clock.utc_now())
    return Status(201, customer)


def _own(caller: User) -> User | None:
    """A key that sees only its maker's customers enters customers of its maker."""
    return None if caller.may(Right.SEE_ALL) else User.objects.get(pk=caller.pk)


@router.get("/customers/{customer_id}", response=shapes.CustomerOut, summary="One customer")
def get_customer(request: HttpRequest, customer_id: shapes.Id) -> Any:
    return customer_of(caller_with(request, Right.SEE), customer_id)


@router.patch("/customers/{customer_id}", response=shapes.CustomerOut, summary="Change the given fields")
def update_customer(request: HttpRequest, customer_id: shapes.Id, body: shapes.CustomerChanges) -> Any:
    customer = customer_of(caller_with(request, Right.EDIT_CUSTOMERS), customer_id)
    now = clock.utc_now()
    ledger_actions.update_customer(customer=customer, changes=_given(body, but={"tags"}), now=now)
    if body.tags is not None:
        ledger_actions.set_tags(customer=customer, tags=body.tags, now=now)
    return customer


@router.get("/customers/{customer_id}/contacts", response=list[shapes.ContactOut], summary="The readers of a customer")
def list_contacts(request: HttpRequest, customer_id: shapes.Id) -> Any:
    return customer_of(caller_with(request, Right.SEE), customer_id).contacts.order_by("-is_primary", "pk")


@router.post("/customers/{customer_id}/contacts", response={201: shapes.ContactOut}, summary="Enter a contact")
def create_contact(request: HttpRequest, customer_id: shapes.Id, body: shapes.ContactIn) -> Any:
    customer = customer_of(caller_with(request, Right.EDIT_CUSTOMERS), customer_id)
    fields = _given(body, but={"historical_import"})
    _check_not_erased(fields)
    contact = ledger_actions.create_contact(
        **fields, customer=customer, source=SOURCE, historical=body.historical_import, now=clock.utc_now()
    )
    return Status(201, contact)


@router.get("/contacts/{contact_id}", response=shapes.ContactOut, summary="One contact")
def get_contact(request: HttpRequest, contact_id: shapes.Id) -> Any:
    return contact_of(caller_with(request, Right.SEE), contact_id)


@router.patch("/contacts/{contact_id}", response=shapes.ContactOut, summary="Change the given fields")
def update_contact(request: HttpRequest, contact_id: shapes.Id, body: shapes.ContactChanges) -> Any:
    contact = contact_of(caller_with(request, Right.EDIT_CUSTOMERS), contact_id)
    changes = _given(body)
    _check_not_erased(changes)
    return ledger_actions.update_contact(contact=contact, changes=changes, now=clock.utc_now())


def _check_not_erased(fields: dict[str, Any]) -> None:
    if is_erased(fields.get("email", "")):
        told = "This person asked to be erased and is suppressed; only he himself can come back, by a sign-up form."
        raise FieldMistake("email", told, status=409)


def _given(body: shapes.Incoming, *, but: set[str] | None = None) -> dict[str, Any]:
    """The fields the client sent; a null empties nothing, it is left out."""
    return body.dict(exclude=but or set(), exclude_unset=True, exclude_none=True)
