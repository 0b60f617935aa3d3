"""T-29, I-08: the workbook's formulas come to the same tiers when a spreadsheet program computes them anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import fastexcel
import pytest
from typer.testing import CliRunner

from guanxi.cli.app import app
from guanxi.tiering import documents

# All presets in `make test-workbook`; two that together use every kind of formula otherwise.
PRESETS = documents.preset_names() if os.environ.get("GUANXI_WORKBOOK") == "full" else ["rfm-firm", "abc-concentrated"]
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""
# Customer, day, amount: some lie right on a border, one only returned, one bought on the last day.
ORDERS = [
    ("Alster", "2026-01-10", 60_000), ("Alster", "2026-03-01", 20_000), ("Alster", "2026-04-20", 10_000),
    ("Alster", "2026-04-30", 10_000), ("Alster", "2026-05-01", 20_000), ("Brera", "2026-03-14", 10_000),
    ("Cork", "2025-11-14", 5_000), ("Douro", "2025-11-15", 5_000), ("Etna", "2024-01-01", 900),
    ("Etna", "2024-02-01", -900), ("Faro", "2026-05-13", 50_000), ("=1+1", "2026-05-01", 12.34),
    ("Genova", "2026-02-01", -70), ("Haifa", "2025-05-14", 800), ("Haifa", "2025-05-13", 700),
    *((f"Small {number}", f"2026-0{number % 5 + 1}-11", 100 + number) for number in range(20)),
]  # fmt: skip


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    folder = tmp_path_factory.mktemp("workbook")
    orders = folder / "orders.csv"
    lines = [f"{customer},{place},{day},{amount},USD" for place, (customer, day, amount) in enumerate(ORDERS)]
    orders.write_text("\n".join(["customer name,order number,order date,amount,currency", *lines]), encoding="utf-8")

    def write(scheme: str, *arguments: str) -> Path:
        out = folder / f"{scheme}.xlsx"
        options = ["--as-of", "2026-05-13", "--scheme", scheme, "--out", str(out), *arguments]
        answer = CliRunner().invoke(app, ["tier", str(orders), *options])
        assert answer.exit_code == 0, answer.output
        return out

    return write


def rows(path: Path, sheet: int | str = 0) -> list[dict[str, Any]]:
    return fastexcel.read_excel(path).load_sheet(sheet, dtypes="string").to_arrow().to_pylist()


def without_results(path: Path) -> Path:
    """The same workbook with every cached result of a formula taken out."""
    bare = path.with_name(f"bare-{path.name}")
    with ZipFile(path) as before, ZipFile(bare, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name.startswith("xl/worksheets/"):
                content = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content)
            after.writestr(name, content)
    return bare


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """What LibreOffice makes of a workbook when it computes every formula anew."""
    if OFFICE is None:
        pytest.skip("needs LibreOffice (make test-workbook installs it)")
    profile, out = tmp_path_factory.mktemp("profile"), tmp_path_factory.mktemp("computed")
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, encoding="utf-8")

    def compute(path: Path) -> Path:
        subprocess.run(
            [str(OFFICE), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to",
             "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(path)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return out / path.name

    return compute


class TestFormulas:
    @pytest.mark.parametrize("scheme", PRESETS)
    def test_come_to_the_same_tiers(
        self, scheme: str, workbook: Callable[..., Path], computed: Callable[[Path], Path]
    ) -> None:
        """T-29: every preset, computed from the bare orders and borders."""
        path = workbook(scheme)

        expected, found = rows(path), rows(computed(without_results(path)))

        assert [row["tier"] for row in found] == [row["tier"] for row in expected]
        assert [row["customer"] for row in found] == [row["customer"] for row in expected]

    def test_count_the_tiers(self, workbook: Callable[..., Path], computed: Callable[[Path], Path]) -> None:
        path = workbook("rfm-firm")

        expected, found = rows(path, "tiers"), rows(computed(without_results(path)), "tiers")

        assert [(row["tier"], float(row["customers"])) for row in found if row["customers"]] == [
            (row["tier"], float(row["customers"])) for row in expected if row["customers"]
        ]


class TestWorkbook:
    def test_has_a_sheet_per_tier_and_charts(self, workbook: Callable[..., Path]) -> None:
        path = workbook("rfm-000-literal")

        with ZipFile(path) as book:
            assert [name for name in book.namelist() if name.startswith("xl/charts/chart")]
        assert {"customers", "tiers", "rules", "orders", "High value", "Dormant"} <= set(
            fastexcel.read_excel(path).sheet_names
        )
        assert [row["customer"] for row in rows(path, "High value")] == ["Alster"]

    def test_speaks_chinese(self, workbook: Callable[..., Path]) -> None:
        path = workbook("rfm-firm", "--language", "zh-Hans")

        assert {"客户", "等级", "规则", "订单", "高价值客户"} <= set(fastexcel.read_excel(path).sheet_names)
        assert any("天" in row["理由"] for row in rows(path))

    def test_holds_names_as_text(self, workbook: Callable[..., Path]) -> None:
        """RS-29: a customer who is called like a formula is none."""
        assert "=1+1" in {row["customer"] for row in rows(workbook("rfm-firm"))}

    def test_keeps_every_border_in_a_cell(self, workbook: Callable[..., Path]) -> None:
        """T-05: thirty days, five orders, a hundred thousand dollars can be changed in the sheet of rules."""
        book = fastexcel.read_excel(workbook("rfm-000-literal"))
        found = book.load_sheet("rules", header_row=6, dtypes="string").to_arrow().to_pylist()

        assert [row["border"] for row in found if row["rule"] == "high"] == ["30", "5", "100000"]
