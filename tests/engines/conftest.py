"""Every engine a measure runs on, behind one question: these tables in, these rows out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from guanxi.engine.connection import open_engine
from guanxi.engine.dialects import written_for
from guanxi.engine.frames import TABLES

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
def _on_duckdb(tables: Tables) -> Iterator[Ask]:
    with open_engine(threads=1) as engine:
        for name, rows in tables.items():
            engine.execute(_create(name))
            if rows:
                engine.executemany(_insert(name, "?"), list(rows))

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
            connection.cursor().executemany(_insert(name, "%s"), rows)

        def ask(query: str) -> dict[int, Row]:
            cursor = connection.execute(written_for("postgres", query))
            return _by_customer([each.name for each in cursor.description or []], cursor.fetchall())

        yield ask
        connection.rollback()


ENGINES: dict[str, OnEngine] = {"duckdb": _on_duckdb, "postgres": _on_postgres}


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def on_engine(request: pytest.FixtureRequest) -> OnEngine:
    """Opens one engine over some tables."""
    return ENGINES[request.param]


def _create(name: str) -> str:
    columns = [f'"{column}" {kind}' for column, kind in TABLES[name].items()]
    return f"CREATE TEMP TABLE {name} ({', '.join(columns)})"


def _insert(name: str, mark: str) -> str:
    return f"INSERT INTO {name} VALUES ({', '.join([mark] * len(TABLES[name]))})"


def _by_customer(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[int, Row]:
    return {row[0]: {name: _plain(value) for name, value in zip(columns[1:], row[1:], strict=True)} for row in rows}


def _plain(value: Any) -> Any:
    """Numbers and days as a golden table writes them."""
    return value if value is None or isinstance(value, date) else float(value) if isinstance(value, Decimal) else value
