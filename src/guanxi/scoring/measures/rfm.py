"""Days since the last order, order counts, spend, and quantile scores 1–5 of each (T-01…T-03, CN-03, CN-07).

An order counts when its amount is above zero (or not known in the reporting currency yet); credits lower the spend
and never count as an order. The scores look
at the lifetime and are 5 for the best fifth; a cut is the interpolated quintile rounded up to a whole day, order or
currency unit, and equal figures get equal scores. A customer without an order has no scores.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import IS_ORDER, Figure, Measure
from guanxi.scoring.policies import Policy

FIGURES = {
    "days_since_last_order": Figure("days", "now"),
    "order_count": Figure("count", "lifetime"),
    "spend_total": Figure("money", "lifetime"),
    "order_count_window": Figure("count", "window"),
    "spend_window": Figure("money", "window"),
    "r_score": Figure("score", "now"),
    "f_score": Figure("score", "lifetime"),
    "m_score": Figure("score", "lifetime"),
}
CUTS = (1, 2, 3, 4)


def query(policy: Policy) -> str:
    as_of, window_from = (f"DATE '{day.isoformat()}'" for day in (policy.as_of_on, policy.window_from_on))
    return f"""
WITH per_buyer AS (
    SELECT
        customer_id,
        DATE_DIFF('day', MAX(CASE WHEN {IS_ORDER} THEN ordered_on END), {as_of}) AS days_since_last_order,
        COUNT(CASE WHEN {IS_ORDER} THEN 1 END) AS order_count,
        SUM(amount) AS spend_total,
        COUNT(CASE WHEN {IS_ORDER} AND ordered_on >= {window_from} THEN 1 END) AS order_count_window,
        SUM(CASE WHEN ordered_on >= {window_from} THEN amount ELSE 0 END) AS spend_window
    FROM orders
    WHERE ordered_on <= {as_of}
    GROUP BY customer_id
), quintiles AS (
    SELECT
        {_quintiles("days_since_last_order")} AS day_quintiles,
        {_quintiles("order_count")} AS count_quintiles,
        {_quintiles("spend_total")} AS spend_quintiles
    FROM per_buyer
    WHERE order_count > 0
), cuts AS (
    SELECT {_cuts("day")}, {_cuts("count")}, {_cuts("spend")}
    FROM quintiles
)
SELECT
    customers.customer_id,
    CAST(days_since_last_order AS INTEGER) AS days_since_last_order,
    COALESCE(order_count, 0) AS order_count,
    CAST(COALESCE(spend_total, 0) AS DECIMAL(18, 4)) AS spend_total,
    COALESCE(order_count_window, 0) AS order_count_window,
    CAST(COALESCE(spend_window, 0) AS DECIMAL(18, 4)) AS spend_window,
    CASE WHEN order_count > 0 THEN 5 - ({_cuts_passed("days_since_last_order", "day")}) END AS r_score,
    CASE WHEN order_count > 0 THEN 1 + ({_cuts_passed("order_count", "count")}) END AS f_score,
    CASE WHEN order_count > 0 THEN 1 + ({_cuts_passed("spend_total", "spend")}) END AS m_score
FROM customers
LEFT JOIN per_buyer ON per_buyer.customer_id = customers.customer_id
CROSS JOIN cuts
"""


def _quintiles(figure: str) -> str:
    return f"QUANTILE_CONT(CAST({figure} AS DOUBLE), [0.2, 0.4, 0.6, 0.8])"


def _cuts(name: str) -> str:
    # Rounded to millionths first: interpolation in floating point may land a hair above a whole number.
    return ", ".join(f"CEIL(CAST({name}_quintiles[{cut}] AS DECIMAL(38, 6))) AS {name}_{cut}" for cut in CUTS)


def _cuts_passed(figure: str, name: str) -> str:
    return " + ".join(f"CASE WHEN {figure} > {name}_{cut} THEN 1 ELSE 0 END" for cut in CUTS)


MEASURE = Measure(name="rfm", figures=FIGURES, query=query)
