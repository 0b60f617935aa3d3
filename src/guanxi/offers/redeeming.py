"""Takes codes that came with orders: accepts or refuses each, and counts what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction

from guanxi.firm import queries as firm_queries
from guanxi.kernel.money import Money, NoRate, round_money
from guanxi.kernel.parts import in_parts
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Event, Order
from guanxi.ledger.queries import rate_table
from guanxi.offers import pricing, queries, rules
from guanxi.offers.articles import as_catalogued
from guanxi.offers.codes import stated_in
from guanxi.offers.models import Grant, Redemption
from guanxi.offers.queries import ACCEPTED, REFUSED
from guanxi.offers.reasons import Reason, because
from guanxi.offers.rules import NOTHING, Basket, Facts, Line, Promise, Terms
from guanxi.staff.models import User

NO_COST = Money(NOTHING, "")
IMPORT, API, PERSON, SHOP = "import", "api", "person", "shop"
STATED_IN = "coupon"  # the field of an order that holds the codes it states
CODES_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Stated:
    """A code as it was stated with an order, and what became of it; without a grant nobody was given such a code."""

    code: str
    redemption: Redemption | None
    reason: Reason | None

    @property
    def is_accepted(self) -> bool:
        return self.reason is None


def redeem(
    *, order: Order, codes: Sequence[str], told_by: str, now: datetime, by: User | None = None, historical: bool = False
) -> list[Stated]:
    """What becomes of each code of this order. Stating one again changes nothing, unless it was refused before."""
    return redeem_many(stated={order: codes}, told_by=told_by, now=now, by=by, historical=historical)[order.pk]


@transaction.atomic
def redeem_many(
    *, stated: Mapping[Order, Sequence[str]], told_by: str, now: datetime, by: User | None = None,
    historical: bool = False,
) -> dict[int, list[Stated]]:  # fmt: skip
    """The same for many orders, in their order of time; a code that nobody was given is answered, and not kept."""
    codes = {code for each in stated.values() for code in each}
    rows = Grant.objects.select_for_update(of=("self",)).filter(code__in=codes).select_related("offer", "version")
    grants = {each.code: each for each in rows.order_by("pk")}
    found: dict[int, list[Stated]] = {}
    events: list[Event] = []
    for order in sorted(stated, key=lambda each: (each.placed_at, each.pk)):
        known = [grants[code] for code in stated[order] if code in grants]
        taken = _take(order, known, told_by=told_by, by=by, now=now) if known else {}
        events += [
            _note(redemption, now, historical) for redemption, is_new in taken.values()
            if is_new and redemption.state == ACCEPTED
        ]  # fmt: skip
        found[order.pk] = [_answer(code, taken[code][0] if code in taken else None) for code in stated[order]]
    ledger_actions.record_events(events)
    return found


def redeem_stated(stated: Mapping[int, str], *, told_by: str, now: datetime, historical: bool = False) -> Counter[str]:
    """Of orders (by id) the cells in which they state codes; counts `accepted` and `refused`.

    Shops have codes of their own: those that nobody was given here cost one query and are left alone.
    """
    codes = {order_id: stated_in(text) for order_id, text in stated.items()}
    every = {code for each in codes.values() for code in each}
    ours: set[str] = set()
    for part in in_parts(every, CODES_AT_ONCE):
        ours |= set(Grant.objects.filter(code__in=part).values_list("code", flat=True))
    wanted = {order_id: [code for code in each if code in ours] for order_id, each in codes.items()}
    rows = Order.objects.filter(pk__in=[order_id for order_id, each in wanted.items() if each])
    orders = {order: wanted[order.pk] for order in rows.prefetch_related("lines")}
    if not orders:
        return Counter()
    found = redeem_many(stated=orders, told_by=told_by, now=now, historical=historical)
    return Counter(ACCEPTED if each.is_accepted else REFUSED for answers in found.values() for each in answers)


def redeem_new(*, events: Sequence[Event], now: datetime) -> Counter[str]:
    """The same for orders that shops have just reported; what an import or the API has answered stays as it is."""
    placed = [each.object_id for each in events if each.name == "order.placed" and each.object_id.isdigit()]
    rows = Order.objects.filter(pk__in=placed, redemptions=None).exclude(fields={}).values_list("pk", "fields")
    stated = {pk: str(fields[STATED_IN]) for pk, fields in rows if fields.get(STATED_IN)}
    return redeem_stated(stated, told_by=SHOP, now=now) if stated else Counter()


def take_back(*, redemption: Redemption) -> None:
    """A use that was no use: the code is good again."""
    redemption.delete()


def as_stated_row(redemption: Redemption) -> Stated:
    """A kept row as the answer it was."""
    return _answer(redemption.grant.code, redemption)


def _answer(code: str, redemption: Redemption | None) -> Stated:
    if redemption is None:
        return Stated(code, None, because("unknown_code"))
    refused = redemption.state == REFUSED
    return Stated(code, redemption, Reason(redemption.reason, redemption.detail) if refused else None)


def _take(
    order: Order, grants: Sequence[Grant], *, told_by: str, by: User | None, now: datetime
) -> dict[str, tuple[Redemption, bool]]:
    """By code the row of this order, and whether it is new."""
    before = {each.grant_id: each for each in Redemption.objects.filter(order=order).select_related("grant__version")}
    accepted = [each for each in before.values() if each.state == ACCEPTED]
    pending = [each for each in grants if each.pk not in {row.grant_id for row in accepted}]
    verdicts = _verdicts(order, pending, [queries.promised(each.grant) for each in accepted])
    found = {each.code: (before[each.pk], False) for each in grants if each not in pending}
    for grant in pending:
        row, is_new = Redemption.objects.update_or_create(
            grant=grant, order=order,
            defaults={"told_by": told_by, "by": by, "at": now, **_row(order, grant, verdicts[grant.pk])},
        )  # fmt: skip
        found[grant.code] = (row, is_new or row.state == ACCEPTED)
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a code comes to: refused for a reason, or `cost`, what the order shows, else `by_terms`, what it gives."""

    reason: Reason | None = None
    cost: Money = NO_COST
    by_terms: Decimal = NOTHING


