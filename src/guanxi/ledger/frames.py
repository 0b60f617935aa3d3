"""Reads the ledger out into its Parquet frames when its rows have changed (house B0).

Amounts are in the firm's reporting currency, days in its time zone. Orders that are only quoted or cancelled are left
out; those without a rate have no `amount`, only the `amount_given` in their own `currency`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.db import connection
from django.db.models import Count, Max, Q, Sum

from guanxi.engine import frames as contracts
from guanxi.firm.queries import the_firm
from guanxi.kernel.money import NoRate, RateTable
from guanxi.ledger import event_frames
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.frame_columns import (
    MONEY,
    QUANTITY,
    booleans,
    chunks,
    days,
    epoch_days,
    money,
    replace_text,
    schema_of,
    sql_double,
    sql_epoch_day,
    sql_seconds,
    write_table,
)
from guanxi.ledger.models import NOT_ORDERED, Customer, ExchangeRate, Invoice, Order, OrderLine

SHAPE = 3  # of the files; a change here makes all frames stale
COMPLETED = "completed"

ORDERS_SCHEMA = schema_of(contracts.ORDERS, currency=pa.string(), amount_given=MONEY)
CUSTOMERS_SCHEMA = schema_of(contracts.CUSTOMERS)
LINES_SCHEMA = schema_of(contracts.LINES)
INVOICES_SCHEMA = schema_of(contracts.INVOICES)
TRAITS_SCHEMA = schema_of(contracts.TRAITS)

# Nothing is worth nothing in any currency.
_PRICED = "CASE WHEN o.amount = 0 THEN 0 ELSE o.amount_reporting END"
_COUNTED = "o.stage NOT IN ('quoted', 'cancelled')"
# What a line cost follows the sign of what it brought: a return takes both back.
_COST = "CASE WHEN o.kind = 'credit' THEN -ABS(l.cost) ELSE l.cost END * o.rate"


@dataclass(frozen=True, slots=True)
class Frames:
    """Where the files lie. `fingerprint` changes when their rows do."""

    orders: Path
    customers: Path
    lines: Path
    invoices: Path
    traits: Path
    events: tuple[Path, ...]
    fingerprint: str

    @property
    def others(self) -> dict[str, tuple[Path, ...]]:
        """The files beside orders and customers, by table; what `scoring.scores.name_frames` takes."""
        return {
            "lines": (self.lines,), "invoices": (self.invoices,), "traits": (self.traits,), "events": self.events,
        }  # fmt: skip


def refresh(*, folder: Path, now: datetime) -> Frames:
    """The frames in `folder`; each one whose rows have changed since the last time is written anew."""
    zone = the_firm().zone
    sources: dict[str, tuple[pa.Schema, Callable[[], Iterator[pa.Table]]]] = {
        "customers": (CUSTOMERS_SCHEMA, _customers),
        "orders": (ORDERS_SCHEMA, lambda: _orders(zone)),
        "lines": (LINES_SCHEMA, lambda: _lines(zone)),
        "invoices": (INVOICES_SCHEMA, _invoices),
        "traits": (TRAITS_SCHEMA, _traits),
    }
    marks, mark_file = _marks(), folder / "frames.json"
    before = _marked(mark_file)
    paths = {name: folder / f"{name}.parquet" for name in sources}
    folder.mkdir(parents=True, exist_ok=True)
    for name, (schema, tables) in sources.items():
        if before.get(name) != marks[name] or not paths[name].exists():
            write_table(paths[name], schema, tables())
    is_same_clock = before.get("clock") == marks["clock"]
    events = event_frames.refresh(
        folder=folder / "events", zone=zone, marks=marks["events"], before=before["events"] if is_same_clock else {}
    )
    if before != marks:
        replace_text(mark_file, json.dumps(marks | {"written_at": now.isoformat()}))
    return Frames(**paths, events=tuple(events), fingerprint=_fingerprint(marks))


def _fingerprint(marks: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(marks, sort_keys=True).encode()).hexdigest()


def _marks() -> dict[str, Any]:
    """What the rows of each frame look like from afar: counts, highest ids, latest changes, sums."""
    firm = the_firm()
    orders = Order.objects.aggregate(
        count=Count("id"), top=Max("id"), changed=Max("updated_at"), amount=Sum("amount_reporting"),
        out=Count("id", filter=Q(stage__in=NOT_ORDERED)), completed=Count("id", filter=Q(stage=COMPLETED)),
        credits=Count("id", filter=Q(kind="credit")), owners=Sum("customer_id"),
    )  # fmt: skip
    customers = Customer.objects.current().aggregate(count=Count("id"), top=Max("id"), changed=Max("updated_at"))
    lines = OrderLine.objects.aggregate(count=Count("id"), top=Max("id"))
    rates = ExchangeRate.objects.aggregate(count=Count("id"), top=Max("id"), values=Sum("value"))
    invoices = Invoice.objects.aggregate(
        count=Count("id"), top=Max("id"), amount=Sum("amount"), owners=Sum("customer_id")
    )
    clock = [SHAPE, firm.reporting_currency, firm.time_zone]
    found = {
        "clock": clock,
        "customers": [SHAPE, *customers.values()],
        "orders": [*clock, *orders.values()],
        "lines": [*clock, *orders.values(), *lines.values()],
        "invoices": [*clock, *invoices.values(), *_invoice_days(), *rates.values()],
        "traits": [SHAPE, *_trait_marks()],
        "events": event_frames.marks(),
    }
    # As the file gives them back, so that both can be compared.
    marks: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return marks


def _invoice_days() -> list[Any]:
    days_of = [f"SUM({sql_epoch_day(column)})" for column in ("issued_on", "due_on", "paid_on")]
    return _sums("ledger_invoice", ["COUNT(paid_on)", *days_of])


def _trait_marks() -> list[Any]:
    days_of = [f"SUM({sql_epoch_day(column)})" for column in ("since_on", "until_on")]
    yes = "SUM(CASE WHEN value THEN 1 ELSE 0 END)"
    return _sums("ledger_trait", ["COUNT(*)", "MAX(id)", "MAX(set_at)", "SUM(customer_id)", yes, *days_of])


def _sums(table: str, expressions: list[str]) -> list[Any]:
    statement = f"SELECT {', '.join(expressions)} FROM {table}"
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchone() or ())


def _marked(mark_file: Path) -> dict[str, Any]:
    try:
        marks = dict(json.loads(mark_file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        marks = {}
    marks.pop("written_at", None)
    return {"events": {}} | marks


def _customers() -> Iterator[pa.Table]:
    statement = f"""
        SELECT id, name, country, kind, {sql_epoch_day("cooperation_since")}
        FROM ledger_customer WHERE merged_into_id IS NULL ORDER BY id
    """
    for key, name, country, kind, since in chunks(statement):
        yield pa.table([key, name, country, kind, epoch_days(since)], schema=CUSTOMERS_SCHEMA)


def _orders(zone: ZoneInfo) -> Iterator[pa.Table]:
    statement = f"""
        SELECT o.customer_id, CAST(o.id AS VARCHAR(20)), {sql_seconds("o.placed_at")}, {sql_double(_PRICED)},
               o.kind = 'credit', o.stage = '{COMPLETED}', o.currency, {sql_double("o.amount")}
        FROM ledger_order o WHERE {_COUNTED} ORDER BY o.id
    """
    for customer, order, seconds, amount, is_credit, is_completed, currency, given in chunks(statement):
        yield pa.table(
            [customer, order, days(seconds, zone), money(amount), booleans(is_credit), booleans(is_completed),
             currency, money(given)],
            schema=ORDERS_SCHEMA,
        )  # fmt: skip


def _lines(zone: ZoneInfo) -> Iterator[pa.Table]:
    statement = f"""
        SELECT o.customer_id, CAST(o.id AS VARCHAR(20)), {sql_seconds("o.placed_at")}, l.product_code, l.product_name,
               l.category, {sql_double("l.quantity")}, {sql_double("l.amount * o.rate")}, {sql_double(_COST)},
               o.kind = 'credit', l.is_custom
        FROM ledger_order o JOIN ledger_orderline l ON l.order_id = o.id
        WHERE {_COUNTED} AND o.rate IS NOT NULL ORDER BY o.id, l.position
    """
    for customer, order, seconds, code, name, category, quantity, amount, cost, is_credit, is_custom in chunks(
        statement
    ):
        yield pa.table(
            [customer, order, days(seconds, zone), code, name, category, money(quantity, QUANTITY), money(amount),
             money(cost), booleans(is_credit), booleans(is_custom)],
            schema=LINES_SCHEMA,
        )  # fmt: skip


def _invoices() -> Iterator[pa.Table]:
    into = the_firm().reporting_currency
    currencies = Invoice.objects.values_list("currency", flat=True).distinct()
    rates = ledger_queries.rate_table(into, currencies)
    statement = f"""
        SELECT customer_id, {sql_epoch_day("issued_on")}, {sql_epoch_day("due_on")}, {sql_epoch_day("paid_on")},
               currency, {sql_double("amount")}
        FROM ledger_invoice ORDER BY id
    """
    for customer, issued, due, paid, currency, amount in chunks(statement):
        worth = [_worth(rates, *each) for each in zip(currency, issued, amount, strict=True)]
        yield pa.table(
            [customer, epoch_days(issued), epoch_days(due), epoch_days(paid), money(worth)], schema=INVOICES_SCHEMA
        )


def _worth(rates: RateTable, currency: str, issued: int, amount: float) -> float | None:
    """In the reporting currency at the rate of the issue day; None without a rate."""
    try:
        rate = rates.rate_for(currency, date(1970, 1, 1) + timedelta(days=issued))
    except NoRate:
        return None
    return amount * float(rate.value)


def _traits() -> Iterator[pa.Table]:
    statement = f"""
        SELECT id, customer_id, name, value, {sql_epoch_day("since_on")}, {sql_epoch_day("until_on")},
               {sql_seconds("set_at")}
        FROM ledger_trait ORDER BY id
    """
    for key, customer, name, value, since, until, seconds in chunks(statement):
        set_at = pa.array(seconds, pa.int64()).cast(pa.timestamp("s")).cast(pa.timestamp("us"))
        yield pa.table(
            [key, customer, name, booleans(value), epoch_days(since), epoch_days(until), set_at], schema=TRAITS_SCHEMA
        )
