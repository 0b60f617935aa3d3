"""Questions to the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Upper

from guanxi.kernel.money import Rate, RateTable
from guanxi.ledger.models import NOT_ORDERED, Contact, Customer, Event, ExchangeRate, Invoice, Note, Order
from guanxi.staff.models import User

NOTES_SEARCHED = 50_000
NOTES_FOUND = 1_000


def rate_table(into: str, currencies: Iterable[str]) -> RateTable:
    """The dated rates of `currencies` into `into`."""
    rows = ExchangeRate.objects.filter(into=into, currency__in=set(currencies)).values_list("currency", "on", "value")
    return RateTable(into, (Rate(currency, on, value) for currency, on, value in rows))


@dataclass(frozen=True, slots=True)
class KnownRate:
    """The newest rate of a currency, and on how many days one is known."""

    currency: str
    value: Decimal
    on: date
    days: int


def latest_rates(into: str) -> list[KnownRate]:
    """The newest rate of each currency into `into`, by currency."""
    spans = ExchangeRate.objects.filter(into=into).values_list("currency").annotate(newest=Max("on"), days=Count("id"))
    days = {currency: (newest, count) for currency, newest, count in spans}
    newest = ExchangeRate.objects.filter(into=into, on__in={on for on, _ in days.values()}).order_by("currency")
    return [
        KnownRate(rate.currency, rate.value, rate.on, days[rate.currency][1])
        for rate in newest
        if rate.on == days[rate.currency][0]
    ]


def customers_for(user: User) -> QuerySet[Customer]:
    """The customers `user` may read, without those merged into another."""
    return Customer.objects.for_user(user).current()


def searched(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Those whose name, domain, own number, contact name or e-mail holds `text`."""
    text = text.strip()
    if not text:
        return customers
    contacts = Contact.objects.filter(
        Q(email__icontains=text) | Q(full_name__icontains=text) | Q(family_name__icontains=text)
        | Q(given_name__icontains=text)
    )  # fmt: skip
    return customers.filter(
        Q(name__icontains=text)
        | Q(domain__icontains=text)
        | Q(identities__kind="customer", identities__value=text)
        | Q(pk__in=contacts.values("customer_id"))
    ).distinct()


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """Lifetime figures of one customer, credits netted, money in the reporting currency."""

    order_count: int
    spend_total: Decimal
    first_order_at: datetime | None
    last_order_at: datetime | None
    without_rate: int = field(default=0)


def order_figures(customer_id: int) -> OrderFigures:
    """Figures for the head of the customer page; orders of amount zero do not count."""
    orders = Q(kind="order", amount__gt=0) & ~Q(stage__in=NOT_ORDERED)
    sums = (
        Order.objects.filter(customer_id=customer_id)
        .exclude(stage__in=NOT_ORDERED)
        .aggregate(
            count=Count("id", filter=orders),
            spend=Sum("amount_reporting"),
            first=Min("placed_at", filter=orders),
            latest=Max("placed_at", filter=orders),
            unpriced=Count("id", filter=Q(amount_reporting__isnull=True)),
        )
    )
    return OrderFigures(sums["count"], sums["spend"] or Decimal(0), sums["first"], sums["latest"], sums["unpriced"])


