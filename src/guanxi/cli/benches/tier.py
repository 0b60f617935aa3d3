"""RFM with quintiles over synthetic orders: the measure as `guanxi tier` runs it, against hand-written SQL.

Only the work between opened frames and written result is timed.
"""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from guanxi.cli.benches.pairs import LEAST_PAIRS, SIDES, Answer, Say, alternate, answer_one, summary
from guanxi.cli.failure import fail
from guanxi.engine import connection
from guanxi.scoring import scores
from guanxi.scoring.measures import MEASURES
from guanxi.scoring.policies import Policy

POLICY = Policy(date(2026, 1, 1))
RFM = MEASURES[:1]


def measure(*, customers: int, orders: int, pairs: int, say: Say) -> Answer:
    """Medians of alternating pairs; stops the command when the two results differ in a row."""
    with TemporaryDirectory(prefix="guanxi-bench-") as name:
        folder = Path(name)
        say(f"Making {orders:,} orders of {customers:,} customers")
        make_data(folder, customers=customers, orders=orders)
        found = alternate(__name__, folder, pairs=max(pairs, LEAST_PAIRS), say=say)
        compare(folder)
    return {"rows": orders, "customers": customers, **summary(found)}


def make_data(folder: Path, *, customers: int, orders: int) -> None:
    """Orders of three years; few customers buy much and most little, one customer in a hundred never, some return."""
    with connection.open_engine() as engine:
        connection.write_parquet(
            engine,
            "SELECT i AS customer_id, 'Customer ' || i AS name, 'DE' AS country, 'b2b' AS kind, "
            "CAST(NULL AS DATE) AS cooperation_since "
            f"FROM range({customers}) AS numbers (i)",
            folder / "customers.parquet",
        )
        connection.write_parquet(
            engine,
            f"""
SELECT
    CAST(FLOOR(POW(HASH(i) % 1000003 / 1000003.0, 1.6) * {max(1, int(customers * 0.99))}) AS BIGINT) AS customer_id,
    'O' || i AS order_id,
    DATE '2023-01-01' + CAST(HASH(i + 1000000007) % 1095 AS INTEGER) AS ordered_on,
    CAST(
        CASE WHEN HASH(i + 2000000011) % 50 = 0 THEN -0.5 ELSE 1 END
        * EXP(3 + 4 * (HASH(i + 3000000019) % 100003 / 100003.0)) AS DECIMAL(18, 4)
    ) AS amount,
    HASH(i + 2000000011) % 50 = 0 AS is_credit,
    TRUE AS is_completed
FROM range({orders}) AS numbers (i)
""",
            folder / "orders.parquet",
        )


def product(folder: Path) -> float:
    with connection.open_engine() as engine:
        start = perf_counter()
        scores.name_frames(engine, orders=folder / "orders.parquet", customers=folder / "customers.parquet")
        scores.write_scores(engine, policy=POLICY, path=folder / "product.parquet", measures=RFM)
        return perf_counter() - start


def baseline(folder: Path) -> float:
    query = (files("guanxi.cli.benches") / "tier_baseline.sql").read_text(encoding="utf-8")
    values = {
        ":orders": connection.quoted(folder / "orders.parquet"),
        ":customers": connection.quoted(folder / "customers.parquet"),
        ":out": connection.quoted(folder / "baseline.parquet"),
        ":as_of": f"'{POLICY.as_of_on}'",
        ":window_days": str(POLICY.window_days),
    }
    for name, value in values.items():
        query = query.replace(name, value)
    with connection.open_plain_engine() as engine:
        start = perf_counter()
        engine.execute(query)
        return perf_counter() - start


def compare(folder: Path) -> None:
    """Stops the command when the results of the two sides differ in any row."""
    with connection.open_engine() as engine:
        for side in SIDES:
            connection.name_parquet(engine, side, folder / f"{side}.parquet")
        columns = ", ".join(connection.columns_of(engine, "product"))
        sides = [f"SELECT {columns} FROM {side}" for side in SIDES]
        row = connection.one_row(
            engine,
            f"SELECT (SELECT COUNT(*) FROM ({sides[0]} EXCEPT ALL {sides[1]})) "
            f"+ (SELECT COUNT(*) FROM ({sides[1]} EXCEPT ALL {sides[0]}))",
        )
    if row is None or row[0]:
        fail(f"the results differ in {row[0] if row else 'all'} rows; the bench says nothing.")


if __name__ == "__main__":
    answer_one(product=product, baseline=baseline)
