"""The ledger as Parquet frames."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from guanxi.engine.frames import EVENTS, TABLES
from guanxi.firm import actions as firm_actions
from guanxi.ledger import actions, frames
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Customer, Event, ExchangeRate, Invoice, Order, Trait

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

        files = {"orders": (found.orders,), "customers": (found.customers,)} | found.others
        for name, paths in files.items():
            assert all(set(pq.read_schema(path).names) >= set(TABLES[name]) for path in paths), name

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


class TestInvoices:
    def bill(self, customer: Customer, number: str, **facts: Any) -> Invoice:
        return Invoice.objects.create(
            **{"customer": customer, "number": number, "source": "test", "issued_on": date(2026, 3, 1),
               "due_on": date(2026, 3, 31), "currency": "USD", "amount": Decimal(100)} | facts
        )  # fmt: skip

    def test_are_in_the_reporting_currency_at_the_rate_of_their_day(
        self, customer: Customer, tmp_path: Path, now: datetime
    ) -> None:
        """D-10: due and paid days are held; CN-41: money at the rate of the day."""
        ExchangeRate.objects.create(currency="EUR", into="USD", on=date(2026, 2, 1), value=Decimal("1.25"))
        self.bill(customer, "1", paid_on=date(2026, 4, 2))
        self.bill(customer, "2", currency="EUR", due_on=None)
        self.bill(customer, "3", currency="JPY")

        found = rows(frames.refresh(folder=tmp_path, now=now).invoices)

        assert [row["amount"] for row in found] == [100, 125, None]
        assert (found[0]["due_on"], found[0]["paid_on"], found[1]["due_on"]) == (
            date(2026, 3, 31), date(2026, 4, 2), None,
        )  # fmt: skip

    def test_follow_a_payment(self, customer: Customer, tmp_path: Path, now: datetime) -> None:
        invoice = self.bill(customer, "1")
        frames.refresh(folder=tmp_path, now=now)

        Invoice.objects.filter(pk=invoice.pk).update(paid_on=date(2026, 4, 2))

        (row,) = rows(frames.refresh(folder=tmp_path, now=now).invoices)
        assert row["paid_on"] == date(2026, 4, 2)


class TestLines:
    def test_carry_cost_in_the_reporting_currency_and_take_it_back_with_a_return(
        self, customer: Customer, tmp_path: Path, now: datetime
    ) -> None:
        """D-12: what a margin is computed from."""
        ExchangeRate.objects.create(currency="EUR", into="USD", on=date(2026, 2, 1), value=Decimal("1.25"))
        for number, kind, price in (("1", "order", "10"), ("2", "credit", "-10")):
            actions.record_order(
                customer=customer, number=number, placed_at=now, now=now, currency="EUR", kind=kind,
                lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(price), cost=Decimal(8))],
            )  # fmt: skip

        found = rows(frames.refresh(folder=tmp_path, now=now).lines)

        assert [row["cost"] for row in found] == [10, -10]


class TestTraits:
    def test_carry_their_days(self, customer: Customer, tmp_path: Path, now: datetime) -> None:
        Trait.objects.create(
            customer=customer, name="growth_plan", since_on=date(2026, 1, 1), until_on=date(2027, 1, 1), set_at=now
        )

        (row,) = rows(frames.refresh(folder=tmp_path, now=now).traits)

        assert (row["name"], row["value"], row["since_on"], row["until_on"]) == (
            "growth_plan", True, date(2026, 1, 1), date(2027, 1, 1),
        )  # fmt: skip


class TestEvents:
    MARCH, MAY = datetime(2026, 3, 31, 23, 30, tzinfo=UTC), datetime(2026, 5, 1, 9, tzinfo=UTC)

    def happen(self, customer: Customer | None, at: datetime, name: str = "page.viewed", **facts: Any) -> Event:
        event = actions.record_event(
            name=name, occurred_at=at, now=at, source="test", customer=customer, **facts
        )  # fmt: skip
        assert event is not None
        return event

    def written(self, folder: Path, now: datetime) -> dict[str, list[dict[str, Any]]]:
        """The rows by month, without those that creating the customer made."""
        found = {path.stem: rows(path) for path in frames.refresh(folder=folder, now=now).events}
        return {month: [row for row in each if row["source"] == "test"] for month, each in found.items()}

    def test_lie_in_a_file_per_month_of_utc_with_days_of_the_firm(
        self, customer: Customer, tmp_path: Path, now: datetime
    ) -> None:
        self.happen(customer, self.MARCH)
        self.happen(None, self.MAY, anonymous_id="visitor-1")

        found = self.written(tmp_path, now)

        (march,), (may,) = found["2026-03"], list(found["2026-05"])
        assert (march["customer_id"], march["occurred_on"]) == (customer.pk, date(2026, 4, 1))  # in Shanghai
        assert march["occurred_at"] == self.MARCH.replace(tzinfo=None)
        assert (may["customer_id"], may["anonymous_id"]) == (None, "visitor-1")

    def test_only_months_that_changed_are_written_anew(self, customer: Customer, tmp_path: Path, now: datetime) -> None:
        self.happen(customer, self.MARCH)
        before = {path.stem: path.stat().st_mtime_ns for path in frames.refresh(folder=tmp_path, now=now).events}

        self.happen(customer, self.MAY)
        after = {path.stem: path.stat().st_mtime_ns for path in frames.refresh(folder=tmp_path, now=now).events}

        assert after["2026-03"] == before["2026-03"]
        assert after["2026-05"] != before.get("2026-05")

    def test_a_month_follows_a_visitor_who_identified_himself(
        self, customer: Customer, tmp_path: Path, now: datetime
    ) -> None:
        visit = self.happen(None, self.MARCH, anonymous_id="visitor-1")
        self.written(tmp_path, now)

        Event.objects.filter(pk=visit.pk).update(customer=customer)

        assert self.written(tmp_path, now)["2026-03"][0]["customer_id"] == customer.pk

    def test_a_month_without_events_loses_its_file(self, customer: Customer, tmp_path: Path, now: datetime) -> None:
        visit = self.happen(customer, self.MARCH)
        self.written(tmp_path, now)

        visit.delete()

        assert "2026-03" not in self.written(tmp_path, now)
        assert not (tmp_path / "events" / "2026-03.parquet").exists()

    def test_carry_what_behaviour_is_asked_for(self, customer: Customer, tmp_path: Path, now: datetime) -> None:
        """D-03, D-05: path, category, article, search, dwell time, session and value are columns."""
        self.happen(
            customer, self.MARCH, "Product Viewed",
            properties={"url": "https://shop.example/cups/7?token=secret", "category": "Cups", "sku": "C-7",
                        "session_id": "s1", "dwell_seconds": "41.6", "price": "12.5", "query": "tea cup", "score": 5},
        )  # fmt: skip

        (row,) = self.written(tmp_path, now)["2026-03"]

        assert {name: row[name] for name in EVENTS if name in {
            "url_path", "category", "product_code", "session_id", "dwell_seconds", "value", "search_query", "score",
        }} == {
            "url_path": "/cups/7", "category": "Cups", "product_code": "C-7", "session_id": "s1", "dwell_seconds": 42,
            "value": Decimal("12.5"), "search_query": "tea cup", "score": 5,
        }  # fmt: skip

    @pytest.mark.parametrize("odd", ["much", True, [1], {"a": 1}, 1e300, "inf", "nan", None])
    def test_what_is_no_number_is_unknown(self, odd: Any, customer: Customer, tmp_path: Path, now: datetime) -> None:
        self.happen(customer, self.MARCH, properties={"value": odd, "dwell_seconds": odd, "category": odd})

        (row,) = self.written(tmp_path, now)["2026-03"]

        assert (row["value"], row["dwell_seconds"]) == (None, None)
