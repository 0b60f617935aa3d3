"""What is wrong with a file as a whole is said with what it lacks and what to do."""

from pathlib import Path

import pytest

from guanxi.intake.planning import plan_for
from guanxi.intake.reading import open_tables
from guanxi.intake.recognise import recognise
from guanxi.intake.rows import UnusableFile
from guanxi.intake.tables import order_table


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(UnusableFile) as problem:
        order_table(path)
    return str(problem.value)


class TestAFileOfOrders:
    @pytest.mark.parametrize(
        ("headings", "missing"),
        [
            ("订单号,客户名称,金额", "the day (Order Date, 下单日期);"),
            ("Order ID,Order Date,Amount", "the buyer (Customer Name, 客户名称);"),
            ("Order ID,Amount", "the buyer (Customer Name, 客户名称) and the day (Order Date, 下单日期);"),
        ],
    )
    def test_is_told_which_column_it_lacks(self, tmp_path: Path, headings: str, missing: str) -> None:
        sentence = refusal(tmp_path / "books.csv", f"{headings}\n1,2,3\n".encode())

        assert f"books.csv lacks a column with {missing}" in sentence
        assert "--mapping" in sentence

    def test_without_amounts_is_told_so_by_the_import(self, tmp_path: Path) -> None:
        path = tmp_path / "books.csv"
        path.write_text("Order ID,Customer,Order Date,Note\n1,2,2024-05-31,x\n")

        with open_tables(path) as tables, pytest.raises(UnusableFile, match=r"lacks a column with the amount"):
            plan_for(tables[0])

    def test_of_other_words_is_told_that_none_is_known(self, tmp_path: Path) -> None:
        assert "do not make orders (a, b)" in refusal(tmp_path / "books.csv", b"a,b\n1,2\n")

    @pytest.mark.parametrize(
        "start", ["<html><body><table>", "\ufeff<!DOCTYPE html>", '<?xml version="1.0"?>\n<Workbook']
    )
    def test_that_is_a_web_page_without_a_table_is_told_how_to_save_it(self, tmp_path: Path, start: str) -> None:
        assert "is a web page or XML" in refusal(tmp_path / "orders.xls", start.encode())

    def test_of_nothing_but_zeros_is_empty(self, tmp_path: Path) -> None:
        assert "is empty" in refusal(tmp_path / "orders.csv", bytes(1000))


class TestHeadings:
    def test_that_say_little_yield_to_one_that_names_the_field(self) -> None:
        found = recognise(["ID", "Date", "Order Number", "Order Date", "Customer", "Amount"])

        assert found is not None
        assert (found.columns["order_number"], found.columns["ordered_at"]) == (("Order Number",), ("Order Date",))

    def test_of_a_month_yields_to_one_of_a_day(self) -> None:
        found = recognise(["月份", "日期", "客户", "金额"])

        assert found is not None
        assert found.columns["ordered_at"] == ("日期",)

    def test_of_two_years_of_online_retail_are_known(self) -> None:
        names = ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"]

        found = recognise(names)

        assert found is not None
        assert (found.format, found.options.credit_prefix, found.options.currency) == ("online-retail-ii", "C", "GBP")

    def test_of_a_chinese_shop_are_known(self) -> None:
        found = recognise(
            ["订单编号", "买家会员名", "买家实际支付金额", "订单创建时间", "订单付款时间 ", "退款金额", "宝贝标题"]
        )

        assert found is not None
        assert found.columns["refunded"] == ("退款金额",)
        assert found.columns["amount" if "amount" in found.columns else "order_amount"] == ("买家实际支付金额",)
        assert found.columns["paid_at"] == ("订单付款时间 ",)


class TestAnEmptyFileBesideTables:
    def test_is_no_obstacle(self, tmp_path: Path) -> None:
        (tmp_path / "a-note.csv").write_text("")
        (tmp_path / "orders.csv").write_text("Customer,Order Date,Amount\nLena,2024-05-31,5\n")

        assert len(order_table(tmp_path).table) == 1

    def test_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "cleaned.csv").write_text("")
        (tmp_path / "orders.csv").write_text("Customer,Order Date,Amount\nLena,2024-05-31,5\n")

        with open_tables(tmp_path) as tables, pytest.raises(UnusableFile, match=r"^cleaned.csv is empty"):
            plan_for(tables[0])
