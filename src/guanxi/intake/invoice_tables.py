"""Invoices beside a file of orders, without a database: a file of their own, or the due days of the orders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake.deriving import MONEY
from guanxi.intake.planning import plan_for
from guanxi.intake.reading import open_tables
from guanxi.intake.rows import Reject, UnusableFile

INVOICE_SCHEMA = pa.schema({
    "customer": pa.string(), "issued_on": pa.date32(), "due_on": pa.date32(), "paid_on": pa.date32(), "amount": MONEY,
    "currency": pa.string(),
})  # fmt: skip
DUE_CELLS = ("due_on", "paid_at")


@dataclass(frozen=True, slots=True)
class InvoiceTable:
    """`table` has INVOICE_SCHEMA, with the customers of the orders."""

    table: pa.Table
    rejects: list[Reject]
    notes: list[str]


def invoices_of_orders(orders: pa.Table) -> pa.Table:
    """An invoice for each order with a due day; credits and cancelled orders have none (as an import does)."""
    if "due_on" not in orders.column_names:
        return INVOICE_SCHEMA.empty_table()
    is_billed = pc.and_(pc.is_valid(orders["due_on"]), pc.invert(pc.or_(orders["is_credit"], orders["is_cancelled"])))
    orders = orders.filter(pc.fill_null(is_billed, False))
    nothing = pa.nulls(len(orders), pa.string())
    return _table(
        orders, customer=orders["buyer"], issued=orders["ordered_at"], due=orders["due_on"],
        paid=orders["paid_at"] if "paid_at" in orders.column_names else nothing,
        currency=orders["currency"] if "currency" in orders.column_names else nothing,
    )  # fmt: skip


def invoice_table(path: Path, *, orders: pa.Table, currency: str = "", date_order: str = "") -> InvoiceTable:
    """The invoices of a file, each with the customer of its order or of its name among `orders` (ORDER_SCHEMA).

    Raises UnusableFile.
    """
    with open_tables(path) as tables:
        plan = plan_for(tables[0], kind="invoices", currency=currency, date_order=date_order)
        found = list(plan.sifted())
    rejects = [each for _, refused in found for each in refused.rejects]
    rows = pa.concat_tables([usable for usable, _ in found], promote_options="default") if found else None
    if rows is None or not len(rows):
        why = f"; row {rejects[0].row}, says: {rejects[0].reason}" if rejects else ""
        raise UnusableFile(f"{path.name} holds no invoice with a customer or order, a date and an amount{why}.")
    nothing = pa.nulls(len(rows), pa.string())
    cells = {name: rows[name] if name in rows.column_names else nothing
             for name in ("buyer", "order_number", "due_on", "paid_on", "currency")}  # fmt: skip
    customer = pc.coalesce(
        _looked_up(cells["order_number"], orders["order_number"], orders["customer"]),
        _looked_up(cells["buyer"], orders["customer"], orders["customer"]),
        _looked_up(cells["buyer"], orders["customer_name"], orders["customer"]),
    )
    table = _table(
        rows, customer=customer, issued=rows["issued_on"], due=cells["due_on"], paid=cells["paid_on"],
        currency=cells["currency"],
    )  # fmt: skip
    known = table.filter(pc.is_valid(table["customer"]))
    notes = list(plan.notes)
    if len(known) < len(table):
        notes.append(f"Invoices of nobody who ordered, left out: {len(table) - len(known):,}.")
    return InvoiceTable(known, rejects, notes)


def _table(
    rows: pa.Table, *, customer: pa.Array, issued: pa.Array, due: pa.Array, paid: pa.Array, currency: pa.Array
) -> pa.Table:
    days = [each.cast(pa.timestamp("us")).cast(pa.date32()) for each in (issued, due, paid)]
    return pa.table([customer, *days, rows["amount"], pc.fill_null(currency, "")], schema=INVOICE_SCHEMA)


def _looked_up(wanted: pa.ChunkedArray, keys: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.ChunkedArray:
    places = pc.index_in(wanted, keys.combine_chunks(), skip_nulls=True)
    return values.take(places)
