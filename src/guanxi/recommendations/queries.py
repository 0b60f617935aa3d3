"""What to show to a customer, a visitor or beside an article."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet

from guanxi.catalogue.models import Product
from guanxi.ledger.models import NOT_ORDERED, Contact, Customer, Event, OrderLine
from guanxi.recommendations import affinity, content, ranking, store, words
from guanxi.recommendations.content import Piece, Reader
from guanxi.recommendations.models import AffinityRun, ContentPiece, Refusal
from guanxi.recommendations.ranking import Person, Place, Suggestion
from guanxi.recommendations.signals import READ, Browsing, browsing, merged
from guanxi.recommendations.store import Affinities

BROWSED_FOR = timedelta(days=90)
LOOKS_READ = 300
LINES_READ = 2_000
# What goes with a purchase; after the first one it is called the next.
GOES_WITH = ("complementary", "next_purchase")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An article with its reason in words; `price` is in `currency` where the catalogue knows one."""

    code: str
    name: str
    category: str
    price: Decimal | None
    currency: str
    kind: str
    reason: str
    because: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ContentRecommendation:
    """A guide, case or document with its reason in words."""

    key: str
    kind: str
    title: str
    summary: str
    url: str
    reason: str
    because: dict[str, str]


def affinities() -> Affinities | None:
    """The newest count, held in memory; None before the first."""
    for relative in AffinityRun.objects.order_by("-as_of", "-id").values_list("path", flat=True)[:3]:
        path: Path = settings.GUANXI_DATA / relative
        if path.exists():
            return store.load(path)
    return None


@dataclass(frozen=True, slots=True)
class Known:
    """A customer as the recommendations see him, read once for articles and content."""

    person: Person
    refused: dict[str, frozenset[str]]


def known_of(customer: Customer, *, now: datetime) -> Known:
    """What a customer has bought, looked at and refused; `refused` by kind (product, content)."""
    looked = _browsing(Event.objects.filter(customer=customer), now=now)
    refused: dict[str, set[str]] = {"product": set(looked.refused), "content": set()}
    for kind, key in Refusal.objects.filter(customer=customer).values_list("kind", "key"):
        refused[kind].add(key)
    person = _person(customer, looked, now=now)
    return Known(person, {kind: frozenset(keys) for kind, keys in refused.items()})


def for_customer(
    customer: Customer, *, now: datetime, place: Place = "home", product: str = "", limit: int = 10,
    known: Known | None = None,
) -> list[Recommendation]:  # fmt: skip
    """Articles for a customer by what he bought and his contacts looked at; nothing out of stock, bought or refused."""
    known = known or known_of(customer, now=now)
    return _recommended(known.person, place=place, product=product, blocked=known.refused["product"], limit=limit)


def for_visitor(
    visitor_keys: Sequence[str], *, now: datetime, place: Place = "home", product: str = "", limit: int = 10
) -> list[Recommendation]:
    """Articles for an unknown visitor by what he looked at under these names himself; no customer's data are read."""
    looked = _visitor(visitor_keys, now=now)
    person = Person(views=looked.views, interests=looked.categories)
    return _recommended(person, place=place, product=product, blocked=looked.refused, limit=limit)


def content_for_customer(
    customer: Customer, *, now: datetime, contact: Contact | None = None, chance_of_order: float | None = None,
    limit: int = 5, known: Known | None = None,
) -> list[ContentRecommendation]:  # fmt: skip
    """Guides, cases and documents for a reader; `chance_of_order` (90 days) decides between proof and learning."""
    known = known or known_of(customer, now=now)
    reader = Reader(
        country=(contact.country if contact else "") or customer.country, trade=customer.trade,
        language=contact.language if contact else "", interests=known.person.interests,
        chance_of_order=chance_of_order,
    )  # fmt: skip
    return _content(reader, refused=known.refused["content"], limit=limit)


def content_for_visitor(
    visitor_keys: Sequence[str], *, now: datetime, country: str = "", language: str = "", limit: int = 5
) -> list[ContentRecommendation]:
    """Content for an unknown visitor by the categories he looked at (X-06)."""
    looked = _visitor(visitor_keys, now=now)
    reader = Reader(country=country, language=language, interests=looked.categories)
    return _content(reader, refused=frozenset(), limit=limit)


def products_for_letter(
    customer: Customer, *, now: datetime, limit: int = 3, language: str = "en"
) -> list[dict[str, Any]]:
    """Recommended articles as plain values for a letter: code, name, category, price, currency, kind, reason."""
    return [
        {
            "code": each.code, "name": each.name, "category": each.category,
            "price": None if each.price is None else str(each.price), "currency": each.currency, "kind": each.kind,
            "reason": words.reason(each.kind, each.because, language=language),
        }
        for each in for_customer(customer, now=now, place="mail", limit=limit)
    ]  # fmt: skip


def complements(customer: Customer, *, now: datetime, limit: int = 3) -> int:
    """How many articles that go with what he bought a letter could show, at most `limit` (X-04, X-16)."""
    return sum(each.kind in GOES_WITH for each in for_customer(customer, now=now, place="mail", limit=limit))


