"""Orders of shops, recognised by their own headings, as tables of orders and lines."""

import csv
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from guanxi.intake.headings import unique_headings
from guanxi.intake.recognise import recognise
from guanxi.intake.tables import OrderTable, order_table
from tests.pure.intake import foreign

Read = Callable[[str], OrderTable]
FORMATS = {
    "shopify_orders_full.csv": "shopify-orders",
    "shopify_orders_2012.csv": "shopify-orders",
    "shopify_customers.csv": "shopify-customers",
    "shopify_customers_old.csv": "shopify-customers-old",
    "woocommerce_orders.csv": "woocommerce-orders-whole",  # until its articles stand below each other
    "amazon_all_orders.tsv": "amazon-orders",
    "etsy_sold_orders.csv": "etsy-orders",
    "ebay_orders.csv": "ebay-orders",
    "squarespace_orders.csv": "squarespace-orders",
    "mailchimp_members.csv": "mailchimp-subscribed",
    "mailchimp_members_custom.csv": "mailchimp-subscribed",
    "mailchimp_unsubscribed.csv": "mailchimp-unsubscribed",
}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def table(text: str) -> OrderTable:
        path = tmp_path / "orders.csv"
        path.write_text(text, encoding="utf-8")
        return order_table(path, with_lines=True)

    return table


def rows(found: OrderTable, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(found.table[name].to_pylist() for name in names), strict=True))


def lines(found: OrderTable, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(found.lines[name].to_pylist() for name in names), strict=True))


@pytest.mark.parametrize(("file", "name"), FORMATS.items())
def test_real_headings_are_known(shared_data: Path, file: str, name: str) -> None:
    found = recognise(unique_headings(foreign.headings_of(shared_data, file), file))

    assert found is not None
    assert found.format == name


class TestWooCommerce:
    def test_puts_articles_of_one_row_below_each_other(self, shared_data: Path, read: Read) -> None:
        found = read(foreign.export(shared_data, "woocommerce_orders.csv", foreign.WOOCOMMERCE))

        assert (found.format, found.rows, found.rejects) == ("woocommerce-orders", 1, [])
        assert rows(found, "customer", "order_number", "amount", "currency", "country") == [
            ("lena@elbwerk.example", "501", Decimal(100), "EUR", "DE")
        ]
        assert lines(found, "product_code", "product_name", "quantity", "amount") == [
            ("C-1", "Cup", Decimal(4), Decimal(40)), ("77", "Plate", Decimal(6), Decimal(60)),
        ]  # fmt: skip

    def test_refuses_a_row_once_whatever_many_articles_it_has(self, shared_data: Path, read: Read) -> None:
        bad = foreign.WOOCOMMERCE | {"order_date": "soon"}

        found = read(foreign.export(shared_data, "woocommerce_orders.csv", bad, foreign.WOOCOMMERCE, bad))

        assert (found.rows, [each.row for each in found.rejects], len(found.table)) == (3, [2, 4], 1)

    def test_without_articles_leaves_freight_and_tax_aside(self, shared_data: Path, read: Read) -> None:
        """CN-41: net of freight and tax."""
        row = {name: cell for name, cell in foreign.WOOCOMMERCE.items() if not name.startswith("Product Item")}
        headings = [each for each in row if not each.startswith("line_item")]
        text = ",".join(headings) + "\n" + ",".join(row.values()) + "\n"

        found = read(text)

        assert (found.format, rows(found, "amount")) == ("woocommerce-orders-whole", [(Decimal(100),)])

    def test_of_the_built_in_analytics(self, read: Read) -> None:
        found = read(
            'Date,"Order #","N. Revenue (formatted)",Status,Customer,"Customer type",Product(s),"Items sold",'
            '"Coupon(s)","N. Revenue"\n2025-03-02 09:00:00,501,"€1.234,50",completed,Lena Brandt,new,2× Cup,2,,1234.5\n'
        )

        assert (found.format, rows(found, "customer", "amount")) == (
            "woocommerce-analytics", [("Lena Brandt", Decimal("1234.5"))],
        )  # fmt: skip

    def test_of_the_row_per_article_export(self, read: Read) -> None:
        found = read(
            '"Order Number","Order Status","Order Date","First Name (Billing)","Last Name (Billing)",'
            '"Company (Billing)","Country Code (Billing)","Email (Billing)",SKU,Name,Quantity,"Item Cost",'
            '"Order Line (w/o tax)","Order Line Total","Order Refund Amount"\n'
            "7,Completed,2025-03-02,Lena,Brandt,,DE,lena@elbwerk.example,C-1,Cup,2,10,20,23.8,0\n"
            "7,Completed,2025-03-02,Lena,Brandt,,DE,lena@elbwerk.example,P-1,Plate,1,5,5,5.95,0\n"
        )

        assert (found.format, rows(found, "customer", "amount")) == (
            "woocommerce-lines", [("lena@elbwerk.example", Decimal(25))],
        )  # fmt: skip


