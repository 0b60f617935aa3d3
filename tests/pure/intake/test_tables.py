"""Order files as tables of orders, without a database."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from guanxi.intake.mapping import mapping_from
from guanxi.intake.rows import Reject, UnusableFile
from guanxi.intake.tables import OrderTable, order_table

Read = Callable[..., OrderTable]
SHOPIFY = """Name,Email,Financial Status,Currency,Subtotal,Total,Refunded Amount,Cancelled at,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Billing Name,Shipping Country
#1001,lena@elbwerk.example,paid,EUR,25.00,30.00,0.00,,2026-01-02 10:00:00 +0100,2,Cup,10.00,Lena,DE
#1001,lena@elbwerk.example,,,,,,,,1,Plate,5.00,,
#1002,yuki@osaka.example,refunded,JPY,900,900,300,,2026-01-03 10:00:00 +0900,1,Cup,900,Yuki,JP
#1003,diego@monterrey.example,voided,USD,5,5,,2026-01-05 10:00:00 -0600,2026-01-04 10:00:00 -0600,1,Cup,5,Diego,MX
"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def table(text: str | bytes, **wishes: Any) -> OrderTable:
        path = tmp_path / "orders.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return order_table(path, **wishes)

    return table


def column(found: OrderTable, name: str) -> list[Any]:
    values: list[Any] = found.table[name].to_pylist()
    return values


@pytest.fixture(scope="module")
def found(shared_data: Path) -> OrderTable:
    """The orders of Online Retail."""
    return order_table(shared_data / "online_retail" / "online_retail.parquet")


class TestOnlineRetail:
    def test_is_known_without_a_mapping(self, found: OrderTable) -> None:
        assert (found.format, found.rows, len(found.rejects), found.notes) == ("online-retail", 541_909, 135_080, [])
        assert found.rejects[0] == Reject(624, "CustomerID", "no customer number")

    def test_has_the_published_sums(self, found: OrderTable) -> None:
        table = found.table
        sales = table.filter(pc.and_(pc.greater(table["amount"], 0), pc.invert(table["is_credit"])))

        assert pc.sum(table["amount"]).as_py() == Decimal("8300065.8140")
        assert (len(sales), len(sales["customer"].unique())) == (18_532, 4_338)
        assert round(pc.sum(sales["amount"]).as_py(), 2) == Decimal("8911407.90")
        assert len(table["customer"].unique()) == 4_372

    def test_names_customers_by_their_number(self, found: OrderTable) -> None:
        first = found.table.slice(0, 1).to_pylist()[0]

        assert (first["customer"], first["customer_name"], first["country"]) == ("17850", "Customer 17850", "GB")
        assert (first["currency"], first["ordered_at"]) == ("GBP", datetime(2010, 12, 1, 8, 26))

    def test_is_the_same_as_csv(self, shared_data: Path, found: OrderTable) -> None:
        december = order_table(shared_data / "online_retail" / "online_retail_2010-12.csv.gz").table
        same = found.table.filter(
            pc.less(found.table["ordered_at"], pa.scalar(datetime(2011, 1, 1), pa.timestamp("us")))
        )

        assert december.sort_by("order_number").equals(same.sort_by("order_number"))


class TestOtherData:
    def test_rfm_reference(self, shared_data: Path) -> None:
        found = order_table(shared_data / "rfm_reference" / "rfm_data_orders.csv.gz")

        assert (len(found.table), len(found.table["customer"].unique()), found.rejects) == (4_906, 995, [])

    def test_a_restaurant_in_gbk(self, shared_data: Path) -> None:
        found = order_table(shared_data / "csv_chinese" / "meal_order_info.csv.gz", currency="CNY")

        assert (len(found.table), len(found.table["customer"].unique())) == (945, 649)
        assert set(column(found, "currency")) == {"CNY"}

    def test_cdnow_by_a_mapping(self, shared_data: Path) -> None:
        mapping = mapping_from({
            "kind": "orders", "columns": {"customer": 2, "ordered_at": 3, "amount": 5},
            "options": {"heading": False, "delimiter": "blank"},
        })  # fmt: skip

        found = order_table(shared_data / "cdnow_sample" / "CDNOW_sample.txt.gz", mapping=mapping, currency="USD")

        assert (len(found.table), len(found.table["customer"].unique()), found.rejects) == (6_919, 2_357, [])


