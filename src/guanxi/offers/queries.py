"""Which offers hold, the codes handed out, what they cost, and the price breaks of articles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from guanxi.budget import queries as budget_queries
from guanxi.firm import queries as firm_queries
from guanxi.ledger.models import NOT_ORDERED, Contact, Customer, Order
from guanxi.offers import documents, rules, words
from guanxi.offers.models import Grant, Offer, PriceBreak, Redemption
from guanxi.tiering.models import Standing

ACCEPTED, REFUSED = "accepted", "refused"
OPEN, REDEEMED, EXPIRED, WITHDRAWN = STATES = ("open", "redeemed", "expired", "withdrawn")
# A use counts while its order stands: a cancelled one costs nothing, and its code is good again.
USED = Q(state=ACCEPTED) & ~Q(order__stage="cancelled")
_ZERO = Value(Decimal(0), output_field=DecimalField(max_digits=18, decimal_places=4))


def kept_offers() -> list[tuple[Offer, rules.Offer]]:
    """Every offer with what its document says, the active ones first."""
    return [(each, documents.read_offer(each.document)) for each in Offer.objects.order_by("-is_active", "name")]


def active_offers() -> list[rules.Offer]:
    """The offers that hold now."""
    return [read for record, read in kept_offers() if record.is_active]


def price_breaks(product_codes: Collection[str], currency: str) -> list[rules.PriceBreak]:
    """The steps of these articles in `currency`, by article and quantity."""
    found = PriceBreak.objects.filter(product_code__in=list(product_codes), currency=currency)
    return [
        rules.PriceBreak(each.product_code, each.from_quantity, each.unit_price)
        for each in found.order_by("product_code", "from_quantity")
    ]


# Who is asking


def facts_of_contacts(contacts: Iterable[Contact], *, on: date) -> dict[int, rules.Facts]:
    """What terms ask of the buyers, by contact; a birthday is the contact's, or the firm's founding day (CN-29)."""
    pairs = {each.pk: each.customer_id for each in contacts}
    birthdays = dict(Contact.objects.filter(pk__in=pairs, birthday__month=on.month).values_list("pk", "birthday"))
    facts = facts_of_customers(set(pairs.values()), on=on)
    return {
        contact_id: rules.Facts(
            on, known.order_number, known.standings, known.kind,
            known.is_birthday_month or contact_id in birthdays,
        )
        for contact_id, known in ((contact_id, facts[customer_id]) for contact_id, customer_id in pairs.items())
    }  # fmt: skip


def facts_of_customers(customer_ids: Collection[int], *, on: date) -> dict[int, rules.Facts]:
    """The same by customer; here only his founding day makes a birthday month."""
    tiers: dict[int, dict[str, str]] = defaultdict(dict)
    standings = Standing.objects.filter(customer_id__in=customer_ids, scheme__is_active=True)
    for customer_id, scheme, tier in standings.values_list("customer_id", "scheme__name", "tier"):
        tiers[customer_id][scheme] = tier
    orders = dict(
        _counted_orders().filter(customer_id__in=customer_ids).values_list("customer_id").annotate(Count("id"))
    )
    rows = Customer.objects.filter(pk__in=customer_ids).values_list("pk", "kind", "founded_on")
    return {
        customer_id: rules.Facts(
            on, orders.get(customer_id, 0) + 1, tiers.get(customer_id, {}), kind,
            founded_on is not None and founded_on.month == on.month,
        )
        for customer_id, kind, founded_on in rows
    }  # fmt: skip


def facts_for_quote(customer: Customer, *, on: date) -> rules.Facts:
    """What terms ask when a basket of this customer is priced: the birthday of any of his contacts counts."""
    facts = facts_of_customers([customer.pk], on=on)[customer.pk]
    has_birthday = Contact.objects.filter(customer=customer, birthday__month=on.month).exists()
    return rules.Facts(on, facts.order_number, facts.standings, facts.kind, facts.is_birthday_month or has_birthday)


def number_of(order: Order) -> int:
    """The how-manieth order of its customer it is, itself counted."""
    earlier = Q(placed_at__lt=order.placed_at) | Q(placed_at=order.placed_at, pk__lt=order.pk)
    return _counted_orders().filter(earlier, customer_id=order.customer_id).exclude(pk=order.pk).count() + 1


def _counted_orders() -> QuerySet[Order]:
    return Order.objects.filter(kind="order", amount__gt=0).exclude(stage__in=NOT_ORDERED)


def tier_of(customer_id: int, scheme: str) -> str:
    """Where the customer stands in the scheme now; empty when nowhere."""
    rows = Standing.objects.filter(customer_id=customer_id, scheme__name=scheme)
    return rows.values_list("tier", flat=True).first() or ""


# Codes


def grants_by_key(keys: Sequence[str]) -> dict[str, Grant]:
    rows = Grant.objects.filter(key__in=keys).select_related("offer", "version")
    return {each.key: each for each in rows}


def promised(grant: Grant) -> rules.Offer:
    """The offer as it stood when the code was handed out."""
    return documents.read_offer(grant.version.document)


def values_of(grant: Grant) -> dict[str, Any]:
    """What a letter may say of this code."""
    return words.told(promised(grant), code=grant.code, valid_until=grant.valid_until, uses=grant.uses)


def with_uses(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    """With `used`: how many orders they were used for."""
    standing = Q(redemptions__state=ACCEPTED) & ~Q(redemptions__order__stage="cancelled")
    return grants.annotate(used=Count("redemptions", filter=standing))


def state_of(grant: Grant, *, on: date) -> str:
    """One of STATES; `grant` comes from with_uses."""
    if grant.used >= grant.uses:  # type: ignore[attr-defined]
        return REDEEMED
    if grant.withdrawn_at:
        return WITHDRAWN
    return EXPIRED if on > grant.valid_until else OPEN


def in_state(grants: QuerySet[Grant], state: str, *, on: date) -> QuerySet[Grant]:
    """Those of `grants` (from with_uses) that are in this state."""
    used, back, late = Q(used__gte=F("uses")), Q(withdrawn_at__isnull=False), Q(valid_until__lt=on)
    conditions = {
        REDEEMED: used, WITHDRAWN: ~used & back, EXPIRED: ~used & ~back & late, OPEN: ~used & ~back & ~late,
    }  # fmt: skip
    return grants.filter(conditions[state]) if state in conditions else grants


def latest_of_origins(origin_kind: str, origin_ids: Collection[str]) -> dict[str, Grant]:
    """The code handed out last, by the id of its origin (an enrolment)."""
    rows = Grant.objects.filter(origin_kind=origin_kind, origin_id__in=list(origin_ids), withdrawn_at=None)
    return {each.origin_id: each for each in rows.select_related("offer", "version").order_by("pk")}


def states_of_contacts(contact_ids: Collection[int], names: Collection[str], *, on: date) -> dict[tuple[int, str], str]:
    """By contact and offer, the state of the newest code the contact has of it."""
    rows = with_uses(Grant.objects.filter(contact_id__in=list(contact_ids), offer__name__in=list(names)))
    return {
        (each.contact_id, each.offer.name): state_of(each, on=on)
        for each in rows.select_related("offer").order_by("pk")
        if each.contact_id is not None
    }


@dataclass(slots=True)
class GivenSoFar:
    """What was handed out of some offers; `count` adds one while a batch is under way."""

    codes: Counter[int]
    customer_codes: Counter[tuple[int, int]]
    uses: Mapping[int, int]
    cost: Mapping[int, Decimal]
    currency: str
    used_up: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def of(self, offer_id: int, customer_id: int, tier: str) -> rules.Given:
        return rules.Given(
            codes=self.codes[offer_id], uses=self.uses.get(offer_id, 0),
            customer_codes=self.customer_codes[offer_id, customer_id],
            cost=self.cost.get(offer_id, Decimal(0)), currency=self.currency,
            used_up_tier=tier if tier in self.used_up.get(offer_id, frozenset()) else "",
        )  # fmt: skip

    def count(self, offer_id: int, customer_id: int) -> None:
        self.codes[offer_id] += 1
        self.customer_codes[offer_id, customer_id] += 1


def given(offers: Mapping[int, rules.Offer], customer_ids: Collection[int], *, on: date) -> GivenSoFar:
    """What was handed out of these offers (by id), and which tiers' budgets are used up; asks only what limits ask."""
    counting = [pk for pk, offer in offers.items() if offer.limits.codes]
    personal = [pk for pk, offer in offers.items() if offer.limits.per_customer]
    using = [pk for pk, offer in offers.items() if offer.limits.uses or offer.limits.cost]
    handed = Grant.objects.filter(withdrawn_at=None)
    used = Redemption.objects.filter(USED, grant__offer_id__in=using).values("grant__offer_id")
    sums = {each["grant__offer_id"]: each for each in used.annotate(n=Count("id"), cost=_cost())} if using else {}
    codes = handed.filter(offer_id__in=counting).values_list("offer_id").annotate(Count("id"))
    mine = handed.filter(offer_id__in=personal, customer_id__in=customer_ids)
    return GivenSoFar(
        codes=Counter(dict(codes)) if counting else Counter(),
        customer_codes=Counter(mine.values_list("offer_id", "customer_id")) if personal else Counter(),
        uses={pk: each["n"] for pk, each in sums.items()},
        cost={pk: each["cost"] for pk, each in sums.items()},
        currency=firm_queries.the_firm().reporting_currency,
        used_up={pk: used_up_tiers(offer.budget, on.year) for pk, offer in offers.items() if offer.budget},
    )


