"""What a basket comes to for a customer now: his facts, the offers that hold, the codes he states, the floors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from guanxi.catalogue.models import Product
from guanxi.firm import queries as firm_queries
from guanxi.kernel.money import Money, NoRate, RateTable
from guanxi.ledger.models import Customer
from guanxi.ledger.queries import rate_table
from guanxi.offers import pricing, queries, rules
from guanxi.offers.codes import as_stated
from guanxi.offers.models import FloorMargin, Grant
from guanxi.offers.pricing import Quote, Refusal
from guanxi.offers.reasons import because
from guanxi.offers.redeeming import as_promised, promise_of
from guanxi.offers.rules import HUNDRED, Basket

PRICE_DIGITS = Decimal("0.000001")


def quote_for(customer: Customer, basket: Basket, *, now: datetime, codes: Sequence[str] = ()) -> Quote:
    """A code counts as its offer stood when it was handed out; one that does not hold is refused under its own text."""
    on = firm_queries.the_firm().day_of(now)
    facts = queries.facts_for_quote(customer, on=on)
    held, refused = _held(customer, codes, on=on)
    offers = [each for each in queries.active_offers() if each.name not in {offer.name for offer in held}]
    articles = {line.product_code for line in basket.lines}
    found = pricing.quote(
        with_floors(basket, on=on), [*held, *offers], facts, queries.price_breaks(articles, basket.currency),
        codes=[each.name for each in held],
    )  # fmt: skip
    return replace(found, refused=(*found.refused, *refused))


def _held(customer: Customer, codes: Sequence[str], *, on: date) -> tuple[list[rules.Offer], list[Refusal]]:
    stated = [as_stated(code) for code in codes]
    rows = Grant.objects.filter(code__in=stated).select_related("offer", "version")
    grants = {each.code: each for each in rows}
    held, refused = [], []
    for code in filter(None, dict.fromkeys(stated)):
        grant = grants.get(code)
        if grant is None:
            refused.append(Refusal(code, because("unknown_code")))
            continue
        offer = queries.promised(grant)
        given = queries.given({grant.offer_id: offer}, [], on=on).of(grant.offer_id, customer.pk, "")
        reason = rules.why_not_use(promise_of(grant), customer_id=customer.pk, on=on, offer=offer, given=given)
        if reason:
            refused.append(Refusal(code, reason))
        else:
            held.append(as_promised(offer))
    return held, refused


# Floors (CN-36)


def with_floors(basket: Basket, *, on: date) -> Basket:
    """The basket with the least price of each article whose cost is known; a floor that stands there stays."""
    floors = floor_prices({line.product_code for line in basket.lines}, basket.currency, on=on)
    lines = [
        line if line.floor_price is not None else replace(line, floor_price=floors.get(line.product_code))
        for line in basket.lines
    ]
    return replace(basket, lines=lines)


def floor_prices(product_codes: Collection[str], currency: str, *, on: date) -> dict[str, Decimal]:
    """By article its cost plus the floor margin, in `currency`; an article without cost or rate has no floor."""
    products = [each for each in Product.objects.filter(code__in=list(product_codes)) if each.cost is not None]
    margins = {
        (each.product_code, each.category): each.percent
        for each in FloorMargin.objects.filter(product_code__in=["", *(each.code for each in products)])
    }
    into = firm_queries.the_firm().reporting_currency
    table = rate_table(into, {currency, *(each.currency for each in products)}) if products else RateTable(into, ())
    floors: dict[str, Decimal] = {}
    for each in products:
        percent = margins.get((each.code, ""), margins.get(("", each.category), margins.get(("", ""), Decimal(0))))
        try:
            cost = _across(Money(each.cost or Decimal(0), each.currency or currency), currency, table, on)
        except NoRate:
            continue
        floors[each.code] = floor_of(cost, percent)
    return floors


def _across(money: Money, currency: str, table: RateTable, on: date) -> Money:
    """Into `currency` by way of the reporting currency. Raises NoRate."""
    if money.currency == currency:
        return money
    rate = table.rate_for(money.currency, on).value / table.rate_for(currency, on).value
    return Money(money.amount * rate, currency)


def floor_of(cost: Money, margin_percent: Decimal) -> Decimal:
    """The price of which `margin_percent` is margin; with none it is the cost."""
    return (cost.amount * HUNDRED / (HUNDRED - margin_percent)).quantize(PRICE_DIGITS)
