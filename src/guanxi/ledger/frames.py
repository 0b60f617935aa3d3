"""Reads customers, orders and order lines out into their Parquet frames when their rows have changed (house B0).

Amounts are in the firm's reporting currency, days in its time zone. Orders that are only quoted or cancelled are left
out; those without a rate have no `amount`, only the `amount_given` in their own `currency`.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection
from django.db.models import Count, Max, Q, Sum

from guanxi.firm.queries import the_firm
from guanxi.ledger.models import Customer, Order, OrderLine

SHAPE = 2  # of the files; a change here makes all frames stale
ROWS_AT_ONCE = 50_000
QUARTER_OF_AN_HOUR = 900  # seconds: no time zone changes its offset in between
NOT_ORDERED = ("quoted", "cancelled")
MONEY = pa.decimal128(18, 4)

ORDERS_SCHEMA = pa.schema({
    "customer_id": pa.int64(), "order_id": pa.string(), "ordered_on": pa.date32(), "amount": MONEY,
    "is_credit": pa.bool_(), "currency": pa.string(), "amount_given": MONEY,
})  # fmt: skip
CUSTOMERS_SCHEMA = pa.schema({
    "customer_id": pa.int64(), "name": pa.string(), "country": pa.string(), "kind": pa.string(),
})  # fmt: skip
LINES_SCHEMA = pa.schema({
    "customer_id": pa.int64(), "order_id": pa.string(), "ordered_on": pa.date32(), "product_code": pa.string(),
    "product_name": pa.string(), "category": pa.string(), "quantity": pa.decimal128(16, 4), "amount": MONEY,
    "is_credit": pa.bool_(),
})  # fmt: skip

# Money comes as a double: fifteen digits are exact, and both databases and Arrow read it in bulk.
_DOUBLE = "CAST({} AS DOUBLE PRECISION)"
_SECONDS = {
    "sqlite": "CAST(strftime('%s', {}) AS INTEGER)",
    "postgresql": "CAST(EXTRACT(EPOCH FROM {}) AS BIGINT)",
}
# Nothing is worth nothing in any currency.
_PRICED = "CASE WHEN o.amount = 0 THEN 0 ELSE o.amount_reporting END"
_COUNTED = "o.stage NOT IN ('quoted', 'cancelled')"


@dataclass(frozen=True, slots=True)
class Frames:
    """Where the files lie. `fingerprint` changes when their rows do."""

    orders: Path
    customers: Path
    lines: Path
    fingerprint: str


def refresh(*, folder: Path, now: datetime) -> Frames:
    """The frames in `folder`, written anew when any row has changed since `now` of the last time."""
    fingerprint = _fingerprint()
    paths = {name: folder / f"{name}.parquet" for name in ("orders", "customers", "lines")}
    mark = folder / "frames.json"
    if not (all(path.exists() for path in paths.values()) and _marked(mark) == fingerprint):
        folder.mkdir(parents=True, exist_ok=True)
        zone = ZoneInfo(the_firm().time_zone)
        _write(paths["customers"], CUSTOMERS_SCHEMA, _customers())
        _write(paths["orders"], ORDERS_SCHEMA, _orders(zone))
        _write(paths["lines"], LINES_SCHEMA, _lines(zone))
        _replace(mark, json.dumps({"fingerprint": fingerprint, "written_at": now.isoformat()}).encode())
    return Frames(**paths, fingerprint=fingerprint)


def _fingerprint() -> str:
    """What the rows look like from afar: counts, highest ids, latest changes, sums."""
    firm = the_firm()
    orders = Order.objects.aggregate(
        count=Count("id"), top=Max("id"), changed=Max("updated_at"), amount=Sum("amount_reporting"),
        out=Count("id", filter=Q(stage__in=NOT_ORDERED)), credits=Count("id", filter=Q(kind="credit")),
        owners=Sum("customer_id"),
    )  # fmt: skip
    customers = Customer.objects.current().aggregate(count=Count("id"), top=Max("id"), changed=Max("updated_at"))
    lines = OrderLine.objects.aggregate(top=Max("id"))
    seen = [SHAPE, firm.reporting_currency, firm.time_zone, *orders.values(), *customers.values(), *lines.values()]
    return hashlib.sha256(json.dumps(seen, default=str).encode()).hexdigest()


def _marked(mark: Path) -> str:
    try:
        return str(json.loads(mark.read_text())["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _customers() -> Iterator[pa.Table]:
    statement = "SELECT id, name, country, kind FROM ledger_customer WHERE merged_into_id IS NULL ORDER BY id"
    for columns in _chunks(statement):
        yield pa.table(list(columns), schema=CUSTOMERS_SCHEMA)


def _orders(zone: ZoneInfo) -> Iterator[pa.Table]:
    statement = f"""
        SELECT o.customer_id, CAST(o.id AS VARCHAR(20)), {_seconds("o.placed_at")},
               {_DOUBLE.format(_PRICED)}, o.kind = 'credit', o.currency, {_DOUBLE.format("o.amount")}
        FROM ledger_order o WHERE {_COUNTED} ORDER BY o.id
    """
    for customer, order, seconds, amount, is_credit, currency, given in _chunks(statement):
        yield pa.table(
            [customer, order, _days(seconds, zone), _money(amount), _booleans(is_credit), currency, _money(given)],
            schema=ORDERS_SCHEMA,
        )


def _lines(zone: ZoneInfo) -> Iterator[pa.Table]:
    statement = f"""
        SELECT o.customer_id, CAST(o.id AS VARCHAR(20)), {_seconds("o.placed_at")}, l.product_code, l.product_name,
               l.category, {_DOUBLE.format("l.quantity")}, {_DOUBLE.format("l.amount * o.rate")}, o.kind = 'credit'
        FROM ledger_order o JOIN ledger_orderline l ON l.order_id = o.id
        WHERE {_COUNTED} AND o.rate IS NOT NULL ORDER BY o.id, l.position
    """
    for customer, order, seconds, code, name, category, quantity, amount, is_credit in _chunks(statement):
        yield pa.table(
            [customer, order, _days(seconds, zone), code, name, category, _money(quantity, pa.decimal128(16, 4)),
             _money(amount), _booleans(is_credit)],
            schema=LINES_SCHEMA,
        )  # fmt: skip


def _seconds(column: str) -> str:
    return _SECONDS[connection.vendor].format(column)


def _chunks(statement: str) -> Iterator[Sequence[Sequence[Any]]]:
    """The columns of some thousand rows at a time, streamed by either database."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield list(zip(*rows, strict=True))


