"""Payment credit: how often, how long and with how much money a customer paid late (D-10, DP-05, DP-21).

The invoices of the year are those that fell due in the last 365 days, and older ones that are still open. An invoice is
late when it was paid after its due day, or is open after it. A payment after the as-of day is not seen yet. Everything
is empty for a customer without any invoice; an invoice without a due day is never late.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import Figure, Measure, sql_day, sql_days_until, sql_ratio
from guanxi.scoring.policies import Policy

FIGURES = {
    "invoice_count_year": Figure("count", "year"),
    "late_invoice_count_year": Figure("count", "year"),
    "badly_late_invoice_count_year": Figure("count", "year"),
    "overdue_invoice_count": Figure("count", "now"),
    "late_amount_percent_year": Figure("percent", "year"),
    "longest_delay_days_year": Figure("days", "year"),
}
BADLY_LATE_DAYS = 7  # DP-05: more than so many days


def query(policy: Policy) -> str:
    as_of = sql_day(policy.as_of_on)
    is_paid = f"paid_on IS NOT NULL AND paid_on <= {as_of}"
    return f"""
WITH seen AS (
    SELECT
        customer_id, amount, COALESCE(due_on, issued_on) AS fell_due_on,
        CASE WHEN {is_paid} THEN 0 ELSE 1 END AS is_open,
        CASE
            WHEN due_on IS NULL THEN 0
            WHEN {is_paid} THEN GREATEST(CAST(DATE_DIFF('day', due_on, paid_on) AS INTEGER), 0)
            ELSE GREATEST({sql_days_until(policy.as_of_on, "due_on")}, 0)
        END AS delay_days
    FROM invoices
    WHERE issued_on <= {as_of}
), judged AS (
    SELECT
        customer_id, amount, is_open, delay_days,
        CASE
            WHEN fell_due_on > {as_of} THEN 0
            WHEN fell_due_on >= {sql_day(policy.year_from_on)} OR (is_open = 1 AND delay_days > 0) THEN 1
            ELSE 0
        END AS is_of_year
    FROM seen
)
SELECT
    customer_id,
    COUNT(CASE WHEN is_of_year = 1 THEN 1 END) AS invoice_count_year,
    COUNT(CASE WHEN is_of_year = 1 AND delay_days > 0 THEN 1 END) AS late_invoice_count_year,
    COUNT(CASE WHEN is_of_year = 1 AND delay_days > {BADLY_LATE_DAYS} THEN 1 END) AS badly_late_invoice_count_year,
    COUNT(CASE WHEN is_open = 1 AND delay_days > 0 THEN 1 END) AS overdue_invoice_count,
    COALESCE({
        sql_ratio(
            "SUM(CASE WHEN is_of_year = 1 AND delay_days > 0 THEN amount ELSE 0 END)",
            "SUM(CASE WHEN is_of_year = 1 THEN amount END)",
            times=100,
        )
    }, 0) AS late_amount_percent_year,
    MAX(CASE WHEN is_of_year = 1 THEN delay_days ELSE 0 END) AS longest_delay_days_year
FROM judged
GROUP BY customer_id
"""


MEASURE = Measure(name="payment", figures=FIGURES, query=query)
