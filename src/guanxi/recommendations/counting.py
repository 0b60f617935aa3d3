"""Counts what goes together and what sells where, from the tables in the engine; no database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from guanxi.engine import connection
from guanxi.recommendations import affinity
from guanxi.recommendations.store import Affinities

RECENT_DAYS = 30
MARKET_DAYS = 365
BEST_SELLERS = 100
# Above this many articles fewer companions are kept of each, so that the file fits every process' memory.
MANY_ARTICLES, FEW_COMPANIONS = 20_000, 30


def purchases(engine: connection.Engine, *, as_of_on: date, trades: Any, catalogue: Any) -> dict[str, Any]:
    """Columns of distinct purchases (`customer`, `article`, `age_days`, `first_age_days`, `country`, `trade`) and of
    articles (`codes`, `names`, `categories`), from the tables `lines` and `customers`.

    `trades` is an Arrow table of customer_id and trade, `catalogue` one of code, name and category; articles nobody
    has bought yet are there too.
    """
    engine.register("trades", trades)
    engine.register("catalogue", catalogue)
    day = f"DATE '{as_of_on.isoformat()}'"
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE bought AS
SELECT
    customer_id, product_code AS code, ARG_MAX(product_name, ordered_on) AS name,
    ARG_MAX(category, ordered_on) AS category, DATE_DIFF('day', MAX(ordered_on), {day}) AS age_days,
    DATE_DIFF('day', MIN(ordered_on), {day}) AS first_age_days
FROM lines
WHERE NOT is_credit AND product_code <> '' AND quantity > 0 AND amount > 0 AND ordered_on <= {day}
GROUP BY customer_id, product_code
""")
    articles = engine.execute("""
WITH sold AS (
    SELECT code, ARG_MIN(name, age_days) AS name, ARG_MIN(category, age_days) AS category FROM bought GROUP BY code
)
SELECT
    COALESCE(catalogue.code, sold.code) AS codes, COALESCE(NULLIF(catalogue.name, ''), sold.name, '') AS names,
    COALESCE(NULLIF(catalogue.category, ''), sold.category, '') AS categories
FROM sold FULL JOIN catalogue ON catalogue.code = sold.code
ORDER BY 1
""").fetchnumpy()
    engine.register("articles", pa.table({"code": pa.array(articles["codes"].tolist(), pa.string())}))
    rows = engine.execute("""
SELECT
    DENSE_RANK() OVER (ORDER BY customer_id) - 1 AS customer, places.place AS article, age_days, first_age_days,
    COALESCE(country, '') AS country, COALESCE(trade, '') AS trade
FROM bought
JOIN (SELECT code, ROW_NUMBER() OVER (ORDER BY code) - 1 AS place FROM articles) AS places USING (code)
LEFT JOIN customers USING (customer_id)
LEFT JOIN trades USING (customer_id)
ORDER BY customer, article
""").fetchnumpy()
    found = {name: np.ma.getdata(values) for name, values in rows.items()}
    texts = {name: np.array(np.ma.getdata(values).tolist(), dtype=np.str_) for name, values in articles.items()}
    return found | texts


def count(bought: dict[str, Any]) -> Affinities:
    """What goes together and what sells, from `purchases`."""
    customer, article = bought["customer"].astype(np.int64), bought["article"].astype(np.int64)
    size = len(bought["codes"])
    kept = affinity.KEPT if size <= MANY_ARTICLES else FEW_COMPANIONS
    recent = bought["age_days"] <= RECENT_DAYS
    first = np.full(size, -1, dtype=np.int64)
    np.maximum.at(first, article, bought["first_age_days"].astype(np.int64))
    return Affinities(
        codes=bought["codes"],
        names=bought["names"],
        categories=bought["categories"],
        buyers=np.bincount(article, minlength=size),
        recent_buyers=np.bincount(article[recent], minlength=size).astype(float),
        first_sold_days=first,
        neighbours=affinity.neighbours(customer, article, size=size, kept=kept),
        popular=dict(_popular(bought, article, size)),
    )


def _popular(bought: dict[str, Any], article: Any, size: int) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """The best sellers of everybody, of each market, trade and category, by their customers."""
    told = bought["age_days"] <= MARKET_DAYS
    lately = bought["age_days"] <= RECENT_DAYS
    yield "all", _best(np.bincount(article[lately if lately.any() else told], minlength=size))
    category_of = bought["categories"][article] if size else np.zeros(0, dtype=np.str_)
    trade = np.char.lower(np.char.strip(bought["trade"].astype(np.str_)))
    country = bought["country"].astype(np.str_)
    pairs = np.char.add(np.char.add(np.char.add("country:", country), "|trade:"), trade)
    both = np.where((country != "") & (trade != ""), pairs, "")
    named = [("country:", country), ("trade:", trade), ("category:", category_of), ("", both)]
    for prefix, labels in named:
        names, label_of = np.unique(labels[told], return_inverse=True)
        pairs_of, counts = np.unique(label_of * size + article[told], return_counts=True)
        starts = np.searchsorted(pairs_of, np.arange(len(names) + 1) * size)
        for place, name in enumerate(names.tolist()):
            if name:
                rows = slice(starts[place], starts[place + 1])
                yield f"{prefix}{name}", _top(pairs_of[rows] - place * size, counts[rows])


def _best(counts: Any) -> tuple[Any, Any]:
    places = np.flatnonzero(counts)
    return _top(places, counts[places])


def _top(places: Any, counts: Any) -> tuple[Any, Any]:
    first = np.lexsort((places, -counts))[:BEST_SELLERS]
    return places[first], counts[first]
