"""Runs the measures over the frames in the engine; no database."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from guanxi.engine import connection, frames
from guanxi.scoring.measures import MEASURES
from guanxi.scoring.measures.base import Measure
from guanxi.scoring.policies import Policy, Returns


def scores_query(policy: Policy, measures: Sequence[Measure] = MEASURES) -> str:
    """One row per customer with the figures of all `measures`."""
    first, *others = measures
    columns = [f"{first.name}.*"] + [f"{each.name}.{figure}" for each in others for figure in each.figures]
    joins = [f"LEFT JOIN ({each.query(policy)}) AS {each.name} USING (customer_id)" for each in others]
    return f"SELECT {', '.join(columns)} FROM ({first.query(policy)}) AS {first.name} {' '.join(joins)}"


def name_frames(
    engine: connection.Engine,
    *,
    orders: Path,
    customers: Path,
    worth: Decimal = Decimal(1),
    returns: Returns = "net",
) -> None:
    """Make the frames readable as tables `orders` and `customers`; raises FrameMismatch when a column is missing.

    `worth` is what one unit of the frames' currency is worth in the currency of the answer.
    """
    for name, path, contract in (
        ("orders", orders, frames.ORDERS),
        ("customers", customers, frames.CUSTOMERS),
    ):
        connection.name_parquet(engine, name, path)
        frames.check_columns(name, contract, connection.columns_of(engine, name))
    if worth == 1 and returns == "net":
        return
    kept = "WHERE NOT is_credit AND amount > 0" if returns == "ignore" else ""
    engine.execute(f"""
CREATE OR REPLACE VIEW orders AS
SELECT * REPLACE (CAST(amount * CAST('{worth:f}' AS DECIMAL(20, 12)) AS DECIMAL(18, 4)) AS amount)
FROM read_parquet({connection.quoted(orders)}) {kept}
""")


def tell_customers_apart(engine: connection.Engine) -> None:
    """Give customers who share a name their number behind it."""
    engine.execute("""
CREATE OR REPLACE TEMP TABLE customers AS
SELECT
    * REPLACE (CASE WHEN COUNT(*) OVER (PARTITION BY name) > 1 THEN name || ' #' || customer_id ELSE name END AS name),
    CAST(NULL AS VARCHAR) AS customer_name
FROM customers
""")


def write_scores(
    engine: connection.Engine, *, policy: Policy, path: Path, measures: Sequence[Measure] = MEASURES
) -> None:
    """Compute the scores of the tables `orders` and `customers` and keep them as a Parquet file."""
    connection.write_parquet(engine, scores_query(policy, measures), path)


def name_scores(engine: connection.Engine, *, policy: Policy, measures: Sequence[Measure] = MEASURES) -> None:
    """Compute the scores of the tables `orders` and `customers` as the table `scores`."""
    engine.execute(f"CREATE OR REPLACE TEMP TABLE scores AS {scores_query(policy, measures)}")
