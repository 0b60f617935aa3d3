"""Reading silence: when any contact of a customer last read, clicked, came by or ordered (CN-10, DP-10, B-15).

A mail counts as delivered when the mail server took it and it did not come back. `mails_unread` are those sent after
the day of the last reading: nobody who was not written to can be silent.
"""

from __future__ import annotations

from guanxi.scoring.inbound import IS_READING
from guanxi.scoring.measures.base import IS_ORDER, Figure, Measure, sql_day, sql_days_until
from guanxi.scoring.policies import Policy

FIGURES = {
    "mails_delivered": Figure("count", "lifetime"),
    "mails_unread": Figure("count", "now"),
    "days_since_last_reading": Figure("days", "now"),
    "days_since_first_mail": Figure("days", "now"),
}


def query(policy: Policy) -> str:
    as_of = sql_day(policy.as_of_on)
    return f"""
WITH signs AS (
    SELECT customer_id, MAX(ordered_on) AS read_on
    FROM orders
    WHERE {IS_ORDER} AND ordered_on <= {as_of}
    GROUP BY customer_id
    UNION ALL
    SELECT customer_id, MAX(occurred_on) AS read_on
    FROM events
    WHERE customer_id IS NOT NULL AND occurred_on <= {as_of} AND {IS_READING}
    GROUP BY customer_id
), latest AS (
    SELECT customer_id, MAX(read_on) AS read_on FROM signs GROUP BY customer_id
), mails AS (
    SELECT
        events.customer_id, MIN(CASE WHEN name = 'email.sent' THEN occurred_on END) AS first_on,
        SUM(CASE WHEN name = 'email.sent' THEN 1 ELSE -1 END) AS delivered,
        SUM(CASE WHEN read_on IS NOT NULL AND occurred_on <= read_on THEN 0 WHEN name = 'email.sent' THEN 1 ELSE -1 END)
            AS unread
    FROM events
    LEFT JOIN latest ON latest.customer_id = events.customer_id
    WHERE events.customer_id IS NOT NULL AND name IN ('email.bounced', 'email.sent') AND occurred_on <= {as_of}
    GROUP BY events.customer_id
)
SELECT
    customers.customer_id,
    CAST(GREATEST(COALESCE(delivered, 0), 0) AS BIGINT) AS mails_delivered,
    CAST(GREATEST(COALESCE(unread, 0), 0) AS BIGINT) AS mails_unread,
    {sql_days_until(policy.as_of_on, "read_on")} AS days_since_last_reading,
    {sql_days_until(policy.as_of_on, "first_on")} AS days_since_first_mail
FROM customers
LEFT JOIN latest ON latest.customer_id = customers.customer_id
LEFT JOIN mails ON mails.customer_id = customers.customer_id
"""


MEASURE = Measure(name="reading", figures=FIGURES, query=query)
