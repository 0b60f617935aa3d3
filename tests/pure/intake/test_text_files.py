"""CSV and its relatives."""

import io

import pytest

from guanxi.intake.mapping import Options
from guanxi.intake.rows import Reject, UnusableFile
from guanxi.intake.text_files import TextTable


def table(text: str | bytes, **options: object) -> TextTable:
    raw = text.encode() if isinstance(text, str) else text
    return TextTable(lambda: io.BytesIO(raw), name="orders.csv", options=Options(**options))  # type: ignore[arg-type]


def rows(found: TextTable) -> list[tuple[object, ...]]:
    return [
        row
        for batch in found.batches()
        for row in zip(batch.rows.to_pylist(), *(cells.to_pylist() for cells in batch.cells.values()), strict=True)
    ]


class TestTextTable:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_knows_every_line_end(self, end: str) -> None:
        found = table(end.join(["Customer,Amount", "Lena,1", "Yuki,2"]))

        assert rows(found) == [(2, "Lena", "1"), (3, "Yuki", "2")]

    def test_keeps_a_line_break_inside_a_cell(self) -> None:
        assert rows(table('Customer,Note\nLena,"two\nlines"\nYuki,x\n')) == [
            (2, "Lena", "two\nlines"),
            (3, "Yuki", "x"),
        ]

    def test_passes_over_blank_rows_but_counts_them(self) -> None:
        assert rows(table("Customer,Amount\n,\n\nLena,1\n")) == [(4, "Lena", "1")]

    def test_fills_up_short_rows(self) -> None:
        assert rows(table("Customer,Amount,Note\nLena,1\n")) == [(2, "Lena", "1", "")]

    def test_refuses_rows_with_more_cells_than_the_heading(self) -> None:
        (batch,) = table("Customer,Amount\nLena,1,2,3\nYuki,2,,\n").batches()

        assert batch.lost == (Reject(2, "", "has 4 cells, the heading has 2"),)
        assert batch.rows.to_pylist() == [3]

    def test_survives_a_quotation_mark_that_is_never_closed(self) -> None:
        found = table('Customer,Amount\nLena,1\n"Yuki,2\n' + "x" * 140_000 + "\nDiego,3\n")

        lost = [reject for batch in found.batches() for reject in batch.lost]
        assert [reject.row for reject in lost] == [3]
        assert "quotation mark" in lost[0].reason

    def test_finds_the_heading_under_a_title(self) -> None:
        found = table("2024年订单汇总,,\n,,\n客户名称,下单日期,金额\n宁波海天,2024-03-01,5\n")

        assert found.headings == ("客户名称", "下单日期", "金额")
        assert rows(found) == [(4, "宁波海天", "2024-03-01", "5")]

    def test_heeds_the_delimiter_line_of_excel(self) -> None:
        assert rows(table("sep=;\r\nCustomer;Amount\r\nLena;1,5\r\n")) == [(3, "Lena", "1,5")]

    def test_names_columns_by_number_without_a_heading(self) -> None:
        found = table(
            " 00004 0001 19970101  2   29.33\n 00004 0001 19970118  2   29.73\n", heading=False, delimiter="blank"
        )

        assert found.headings == ("1", "2", "3", "4", "5")
        assert rows(found)[1] == (2, "00004", "0001", "19970118", "2", "29.73")

    def test_gives_every_column_a_name_of_its_own(self) -> None:
        assert table("Phone,,Phone\n1,2,3\n").headings == ("Phone", "column 2", "Phone (2)")

    def test_refuses_a_line_that_is_no_table(self) -> None:
        found = table("Customer,Amount\n" + "x" * 16_000_001)

        with pytest.raises(UnusableFile, match="no table"):
            list(found.batches())

    def test_refuses_thousands_of_columns(self) -> None:
        with pytest.raises(UnusableFile, match="columns"):
            table(",".join(f"c{i}" for i in range(3000)) + "\n")
