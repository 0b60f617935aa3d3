"""RS-29: what a spreadsheet would compute is guarded on the way out, and comes in again as it was."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from guanxi.insights.export_files import csv_lines
from guanxi.intake.values import clean, guarded

FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "=HYPERLINK(\"https://evil.example\",\"x\")", "=IMPORTXML(\"x\",\"//a\")",
    "=WEBSERVICE(\"https://evil.example\")", "+1+1", "+cmd|'/C calc'!A0", "+SUM(A1:A9)", "-1+1", "-cmd|'/C calc'!A0",
    "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)", "@cmd", "|calc", "||", "=", "=A1", "+A1", "-A1", "@A1",
    "=\"a\"&\"b\"", "=1;2", "=DDE(\"x\";\"y\")", "=A1,B2", "＝1+1", "＋1+1a", "－1+1a", "＠SUM(1)", "｜calc",
    "=漢字", "-漢字", "@用户", "=1'2", "='x'!A1", "-x", "+x", "=-1", "=+1", "=@1", "-=1",
]  # fmt: skip
HARMLESS = ["", "Elbwerk", "1", "-1", "+1", "-1.50", "+49 40 123456", "+8613800138000", "1,234.5", "-5%", "a=b", "日本",
            "O'Neill", "#1001", "(none)", "*", "/", "~", "2026-01-02", "x@y.example"]  # fmt: skip


class TestTheCorpus:
    def test_has_forty_cases(self) -> None:
        assert len(set(FORMULAS)) == 40

    @pytest.mark.parametrize("cell", FORMULAS)
    def test_is_shown_and_never_computed(self, cell: str) -> None:
        assert guarded(cell) == f"'{cell}"

    @pytest.mark.parametrize("cell", FORMULAS)
    def test_comes_in_as_it_went_out(self, cell: str) -> None:
        assert clean(guarded(cell)) == cell

    @pytest.mark.parametrize("blank", ["\t", "\r", "\n", " ", "\t\r\n "])
    @pytest.mark.parametrize("cell", ["=1+1", "@SUM(1)", "＝1+1"])
    def test_is_found_behind_blanks(self, blank: str, cell: str) -> None:
        assert guarded(blank + cell).startswith("'")
        assert clean(guarded(blank + cell)) == cell

    @pytest.mark.parametrize("cell", ["'=1+1", "''=1+1", "'@SUM(1)"])
    def test_keeps_an_apostrophe_that_was_there(self, cell: str) -> None:
        assert clean(guarded(cell)) == cell

    @pytest.mark.parametrize("cell", HARMLESS)
    def test_leaves_numbers_telephones_and_words_alone(self, cell: str) -> None:
        assert guarded(cell) == cell
        assert clean(cell) == cell


class TestFiles:
    def test_of_csv_hold_no_cell_that_begins_a_formula(self) -> None:
        text = "".join(csv_lines(["name"], [[cell] for cell in FORMULAS]))

        cells = [row[0] for row in csv.reader(io.StringIO(text.removeprefix("\ufeff")))][1:]
        assert [cell[0] for cell in cells] == ["'"] * 40

    def test_of_excel_hold_strings_only(self, tmp_path: Path) -> None:
        from guanxi.insights.export_files import write_xlsx
        from guanxi.insights.export_tables import Column, Table

        table = Table("t", (Column("name"),), lambda: iter([[cell] for cell in FORMULAS]), lambda: len(FORMULAS))
        write_xlsx(table, tmp_path / "t.xlsx")

        with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert sheet.count("inlineStr") == 41
