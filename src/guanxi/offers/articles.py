"""What the catalogue knows of the articles in a basket: category and cost, and so the least price (CN-36)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal

from guanxi.catalogue.models import Product
from guanxi.firm import queries as firm_queries
from guanxi.kernel.money import Money, NoRate, RateTable
from guanxi.ledger.queries import rate_table
from guanxi.offers.models import FloorMargin
from guanxi.offers.rules import HUNDRED, Basket

PRICE_DIGITS = Decimal("0.000001")


def as_catalogued(basket: Basket, *, on: date) -> Basket:
    """The basket with the category of each article, and its least price where the cost is known; what stands there
    stays.
    """
    products = list(Product.objects.filter(code__in={line.product_code for line in basket.lines}))
    categories = {each.code: each.category for each in products}
    floors = _floor_prices(products, basket.currency, on=on)
    lines = [
        replace(
            line,
            category=line.category or categories.get(line.product_code, ""),
            floor_price=floors.get(line.product_code) if line.floor_price is None else line.floor_price,
        )
        for line in basket.lines
    ]
    return replace(basket, lines=lines)


def _floor_prices(articles: Collection[Product], currency: str, *, on: date) -> dict[str, Decimal]:
    """By article its cost plus the floor margin, in `currency`; an article without cost or rate has no floor."""
    products = [each for each in articles if each.cost is not None]
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
