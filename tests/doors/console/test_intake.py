from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanxi.console import import_work
from guanxi.intake.mapping import mapping_from
from guanxi.intake.models import ImportRun, Mapping, RejectedRow
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


class TestRefusedRows:
    def test_are_mended_on_the_page(self, ada_in: Client) -> None:
        run = upload(ada_in)
        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "run"})
        reject = RejectedRow.objects.get()

        page = ada_in.get(f"/imports/{run.pk}/").content.decode()
        assert f'name="cell-{reject.pk}-1"' in page
        ada_in.post(f"/imports/{run.pk}/mend/", {f"cell-{reject.pk}-1": "2026-03-05", "what": "mend"})

        assert Order.objects.filter(number="1003").exists()
        assert "taken now" in ada_in.get(f"/imports/{run.pk}/").content.decode()

    def test_are_left_out_when_ticked(self, ada_in: Client) -> None:
        run = upload(ada_in)
        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "run"})
        reject = RejectedRow.objects.get()

        ada_in.post(f"/imports/{run.pk}/mend/", {"reject": [reject.pk], "what": "skip"})

        reject.refresh_from_db()
        assert reject.state == "skipped"

    def test_that_nobody_touched_stay_as_they_are(self, ada_in: Client) -> None:
        run = upload(ada_in)
        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "run"})
        reject = RejectedRow.objects.get()

        answer = ada_in.post(
            f"/imports/{run.pk}/mend/", {f"cell-{reject.pk}-1": "someday", "what": "mend"}, follow=True
        )

        assert "Nothing was changed" in answer.content.decode()

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_are_taken_away_with_their_reasons(self, ada_in: Client, form: str) -> None:
        run = upload(ada_in, SHEET.replace("Nord Tools", "=2+3"))
        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "run"})

        answer = ada_in.get(f"/imports/{run.pk}/rejects/{form}")

        content = answer.getvalue()
        assert answer["Content-Disposition"].endswith(f'refused.{form}"')
        if form == "csv":
            assert content.decode("utf-8-sig").splitlines()[0].startswith("row,field,reason,Order number")
            assert "'someday' is no date" in content.decode()
            assert "'=2+3" in content.decode()


class TestADryRun:
    def test_shows_new_updated_conflicting_and_refused_rows(self, ada_in: Client) -> None:
        first = upload(ada_in)
        ada_in.post(f"/imports/{first.pk}/start/", CHOICE | {"what": "run", "source": "shop"})
        run = upload(
            ada_in, SHEET.replace("120.50", "125.50") + "1004,2026-03-09,Sur Trading,max@nord.example,Mexico,9,USD\n"
        )

        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "try", "source": "shop"})
        page = ada_in.get(f"/imports/{run.pk}/").content.decode()

        assert "1004" in page
        assert "120.5 USD" in page
        assert "125.5 USD" in page
        assert "the file's value is written" in page
        assert "someday" in page


class TestMappings:
    COLUMNS = {"column-0": "order_number", "column-1": "ordered_at", "column-2": "customer_name", "column-3": "amount"}
    STRANGE = "Nr,Wann,Wer,Wieviel\n7,2026-03-01,Nord,12\n"

    def save(self, client: Client, name: str = "Partner") -> Mapping:
        run = upload(client, self.STRANGE)
        client.post(f"/imports/{run.pk}/start/", CHOICE | self.COLUMNS | {"what": "try", "profile": name})
        return Mapping.objects.get(name=name)

    def test_are_recognised_by_their_heading_line(self, ada_in: Client) -> None:
        self.save(ada_in)

        run = upload(ada_in, "Wer,Nr,Wann,Wieviel,Bemerkung\nSur,8,2026-03-02,9,x\n")
        page = ada_in.get(f"/imports/{run.pk}/").content.decode()
        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "run"})

        assert "by the saved mapping Partner" in page
        assert Order.objects.get().number == "8"

    def test_are_renamed_given_out_and_deleted(self, ada_in: Client) -> None:
        saved = self.save(ada_in)

        ada_in.post(f"/imports/mappings/{saved.pk}/rename/", {"name": "Agent"})
        document = yaml.safe_load(ada_in.get(f"/imports/mappings/{saved.pk}/yaml").content)
        assert "Agent" in ada_in.get("/imports/mappings/").content.decode()
        ada_in.post(f"/imports/mappings/{saved.pk}/delete/")

        assert mapping_from(document).columns["ordered_at"] == ("Wann",)
        assert not Mapping.objects.exists()

    def test_keep_a_name_for_one(self, ada_in: Client) -> None:
        saved = self.save(ada_in)
        self.save(ada_in, "Agent")

        answer = ada_in.post(f"/imports/mappings/{saved.pk}/rename/", {"name": "Agent"}, follow=True)

        assert "choose another one" in answer.content.decode()

    def test_show_the_fields_of_the_kind_that_is_chosen(self, ada_in: Client) -> None:
        run = upload(ada_in, "Firma,Ort\nNord,Kiel\n")

        page = ada_in.get(f"/imports/{run.pk}/?kind=customers").content.decode()

        assert '<option value="trade"' in page


class TestTakingBack:
    def test_is_shown_first(self, ada_in: Client) -> None:
        run = upload(ada_in)
        ada_in.post(f"/imports/{run.pk}/start/", CHOICE | {"what": "run"})

        page = ada_in.get(f"/imports/{run.pk}/undo/").content.decode()

        assert "Nothing has happened yet" in page
        assert Order.objects.count() == 2
