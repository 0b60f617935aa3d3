"""Headings and what they are taken for."""

import csv
from pathlib import Path

import pytest

from guanxi.intake.fields import FIELDS
from guanxi.intake.recognise import key_of, known_formats, recognise, usual_headings

ONLINE_RETAIL = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
]
SHOPIFY = {
    "shopify_orders_full.csv": "shopify-orders",
    "shopify_orders_2012.csv": "shopify-orders",
    "shopify_customers.csv": "shopify-customers",
    "shopify_customers_old.csv": "shopify-customers-old",
}
KINDS = {
    "Chinese orders": (["客户名称", "下单日期", "金额"], "orders"),
    "Chinese order lines": (["订单号", "客户编号", "下单日期", "产品", "数量", "单价", "币种", "国家"], "orders"),
    "English orders": (["Customer Name", "Order ID", "Order Date", "Sales", "Country"], "orders"),
    "orders without a number": (["customer_id", "order_date", "revenue"], "orders"),
    "lines": (["Order ID", "SKU", "Qty", "Unit Price"], "lines"),
    "products": (["SKU", "Product Name", "Price"], "products"),
    "customers": (["Customer ID", "Company", "Country"], "customers"),
    "Chinese customers": (["客户编号", "客户名称", "国家", "邮箱"], "customers"),
    "contacts": (["Customer ID", "E-mail", "First Name", "Last Name"], "contacts"),
    "invoices": (["Invoice Number", "Customer ID", "Invoice Date", "Due Date", "Amount"], "invoices"),
    "payments": (["Customer ID", "Payment Date", "Amount"], "payments"),
    "consents": (["email", "purpose", "state", "basis", "obtained_at", "source"], "consents"),
    "events": (["name", "email", "occurred_at"], "events"),
    "wide rates": (["Date", "USD", "JPY", "BGN", "CZK", "DKK"], "rates"),
    "few wide rates": (["Date", "USD", "JPY", "column 4"], "rates"),
    "long rates": (["date", "currency", "rate"], "rates"),
}
UNKNOWN = [
    ["a", "b"],
    ["x"],
    [],
    ["SupplierID", "CompanyName", "Country"],
    ["EmployeeID", "LastName", "email"],
    ["cust"],
]


class TestRecognise:
    def test_knows_online_retail_by_its_own_columns(self) -> None:
        found = recognise(ONLINE_RETAIL)

        assert found is not None
        assert (found.format, found.kind, found.options.currency) == ("online-retail", "orders", "GBP")
        assert found.columns["customer"] == ("CustomerID",)

    @pytest.mark.parametrize("change", [str.upper, str.lower, lambda heading: f" {heading}\u00a0"])
    def test_does_not_mind_case_and_blanks(self, change: object) -> None:
        found = recognise([change(each) for each in ONLINE_RETAIL])  # type: ignore[operator]

        assert found is not None
        assert found.format == "online-retail"

    @pytest.mark.parametrize(("headings", "kind"), KINDS.values(), ids=KINDS)
    def test_finds_the_kind_from_usual_headings(self, headings: list[str], kind: str) -> None:
        found = recognise(headings)

        assert found is not None
        assert found.kind == kind

    @pytest.mark.parametrize("headings", UNKNOWN)
    def test_says_nothing_about_other_tables(self, headings: list[str]) -> None:
        assert recognise(headings) is None

    def test_believes_a_told_kind(self) -> None:
        found = recognise(["Number", "Date", "Amount", "Customer"], kind="invoices")

        assert found is not None
        assert set(found.columns) == {"invoice_number", "issued_on", "amount", "customer"}

    @pytest.mark.parametrize(("file", "name"), SHOPIFY.items())
    def test_knows_shopify(self, shared_data: Path, file: str, name: str) -> None:
        text = (shared_data / "shop_exports" / file).read_text(encoding="utf-8")
        headings = next(csv.reader(text.splitlines()))

        found = recognise(headings)
        assert found is not None
        assert found.format == name


class TestKnownFormats:
    def test_name_only_fields_of_their_kind(self) -> None:
        for name, (mapping, _) in known_formats().items():
            assert [each for each in mapping.columns if mapping.kind not in FIELDS[each].kinds] == [], name

    def test_headings_name_only_fields_of_their_kind(self) -> None:
        everywhere, by_kind = usual_headings()

        assert set(everywhere.values()) <= set(FIELDS)
        for kind, table in by_kind.items():
            assert [field for field in table.values() if kind not in FIELDS[field].kinds] == [], kind


class TestKeyOf:
    @pytest.mark.parametrize("heading", ["E-mail", "email", "E MAIL", "Ｅ－ｍａｉｌ", "e_mail"])
    def test_is_the_same_for_one_heading(self, heading: str) -> None:
        assert key_of(heading) == "email"


class TestPeople:
    """D-02: who reads, beside the firm that buys."""

    @pytest.mark.parametrize(
        ("headings", "wanted"),
        [
            (["email", "name", "title", "country"], {"contact_name": "name", "position": "title"}),
            (["name", "company", "email"], {"contact_name": "name", "customer_name": "company"}),
            (["company", "email", "First Name", "name"], {"given_name": "First Name", "customer_name": "company"}),
            (["company", "email", "contact", "title", "position"], {"honorific": "title", "position": "position"}),
            (["id", "name", "email", "country"], {"customer_name": "name"}),
        ],
    )
    def test_a_name_is_told_from_a_firms_and_a_title_from_a_position(
        self, headings: list[str], wanted: dict[str, str]
    ) -> None:
        found = recognise(headings)

        assert found is not None
        assert found.kind == "customers"
        assert {field: found.columns[field] for field in wanted} == {key: (each,) for key, each in wanted.items()}
        assert ("contact_name" in found.columns) == ("contact_name" in wanted or "contact" in headings)
