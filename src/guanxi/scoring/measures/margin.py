"""The margin of a customer's purchases, and how it stands against the trade's average (D-12, T-19, CN-14).

Only lines with a known cost count, credits against sales. The reference is the average margin of each category,
weighted by what this customer bought of it; a category without its own takes the one entered for all (empty category);
the newest one entered by the as-of day counts. `margin_index` 110 is a tenth above the reference (the default reading
of "10 % above"), `margin_points_above` is the difference in percentage points (the other one). Both look at lines with
a reference only and are empty where there is none.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import Figure, Measure, sql_day, sql_ratio
from guanxi.scoring.policies import Policy

FIGURES = {
    "margin_percent": Figure("percent", "window"),
    "margin_index": Figure("percent", "window"),
    "margin_points_above": Figure("percent", "window"),
}


def query(policy: Policy) -> str:
    as_of = sql_day(policy.as_of_on)
    margin = sql_ratio("compared_sales - compared_cost", "compared_sales", times=100)
    reference = sql_ratio("reference_profit", "compared_sales")
    return f"""
WITH newest AS (
    SELECT category, "percent", ROW_NUMBER() OVER (PARTITION BY category ORDER BY as_of_on DESC) AS place
    FROM margin_references
    WHERE as_of_on <= {as_of}
), sold AS (
    SELECT customer_id, category, SUM(amount) AS sales, SUM(cost) AS costs
    FROM lines
    WHERE cost IS NOT NULL AND amount IS NOT NULL
        AND ordered_on >= {sql_day(policy.window_from_on)} AND ordered_on <= {as_of}
    GROUP BY customer_id, category
), compared AS (
    SELECT sold.customer_id, sold.sales, sold.costs, COALESCE(own."percent", general."percent") AS reference_percent
    FROM sold
    LEFT JOIN newest AS own ON own.category = sold.category AND own.place = 1
    LEFT JOIN newest AS general ON general.category = '' AND general.place = 1
), summed AS (
    SELECT
        customer_id,
        SUM(sales) AS sales,
        SUM(costs) AS costs,
        SUM(CASE WHEN reference_percent IS NOT NULL THEN sales END) AS compared_sales,
        SUM(CASE WHEN reference_percent IS NOT NULL THEN costs END) AS compared_cost,
        SUM(CAST(sales AS DOUBLE) * CAST(reference_percent AS DOUBLE)) AS reference_profit
    FROM compared
    GROUP BY customer_id
)
SELECT
    customer_id,
    CASE WHEN sales > 0 THEN {sql_ratio("sales - costs", "sales", times=100)} END AS margin_percent,
    CASE WHEN compared_sales > 0 AND reference_profit > 0
        THEN {sql_ratio("compared_sales - compared_cost", "reference_profit", times=10_000)} END AS margin_index,
    CASE WHEN compared_sales > 0 THEN {margin} - {reference} END AS margin_points_above
FROM summed
"""


MEASURE = Measure(name="margin", figures=FIGURES, query=query)
