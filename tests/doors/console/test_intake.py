from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanxi.console import import_work
from guanxi.intake.models import ImportRun
from guanxi.ledger.models import Customer, Event, Order

pytestmark = pytest.mark.django_db

SHEET = (
    "Order number,Order date,Customer,Email,Country,Amount,Currency\n"
    "1001,2026-03-01,Nord Tools,max@nord.example,Germany,120.50,USD\n"
    "1002,2026-03-02,Kita Trading,ken@kita.example,Japan,80,USD\n"
    "1003,someday,Nord Tools,max@nord.example,Germany,10,USD\n"
)
CHOICE = {"kind": "auto", "currency": "", "source": "", "is_history": "on"}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is done before the answer, in the test's own transaction."""

    def run(work: Callable[[], None]) -> None:
        work()

    monkeypatch.setattr(import_work, "in_background", run)


@pytest.fixture
def ada_in(ada: Any, signed_in: Any, at_once: None) -> Client:
    return signed_in(ada)


def upload(client: Client, text: str = SHEET, name: str = "orders.csv") -> ImportRun:
    client.post("/imports/", {"file": SimpleUploadedFile(name, text.encode())})
    return ImportRun.objects.latest("id")


class TestAnImport:
    def test_is_looked_at_first(self, ada_in: Client) -> None:
        run = upload(ada_in)

        page = ada_in.get(f"/imports/{run.pk}/").content.decode()

        assert "Order number" in page
        assert "Nord Tools" in page
        assert not Order.objects.exists()

    def test_is_tried_out_without_a_trace(self, ada_in: Client) -> None:
        run = upload(ada_in)

        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "try"})
        page = ada_in.get(f"/imports/{run.pk}/").content.decode()

        assert "How the first rows were understood" in page
        assert "Refused rows" in page
        assert not Customer.objects.exists()

    def test_is_run_as_history_and_taken_back(self, ada_in: Client) -> None:
        run = upload(ada_in)

        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "run"})

        assert Order.objects.count() == 2
        assert not Event.objects.filter(is_unread=True).exists()
        assert "Take back" in ada_in.get(f"/imports/{run.pk}/").content.decode()

        ada_in.post(f"/imports/{run.pk}/undo/")

        assert not Order.objects.exists()

    def test_starts_journeys_only_when_asked(self, ada_in: Client) -> None:
        run = upload(ada_in)

        ada_in.post(f"/imports/{run.pk}/start/", {"kind": "auto", "what": "run"})

        assert Event.objects.filter(name="order.placed", is_unread=True).exists()

    def test_hands_out_its_refused_rows(self, ada_in: Client) -> None:
        run = upload(ada_in)
        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "run"})

        answer = ada_in.get(f"/imports/{run.pk}/rejects/")

        assert "someday" in b"".join(answer.streaming_content).decode()

    def test_takes_a_changed_mapping(self, ada_in: Client) -> None:
        run = upload(ada_in, "Nr,Wann,Wer,Wieviel\n7,2026-03-01,Nord,12\n")
        columns = {
            "column-0": "order_number",
            "column-1": "ordered_at",
            "column-2": "customer_name",
            "column-3": "amount",
        }

        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | columns | {"what": "run"})

        assert Order.objects.get().number == "7"

    def test_says_what_is_wrong_with_a_file(self, ada_in: Client) -> None:
        run = upload(ada_in, "PK\x03\x04 no archive", "broken.xlsx")

        answer = ada_in.get(f"/imports/{run.pk}/")

        assert answer.status_code == 200
        assert "flash-bad" in answer.content.decode()

    def test_refuses_an_unknown_currency(self, ada_in: Client) -> None:
        run = upload(ada_in)

        answer = ada_in.post(
            f"/imports/{run.pk}/start/", CHOICE | {"currency": "doubloons", "what": "run"}, follow=True
        )

        assert "This is no currency" in answer.content.decode()
        assert not Order.objects.exists()

    def test_ends_its_progress_with_a_reload(self, ada_in: Client) -> None:
        run = upload(ada_in)
        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "try"})

        assert ada_in.get(f"/imports/{run.pk}/progress/")["HX-Refresh"] == "true"

    def test_is_not_for_analysts(self, bo: Any, signed_in: Any) -> None:
        assert signed_in(bo).get("/imports/").status_code == 403
