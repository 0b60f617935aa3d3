"""What people recorded of a customer, a flag per name of `ledger.traits`: 1 yes, 0 no, empty unknown.

A trait counts from its first day until its last (exclusive); of several rows of one name the newest one decides.
"""

from __future__ import annotations

from guanxi.ledger.traits import TRAITS
from guanxi.scoring.measures.base import Figure, Measure, sql_day
from guanxi.scoring.policies import Policy

FIGURES = {f"trait_{name}": Figure("flag", "now") for name in TRAITS}


def query(policy: Policy) -> str:
    as_of = sql_day(policy.as_of_on)
    flags = ",\n    ".join(f"MAX(CASE WHEN name = '{name}' THEN flag END) AS trait_{name}" for name in TRAITS)
    return f"""
WITH ranked AS (
    SELECT
        customer_id, name, until_on, CASE WHEN "value" THEN 1 ELSE 0 END AS flag,
        ROW_NUMBER() OVER (PARTITION BY customer_id, name ORDER BY set_at DESC, trait_id DESC) AS place
    FROM traits
    WHERE since_on <= {as_of}
)
SELECT
    customer_id,
    {flags}
FROM ranked
WHERE place = 1 AND (until_on IS NULL OR until_on > {as_of})
GROUP BY customer_id
"""


MEASURE = Measure(name="traits", figures=FIGURES, query=query)