class TestOrderTable:
    def test_takes_each_row_as_an_order_without_a_number(self, read: Read) -> None:
        found = read('客户名称,下单日期,金额\n海天,2024-03-01,1.5万\n海天,2024-03-01,"1,200"\n')

        assert column(found, "amount") == [Decimal(15000), Decimal(1200)]
        assert column(found, "order_number") == [None, None]

    def test_adds_up_the_lines_of_an_order(self, read: Read) -> None:
        found = read(
            "Customer,Order ID,Order Date,Quantity,Unit Price,Currency\nA,1,2024-01-02,2,3.5,€\nA,1,2024-01-01,1,1,€\n"
        )

        assert column(found, "amount") == [Decimal(8)]
        assert column(found, "ordered_at") == [datetime(2024, 1, 1)]
        assert column(found, "currency") == ["EUR"]

    def test_finds_the_currency_beside_the_number(self, read: Read) -> None:
        found = read("Customer,Date,Amount\nA,2024-01-02,US$ 5\nA,2024-01-03,€7\nA,2024-01-03,7\n", currency="GBP")

        assert column(found, "currency") == ["USD", "EUR", "GBP"]

    def test_reads_a_column_by_its_own_decimal_mark(self, read: Read) -> None:
        found = read("Customer;Date;Amount\nA;2024-01-02;1.500\nA;2024-01-03;12,50\n")

        assert column(found, "amount") == [Decimal(1500), Decimal("12.5")]

    def test_takes_points_for_thousands_where_a_column_hints_at_them(self, read: Read) -> None:
        found = read("Customer;Date;Amount\n甲;2024-05-01;950\n乙;2024-05-01;1.200\n")

        assert found.table["amount"].to_pylist() == [Decimal(950), Decimal(1200)]
        assert found.table["customer_name"].to_pylist() == ["甲", "乙"]
        assert "Numbers such as 1.200 were read as 1200" in found.notes[0]

    def test_takes_three_decimals_as_written(self, read: Read) -> None:
        found = read("Customer;Date;Qty;Amount\nA;2024-05-01;5;950.000\nB;2024-05-01;5;1.200\n")

        assert found.table["amount"].to_pylist() == [Decimal(950), Decimal("1.2")]
        assert "were read as 950," in found.notes[0]

    def test_decides_day_and_month_from_the_whole_column(self, read: Read) -> None:
        found = read("Customer,Date,Amount\nA,03/04/2024,1\nA,03/14/2024,1\n")

        assert column(found, "ordered_at") == [datetime(2024, 3, 4), datetime(2024, 3, 14)]

    def test_says_when_day_and_month_were_guessed(self, read: Read) -> None:
        found = read("Customer,Date,Amount\nA,03/04/2024,1\n")

        assert column(found, "ordered_at") == [datetime(2024, 4, 3)]
        assert "03/04/2024" in found.notes[0]

    def test_keeps_orders_of_amount_zero(self, read: Read) -> None:
        assert column(read("Customer,Date,Amount\nA,2024-01-01,0\n"), "amount") == [Decimal(0)]

    def test_marks_negative_amounts_as_credits(self, read: Read) -> None:
        assert column(read("Customer,Date,Amount\nA,2024-01-01,-5\nA,2024-01-01,5\n"), "is_credit") == [True, False]

    def test_says_that_the_address_is_wrong_where_nothing_else_names_the_buyer(self, read: Read) -> None:
        found = read("E-mail,Customer Name,Order Date,Amount\nbad@@x,,2024-05-01,1\nbad@@x,Lena,2024-05-01,1\n")

        [reject] = found.rejects
        assert (reject.row, reject.field) == (2, "E-mail")
        assert "the part before @ in 'bad@@x'" in reject.reason

    def test_refuses_rows_with_number_field_and_reason(self, read: Read) -> None:
        found = read(
            "Customer,Date,Amount\nA,2024-01-01,5\n,2024-01-01,5\nA,soon,5\nA,2024-01-01,five\nA,2024-01-01,\n"
        )

        assert found.rejects == [
            Reject(3, "Customer", "no customer number"),
            Reject(4, "Date", "'soon' is no date; write it like 2024-05-31"),
            Reject(5, "Amount", "'five' is no number; write it like 1234.50"), Reject(6, "Amount", "no amount"),
        ]  # fmt: skip
        assert (found.rows, len(found.table)) == (5, 1)

    def test_understands_shopify(self, read: Read) -> None:
        found = read(SHOPIFY)

        assert found.format == "shopify-orders"
        assert column(found, "order_number") == ["#1001", "#1002", "#1002/refund"]
        assert column(found, "amount") == [Decimal(25), Decimal(900), Decimal(-300)]
        assert column(found, "customer") == ["lena@elbwerk.example", "yuki@osaka.example", "yuki@osaka.example"]
        assert column(found, "ordered_at")[0] == datetime(2026, 1, 2, 10)
        assert found.notes == ["Cancelled orders left out: 1."]

    def test_takes_back_no_more_than_an_order_is_worth(self, read: Read) -> None:
        """CN-41: the whole order where its status says so, and none of the freight that came back too."""
        found = read(
            "Order ID,Customer,Order Date,Subtotal,Order Status,Refunded Amount\n"
            "1,A,2024-05-01,30,wc-refunded,\n2,A,2024-05-01,30,completed,35\n3,A,2024-05-01,30,wc-completed,\n"
        )

        assert sorted(found.table["amount"].to_pylist()) == [-30, -30, 30, 30, 30]

    def test_refuses_a_file_it_does_not_understand(self, read: Read) -> None:
        with pytest.raises(UnusableFile, match=r"--mapping FILE\.yaml"):
            read("a,b\n1,2\n")

    def test_refuses_orders_whose_amounts_are_elsewhere(self, shared_data: Path) -> None:
        with pytest.raises(UnusableFile, match="without amounts"):
            order_table(shared_data / "northwind" / "orders.csv")

    def test_names_the_column_a_mapping_misses(self, read: Read) -> None:
        mapping = mapping_from({"columns": {"customer": "Kunde", "ordered_at": "Tag", "amount": "Betrag"}})

        with pytest.raises(UnusableFile, match="no column Betrag"):
            read("Kunde,Tag\n1,2\n", mapping=mapping)

    def test_refuses_a_heading_without_rows(self, read: Read) -> None:
        with pytest.raises(UnusableFile, match="no rows"):
            read("Customer,Date,Amount\n")


class TestImports:
    def test_need_neither_django_nor_duckdb(self) -> None:
        check = "import sys, guanxi.intake.tables; assert not {'django', 'duckdb'} & set(sys.modules)"

        assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
