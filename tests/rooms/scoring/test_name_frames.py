"""What the measures see of the frames: rates of one answer, returns left out."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from guanxi.engine.connection import open_engine
from guanxi.ledger.frames import CUSTOMERS_SCHEMA, ORDERS_SCHEMA
from guanxi.scoring import scores

DAY = date(2026, 5, 1)
# Buyer 1 has an order and a return, 2 only a return, 3 an order without a rate, 4 has ordered nothing yet.
ORDERS = [
    (1, "a", DAY, Decimal(100), False, "USD", Decimal(100)),
    (1, "b", DAY, Decimal(-30), True, "USD", Decimal(-30)),
    (2, "c", DAY, Decimal(-20), True, "USD", Decimal(-20)),
    (3, "d", DAY, None, False, "GBP", Decimal(50)),
]


@pytest.fixture
def frames(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / f"{name}.parquet" for name in ("orders", "customers")}
    columns = ("customer_id", "order_id", "ordered_on", "amount", "is_credit", "currency", "amount_given")
    orders = [dict(zip(columns, row, strict=True)) for row in ORDERS]
    customers = [{"customer_id": number, "name": str(number), "country": "", "kind": "b2b"} for number in range(1, 5)]
    pq.write_table(pa.Table.from_pylist(orders, ORDERS_SCHEMA), paths["orders"])
    pq.write_table(pa.Table.from_pylist(customers, CUSTOMERS_SCHEMA), paths["customers"])
    return paths


def seen(frames: dict[str, Path], **options: Any) -> tuple[list[tuple[Any, ...]], list[int]]:
    """Orders as (customer, amount), and the customers."""
    with open_engine() as engine:
        scores.name_frames(engine, **frames, **options)
        orders = engine.execute("SELECT customer_id, amount FROM orders ORDER BY order_id").fetchall()
        customers = engine.execute("SELECT customer_id FROM customers ORDER BY 1").fetchall()
    return orders, [customer for (customer,) in customers]


class TestNameFrames:
    def test_shows_all_as_they_are(self, frames: dict[str, Path]) -> None:
        assert seen(frames) == ([(1, 100), (1, -30), (2, -20), (3, None)], [1, 2, 3, 4])

    def test_prices_an_order_by_the_rate_of_the_answer(self, frames: dict[str, Path]) -> None:
        orders, _ = seen(frames, rates={"GBP": Decimal("1.6")})

        assert orders[-1] == (3, Decimal(80))

    def test_ignores_returns_and_who_did_nothing_but_return(self, frames: dict[str, Path]) -> None:
        assert seen(frames, returns="ignore") == ([(1, 100), (3, None)], [1, 3, 4])

    def test_converts_into_the_currency_of_the_answer(self, frames: dict[str, Path]) -> None:
        orders, _ = seen(frames, worth=Decimal("0.5"))

        assert orders[0] == (1, Decimal(50))
