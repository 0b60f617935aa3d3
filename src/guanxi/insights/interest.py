"""What one customer does: visits, pages and how long they were in view, interests, carts, mails, talks, satisfaction.

Bounded: the newest events of a year, found by the index on customer and moment (D-03 to D-07, B-01, B-12, B-15).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.db.models.fields.json import KT

from guanxi.consent import queries as consent_queries
from guanxi.consent.rules import is_in_force
from guanxi.firm.queries import the_firm
from guanxi.insights.interest_rules import CategoryInterest, Sight, Visit, rank_categories, visits_of
from guanxi.ledger.models import NOT_ORDERED, Contact, Event, Note, Order, Trait
from guanxi.tracking import signals
from guanxi.tracking.models import Cart
from guanxi.tracking.order_reports import number_of, text_of
from guanxi.tracking.verdicts import HUMAN

LOOKED_BACK = timedelta(days=365)
MOST_EVENTS = 5_000
SHOWN = 8
BROWSING = frozenset(
    {"page.viewed", "Page Left", "Product Viewed", "Product List Viewed", "Products Searched", "Product Added",
     "Product Removed", "Cart Viewed", "Checkout Started"}
)  # fmt: skip
SIGNALS = (
    "category.interest", "visits.without_order", "mails.opened", "price_list.clicked", "cart.abandoned", "mail.shared",
    "stock.below_safety",
)  # fmt: skip
SOCIAL_KINDS = ("chat", "social")


@dataclass(frozen=True, slots=True)
class Counted:
    """A search term or product and how often; `latest_at` is the newest time."""

    name: str
    count: int
    latest_at: datetime


@dataclass(frozen=True, slots=True)
class MailFacts:
    """How mails are read: by people, apart from machines (CN-38). Rates are percent of the mails sent."""

    takes_part: bool = False
    sent: int = 0
    opened: int = 0
    opened_by_machines: int = 0
    clicked: int = 0
    latest_answer_at: datetime | None = None
    days_since_answer: int | None = None

    @property
    def open_rate(self) -> Decimal | None:
        return _percent(self.opened, self.sent)

    @property
    def click_rate(self) -> Decimal | None:
        return _percent(self.clicked, self.sent)


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What the customer says and sends back; `score` from 1 to 5, `return_percent` of the money he ordered (D-07)."""

    score: Decimal | None
    scored: int
    complaints: int
    returns: int
    return_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One customer's doings in the last year; `shown` ones are the newest or strongest."""

    visits: list[Visit]
    visit_count: int
    page_count: int
    seconds: int
    first_visit_at: datetime | None
    categories: list[CategoryInterest]
    products: list[Counted]
    searches: list[Counted]
    carts: list[dict[str, Any]]
    added_to_cart: int
    days_without_order: int
    mail: MailFacts
    talks: dict[str, int]
    takes_part_in_social_media: bool
    satisfaction: Satisfaction
    signals: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.visit_count or self.mail.sent or self.signals or self.satisfaction.scored)


def behaviour_of(customer_id: int, *, now: datetime) -> Behaviour:
    """The facts of one customer; a fixed number of queries, whatever he did."""
    sights = _sights(customer_id, now)
    visits = visits_of(sights)
    added = [sight for sight in sights if sight.name == "Product Added"]
    return Behaviour(
        visits=visits[:SHOWN],
        visit_count=len(visits),
        page_count=sum(len(visit.pages) for visit in visits),
        seconds=sum(visit.seconds for visit in visits),
        first_visit_at=visits[-1].began_at if visits else None,
        categories=rank_categories(sights, now=now)[:SHOWN],
        products=_counted((sight for sight in sights if sight.name == "Product Viewed"), lambda each: each.product),
        searches=_counted((sight for sight in sights if sight.name == "Products Searched"), lambda each: each.query),
        carts=_carts(customer_id),
        added_to_cart=len(added),
        days_without_order=_days_without_order(customer_id, sights, now),
        mail=_mail(customer_id, now),
        talks=_talks(customer_id, now),
        takes_part_in_social_media=_is_social(customer_id, now),
        satisfaction=_satisfaction(customer_id),
        signals=_signals(customer_id, now),
    )


def _sights(customer_id: int, now: datetime) -> list[Sight]:
    """His browsing, the oldest first."""
    rows = Event.objects.filter(customer_id=customer_id, occurred_at__gte=now - LOOKED_BACK, name__in=BROWSING)
    newest = rows.order_by("-occurred_at", "-id").values_list("occurred_at", "name", "contact_id", "properties")
    return [sight_of(*row) for row in reversed(newest[:MOST_EVENTS])]


def sight_of(at: datetime, name: str, contact_id: int | None, properties: dict[str, Any]) -> Sight:
    seconds = properties.get("dwell_seconds")
    return Sight(
        at=at, name=name, contact_id=contact_id or 0, path=text_of(properties, "path", "url", longest=300),
        title=text_of(properties, "title", "name", longest=200), category=text_of(properties, "category"),
        product=text_of(properties, "name", "sku", "product_id", "product_code"),
        query=text_of(properties, "query", longest=200),
        seconds=int(seconds) if isinstance(seconds, (int, float)) and 0 <= seconds <= 86_400 else 0,
    )  # fmt: skip


