"""Order files as tables of orders, without a database: what `guanxi tier FILE` reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake.convert import WALL
from guanxi.intake.deriving import MONEY
from guanxi.intake.grouping import orders_of, with_refunds
from guanxi.intake.invoice_tables import DUE_CELLS, INVOICE_SCHEMA, invoices_of_orders
from guanxi.intake.joining import LINE_CELLS, LINE_SCHEMA, lines_of, with_customers, with_lines_of
from guanxi.intake.mapping import Mapping
from guanxi.intake.planning import Plan, plan_for
from guanxi.intake.reading import Table, open_tables
from guanxi.intake.rows import Reject, UnusableFile, rows_in

ORDER_SCHEMA = pa.schema({
    "customer": pa.string(), "customer_name": pa.string(), "country": pa.string(), "order_number": pa.string(),
    "ordered_at": WALL, "amount": MONEY, "currency": pa.string(), "is_credit": pa.bool_(),
})  # fmt: skip
NEEDED = frozenset({
    "buyer", "customer_name", "country", "order_number", "ordered_at", "line_amount", "order_amount", "refunded",
    "currency", "is_credit", "is_cancelled", "row", *DUE_CELLS,
})  # fmt: skip
AMOUNTS = ("amount", "gross_amount", "order_amount", "order_total", "unit_price")
OF_CUSTOMERS = ("buyer", "customer_name", "country")
# What is read of a set of tables; the rest of it (payments, staff, carriers) says nothing about orders.
READ = ("orders", "lines", "customers", "products")
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class OrderTable:
    """`table` has ORDER_SCHEMA: a row per order, credits negative, `ordered_at` the wall clock as written, `country`
    an ISO code where it is known, `currency` empty where the file names none. Orders of amount zero are rows too.

    `lines` has LINE_SCHEMA, with the customers and days of the orders; it is empty unless lines were asked for.
    `invoices` has INVOICE_SCHEMA: an invoice for each order with a due day.
    `rows` counts the rows of the tables read; `format` is empty when the columns were found by their usual headings.
    """

    table: pa.Table
    rows: int
    rejects: list[Reject]
    format: str
    notes: list[str] = field(default_factory=list)
    lines: pa.Table = field(default_factory=LINE_SCHEMA.empty_table)
    invoices: pa.Table = field(default_factory=INVOICE_SCHEMA.empty_table)


def order_table(
    path: Path,
    *,
    mapping: Mapping | None = None,
    currency: str = "",
    date_order: str = "",
    with_lines: bool = False,
    days_will_do: bool = False,
    progress: Progress | None = None,
) -> OrderTable:
    """The orders of a file, or of the tables in a ZIP or folder: orders joined with their lines, customers, articles.

    `currency` is of amounts that name none. Cancelled orders are left out; a refund is a credit on the day of its
    order. With `days_will_do` a file without any amounts is read too, each order being worth zero. Raises UnusableFile.
    """
    with open_tables(path, options=mapping.options if mapping else None) as tables:
        plans = _plans(tables, mapping, currency, date_order, days_will_do)
        reading = _Reading(with_lines, progress)
        found = {kind: [reading.rows_of(plan) for plan in plans if plan.kind == kind] for kind in READ}
    if not reading.rows:
        raise UnusableFile(f"{path.name} has a heading but no rows; export it again.")
    notes = list(dict.fromkeys(chain.from_iterable(plan.notes for plan in plans)))
    first = next(plan for plan in plans if plan.kind == "orders")
    orders = _joined(found, plans)
    table = _finished(orders, found["customers"], first, notes)
    lines = lines_of(found["orders"], found["lines"], found["products"], table) if with_lines else None
    more = {"invoices": invoices_of_orders(orders)} if len(orders) else {}
    if lines is not None:
        more["lines"] = lines
    return OrderTable(table, reading.rows, reading.rejects, first.mapping.format, notes, **more)


def _plans(
    tables: list[Table], mapping: Mapping | None, currency: str, date_order: str, days_will_do: bool
) -> list[Plan]:
    """What is to be read; an error about the first table when none holds orders with amounts."""
    plans: list[Plan] = []
    error: UnusableFile | None = None
    for kind in ("orders",) if len(tables) == 1 else ("auto", "orders"):
        for table in tables:
            try:
                plan = plan_for(table, mapping=mapping, kind=kind, currency=currency, date_order=date_order)
                plans.append(_of_days(plan) if days_will_do else plan)
            except UnusableFile as problem:
                error = error or problem
        if any(plan.kind == "orders" for plan in plans):
            break
        plans = []
    if not plans:
        assert error is not None
        raise error
    has_lines = days_will_do or any(plan.kind == "lines" for plan in plans)
    orders = [plan for plan in plans if plan.kind == "orders" and (has_lines or not plan.options.amounts_follow)]
    if not orders:
        name = next(plan.table.name for plan in plans if plan.kind == "orders")
        raise UnusableFile(f"{name} holds orders without amounts; give it together with its lines, as a folder or ZIP.")
    return [plan for plan in plans if plan in orders or plan.kind in READ[1:]]


def _of_days(plan: Plan) -> Plan:
    """The plan of a file that tells who ordered when and nothing of how much."""
    if plan.kind != "orders" or plan.mapping.has_any(*AMOUNTS):
        return plan
    note = f"{plan.table.name} names no amounts; every order counts, and none is worth anything."
    return replace(plan, options=replace(plan.options, amounts_follow=True), notes=(*plan.notes, note))


class _Reading:
    """Reads tables whole, of each only what is needed, and counts."""

    def __init__(self, with_lines: bool, progress: Progress | None) -> None:
        self._with_lines, self._progress = with_lines, progress
        self.rows, self.rejects = 0, list[Reject]()

    def rows_of(self, plan: Plan) -> pa.Table:
        wanted = {
            "orders": NEEDED | set(LINE_CELLS if self._with_lines else ()),
            "lines": {"order_number", "line_amount", *(LINE_CELLS if self._with_lines else ())},
            "customers": set(OF_CUSTOMERS), "products": {"product_code", "product_name", "category", "cost"},
        }[plan.kind]  # fmt: skip
        parts: list[pa.Table] = []
        for usable, refused in plan.sifted():
            parts.append(usable.select([each for each in usable.column_names if each in wanted]))
            self.rejects += refused.rejects
            self.rows += rows_in(usable) + len(refused.rejects)
            if self._progress:
                self._progress(self.rows)
        return pa.concat_tables(parts) if parts else pa.table({})


def _joined(found: dict[str, list[pa.Table]], plans: Sequence[Plan]) -> pa.Table:
    """The orders of all tables; of an order that stands in two of them the first counts."""
    parts = []
    for rows, plan in zip(found["orders"], [plan for plan in plans if plan.kind == "orders"], strict=True):
        if not len(rows):
            continue
        orders = orders_of(rows, ["customer_name", "country", *DUE_CELLS])
        if plan.options.amounts_follow and found["lines"]:
            orders = with_lines_of(orders, found["lines"])
        parts.append(with_refunds(orders).drop_columns([name for name in ("refunded",) if name in orders.column_names]))
    if len(parts) < 2:
        return parts[0] if parts else pa.table({})
    orders = pa.concat_tables(parts, promote_options="default")
    return orders.filter(pa.array(_are_first(orders)))


def _are_first(orders: pa.Table) -> Iterator[bool]:
    seen: set[tuple[str, str]] = set()
    for key in zip(orders["buyer"].to_pylist(), orders["order_number"].to_pylist(), strict=True):
        yield key[1] is None or key not in seen
        seen.add(key)


def _finished(orders: pa.Table, customers: Sequence[pa.Table], plan: Plan, notes: list[str]) -> pa.Table:
    if not len(orders):
        return ORDER_SCHEMA.empty_table()
    cancelled = pc.sum(orders["is_cancelled"]).as_py()
    if cancelled:
        notes.append(f"Cancelled orders left out: {cancelled}.")
        orders = orders.filter(pc.invert(orders["is_cancelled"]))
    nothing = pa.nulls(len(orders), pa.string())
    for name in ("country", "customer_name"):
        if name not in orders.column_names:
            orders = orders.append_column(name, nothing)
    orders = with_customers(orders, customers)
    columns = {
        "customer": orders["buyer"],
        "customer_name": pc.coalesce(orders["customer_name"], named(orders["buyer"], plan.options.customer_label)),
        "country": _codes(orders["country"]),
        "order_number": orders["order_number"],
        "ordered_at": orders["ordered_at"],
        "amount": orders["amount"],
        "currency": orders["currency"],
        "is_credit": orders["is_credit"],
    }
    return pa.table(columns).cast(ORDER_SCHEMA)


def named(buyers: pa.ChunkedArray, label: str) -> pa.ChunkedArray:
    """A name for buyers of whom only the number is known, e.g. Customer 17850; words stay as they are."""
    is_number = pc.match_substring_regex(buyers, r"^\PL+$")
    before, _, after = label.partition("{}")
    return pc.if_else(is_number, pc.binary_join_element_wise(before, buyers, after, ""), buyers)


def _codes(countries: pa.ChunkedArray) -> pa.Array:
    """ISO codes of countries; what names no country stays as given."""
    from guanxi.kernel.places import country_code  # reads the names of all countries

    encoded = pa.array(countries.to_pylist(), pa.string()).dictionary_encode()
    codes = [country_code(name) or name for name in encoded.dictionary.to_pylist()]
    return pc.fill_null(pa.array(codes, pa.string()).take(encoded.indices), "")
