"""Customers, contacts, products, invoices, payments, rates, events and consents from files."""

import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from guanxi.catalogue.models import Product
from guanxi.consent.models import Permission
from guanxi.firm.actions import finish_set_up
from guanxi.ledger.models import Contact, Customer, Event, ExchangeRate, Invoice, Order, OrderLine, Payment

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]

CUSTOMERS = """客户编号,客户名称,国家,城市,邮箱,联系人,职位,标签,网站
1,宁波海天,中国,宁波,hai@tian.example,王芳,经理,"VIP, 展会",https://www.haitian.example/en
2,Elbwerk GmbH,德国,Hamburg,,,,,
"""


class TestCustomers:
    def test_come_with_their_contact(self, run: Run) -> None:
        answer = run(CUSTOMERS)

        assert (answer["kind"], answer["customers_created"], answer["contacts_created"]) == ("customers", 2, 1)
        customer = Customer.objects.get(name="宁波海天")
        assert (customer.country, customer.city, customer.tags, customer.domain) == (
            "CN", "宁波", ["VIP", "展会"], "haitian.example",
        )  # fmt: skip
        contact = customer.contacts.get()
        assert (contact.full_name, contact.position, contact.email) == ("王芳", "经理", "hai@tian.example")

    def test_are_the_same_the_second_time(self, run: Run) -> None:
        run(CUSTOMERS)

        answer = run(CUSTOMERS)

        assert (answer["accepted"], answer["updated"], answer["customers_created"], answer["contacts_created"]) == (
            2, 0, 0, 0,
        )  # fmt: skip

    def test_change_where_the_file_says_otherwise(self, run: Run) -> None:
        run(CUSTOMERS)

        answer = run(CUSTOMERS.replace("Hamburg", "Bremen").replace("经理", "总监"))

        assert answer["updated"] == 2
        assert Customer.objects.get(name="Elbwerk GmbH").city == "Bremen"

    def test_keep_their_name_when_only_a_contact_comes(self, run: Run) -> None:
        run(CUSTOMERS)

        answer = run("Customer ID,E-mail,First Name,Last Name\n2,lena@elbwerk.example,Lena,Vogt\n")

        assert (answer["kind"], answer["contacts_created"], answer["updated"]) == ("contacts", 1, 0)
        assert Contact.objects.get(email_key="lena@elbwerk.example").customer.name == "Elbwerk GmbH"

    def test_are_found_by_the_address_of_a_contact(self, run: Run) -> None:
        run(CUSTOMERS)

        run("Customer ID,Company,E-mail\nX-9,Haitian Ltd,hai@tian.example\n", source="fair")

        assert Customer.objects.count() == 2

    def test_with_a_strange_address_are_refused(self, run: Run) -> None:
        answer = run("Customer ID,E-mail,Last Name\n1,not an address,Vogt\n")

        assert (answer["rejected"], answer["rejects"][0]["field"]) == (1, "E-mail")
        assert not Customer.objects.exists()


class TestArticles:
    def test_bring_the_day_they_go_on_sale(self, run: Run) -> None:
        """J-14: what a launch begins with; a postponed one is changed by the next file."""
        heading = "SKU,Product Name,Category,Launch Day,Edition\n"
        run(heading + "N-1,Drill,Tools,2026-09-01,limited\nN-2,Saw,Tools,,\n")
        assert list(Product.objects.order_by("code").values_list("launches_on", "edition")) == [
            (date(2026, 9, 1), "limited"), (None, ""),
        ]  # fmt: skip

        answer = run(heading + "N-1,Drill,Tools,2026-10-01,limited\n")

        assert answer["rejected"] == 0
        assert Product.objects.get(code="N-1").launches_on == date(2026, 10, 1)


