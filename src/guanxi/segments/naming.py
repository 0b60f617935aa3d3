"""Makes the fact tables readable in an engine under their names; no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from guanxi.engine import connection
from guanxi.segments.registry import FIELDS
from guanxi.segments.tables import MEASURED, TABLES

TYPES = {"money": "DECIMAL(18,4)", "number": "DOUBLE", "flag": "INTEGER", "date": "DATE"}


def name_files(engine: connection.Engine, files: Mapping[str, Sequence[str]]) -> None:
    """Name every table but `memberships`; one without a file is there and empty."""
    for name, contract in TABLES.items():
        paths = [Path(path) for path in files.get(name, ())]
        if name == "memberships":
            continue
        if paths:
            connection.name_parquet(engine, name, *paths)
        else:
            connection.name_empty(engine, name, contract)
    for name in MEASURED:
        name_measured(engine, name, [Path(path) for path in files.get(name, ())])


def name_measured(engine: connection.Engine, name: str, paths: Sequence[Path]) -> None:
    """The scores or predictions with every column of the registry; one that a run did not find is empty."""
    wanted = {field.column: TYPES[field.kind] for field in FIELDS.values() if field.table == name}
    if not paths:
        connection.name_empty(engine, name, {"customer_id": "BIGINT", **wanted})
        return
    found = f"found_{name}"
    connection.name_parquet(engine, found, *paths)
    there = set(connection.columns_of(engine, found))
    columns = [column if column in there else f"CAST(NULL AS {kind}) AS {column}" for column, kind in wanted.items()]
    engine.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT customer_id, {', '.join(columns)} FROM {found}")
