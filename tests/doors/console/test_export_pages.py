"""D-26, RS-29: every list, and everything, as files from the console."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import fastexcel
import pytest
from django.test import Client

from guanxi.console import export_pages
from guanxi.insights import export_tables
from guanxi.pipeline import exports
from guanxi.pipeline.models import Export
from guanxi.pipeline.pulse import pulse
from guanxi.staff.models import AuditEntry
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada_in(ada: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    def wait(task: Callable[[], None]) -> None:
        """The worker's turn comes in the test."""

    monkeypatch.setattr(export_pages, "in_background", wait)
    return signed_in(ada)


class TestLists:
    """D-26."""

    def test_are_all_offered(self, ada_in: Client) -> None:
        page = ada_in.get("/export/").content.decode()

        for table in export_tables.lists():
            assert f"/export/{table.name}/xlsx" in page
            assert table.name in export_pages.LIST_NAMES

    def test_are_csv_with_guarded_cells(self, ada_in: Client) -> None:
        """RS-29."""
        cast.a_customer(name="=1+1")

        content = ada_in.get("/export/customers/csv").getvalue().decode("utf-8-sig")

        assert content.startswith("Guanxi Customer,Customer Name")
        assert ",'=1+1," in content

    @pytest.mark.parametrize("table", ["customers", "orders", "ledger_event", "tiering_standing", "permissions"])
    def test_are_workbooks(self, ada_in: Client, table: str) -> None:
        cast.lena()

        content = ada_in.get(f"/export/{table}/xlsx").getvalue()

        assert fastexcel.read_excel(content).load_sheet(0).to_arrow().schema.names

    def test_that_do_not_exist_are_not_found(self, ada_in: Client) -> None:
        assert ada_in.get("/export/staff_user/csv").status_code == 404

    def test_are_for_those_who_may_export(self, signed_in: Any, staff: dict[str, Any]) -> None:
        assert signed_in(staff["sales"]).get("/export/").status_code == 403


class TestEverything:
    """D-26."""

    def test_is_written_by_the_worker_and_downloaded(self, ada_in: Client, now: datetime) -> None:
        cast.lena()
        ada_in.post("/export/all/", {"form": "csv"})
        ada_in.post("/export/all/", {"form": "csv"})
        export = Export.objects.get()
        later = export.asked_at + timedelta(seconds=1)

        assert pulse(at=later)["exports"] == 1

        answer = ada_in.get(f"/export/all/{export.pk}")
        with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
            assert "manifest.json" in archive.namelist()
            assert "other/staff_auditentry.csv" in archive.namelist()
        assert f"/export/all/{export.pk}" in ada_in.get("/export/").content.decode()
        assert set(AuditEntry.objects.values_list("act", flat=True)) >= {"export.asked", "export.downloaded"}

    def test_goes_after_a_week(self, ada_in: Client) -> None:
        ada_in.post("/export/all/", {"form": "parquet"})
        export = Export.objects.get()
        exports.write_due(clock=lambda: export.asked_at)
        export.refresh_from_db()
        path = exports.path_of(export)
        assert path.is_file()

        assert exports.forget_expired(now=export.asked_at + timedelta(days=7)) == 1

        assert not path.exists()

    def test_of_a_killed_worker_is_written_again_once(self, ada_in: Client) -> None:
        ada_in.post("/export/all/", {"form": "csv"})
        export = Export.objects.get()
        Export.objects.update(state="running", attempts=1)

        assert exports.write_due(clock=lambda: export.asked_at + timedelta(hours=2)) == 1
        export.refresh_from_db()
        assert export.state == "done"

    def test_with_the_audit_trail_is_for_those_who_may_read_it(self, ada_in: Client, bo: Any, signed_in: Any) -> None:
        ada_in.post("/export/all/", {"form": "csv"})
        export = Export.objects.get()
        exports.write_due(clock=lambda: export.asked_at)
        bo_in = signed_in(bo)

        assert bo_in.get(f"/export/all/{export.pk}").status_code == 403
        bo_in.post("/export/all/", {"form": "csv"})
        assert not Export.objects.latest("id").with_audit
