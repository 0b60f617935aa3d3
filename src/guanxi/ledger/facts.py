"""Plain values that callers hand over. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line of an order; `amount` in the order's currency, negative on a credit."""

    quantity: Decimal
    unit_price: Decimal
    product_code: str = ""
    product_name: str = ""
    category: str = ""
    amount: Decimal | None = None
    cost: Decimal | None = None

    @property
    def total(self) -> Decimal:
        """The given amount (net of discounts), else quantity × price."""
        return self.quantity * self.unit_price if self.amount is None else self.amount
