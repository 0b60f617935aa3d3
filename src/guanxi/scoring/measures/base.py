"""The contract of a measure: the tables of `engine.frames.TABLES` in, one row per customer out.

A measure is SQL in DuckDB's dialect, written once; `engine.dialects` translates it for PostgreSQL and Spark, so it
keeps to what all three understand. It reads the columns of `engine.frames` and knows no other measure. A customer
without a row, and an empty cell, mean "unknown" or "does not apply".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from guanxi.scoring.policies import Policy

# An order counts when it is worth something; one whose currency has no rate yet has no amount, and counts too.
IS_ORDER = "COALESCE(amount, CASE WHEN is_credit THEN 0 ELSE 1 END) > 0"

# `percent` counts in hundredths (12.5 is 12.5 %), `ratio` is a plain factor, `flag` is 0 or 1.
Kind = Literal["days", "count", "money", "score", "percent", "ratio", "years", "months", "flag"]
TYPES: dict[Kind, str] = {
    "days": "DECIMAL(9,1)", "count": "BIGINT", "money": "DECIMAL(18,4)", "score": "INTEGER",
    "percent": "DECIMAL(18,4)", "ratio": "DECIMAL(18,4)", "years": "DECIMAL(18,4)", "months": "INTEGER",
    "flag": "INTEGER",
}  # fmt: skip
# `year` is always the last 365 days, `quarter` the last closed quarters of the calendar.
Span = Literal["lifetime", "window", "now", "year", "quarter"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What kind of number a column is, and which orders it looks at (CN-07: every figure is shown with its window)."""

    kind: Kind
    span: Span


@dataclass(frozen=True, slots=True)
class Measure:
    """`query` gives `customer_id` and a column per figure, in the order of `figures`."""

    name: str
    figures: Mapping[str, Figure]
    query: Callable[[Policy], str]


def sql_day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


def sql_days_until(day: date, column: str) -> str:
    """Whole days from the date in `column` to `day`."""
    return f"CAST(DATE_DIFF('day', {column}, {sql_day(day)}) AS INTEGER)"


def sql_texts(texts: Iterable[str]) -> str:
    return ", ".join(f"'{text}'" for text in sorted(texts))


def sql_ratio(part: str, whole: str, *, times: int = 1) -> str:
    """`part` ÷ `whole` × `times` with four decimals; empty when `whole` is zero. The same on every engine."""
    factor = f"{times} * " if times != 1 else ""
    return f"CAST({factor}CAST({part} AS DOUBLE) / NULLIF(CAST({whole} AS DOUBLE), 0) AS DECIMAL(18, 4))"
