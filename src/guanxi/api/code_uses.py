"""What became of a code that came with an order, as a machine is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ninja import Schema
from pydantic import Field

from guanxi.api import shapes
from guanxi.offers import queries as offers_queries
from guanxi.offers.redeeming import Stated


class Mistake(Schema):
    field: str
    message: str


class UseOut(Schema):
    """What became of a code: accepted or refused, and why. `amount` is what it cost, in `currency`."""

    id: int | None = None
    code: str
    order_id: int | None = None
    state: str
    reason: str = Field("", description="One word, such as expired; empty when it was accepted.")
    sentence: str = ""
    amount: Decimal | None = None
    currency: str = ""


class RefusedOut(UseOut):
    """The same with the refusal in the shape of every other one: the field, and what to do about it."""

    errors: list[Mistake]


class OrderMade(shapes.OrderOut):
    """The order, and what became of each code that came with it."""

    codes: list[UseOut] = []

    @staticmethod
    def resolve_codes(order: Any) -> list[dict[str, Any]]:
        return [use_out(each) for each in getattr(order, "stated_codes", [])]


def use_out(answer: Stated) -> dict[str, Any]:
    row = answer.redemption
    return {
        "id": row.pk if row else None, "code": answer.code, "order_id": row.order_id if row else None,
        "state": offers_queries.ACCEPTED if answer.is_accepted else offers_queries.REFUSED,
        "reason": answer.reason.code if answer.reason else "",
        "sentence": str(answer.reason) if answer.reason else "",
        "amount": row.amount if row and answer.is_accepted else None, "currency": row.currency if row else "",
    }  # fmt: skip
