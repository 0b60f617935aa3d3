"""A customer's share of the firm's sales in the window, concentrated and cumulative (T-17, T-21, T-25, CN-41).

`spend_share` is the percentage of the firm's net sales that he bought; `spend_share_before` the percentage bought by
those ranked before him, the largest spend first, equal ones by their number. Both are empty while the firm has sold
nothing in the window. Who returned more than he bought has a share below zero.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import Figure, Measure, sql_day, sql_ratio
from guanxi.scoring.policies import Policy

FIGURES = {
    "spend_share": Figure("percent", "window"),
    "spend_share_before": Figure("percent", "window"),
}


def query(policy: Policy) -> str:
    return f"""
WITH spent AS (
    SELECT customer_id, SUM(amount) AS spend
    FROM orders
    WHERE ordered_on >= {sql_day(policy.window_from_on)} AND ordered_on <= {sql_day(policy.as_of_on)}
    GROUP BY customer_id
), ranked AS (
    SELECT
        customers.customer_id, COALESCE(spend, 0) AS spend,
        SUM(spend) OVER (
            ORDER BY COALESCE(spend, 0) DESC, customers.customer_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS spend_before
    FROM customers
    LEFT JOIN spent ON spent.customer_id = customers.customer_id
), firm AS (
    SELECT CASE WHEN SUM(spend) > 0 THEN SUM(spend) END AS sales FROM spent
)
SELECT
    customer_id,
    {sql_ratio("spend", "sales", times=100)} AS spend_share,
    {sql_ratio("COALESCE(spend_before, 0)", "sales", times=100)} AS spend_share_before
FROM ranked
CROSS JOIN firm
"""


MEASURE = Measure(name="share", figures=FIGURES, query=query)
