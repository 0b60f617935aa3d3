"""Verbs that write down what happened, one record at a time; whole files go through bulk.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db import IntegrityError, transaction

from guanxi.firm.queries import the_firm
from guanxi.kernel.bulk import insert_rows
from guanxi.kernel.fetching import unheld
from guanxi.kernel.money import Money, NoRate, round_money
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.identity import canonical_email, firm_domain
from guanxi.ledger.models import Contact, Customer, Event, Note, Order, OrderLine
from guanxi.ledger.queries import rate_table
from guanxi.ledger.stages import check_stage
from guanxi.ledger.unread import events_of
from guanxi.staff.models import User

CUSTOMER_FIELDS = frozenset(
    {"name", "kind", "country", "country_as_given", "region", "city", "address", "domain", "trade", "fields",
     "is_blocked", "cooperation_since"}
)  # fmt: skip
CONTACT_FIELDS = frozenset(
    {"given_name", "family_name", "full_name", "honorific", "position", "gender", "email", "phone", "language",
     "country", "city", "time_zone", "birthday", "keeps_ramadan_hold", "is_primary", "fields"}
)  # fmt: skip
EVENT_FIELDS = [field.attname for field in Event._meta.concrete_fields if not field.primary_key]
OF_HAPPENING = (
    "name", "customer_id", "contact_id", "object_kind", "object_id", "properties", "occurred_at", "recorded_at",
)  # fmt: skip
Happening = tuple[str, int | None, int | None, str, str, Mapping[str, Any], datetime, datetime]
OF_EVERY_EVENT = ("source", "anonymous_id", "is_historical", "is_unread")
ORDER_FIELDS = frozenset({"is_trial", "carrier", "tracking_number", "tracking_url", "ship_by", "fields"})


class NotAField(ValueError):
    """A change names something that is no field of the record, or not one that may be changed (RS-18)."""


class AddressTaken(ValueError):
    """Another contact has this e-mail address."""

    def __init__(self, contact: Contact) -> None:
        self.contact = contact
        super().__init__(f"This e-mail address belongs to {contact} of {contact.customer}; edit that contact instead.")


class NumberTaken(ValueError):
    """This source already has an order of that number."""

    def __init__(self, number: str) -> None:
        super().__init__(f"There is an order {number} already; choose another number or edit that order.")


class EmptyOrder(ValueError):
    """An order needs at least one line."""

    def __init__(self) -> None:
        super().__init__("An order needs at least one line with a quantity and a price.")


# Customers


def create_customer(
    *,
    name: str,
    now: datetime,
    kind: str = "unknown",
    country: str = "",
    owner: User | None = None,
    source: str = "console",
    historical: bool = False,
    batch: int | None = None,
    **fields: Any,
) -> Customer:
    """A new customer, with the event customer.created. Raises NotAField."""
    _check_fields(fields, CUSTOMER_FIELDS)
    with transaction.atomic():
        customer = Customer.objects.create(
            name=name, kind=kind, country=country, owner=owner, source=source, batch=batch,
            created_at=now, updated_at=now, **fields,
        )  # fmt: skip
        record_event(
            name="customer.created", occurred_at=now, now=now, source=source, customer=customer,
            historical=historical, batch=batch,
        )  # fmt: skip
    return customer


def update_customer(*, customer: Customer, changes: Mapping[str, Any], now: datetime) -> Customer:
    """Write `changes` (see CUSTOMER_FIELDS). Raises NotAField."""
    _check_fields(changes, CUSTOMER_FIELDS)
    _write(customer, changes, now)
    return customer


def assign_owner(*, customer: Customer, owner: User | None, now: datetime) -> None:
    _write(customer, {"owner": owner}, now)


def set_tags(*, customer: Customer, tags: Sequence[str], now: datetime) -> None:
    """Replace the tags; order kept, doubles and blanks dropped."""
    _write(customer, {"tags": list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))}, now)


# Contacts


def create_contact(
    *,
    customer: Customer,
    now: datetime,
    email: str = "",
    source: str = "console",
    historical: bool = False,
    batch: int | None = None,
    **fields: Any,
) -> Contact:
    """A new reader of `customer`; the first one is primary. Raises BadAddress, AddressTaken, NotAField."""
    _check_fields(fields, CONTACT_FIELDS)
    email_key = canonical_email(email) if email else None
    with transaction.atomic():
        _refuse_taken(email_key)
        fields.setdefault("is_primary", not customer.contacts.exists())
        contact = Contact.objects.create(
            customer=customer, email=email.strip(), email_key=email_key, batch=batch, created_at=now, updated_at=now,
            **fields,
        )  # fmt: skip
        if email_key and not customer.domain and firm_domain(email_key):
            _write(customer, {"domain": firm_domain(email_key)}, now)
        _keep_one_primary(contact)
        record_event(
            name="contact.created", occurred_at=now, now=now, source=source, customer=customer, contact=contact,
            historical=historical, batch=batch,
        )  # fmt: skip
    return contact


def update_contact(*, contact: Contact, changes: Mapping[str, Any], now: datetime) -> Contact:
    """Write `changes` (see CONTACT_FIELDS), and tell which fields are others now: other programs are to follow (RL-09).

    Raises BadAddress, AddressTaken, NotAField.
    """
    _check_fields(changes, CONTACT_FIELDS)
    written, before = dict(changes), {name: getattr(contact, name) for name in changes}
    with transaction.atomic():
        if "email" in written:
            written["email_key"] = canonical_email(written["email"]) if written["email"] else None
            _refuse_taken(written["email_key"], but=contact)
        _write(contact, written, now)
        _keep_one_primary(contact)
        if changed := sorted(name for name, value in before.items() if getattr(contact, name) != value):
            record_event(
                name="contact.changed", occurred_at=now, now=now, source="ledger", contact=contact,
                object_kind="contact", object_id=str(contact.pk), properties={"fields": changed},
            )  # fmt: skip
    return contact


def _refuse_taken(email_key: str | None, *, but: Contact | None = None) -> None:
    taken = email_key and Contact.objects.select_related("customer").filter(email_key=email_key).first()
    if taken and taken != but:
        raise AddressTaken(taken)


def _keep_one_primary(contact: Contact) -> None:
    if contact.is_primary:
        Contact.objects.filter(customer_id=contact.customer_id).exclude(pk=contact.pk).update(is_primary=False)


# Orders


def record_order(
    *,
    customer: Customer,
    number: str,
    placed_at: datetime,
    currency: str,
    lines: Sequence[LineFacts],
    now: datetime,
    source: str = "console",
    kind: str = "order",
    contact: Contact | None = None,
    stage: str = "confirmed",
    historical: bool = False,
    batch: int | None = None,
    **fields: Any,
) -> Order:
    """An order with its lines, and the event order.placed (or order.credited for a credit).

    The amount in the reporting currency stays empty while no rate is known for the day. Raises EmptyOrder,
    NumberTaken, UnknownStage, NotAField.
    """
    _check_fields(fields, ORDER_FIELDS)
    check_stage(stage)
    if not lines:
        raise EmptyOrder
    amount = sum((line.total for line in lines), Decimal(0))
    order = Order(
        customer=customer, contact=contact, source=source, number=number, kind=kind, placed_at=placed_at,
        currency=currency, amount=amount, stage=stage, stage_at=placed_at, batch=batch, created_at=now,
        updated_at=now, **_in_reporting_currency(amount, currency, placed_at), **fields,
    )  # fmt: skip
    with transaction.atomic():
        _save_new_order(order)
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order, position=position, product_code=line.product_code, product_name=line.product_name,
                category=line.category, quantity=line.quantity, unit_price=line.unit_price, amount=line.total,
                cost=line.cost,
            )
            for position, line in enumerate(lines, start=1)
        )  # fmt: skip
        record_event(
            name="order.placed" if kind == "order" else "order.credited",
            occurred_at=placed_at, now=now, source=source, customer=customer, contact=contact, object_kind="order",
            object_id=str(order.pk), historical=historical, batch=batch,
            properties={"number": number, "amount": str(amount), "currency": currency, "stage": stage},
        )  # fmt: skip
    return order


def _save_new_order(order: Order) -> None:
    if Order.objects.filter(source=order.source, number=order.number).exists():
        raise NumberTaken(order.number)
    try:
        with transaction.atomic():
            order.save(force_insert=True)
    except IntegrityError:  # another request recorded it in between
        raise NumberTaken(order.number) from None


def _in_reporting_currency(amount: Decimal, currency: str, placed_at: datetime) -> dict[str, Any]:
    """The three columns of CN-41: amount, rate, day of the rate; empty without a rate."""
    firm = the_firm()
    day = firm.day_of(placed_at)
    try:
        rate = rate_table(firm.reporting_currency, {currency}).rate_for(currency, day)
    except NoRate:
        return {"amount_reporting": None, "rate": None, "rate_on": None}
    converted = Money(amount * rate.value, firm.reporting_currency)
    return {
        "amount_reporting": round_money(converted.amount, converted.currency),
        "rate": rate.value,
        "rate_on": rate.on,
    }


def change_stage(
    *,
    order: Order,
    stage: str,
    now: datetime,
    occurred_at: datetime | None = None,
    source: str = "console",
    historical: bool = False,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
) -> Order:
    """Move the order to `stage`, with the event order.stage_changed; the same stage again changes nothing.

    Raises UnknownStage.
    """
    check_stage(stage)
    moment = occurred_at or now
    given = {"carrier": carrier, "tracking_number": tracking_number, "tracking_url": tracking_url}
    changes: dict[str, Any] = {field: value for field, value in given.items() if value}
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).select_related("customer", "contact").get(pk=order.pk)
        before = order.stage
        if before == stage and not changes:
            return order
        if stage in {"delivered", "completed"} and not order.delivered_at:
            changes["delivered_at"] = moment
        _write(order, {**changes, "stage": stage, "stage_at": moment}, now)
        if before != stage:
            record_event(
                name="order.stage_changed", occurred_at=moment, now=now, source=source, customer=order.customer,
                contact=order.contact, object_kind="order", object_id=str(order.pk), historical=historical,
                properties={"number": order.number, "from": before, "stage": stage, **given},
            )  # fmt: skip
    return order


# Notes and events


def write_note(
    *,
    customer: Customer,
    author: User | None,
    kind: str,
    text: str,
    happened_at: datetime,
    now: datetime,
    contact: Contact | None = None,
    historical: bool = False,
    source: str = "console",
    asks_for_custom: bool = False,
) -> Note:
    """A note, call, meeting, chat or talk by social media in the words of `author` (D-04).

    `asks_for_custom`: the customer asked for goods to his own specification (B-16).
    """
    with transaction.atomic():
        note = Note.objects.create(
            customer=customer, contact=contact, author=author, kind=kind, text=text, happened_at=happened_at,
            created_at=now,
        )  # fmt: skip
        record_event(
            name="note.written", occurred_at=happened_at, now=now, source=source, customer=customer,
            contact=contact, object_kind="note", object_id=str(note.pk), historical=historical,
            properties={"kind": kind} | ({"custom": True} if asks_for_custom else {}),
        )  # fmt: skip
    return note


def record_event(
    *,
    name: str,
    occurred_at: datetime,
    now: datetime,
    source: str,
    customer: Customer | None = None,
    contact: Contact | None = None,
    object_kind: str = "",
    object_id: str = "",
    properties: Mapping[str, Any] | None = None,
    message_id: str | None = None,
    anonymous_id: str = "",
    historical: bool = False,
    batch: int | None = None,
) -> Event | None:
    """Append one event; None when `source` has sent this `message_id` before (RD-12).

    A historical event is never unread, so it starts no journey (RD-13).
    """
    of_contact = contact.customer_id if contact else None
    event = Event(
        name=name, customer_id=customer.pk if customer else of_contact, contact=contact,
        object_kind=object_kind, object_id=object_id, anonymous_id=anonymous_id, properties=dict(properties or {}),
        occurred_at=occurred_at, recorded_at=now, source=source, message_id=message_id, is_historical=historical,
        is_unread=not historical, batch=batch,
    )  # fmt: skip
    if message_id is None:
        event.save(force_insert=True)
        return event
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:
        if Event.objects.filter(source=source, message_id=message_id).exists():
            return None
        raise
    return event


def record_events(events: Sequence[Event]) -> None:
    """Append many events that carry no `message_id`, in a few statements."""
    insert_rows(Event, EVENT_FIELDS, map(attrgetter(*EVENT_FIELDS), events))


def record_happenings(happenings: Iterable[Happening], *, source: str) -> None:
    """The same for plain rows, where an instance for each would take most of the time."""
    insert_rows(Event, (*OF_HAPPENING, *OF_EVERY_EVENT), ((*each, source, "", False, True) for each in happenings))


def claim_unread(*, limit: int) -> list[Event]:
    """The oldest unread events, marked as read; call it inside the transaction that reacts to them.

    Rows are claimed, not skipped past with a cursor: on PostgreSQL a lower id may commit after a higher one.
    """
    unread = Event.objects.filter(is_unread=True).order_by("id")
    unread = unheld(unread)
    events = events_of(unread[:limit])
    Event.objects.filter(pk__in=[event.pk for event in events]).update(is_unread=False)
    return events


def join_visitor(*, anonymous_id: str, contact: Contact) -> int:
    """Give the events of an anonymous visitor to the contact he turned out to be; returns how many."""
    return Event.objects.filter(anonymous_id=anonymous_id, contact__isnull=True).update(
        contact=contact, customer=contact.customer
    )


def _check_fields(changes: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(changes) - known)
    if unknown:
        raise NotAField(f"{', '.join(unknown)}: no such field, or it cannot be changed here.")


def _write(record: Customer | Contact | Order, changes: Mapping[str, Any], now: datetime) -> None:
    for field, value in changes.items():
        setattr(record, field, value)
    record.updated_at = now
    record.save(update_fields=[*changes, "updated_at"])
