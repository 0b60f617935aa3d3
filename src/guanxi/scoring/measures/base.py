"""The contract of a measure: tables `orders` and `customers` in, one row per customer out.

A measure is SQL in DuckDB's dialect, written once; `engine.dialects` translates it for PostgreSQL and Spark, so it
keeps to what all three understand. It reads the columns of `engine.frames` and knows no other measure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from guanxi.scoring.policies import Policy

# An order counts when it is worth something; one whose currency has no rate yet has no amount, and counts too.
IS_ORDER = "COALESCE(amount, CASE WHEN is_credit THEN 0 ELSE 1 END) > 0"

# `percent` counts in hundredths (12.5 is 12.5 %), `ratio` is a plain factor, `flag` is 0 or 1.
Kind = Literal["days", "count", "money", "score", "percent", "ratio", "years", "months", "flag"]
# `year` is always the last 365 days, `quarter` the last closed quarters of the calendar.
Span = Literal["lifetime", "window", "now", "year", "quarter"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What kind of number a column is, and which orders it looks at (CN-07: every figure is shown with its window)."""

    kind: Kind
    span: Span


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    figures: Mapping[str, Figure]
    query: Callable[[Policy], str]
