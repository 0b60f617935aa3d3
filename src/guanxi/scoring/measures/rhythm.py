"""A customer's own cycle: the median gap between his order days (CN-08, DP-14).

Two orders on one day make no gap. Below four order days there is no cycle to rely on (CN-60), and the row is absent.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import IS_ORDER, Figure, Measure
from guanxi.scoring.policies import Policy

LEAST_GAPS = 3


def query(policy: Policy) -> str:
    return f"""
WITH order_days AS (
    SELECT DISTINCT customer_id, ordered_on
    FROM orders
    WHERE {IS_ORDER} AND ordered_on <= DATE '{policy.as_of_on.isoformat()}'
), gaps AS (
    SELECT
        customer_id,
        DATE_DIFF('day', LAG(ordered_on) OVER (PARTITION BY customer_id ORDER BY ordered_on), ordered_on) AS gap_days
    FROM order_days
)
SELECT customer_id, CAST(MEDIAN(gap_days) AS DECIMAL(9, 1)) AS cycle_days
FROM gaps
WHERE gap_days IS NOT NULL
GROUP BY customer_id
HAVING COUNT(*) >= {LEAST_GAPS}
"""


MEASURE = Measure(name="rhythm", figures={"cycle_days": Figure("days", "lifetime")}, query=query)