def _verdicts(order: Order, grants: Sequence[Grant], held: Sequence[rules.Offer]) -> dict[int, Verdict]:
    """`held` are the offers of codes that were accepted for this order before."""
    on = firm_queries.the_firm().day_of(order.placed_at)
    basket, shown = as_catalogued(basket_of(order), on=on), shown_discount(order)
    facts = Facts(on, queries.number_of(order))
    offers = {each.pk: as_promised(queries.promised(each)) for each in grants}
    given = queries.given({each.offer_id: offers[each.pk] for each in grants}, [], on=on)
    reasons = {
        each.pk: _why_not(order, each, offers[each.pk], given.of(each.offer_id, order.customer_id, ""), basket, facts)
        for each in grants
    }
    fitting = {pk: offers[pk] for pk, reason in reasons.items() if reason is None}
    # Two codes may be of one offer: each is priced under its own name.
    named = {pk: replace(offer, name=f"{offer.name}#{pk}") for pk, offer in fitting.items()}
    quote = pricing.quote(
        basket, [*held, *named.values()], facts, codes=[*(each.name for each in (*held, *named.values()))]
    )
    refused = {each.offer: each.why for each in quote.refused if each.why.code in {"one_discount", "one_rebate"}}
    held_one = next((each.name for each in held if each.is_discount), "")
    verdicts: dict[int, Verdict] = {}
    for grant in grants:
        reason = reasons[grant.pk]
        if reason is None:
            offer = named[grant.pk]
            stacked = refused.get(offer.name)
            if stacked is None and offer.is_discount and held_one:
                stacked = because("one_discount", offer=held_one)
            reason = stacked and Reason(stacked.code, {"offer": stacked.detail["offer"].partition("#")[0]})
        verdicts[grant.pk] = Verdict(reason) if reason else _costing(offers[grant.pk], quote, shown, order)
    return verdicts


def _why_not(
    order: Order, grant: Grant, offer: rules.Offer, given: rules.Given, basket: Basket, facts: Facts
) -> Reason | None:
    if order.kind != "order" or order.amount <= 0:
        return because("no_purchase")
    return (
        rules.why_not_use(
            promise_of(grant, order), customer_id=order.customer_id, on=facts.on, offer=offer, given=given
        )
        or rules.why_not_on(offer.terms, facts.on)
        or rules.why_not_order(offer, basket, facts)
    )


