"""Exports of old systems: a web page, Excel's XML, or a newer workbook under the name of an old one."""

import struct
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from guanxi.intake.rows import UnusableFile
from guanxi.intake.tables import order_table

PAGE = """<html><head><meta http-equiv=Content-Type content="text/html; charset=gb2312"></head><body><table>
<tr><td colspan=5>销售明细</td></tr>
<tr><td rowspan=2>订单号</td><td colspan=2>客户</td><td rowspan=2>下单日期</td><td rowspan=2>金额</td></tr>
<tr><td>名称</td><td>国家</td></tr>
<tr><td>S1<td>海天&amp;子<td>德国<td>2026-5-13<td>1,200.50</tr>
<tr><td>合计<td><td><td><td>1,200.50</tr></table></body></html>""".encode("gbk")
XML = b"""<?xml version="1.0"?><Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>
<Row><Cell><Data>Order ID</Data></Cell><Cell><Data>Customer</Data></Cell>
<Cell ss:Index="4"><Data>Order Date</Data></Cell><Cell><Data>Amount</Data></Cell></Row>
<Row><Cell><Data>1</Data></Cell><Cell><Data>Lena</Data></Cell><Cell ss:Index="4"><Data>2026-05-13T00:00:00.000</Data>
</Cell><Cell><Data>12.5</Data></Cell></Row></Table></Worksheet></Workbook>"""


def orders(path: Path) -> list[tuple[object, ...]]:
    names = ("customer_name", "country", "order_number", "ordered_at", "amount")
    return [tuple(row[name] for name in names) for row in order_table(path).table.to_pylist()]


def locked() -> bytes:
    """A workbook of nothing but the sign that its content is encrypted."""
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<I", 0) + struct.pack("<I", free) * 108
    sectors = struct.pack("<2I", 0xFFFFFFFD, end) + struct.pack("<I", free) * 126
    for name, kind, child in (("Root Entry", 5, 1), ("EncryptedPackage", 2, free), ("", 0, free), ("", 0, free)):
        size = len(name) * 2 + 2 if name else 0
        sectors += name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB3I", size, kind, 1, free, free, child)
        sectors += bytes(36) + struct.pack("<IQ", end, 0)
    return head + sectors


class TestAnOldExport:
    def test_that_is_a_web_page_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "orders.xls").write_bytes(PAGE)

        assert orders(tmp_path / "orders.xls") == [("海天&子", "DE", "S1", datetime(2026, 5, 13), Decimal("1200.50"))]

    def test_that_is_xml_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "orders.xls").write_bytes(XML)

        assert orders(tmp_path / "orders.xls") == [("Lena", "", "1", datetime(2026, 5, 13), Decimal("12.5"))]

    def test_that_is_a_newer_workbook_is_read(self, tmp_path: Path) -> None:
        with xlsxwriter.Workbook(str(tmp_path / "orders.xlsx")) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["Order ID", "Customer", "Order Date", "Amount"])
            sheet.write_row(1, 0, ["1", "Lena", "2026-05-13", 5])
        (tmp_path / "orders.xlsx").rename(tmp_path / "orders.xls")

        assert len(orders(tmp_path / "orders.xls")) == 1

    def test_that_is_locked_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "orders.xlsx").write_bytes(locked())

        with pytest.raises(UnusableFile, match=r"orders.xlsx is locked with a password"):
            order_table(tmp_path / "orders.xlsx")