def _money(column: Sequence[float], target: pa.DataType = MONEY) -> pa.Array:
    return pc.round(pa.array(column, pa.float64()), target.scale).cast(target)


def _booleans(column: Sequence[Any]) -> pa.Array:
    return pa.array(map(bool, column), pa.bool_())


def _days(column: Sequence[int], zone: ZoneInfo) -> pa.Array:
    """Unix seconds as calendar days of `zone`."""
    seconds = pa.array(column, pa.int64())
    quarters = pc.divide(seconds, QUARTER_OF_AN_HOUR).dictionary_encode()
    offsets = pa.array([_offset(quarter, zone) for quarter in quarters.dictionary.to_pylist()], pa.int64())
    local = pc.add(seconds, offsets.take(quarters.indices))
    return pc.floor(pc.divide(local.cast(pa.float64()), 86_400.0)).cast(pa.int32()).cast(pa.date32())


@lru_cache(maxsize=500_000)
def _offset(quarter: int, zone: ZoneInfo) -> int:
    moment = datetime.fromtimestamp(quarter * QUARTER_OF_AN_HOUR, UTC).astimezone(zone)
    offset = moment.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _write(path: Path, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
    """Write `path` whole or not at all: a reader sees the old file or the new one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with pq.ParquetWriter(draft, schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_bytes(content)
    os.replace(draft, path)