# What it costs


def spent_by_tier(scheme: str, year: int) -> dict[str, Decimal]:
    """What codes have cost in a year, in the reporting currency, by the tier the customers stood in."""
    rows = Redemption.objects.filter(USED, scheme=scheme, order__placed_at__year=year)
    return dict(rows.values_list("tier").annotate(cost=_cost()))


def used_up_tiers(scheme: str, year: int) -> frozenset[str]:
    """The tiers whose cap of the year is spent by expenses and codes; without a cap nothing is (T-65)."""
    currency = firm_queries.the_firm().reporting_currency
    by_codes = spent_by_tier(scheme, year)
    return frozenset(
        each.tier
        for each in budget_queries.spending(scheme, year, currency)
        if each.left is not None and each.left - by_codes.get(each.tier, Decimal(0)) <= 0
    )


@dataclass(frozen=True, slots=True)
class Cost:
    """Codes handed out, orders they were used for, refusals, and what it cost in the reporting currency.

    `brought` is what those orders came to; `unpriced` counts uses in a currency without a rate.
    """

    name: str
    origin_kind: str = ""
    codes: int = 0
    uses: int = 0
    refused: int = 0
    cost: Decimal = Decimal(0)
    brought: Decimal = Decimal(0)
    unpriced: int = 0


