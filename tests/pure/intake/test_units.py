"""Units behind headings: "成交金额(USD)" is an amount in USD, "金额（万元）" counts in ten thousands."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from guanxi.intake import units, values
from guanxi.intake.recognise import columns_for
from guanxi.intake.tables import order_table
from guanxi.kernel.places import currency_code


class TestUnits:
    @pytest.mark.parametrize(
        ("heading", "currency", "factor"),
        [
            ("Total Amount (USD)", "USD", 1),
            ("Amount in EUR", "EUR", 1),
            ("amount_usd", "", 1),
            ("Sales_USD", "USD", 1),
            ("金额USD", "USD", 1),
            ("金额（元）", "CNY", 1),
            ("金额(万元)", "CNY", 10_000),
            ("销售额【万美元】", "USD", 10_000),
            ("Revenue (thousand EUR)", "EUR", 1_000),
            ("数量(件)", "", 1),
            ("Sales", "", 1),
            ("Unit PRICE", "", 1),
        ],
    )
    def test_are_told_from_the_heading(self, heading: str, currency: str, factor: int) -> None:
        assert (units.currency_of(heading), units.factor_of(heading)) == (currency, factor)


class TestHeadings:
    def test_are_known_without_their_unit(self) -> None:
        columns = columns_for(["买家公司", "成交时间", "成交金额(USD)", "国家/地区", "数量(套)"], "orders")

        assert {name: heading for name, (heading,) in columns.items()} == {
            "customer_name": "买家公司", "ordered_at": "成交时间", "amount": "成交金额(USD)", "country": "国家/地区",
            "quantity": "数量(套)",
        }  # fmt: skip

    def test_word_for_word_goes_before_what_stands_in_brackets(self) -> None:
        assert columns_for(["Customer", "Date", "Price (old)", "Price", "Qty"], "orders")["unit_price"] == ("Price",)

    def test_in_two_languages_are_known_where_both_say_the_same(self) -> None:
        headings = ["Customer 客户名称", "订单号/Order No.", "Order Date 下单日期", "Amount(USD) 金额"]
        columns = columns_for([*headings, "VIP 客户", "SKU数量"], "orders")

        assert {name: heading for name, (heading,) in columns.items()} == dict(
            zip(("customer_name", "order_number", "ordered_at", "amount"), headings, strict=True)
        )
        assert units.currency_of("Amount(USD) 金额") == "USD"


class TestAmounts:
    @pytest.mark.parametrize(
        ("text", "amount", "currency"),
        [
            ("客户名称,下单日期,金额(USD)\n海天,2024-03-01,1200\n", "1200", "USD"),
            ("客户名称,下单日期,金额（万元）\n海天,2024-03-01,1.234567\n", "12345.67", "CNY"),
            ("客户名称,下单日期,金额(USD),币种\n海天,2024-03-01,1200,EUR\n", "1200", "EUR"),
            ("客户名称,下单日期,金额(USD)\n海天,2024-03-01,€1200\n", "1200", "EUR"),
            ("客户名称,下单日期,金额,币种\n海天,2024-03-01,US$500,\n", "500", "USD"),
        ],
        ids=["in the heading", "in ten thousands", "its own column first", "the sign first", "an empty cell"],
    )
    def test_take_currency_and_size_from_where_they_stand(
        self, tmp_path: Path, text: str, amount: str, currency: str
    ) -> None:
        path = tmp_path / "orders.csv"
        path.write_text(text, encoding="gb18030")

        (row,) = order_table(path).table.to_pylist()

        assert (row["amount"], row["currency"]) == (Decimal(amount), currency)


class TestChineseAmounts:
    @pytest.mark.parametrize(
        ("cell", "number", "sign"),
        [
            ("3万美元", 30_000, "美元"),
            ("1.2万元", 12_000, "元"),
            ("2亿日元", 200_000_000, "日元"),
            ("3千", 3_000, ""),
            ("800欧元", 800, "欧元"),
            ("500港币", 500, "港币"),
            ("12.5万人民币", 125_000, "人民币"),
            ("人民币1200元", 1_200, "人民币"),
            ("100美金", 100, "美金"),
            ("€1.5万", 15_000, "€"),
        ],
    )
    def test_name_size_and_currency_behind_the_number(self, cell: str, number: int, sign: str) -> None:
        assert (values.read_number(cell), values.currency_sign(cell)) == (Decimal(number), sign)
        assert not sign or currency_code(sign)
