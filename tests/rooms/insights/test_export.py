"""D-26, RS-29: everything can be taken out at any time, and read in again with the same counts and sums."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db.models import Sum

from guanxi.consent import forgetting
from guanxi.consent import queries as consent_queries
from guanxi.insights import export_tables
from guanxi.insights.export import NotAnEmptyFolder, export_all
from guanxi.intake import actions as intake_actions
from guanxi.intake.importing import Wishes
from guanxi.ledger.models import Contact, Customer, ExchangeRate, Identity, Invoice, Order, OrderLine, Payment

pytestmark = pytest.mark.django_db

FILES = {
    "customers.csv": "Customer ID,Customer Name,Country,City,Tags,E-mail,Contact Name,Phone\n"
    "1,=1+1 GmbH,Germany,Hamburg,\"fair, web\",lena@elbwerk.example,Lena Vogt,+49 40 123456\n"
    "2,大阪商事,日本,大阪,,,田中,\n",
    "products.csv": "SKU,Product Name,Category,Cost,Launch Day,Edition\nX,-Cup,Mugs,2,2026-09-01,season\n",
    "orders.csv": "Customer ID,Order ID,Order Date,SKU,Product,Quantity,Unit Price,Currency\n"
    "1,A,2026-01-02 10:00,X,-Cup,2,5.25,USD\n1,A,2026-01-02 10:00,Y,@Plate,1,3,USD\n"
    "2,B,2026-02-03,X,-Cup,-1,5,EUR\n",
    "invoices.csv": "Customer ID,Order ID,Invoice Number,Invoice Date,Due Date,Amount\n"
    "1,A,I1,2026-01-05,2026-02-05,13.50\n",
    "payments.csv": "Customer ID,Invoice Number,Paid Date,Amount\n1,I1,2026-02-01,13.50\n",
    "rates.csv": "Date,Currency,Rate\n2026-01-01,EUR,1.1\n",
    "consents.csv": "Email,Purpose,State,Basis,Obtained At,Source\n"
    "lena@elbwerk.example,marketing,granted,consent,2026-01-01,fair\n",
}  # fmt: skip
RECORDS = ("customers", "contacts", "products", "rates", "orders", "order-lines", "invoices", "payments", "permissions")


def read_in(path: Path, now: datetime, **wishes: Any) -> dict[str, Any]:
    return intake_actions.import_file(path=path, wishes=Wishes(**wishes), now=now)


@pytest.fixture
def filled(tmp_path: Path, now: datetime) -> None:
    for name, text in FILES.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        kind = name.removesuffix(".csv") if name in {"payments.csv", "consents.csv"} else "auto"
        assert read_in(path, now, kind=kind)["rejected"] == 0
    path.write_text("Customer ID,Order ID,Order Date,Amount\n9,A,2026-04-01,7\n", encoding="utf-8")
    read_in(path, now, source="another shop")  # the same number of order as in the first source


def figures() -> dict[str, Any]:
    sums = Order.objects.aggregate(amount=Sum("amount"), reported=Sum("amount_reporting"))
    lines = OrderLine.objects.aggregate(quantity=Sum("quantity"), of_lines=Sum("amount"))
    return {
        **sums, **lines,
        "counts": [model.objects.count() for model in (Customer, Contact, Order, OrderLine, Invoice, Payment)],
        "names": sorted(Customer.objects.values_list("name", "country", "city")),
        "people": sorted(Contact.objects.values_list("full_name", "email_key", "phone"), key=str),
        "products": sorted(OrderLine.objects.values_list("product_name", flat=True)),
        "paid": list(Invoice.objects.values_list("paid_on", "amount")),
        "moments": sorted(Order.objects.values_list("placed_at", "kind", "stage", "currency")),
    }  # fmt: skip


def empty() -> None:
    forgetting.forget(contact_ids=list(Contact.objects.values_list("pk", flat=True)))
    Customer.objects.all().delete()
    ExchangeRate.objects.all().delete()
    Identity.objects.all().delete()


class TestExport:
    """D-26."""

    @pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
    def test_is_read_in_again_with_the_same_counts_and_sums(
        self, filled: None, tmp_path: Path, now: datetime, form: str
    ) -> None:
        """D-26, RS-29: the guard before a formula is taken off again."""
        before = figures()
        export_all(path=tmp_path / "out", form=form, now=now)
        empty()

        for name in RECORDS:
            answer = read_in(tmp_path / "out" / f"{name}.{form}", now)
            assert (answer["rejected"], answer["conflicts"]) == (0, 0), name

        assert figures() == before
        assert consent_queries.permission_of(Contact.objects.get(email_key="lena@elbwerk.example").pk, "marketing")

    def test_of_a_zip_is_read_in_whole(self, filled: None, tmp_path: Path, now: datetime) -> None:
        before = figures()
        export_all(path=tmp_path / "all.zip", now=now)
        empty()

        read_in(tmp_path / "all.zip", now)

        assert figures() == before

    def test_tells_how_many_rows_each_file_has(self, filled: None, tmp_path: Path, now: datetime) -> None:
        manifest = export_all(path=tmp_path / "out", now=now)

        assert json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8")) == manifest
        for told in manifest["tables"]:
            with (tmp_path / "out" / told["file"]).open(encoding="utf-8-sig", newline="") as file:
                heading, *rows = csv.reader(file)
            assert (heading, len(rows)) == (told["columns"], told["rows"])
        rows = {told["table"]: told["rows"] for told in manifest["tables"]}
        assert (rows["orders"], rows["order-lines"], rows["ledger_event"]) == (3, 3, manifest_events())

    def test_holds_every_table_but_no_secret(self, filled: None, ada: Any, tmp_path: Path, now: datetime) -> None:
        export_all(path=tmp_path / "all.zip", now=now)

        with zipfile.ZipFile(tmp_path / "all.zip") as archive:
            names = set(archive.namelist())
            users = archive.read("other/staff_user.csv").decode("utf-8-sig")
        assert {"other/outbox_message.csv", "other/tiering_standing.csv", "other/journeys_enrolment.csv"} <= names
        assert not {"other/staff_apitoken.csv", "other/staff_invitation.csv"} & names
        assert "ada@ningbo-firm.example" in users
        assert "password" not in users

    def test_of_parquet_has_types(self, filled: None, tmp_path: Path, now: datetime) -> None:
        export_all(path=tmp_path / "out", form="parquet", now=now)

        orders = pq.read_table(tmp_path / "out" / "orders.parquet")
        assert orders["Order Total"].to_pylist()[0] == Decimal("13.5")
        assert str(orders.schema.field("Order Date").type) == "timestamp[us, tz=UTC]"

    def test_never_writes_over_something(self, tmp_path: Path, now: datetime) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").write_text("…", encoding="utf-8")

        with pytest.raises(NotAnEmptyFolder, match="is there already"):
            export_all(path=tmp_path / "out", now=now)

    def test_of_a_sheet_that_was_edited_changes_what_was_edited(
        self, filled: None, tmp_path: Path, now: datetime, edit_sheet: Callable[[Path, str, str, str], None]
    ) -> None:
        """D-26: out as xlsx, edited, in again."""
        export_all(path=tmp_path / "out", form="xlsx", now=now)
        edit_sheet(tmp_path / "out" / "customers.xlsx", "=1+1 GmbH", "City", "Bremen")

        answer = read_in(tmp_path / "out" / "customers.xlsx", now)

        assert (answer["rows"], answer["updated"], answer["customers_created"]) == (3, 1, 0)
        assert Customer.objects.filter(name="=1+1 GmbH", city="Bremen").count() == 1

    def test_that_comes_back_unchanged_changes_nothing(self, filled: None, tmp_path: Path, now: datetime) -> None:
        before = figures()
        export_all(path=tmp_path / "all.zip", now=now)

        answer = read_in(tmp_path / "all.zip", now)

        counted = ("customers_created", "contacts_created", "orders_created", "updated", "conflicts", "rejected")
        assert {name: answer[name] for name in counted} == dict.fromkeys(counted, 0)
        assert figures() == before

    def test_lists_what_people_look_at(self) -> None:
        names = {each.name for each in export_tables.lists()}

        assert set(RECORDS) <= names
        assert {"ledger_event", "tiering_standing", "outbox_message", "journeys_enrolment"} <= names


def manifest_events() -> int:
    from guanxi.ledger.models import Event

    return Event.objects.count()


@pytest.fixture
def edit_sheet() -> Callable[[Path, str, str, str], None]:
    """Change one cell of a workbook: of the row that holds a text, in the column of a heading."""
    import fastexcel
    import xlsxwriter

    def edit(path: Path, text: str, heading: str, value: str) -> None:
        sheet = fastexcel.read_excel(path).load_sheet(0).to_arrow()
        names, rows = sheet.schema.names, sheet.to_pylist()
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
            page = book.add_worksheet()
            page.write_row(0, 0, names)
            for number, row in enumerate(rows, start=1):
                if text in row.values():
                    row[heading] = value
                for place, name in enumerate(names):
                    if row[name] is not None:
                        page.write_string(number, place, str(row[name]))

    return edit
