"""Rows of order lines become orders: one row per buyer and order number. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake.deriving import EVERYTHING, MONEY

SUMMED = {"line_amount": "sum"}
WHOLE = ("order_amount", "refunded")
EITHER = {"is_credit": "any", "is_cancelled": "any"}
EARLIEST = {"ordered_at": "min", "row": "min"}


def orders_of(rows: pa.Table, carried: Sequence[str] = (), alike: Sequence[str] = ()) -> pa.Table:
    """One row per order with buyer, order_number, ordered_at, currency, amount, is_credit, is_cancelled, refunded,
    row (of its first line), the `carried` columns (first cell that is not empty) and those of the columns `alike` that
    say the same on every row of the order; else they speak of its lines and are empty here.

    A row without an order number is an order of its own. `amount` is what the file gives for the whole order, else the
    sum of its rows; a credit's is negative.
    """
    names = [each for each in ("currency", *WHOLE, *carried, *alike) if each in rows.column_names]
    is_numbered = pc.is_valid(rows["order_number"]) if "order_number" in rows.column_names else None
    if is_numbered is None:
        rows = rows.append_column("order_number", pa.nulls(len(rows), pa.string()))
        parts = [_single(rows, names)]
    else:
        parts = [_grouped(rows.filter(is_numbered), names, alike), _single(rows.filter(pc.invert(is_numbered)), names)]
    return _finished(pa.concat_tables(part for part in parts if len(part)) if any(map(len, parts)) else parts[0])


def _grouped(rows: pa.Table, wanted: Sequence[str], alike: Sequence[str]) -> pa.Table:
    # Arrow knows no "first" of decimals; an order has one amount, on its first row or on each.
    functions = {**SUMMED, **EITHER, **EARLIEST, **{name: "max" for name in WHOLE if name in wanted}}
    names = [name for name in wanted if name not in functions]
    skip_nulls = pc.ScalarAggregateOptions(skip_nulls=True)
    aggregations: list[tuple[Any, ...]] = list(functions.items())
    aggregations += [(name, "first", skip_nulls) for name in names]
    aggregations += [(name, "count_distinct") for name in alike]
    # One thread: "first" is the first row of the file.
    grouped = rows.group_by(["buyer", "order_number"], use_threads=False).aggregate(aggregations)
    plain = {f"{name}_{function}": name for name, function in functions.items()} | {
        f"{name}_first": name for name in names
    }
    grouped = grouped.rename_columns([plain.get(name, name) for name in grouped.column_names])
    for name in alike:
        is_one = pc.equal(grouped[f"{name}_count_distinct"], 1)
        same = pc.if_else(is_one, grouped[name], pa.scalar(None, pa.string()))
        grouped = grouped.set_column(grouped.schema.get_field_index(name), name, same)
    order = ["buyer", "order_number", *SUMMED, *EITHER, *EARLIEST, *wanted]
    amounts = grouped["line_amount"].cast(MONEY)
    return grouped.set_column(grouped.schema.get_field_index("line_amount"), "line_amount", amounts).select(order)


def _single(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    return rows.select(["buyer", "order_number", *SUMMED, *EITHER, *EARLIEST, *names])


def _finished(orders: pa.Table) -> pa.Table:
    amount = orders["line_amount"]
    if "order_amount" in orders.column_names:
        amount = pc.coalesce(orders["order_amount"], amount)
    amount = pc.fill_null(amount, 0)
    is_credit = pc.or_(pc.fill_null(orders["is_credit"], False), pc.less(amount, 0))
    amount = pc.if_else(is_credit, pc.negate(pc.abs(amount)), amount).cast(MONEY)
    place = orders.schema.get_field_index("is_credit")
    return orders.set_column(place, "is_credit", is_credit).append_column("amount", amount)


def with_refunds(orders: pa.Table) -> pa.Table:
    """`orders` with one credit more for each order on which money was paid back: at most what it is worth, since
    freight and tax come back as well and are no part of it (CN-41).
    """
    if "refunded" not in orders.column_names:
        return orders
    refunded = pc.abs(pc.fill_null(orders["refunded"], 0))
    is_priced = pc.greater(orders["amount"], 0)  # not yet, where the amounts come with the lines
    refunded = pc.if_else(is_priced, pc.min_element_wise(refunded, orders["amount"]), refunded)
    refunded = pc.if_else(pc.equal(refunded, pa.scalar(EVERYTHING, MONEY)), pa.scalar(0, MONEY), refunded)
    is_due = pc.and_(pc.greater(refunded, 0), pc.invert(orders["is_credit"]))
    credits = orders.filter(is_due)
    if not len(credits):
        return orders
    amounts = pc.negate(refunded.filter(is_due)).cast(MONEY)
    numbers = pc.binary_join_element_wise(credits["order_number"], pa.scalar("refund"), "/")
    for name, column in (
        ("amount", amounts), ("order_number", numbers), ("is_credit", pa.array([True] * len(credits)))
    ):  # fmt: skip
        credits = credits.set_column(credits.schema.get_field_index(name), name, column)
    return pa.concat_tables([orders, credits])