def promise_of(grant: Grant, order: Order | None = None) -> Promise:
    """The code with the other orders it was used for."""
    used = Redemption.objects.filter(queries.USED, grant=grant)
    others = used.exclude(order=order) if order else used
    return Promise(
        grant.customer_id, grant.granted_on, grant.valid_until, grant.uses,
        tuple(others.order_by("pk").values_list("order__number", flat=True)), grant.withdrawn_at is not None,
    )  # fmt: skip


def as_promised(offer: rules.Offer) -> rules.Offer:
    """Without what was asked of the buyer when the code was handed out."""
    terms = offer.terms
    return replace(
        offer,
        terms=Terms(
            order_number=terms.order_number, categories_at_least=terms.categories_at_least,
            goods_at_least=terms.goods_at_least, currency=terms.currency, from_on=terms.from_on,
            until_on=terms.until_on,
        ),
    )  # fmt: skip


def basket_of(order: Order) -> Basket:
    """What was ordered, at the prices before discounts as far as the order shows them."""
    lines = [
        Line(each.product_code, each.quantity, each.unit_price, each.category)
        for each in order.lines.all()
        if each.amount >= 0 and each.quantity > 0 and each.unit_price >= 0
    ]
    whole = Line("", Decimal(1), order.amount)  # where the source tells no lines
    return Basket(lines or [whole], order.currency, _freight(order))


def shown_discount(order: Order) -> Decimal:
    """What the order itself shows as discount: lines below zero, and lines below quantity × price."""
    shown = NOTHING
    for each in order.lines.all():
        if each.amount < 0:
            shown -= each.amount
        elif each.quantity > 0:
            before = round_money(each.quantity * each.unit_price, order.currency)
            less = before - round_money(each.amount, order.currency)
            # Prices that were worked out from amounts miss them by less than that.
            shown += less if less > before / 1000 else NOTHING
    return shown


def _freight(order: Order) -> Decimal:
    try:
        freight = Decimal(str(order.fields.get("freight") or 0))
    except InvalidOperation:
        return NOTHING
    return freight if freight.is_finite() and freight > 0 else NOTHING


def _costing(offer: rules.Offer, quote: pricing.Quote, shown: Decimal, order: Order) -> Verdict:
    if offer.gift:
        return Verdict(cost=offer.gift.cost, by_terms=offer.gift.cost.amount)
    back = quote.freight_saved if offer.freight_rebate_percent else NOTHING
    if not offer.is_discount:
        return Verdict(cost=Money(back, order.currency), by_terms=back)
    return Verdict(cost=Money((shown or quote.saved) + back, order.currency), by_terms=quote.saved + back)


def _row(order: Order, grant: Grant, verdict: Verdict) -> dict[str, object]:
    if verdict.reason:
        return {
            "state": REFUSED, "reason": verdict.reason.code, "detail": dict(verdict.reason.detail), "amount": 0,
            "by_terms": 0, "currency": order.currency, "amount_reporting": None, "scheme": "", "tier": "",
        }  # fmt: skip
    scheme = queries.promised(grant).budget
    tier = queries.tier_of(order.customer_id, scheme) if scheme else ""
    return {
        "state": ACCEPTED, "reason": "", "detail": {}, "amount": verdict.cost.amount, "by_terms": verdict.by_terms,
        "currency": verdict.cost.currency, "amount_reporting": _reporting(verdict.cost, order),
        "scheme": scheme if tier else "", "tier": tier,
    }  # fmt: skip


def _reporting(cost: Money, order: Order) -> Decimal | None:
    """At the order's own rate where the currency is the same (CN-41); None without a rate."""
    firm = firm_queries.the_firm()
    if cost.currency == order.currency and order.rate is not None:
        return round_money(cost.amount * order.rate, firm.reporting_currency)
    try:
        return rate_table(firm.reporting_currency, {cost.currency}).convert(cost, firm.day_of(order.placed_at)).amount
    except NoRate:
        return None


def _note(redemption: Redemption, now: datetime, historical: bool) -> Event:
    grant, order = redemption.grant, redemption.order
    return Event(
        name="offer.redeemed", occurred_at=order.placed_at, recorded_at=now, source="offers",
        customer_id=grant.customer_id, contact_id=grant.contact_id, object_kind="order", object_id=str(order.pk),
        is_historical=historical, is_unread=not historical,
        properties={"offer": grant.offer.name, "number": order.number, "amount": str(redemption.amount),
                    "currency": redemption.currency, "origin_kind": grant.origin_kind, "origin": grant.origin},
    )  # fmt: skip
