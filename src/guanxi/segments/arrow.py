"""The fact tables as Arrow, for the engine and for Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from guanxi.engine import connection
from guanxi.segments.tables import TABLES

TYPES = {
    "BIGINT": pa.int64(), "INTEGER": pa.int32(), "VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    "DOUBLE": pa.float64(), "DECIMAL(18,4)": pa.decimal128(18, 4),
}  # fmt: skip


def schema_of(table: str) -> pa.Schema:
    return pa.schema({name: TYPES[kind] for name, kind in TABLES[table].items()})


def arrow_table(table: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The rows of a fact table; a column that a row lacks is empty."""
    schema = schema_of(table)
    held = list(rows)
    return pa.table({name: pa.array([row.get(name) for row in held], schema.field(name).type) for name in schema.names})


def name_rows(engine: connection.Engine, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Make the rows readable under the name of the table."""
    engine.register(table, arrow_table(table, rows))