class TestAmazon:
    def test_takes_promotions_off_and_pools_buyers_it_does_not_name(self, shared_data: Path, read: Read) -> None:
        second = foreign.AMAZON | {"sku": "P-1", "item-price": "10.00", "item-promotion-discount": ""}
        cancelled = foreign.AMAZON | {
            "amazon-order-id": "302-2",
            "order-status": "Cancelled",
            "item-status": "Cancelled",
        }

        found = read(foreign.export(shared_data, "amazon_all_orders.tsv", foreign.AMAZON, second, cancelled))

        assert rows(found, "customer", "order_number", "amount", "country", "ordered_at") == [
            ("Amazon.de", "302-1", Decimal(30), "DE", datetime(2025, 3, 2, 21, 4, 5))
        ]
        assert len(found.lines) == 2
        assert "names no buyers" in found.notes[0]


class TestEtsy:
    def test_reads_american_dates_and_takes_discounts_off(self, shared_data: Path, read: Read) -> None:
        found = read(foreign.export(shared_data, "etsy_sold_orders.csv", foreign.ETSY | {"Sale Date": "03/04/25"}))

        assert rows(found, "customer", "customer_name", "amount", "country", "ordered_at") == [
            ("yuki88", "Yuki Sato", Decimal(36), "JP", datetime(2025, 3, 4))
        ]


class TestEbay:
    def test_counts_the_sum_above_several_articles_once(self, shared_data: Path, read: Read) -> None:
        whole = foreign.EBAY | {"Quantity": "3", "Sold For": "$60.00"}
        cups = {
            "Order Number": "11-1",
            "Item Title": "Cup",
            "Custom Label": "C-1",
            "Quantity": "2",
            "Sold For": "$20.00",
        }
        plate = cups | {"Item Title": "Plate", "Custom Label": "P-1", "Quantity": "1"}
        alone = foreign.EBAY | {"Order Number": "11-2", "Item Title": "Cup", "Quantity": "1", "Sold For": "$20.00"}

        found = read(foreign.export(shared_data, "ebay_orders.csv", whole, cups, plate, alone))

        assert found.rejects == []
        assert rows(found, "customer", "order_number", "amount", "currency", "country") == [
            ("diego_mx", "11-1", Decimal(60), "USD", "MX"), ("diego_mx", "11-2", Decimal(20), "USD", "MX"),
        ]  # fmt: skip
        assert lines(found, "order_number", "product_code", "amount") == [
            ("11-1", "C-1", Decimal(40)), ("11-1", "P-1", Decimal(20)), ("11-2", None, Decimal(20)),
        ]  # fmt: skip


class TestSquarespace:
    def test_fills_the_cells_of_the_order_down_and_returns_what_was_paid_back(
        self, shared_data: Path, read: Read
    ) -> None:
        """CN-41: net of returns."""
        second = {"Order ID": "00042", "Lineitem quantity": "1", "Lineitem name": "Plate", "Lineitem price": "10.00"}

        found = read(foreign.export(shared_data, "squarespace_orders.csv", foreign.SQUARESPACE, second))

        assert rows(found, "customer", "order_number", "amount", "ordered_at") == [
            ("fatima@riyadh.example", "00042", Decimal(30), datetime(2025, 3, 14, 17, 8)),
            ("fatima@riyadh.example", "00042/refund", Decimal(-10), datetime(2025, 3, 14, 17, 8)),
        ]
        assert lines(found, "product_name", "amount") == [("Cup", Decimal(20)), ("Plate", Decimal(10))]


class TestArticlesSideBySide:
    def test_of_a_trader_s_own_sheet(self, read: Read) -> None:
        found = read(
            "客户名称,订单号,下单日期,产品1,数量1,单价1,产品2,数量2,单价2\n海天,A1,2024-03-01,杯,2,10,盘,1,5\n"
            "海天,A2,2024-03-02,杯,1,10,,,\n"
        )

        assert (found.rows, rows(found, "order_number", "amount")) == (2, [("A1", Decimal(25)), ("A2", Decimal(10))])
        assert len(found.lines) == 3

    def test_are_not_seen_in_two_lines_of_an_address(self, read: Read) -> None:
        found = read("Customer,Address 1,Address 2,Date,Amount\nA,x,y,2024-03-01,5\n")

        assert rows(found, "amount") == [(Decimal(5),)]


def test_headings_stand_in_the_export_as_written(shared_data: Path) -> None:
    line = foreign.export(shared_data, "mailchimp_unsubscribed.csv").splitlines()[0]

    assert next(csv.reader([line])).count("UNSUB_REASON") == 2
