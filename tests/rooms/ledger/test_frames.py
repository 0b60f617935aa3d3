"""The ledger as Parquet frames."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from guanxi.engine.frames import CUSTOMERS, ORDERS
from guanxi.firm import actions as firm_actions
from guanxi.ledger import actions, frames
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Customer, Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(now: datetime) -> Customer:
    return actions.create_customer(name="Elbwerk GmbH", country="DE", kind="b2b", now=now)


@pytest.fixture
def order(customer: Customer, now: datetime) -> Order:
    return place(customer, "1", now)


def place(customer: Customer, number: str, now: datetime, price: str = "12.50", **facts: Any) -> Order:
    lines = [LineFacts(quantity=Decimal(2), unit_price=Decimal(price), product_code="A", category="Cups")]
    placed_at = datetime(2026, 3, 1, 17, tzinfo=UTC)  # the next day in Shanghai
    return actions.record_order(
        customer=customer, number=number, placed_at=placed_at, now=now, lines=lines, **{"currency": "USD"} | facts
    )


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


class TestRefresh:
    def test_writes_days_of_the_firm_and_money_of_the_reporting_currency(
        self, order: Order, tmp_path: Path, now: datetime
    ) -> None:
        found = frames.refresh(folder=tmp_path, now=now)

        (row,) = rows(found.orders)
        assert (row["customer_id"], row["order_id"]) == (order.customer_id, str(order.pk))
        assert (row["ordered_on"], row["amount"], row["is_credit"]) == (date(2026, 3, 2), Decimal(25), False)
        assert rows(found.customers) == [
            {
                "customer_id": order.customer_id,
                "name": "Elbwerk GmbH",
                "country": "DE",
                "kind": "b2b",
                "cooperation_since": None,
            }
        ]
        (line,) = rows(found.lines)
        assert (line["product_code"], line["category"], line["quantity"], line["amount"]) == (
            "A", "Cups", Decimal(2), Decimal(25),
        )  # fmt: skip

    def test_keeps_the_contract_of_the_engine(self, order: Order, tmp_path: Path, now: datetime) -> None:
        found = frames.refresh(folder=tmp_path, now=now)

        assert set(pq.read_schema(found.orders).names) >= set(ORDERS)
        assert set(pq.read_schema(found.customers).names) >= set(CUSTOMERS)

    def test_leaves_out_what_was_not_ordered_and_prices_nothing_without_a_rate(
        self, customer: Customer, order: Order, tmp_path: Path, now: datetime
    ) -> None:
        place(customer, "2", now, stage="quoted")
        place(customer, "3", now, stage="cancelled")
        place(customer, "4", now, currency="JPY")

        found = frames.refresh(folder=tmp_path, now=now)

        priced = [row["order_id"] for row in rows(found.orders) if row["amount"] is not None]
        assert priced == [str(order.pk)]

    def test_marks_credits(self, customer: Customer, tmp_path: Path, now: datetime) -> None:
        place(customer, "1", now, price="-3", kind="credit")

        (row,) = rows(frames.refresh(folder=tmp_path, now=now).orders)
        assert (row["is_credit"], row["amount"]) == (True, Decimal(-6))

    def test_writes_nothing_when_nothing_changed(self, order: Order, tmp_path: Path, now: datetime) -> None:
        first = frames.refresh(folder=tmp_path, now=now)
        written = first.orders.stat().st_mtime_ns

        second = frames.refresh(folder=tmp_path, now=now)

        assert second == first
        assert second.orders.stat().st_mtime_ns == written

    def test_follows_every_change(self, customer: Customer, order: Order, tmp_path: Path, now: datetime) -> None:
        seen = [frames.refresh(folder=tmp_path, now=now).fingerprint]
        changes = [
            lambda: place(customer, "2", now),
            lambda: actions.change_stage(order=order, stage="cancelled", now=now),
            lambda: actions.update_customer(customer=customer, changes={"name": "Elbwerk AG"}, now=datetime.now(UTC)),
            lambda: firm_actions.describe_firm(changes={"time_zone": "America/New_York"}),
            lambda: Order.objects.get(number="2").delete(),
        ]

        for change in changes:
            change()
            seen.append(frames.refresh(folder=tmp_path, now=now).fingerprint)

        assert len(set(seen)) == len(seen)
        assert [row["name"] for row in rows(tmp_path / "customers.parquet")] == ["Elbwerk AG"]
        assert rows(tmp_path / "orders.parquet") == []

    def test_mends_a_damaged_mark(self, order: Order, tmp_path: Path, now: datetime) -> None:
        found = frames.refresh(folder=tmp_path, now=now)
        (tmp_path / "frames.json").write_text("{")
        found.orders.unlink()

        assert len(rows(frames.refresh(folder=tmp_path, now=now).orders)) == 1

    def test_leaves_no_drafts(self, order: Order, tmp_path: Path, now: datetime) -> None:
        folder = tmp_path / "frames"
        frames.refresh(folder=folder, now=now)

        assert sorted(path.name for path in folder.iterdir()) == [
            "customers.parquet", "events", "frames.json", "invoices.parquet", "lines.parquet", "orders.parquet",
            "traits.parquet",
        ]  # fmt: skip

    def test_of_an_empty_ledger_are_empty(self, db: None, tmp_path: Path, now: datetime) -> None:
        found = frames.refresh(folder=tmp_path, now=now)

        assert [rows(path) for path in (found.orders, found.customers, found.lines)] == [[], [], []]
