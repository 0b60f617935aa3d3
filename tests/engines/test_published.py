"""The measures over public data: what others published, and what plain Python finds in the same rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.parquet as pq
import pytest

from guanxi.engine.connection import Engine, columns_of, open_engine, quoted
from guanxi.engine.frames import CUSTOMERS, ORDERS, TABLES
from guanxi.scoring import order_lines, scores
from guanxi.scoring.measures import measures_for, rfm
from guanxi.scoring.policies import Policy
from tests.engines.conftest import empty_tables

Found = dict[str, dict[str, Any]]
DAY_AFTER = date(2011, 12, 10)


def measured(engine: Engine, policy: Policy, *figures: str) -> Found:
    """The figures of every customer by name."""
    scores.name_scores(engine, policy=policy, measures=measures_for(set(figures)))
    columns = columns_of(engine, "scores")
    rows = engine.execute("SELECT name, scores.* FROM scores JOIN customers USING (customer_id)").fetchall()
    return {name: dict(zip(columns, row, strict=True)) for name, *row in rows}


REFERENCE_POLICY = Policy(date(2006, 12, 31), None, "interpolated")


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Iterator[Engine]:
    path = shared_data / "rfm_reference" / "rfm_data_orders.csv.gz"
    with open_engine() as engine:
        empty_tables(engine, TABLES)
        engine.execute(f"CREATE TEMP TABLE orders ({', '.join(map(' '.join, ORDERS.items()))})")
        engine.execute(f"CREATE TEMP TABLE customers ({', '.join(map(' '.join, CUSTOMERS.items()))})")
        engine.execute(
            "INSERT INTO orders SELECT DENSE_RANK() OVER (ORDER BY customer_id), '', order_date, revenue, FALSE, TRUE "
            f"FROM read_csv({quoted(path)})"
        )
        engine.execute(
            "INSERT INTO customers SELECT ROW_NUMBER() OVER (ORDER BY customer_id), customer_id, '', 'unknown', NULL "
            f"FROM (SELECT DISTINCT customer_id FROM read_csv({quoted(path)}))"
        )
        yield engine


@pytest.fixture(scope="module")
def bought(shared_data: Path) -> dict[str, dict[str, tuple[date, Decimal]]]:
    """Day and amount of every order by customer and number, found by plain Python."""
    columns = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    table = pq.read_table(shared_data / "online_retail" / "online_retail.parquet", columns=columns)
    found: dict[str, dict[str, tuple[date, Decimal]]] = defaultdict(dict)
    for number, quantity, at, price, customer in zip(*(table[each].to_pylist() for each in columns), strict=True):
        if customer is None or number.startswith("C") or quantity <= 0 or price <= 0:
            continue
        of_customer = found[str(customer)]
        _, amount = of_customer.get(number, (None, Decimal(0)))
        of_customer[number] = (at.date(), amount + quantity * Decimal(str(round(price, 4))))
    return found


@pytest.fixture(scope="module")
def found(shared_data: Path) -> Iterator[Found]:
    path = shared_data / "online_retail" / "online_retail.parquet"
    with open_engine() as engine:
        lines = engine.sql(f"""
            SELECT CustomerID AS customer, '' AS customer_name, Country AS country, InvoiceNo AS order_number,
                InvoiceDate AS ordered_at, CAST(Quantity * UnitPrice AS DECIMAL(18, 4)) AS amount, 'GBP' AS currency,
                InvoiceNo LIKE 'C%' AS is_credit
            FROM read_parquet({quoted(path)}) WHERE CustomerID IS NOT NULL
        """).to_arrow_table()
        order_lines.name_frames(engine, lines, as_of_on=DAY_AFTER, worth={"GBP": Decimal(1)}, returns="ignore")
        yield measured(engine, Policy(DAY_AFTER, None), "spend_share", "cycle_days")


class TestTheRPackageRfm:
    """T-01, T-02, T-03: version 0.3.0 published bins and scores for 995 customers as of 2006-12-31."""

    def test_the_published_bins(self, reference: Engine) -> None:
        (cuts,) = reference.execute(rfm.cuts_query(REFERENCE_POLICY)).fetchall()

        bins = [round(float(cut), 1) for cut in cuts]
        assert bins == [115, 181, 297.4, 482, 4, 5, 6, 8, 255.8, 382, 506.4, 666]

    def test_the_published_first_rows(self, reference: Engine) -> None:
        found = measured(reference, REFERENCE_POLICY)

        figures = ("days_since_last_order", "order_count", "spend_total", "r_score", "f_score", "m_score")
        first = {name: tuple(found[name][figure] for figure in figures) for name in sorted(found)[:10]}
        assert first == {
            "Abbey O'Reilly": (205, 6, 472, 3, 4, 3),
            "Add Senger": (140, 3, 340, 4, 1, 2),
            "Aden Lesch": (194, 4, 405, 3, 2, 3),
            "Aden Murphy": (98, 7, 596, 5, 4, 4),
            "Admiral Senger": (132, 5, 448, 4, 3, 3),
            "Agness O'Keefe": (90, 9, 843, 5, 5, 5),
            "Aileen Barton": (84, 9, 763, 5, 5, 5),
            "Ailene Hermann": (281, 8, 699, 3, 5, 5),
            "Aiyanna Bruen": (246, 4, 157, 3, 2, 1),
            "Akeelah Walsh": (160, 7, 779, 4, 4, 5),
        }

    def test_whole_cuts_score_whole_figures_alike(self, reference: Engine) -> None:
        published = measured(reference, REFERENCE_POLICY)
        ours = measured(reference, Policy(date(2006, 12, 31), None))

        assert ours == published


class TestOnlineRetail:
    """The wholesaler of E-1: 4,338 customers whose orders count, returns left out."""

    def test_days_orders_and_money_are_those_of_plain_python(self, found: Found, bought: Any) -> None:
        """T-01, T-02, T-03, CN-07: all 4,338 customers."""
        expected = {
            customer: (
                (DAY_AFTER - max(day for day, _ in orders.values())).days,
                len(orders),
                sum(amount for _, amount in orders.values()),
            )
            for customer, orders in bought.items()
        }

        ours = {
            name: (row["days_since_last_order"], row["order_count"], row["spend_total"]) for name, row in found.items()
        }
        assert len(ours) == 4_338
        assert {name: row[:2] for name, row in ours.items()} == {name: row[:2] for name, row in expected.items()}
        assert all(abs(row[2] - expected[name][2]) < Decimal("0.01") for name, row in ours.items())
        assert round(sum(row[2] for row in ours.values()), 1) == Decimal("8911407.9")

    def test_own_cycles_are_those_of_plain_python(self, found: Found, bought: Any) -> None:
        """B-09, CN-08: 62 % of the customers with four order days or more have a median gap above thirty days."""
        expected = {}
        for customer, orders in bought.items():
            days = sorted({day for day, _ in orders.values()})
            gaps = [(later - earlier).days for earlier, later in pairwise(days)]
            expected[customer] = round(median(gaps), 1) if len(gaps) >= 3 else None

        cycles = {name: row["cycle_days"] for name, row in found.items()}
        assert cycles == expected
        known = [cycle for cycle in cycles.values() if cycle is not None]
        assert round(sum(cycle > 30 for cycle in known) / len(known), 2) == 0.62

    def test_shares_leave_class_a_empty(self, found: Found) -> None:
        """T-17, T-21, T-25, CN-37: nobody buys 15 %, one buys 3 %, and 4,337 less."""
        shares = {name: row["spend_share"] for name, row in found.items()}

        classes = [sum(share >= 15 for share in shares.values()), sum(3 <= share < 15 for share in shares.values())]
        assert [*classes, sum(share < 3 for share in shares.values())] == [0, 1, 4_337]
        largest = max(shares, key=lambda name: shares[name])
        assert (largest, round(shares[largest], 2)) == ("14646", Decimal("3.14"))

    def test_a_fifth_of_the_customers_bring_three_quarters_of_the_sales(self, found: Found) -> None:
        ranked = sorted(found.values(), key=lambda row: row["spend_share_before"])

        top = ranked[: round(len(ranked) * 0.2)]
        assert round(sum(row["spend_share"] for row in top), 1) == Decimal("74.6")
        for_eighty = sum(row["spend_share_before"] < 80 for row in ranked)
        assert round(100 * for_eighty / len(ranked), 1) == 26.1

    def test_who_came_back_after_half_a_year(self, found: Found) -> None:
        assert sum((row["longest_gap_days"] or 0) >= 180 for row in found.values()) == 438
