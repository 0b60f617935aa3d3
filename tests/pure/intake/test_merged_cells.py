"""Workbooks in which one customer or order is merged over all its lines."""

from __future__ import annotations

import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter

from guanxi.intake import merged_cells
from guanxi.intake.merged_cells import Span
from guanxi.intake.tables import order_table


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("说明").write_string(0, 0, "只是说明")
        sheet = book.add_worksheet("订单")
        sheet.merge_range(0, 0, 0, 5, "2024年外贸订单明细表")
        sheet.write_row(1, 0, ["客户名称", "订单号", "下单日期", "产品", "金额(USD)", "折扣金额"])
        for line, product in enumerate(("灯", "瓶", "毯"), 2):
            sheet.write_row(line, 3, [product, 100 * (line - 1)])
        sheet.merge_range(2, 0, 4, 0, "海天贸易")
        sheet.merge_range(2, 1, 3, 1, "N1")
        sheet.merge_range(2, 2, 3, 2, "2024-03-01")
        sheet.merge_range(2, 5, 3, 5, 10)
        sheet.write_row(4, 1, ["N2", "2024-03-05"])
    return path


class TestMergedCells:
    def test_belong_to_each_of_their_rows(self, workbook: Path) -> None:
        found = order_table(workbook, with_lines=True)

        rows = [(row["customer"], row["order_number"]) for row in found.table.to_pylist()]
        assert (rows, found.rejects) == ([("海天贸易", "N1"), ("海天贸易", "N2")], [])
        assert [row["product_name"] for row in found.lines.to_pylist()] == ["灯", "瓶", "毯"]

    def test_with_a_sum_count_once(self, workbook: Path) -> None:
        assert [row["amount"] for row in order_table(workbook).table.to_pylist()] == [Decimal(300), Decimal(300)]

    @pytest.mark.parametrize(
        ("heading", "fills"),
        [("客户名称", True), ("订单号", True), ("备注", True), ("金额（元）", False), ("数量", False)],
    )
    def test_of_numbers_are_left_as_they_are(self, heading: str, fills: bool) -> None:
        assert merged_cells.fills(heading) is fills

    def test_go_on_in_the_next_rows(self) -> None:
        spans, known = [Span(0, 1, 4)], dict[Span, str]()
        parts = [pa.array(["a", "b", None]), pa.array([None, None, "c"])]

        found = [
            merged_cells.filled([part], start, spans, known)[0].to_pylist()
            for part, start in zip(parts, (0, 3), strict=True)
        ]

        assert found == [["a", "b", "b"], ["b", "b", "c"]]

    def test_that_lie_upon_each_other_are_filled_once(self, workbook: Path, tmp_path: Path) -> None:
        """RS-28: tens of thousands of spans over a whole column fit into a kilobyte of archive."""
        hostile = tmp_path / "hostile.xlsx"
        with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(hostile, "w") as archive:
            for name in source.namelist():
                planted = b"<mergeCells>" + b'<mergeCell ref="A3:A1048576"/>' * 20_000
                archive.writestr(name, source.read(name).replace(b"<mergeCells", planted + b"<mergeCells"))

        _, spans = merged_cells.spans_of(hostile)

        assert [span for span in spans if span.column == 0] == [Span(0, 2, 1048575)]
        assert len(spans) < 10

    def test_are_not_looked_for_in_other_files(self, tmp_path: Path) -> None:
        other = tmp_path / "orders.xls"
        other.write_bytes(b"\xd0\xcf\x11\xe0 no archive")

        assert merged_cells.spans_of(other) == []
