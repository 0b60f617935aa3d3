"""RFM with quintiles over synthetic orders: the measure as `guanxi tier` runs it, against hand-written SQL.

Each measurement is a process of its own, so that memory and caches are its own; only the work between opened frames
and written result is timed. Run as a module it makes one measurement: `python -m guanxi.cli.benches.tier product DIR`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from guanxi.cli.failure import fail
from guanxi.engine import connection
from guanxi.scoring import scores
from guanxi.scoring.measures import MEASURES
from guanxi.scoring.policies import Policy

POLICY = Policy(date(2026, 1, 1))
RFM = MEASURES[:1]
LEAST_PAIRS = 5
SIDES = ("product", "baseline")


def measure(*, customers: int, orders: int, pairs: int, say: Callable[[str], None]) -> dict[str, float]:
    """Medians of alternating pairs; stops the command when the two results differ in a row."""
    with TemporaryDirectory(prefix="guanxi-bench-") as name:
        folder = Path(name)
        say(f"Making {orders:,} orders of {customers:,} customers")
        make_data(folder, customers=customers, orders=orders)
        found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
        for pair in range(max(pairs, LEAST_PAIRS)):
            # The side that goes first alternates too, so that neither always finds the files warm.
            for side in SIDES if pair % 2 == 0 else reversed(SIDES):
                found[side].append(_in_a_process(side, folder))
            say(f"Pair {pair + 1}: " + ", ".join(f"{side} {found[side][-1]['seconds']:.2f} s" for side in SIDES))
        compare(folder)
    seconds, baseline = (median(each["seconds"] for each in found[side]) for side in SIDES)
    return {
        "rows": orders,
        "customers": customers,
        "pairs": max(pairs, LEAST_PAIRS),
        "seconds": round(seconds, 4),
        "baseline_seconds": round(baseline, 4),
        "ratio": round(seconds / baseline, 4),
        "peak_mb": round(max(each["peak_mb"] for each in found["product"]), 1),
    }


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


def peak_mb() -> float:
    """The most memory this process has held, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _in_a_process(side: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "guanxi.cli.benches.tier", side, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        fail(f"the {side} side of the bench broke: {done.stderr.strip().splitlines()[-1:]}")
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


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
    run = {"product": product, "baseline": baseline}[sys.argv[1]]
    taken = run(Path(sys.argv[2]))
    print(json.dumps({"seconds": taken, "peak_mb": peak_mb()}))
