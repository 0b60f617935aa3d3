"""The recommendations against a month they have not seen: Online Retail, 10 November to 9 December 2011."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from guanxi.engine import connection
from guanxi.recommendations import counting, ranking
from guanxi.recommendations.ranking import Person
from guanxi.recommendations.store import Affinities

SEEN_UNTIL = date(2011, 11, 9)
IN_STOCK_DAYS = 60
LIMIT = 10


@pytest.fixture(scope="module")
def retail(shared_data: Path) -> tuple[Affinities, dict[int, dict[str, float]], dict[int, set[str]], set[str]]:
    """What was counted until the split, each customer's purchases, what he bought new afterwards, and what was sold
    out: articles that nobody bought in the last two months."""
    with connection.open_engine() as engine:
        connection.name_parquet(engine, "retail", shared_data / "online_retail" / "online_retail.parquet")
        engine.execute("""
CREATE TEMP TABLE lines AS
SELECT
    CustomerID AS customer_id, InvoiceNo AS order_id, CAST(InvoiceDate AS DATE) AS ordered_on,
    UPPER(StockCode) AS product_code, Description AS product_name, '' AS category, Quantity AS quantity,
    Quantity * UnitPrice AS amount, FALSE AS is_credit
FROM retail
WHERE CustomerID IS NOT NULL AND NOT STARTS_WITH(InvoiceNo, 'C') AND Quantity > 0 AND UnitPrice > 0
    AND REGEXP_MATCHES(StockCode, '^[0-9]{5}')
""")
        engine.execute("""
CREATE TEMP TABLE customers AS SELECT DISTINCT CustomerID AS customer_id, '' AS country FROM retail
""")
        nothing = pa.table({"customer_id": pa.array([], pa.int64()), "trade": pa.array([], pa.string())})
        catalogue = pa.table({name: pa.array([], pa.string()) for name in ("code", "name", "category")})
        bought = counting.purchases(engine, as_of_on=SEEN_UNTIL, trades=nothing, catalogue=catalogue)
        seen = engine.execute("SELECT customer_id, code, age_days FROM bought").fetchall()
        later = engine.execute(
            f"SELECT DISTINCT customer_id, product_code FROM lines WHERE ordered_on > DATE '{SEEN_UNTIL}'"
        ).fetchall()
        engine.execute("DROP TABLE bought")
    purchases: dict[int, dict[str, float]] = {}
    newest: dict[str, int] = {}
    for customer, code, age in seen:
        purchases.setdefault(customer, {})[code] = float(age)
        newest[code] = min(age, newest.get(code, age))
    fresh: dict[int, set[str]] = {}
    for customer, code in later:
        # A third of the customers tell as much in a third of the time.
        if customer % 3 == 0 and customer in purchases and code not in purchases[customer]:
            fresh.setdefault(customer, set()).add(code)
    gone = {code for code, age in newest.items() if age > IN_STOCK_DAYS}
    return counting.count(bought), purchases, fresh, gone


def recall(chosen: dict[int, list[str]], fresh: dict[int, set[str]]) -> float:
    """The mean share of what a customer bought new that was among the ten."""
    return float(np.mean([len(wanted & set(chosen[customer])) / len(wanted) for customer, wanted in fresh.items()]))


class TestTheHeldOutMonth:
    """X-02, X-04, X-15: recommendations from purchase history name what customers buy next."""

    def test_is_foreseen_better_than_by_what_sells_most(self, retail: Any) -> None:
        """Both are filtered alike: never bought before, in stock. 'Most popular' is that of the last 30 days, the
        stronger of the two usual readings."""
        found, purchases, fresh, gone = retail

        ours = {
            customer: [
                each.code
                for each in ranking.suggest(
                    found, Person(purchases=purchases[customer], order_count=9), blocked=gone, limit=LIMIT
                )
            ]
            for customer in fresh
        }
        popular = {}
        best = [found.codes[place] for place in np.argsort(-found.recent_buyers, kind="stable")]
        for customer in fresh:
            free = (code for code in best if code not in gone and code not in purchases[customer])
            popular[customer] = [code for code, _ in zip(free, range(LIMIT), strict=False)]

        assert len(fresh) > 400
        assert recall(ours, fresh) >= 1.2 * recall(popular, fresh)
        assert recall(ours, fresh) == pytest.approx(0.06, abs=0.012)

    def test_never_names_what_is_gone_or_bought(self, retail: Any) -> None:
        """X-02: nothing out of stock, nothing he has."""
        found, purchases, fresh, gone = retail
        for customer in list(fresh)[:100]:
            named = ranking.suggest(found, Person(purchases=purchases[customer]), blocked=gone, limit=LIMIT)

            assert len(named) == LIMIT
            assert not {each.code for each in named} & (gone | set(purchases[customer]))
