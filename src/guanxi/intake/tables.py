"""An order file as a table of orders, without a database: what `guanxi tier FILE` reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake.convert import WALL
from guanxi.intake.deriving import MONEY
from guanxi.intake.grouping import orders_of, with_refunds
from guanxi.intake.mapping import Mapping
from guanxi.intake.planning import Plan, plan_for
from guanxi.intake.reading import Table, open_tables
from guanxi.intake.rows import Reject, UnusableFile

ORDER_SCHEMA = pa.schema({
    "customer": pa.string(), "customer_name": pa.string(), "country": pa.string(), "order_number": pa.string(),
    "ordered_at": WALL, "amount": MONEY, "currency": pa.string(), "is_credit": pa.bool_(),
})  # fmt: skip
NEEDED = frozenset({
    "buyer", "customer_name", "country", "order_number", "ordered_at", "line_amount", "order_amount", "refunded",
    "currency", "is_credit", "is_cancelled", "row",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderTable:
    """`table` has ORDER_SCHEMA: a row per order, credits negative, `ordered_at` the wall clock as written, `country`
    an ISO code where it is known, `currency` empty where the file names none. Orders of amount zero are rows too.

    `rows` counts the rows of the file; `format` is empty when the columns were found by their usual headings.
    """

    table: pa.Table
    rows: int
    rejects: list[Reject]
    format: str
    notes: list[str] = field(default_factory=list)


def order_table(
    path: Path,
    *,
    mapping: Mapping | None = None,
    currency: str = "",
    progress: Callable[[int], None] | None = None,
) -> OrderTable:
    """The orders of a file. `currency` is of amounts that name none. Raises UnusableFile.

    Cancelled orders are left out; a refund is a credit on the day of its order.
    """
    with open_tables(path, options=mapping.options if mapping else None) as tables:
        plan = _plan_of_orders(tables, mapping, currency)
        parts: list[pa.Table] = []
        rejects: list[Reject] = []
        rows = 0
        for usable, refused in plan.sifted():
            parts.append(usable.select([each for each in usable.column_names if each in NEEDED]))
            rejects += refused.rejects
            rows += len(usable) + len(refused.rejects)
            if progress:
                progress(rows)
    if not rows:
        raise UnusableFile(f"{path.name} has a heading but no rows; export it again.")
    notes = list(plan.notes)
    orders = with_refunds(orders_of(pa.concat_tables(parts), ["customer_name", "country"])) if parts else pa.table({})
    return OrderTable(_finished(orders, plan, notes), rows, rejects, plan.mapping.format, notes)


def _plan_of_orders(tables: list[Table], mapping: Mapping | None, currency: str) -> Plan:
    """The plan of the first table that holds orders; an error about the first table when none does."""
    error: UnusableFile | None = None
    for table in tables:
        try:
            plan = plan_for(table, mapping=mapping, kind="orders", currency=currency)
            if plan.options.amounts_follow:
                raise UnusableFile(f"{table.name} holds orders without amounts; import it with its lines instead.")
            return plan
        except UnusableFile as unusable:
            error = error or unusable
    assert error is not None
    raise error


def _finished(orders: pa.Table, plan: Plan, notes: list[str]) -> pa.Table:
    if not len(orders):
        return ORDER_SCHEMA.empty_table()
    cancelled = pc.sum(orders["is_cancelled"]).as_py()
    if cancelled:
        notes.append(f"Cancelled orders left out: {cancelled}.")
        orders = orders.filter(pc.invert(orders["is_cancelled"]))
    nothing = pa.nulls(len(orders), pa.string())
    country = orders["country"] if "country" in orders.column_names else nothing
    name = orders["customer_name"] if "customer_name" in orders.column_names else nothing
    columns = {
        "customer": orders["buyer"],
        "customer_name": pc.coalesce(name, named(orders["buyer"], plan.options.customer_label)),
        "country": _codes(country),
        "order_number": orders["order_number"],
        "ordered_at": orders["ordered_at"],
        "amount": orders["amount"],
        "currency": orders["currency"],
        "is_credit": orders["is_credit"],
    }
    return pa.table(columns).cast(ORDER_SCHEMA)


def named(buyers: pa.ChunkedArray, label: str) -> pa.ChunkedArray:
    """A name for buyers of whom only the number is known, e.g. Customer 17850; words stay as they are."""
    is_number = pc.match_substring_regex(buyers, r"^[\d\W_]+$")
    before, _, after = label.partition("{}")
    return pc.if_else(is_number, pc.binary_join_element_wise(before, buyers, after, ""), buyers)


def _codes(countries: pa.ChunkedArray) -> pa.Array:
    """ISO codes of countries; what names no country stays as given."""
    from guanxi.kernel.places import country_code  # reads the names of all countries

    encoded = pa.array(countries.to_pylist(), pa.string()).dictionary_encode()
    codes = [country_code(name) or name for name in encoded.dictionary.to_pylist()]
    return pc.fill_null(pa.array(codes, pa.string()).take(encoded.indices), "")
