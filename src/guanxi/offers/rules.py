"""What an order comes to: price breaks, the best percentage, the freight rebate, and why an offer was refused. Pure.

One percentage an order, the best of those that fit; price breaks and the freight rebate stand beside it; no price falls
below the floor of its article; every refusal is explained (CN-36). A price break and a percentage are taken one after
the other: first the unit price of the quantity, then the percentage of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from guanxi.kernel.money import round_money

HUNDRED = Decimal(100)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the buyer on the day: `standings` are his tiers by scheme, `order_number` that of this order."""

    on: date
    order_number: int
    standings: Mapping[str, str] = field(default_factory=dict)
    kind: str = "unknown"
    is_birthday_month: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """`floor_price` is the least a piece may cost; None when no floor is kept for the article."""

    product_code: str
    quantity: Decimal
    unit_price: Decimal
    category: str = ""
    floor_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    lines: Sequence[Line]
    currency: str
    freight: Decimal = NOTHING

    @property
    def goods(self) -> Decimal:
        return sum((line.quantity * line.unit_price for line in self.lines), NOTHING)


@dataclass(frozen=True, slots=True)
class PriceBreak:
    """From this quantity on a piece costs `unit_price`, in the basket's currency."""

    product_code: str
    from_quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """When an offer holds; what is not set does not matter. Bounds include their number (CN-37)."""

    standings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    order_number: int | None = None
    categories_at_least: int | None = None
    goods_at_least: Decimal | None = None
    currency: str = ""
    from_on: date | None = None
    until_on: date | None = None
    in_birthday_month: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """Gives a percentage of the goods, or hands back a share of the freight."""

    name: str
    title: Mapping[str, str]
    terms: Terms
    percent_off: Decimal = NOTHING
    freight_rebate_percent: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Refusal:
    offer: str
    reason: str


@dataclass(frozen=True, slots=True)
class PricedLine:
    """`break_from` is the quantity of the price break that was used, `is_at_floor` says that the floor held it up."""

    product_code: str
    quantity: Decimal
    list_price: Decimal
    unit_price: Decimal
    amount: Decimal
    break_from: Decimal | None = None
    is_at_floor: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer, in `currency`, every line rounded to its digits: `total` is goods and freight after everything."""

    currency: str
    lines: tuple[PricedLine, ...]
    list_amount: Decimal
    goods: Decimal
    freight: Decimal
    percent_off: Decimal
    applied: tuple[str, ...]
    refused: tuple[Refusal, ...]

    @property
    def total(self) -> Decimal:
        return self.goods + self.freight

    @property
    def saved(self) -> Decimal:
        return self.list_amount - self.goods


def quote(basket: Basket, offers: Iterable[Offer], facts: Facts, breaks: Iterable[PriceBreak] = ()) -> Quote:
    """Price the basket with what fits; offers with the same percentage are taken in the order given."""
    fitting, refused = [], []
    for offer in offers:
        reason = why_not(offer.terms, basket, facts)
        if reason:
            refused.append(Refusal(offer.name, reason))
        else:
            fitting.append(offer)
    percentages = [offer for offer in fitting if offer.percent_off]
    best = max(percentages, key=lambda each: each.percent_off, default=None)
    refused += [
        Refusal(offer.name, f"one percentage an order: {best.name} is better or equal")
        for offer in percentages
        if best is not None and offer is not best
    ]
    rebates = [offer for offer in fitting if offer.freight_rebate_percent]
    rebate = max(rebates, key=lambda each: each.freight_rebate_percent, default=None)
    percent = best.percent_off if best else NOTHING
    lines = tuple(_priced(line, list(breaks), percent, basket.currency) for line in basket.lines)
    if best and any(line.is_at_floor for line in lines):
        held = ", ".join(line.product_code for line in lines if line.is_at_floor)
        refused.append(Refusal(best.name, f"not in full for {held}: the price would fall below its floor"))
    back = rebate.freight_rebate_percent if rebate else NOTHING
    return Quote(
        currency=basket.currency,
        lines=lines,
        list_amount=round_money(basket.goods, basket.currency),
        goods=sum((line.amount for line in lines), NOTHING),
        freight=round_money(basket.freight * (HUNDRED - back) / HUNDRED, basket.currency),
        percent_off=percent,
        applied=tuple(offer.name for offer in (best, rebate) if offer is not None),
        refused=tuple(refused),
    )


def why_not(terms: Terms, basket: Basket, facts: Facts) -> str:
    """The first reason why an offer does not hold; empty when it does."""
    if terms.from_on and facts.on < terms.from_on:
        return f"begins on {terms.from_on}"
    if terms.until_on and facts.on > terms.until_on:
        return f"ended on {terms.until_on}"
    if terms.kinds and facts.kind not in terms.kinds:
        return f"is for {' and '.join(terms.kinds)} only"
    if terms.standings and not any(facts.standings.get(scheme) in tiers for scheme, tiers in terms.standings.items()):
        wanted = " or ".join(f"{scheme} {'/'.join(tiers)}" for scheme, tiers in terms.standings.items())
        return f"is for {wanted}"
    if terms.order_number and facts.order_number != terms.order_number:
        return f"is for order {terms.order_number}, this is order {facts.order_number}"
    if terms.in_birthday_month and not facts.is_birthday_month:
        return "is for the month of the birthday or founding day"
    categories = len({line.category for line in basket.lines if line.category})
    if terms.categories_at_least and categories < terms.categories_at_least:
        return f"needs {terms.categories_at_least} categories, the order has {categories}"
    if terms.goods_at_least is not None:
        if terms.currency != basket.currency:
            return f"is stated in {terms.currency}, the order is in {basket.currency}"
        if basket.goods < terms.goods_at_least:
            return f"needs goods of {terms.currency} {terms.goods_at_least:f}, the order has {basket.goods:f}"
    return ""


def break_table(breaks: Iterable[PriceBreak], product_code: str) -> list[PriceBreak]:
    """The steps of one article, the smallest quantity first, as a mail shows them (T-59)."""
    return sorted((each for each in breaks if each.product_code == product_code), key=lambda each: each.from_quantity)


def _priced(line: Line, breaks: Sequence[PriceBreak], percent: Decimal, currency: str) -> PricedLine:
    steps = [each for each in break_table(breaks, line.product_code) if each.from_quantity <= line.quantity]
    step = steps[-1] if steps and steps[-1].unit_price < line.unit_price else None
    wanted = (step.unit_price if step else line.unit_price) * (HUNDRED - percent) / HUNDRED
    # A list price below the floor is the seller's own decision: only offers are held up.
    floor = min(line.floor_price, line.unit_price) if line.floor_price is not None else NOTHING
    price = max(wanted, floor)
    return PricedLine(
        product_code=line.product_code,
        quantity=line.quantity,
        list_price=line.unit_price,
        unit_price=price,
        amount=round_money(price * line.quantity, currency),
        break_from=step.from_quantity if step else None,
        is_at_floor=price > wanted,
    )
