"""An order as a shop reports it, read into lines and amounts. Pure (Segment: Order Completed, Order Refunded)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from guanxi.ledger.facts import LineFacts

CENT = Decimal("0.0001")
MOST = Decimal(10) ** 12
TRUE = frozenset({"true", "yes", "1"})


def text_of(properties: Mapping[str, Any], *names: str, longest: int = 120) -> str:
    """The first of these properties that says something."""
    for name in names:
        value = properties.get(name)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()[:longest]
    return ""


def number_of(properties: Mapping[str, Any], *names: str) -> Decimal | None:
    """The first of these properties that is a number of a sensible size."""
    for name in names:
        value = properties.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            continue
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            continue
        if number.is_finite() and abs(number) < MOST:
            return number
    return None


def is_true(properties: Mapping[str, Any], name: str) -> bool:
    value = properties.get(name)
    return value is True or (isinstance(value, str) and value.strip().casefold() in TRUE)


def lines_of(properties: Mapping[str, Any], *, sign: int = 1) -> list[LineFacts]:
    """The lines of an order; together they are worth what the shop says it is, net of freight, tax and discounts.

    Without products the whole order is one line; empty when nothing says what it is worth.
    """
    lines = [line for line in map(_line, _products(properties)) if line]
    worth = net_worth(properties)
    total = sum((line.total for line in lines), Decimal(0))
    if not lines:
        return [] if worth is None else [_signed(LineFacts(Decimal(1), worth, product_name="Order"), sign)]
    if worth is not None and total and worth != total:
        lines = _spread(lines, worth, total)
    return [_signed(line, sign) for line in lines]


def net_worth(properties: Mapping[str, Any]) -> Decimal | None:
    """`subtotal` (after discounts), else `revenue`, else the total without shipping and tax; None when unsaid."""
    worth = number_of(properties, "subtotal", "revenue")
    if worth is None:
        total = number_of(properties, "total", "value")
        if total is None:
            return None
        worth = total - (number_of(properties, "shipping") or 0) - (number_of(properties, "tax") or 0)
    return max(worth, Decimal(0))


def _products(properties: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    products = properties.get("products")
    return [each for each in products if isinstance(each, Mapping)] if isinstance(products, list) else []


def _line(product: Mapping[str, Any]) -> LineFacts | None:
    quantity = number_of(product, "quantity")
    quantity = Decimal(1) if quantity is None else quantity
    price = number_of(product, "price")
    if quantity <= 0 or price is None or price < 0:
        return None
    return LineFacts(
        quantity=quantity, unit_price=price, product_code=text_of(product, "sku", "product_id"),
        product_name=text_of(product, "name", longest=300), category=text_of(product, "category"),
        amount=(quantity * price).quantize(CENT),
    )  # fmt: skip


def _spread(lines: Sequence[LineFacts], worth: Decimal, total: Decimal) -> list[LineFacts]:
    """A discount of the whole order, shared by the lines in proportion; the last one takes what rounding leaves."""
    amounts = [(line.total * worth / total).quantize(CENT) for line in lines]
    amounts[-1] += worth - sum(amounts, Decimal(0))
    return [_with_amount(line, amount) for line, amount in zip(lines, amounts, strict=True)]


def _with_amount(line: LineFacts, amount: Decimal) -> LineFacts:
    return LineFacts(
        line.quantity, line.unit_price, line.product_code, line.product_name, line.category, amount, line.cost
    )


def _signed(line: LineFacts, sign: int) -> LineFacts:
    return _with_amount(line, sign * line.total)
