"""Days since a customer last did anything towards us: order, reply, click, visit, chat, call, event, portal (CN-44)."""

from __future__ import annotations

from guanxi.scoring.inbound import IS_INTERACTION
from guanxi.scoring.measures.base import IS_ORDER, Figure, Measure, sql_day, sql_days_until
from guanxi.scoring.policies import Policy


def query(policy: Policy) -> str:
    as_of = sql_day(policy.as_of_on)
    return f"""
WITH signs AS (
    SELECT customer_id, MAX(ordered_on) AS seen_on
    FROM orders
    WHERE {IS_ORDER} AND ordered_on <= {as_of}
    GROUP BY customer_id
    UNION ALL
    SELECT customer_id, MAX(occurred_on) AS seen_on
    FROM events
    WHERE customer_id IS NOT NULL AND occurred_on <= {as_of} AND {IS_INTERACTION}
    GROUP BY customer_id
)
SELECT customer_id, {sql_days_until(policy.as_of_on, "MAX(seen_on)")} AS days_since_last_interaction
FROM signs
GROUP BY customer_id
"""


MEASURE = Measure(
    name="interaction", figures={"days_since_last_interaction": Figure("days", "now")}, query=query
)  # fmt: skip
