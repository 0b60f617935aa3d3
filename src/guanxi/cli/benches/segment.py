"""A rule of five conditions over made-up customers and events: as a segment is refreshed, against hand-written SQL.

Only the work between opened frames and written result is timed.
"""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from guanxi.cli.benches.pairs import LEAST_PAIRS, Answer, Say, alternate, answer_one, summary
from guanxi.cli.benches.tier import compare
from guanxi.engine import connection
from guanxi.segments.compiler import member_query
from guanxi.segments.grammar import read_rule
from guanxi.segments.naming import name_files

AS_OF = date(2026, 1, 1)
MONTHS = 24
TABLES = ("customers", "contacts", "scores", "standings")
RULE: dict[str, Any] = {
    "level": "customer",
    "where": {
        "all": [
            {"field": "country", "op": "any_of", "value": ["DE", "FR", "JP"]},
            {"field": "spend_total", "op": "at_least", "value": 500},
            {
                "event": "email.opened", "op": "at_least", "value": 2, "window": {"last_days": 90},
                "where": [{"property": "verdict", "op": "any_of", "value": ["human"]}],
            },
            {"event": "inquiry.received", "op": "never", "window": {"last_days": 180}},
            {"standing": "abc", "op": "any_of", "value": ["A", "B"], "for_days": 30},
        ]
    },
}  # fmt: skip


def measure(*, customers: int, events: int, pairs: int, say: Say) -> Answer:
    """Medians of alternating pairs; stops the command when the two results differ in a row."""
    with TemporaryDirectory(prefix="guanxi-bench-") as name:
        folder = Path(name)
        say(f"Making {events:,} events of {customers:,} customers")
        make_data(folder, customers=customers, events=events)
        found = alternate(__name__, folder, pairs=max(pairs, LEAST_PAIRS), say=say)
        compare(folder)
        members = _rows(folder / "product.parquet")
    return {"rows": events, "customers": customers, "members": members, **summary(found)}


def make_data(folder: Path, *, customers: int, events: int) -> None:
    """Customers with figures and standings, and two years of events in a file per month; some customers do most."""
    with connection.open_engine() as engine:
        connection.write_parquet(
            engine,
            f"""
SELECT
    i AS customer_id, 'Customer ' || i AS name, CASE WHEN HASH(i) % 5 = 0 THEN 'b2c' ELSE 'b2b' END AS kind,
    ['DE', 'FR', 'JP', 'US', 'MX', 'BR', 'AE', 'GB'][1 + CAST(HASH(i + 7) % 8 AS INTEGER)] AS country
FROM range({customers}) AS numbers (i)
""",
            folder / "customers.parquet",
        )
        connection.write_parquet(
            engine,
            f"""
SELECT i AS customer_id, CAST(EXP(3 + 5 * (HASH(i + 11) % 100003 / 100003.0)) AS DECIMAL(18, 4)) AS spend_total
FROM range({customers}) AS numbers (i)
""",
            folder / "scores.parquet",
        )
        connection.write_parquet(
            engine,
            f"""
SELECT
    i AS customer_id, 'abc' AS scheme, ['A', 'B', 'C', 'C'][1 + CAST(HASH(i + 13) % 4 AS INTEGER)] AS tier,
    DATE '2026-01-01' - CAST(HASH(i + 17) % 400 AS INTEGER) AS since_on
FROM range({customers}) AS numbers (i)
""",
            folder / "standings.parquet",
        )
        for month in range(MONTHS):
            _make_month(engine, folder, month, customers, events // MONTHS)


def _make_month(engine: connection.Engine, folder: Path, month: int, customers: int, events: int) -> None:
    """The rows of one file; the columns are those of the ledger's frame that a rule may look at."""
    first = AS_OF - timedelta(days=30 * (MONTHS - month))
    connection.write_parquet(
        engine,
        f"""
SELECT
    {month * events} + i AS event_id,
    CAST(FLOOR(POW(HASH(i + {month * 31}) % 1000003 / 1000003.0, 1.6) * {customers}) AS BIGINT) AS customer_id,
    CAST(NULL AS BIGINT) AS contact_id,
    ['email.opened', 'email.sent', 'email.clicked', 'page.viewed', 'Product Viewed', 'order.placed',
     'inquiry.received', 'page.viewed'][1 + CAST(HASH(i + {month * 37 + 5}) % 8 AS INTEGER)] AS name,
    ['Lamps', 'Brass', 'Glass', NULL][1 + CAST(HASH(i + 19) % 4 AS INTEGER)] AS category,
    CASE WHEN HASH(i + 23) % 3 = 0 THEN 'machine' ELSE 'human' END AS verdict,
    DATE '{first.isoformat()}' + CAST(HASH(i + 29) % 30 AS INTEGER) AS occurred_on
FROM range({events}) AS numbers (i)
""",
        folder / f"events-{month:02}.parquet",
    )


def _event_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("events-*.parquet"))


def product(folder: Path) -> float:
    names = {name: [str(folder / f"{name}.parquet")] for name in TABLES if name != "contacts"}
    rule = read_rule(RULE)
    with connection.open_engine() as engine:
        start = perf_counter()
        name_files(engine, names | {"events": [str(path) for path in _event_files(folder)]})
        connection.write_parquet(engine, member_query(rule, as_of_on=AS_OF), folder / "product.parquet")
        return perf_counter() - start


def baseline(folder: Path) -> float:
    query = (files("guanxi.cli.benches") / "segment_baseline.sql").read_text(encoding="utf-8")
    values = {
        ":events": f"[{', '.join(connection.quoted(path) for path in _event_files(folder))}]",
        ":customers": connection.quoted(folder / "customers.parquet"),
        ":scores": connection.quoted(folder / "scores.parquet"),
        ":standings": connection.quoted(folder / "standings.parquet"),
        ":out": connection.quoted(folder / "baseline.parquet"),
        ":as_of": f"'{AS_OF}'",
    }
    for name, value in values.items():
        query = query.replace(name, value)
    with connection.open_plain_engine() as engine:
        start = perf_counter()
        engine.execute(query)
        return perf_counter() - start


def _rows(path: Path) -> int:
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "members", path)
        row = connection.one_row(engine, "SELECT COUNT(*) FROM members")
    return int(row[0]) if row else 0


if __name__ == "__main__":
    answer_one(product=product, baseline=baseline)