def newest_order_at() -> datetime | None:
    """When anybody ordered last; None before the first order."""
    newest: datetime | None = Order.objects.filter(kind="order").aggregate(latest=Max("placed_at"))["latest"]
    return newest


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing in the story of a customer; `kind` is a value of KIND_OF_EVENT, note, call, meeting, visit or other."""

    kind: str
    at: datetime
    name: str
    contact: str = ""
    object_kind: str = ""
    object_id: str = ""
    text: str = ""
    author: str = ""
    source: str = ""
    properties: dict[str, Any] = field(default_factory=dict)


KIND_OF_EVENT = {
    "order": "order", "invoice": "order", "email": "mail", "standing": "tier", "consent": "consent",
    "inquiry": "inquiry", "page": "visit", "journey": "journey",
}  # fmt: skip


def kind_of_event(name: str) -> str:
    """The timeline filter an event falls under."""
    return KIND_OF_EVENT.get(name.partition(".")[0], "visit" if name[:1].isupper() else "other")


def timeline(
    customer_id: int, *, before: datetime | None = None, kinds: Sequence[str] = (), limit: int = 50
) -> list[TimelineItem]:
    """The newest `limit` events and notes of a customer before a moment, newest first, of the given kinds (or all)."""
    events = Event.objects.filter(customer_id=customer_id).exclude(name="note.written").select_related("contact")
    notes = Note.objects.filter(customer_id=customer_id).select_related("contact", "author")
    if before:
        events, notes = events.filter(occurred_at__lt=before), notes.filter(happened_at__lt=before)
    if kinds:
        events, notes = events.filter(_events_of(kinds)), notes.filter(kind__in=kinds)
    items = [_event_item(event) for event in events.order_by("-occurred_at", "-id")[:limit]]
    items += [_note_item(note) for note in notes.order_by("-happened_at", "-id")[:limit]]
    return sorted(items, key=lambda item: item.at, reverse=True)[:limit]


def _events_of(kinds: Sequence[str]) -> Q:
    prefixes = [prefix for prefix, kind in KIND_OF_EVENT.items() if kind in kinds]
    condition = Q(pk__in=[])
    for prefix in prefixes:
        condition |= Q(name__startswith=f"{prefix}.")
    if "visit" in kinds:
        condition |= Q(name__regex=r"^[A-Z]")
    if "other" in kinds:
        known = Q(name__regex=r"^[A-Z]")
        for prefix in KIND_OF_EVENT:
            known |= Q(name__startswith=f"{prefix}.")
        condition |= ~known
    return condition


def _event_item(event: Event) -> TimelineItem:
    return TimelineItem(
        kind=kind_of_event(event.name), at=event.occurred_at, name=event.name,
        contact=str(event.contact) if event.contact else "", object_kind=event.object_kind,
        object_id=event.object_id, source=event.source, properties=event.properties,
    )  # fmt: skip


def _note_item(note: Note) -> TimelineItem:
    return TimelineItem(
        kind=note.kind, at=note.happened_at, name="note.written", contact=str(note.contact) if note.contact else "",
        object_kind="note", object_id=str(note.pk), text=note.text, author=str(note.author) if note.author else "",
    )  # fmt: skip


def notes_found(customers: QuerySet[Customer], *, kind: str = "", words: str = "") -> QuerySet[Note]:
    """Notes of these customers, of one kind or all, that hold `words`; the latest first.

    The words lie sealed, so they are looked for in the latest NOTES_SEARCHED notes, opened one by one (RE-05).
    """
    notes = Note.objects.filter(customer__in=customers).order_by("-happened_at", "-id")
    notes = notes.filter(kind=kind) if kind else notes
    if words:
        wanted, opened = words.casefold(), notes.only("id", "uid", "text")[:NOTES_SEARCHED]
        found = (note.pk for note in opened.iterator() if wanted in note.text.casefold())
        notes = notes.filter(pk__in=list(islice(found, NOTES_FOUND)))
    return notes.select_related("customer", "contact", "author")


def primary_contact(customer_id: int) -> Contact | None:
    """The contact a journey writes to: the primary one with an address, else the oldest with one."""
    return (
        Contact.objects.filter(customer_id=customer_id, email_key__isnull=False)
        .select_related("customer")
        .order_by("-is_primary", "id")
        .first()
    )


def contact_by_email(email_key: str) -> Contact | None:
    return Contact.objects.select_related("customer").filter(email_key=email_key).first()


def open_inquiries(customers: QuerySet[Customer]) -> QuerySet[Event]:
    """Inquiries nobody has answered, oldest first."""
    answered = Event.objects.filter(name="inquiry.answered").values("object_id")
    return (
        Event.objects.filter(name="inquiry.received", customer__in=customers)
        .exclude(object_id__in=answered)
        .select_related("customer", "contact")
        .order_by("occurred_at")
    )


def late_invoices(customers: QuerySet[Customer], *, now: datetime) -> QuerySet[Invoice]:
    """Invoices past their due date and not paid, most overdue first."""
    return (
        Invoice.objects.filter(customer__in=customers, paid_on__isnull=True, due_on__lt=now.date())
        .select_related("customer")
        .order_by("due_on")
    )


def countries_of(customers: QuerySet[Customer]) -> list[tuple[str, int]]:
    """Country codes with the number of customers, most first."""
    rows = customers.exclude(country="").values_list(Upper("country")).annotate(count=Count("id")).order_by("-count")
    return [(country, count) for country, count in rows]


def is_anything_unread() -> bool:
    """Whether an event waits for the pulse."""
    return Event.objects.filter(is_unread=True).exists()


def newest_event_id() -> int:
    """Events get their ids in the order they are written, whatever moment they tell of; 0 when there are none."""
    return Event.objects.aggregate(newest=Max("id"))["newest"] or 0


def has_live_events(customer_ids: Iterable[int]) -> set[int]:
    """Those of the customers for whom something happened that was no imported history."""
    return set(
        Event.objects.filter(customer_id__in=list(customer_ids), is_historical=False)
        .values_list("customer_id", flat=True)
        .distinct()
    )
