"""Orders that name the day by which they must be paid are bills too (D-10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guanxi.intake.loading import day
from guanxi.ledger.bulk_money import InvoiceRecord
from guanxi.ledger.bulk_orders import OrderRecord


def bills_of(
    orders: Sequence[Mapping[str, Any]], records: Sequence[OrderRecord], ids: Mapping[str, int]
) -> Iterator[InvoiceRecord]:
    """An invoice of the order's own number for each order with a due day; credits and cancelled orders have none."""
    for order, record in zip(orders, records, strict=True):
        due_on = day(dict(order), "due_on")
        if due_on is None or record.kind == "credit" or record.stage == "cancelled" or record.amount is None:
            continue
        yield InvoiceRecord(
            number=record.number, customer_id=record.customer_id, order_id=ids.get(record.number),
            issued_on=order["ordered_at"].date(), due_on=due_on, paid_on=day(dict(order), "paid_at"),
            currency=record.currency, amount=record.amount,
        )  # fmt: skip