class TestNorthwind:
    def test_comes_together_from_its_files_one_by_one(self, run: Run, shared_data: Path) -> None:
        for name in ("customers", "orders", "order_details", "products"):
            answer = run(shared_data / "northwind" / f"{name}.csv")
            assert answer["rejected"] == 0

        assert (Customer.objects.count(), Order.objects.count(), OrderLine.objects.count()) == (93, 830, 2_155)
        assert round(Order.objects.aggregate(sum=Sum("amount"))["sum"], 2) == Decimal("1265793.04")
        assert Order.objects.values("customer").distinct().count() == 89
        assert Product.objects.get(code="1").name == "Chai"

    def test_is_the_same_the_second_time(self, run: Run, shared_data: Path) -> None:
        for name in ("orders", "order_details"):
            run(shared_data / "northwind" / f"{name}.csv")

        for name in ("orders", "order_details"):
            assert run(shared_data / "northwind" / f"{name}.csv")["updated"] == 0


class TestPublicData:
    """D-09, D-11, D-12, D-27: what scale, frequency, payment and margin are measured by comes in, of many countries."""

    def test_northwind_comes_in_as_a_folder(self, run: Run, shared_data: Path) -> None:
        answer = run(shared_data / "northwind")

        assert (answer["rejected"], answer["updated"], answer["orders_created"]) == (0, 0, 830)
        assert round(Order.objects.aggregate(sum=Sum("amount"))["sum"], 2) == Decimal("1265793.04")
        line = OrderLine.objects.filter(product_code="11").first()
        assert line is not None
        assert (line.product_name, line.category) == ("Queso Cabrales", "Dairy Products")
        assert set(Customer.objects.values_list("kind", flat=True)) == {"b2b"}
        assert Customer.objects.exclude(country="").values("country").distinct().count() == 21

    def test_classicmodels_comes_in_as_a_zip_with_cost_and_payments(
        self, run: Run, shared_data: Path, tmp_path: Path
    ) -> None:
        with zipfile.ZipFile(tmp_path / "classicmodels.zip", "w") as archive:
            for file in (shared_data / "classicmodels").glob("*.csv"):
                archive.write(file, file.name)

        answer = run(tmp_path / "classicmodels.zip")

        assert (answer["rejected"], answer["updated"], answer["orders_created"]) == (0, 0, 326)
        assert Order.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("9604190.61")
        assert Payment.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("8853839.23")
        assert (Order.objects.filter(stage="cancelled").count(), Payment.objects.count()) == (6, 273)
        assert (OrderLine.objects.count(), OrderLine.objects.filter(cost__isnull=True).count()) == (2_996, 0)

    def test_deliveries_with_tabs_and_lines_ended_by_a_carriage_return(self, run: Run, shared_data: Path) -> None:
        answer = run(shared_data / "scms_delivery" / "SCMS_Delivery_History_Dataset.tsv.gz")

        assert (answer["rows"], answer["rejected"], answer["customers_created"]) == (10_324, 0, 142)
        assert Order.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("1627584457.29")
        assert Customer.objects.values("country").distinct().count() == 43
        assert OrderLine.objects.count() == 10_324

    def test_a_restaurant_in_gbk_with_its_dishes(self, run: Run, shared_data: Path) -> None:
        answer = run(shared_data / "csv_chinese")

        assert (answer["rows"], answer["rejected"], answer["orders_created"]) == (945 + 10_037, 0, 945)
        assert Order.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal(465_214)  # as the bills say
        assert OrderLine.objects.exclude(product_code="").count() == 10_037


class TestLines:
    def test_of_orders_nobody_knows_are_refused(self, run: Run) -> None:
        answer = run("Order ID,SKU,Quantity,Unit Price\n77,A,1,1\n")

        assert (answer["accepted"], answer["rejected"]) == (0, 1)
        assert answer["rejects"][0]["reason"] == "no order 77 of source file is known"


