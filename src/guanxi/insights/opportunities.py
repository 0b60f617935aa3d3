"""Customers with whom more is possible: growing, reordering soon, or silent after a small sample (B-17, B-18, B-23).

The thresholds are defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from guanxi.engine import connection
from guanxi.ledger import queries as ledger_queries
from guanxi.scoring import queries as scoring_queries
from guanxi.staff.models import User

GROWING_QUARTERS = 3
EARLY_REORDERS = 2
NEW_MONTHS = 12
SAMPLE_SHARE = Decimal("0.5")
LONG_GAP_DAYS = 90
LIMIT = 50
KINDS = ("growing", "reorders_soon", "silent_after_sample")

_QUERY = f"""
WITH told AS (
    SELECT *, spend_total / NULLIF(order_count, 0) AS order_value FROM scores WHERE order_count > 0
), firm AS (
    SELECT MEDIAN(order_value) AS usual_value FROM told
), found AS (
    SELECT
        customer_id, spend_total, spend_window, order_count, days_since_last_order, median_gap_days,
        growing_quarter_count, early_reorder_count, first_order_value_ratio, order_value, months_since_first_order,
        CASE
            WHEN growing_quarter_count >= {GROWING_QUARTERS} AND spend_quarter_{GROWING_QUARTERS} > 0 THEN 'growing'
            WHEN early_reorder_count >= {EARLY_REORDERS} AND months_since_first_order < {NEW_MONTHS}
                AND days_since_last_order <= {LONG_GAP_DAYS} THEN 'reorders_soon'
            WHEN days_since_last_order > {LONG_GAP_DAYS} AND order_count = 1
                AND order_value < {SAMPLE_SHARE} * usual_value THEN 'silent_after_sample'
            WHEN first_order_value_ratio < {SAMPLE_SHARE} AND median_gap_days > {LONG_GAP_DAYS}
                THEN 'silent_after_sample'
        END AS kind
    FROM told, firm
)
SELECT * FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY spend_total DESC, customer_id) AS place
    FROM found WHERE kind IS NOT NULL
) WHERE place <= $1
ORDER BY kind, place
"""


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A customer with the figures that make him one; money in the reporting currency."""

    customer_id: int
    customer: str
    country: str
    kind: str
    spend_total: Decimal
    currency: str
    figures: dict[str, Any]


def opportunities(*, user: User) -> dict[str, list[Opportunity]]:
    """By kind, the largest spend first; empty before the first run of scores."""
    found: dict[str, list[Opportunity]] = {kind: [] for kind in KINDS}
    run = scoring_queries.latest_run()
    if run is None:
        return found
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "scores", scoring_queries.scores_path(run))
        if "early_reorder_count" not in connection.columns_of(engine, "scores"):
            return found
        cursor = engine.execute(_QUERY, [LIMIT * 20])
        names = [column[0] for column in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    seen = ledger_queries.customers_for(user).filter(pk__in=[row["customer_id"] for row in rows])
    customers = {customer.pk: customer for customer in seen.only("name", "country")}
    for row in rows:
        customer = customers.get(row["customer_id"])
        if customer is not None and len(found[row["kind"]]) < LIMIT:
            found[row["kind"]].append(
                Opportunity(
                    customer.pk, customer.name, customer.country, row["kind"], row["spend_total"], run.currency, row
                )
            )
    return found
