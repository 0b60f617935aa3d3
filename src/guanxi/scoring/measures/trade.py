"""Whether a customer is a firm or a consumer, so that a scheme may ask either for its own thresholds (T-04, D-08)."""

from __future__ import annotations

from guanxi.scoring.measures.base import Figure, Measure
from guanxi.scoring.policies import Policy


def query(policy: Policy) -> str:
    return """
SELECT customer_id, CASE kind WHEN 'b2b' THEN 1 WHEN 'b2c' THEN 0 END AS is_b2b
FROM customers
"""


MEASURE = Measure(name="trade", figures={"is_b2b": Figure("flag", "now")}, query=query)
