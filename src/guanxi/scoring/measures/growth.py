"""Spend and orders of the last eight closed quarters of the calendar, 1 being the latest (B-17, CN-16).

A quarter is closed on its last day, which the as-of day may be. `growing_quarter_count` says how many quarters in a
row, counted back from the latest, each brought more than the one before.
"""

from __future__ import annotations

from guanxi.scoring.measures.base import IS_ORDER, Figure, Measure, sql_day
from guanxi.scoring.policies import QUARTERS, Policy

PLACES = range(1, QUARTERS + 1)
FIGURES = {
    **{f"spend_quarter_{place}": Figure("money", "quarter") for place in PLACES},
    **{f"order_count_quarter_{place}": Figure("count", "quarter") for place in PLACES},
    "growing_quarter_count": Figure("count", "quarter"),
}


def query(policy: Policy) -> str:
    quarters = policy.closed_quarters()
    spans = {
        place: f"ordered_on >= {sql_day(first)} AND ordered_on <= {sql_day(last)}"
        for place, (first, last) in zip(PLACES, quarters, strict=True)
    }
    sums = ",\n        ".join(
        [f"SUM(CASE WHEN {span} THEN amount ELSE 0 END) AS spend_{place}" for place, span in spans.items()]
        + [f"COUNT(CASE WHEN {span} AND {IS_ORDER} THEN 1 END) AS orders_{place}" for place, span in spans.items()]
    )
    figures = ",\n    ".join(
        [f"CAST(COALESCE(spend_{place}, 0) AS DECIMAL(18, 4)) AS spend_quarter_{place}" for place in PLACES]
        + [f"COALESCE(orders_{place}, 0) AS order_count_quarter_{place}" for place in PLACES]
    )
    return f"""
WITH bought AS (
    SELECT
        customer_id,
        {sums}
    FROM orders
    WHERE ordered_on >= {sql_day(quarters[-1][0])} AND ordered_on <= {sql_day(quarters[0][1])}
    GROUP BY customer_id
)
SELECT
    customers.customer_id,
    {figures},
    {_growing()} AS growing_quarter_count
FROM customers
LEFT JOIN bought ON bought.customer_id = customers.customer_id
"""


def _growing() -> str:
    """The first quarter that did not grow ends the count."""
    cases = " ".join(
        f"WHEN NOT (COALESCE(spend_{place}, 0) > COALESCE(spend_{place + 1}, 0)) THEN {place - 1}"
        for place in PLACES[:-1]
    )
    return f"CASE {cases} ELSE {QUARTERS - 1} END"


MEASURE = Measure(name="growth", figures=FIGURES, query=query)
