"""How long and how far the cooperation goes (D-11, L-32, CN-53).

Years count from `cooperation_since`, else from the first order, and are whole on each anniversary (29 February: on
1 March); in between they grow with the calendar, a month being a twelfth. Months are full ones.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import IS_ORDER, Figure, Measure, sql_day
from guanxi.scoring.policies import Policy

FIGURES = {
    "cooperation_years": Figure("years", "now"),
    "months_since_first_order": Figure("months", "now"),
    "completed_order_count": Figure("count", "lifetime"),
}
# A calendar in which every month has 31 days never runs backwards and meets every anniversary.
MONTH_DAYS = 31


def query(policy: Policy) -> str:
    as_of = policy.as_of_on
    months = (
        f"({as_of.year} - EXTRACT(YEAR FROM first_on)) * 12 + ({as_of.month} - EXTRACT(MONTH FROM first_on)) "
        f"- CASE WHEN EXTRACT(DAY FROM first_on) > {as_of.day} THEN 1 ELSE 0 END"
    )
    years = (
        f"(CAST((({as_of.year} - EXTRACT(YEAR FROM since_on)) * 12 + ({as_of.month} - EXTRACT(MONTH FROM since_on))) "
        f"* {MONTH_DAYS} + ({as_of.day} - EXTRACT(DAY FROM since_on)) AS DOUBLE) / {12 * MONTH_DAYS})"
    )
    return f"""
WITH bought AS (
    SELECT
        customer_id, MIN(ordered_on) AS first_on, COUNT(CASE WHEN is_completed THEN 1 END) AS completed_order_count
    FROM orders
    WHERE {IS_ORDER} AND ordered_on <= {sql_day(as_of)}
    GROUP BY customer_id
), known AS (
    SELECT
        customers.customer_id, first_on, COALESCE(completed_order_count, 0) AS completed_order_count,
        COALESCE(CASE WHEN cooperation_since <= {sql_day(as_of)} THEN cooperation_since END, first_on) AS since_on
    FROM customers
    LEFT JOIN bought ON bought.customer_id = customers.customer_id
)
SELECT
    customer_id,
    CAST({years} AS DECIMAL(18, 4)) AS cooperation_years,
    CAST({months} AS INTEGER) AS months_since_first_order,
    completed_order_count
FROM known
"""


MEASURE = Measure(name="cooperation", figures=FIGURES, query=query)
