"""What conditions and letters ask of money, goods and projects, for a whole batch; one or two queries each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from guanxi.firm import queries as firm_queries
from guanxi.kernel.money import round_money
from guanxi.ledger.models import NOT_ORDERED, Order, OrderLine
from guanxi.offers.models import PriceBreak

MOST_ARTICLES, LONGEST_NAME = 8, 80


def last_year(now: datetime) -> int:
    """The calendar year of the firm that is over."""
    return firm_queries.the_firm().day_of(now).year - 1


def spend_of_year(customer_ids: Collection[int], year: int) -> dict[int, Decimal]:
    """Goods value of a calendar year in the reporting currency, credits taken off, by customer."""
    firm = firm_queries.the_firm()
    begin, end = (datetime(each, 1, 1, tzinfo=firm.zone) for each in (year, year + 1))
    rows = Order.objects.filter(customer_id__in=customer_ids, placed_at__gte=begin, placed_at__lt=end)
    found = rows.exclude(stage__in=NOT_ORDERED).values_list("customer_id").annotate(Sum("amount_reporting"))
    return {
        customer_id: round_money(total, firm.reporting_currency) for customer_id, total in found if total is not None
    }


def price_breaks(customer_ids: Collection[int]) -> dict[int, list[dict[str, str]]]:
    """Price breaks of the articles each customer bought, the latest bought first, in the currency he paid."""
    lines = OrderLine.objects.filter(
        order__customer_id__in=customer_ids, order__kind="order",
        product_code__in=PriceBreak.objects.values("product_code"),
    )  # fmt: skip
    bought: dict[int, dict[tuple[str, str], str]] = defaultdict(dict)
    named = lines.order_by("-order__placed_at", "position").values_list(
        "order__customer_id", "product_code", "order__currency", "product_name"
    )
    for customer_id, code, currency, name in named:
        if len(bought[customer_id]) < MOST_ARTICLES:
            bought[customer_id].setdefault((code, currency), (name or code)[:LONGEST_NAME])
    codes = {code for articles in bought.values() for code, _ in articles}
    steps: dict[tuple[str, str], list[PriceBreak]] = defaultdict(list)
    for each in PriceBreak.objects.filter(product_code__in=codes).order_by("from_quantity"):
        steps[each.product_code, each.currency].append(each)
    return {
        customer_id: [
            {"name": name, "quantity": _plain(each.from_quantity), "price": _plain(each.unit_price),
             "currency": each.currency}
            for article, name in articles.items()
            for each in steps[article]
        ]
        for customer_id, articles in bought.items()
    }  # fmt: skip


def rebate(spend: Decimal, steps: Sequence[Mapping[str, Any]], *, year: int, currency: str) -> dict[str, str]:
    """The statement of a year's rebate: the rate of the highest step reached, taken of the whole spend. Pure."""
    reached = [each for each in steps if spend >= Decimal(str(each["at_least"]))]
    percent = max((Decimal(str(each["percent"])) for each in reached), default=Decimal(0))
    return {
        "year": str(year), "turnover": str(spend), "percent": _plain(percent), "currency": currency,
        "amount": str(round_money(spend * percent / 100, currency)) if percent else "",
    }  # fmt: skip


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
