"""Every engine a measure runs on, behind one question: these tables in, these rows out."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from guanxi.engine.connection import Engine, append_columns, name_empty, open_engine, write_parquet
from guanxi.engine.dialects import written_for
from guanxi.engine.frames import TABLES
from guanxi.engine.spark import Spark, name_files, open_spark

GOLDEN = Path(__file__).parents[1] / "golden"
Row = dict[str, Any]
Ask = Callable[[str], dict[int, Row]]
Tables = Mapping[str, Sequence[tuple[Any, ...]]]
OnEngine = Callable[[Tables], AbstractContextManager[Ask]]


def golden(name: str) -> dict[str, Any]:
    """A golden table, its rows complete: what it leaves out of a row is filled in here."""
    found: dict[str, Any] = yaml.safe_load((GOLDEN / f"{name}.yaml").read_text(encoding="utf-8"))
    found["tables"] = {table: _rows(table, *found.get(table, [[]])) for table in TABLES}
    return found


def _rows(table: str, columns: Sequence[str] = (), *rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows in the order of the contract; the first of the list names the columns that it gives."""
    given = [dict(zip(columns, row, strict=True)) for row in rows]
    return [tuple(_filled(table, place, row)[column] for column in TABLES[table]) for place, row in enumerate(given)]


def _filled(table: str, place: int, row: Row) -> Row:
    is_credit = (row.get("amount") or 0) < 0
    fillers: dict[str, Row] = {
        "customers": {"name": "", "country": "", "kind": "unknown"},
        "orders": {"order_id": f"O{place}", "is_credit": is_credit, "is_completed": True},
        "lines": {"is_credit": is_credit, "is_custom": False, "quantity": 1, "category": "", "product_code": ""},
        "events": {"event_id": place, "occurred_at": row.get("occurred_on")},
        "traits": {"trait_id": place},
    }
    return dict.fromkeys(TABLES[table]) | fillers.get(table, {}) | row


@contextmanager
def on_duckdb(tables: Tables) -> Iterator[Ask]:
    with open_engine(threads=1) as engine:
        for name, rows in tables.items():
            fill(engine, name, rows)

        def ask(query: str) -> dict[int, Row]:
            cursor = engine.execute(written_for("duckdb", query))
            columns = [each[0] for each in cursor.description or []]
            return _by_customer(columns, cursor.fetchall())

        yield ask


@contextmanager
def _on_postgres(tables: Tables) -> Iterator[Ask]:
    url = os.environ.get("GUANXI_DATABASE_URL", "")
    if not url.startswith("postgres"):
        pytest.skip("runs where GUANXI_DATABASE_URL names a PostgreSQL")
    import psycopg

    with psycopg.connect(url) as connection:
        for name, rows in tables.items():
            connection.execute(_create(name))
            marks = ", ".join(["%s"] * len(TABLES[name]))
            connection.cursor().executemany(f"INSERT INTO {name} VALUES ({marks})", rows)

        def ask(query: str) -> dict[int, Row]:
            cursor = connection.execute(written_for("postgres", query))
            return _by_customer([each.name for each in cursor.description or []], cursor.fetchall())

        yield ask
        connection.rollback()


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    """A session at the cluster that `make test-spark` starts."""
    master = os.environ.get("GUANXI_SPARK_CLUSTER", "")
    if not master:
        pytest.skip("runs where GUANXI_SPARK_CLUSTER names a Spark cluster (make test-spark)")
    warnings.simplefilter("ignore")  # pyspark's own
    with open_spark(master, settings={"spark.sql.shuffle.partitions": "2"}) as session:
        yield session


@contextmanager
def _on_spark(spark: Spark, folder: Path, tables: Tables) -> Iterator[Ask]:
    """The tables go through Parquet files, as the frames do."""
    files: dict[str, list[Path]] = {}
    with open_engine(threads=1) as engine:
        for name, rows in tables.items():
            if rows:
                fill(engine, name, rows)
                files[name] = [folder / f"{name}.parquet"]
                write_parquet(engine, f"SELECT * FROM {name}", files[name][0])
    name_files(spark, files, TABLES)
    yield lambda query: _by_customer(*spark.rows(query))


@pytest.fixture(
    params=[
        "duckdb",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("spark", marks=pytest.mark.spark),
    ]
)
def on_engine(request: pytest.FixtureRequest, tmp_path: Path) -> OnEngine:
    """Opens one engine over some tables."""
    if request.param == "spark":
        return partial(_on_spark, request.getfixturevalue("spark"), tmp_path)
    return {"duckdb": on_duckdb, "postgres": _on_postgres}[request.param]


def empty_tables(engine: Engine, contracts: Mapping[str, Mapping[str, str]]) -> None:
    """Every table but orders and customers, without rows."""
    for name, contract in contracts.items():
        if name not in {"orders", "customers"}:
            name_empty(engine, name, contract)


def _create(name: str) -> str:
    columns = [f'"{column}" {kind}' for column, kind in TABLES[name].items()]
    return f"CREATE TEMP TABLE {name} ({', '.join(columns)})"


def fill(engine: Engine, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """The table `name` of these rows."""
    engine.execute(_create(name))
    if rows:
        append_columns(engine, name, list(zip(*rows, strict=True)))


def _by_customer(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[int, Row]:
    return {row[0]: {name: _plain(value) for name, value in zip(columns[1:], row[1:], strict=True)} for row in rows}


def _plain(value: Any) -> Any:
    """Numbers and days as a golden table writes them."""
    return value if value is None or isinstance(value, date) else float(value) if isinstance(value, Decimal) else value