class TestInvoices:
    TEXT = (
        "Customer ID,Invoice Number,Invoice Date,Due Date,Paid On,Amount,Currency\n"
        "C1,F-1,2026-01-05,2026-02-05,,100,EUR\n"
    )

    def test_have_due_and_paid_dates(self, run: Run) -> None:
        run(self.TEXT)

        invoice = Invoice.objects.get()
        assert (invoice.due_on, invoice.paid_on, invoice.amount) == (date(2026, 2, 5), None, Decimal(100))
        assert list(Event.objects.filter(name__startswith="invoice").values_list("name", flat=True)) == [
            "invoice.issued"
        ]

    def test_learn_of_their_payment(self, run: Run) -> None:
        run(self.TEXT)

        answer = run(self.TEXT.replace(",,100", ",2026-02-20,100"))

        assert (answer["updated"], Invoice.objects.get().paid_on) == (1, date(2026, 2, 20))

    def test_are_paid_when_the_payments_reach_them(self, run: Run) -> None:
        run(self.TEXT)

        heading = "Customer ID,Invoice Number,Payment Date,Amount,Currency\n"
        run(heading + "C1,F-1,2026-02-01,60,EUR\nC1,F-1,2026-02-09,40,EUR\n", kind="payments")

        assert (Payment.objects.count(), Invoice.objects.get().paid_on) == (2, date(2026, 2, 9))


class TestRates:
    WIDE = "Date,USD,JPY,BGN,CZK,GBP,\n2026-03-02,1.25,162.5,1.9558,N/A,0.80,\n2026-03-01,1.00,160,1.9558,25,0.80,\n"

    def test_of_the_central_bank_are_crossed_into_the_reporting_currency(self, run: Run) -> None:
        answer = run(self.WIDE)

        assert (answer["kind"], answer["rows"], answer["rejected"]) == ("rates", 9, 0)
        worth = dict(ExchangeRate.objects.filter(into="USD", on=date(2026, 3, 2)).values_list("currency", "value"))
        assert worth["EUR"] == Decimal("1.25")
        assert worth["GBP"] == Decimal("1.5625")
        assert "CZK" not in worth

    def test_price_the_orders_that_waited(self, run: Run, now: datetime) -> None:
        finish_set_up(now=now)
        run("Customer,Date,Amount,Currency\nA,2026-03-05,80,GBP\n")

        run(self.WIDE)

        order = Order.objects.get()
        assert (order.amount_reporting, order.rate_on) == (Decimal(125), date(2026, 3, 2))

    def test_in_long_form_are_against_the_firms_currency(self, run: Run) -> None:
        run("date,currency,rate\n2026-03-01,EUR,1.1\n2026-03-02,EUR,1.2\n")

        assert run("date,currency,rate\n2026-03-01,EUR,1.1\n2026-03-02,EUR,1.3\n")["updated"] == 1
        assert set(ExchangeRate.objects.values_list("into", "value")) == {
            ("USD", Decimal("1.1")), ("USD", Decimal("1.3")),
        }  # fmt: skip

    def test_of_nothing_are_refused(self, run: Run) -> None:
        assert run("date,currency,rate\n2026-03-01,EUR,0\n2026-03-01,XYZZY,1\n")["rejected"] == 2


class TestEvents:
    TEXT = (
        "name,email,occurred_at\n"
        "Product Viewed,hai@tian.example,2026-05-01T10:00:00Z\n"
        "Product Viewed,who@x.example,2026-05-01\n"
    )

    def test_keep_their_name_and_are_known_again(self, run: Run) -> None:
        run(CUSTOMERS)

        first, second = run(self.TEXT), run(self.TEXT)

        assert (first["accepted"], first["rejected"]) == (1, 1)
        event = Event.objects.get(name="Product Viewed")
        assert (event.occurred_at, event.is_historical) == (datetime(2026, 5, 1, 10, tzinfo=UTC), True)
        assert event.contact is not None
        assert second["accepted"] == 1