def _counted(sights: Iterable[Sight], said: Any) -> list[Counted]:
    counts: Counter[str] = Counter()
    latest: dict[str, datetime] = {}
    for sight in sights:
        word = said(sight)
        if word:
            counts[word] += 1
            latest[word] = sight.at
    return [Counted(word, count, latest[word]) for word, count in counts.most_common(SHOWN)]


def _carts(customer_id: int) -> list[dict[str, Any]]:
    carts = Cart.objects.filter(contact__customer_id=customer_id).exclude(state="emptied").order_by("-touched_at")
    return [
        {
            "state": cart.state, "touched_at": cart.touched_at, "contact_id": cart.contact_id,
            "products": [{"product_code": code, **item} for code, item in cart.items.items()],
        }
        for cart in carts[:SHOWN]
    ]  # fmt: skip


def _days_without_order(customer_id: int, sights: Sequence[Sight], now: datetime) -> int:
    zone = ZoneInfo(the_firm().time_zone)
    today = now.astimezone(zone).date()
    since = now - timedelta(days=signals.VISITS_WITHIN_DAYS + 1)
    orders = Order.objects.filter(customer_id=customer_id, kind="order", placed_at__gte=since)
    ordered = orders.exclude(stage__in=NOT_ORDERED).values_list("placed_at", flat=True)
    return signals.comes_without_ordering(
        {sight.at.astimezone(zone).date() for sight in sights if sight.at >= since},
        {at.astimezone(zone).date() for at in ordered},
        until=today,
    )


def _mail(customer_id: int, now: datetime) -> MailFacts:
    contacts = list(Contact.objects.filter(customer_id=customer_id).values_list("pk", flat=True))
    takes_part = any(is_in_force(consent_queries.stand_of(key, "marketing"), now) for key in contacts)
    opened: set[str] = set()
    clicked: set[str] = set()
    by_machines: set[str] = set()
    sent, latest = 0, None
    rows = Event.objects.filter(
        contact__in=contacts, name__in=["email.sent", "email.opened", "email.clicked"]
    ).values_list("name", "object_id", KT("properties__verdict"), "occurred_at")
    for name, mail, verdict, at in rows:
        if name == "email.sent":
            sent += 1
        elif verdict != HUMAN:
            by_machines.add(mail)
        else:
            opened.add(mail)
            latest = max(at, latest or at)
            if name == "email.clicked":
                clicked.add(mail)
    return MailFacts(
        takes_part, sent, len(opened), len(by_machines - opened), len(clicked), latest,
        (now - latest).days if latest else None,
    )  # fmt: skip


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1")) if whole else None


def _talks(customer_id: int, now: datetime) -> dict[str, int]:
    """Conversations of a year by kind: notes, calls, meetings, chats, social media; inquiries and complaints."""
    notes = Note.objects.filter(customer_id=customer_id, happened_at__gte=now - LOOKED_BACK)
    found = dict(notes.values_list("kind").annotate(count=Count("id")).order_by())
    told = Event.objects.filter(customer_id=customer_id, occurred_at__gte=now - LOOKED_BACK)
    names = {"inquiry.received": "inquiry", "complaint.opened": "complaint"}
    rows = told.filter(name__in=names).values_list("name").annotate(count=Count("id")).order_by()
    return found | {names[name]: count for name, count in rows}


def _is_social(customer_id: int, now: datetime) -> bool:
    """A person's word counts; else whether there was any talk by social media in the last year (D-06)."""
    said = Trait.objects.filter(customer_id=customer_id, name="social_media", since_on__lte=now.date())
    newest = said.order_by("-set_at", "-id").first()
    if newest and (newest.until_on is None or newest.until_on > now.date()):
        return newest.value
    notes = Note.objects.filter(customer_id=customer_id, kind="social", happened_at__gte=now - LOOKED_BACK)
    return notes.exists()


def _satisfaction(customer_id: int) -> Satisfaction:
    told = Event.objects.filter(customer_id=customer_id)
    given = told.filter(name="feedback.given").order_by("-id").values_list("properties", flat=True)[:1000]
    scores = [score for each in given if (score := number_of(each, "score")) is not None and 1 <= score <= 5]
    orders = Order.objects.filter(customer_id=customer_id).exclude(stage__in=NOT_ORDERED)
    sums = orders.aggregate(
        bought=Sum("amount_reporting", filter=Q(kind="order")),
        returned=Sum("amount_reporting", filter=Q(kind="credit")),
        returns=Count("id", filter=Q(kind="credit")),
    )
    bought, returned = sums["bought"] or Decimal(0), -(sums["returned"] or Decimal(0))
    return Satisfaction(
        score=round(sum(scores, Decimal(0)) / len(scores), 1) if scores else None,
        scored=len(scores),
        complaints=told.filter(name="complaint.opened").count(),
        returns=sums["returns"],
        return_percent=(returned * 100 / bought).quantize(Decimal("0.1")) if bought > 0 else None,
    )


def _signals(customer_id: int, now: datetime) -> list[dict[str, Any]]:
    rows = Event.objects.filter(customer_id=customer_id, name__in=SIGNALS, occurred_at__gte=now - LOOKED_BACK)
    return [
        {"name": each.name, "at": each.occurred_at, "properties": dict(each.properties)}
        for each in rows.order_by("-occurred_at", "-id")[:SHOWN]
    ]
