"""The cycle of the category a customer buys most: a stand-in while he has none of his own (CN-60).

The median of the gaps between a customer's successive days of buying the category, over all customers; a category needs
ten such gaps. It is named as the category's wherever it is shown.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import Figure, Measure, sql_day
from guanxi.scoring.policies import Policy

LEAST_GAPS = 10


def query(policy: Policy) -> str:
    return f"""
WITH bought AS (
    SELECT customer_id, category, ordered_on, SUM(amount) AS spend
    FROM lines
    WHERE NOT is_credit AND category <> '' AND ordered_on <= {sql_day(policy.as_of_on)}
    GROUP BY customer_id, category, ordered_on
), gaps AS (
    SELECT
        category,
        DATE_DIFF('day', LAG(ordered_on) OVER (PARTITION BY customer_id, category ORDER BY ordered_on), ordered_on)
            AS gap_days
    FROM bought
), cycles AS (
    SELECT category, CAST(MEDIAN(gap_days) AS DECIMAL(9, 1)) AS category_cycle_days
    FROM gaps
    GROUP BY category
    HAVING COUNT(gap_days) >= {LEAST_GAPS}
), per_category AS (
    SELECT customer_id, category, SUM(spend) AS spend FROM bought GROUP BY customer_id, category
), ranked AS (
    SELECT
        customer_id, category,
        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY spend DESC, category) AS place
    FROM per_category
)
SELECT ranked.customer_id, cycles.category_cycle_days
FROM ranked
JOIN cycles ON cycles.category = ranked.category
WHERE ranked.place = 1
"""


MEASURE = Measure(
    name="category_rhythm", figures={"category_cycle_days": Figure("days", "lifetime")}, query=query
)  # fmt: skip
