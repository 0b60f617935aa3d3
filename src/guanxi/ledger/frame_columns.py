"""Columns of the database as columns of Arrow: days of a zone, money, truth; read some thousand rows at a time."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection

ROWS_AT_ONCE = 50_000
QUARTER_OF_AN_HOUR = 900  # seconds: no time zone changes its offset in between
MONEY = pa.decimal128(18, 4)
QUANTITY = pa.decimal128(16, 4)
# The types of `engine.frames` as Arrow has them.
TYPES = {
    "BIGINT": pa.int64(), "INTEGER": pa.int32(), "VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"), "DECIMAL(18,4)": MONEY, "DECIMAL(16,4)": QUANTITY,
    "DECIMAL(6,2)": pa.decimal128(6, 2),
}  # fmt: skip

_SECONDS = {
    "sqlite": "CAST(strftime('%s', {}) AS INTEGER)",
    "postgresql": "CAST(EXTRACT(EPOCH FROM {}) AS BIGINT)",
}
_DAYS = {
    "sqlite": "CAST(julianday({}) - 2440587.5 AS INTEGER)",
    "postgresql": "({} - DATE '1970-01-01')",
}


def schema_of(contract: dict[str, str], **more: pa.DataType) -> pa.Schema:
    """The Arrow schema of a contract of `engine.frames`, and columns beyond it."""
    return pa.schema({**{name: TYPES[kind] for name, kind in contract.items()}, **more})


def sql_seconds(column: str) -> str:
    """Unix seconds of a moment, in the words of the database in use."""
    return _SECONDS[connection.vendor].format(column)


def sql_epoch_day(column: str) -> str:
    """Days since 1970 of a date, in the words of the database in use."""
    return _DAYS[connection.vendor].format(column)


def sql_double(column: str) -> str:
    """Money comes as a double: fifteen digits are exact, and both databases and Arrow read it in bulk."""
    return f"CAST({column} AS DOUBLE PRECISION)"


def chunks(statement: str) -> Iterator[Sequence[Sequence[Any]]]:
    """The columns of some thousand rows at a time, streamed by either database."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield list(zip(*rows, strict=True))


def money(column: Sequence[float | None], target: pa.DataType = MONEY) -> pa.Array:
    return pc.round(pa.array(column, pa.float64()), target.scale).cast(target)


def booleans(column: Sequence[Any]) -> pa.Array:
    return pa.array(map(bool, column), pa.bool_())


def epoch_days(column: Sequence[int | None]) -> pa.Array:
    return pa.array(column, pa.int32()).cast(pa.date32())


def days(column: Sequence[int], zone: ZoneInfo) -> pa.Array:
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


def write_table(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write `path` whole or not at all: a reader sees the old file or the new one."""
    draft = draft_of(path)
    try:
        with pq.ParquetWriter(draft, schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    draft = draft_of(path)
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")
