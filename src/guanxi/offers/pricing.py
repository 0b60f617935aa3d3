"""What an order comes to: price breaks, the best discount, the freight rebate, gifts, and what was refused. Pure.

One discount an order, the best of those that fit; price breaks, a freight rebate and gifts stand beside it; no price
falls below the floor of its article; every refusal is explained (CN-36). A price break and a percentage are taken one
after the other: first the unit price of the quantity, then the percentage of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from guanxi.kernel.money import round_money
from guanxi.offers.reasons import Reason, because
from guanxi.offers.rules import HUNDRED, NOTHING, Basket, Facts, Gift, Line, Offer, PriceBreak, why_not


@dataclass(frozen=True, slots=True)
class Refusal:
    offer: str
    why: Reason

    @property
    def reason(self) -> str:
        return str(self.why)


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
    """The answer, in `currency`, every line rounded to its digits: `total` is goods and freight after everything.

    `amount_off` is what a fixed amount takes off the goods beside the prices of the lines.
    """

    currency: str
    lines: tuple[PricedLine, ...]
    list_amount: Decimal
    goods: Decimal
    freight: Decimal
    percent_off: Decimal
    applied: tuple[str, ...]
    refused: tuple[Refusal, ...]
    amount_off: Decimal = NOTHING
    freight_saved: Decimal = NOTHING
    gifts: tuple[Gift, ...] = ()

    @property
    def total(self) -> Decimal:
        return self.goods + self.freight

    @property
    def saved(self) -> Decimal:
        return self.list_amount - self.goods


def quote(
    basket: Basket, offers: Iterable[Offer], facts: Facts, breaks: Iterable[PriceBreak] = (), *,
    codes: Collection[str] = (),
) -> Quote:  # fmt: skip
    """Price the basket with what fits; of equal discounts the first given is taken.

    An offer with a code holds only when its name is among `codes`; who may use which code is asked before.
    """
    fitting, refused = [], []
    for offer in offers:
        is_held = offer.code is None or offer.name in codes
        reason = why_not(offer, basket, facts) if is_held else because("needs_code")
        if reason:
            refused.append(Refusal(offer.name, reason))
        else:
            fitting.append(offer)
    steps = list(breaks)
    discount, others = _best_discount(fitting, basket, steps)
    rebate, lesser = _best_rebate(fitting)
    gifts = [offer for offer in fitting if offer.gift]
    plain = with_discount(basket, steps, discount)
    if discount and (held := [line.product_code for line in plain.lines if line.is_at_floor]):
        refused.append(Refusal(discount.name, because("floor", articles=", ".join(held))))
    freight = round_money(basket.freight * (HUNDRED - (rebate.freight_rebate_percent if rebate else 0)) / HUNDRED,
                          basket.currency)  # fmt: skip
    applied = dict.fromkeys(offer.name for offer in (discount, rebate, *gifts) if offer is not None)
    return replace(
        plain,
        freight=freight,
        freight_saved=round_money(basket.freight, basket.currency) - freight,
        applied=tuple(applied),
        refused=(*refused, *others, *lesser),
        gifts=tuple(offer.gift for offer in gifts if offer.gift),
    )


def with_discount(basket: Basket, breaks: Sequence[PriceBreak], discount: Offer | None) -> Quote:
    """The goods with price breaks and this one discount, without freight and gifts."""
    percent = discount.percent_off if discount else NOTHING
    lines = tuple(
        _priced(line, breaks, percent if discount and discount.scope.holds(line) else NOTHING, basket.currency)
        for line in basket.lines
    )
    goods = sum((line.amount for line in lines), NOTHING)
    fixed = _fixed(discount, basket, lines)
    if fixed is not None and discount and discount.amount_off and fixed < discount.amount_off.amount:
        lines = tuple(
            replace(line, is_at_floor=True) if discount.scope.holds(given) else line
            for line, given in zip(lines, basket.lines, strict=True)
        )
    return Quote(
        currency=basket.currency,
        lines=lines,
        list_amount=round_money(basket.goods, basket.currency),
        goods=goods - (fixed or NOTHING),
        freight=round_money(basket.freight, basket.currency),
        percent_off=percent,
        applied=(discount.name,) if discount else (),
        refused=(),
        amount_off=fixed or NOTHING,
    )


def _fixed(discount: Offer | None, basket: Basket, lines: Sequence[PricedLine]) -> Decimal | None:
    """The amount off, at most what the lines of its scope bear above their floors; None for a percentage."""
    if discount is None or discount.amount_off is None:
        return None
    room = sum(
        (
            line.amount - round_money(_floor(given) * given.quantity, basket.currency)
            for line, given in zip(lines, basket.lines, strict=True)
            if discount.scope.holds(given)
        ),
        NOTHING,
    )
    return max(min(round_money(discount.amount_off.amount, basket.currency), room), NOTHING)


def _best_discount(
    fitting: Sequence[Offer], basket: Basket, breaks: Sequence[PriceBreak]
) -> tuple[Offer | None, list[Refusal]]:
    """The discount that leaves the least to pay, and why the others stand back."""
    discounts = [offer for offer in fitting if offer.is_discount]
    if not discounts:
        return None, []
    # Where the saving is equal (an empty basket, floors) the larger percentage is the better one.
    best = max(discounts, key=lambda each: (with_discount(basket, breaks, each).saved, each.percent_off))
    return best, [
        Refusal(offer.name, because("one_discount", offer=best.name)) for offer in discounts if offer is not best
    ]


def _best_rebate(fitting: Sequence[Offer]) -> tuple[Offer | None, list[Refusal]]:
    rebates = [offer for offer in fitting if offer.freight_rebate_percent]
    best = max(rebates, key=lambda each: each.freight_rebate_percent, default=None)
    return best, [
        Refusal(offer.name, because("one_rebate", offer=best.name))
        for offer in rebates
        if best is not None and offer is not best
    ]


def break_table(breaks: Iterable[PriceBreak], product_code: str) -> list[PriceBreak]:
    """The steps of one article, the smallest quantity first, as a mail shows them (T-59)."""
    return sorted((each for each in breaks if each.product_code == product_code), key=lambda each: each.from_quantity)


def _priced(line: Line, breaks: Sequence[PriceBreak], percent: Decimal, currency: str) -> PricedLine:
    steps = [each for each in break_table(breaks, line.product_code) if each.from_quantity <= line.quantity]
    step = steps[-1] if steps and steps[-1].unit_price < line.unit_price else None
    wanted = (step.unit_price if step else line.unit_price) * (HUNDRED - percent) / HUNDRED
    price = max(wanted, _floor(line))
    return PricedLine(
        product_code=line.product_code,
        quantity=line.quantity,
        list_price=line.unit_price,
        unit_price=price,
        amount=round_money(price * line.quantity, currency),
        break_from=step.from_quantity if step else None,
        is_at_floor=price > wanted,
    )


def _floor(line: Line) -> Decimal:
    """A list price below the floor is the seller's own decision: only offers are held up."""
    return min(line.floor_price, line.unit_price) if line.floor_price is not None else NOTHING