def cost_by_offer(since: datetime | None = None) -> dict[str, Cost]:
    return {each.name: each for each in _costs("offer__name", since)}


def cost_by_origin(origin_kind: str, since: datetime | None = None) -> dict[str, Cost]:
    """Of journeys by their key, of campaigns by their id."""
    return {each.name: each for each in _costs("origin", since, origin_kind=origin_kind)}


def cost_of_origin(origin_kind: str, origin: str) -> Cost | None:
    """Of one journey or campaign; None when no code of it was handed out."""
    return next(iter(_costs("origin", None, origin_kind=origin_kind, origin=origin)), None)


def cost_of_offer_by_origin(offer: Offer) -> list[Cost]:
    """Where the codes of one offer went, the dearest first."""
    rows = list(_costs("origin", None, offer=offer))
    return sorted(rows, key=lambda each: (-each.cost, -each.codes, each.name))


def _costs(by: str, since: datetime | None, **only: object) -> Iterable[Cost]:
    grants = Grant.objects.filter(*(Q((name, value)) for name, value in only.items()))
    if since:
        grants = grants.filter(granted_at__gte=since)
    keys = (by, "origin_kind") if by == "origin" else (by,)
    codes = {tuple(row[:-1]): row[-1] for row in grants.values_list(*keys).annotate(Count("id"))}
    uses = Redemption.objects.filter(grant__in=grants).values_list(*(f"grant__{key}" for key in keys))
    rows = uses.annotate(
        n=Count("id", filter=USED), refused=Count("id", filter=Q(state=REFUSED)), cost=_cost(USED),
        brought=Coalesce(Sum("order__amount_reporting", filter=USED), _ZERO),
        unpriced=Count("id", filter=USED & Q(amount_reporting=None)),
    )  # fmt: skip
    sums = {tuple(row[: len(keys)]): row[len(keys) :] for row in rows}
    for key, number in codes.items():
        n, refused, cost, brought, unpriced = sums.get(key, (0, 0, Decimal(0), Decimal(0), 0))
        yield Cost(key[0], key[1] if len(key) > 1 else "", number, n, refused, cost, brought, unpriced)


def _cost(only: Q | None = None) -> Coalesce:
    return Coalesce(Sum("amount_reporting", filter=only), _ZERO)
