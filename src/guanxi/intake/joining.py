"""Joins the tables of one set: orders with their lines, customers and articles. Pure, over Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake.convert import AMOUNT, SCALES, WALL
from guanxi.intake.deriving import MONEY

QUANTITY = pa.decimal128(*SCALES["quantity"])
LINE_SCHEMA = pa.schema({
    "customer": pa.string(), "order_number": pa.string(), "ordered_at": WALL, "product_code": pa.string(),
    "product_name": pa.string(), "category": pa.string(), "quantity": QUANTITY, "amount": MONEY, "cost": MONEY,
    "currency": pa.string(), "is_credit": pa.bool_(), "is_custom": pa.bool_(),
})  # fmt: skip
LINE_CELLS = ("product_code", "product_name", "category", "quantity", "cost", "is_custom")
TYPES = {name: LINE_SCHEMA.field(name).type for name in LINE_CELLS}


def with_lines_of(orders: pa.Table, lines: Sequence[pa.Table]) -> pa.Table:
    """`orders` with the sum of their lines as their amount; an order without lines has amount zero."""
    every = pa.concat_tables(each.select(["order_number", "line_amount"]) for each in lines)
    sums = every.group_by("order_number").aggregate([("line_amount", "sum")])
    amounts = _looked_up(orders["order_number"], sums["order_number"], sums["line_amount_sum"].cast(MONEY))
    amounts = pc.fill_null(amounts, 0).cast(MONEY)
    return orders.set_column(orders.schema.get_field_index("amount"), "amount", amounts).set_column(
        orders.schema.get_field_index("is_credit"), "is_credit", pc.less(amounts, 0)
    )


def with_customers(orders: pa.Table, customers: Sequence[pa.Table]) -> pa.Table:
    """`orders` with names and countries as the tables of customers give them."""
    for table in customers:
        if not len(table):
            continue
        for name in ("customer_name", "country"):
            if name in table.column_names:
                known = _looked_up(orders["buyer"], table["buyer"], table[name])
                filled = pc.coalesce(known, orders[name])
                orders = orders.set_column(orders.schema.get_field_index(name), name, filled)
    return orders


def lines_of(
    orders: Sequence[pa.Table], lines: Sequence[pa.Table], products: Sequence[pa.Table], known: pa.Table
) -> pa.Table:
    """All lines with LINE_SCHEMA, of the orders in `known` (ORDER_SCHEMA) alone."""
    own = [
        each for each in orders if len(each) and {"product_code", "product_name", "quantity"} & set(each.column_names)
    ]
    parts = [_plain(each) for each in (*lines, *own) if len(each)]
    if not parts:
        return LINE_SCHEMA.empty_table()
    every = pa.concat_tables(parts)
    is_line = pc.is_valid(
        pc.coalesce(every["product_code"], every["product_name"], every["quantity"].cast(pa.string()))
    )
    every = _with_articles(every.filter(is_line), products)
    places = pc.index_in(every["order_number"], known["order_number"].combine_chunks())
    is_known = pc.and_(pc.is_valid(places), pc.is_valid(every["order_number"]))
    every, places = every.filter(is_known), places.filter(is_known)
    taken = {name: known[name].take(places) for name in ("customer", "ordered_at", "currency", "is_credit")}
    columns = {name: taken.get(name, every[name] if name in every.column_names else None) for name in LINE_SCHEMA.names}
    return pa.table(columns).cast(LINE_SCHEMA)


def _plain(table: pa.Table) -> pa.Table:
    size = len(table)

    def column(name: str, kind: pa.DataType) -> Any:
        return table[name].cast(kind) if name in table.column_names else pa.nulls(size, kind)

    cells = {name: column(name, kind) for name, kind in TYPES.items()}
    cells["is_custom"] = pc.fill_null(cells["is_custom"], False)
    return pa.table(
        {
            "order_number": column("order_number", pa.string()),
            "amount": pc.fill_null(column("line_amount", MONEY), 0),
            **cells,
        }
    )


def _with_articles(lines: pa.Table, products: Sequence[pa.Table]) -> pa.Table:
    """`lines` with name, category and cost (per piece × quantity) from the tables of products where they lack them."""
    for table in products:
        if "product_code" not in table.column_names:
            continue
        for name in ("product_name", "category", "cost"):
            if name not in table.column_names:
                continue
            known = _looked_up(lines["product_code"], table["product_code"], table[name])
            if name == "cost":
                whole = pc.multiply(known, pc.fill_null(lines["quantity"], 1))
                known = pc.round(whole, AMOUNT[1], "half_towards_infinity").cast(MONEY)
            filled = pc.coalesce(lines[name], known)
            lines = lines.set_column(lines.schema.get_field_index(name), name, filled)
    return lines


def _looked_up(keys: pa.ChunkedArray, known: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """For each key the value that stands beside it in `known`, null where it is not."""
    return values.take(pc.index_in(keys, known.combine_chunks()))
