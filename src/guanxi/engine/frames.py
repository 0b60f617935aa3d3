"""The column contract of the frames: Parquet files of customers, orders, lines, invoices and events (house B0).

Pure. Who writes them is `ledger.frames`; who reads them are the measures. Days are calendar days of the firm's zone,
amounts are in the currency of the computation, credits negative.
"""

from __future__ import annotations

from collections.abc import Iterable

# One row per order or credit. A frame of the workspace also has `currency` and `amount_given`, and no `amount` where no
# rate is known.
ORDERS = {
    "customer_id": "BIGINT",
    "order_id": "VARCHAR",
    "ordered_on": "DATE",
    "amount": "DECIMAL(18,4)",
    "is_credit": "BOOLEAN",
    "is_completed": "BOOLEAN",
}
# One row per customer.
CUSTOMERS = {
    "customer_id": "BIGINT",
    "name": "VARCHAR",
    "country": "VARCHAR",
    "kind": "VARCHAR",
    "cooperation_since": "DATE",
}
# One row per line of an order or credit; `cost` is that of the whole line and empty when unknown.
LINES = {
    "customer_id": "BIGINT",
    "order_id": "VARCHAR",
    "ordered_on": "DATE",
    "product_code": "VARCHAR",
    "product_name": "VARCHAR",
    "category": "VARCHAR",
    "quantity": "DECIMAL(16,4)",
    "amount": "DECIMAL(18,4)",
    "cost": "DECIMAL(18,4)",
    "is_credit": "BOOLEAN",
    "is_custom": "BOOLEAN",
}
INVOICES = {
    "customer_id": "BIGINT",
    "issued_on": "DATE",
    "due_on": "DATE",
    "paid_on": "DATE",
    "amount": "DECIMAL(18,4)",
}
# One row per event, in files by month of UTC. `kind`, `category` … are properties of the event where it has them;
# `value` is money in the event's own currency, `score` runs from 1 to 5.
EVENTS = {
    "event_id": "BIGINT",
    "customer_id": "BIGINT",
    "contact_id": "BIGINT",
    "anonymous_id": "VARCHAR",
    "name": "VARCHAR",
    "kind": "VARCHAR",
    "object_kind": "VARCHAR",
    "object_id": "VARCHAR",
    "category": "VARCHAR",
    "product_code": "VARCHAR",
    "verdict": "VARCHAR",
    "session_id": "VARCHAR",
    "url_path": "VARCHAR",
    "search_query": "VARCHAR",
    "dwell_seconds": "INTEGER",
    "value": "DECIMAL(18,4)",
    "score": "INTEGER",
    "source": "VARCHAR",
    "occurred_at": "TIMESTAMP",
    "occurred_on": "DATE",
}
TRAITS = {
    "trait_id": "BIGINT",
    "customer_id": "BIGINT",
    "name": "VARCHAR",
    "value": "BOOLEAN",
    "since_on": "DATE",
    "until_on": "DATE",
    "set_at": "TIMESTAMP",
}
# The trade's average margin, in percent of the sales price; an empty category stands for all without their own.
MARGIN_REFERENCES = {"category": "VARCHAR", "percent": "DECIMAL(6,2)", "as_of_on": "DATE"}

TABLES = {
    "orders": ORDERS,
    "customers": CUSTOMERS,
    "lines": LINES,
    "invoices": INVOICES,
    "events": EVENTS,
    "traits": TRAITS,
    "margin_references": MARGIN_REFERENCES,
}


class FrameMismatch(Exception):
    """A table handed to a measure lacks a column of its contract."""


def check_columns(name: str, contract: Iterable[str], found: Iterable[str]) -> None:
    """Raise FrameMismatch when the table `name` lacks a column of `contract`."""
    missing = sorted(set(contract) - set(found))
    if missing:
        raise FrameMismatch(f"The frame of {name} has no column {', '.join(missing)}; build the frames again.")