def content_for_letter(
    customer: Customer, *, now: datetime, contact: Contact | None = None, chance_of_order: float | None = None,
    limit: int = 2,
) -> list[dict[str, str]]:  # fmt: skip
    """Recommended content as plain values for a letter: key, kind, title, summary, url, reason."""
    found = content_for_customer(customer, now=now, contact=contact, chance_of_order=chance_of_order, limit=limit)
    return [
        {"key": each.key, "kind": each.kind, "title": each.title, "summary": each.summary, "url": each.url,
         "reason": each.reason}
        for each in found
    ]  # fmt: skip


def _person(customer: Customer, looked: Browsing, *, now: datetime) -> Person:
    lines = (
        OrderLine.objects.filter(order__customer=customer, order__kind="order", order__placed_at__lte=now)
        .exclude(order__stage__in=NOT_ORDERED)
        .order_by("-order__placed_at")
        .values_list("product_code", "category", "order__placed_at", "order_id", "order__is_trial")[:LINES_READ]
    )
    purchases: dict[str, float] = {}
    categories: dict[str, float] = {}
    orders: dict[int, bool] = {}
    for code, category, placed_at, order_id, is_trial in lines:
        days = (now - placed_at) / timedelta(days=1)
        orders[order_id] = is_trial
        purchases.setdefault(code, days)
        if category:
            categories[category] = categories.get(category, 0.0) + affinity.freshness(days)
    purchases.pop("", None)
    return Person(
        country=customer.country, trade=customer.trade, purchases=purchases, views=looked.views,
        interests=merged(categories, looked.categories), order_count=len(orders),
        has_only_tried=bool(orders) and (len(orders) == 1 or all(orders.values())),
    )  # fmt: skip


def _browsing(events: QuerySet[Event], *, now: datetime) -> Browsing:
    """What the newest looks and searches tell."""
    rows = events.filter(name__in=READ, occurred_at__gt=now - BROWSED_FOR, occurred_at__lte=now)
    told = list(rows.order_by("-occurred_at").values_list("name", "properties", "occurred_at")[:LOOKS_READ])
    found = affinities() if told else None
    return browsing(told, now=now, categories=tuple(found.places_of_category) if found else ())


def refusals_of(customer: Customer) -> QuerySet[Refusal]:
    return Refusal.objects.filter(customer=customer).select_related("refused_by").order_by("-refused_at")


def pieces() -> list[Piece]:
    """The published content."""
    return [
        Piece(
            key=each.key, kind=each.kind, title=each.title, url=each.url, summary=each.summary, language=each.language,
            countries=frozenset(each.countries), regions=frozenset(each.regions), trades=tuple(each.trades),
            categories=tuple(each.categories),
        )
        for each in ContentPiece.objects.filter(is_published=True)
    ]  # fmt: skip


def _visitor(visitor_keys: Sequence[str], *, now: datetime) -> Browsing:
    if not visitor_keys:
        return Browsing()
    return _browsing(Event.objects.filter(anonymous_id__in=list(visitor_keys)), now=now)


def _recommended(
    person: Person, *, place: Place, product: str, blocked: Iterable[str], limit: int
) -> list[Recommendation]:
    found = affinities()
    if found is None:
        return []
    gone = Product.objects.filter(is_available=False).values_list("code", flat=True)
    chosen = ranking.suggest(
        found, person, place=place, product=product, blocked={*blocked, *gone}, limit=limit
    )  # fmt: skip
    return _described(chosen)


def _described(chosen: list[Suggestion]) -> list[Recommendation]:
    products = {each.code: each for each in Product.objects.filter(code__in=[each.code for each in chosen])}
    described = []
    for each in chosen:
        product = products.get(each.code)
        described.append(
            Recommendation(
                code=each.code,
                name=product.name if product and product.name else each.name,
                category=each.category,
                price=product.unit_price if product else None,
                currency=product.currency if product else "",
                kind=each.kind,
                reason=words.reason(each.kind, each.because),
                because=dict(each.because),
            )
        )
    return described


def _content(reader: Reader, *, refused: frozenset[str], limit: int) -> list[ContentRecommendation]:
    return [
        ContentRecommendation(
            each.piece.key, each.piece.kind, each.piece.title, each.piece.summary, each.piece.url,
            words.content_reason(each.because), dict(each.because),
        )
        for each in content.choose(pieces(), reader, limit=limit, refused=refused)
    ]  # fmt: skip


def latest_count() -> AffinityRun | None:
    """What the recommendations rest on."""
    return AffinityRun.objects.order_by("-as_of", "-id").first()


def most_refused(*, limit: int = 10) -> list[tuple[str, str, int]]:
    """Kind, key and number of customers of what is refused most often."""
    rows = Refusal.objects.values_list("kind", "key").annotate(count=Count("id")).order_by("-count", "key")
    return [(kind, key, count) for kind, key, count in rows[:limit]]