class TestConsents:
    """RL-07: a permission without source and basis is none."""

    HEADING = "email,purpose,state,basis,obtained_at,source\n"

    def test_beside_people_without_source_or_basis_are_refused(self, run: Run) -> None:
        """RL-07: a list of a fair that says "subscribed" and neither source nor basis permits no advertising."""
        heading = "Company Name,Email,Consent State,Legal Basis,Consent Source,Consent Date\n"
        rows = (
            "Tian,hai@tian.example,granted,consent,card of the fair,2026-01-05\n"
            "Bei,bo@bei.example,granted,,card of the fair,2026-01-05\nNan,na@nan.example,granted,consent,,2026-01-05\n"
        )

        answer = run(heading + rows)

        assert list(Permission.objects.values_list("contact__email_key", flat=True)) == ["hai@tian.example"]
        assert any(note.startswith("2 permissions name no source") for note in answer["notes"]), answer["notes"]
        remedy = "is missing or cannot be in rows"
        assert [note.partition(";")[0] for note in answer["notes"] if remedy in note] == [
            f"Legal Basis {remedy} 3", f"Consent Source {remedy} 4",
        ]  # fmt: skip

    @pytest.mark.parametrize(("said", "region"), [("granted", ""), ("Bavaria", "Bavaria")])
    def test_a_column_state_beside_a_basis_is_what_it_holds(self, run: Run, said: str, region: str) -> None:
        """RL-07: no word of a reader becomes a part of a country, and none is lost without a word."""
        heading = "Company Name,Email,State,Legal Basis,Consent Source,Consent Date\n"

        answer = run(f"{heading}Tian,hai@tian.example,{said},consent,card of the fair,2026-01-05\n")

        assert (Permission.objects.count(), Customer.objects.get().region) == (int(not region), region)
        assert any("add a column Consent State" in note for note in answer["notes"]) == bool(region)

    def test_become_permissions_with_their_evidence(self, run: Run) -> None:
        run(CUSTOMERS)

        answer = run(self.HEADING + "Hai@Tian.example,marketing,granted,consent,2026-01-05,card of the fair\n")

        permission = Permission.objects.get()
        assert (permission.state, permission.basis, permission.source) == ("granted", "consent", "card of the fair")
        assert permission.evidence == {"import": answer["run"], "row": 2}

    def test_may_speak_of_another_way_than_mail(self, run: Run) -> None:
        """CN-55: a permission for WeChat permits no mail; a way nobody knows is refused."""
        run(CUSTOMERS)
        heading = "email,purpose,state,basis,obtained_at,source,Consent Channel\n"
        answer = run(
            heading + "hai@tian.example,marketing,granted,opt-in,2026-01-05,fair,微信\n"
            "hai@tian.example,marketing,granted,consent,2026-01-05,fair,pigeon\n"
        )

        permission = Permission.objects.get()
        assert (permission.channel, permission.basis) == ("wechat", "consent")
        assert [reject["field"] for reject in answer["rejects"]] == ["Consent Channel"]

    @pytest.mark.parametrize(
        ("row", "field"),
        [
            ("hai@tian.example,marketing,granted,,2026-01-05,fair", "basis"),
            ("hai@tian.example,marketing,granted,bought list,2026-01-05,fair", "basis"),
            ("hai@tian.example,marketing,granted,consent,2026-01-05,", "source"),
            ("hai@tian.example,marketing,granted,consent,,fair", "obtained_at"),
            ("hai@tian.example,marketing,granted,consent,2036-01-05,fair", "obtained_at"),
            ("hai@tian.example,gambling,granted,consent,2026-01-05,fair", "purpose"),
            ("hai@tian.example,marketing,perhaps,consent,2026-01-05,fair", "state"),
            ("nobody@tian.example,marketing,granted,consent,2026-01-05,fair", "email"),
        ],
    )
    def test_are_refused_without_proof(self, run: Run, row: str, field: str) -> None:
        run(CUSTOMERS)

        answer = run(self.HEADING + row + "\n")

        assert [reject["field"] for reject in answer["rejects"]] == [field]
        assert not Permission.objects.exists()
