"""The customer list: who matches, in which order, and what a row shows. A page costs a fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable

from guanxi.kernel.parts import in_parts
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import NOT_ORDERED, Contact, Customer, Identity, Order
from guanxi.scoring import queries as scoring_queries
from guanxi.tiering.models import Standing

PAGE_SIZE = 25
# A statement of SQLite takes at most 32,766 values; of a larger cell the biggest spenders are listed.
MOST_OF_A_CELL = 30_000
NONE = "none"
# Days since the last order, from (inclusive) and to (exclusive).
ORDERED = {"30": (0, 31), "90": (31, 91), "365": (91, 366), "older": (366, None)}
# Credits lower the spend and are no orders; an order of amount zero counts for nothing (ledger.queries).
REAL = Q(kind="order", amount__gt=0)
MEASURES = {
    "orders": Count("id", filter=REAL),
    "spend": Sum("amount_reporting"),
    "last_order": Max("placed_at", filter=REAL),
}
SORTS = ("name", "country", "orders", "spend", "last_order", "updated")


@dataclass(frozen=True, slots=True)
class Ask:
    """What the list is asked for; empty means all. `owner` and `tier` may be NONE, `sort` may begin with a minus."""

    search: str = ""
    country: str = ""
    tier: str = ""
    owner: str = ""
    tag: str = ""
    kind: str = ""
    ordered: str = ""
    r_score: int | None = None
    fm_score: int | None = None
    sort: str = "-spend"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of the list; `spend` is net and in the firm's reporting currency."""

    id: int
    name: str
    country: str
    kind: str
    owner: str
    tags: list[str]
    tier: str
    contact: str
    email: str
    order_count: int
    spend: Decimal | None
    last_order_at: datetime | None
    days_since_last_order: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list; `page` counts the pages, `spend` is that of all that match."""

    rows: list[Row]
    page: Page[Any]
    spend: Decimal

    @property
    def total(self) -> int:
        return self.page.paginator.count


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer: only what exists among the rows the reader may see."""

    countries: list[str] = field(default_factory=list)
    owners: list[tuple[int, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


def page_of(*, user: Any, ask: Ask, scheme_id: int | None, now: datetime) -> Listing:
    """One page of the customers `user` may see; a number beyond the last page gives the last."""
    found = matching(user=user, ask=ask, scheme_id=scheme_id, now=now)
    page = Paginator(range(found.count()), PAGE_SIZE).get_page(ask.page)
    start = (page.number - 1) * PAGE_SIZE
    keys = list(in_order(found, ask.sort).values_list("id", flat=True)[start : start + PAGE_SIZE])
    return Listing(rows_of(keys, scheme_id=scheme_id, now=now), page, _spend_of(found))


def all_rows(*, user: Any, ask: Ask, scheme_id: int | None, now: datetime, chunk: int = 500) -> Iterator[Row]:
    """Every matching row in the asked order, for an export."""
    found = matching(user=user, ask=ask, scheme_id=scheme_id, now=now)
    keys = list(in_order(found, ask.sort).values_list("id", flat=True))
    for some in in_parts(keys, chunk):
        yield from rows_of(some, scheme_id=scheme_id, now=now)


def choices_for(*, user: Any) -> Choices:
    """The countries, owners and tags that the filters offer to `user`."""
    seen = ledger_queries.customers_for(user)
    countries = seen.exclude(country="").order_by("country").values_list("country", flat=True).distinct()
    owners = seen.filter(owner__isnull=False).values_list("owner_id", "owner__name", "owner__email").distinct()
    tags: set[str] = set()
    for held in seen.exclude(tags=[]).values_list("tags", flat=True).distinct():
        tags.update(held)
    people = sorted(((key, name or email) for key, name, email in owners), key=lambda each: each[1].casefold())
    return Choices(list(countries), people, sorted(tags, key=str.casefold))


def matching(*, user: Any, ask: Ask, scheme_id: int | None, now: datetime) -> QuerySet[Customer]:
    """The customers that `ask` describes, without an order."""
    found = ledger_queries.customers_for(user)
    if ask.search:
        found = found.filter(_search(ask.search))
    if ask.country:
        found = found.filter(country="" if ask.country == NONE else ask.country)
    if ask.owner:
        found = found.filter(owner__isnull=True) if ask.owner == NONE else found.filter(owner_id=int(ask.owner))
    if ask.kind:
        found = found.filter(kind=ask.kind)
    if ask.tag:
        found = _tagged(found, ask.tag)
    if ask.ordered:
        found = _ordered(found, ask.ordered, now)
    return _standing(found, ask, scheme_id)


def in_order(found: QuerySet[Customer], sort: str) -> QuerySet[Customer]:
    """`found` sorted by one of SORTS; the id breaks ties so that pages do not overlap. Unknown words mean spend."""
    name = sort.lstrip("-")
    name = name if name in SORTS else "spend"
    key: Combinable
    if name in {"name", "country"}:
        key = F(name)
    elif name == "updated":
        key = F("updated_at")
    else:
        found = found.annotate(sort_key=_order_figure(name))
        key = F("sort_key")
    ordering = key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_last=True)
    return found.order_by(ordering, "id")


def rows_of(keys: Sequence[int], *, scheme_id: int | None, now: datetime) -> list[Row]:
    """The rows of these customers in this order: four queries, whatever their number."""
    customers = Customer.objects.filter(id__in=keys).select_related("owner").in_bulk()
    figures = {each["customer_id"]: each for each in _order_figures(keys)}
    tiers = dict(
        Standing.objects.filter(scheme_id=scheme_id or 0, customer__in=keys).values_list("customer_id", "tier")
    )
    contacts = _first_contacts(keys)
    return [
        _row(customers[key], figures.get(key, {}), tiers.get(key, ""), contacts.get(key), now)
        for key in keys
        if key in customers
    ]


def _row(customer: Customer, figures: dict[str, Any], tier: str, contact: Contact | None, now: datetime) -> Row:
    newest = figures.get("newest")
    return Row(
        id=customer.pk,
        name=customer.name,
        country=customer.country,
        kind=customer.kind,
        owner=str(customer.owner) if customer.owner else "",
        tags=list(customer.tags),
        tier=tier,
        contact=str(contact) if contact else "",
        email=contact.email if contact else "",
        order_count=figures.get("orders") or 0,
        spend=figures.get("spend"),
        last_order_at=newest,
        days_since_last_order=(now.date() - newest.date()).days if newest else None,
    )


def _search(words: str) -> Q:
    """Name, domain, number at a source, a contact's name or address, an order number."""
    words = words.strip()
    contacts = Contact.objects.filter(customer=OuterRef("pk")).filter(
        Q(email__icontains=words) | Q(full_name__icontains=words)
        | Q(family_name__icontains=words) | Q(given_name__icontains=words)
    )  # fmt: skip
    orders = Order.objects.filter(customer=OuterRef("pk"), number__istartswith=words)
    identities = Identity.objects.filter(customer=OuterRef("pk"), value__iexact=words)
    return (
        Q(name__icontains=words) | Q(domain__icontains=words)
        | Q(Exists(contacts)) | Q(Exists(orders)) | Q(Exists(identities))
    )  # fmt: skip


def _tagged(found: QuerySet[Customer], tag: str) -> QuerySet[Customer]:
    if connection.features.supports_json_field_contains:
        return found.filter(tags__contains=[tag])
    # SQLite keeps the list as its JSON text; a whole quoted word is one tag.
    return found.filter(tags__icontains=json.dumps(tag))


def _ordered(found: QuerySet[Customer], ordered: str, now: datetime) -> QuerySet[Customer]:
    newest = _order_figure("last_order")
    if ordered == NONE:
        return found.annotate(newest=newest).filter(newest__isnull=True)
    if ordered not in ORDERED:
        return found
    least, most = ORDERED[ordered]
    day = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    found = found.annotate(newest=newest).filter(newest__lt=day - timedelta(days=least))
    return found if most is None else found.filter(newest__gte=day - timedelta(days=most))


def _standing(found: QuerySet[Customer], ask: Ask, scheme_id: int | None) -> QuerySet[Customer]:
    standing = Standing.objects.filter(customer=OuterRef("pk"), scheme_id=scheme_id or 0)
    if ask.tier == NONE:
        found = found.filter(~Exists(standing.exclude(tier=NONE)))
    elif ask.tier:
        found = found.filter(Exists(standing.filter(tier=ask.tier)))
    if ask.r_score is not None and ask.fm_score is not None:
        members = scoring_queries.customers_in_cell(r_score=ask.r_score, fm_score=ask.fm_score)
        found = found.filter(pk__in=members[:MOST_OF_A_CELL])
    return found


def binding_orders() -> QuerySet[Order]:
    """Orders and credits, without offers and cancelled ones."""
    return Order.objects.exclude(stage__in=NOT_ORDERED)


def _order_figure(name: str) -> Subquery:
    """One figure per customer over his orders; credits lower the spend and are no orders."""
    orders = binding_orders().filter(customer=OuterRef("pk")).order_by().values("customer")
    return Subquery(orders.annotate(figure=MEASURES[name]).values("figure"))


def _order_figures(keys: Iterable[int]) -> Any:
    return (
        binding_orders()
        .filter(customer__in=keys)
        .order_by()
        .values("customer_id")
        .annotate(orders=MEASURES["orders"], spend=MEASURES["spend"], newest=MEASURES["last_order"])
    )


def _first_contacts(keys: Iterable[int]) -> dict[int, Contact]:
    first: dict[int, Contact] = {}
    for contact in Contact.objects.filter(customer__in=keys).order_by("-is_primary", "id"):
        first.setdefault(contact.customer_id, contact)
    return first


def _spend_of(found: QuerySet[Customer]) -> Decimal:
    total = binding_orders().filter(customer__in=found.order_by().values("pk")).aggregate(sum=Sum("amount_reporting"))
    return total["sum"] or Decimal(0)
