"""A quotation with its cost breakdown, in the fixed form that every class-C inquiry gets. Pure (P-11, T-52)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from guanxi.kernel.money import round_money

# The parts a custom price consists of; a firm may add its own.
PARTS = ("material", "processing", "tooling", "surface", "packing", "inspection", "overhead", "margin")


class BadQuotation(Exception):
    """The parts of a quotation must add up to its price."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one piece costs for this part, in the quotation's currency."""

    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """So many pieces at `unit_price`; `parts` show where the price comes from and may be empty for standard goods."""

    product: str
    quantity: Decimal
    unit_price: Decimal
    parts: Sequence[Part] = ()


def check_item(item: Item, currency: str) -> None:
    """Raises BadQuotation when quantity or price make no sense, or the parts do not add up to the price."""
    if item.quantity <= 0 or item.unit_price <= 0:
        raise BadQuotation(f"{item.product}: quantity and unit price must be above zero.")
    if not item.parts:
        return
    total = sum((part.amount for part in item.parts), Decimal(0))
    if round_money(total, currency) != round_money(item.unit_price, currency):
        raise BadQuotation(
            f"{item.product}: the parts add up to {total:f}, the unit price is {item.unit_price:f}; "
            "mend a part or the price."
        )


def total_of(items: Sequence[Item], currency: str) -> Decimal:
    """The sum of all items, each rounded to the currency's digits."""
    return sum((round_money(item.quantity * item.unit_price, currency) for item in items), Decimal(0))


def text_of(*, number: str, customer: str, currency: str, items: Sequence[Item], valid_until: date) -> str:
    """The quotation as plain text in the fixed form, to be put into a mail."""
    lines = [f"Quotation {number}", f"For {customer}", f"Valid until {valid_until.isoformat()}", ""]
    for place, item in enumerate(items, 1):
        amount = round_money(item.quantity * item.unit_price, currency)
        lines.append(f"{place}. {item.product}: {item.quantity:f} × {currency} {item.unit_price:,f} = {amount:,f}")
        lines += [f"     {part.name}: {currency} {part.amount:,f}" for part in item.parts]
    return "\n".join([*lines, "", f"Total: {currency} {total_of(items, currency):,f}"])
