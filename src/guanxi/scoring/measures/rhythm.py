"""A customer's own rhythm: his cycle, how late he is against it, falling frequency and order value.

The cycle is the median gap between order days (B-09, CN-08, DP-14); two orders on one day make no gap. It is shown from
three order days on (`median_gap_days`) and used from four on (`cycle_days`, CN-60). Of several orders on one day the
larger counts as the later.
"""

from __future__ import annotations

from datetime import timedelta

from guanxi.scoring.measures.base import IS_ORDER, Figure, Measure, sql_day, sql_days_until, sql_ratio
from guanxi.scoring.policies import Policy

FIGURES = {
    "cycle_days": Figure("days", "lifetime"),
    "median_gap_days": Figure("days", "lifetime"),
    "gap_count": Figure("count", "lifetime"),
    "longest_gap_days": Figure("days", "lifetime"),
    "days_late": Figure("days", "now"),
    "cycles_since_last_order": Figure("ratio", "now"),
    "order_value_ratio": Figure("ratio", "lifetime"),
    "order_count_90_days": Figure("count", "now"),
    "first_order_value_ratio": Figure("ratio", "lifetime"),
    "early_reorder_count": Figure("count", "lifetime"),
}
LEAST_GAPS_SHOWN = 2
# A cycle of one's own needs three gaps, that is four order days (CN-60).
LEAST_GAPS = 3
# DP-04: a customer is written to this long before the day of his next order, or by this share of his cycle if longer.
LEAD_DAYS = 14
LEAD_SHARE = 0.15
# DP-14: the mean of the last three orders against that of the six before.
LATEST_ORDERS = 3
ORDERS_COMPARED = 9
QUARTER_DAYS = 90  # "three months" (CN-07)


def query(policy: Policy) -> str:
    as_of = sql_day(policy.as_of_on)
    latest_from = sql_day(policy.as_of_on - timedelta(days=QUARTER_DAYS - 1))
    cycle = f"CASE WHEN gap_count >= {LEAST_GAPS} THEN median_gap END"
    return f"""
WITH placed AS (
    SELECT
        customer_id, ordered_on, amount,
        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY ordered_on DESC, amount DESC) AS place,
        LEAD(ordered_on) OVER (PARTITION BY customer_id ORDER BY ordered_on DESC, amount DESC) AS earlier_on,
        MIN(ordered_on) OVER (PARTITION BY customer_id) AS first_on
    FROM orders
    WHERE {IS_ORDER} AND ordered_on <= {as_of}
), found AS (
    SELECT
        customer_id,
        CAST(MEDIAN(NULLIF(DATE_DIFF('day', earlier_on, ordered_on), 0)) AS DECIMAL(9, 1)) AS median_gap,
        COUNT(NULLIF(DATE_DIFF('day', earlier_on, ordered_on), 0)) AS gap_count,
        MAX(NULLIF(DATE_DIFF('day', earlier_on, ordered_on), 0)) AS longest_gap,
        MAX(ordered_on) AS latest_on,
        COUNT(*) AS order_count,
        AVG(CASE WHEN place <= {LATEST_ORDERS} THEN amount END) AS latest_value,
        AVG(CASE WHEN place > {LATEST_ORDERS} AND place <= {ORDERS_COMPARED} THEN amount END) AS earlier_value,
        COUNT(CASE WHEN ordered_on >= {latest_from} THEN 1 END) AS order_count_90_days,
        MAX(CASE WHEN earlier_on IS NULL THEN amount END) AS first_value,
        AVG(amount) AS mean_value,
        COUNT(CASE WHEN DATE_DIFF('day', first_on, ordered_on) <= {QUARTER_DAYS} THEN 1 END) - 1 AS early_reorder_count
    FROM placed
    GROUP BY customer_id
)
SELECT
    customer_id,
    {cycle} AS cycle_days,
    CASE WHEN gap_count >= {LEAST_GAPS_SHOWN} THEN median_gap END AS median_gap_days,
    gap_count,
    CAST(longest_gap AS INTEGER) AS longest_gap_days,
    CAST({sql_days_until(policy.as_of_on, "latest_on")} - {cycle} AS DECIMAL(9, 1)) AS days_late,
    {sql_ratio(sql_days_until(policy.as_of_on, "latest_on"), cycle)} AS cycles_since_last_order,
    CASE WHEN order_count >= {ORDERS_COMPARED} THEN {sql_ratio("latest_value", "earlier_value")} END
        AS order_value_ratio,
    order_count_90_days,
    CASE WHEN order_count >= 2 THEN {sql_ratio("first_value", "mean_value")} END AS first_order_value_ratio,
    early_reorder_count
FROM found
"""


MEASURE = Measure(name="rhythm", figures=FIGURES, query=query)
