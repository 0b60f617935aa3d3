"""Returns and how content a customer is (D-07): credits per hundred orders, the mean of the scores he gave.

Scores run from 1 to 5; empty while he has given none in the window, or ordered nothing.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import IS_ORDER, Figure, Measure, sql_day, sql_ratio
from guanxi.scoring.policies import Policy

FIGURES = {
    "return_percent": Figure("percent", "window"),
    "feedback_score": Figure("ratio", "window"),
    "feedback_count": Figure("count", "window"),
    "complaint_count": Figure("count", "window"),
}


def query(policy: Policy) -> str:
    first, last = sql_day(policy.window_from_on), sql_day(policy.as_of_on)
    return f"""
WITH bought AS (
    SELECT
        customer_id,
        COUNT(CASE WHEN is_credit THEN 1 END) AS credits,
        COUNT(CASE WHEN NOT is_credit AND {IS_ORDER} THEN 1 END) AS placed
    FROM orders
    WHERE ordered_on >= {first} AND ordered_on <= {last}
    GROUP BY customer_id
), said AS (
    SELECT
        customer_id,
        AVG(CASE WHEN name = 'feedback.given' THEN CAST(score AS DOUBLE) END) AS mean_score,
        COUNT(CASE WHEN name = 'feedback.given' AND score IS NOT NULL THEN 1 END) AS feedback_count,
        COUNT(CASE WHEN name = 'complaint.opened' THEN 1 END) AS complaint_count
    FROM events
    WHERE name IN ('complaint.opened', 'feedback.given') AND occurred_on >= {first} AND occurred_on <= {last}
    GROUP BY customer_id
)
SELECT
    customers.customer_id,
    {sql_ratio("credits", "placed", times=100)} AS return_percent,
    CAST(mean_score AS DECIMAL(18, 4)) AS feedback_score,
    COALESCE(feedback_count, 0) AS feedback_count,
    COALESCE(complaint_count, 0) AS complaint_count
FROM customers
LEFT JOIN bought ON bought.customer_id = customers.customer_id
LEFT JOIN said ON said.customer_id = customers.customer_id
"""


MEASURE = Measure(name="satisfaction", figures=FIGURES, query=query)
