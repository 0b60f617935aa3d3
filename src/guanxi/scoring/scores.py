"""Runs the measures over the frames in the engine; no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from guanxi.engine import connection, frames
from guanxi.scoring.measures import MEASURES
from guanxi.scoring.measures.base import IS_ORDER, Measure
from guanxi.scoring.policies import Policy, Returns

MarginReference: TypeAlias = tuple[str, Decimal, date]  # category, percent, as of


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
    others: Mapping[str, Sequence[Path]] | None = None,
    worth: Decimal = Decimal(1),
    rates: Mapping[str, Decimal] | None = None,
    returns: Returns = "net",
) -> None:
    """Make the frames readable as the tables of `engine.frames.TABLES`; raises FrameMismatch without a column.

    `others` are the files of the tables beside orders and customers; those it does not name are there and empty.

    `worth` is what one unit of the frames' currency is worth in the currency of the answer; `rates` are the same for
    the currencies of orders that have no amount in the frames' currency. `returns="ignore"` drops credits and orders of
    nothing, and the customers who have no others.
    """
    files = {**(others or {}), "orders": (orders,), "customers": (customers,)}
    for name, contract in frames.TABLES.items():
        if paths := files.get(name):
            connection.name_parquet(engine, name, *paths)
            frames.check_columns(name, contract, connection.columns_of(engine, name))
        else:
            connection.name_empty(engine, name, contract)
    if worth == 1 and not rates and returns == "net":
        return
    given = "".join(
        f" WHEN '{currency}' THEN amount_given * {_factor(rate)}" for currency, rate in (rates or {}).items()
    )
    amount = f"COALESCE(amount * {_factor(worth)}, CASE currency{given} END)" if given else f"amount * {_factor(worth)}"
    is_kept = f"NOT is_credit AND {IS_ORDER}" if returns == "ignore" else "TRUE"
    engine.execute(f"""
CREATE OR REPLACE VIEW orders AS
SELECT * REPLACE (CAST({amount} AS DECIMAL(18, 4)) AS amount)
FROM read_parquet({connection.quoted(orders)}) WHERE {is_kept}
""")
    if returns == "ignore":
        engine.execute(f"""
CREATE OR REPLACE VIEW customers AS
SELECT * FROM read_parquet({connection.quoted(customers)})
WHERE customer_id NOT IN (
    SELECT customer_id FROM read_parquet({connection.quoted(orders)}) GROUP BY customer_id HAVING NOT BOOL_OR({is_kept})
)
""")


def name_margin_references(engine: connection.Engine, references: Sequence[MarginReference]) -> None:
    """Make the table `margin_references` of these rows."""
    connection.name_empty(engine, "margin_references", frames.MARGIN_REFERENCES)
    if references:
        engine.execute("DROP VIEW margin_references")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in frames.MARGIN_REFERENCES.items())
        engine.execute(f"CREATE OR REPLACE TEMP TABLE margin_references ({columns})")
        connection.append_columns(engine, "margin_references", list(zip(*references, strict=True)))


def _factor(value: Decimal) -> str:
    return f"CAST('{value:f}' AS DECIMAL(20, 12))"


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
