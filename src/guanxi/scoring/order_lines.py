"""Turns the order lines of a foreign file into the frames of the measures, without a database.

The lines come as an Arrow table with the columns of `LINES`: one row per line or per whole order, as it was found.
Credits carry a negative amount. Lines without an order number count as an order each. What was bought comes as a table
with the columns of `ARTICLES`, and invoices with those of `INVOICES`, where the file has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from guanxi.engine import connection, frames
from guanxi.scoring.measures import category_rhythm, margin, need
from guanxi.scoring.policies import Returns

LINES = (
    "customer",
    "customer_name",
    "country",
    "order_number",
    "ordered_at",
    "amount",
    "currency",
    "is_credit",
)
ARTICLES = (
    "customer", "order_number", "ordered_at", "product_code", "product_name", "category", "quantity", "amount", "cost",
    "currency", "is_credit", "is_custom",
)  # fmt: skip
# The figures of the measures that look at what was bought.
FIGURES_OF_ARTICLES = frozenset(figure for each in (category_rhythm, margin, need) for figure in each.MEASURE.figures)
INVOICES = ("customer", "issued_on", "due_on", "paid_on", "amount", "currency")


def currencies_of(engine: connection.Engine, lines: Any) -> list[str]:
    """The currencies of the lines, the most frequent first; empty text stands for an unknown one."""
    engine.register("found_lines", lines)
    rows = engine.execute(
        "SELECT COALESCE(currency, '') AS currency FROM found_lines GROUP BY 1 ORDER BY COUNT(*) DESC, 1"
    ).fetchall()
    return [currency for (currency,) in rows]


def latest_day(engine: connection.Engine, lines: Any) -> date | None:
    """The day of the last line; None when there are no lines."""
    engine.register("found_lines", lines)
    row = connection.one_row(engine, "SELECT CAST(MAX(ordered_at) AS DATE) FROM found_lines")
    return row[0] if row else None


def first_day(engine: connection.Engine, lines: Any) -> date | None:
    """The day of the first line; None when there are no lines."""
    engine.register("found_lines", lines)
    row = connection.one_row(engine, "SELECT CAST(MIN(ordered_at) AS DATE) FROM found_lines")
    return row[0] if row else None


def later_than(engine: connection.Engine, lines: Any, day: date) -> tuple[int, date | None]:
    """How many orders lie after `day`, and the day of the last of them."""
    engine.register("found_lines", lines)
    found = f"SELECT COUNT(*), CAST(MAX(ordered_at) AS DATE) FROM found_lines WHERE ordered_at >= DATE '{day}' + 1"
    count, latest_on = connection.one_row(engine, found) or (0, None)
    return int(count), latest_on


def name_frames(
    engine: connection.Engine,
    lines: Any,
    *,
    as_of_on: date,
    worth: Mapping[str, Decimal],
    returns: Returns = "net",
    articles: Any = None,
    invoices: Any = None,
) -> None:
    """Make the tables of `engine.frames` of the lines up to `as_of_on`; those that nothing is known of are empty.

    `worth` is what one unit of each currency (empty text: of an unknown one) is worth in the currency of the answer.
    `returns="ignore"` drops credits and everything that is not above zero, also as customers.
    """
    frames.check_columns("order lines", LINES, lines.column_names)
    engine.register("found_lines", lines)
    rates = _rates(worth)
    kept = "AND NOT is_credit AND amount > 0" if returns == "ignore" else ""
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE kept_lines AS
SELECT
    CAST(customer AS VARCHAR) AS customer, customer_name, country, is_credit,
    COALESCE(NULLIF(CAST(order_number AS VARCHAR), ''), 'row ' || ROW_NUMBER() OVER ()) AS order_number,
    CAST(ordered_at AS DATE) AS ordered_on,
    CAST(CAST(amount AS DECIMAL(18, 4)) * value AS DECIMAL(18, 4)) AS amount
FROM found_lines
JOIN {rates} ON rates.currency = COALESCE(found_lines.currency, '')
WHERE CAST(ordered_at AS DATE) <= DATE '{as_of_on.isoformat()}' {kept}
""")
    engine.execute("""
CREATE OR REPLACE TEMP TABLE customers AS
SELECT
    ROW_NUMBER() OVER (ORDER BY customer) AS customer_id, customer AS name,
    COALESCE(ARG_MAX(country, ordered_on), '') AS country, 'unknown' AS kind, CAST(NULL AS DATE) AS cooperation_since,
    ARG_MAX(customer_name, ordered_on) AS customer_name
FROM kept_lines
GROUP BY customer
""")
    engine.execute("""
CREATE OR REPLACE TEMP TABLE orders AS
SELECT
    customer_id, order_number AS order_id, MIN(ordered_on) AS ordered_on,
    CAST(SUM(amount) AS DECIMAL(18, 4)) AS amount, SUM(amount) < 0 AS is_credit, TRUE AS is_completed
FROM kept_lines
JOIN customers ON customers.name = kept_lines.customer
GROUP BY customer_id, order_number
""")
    engine.execute("DROP TABLE kept_lines")
    for name, contract in frames.TABLES.items():
        if name not in {"orders", "customers"}:
            connection.name_empty(engine, name, contract)
    if articles is not None and len(articles):
        _name_articles(engine, articles, as_of_on, worth, "AND NOT is_credit" if returns == "ignore" else "")
    if invoices is not None and len(invoices):
        _name_invoices(engine, invoices, worth)


def _name_articles(
    engine: connection.Engine, articles: Any, as_of_on: date, worth: Mapping[str, Decimal], kept: str
) -> None:
    frames.check_columns("order lines", ARTICLES, articles.column_names)
    engine.register("found_articles", articles)
    engine.execute("DROP VIEW lines")
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE lines AS
SELECT
    customer_id, order_number AS order_id, CAST(ordered_at AS DATE) AS ordered_on,
    COALESCE(product_code, '') AS product_code, COALESCE(product_name, '') AS product_name,
    COALESCE(category, '') AS category, quantity,
    CAST(CASE WHEN is_credit THEN -ABS(amount) ELSE amount END * value AS DECIMAL(18, 4)) AS amount,
    CAST(CASE WHEN is_credit THEN -ABS(cost) ELSE cost END * value AS DECIMAL(18, 4)) AS cost, is_credit, is_custom
FROM found_articles
JOIN customers ON customers.name = found_articles.customer
JOIN {_rates(worth)} ON rates.currency = COALESCE(found_articles.currency, '')
WHERE CAST(ordered_at AS DATE) <= DATE '{as_of_on.isoformat()}' {kept}
""")


def _name_invoices(engine: connection.Engine, invoices: Any, worth: Mapping[str, Decimal]) -> None:
    """The measures themselves look at no more than the days until theirs."""
    frames.check_columns("invoices", INVOICES, invoices.column_names)
    engine.register("found_invoices", invoices)
    engine.execute("DROP VIEW invoices")
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE invoices AS
SELECT
    customer_id, issued_on, due_on, paid_on,
    CAST(amount * value AS DECIMAL(18, 4)) AS amount
FROM found_invoices
JOIN customers ON customers.name = found_invoices.customer
JOIN {_rates(worth)} ON rates.currency = COALESCE(found_invoices.currency, '')
""")


def _rates(worth: Mapping[str, Decimal]) -> str:
    rows = ", ".join(f"('{currency}', CAST('{value:f}' AS DECIMAL(20, 12)))" for currency, value in worth.items())
    return f"(VALUES {rows}) AS rates (currency, value)"
