"""The column contract of the frames: Parquet files of customers, orders and lines (house B0).

Pure. Who writes them is `ledger.frames`; who reads them are the measures.
"""

from __future__ import annotations

from collections.abc import Iterable

# One row per order or credit. `amount` is already in the currency of the computation, credits negative. A frame of the
# workspace also has `currency` and `amount_given`, and no `amount` where no rate is known.
ORDERS = {
    "customer_id": "BIGINT",
    "order_id": "VARCHAR",
    "ordered_on": "DATE",
    "amount": "DECIMAL(18,4)",
    "is_credit": "BOOLEAN",
}
# One row per customer.
CUSTOMERS = {"customer_id": "BIGINT", "name": "VARCHAR", "country": "VARCHAR", "kind": "VARCHAR"}
# One row per customer: what the measures found.
SCORES = {
    "customer_id": "BIGINT",
    "days_since_last_order": "INTEGER",
    "order_count": "BIGINT",
    "spend_total": "DECIMAL(18,4)",
    "order_count_window": "BIGINT",
    "spend_window": "DECIMAL(18,4)",
    "r_score": "INTEGER",
    "f_score": "INTEGER",
    "m_score": "INTEGER",
    "cycle_days": "DECIMAL(9,1)",
}


class FrameMismatch(Exception):
    """A table handed to a measure lacks a column of its contract."""


def check_columns(name: str, contract: Iterable[str], found: Iterable[str]) -> None:
    """Raise FrameMismatch when the table `name` lacks a column of `contract`."""
    missing = sorted(set(contract) - set(found))
    if missing:
        raise FrameMismatch(f"The frame of {name} has no column {', '.join(missing)}; build the frames again.")
