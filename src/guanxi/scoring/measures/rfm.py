"""Days since the last order, order counts, spend, and quantile scores 1–5 of each (T-01…T-03, CN-03, CN-07).

An order counts when its amount is above zero (or not known in the reporting currency yet); credits lower the spend
and never count as an order. The scores look
at the lifetime and are 5 for the best fifth; a cut is the interpolated quintile rounded up to a whole day, order or
currency unit, and equal figures get equal scores (`Policy.score_cuts` has another choice). A customer without an order
has no scores.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import IS_ORDER, Figure, Measure, sql_day
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
    days = _cuts_passed("days_since_last_order", "day", policy)
    return f"""
WITH {_cuts_of_buyers(policy)}
SELECT
    customers.customer_id,
    CAST(days_since_last_order AS INTEGER) AS days_since_last_order,
    COALESCE(order_count, 0) AS order_count,
    CAST(COALESCE(spend_total, 0) AS DECIMAL(18, 4)) AS spend_total,
    COALESCE(order_count_window, 0) AS order_count_window,
    CAST(COALESCE(spend_window, 0) AS DECIMAL(18, 4)) AS spend_window,
    CASE WHEN order_count > 0 THEN 5 - ({days}) END AS r_score,
    CASE WHEN order_count > 0 THEN 1 + ({_cuts_passed("order_count", "count", policy)}) END AS f_score,
    CASE WHEN order_count > 0 THEN 1 + ({_cuts_passed("spend_total", "spend", policy)}) END AS m_score
FROM customers
LEFT JOIN per_buyer ON per_buyer.customer_id = customers.customer_id
CROSS JOIN cuts
"""


def cuts_query(policy: Policy) -> str:
    """One row of the cuts of days, orders and spend, four each: `day_1` … `spend_4`."""
    return f"WITH {_cuts_of_buyers(policy)} SELECT * FROM cuts"


def _cuts_of_buyers(policy: Policy) -> str:
    as_of, window_from = sql_day(policy.as_of_on), sql_day(policy.window_from_on)
    return f"""per_buyer AS (
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
    SELECT {", ".join(_cuts(name, policy) for name in ("day", "count", "spend"))}
    FROM quintiles
)"""


def _quintiles(figure: str) -> str:
    return f"QUANTILE_CONT(CAST({figure} AS DOUBLE), [0.2, 0.4, 0.6, 0.8])"


def _cuts(name: str, policy: Policy) -> str:
    # Rounded to millionths first: interpolation in floating point may land a hair above a whole number.
    found = f"CAST({name}_quintiles[{{cut}}] AS DECIMAL(38, 6))"
    shape = f"{found} + 1" if policy.score_cuts == "interpolated" else f"CEIL({found})"
    return ", ".join(f"{shape.format(cut=cut)} AS {name}_{cut}" for cut in CUTS)


def _cuts_passed(figure: str, name: str, policy: Policy) -> str:
    above = ">=" if policy.score_cuts == "interpolated" else ">"
    return " + ".join(f"CASE WHEN {figure} {above} {name}_{cut} THEN 1 ELSE 0 END" for cut in CUTS)


MEASURE = Measure(name="rfm", figures=FIGURES, query=query)
