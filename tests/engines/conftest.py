"""Every engine a measure runs on, behind one question: these orders in, these rows out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from guanxi.engine.connection import open_engine
from guanxi.engine.dialects import written_for
from guanxi.engine.frames import CUSTOMERS, ORDERS

GOLDEN = Path(__file__).parents[1] / "golden"
Ask = Callable[[str], dict[int, list[Any]]]


@pytest.fixture
def golden() -> dict[str, Any]:
    return yaml.safe_load((GOLDEN / "rfm.yaml").read_text(encoding="utf-8"))


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def ask(request: pytest.FixtureRequest, golden: dict[str, Any]) -> Iterator[Ask]:
    """Runs a measure's query on one engine over the golden orders; rows by customer."""
    orders = [
        (customer, f"O{place}", day, amount, amount < 0)
        for place, (customer, day, amount) in enumerate(golden["orders"])
    ]
    customers = [(key, name, "", "unknown") for key, name in golden["customers"].items()]
    run = {"duckdb": _on_duckdb, "postgres": _on_postgres}[request.param]
    yield from run({"orders": (ORDERS, orders), "customers": (CUSTOMERS, customers)})


Tables = dict[str, tuple[dict[str, str], Sequence[tuple[Any, ...]]]]


def _on_duckdb(tables: Tables) -> Iterator[Ask]:
    with open_engine() as engine:
        for name, (contract, rows) in tables.items():
            engine.execute(_create(name, contract))
            engine.executemany(_insert(name, contract, "?"), rows)
        yield lambda query: _by_customer(engine.execute(written_for("duckdb", query)).fetchall())


def _on_postgres(tables: Tables) -> Iterator[Ask]:
    url = os.environ.get("GUANXI_DATABASE_URL", "")
    if not url.startswith("postgres"):
        pytest.skip("runs where GUANXI_DATABASE_URL names a PostgreSQL")
    import psycopg

    with psycopg.connect(url) as connection:
        for name, (contract, rows) in tables.items():
            connection.execute(_create(name, contract))
            connection.cursor().executemany(_insert(name, contract, "%s"), rows)
        yield lambda query: _by_customer(connection.execute(written_for("postgres", query)).fetchall())
        connection.rollback()


def _create(name: str, contract: dict[str, str]) -> str:
    return f"CREATE TEMP TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in contract.items())})"


def _insert(name: str, contract: dict[str, str], mark: str) -> str:
    return f"INSERT INTO {name} VALUES ({', '.join([mark] * len(contract))})"


def _by_customer(rows: Sequence[tuple[Any, ...]]) -> dict[int, list[Any]]:
    return {row[0]: list(row[1:]) for row in rows}
