"""The fact tables as Arrow, for the engine and for Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa

from guanxi.segments.holding import Row
from guanxi.segments.tables import TABLES

ROWS_AT_ONCE = 50_000
TYPES = {
    "BIGINT": pa.int64(), "INTEGER": pa.int32(), "VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    "DOUBLE": pa.float64(), "DECIMAL(18,4)": pa.decimal128(18, 4),
}  # fmt: skip


def schema_of(table: str) -> pa.Schema:
    return pa.schema({name: TYPES[kind] for name, kind in TABLES[table].items()})


def whole(table: str, rows: Iterable[Row]) -> pa.Table:
    """The rows of a fact table; a column that a row lacks is empty."""
    schema, held = schema_of(table), list(rows)
    return pa.table({name: pa.array([row.get(name) for row in held], schema.field(name).type) for name in schema.names})


def in_chunks(table: str, rows: Iterable[Row]) -> Iterator[pa.Table]:
    """The same, some thousand rows at a time."""
    held = iter(rows)
    while batch := list(islice(held, ROWS_AT_ONCE)):
        yield whole(table, batch)
