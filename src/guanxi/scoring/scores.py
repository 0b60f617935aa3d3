"""Runs the measures over the frames in the engine; no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from guanxi.engine import connection, frames
from guanxi.engine.spark import name_files, open_spark
from guanxi.scoring.measures import MEASURES
from guanxi.scoring.measures.base import IS_ORDER, Measure
from guanxi.scoring.policies import Policy, Returns

CUSTOMERS_AT_ONCE = 250_000
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
    """Compute the scores of the frames and keep them as a Parquet file, in the order of the customers.

    Many measures are computed one after the other and put together some customers at a time, so that the memory of the
    engine is enough for any number of both.
    """
    if len(measures) == 1:
        connection.write_parquet(engine, scores_query(policy, measures), path)
        return
    first, *others = measures
    for each in measures:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE found_{each.name} AS {each.query(policy)}")
    columns = [f"{first.name}.*"] + [f"{each.name}.{figure}" for each in others for figure in each.figures]
    queries = []
    for low, high in _id_ranges(engine, f"found_{first.name}"):
        in_range = f"customer_id BETWEEN {low} AND {high}"
        joins = [
            f"LEFT JOIN (SELECT * FROM found_{each.name} WHERE {in_range}) AS {each.name} USING (customer_id)"
            for each in others
        ]
        queries.append(
            f"SELECT {', '.join(columns)} FROM (SELECT * FROM found_{first.name} WHERE {in_range}) AS {first.name} "
            f"{' '.join(joins)} ORDER BY {first.name}.customer_id"
        )
    connection.write_parquet_in_parts(engine, queries, path)
    for each in measures:
        engine.execute(f"DROP TABLE found_{each.name}")


def write_scores_on_spark(
    master: str,
    *,
    orders: Path,
    customers: Path,
    others: Mapping[str, Sequence[Path]],
    policy: Policy,
    path: Path,
    measures: Sequence[Measure] = MEASURES,
) -> None:
    """The same file as `write_scores`, computed by the Spark cluster at `master`, which must see the same paths.

    Raises engine.spark.NoSpark when pyspark is not installed.
    """
    with open_spark(master) as spark:
        name_files(spark, {**others, "orders": (orders,), "customers": (customers,)}, frames.TABLES)
        spark.write_parquet(f"{scores_query(policy, measures)} ORDER BY customer_id", path)


def write_margin_references(references: Sequence[MarginReference], path: Path) -> None:
    """A Parquet file of these rows, for the table `margin_references`."""
    with connection.open_engine(threads=1) as engine:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in frames.MARGIN_REFERENCES.items())
        engine.execute(f"CREATE TEMP TABLE margin_references ({columns})")
        if references:
            connection.append_columns(engine, "margin_references", list(zip(*references, strict=True)))
        connection.write_parquet(engine, "SELECT * FROM margin_references", path)


def _id_ranges(engine: connection.Engine, table: str) -> list[tuple[int, int]]:
    """The ids of a table cut into spans of about `CUSTOMERS_AT_ONCE`; at least one."""
    row = connection.one_row(
        engine, f"SELECT COALESCE(MIN(customer_id), 0), COALESCE(MAX(customer_id), 0), COUNT(*) FROM {table}"
    )
    low, high, count = row or (0, 0, 0)
    step = (high - low) // (count // CUSTOMERS_AT_ONCE + 1) + 1
    return [(begin, begin + step - 1) for begin in range(low, high + 1, step)]


def name_scores(engine: connection.Engine, *, policy: Policy, measures: Sequence[Measure] = MEASURES) -> None:
    """Compute the scores of the tables `orders` and `customers` as the table `scores`."""
    engine.execute(f"CREATE OR REPLACE TEMP TABLE scores AS {scores_query(policy, measures)}")
