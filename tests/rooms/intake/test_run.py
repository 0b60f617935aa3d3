"""Received files: tried out, run, undone; all or nothing."""

import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from guanxi.intake import actions, importing, queries
from guanxi.intake.actions import NotToBeRun, NotToBeUndone
from guanxi.intake.models import ImportRun, RejectedRow
from guanxi.intake.rows import UnusableFile
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event, Order, OrderLine

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]

ORDERS = """Customer,Order ID,Date,Amount,Email
Elbwerk,1,2026-01-01,5,lena@elbwerk.example
Elbwerk,2,x,5,
大阪,3,2026-01-02,7,
"""


@pytest.fixture
def received(db: None, now: datetime) -> ImportRun:
    return actions.receive(file=io.BytesIO(ORDERS.encode()), name="../../Bestellungen.csv", now=now)


class TestReceive:
    def test_keeps_the_file_under_a_random_name(self, received: ImportRun) -> None:
        stored = settings.GUANXI_DATA / received.stored_path

        assert (received.file_name, received.state) == ("Bestellungen.csv", "pending")
        assert stored.parent == settings.GUANXI_DATA / "uploads"
        assert stored.read_text() == ORDERS
        assert "estellung" not in stored.name

    def test_shows_how_the_columns_are_taken(self, received: ImportRun) -> None:
        (table,) = queries.look_at(received)

        assert table["kind"] == "orders"
        assert table["columns"][0] == {
            "heading": "Customer",
            "samples": ["Elbwerk", "Elbwerk", "大阪"],
            "field": "customer",
        }


class TestDryRun:
    def test_counts_like_the_real_run_and_writes_nothing(self, received: ImportRun, now: datetime) -> None:
        tried = actions.dry_run(run=received, now=now)

        assert not any(model.objects.exists() for model in (Customer, Order, OrderLine, Event, RejectedRow))
        assert not (settings.GUANXI_DATA / "rejects").exists()
        done = actions.run(run=received, now=now)
        same = set(tried) - {"run", "rejects_file", "examples"}
        assert {name: tried[name] for name in same} == {name: done[name] for name in same}

    def test_shows_examples(self, received: ImportRun, now: datetime) -> None:
        examples = actions.dry_run(run=received, now=now)["examples"]

        assert examples["rows"][0]["buyer"] == "Elbwerk"
        assert examples["conflicts"] == []

    def test_of_a_file_leaves_no_run(self, run: Run) -> None:
        answer = run(ORDERS, is_dry=True)

        assert (answer["run"], answer["rejects_file"], answer["orders_created"]) == (None, None, 2)
        assert not ImportRun.objects.exists()


class TestRun:
    def test_reports_progress(self, received: ImportRun, now: datetime) -> None:
        seen: list[tuple[str, int, int]] = []

        actions.run(run=received, now=now, progress=lambda *step: seen.append(step))

        assert seen[0] == ("reading", 3, 0)
        assert seen[-1] == ("orders", 2, 2)

    def test_is_for_once(self, received: ImportRun, now: datetime) -> None:
        actions.run(run=received, now=now)

        with pytest.raises(NotToBeRun):
            actions.run(run=received, now=now)

    def test_takes_a_mapping(self, received: ImportRun, now: datetime) -> None:
        columns = {"customer_name": "Customer", "ordered_at": "Date", "amount": "Amount"}
        actions.choose(run=received, changes={"mapping": {"columns": columns}, "source": "desk", "currency": "EUR"})

        actions.run(run=received, now=now)

        assert set(Order.objects.values_list("source", "currency")) == {("desk", "EUR")}

    def test_that_fails_leaves_nothing_and_may_be_repeated(
        self, received: ImportRun, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def load_half(loading: importing.Loading, table: Any) -> None:
            importing.load_orders.load_orders(loading, table)
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setitem(importing.LOADERS, "orders", load_half)
            with pytest.raises(MemoryError):
                actions.run(run=received, now=now)

        received.refresh_from_db()
        assert received.state == "failed"
        assert not Order.objects.exists()
        assert not Event.objects.exists()
        assert actions.run(run=received, now=now)["orders_created"] == 2

    @pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "Customer,Date,Amount\n", "Customer,Date,Amount\n\n"])
    def test_of_an_unusable_file_says_why(self, run: Run, text: str) -> None:
        with pytest.raises(UnusableFile) as problem:
            run(text)

        assert str(problem.value).endswith(".")
        assert [each.state for each in queries.recent_runs()] == ["failed"]

    def test_lists_its_rejects(self, received: ImportRun, now: datetime) -> None:
        actions.run(run=received, now=now)

        (reject,) = queries.rejects_of(received)
        assert (reject.row, reject.field, reject.content["Order ID"]) == (3, "Date", "2")
        path = queries.rejects_path(ImportRun.objects.get())
        assert path is not None
        assert path.name == f"import-{received.pk}.csv"


class TestUndo:
    def test_takes_back_what_was_created(self, received: ImportRun, now: datetime) -> None:
        actions.run(run=received, now=now)

        gone = actions.undo(run=received, now=now)

        counts = ("orders", "contacts", "customers", "customers_kept", "products", "restored", "stays")
        assert [gone[name] for name in counts] == [2, 1, 2, 0, 0, 0, []]
        assert not any(model.objects.exists() for model in (Customer, Contact, Order, OrderLine, Event))
        received.refresh_from_db()
        assert received.state == "undone"

    def test_keeps_customers_with_a_later_story(self, received: ImportRun, now: datetime) -> None:
        actions.run(run=received, now=now)
        kept = Customer.objects.get(name="大阪")
        ledger_actions.write_note(customer=kept, author=None, kind="call", text="…", happened_at=now, now=now)

        gone = actions.undo(run=received, now=now)

        assert gone["customers_kept"] == 1
        assert list(Customer.objects.all()) == [kept]

    def test_is_for_imports_that_are_done(self, received: ImportRun, now: datetime) -> None:
        with pytest.raises(NotToBeUndone):
            actions.undo(run=received, now=now)

    def test_can_be_followed_by_the_same_import(self, run: Run, now: datetime) -> None:
        run(ORDERS)
        actions.undo(run=ImportRun.objects.get(), now=now)

        assert run(ORDERS)["orders_created"] == 2


class TestForeignNames:
    def test_survive_the_naughty_strings(self, run: Run, shared_data: Path) -> None:
        names = json.loads((shared_data / "strings" / "blns.json").read_text(encoding="utf-8"))
        rows = [{"Customer": name, "Order ID": i, "Date": "2026-01-01", "Amount": 1} for i, name in enumerate(names)]

        answer = run(json.dumps(rows), name="blns.json")

        assert answer["accepted"] + answer["rejected"] == answer["rows"] == len(rows)
        assert answer["orders_created"] == answer["accepted"]
