"""Sheets as traders keep them: any language, encoding and line end; workbooks with titles and merged cells."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from guanxi.intake.encodings import encoding_of
from guanxi.intake.recognise import recognise
from guanxi.intake.rows import Reject, UnusableFile
from guanxi.intake.tables import OrderTable, order_table

Read = Callable[..., OrderTable]
Write = Callable[..., Path]

HEADINGS = {
    "simplified Chinese": ["客户名称", "客户编号", "下单日期", "订单号", "金额", "币种", "国家",
                           "数量", "单价", "产品", "邮箱"],
    "traditional Chinese": ["客戶名稱", "客戶編號", "訂單日期", "訂單編號", "金額", "幣別", "國家",
                            "數量", "單價", "產品", "電子郵件"],
    "Japanese": ["顧客名", "顧客番号", "注文日", "注文番号", "金額", "通貨", "国", "数量", "単価", "商品名", "メール"],
    "German": ["Kundenname", "Kundennummer", "Bestelldatum", "Bestellnummer", "Betrag", "Währung", "Land", "Menge",
               "Einzelpreis", "Artikelbezeichnung", "E-Mail"],
    "Spanish": ["Nombre del cliente", "Código de cliente", "Fecha de pedido", "Número de pedido", "Importe", "Moneda",
                "País", "Cantidad", "Precio unitario", "Producto", "Correo electrónico"],
    "French": ["Nom du client", "Code client", "Date de commande", "Numéro de commande", "Montant", "Devise", "Pays",
               "Quantité", "Prix unitaire", "Produit", "Courriel"],
    "English": ["Customer Name", "Customer ID", "Order Date", "Order ID", "Sales", "Currency", "Country", "Quantity",
                "Unit Price", "Product", "E-mail"],
}  # fmt: skip
FIELDS = ["customer_name", "customer", "ordered_at", "order_number", "amount", "currency", "country", "quantity",
          "unit_price", "product_name", "email"]  # fmt: skip


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def table(text: str | bytes, **wishes: Any) -> OrderTable:
        path = tmp_path / "sheet.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return order_table(path, **wishes)

    return table


@pytest.fixture
def workbook(tmp_path: Path) -> Write:
    """A workbook of the given sheets; `merged` are ranges of the first sheet with their text."""

    def write(sheets: dict[str, Sequence[Sequence[Any]]], merged: dict[str, str] | None = None) -> Path:
        path = tmp_path / "orders.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for name, rows in sheets.items():
                sheet = book.add_worksheet(name)
                for place, row in enumerate(rows):
                    for column, cell in enumerate(row):
                        if isinstance(cell, datetime):
                            sheet.write_datetime(place, column, cell, day)
                        elif isinstance(cell, str) and cell.startswith("="):
                            sheet.write_formula(place, column, cell, value=cell[1:])
                        elif cell is not None:
                            sheet.write(place, column, cell)
                for cells, text in (merged or {}).items():
                    sheet.merge_range(cells, text)
        return path

    return write


def column(found: OrderTable, name: str) -> list[Any]:
    values: list[Any] = found.table[name].to_pylist()
    return values


@pytest.mark.parametrize("headings", HEADINGS.values(), ids=HEADINGS)
@pytest.mark.parametrize("is_turned", [False, True])
def test_headings_are_known_in_any_order(headings: list[str], is_turned: bool) -> None:
    found = recognise(headings[::-1] if is_turned else headings)

    assert found is not None
    assert found.kind == "orders"
    assert {field: names[0] for field, names in found.columns.items()} == dict(zip(FIELDS, headings, strict=True))


class TestText:
    CHINESE = "客户名称,下单日期,金额\n" + "海天国际贸易有限公司广州分公司,二〇二四年三月,5\n" * 9
    SHEET = "客户名称;下单日期;金额\n海天贸易;2024-03-01;1.234,50\n远洋公司;2024-03-02;7\n"

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
    )  # fmt: skip
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
    @pytest.mark.parametrize("delimiter", [";", "\t", "|"], ids=["semicolon", "tab", "bar"])
    def test_is_read_in_any_encoding_line_end_and_delimiter(
        self, read: Read, encoding: str, end: str, delimiter: str
    ) -> None:
        text = self.SHEET.replace("\n", end).replace(";", delimiter)

        found = read(text.encode(encoding))

        assert column(found, "customer_name") == ["海天贸易", "远洋公司"]
        assert column(found, "amount") == [Decimal("1234.5"), Decimal(7)]

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_of_mostly_chinese_characters_is_seen_as_utf16(self, encoding: str) -> None:
        assert encoding_of(lambda: io.BytesIO(self.CHINESE.encode(encoding))) == encoding

    def test_is_read_in_big5(self, read: Read) -> None:
        found = read(
            "客戶名稱,訂單日期,金額\n海天貿易有限公司,2024-03-01,5\n遠洋國際企業,2024-03-02,7\n".encode("big5")
        )

        assert column(found, "customer_name") == ["海天貿易有限公司", "遠洋國際企業"]

    def test_is_read_in_shift_jis_by_its_headings(self, read: Read) -> None:
        found = read("顧客名,注文日,金額\n大阪商事,2024/3/1,5000円\n".encode("cp932"))

        assert (column(found, "customer_name"), column(found, "currency")) == (["大阪商事"], ["JPY"])

    def test_is_read_in_gb18030_whatever_stands_in_its_cells(self, read: Read) -> None:
        found = read(
            "客户名称,下单日期,金额\nΩ≈ç√∫˜µ≤≥÷ ѐёђѓєѕ ﷽ 社會科學院語學研究所,2024-03-01,5\n".encode("gb18030")
        )

        assert column(found, "customer_name") == ["Ω≈ç√∫˜µ≤≥÷ ѐёђѓєѕ ﷽ 社會科學院語學研究所"]

    def test_is_read_in_windows_1252(self, read: Read) -> None:
        found = read("Kunde;Bestelldatum;Betrag\nMüller & Söhne;01.03.2024;1.234,50 €\n".encode("cp1252"))

        assert (column(found, "customer"), column(found, "amount"), column(found, "currency")) == (
            ["Müller & Söhne"], [Decimal("1234.5")], ["EUR"],
        )  # fmt: skip

    def test_keeps_line_breaks_within_quotes(self, read: Read) -> None:
        found = read('Customer,Date,Amount\n"Elbwerk\nGmbH",2024-03-01,5\nYuki,2024-03-02,7\n')

        assert column(found, "customer") == ["Elbwerk\nGmbH", "Yuki"]

    def test_refuses_only_the_rows_of_another_encoding(self, read: Read) -> None:
        """RT-20: encodings mixed in one file."""
        good = "".join(f"客户{i},2024-03-01,5\n" for i in range(40))

        found = read(("客户名称,下单日期,金额\n" + good).encode() + "海天,2024-03-02,7\n".encode("gbk"))

        assert (len(found.table), len(found.rejects), found.rejects[0].row) == (40, 1, 42)
        assert "no UTF-8" in found.rejects[0].reason


class TestDates:
    def test_are_decided_by_the_whole_column(self, read: Read) -> None:
        found = read("Customer,Date,Amount\n" + "A,03/04/2024,1\n" * 50 + "A,12/31/2024,1\n")

        assert column(found, "ordered_at")[0] == datetime(2024, 3, 4)
        assert found.notes == []

    def test_are_told_when_nothing_decides(self, read: Read) -> None:
        found = read("Customer,Date,Amount\nA,03/04/2024,1\n")

        assert "day first, as no date of the file decides it; --date-order" in found.notes[0]

    def test_are_read_as_asked(self, read: Read) -> None:
        found = read("Customer,Date,Amount\nA,03/04/2024,1\n", date_order="mdy")

        assert (column(found, "ordered_at"), found.notes) == ([datetime(2024, 3, 4)], [])

    def test_that_contradict_each_other_are_told(self, read: Read) -> None:
        found = read("Customer,Date,Amount\nA,13/04/2024,1\nA,04/13/2024,1\nA,05/13/2024,1\nA,03/04/2024,1\n")

        assert column(found, "ordered_at")[3] == datetime(2024, 3, 4)
        assert "some the month" in found.notes[0]

    @pytest.mark.parametrize(
        ("cell", "day"),
        [("45352", 1), ("20240301", 1), ("2024年3月1日", 1), ("1.3.2024", 1), ("2024/3/1 上午 9:05", 1),
         ("Mar-01-24", 1), ("Friday, 1 March 2024", 1), ("1-Mar-24", 1), ("2024-03-01T00:00:00Z", 1)],
    )  # fmt: skip
    def test_are_read_in_any_usual_writing(self, read: Read, cell: str, day: int) -> None:
        found = read(f'Customer,Date,Amount\nA,"{cell}",1\nA,2024-03-31,1\n')

        assert column(found, "ordered_at")[0].date().isoformat() == f"2024-03-0{day}"


class TestMoney:
    @pytest.mark.parametrize(
        ("headings", "rows", "currency", "is_told"),
        [
            ("客户名称,下单日期,金额", "海天,2024-03-01,¥1200", "CNY", False),
            ("顧客名,注文日,金額", "大阪商事,2024-03-01,¥1200", "JPY", False),
            ("Customer,Date,Amount", "A,2024-03-01,¥12.50", "CNY", False),
            ("Customer,Date,Country,Amount", "A,2024-03-01,Japan,¥1200", "JPY", False),
            ("Customer,Date,Amount", "A,2024-03-01,¥1200", "CNY", True),
        ],
        ids=["Chinese headings", "Japanese headings", "decimals", "country", "nothing"],
    )
    def test_of_a_lone_yen_sign_is_decided_by_the_rest(
        self, read: Read, headings: str, rows: str, currency: str, is_told: bool
    ) -> None:
        found = read(f"{headings}\n{rows}\n")

        assert column(found, "currency") == [currency]
        assert any("yuan or yen" in note for note in found.notes) is is_told

    def test_of_a_lone_yen_sign_is_what_the_user_says(self, read: Read) -> None:
        found = read("Customer,Date,Amount\nA,2024-03-01,¥1200\n", currency="JPY")

        assert (column(found, "currency"), found.notes) == (["JPY"], [])

    @pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!"])
    def test_of_a_broken_formula_is_refused_by_name(self, read: Read, error: str) -> None:
        found = read(f"Customer,Date,Amount\nA,2024-03-01,{error}\nA,2024-03-01,5\n")

        assert found.rejects == [Reject(2, "Amount", f"{error} is an error of the spreadsheet; mend its formula")]

    def test_by_the_piece_makes_the_cost_of_the_row(self, read: Read) -> None:
        """D-12: 成本价 is of one piece, 成本 of the row."""
        text = "客户名称,订单号,下单日期,产品,数量,单价,{}\n海天,1,2024-03-01,杯,10,5,3\n"

        assert read(text.format("成本价"), with_lines=True).lines["cost"].to_pylist() == [Decimal(30)]
        assert read(text.format("成本"), with_lines=True).lines["cost"].to_pylist() == [Decimal(3)]

    def test_of_things_made_to_order_is_marked(self, read: Read) -> None:
        found = read(
            "客户名称,订单号,下单日期,产品,金额,是否定制\n海天,1,2024-03-01,杯,5,是\n海天,1,2024-03-01,盘,5,否\n",
            with_lines=True,
        )

        assert found.lines["is_custom"].to_pylist() == [True, False]


class TestWorkbooks:
    def test_with_a_title_and_merged_headings(self, workbook: Write) -> None:
        path = workbook(
            {"订单": [
                ["2024年订单汇总"], [], [],
                ["Name", "Country", "No", "Date", "Amount"],
                ["Elbwerk", "Germany", "A1", datetime(2024, 3, 1), "1.2万"],
                ["Osaka", "Japan", "A2", 45352, 8000],
            ]},
            merged={"A3:B3": "Customer", "C3:E3": "Order"},
        )  # fmt: skip

        found = order_table(path, currency="CNY")

        assert column(found, "customer_name") == ["Elbwerk", "Osaka"]
        assert column(found, "country") == ["DE", "JP"]
        assert column(found, "order_number") == ["A1", "A2"]
        assert column(found, "ordered_at") == [datetime(2024, 3, 1), datetime(2024, 3, 1)]
        assert column(found, "amount") == [Decimal(12000), Decimal(8000)]

    def test_with_a_sheet_for_each_month_are_read_whole(self, workbook: Write) -> None:
        heading = ["客户名称", "订单号", "下单日期", "金额"]
        path = workbook({
            "说明": [["只看"], ["请勿修改"]],
            "1月": [heading, ["海天", "A1", datetime(2024, 1, 1), 5]],
            "2月": [heading, ["海天", "A2", datetime(2024, 2, 1), 7], ["海天", "A1", datetime(2024, 1, 1), 5]],
        })  # fmt: skip

        found = order_table(path, currency="CNY")

        assert list(zip(column(found, "order_number"), column(found, "amount"), strict=True)) == [
            ("A1", Decimal(5)), ("A2", Decimal(7)),
        ]  # fmt: skip

    def test_with_orders_and_lines_on_two_sheets_are_joined(self, workbook: Write) -> None:
        path = workbook({
            "Orders": [["Order ID", "Customer", "Order Date", "Order Total"], ["1", "A", datetime(2024, 1, 1), 20]],
            "Lines": [["Order ID", "SKU", "Quantity", "Unit Price"], ["1", "X", 2, 5], ["1", "Y", 1, 10]],
        })  # fmt: skip

        found = order_table(path, with_lines=True)

        assert (column(found, "amount"), found.lines["product_code"].to_pylist()) == ([Decimal(20)], ["X", "Y"])

    def test_tell_where_a_formula_is_broken(self, workbook: Write) -> None:
        path = workbook({"S": [["Customer", "Date", "Amount"], ["A", datetime(2024, 1, 1), "=#DIV/0!"],
                               ["B", datetime(2024, 1, 1), 5]]})  # fmt: skip

        found = order_table(path)

        assert (len(found.table), [each.row for each in found.rejects]) == (1, [2])


def test_a_sheet_without_amounts_says_what_is_missing(read: Read) -> None:
    with pytest.raises(UnusableFile, match="--mapping"):
        read("客户名称,备注\n海天,好\n")


class TestADiscount:
    HEAD = "Customer,Order Date,Quantity,Unit Price,Discount\n"

    def test_in_percent_is_taken_off(self, read: Read) -> None:
        found = read(self.HEAD + "A,2024-03-01,2,10,15%\nB,2024-03-01,2,10,0.15\n")

        assert found.table["amount"].to_pylist() == [Decimal(17), Decimal(17)]

    @pytest.mark.parametrize("amount", ["15", "150000"])
    def test_that_is_no_part_of_the_price_is_refused(self, read: Read, amount: str) -> None:
        """Taken as a part it would turn a sale into a credit."""
        found = read(self.HEAD + f"A,2024-03-01,2,10,{amount}\nB,2024-03-01,2,10,\n")

        assert [(each.row, each.field, each.reason[:35]) for each in found.rejects] == [
            (2, "Discount", "a discount is a part of the price; ")
        ]

    def test_beside_an_amount_is_in_it_already(self, read: Read) -> None:
        found = read("Customer,Order Date,Sales,Discount\nA,2024-03-01,20,15\nB,2024-03-01,20,150000\n")

        assert (found.table["amount"].to_pylist(), found.rejects) == ([Decimal(20)] * 2, [])


@pytest.mark.parametrize(
    ("cell", "code"), [("¥12.00元", "CNY"), ("CN¥12", "CNY"), ("JP¥12", "JPY"), ("$12 USD", "USD"), ("12 zł", "PLN")]
)
def test_the_currency_beside_an_amount_is_known(read: Read, cell: str, code: str) -> None:
    found = read(f"Customer,Order Date,Amount\nA,2024-03-01,{cell}\n")

    assert (found.table["amount"].to_pylist(), found.table["currency"].to_pylist()) == ([Decimal(12)], [code])


def test_a_month_stands_for_its_first_day(read: Read) -> None:
    found = read("客户名称,月份,金额\n海天,2024-03,5\n海天,2024年4月,6\n")

    assert found.table["ordered_at"].to_pylist() == [datetime(2024, 3, 1), datetime(2024, 4, 1)]


def test_a_quotation_mark_that_is_not_closed_is_told(read: Read) -> None:
    found = read('Customer,Order Date,Amount\nA,2024-01-01,5\n"B,2024-01-02,6\nC,2024-01-03,7\n')

    assert len(found.table) == 1
    assert found.rejects == [Reject(3, "", "has 1 cells, the heading has 3; is a quotation mark not closed?")]
