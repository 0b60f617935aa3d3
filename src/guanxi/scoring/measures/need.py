"""What kind of buyer: how many categories, how much to own specification, how even the orders (P-02, P-06, P-12).

`order_size_variation` is the standard deviation of the quantities per order in percent of their mean; empty under three
orders. Credits do not count.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import Figure, Measure, sql_day, sql_ratio
from guanxi.scoring.policies import Policy

FIGURES = {
    "category_count": Figure("count", "window"),
    "most_categories_in_order": Figure("count", "window"),
    "custom_line_percent": Figure("percent", "window"),
    "order_size_variation": Figure("percent", "window"),
}
LEAST_ORDERS = 3


def query(policy: Policy) -> str:
    return f"""
WITH sold AS (
    SELECT customer_id, order_id, category, quantity, is_custom
    FROM lines
    WHERE NOT is_credit
        AND ordered_on >= {sql_day(policy.window_from_on)} AND ordered_on <= {sql_day(policy.as_of_on)}
), per_order AS (
    SELECT
        customer_id, order_id,
        COUNT(DISTINCT NULLIF(category, '')) AS categories,
        SUM(quantity) AS quantity,
        COUNT(*) AS line_count,
        COUNT(CASE WHEN is_custom THEN 1 END) AS custom_lines
    FROM sold
    GROUP BY customer_id, order_id
), per_customer AS (
    SELECT customer_id, COUNT(DISTINCT NULLIF(category, '')) AS category_count
    FROM sold
    GROUP BY customer_id
), sizes AS (
    SELECT
        customer_id,
        MAX(categories) AS most_categories_in_order,
        SUM(custom_lines) AS custom_lines,
        SUM(line_count) AS line_count,
        COUNT(*) AS order_count,
        STDDEV_SAMP(CAST(quantity AS DOUBLE)) AS deviation,
        AVG(CAST(quantity AS DOUBLE)) AS mean_quantity
    FROM per_order
    GROUP BY customer_id
)
SELECT
    sizes.customer_id,
    category_count,
    most_categories_in_order,
    {sql_ratio("custom_lines", "line_count", times=100)} AS custom_line_percent,
    CASE WHEN order_count >= {LEAST_ORDERS} THEN {sql_ratio("deviation", "mean_quantity", times=100)} END
        AS order_size_variation
FROM sizes
JOIN per_customer ON per_customer.customer_id = sizes.customer_id
"""


MEASURE = Measure(name="need", figures=FIGURES, query=query)
