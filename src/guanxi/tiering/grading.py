"""Grades all customers of a table of scores by a scheme, in the engine; no database.

The engine holds a table `scores` (columns of engine.frames.SCORES that the scheme looks at, and those of rfm).
Afterwards it holds `graded` too: the same rows with their `tier`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from guanxi.engine.connection import Engine, one_row
from guanxi.scoring.measures import FIGURES
from guanxi.tiering import rules
from guanxi.tiering.rules import Scheme

Borders = Mapping[tuple[str, Decimal], Decimal | None]


@dataclass(frozen=True, slots=True)
class TierRow:
    """One line of the overview; shares are between 0 and 1, spend is lifetime net spend."""

    tier: str
    customers: int
    customer_share: float
    spend: Decimal
    spend_share: float


@dataclass(frozen=True, slots=True)
class Overview:
    """How a scheme divides the customers. `scheme` is settled: its thresholds are in its `currency`."""

    scheme: Scheme
    customers: int
    orders: int
    spend: Decimal
    tiers: tuple[TierRow, ...]


def grade(engine: Engine, scheme: Scheme, *, currency: str, rate: Decimal = Decimal(1)) -> Overview:
    """Settle the scheme with the firm's own percentiles, decide for every row of `scores`, and count.

    The money of `scores` is in `currency`, one unit of which is `rate` units of the scheme's own.
    """
    settled = rules.settle(scheme, borders=find_borders(engine, scheme), currency=currency, rate=rate)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE graded AS SELECT *, {rules.tier_case(settled)} AS tier FROM scores")
    return overview(engine, settled)


def find_borders(engine: Engine, scheme: Scheme) -> Borders:
    """The value some customer really has at each percentile the scheme names.

    Only customers with an order count, and for a figure of the window only those with an order in the window.
    """
    borders: dict[tuple[str, Decimal], Decimal | None] = {}
    for figure, share in rules.percentiles_of(scheme):
        counted = "order_count_window" if FIGURES[figure].span == "window" else "order_count"
        row = one_row(engine, f"SELECT QUANTILE_DISC({figure}, {share / 100:f}) FROM scores WHERE {counted} > 0")
        border = row[0] if row else None
        borders[figure, share] = None if border is None else Decimal(border)
    return borders


def overview(engine: Engine, scheme: Scheme) -> Overview:
    """Count what stands in `graded`."""
    rows = engine.execute(
        "SELECT tier, COUNT(*), SUM(order_count), SUM(spend_total) FROM graded GROUP BY tier"
    ).fetchall()
    found = {tier: (customers, spend) for tier, customers, _, spend in rows}
    all_customers = sum(customers for customers, _ in found.values())
    all_spend = sum((spend for _, spend in found.values()), Decimal(0))
    return Overview(
        scheme=scheme,
        customers=all_customers,
        orders=int(sum(orders for _, _, orders, _ in rows)),
        spend=all_spend,
        tiers=tuple(
            TierRow(tier, customers, _share(customers, all_customers), spend, _share(spend, all_spend))
            for tier in [*scheme.tiers, *(tier for tier in found if tier not in scheme.tiers)]
            for customers, spend in [found.get(tier, (0, Decimal(0)))]
        ),
    )


def _share(part: Decimal | int, whole: Decimal | int) -> float:
    return float(part / whole) if whole else 0.0
