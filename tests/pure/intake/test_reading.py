"""Files of every form become tables; what is too large or broken is refused with one sentence."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from guanxi.intake.limits import Limits
from guanxi.intake.mapping import Options
from guanxi.intake.planning import whole_batches
from guanxi.intake.reading import open_tables
from guanxi.intake.rows import UnusableFile

Put = Callable[[str, bytes | str], Path]
CSV = "Customer,Date,Amount\nLena,2024-01-01,1.5\nYuki,2024-01-02,2\n"
LENA = {"Customer": "Lena", "Date": "2024-01-01", "Amount": "1.5"}


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def rows(path: Path, **options: object) -> list[list[dict[str, object]]]:
    """The rows of each table of the file, as mappings."""
    with open_tables(path, options=Options(**options)) as tables:  # type: ignore[arg-type]
        return [
            [row for batch in whole_batches(table) for row in pa.table(dict(batch.cells)).to_pylist()]
            for table in tables
        ]


def workbook(path: Path, *sheets: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        for cells in sheets:
            sheet = book.add_worksheet()
            for i, row in enumerate(cells):
                for j, cell in enumerate(row):
                    sheet.write_datetime(i, j, cell, date) if isinstance(cell, datetime) else sheet.write(i, j, cell)
    return path


def packed(**members: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


class TestText:
    def test_is_read_packed_or_not(self, put: Put) -> None:
        plain, zipped = put("a.csv", CSV), put("a.csv.gz", gzip.compress(CSV.encode()))

        assert rows(plain) == rows(zipped)
        assert rows(plain)[0][0] == LENA

    def test_is_told_by_its_content_not_its_name(self, put: Put) -> None:
        assert rows(put("orders.xls", CSV.replace(",", "\t")))[0][0] == LENA

    def test_that_ends_too_early_is_refused(self, put: Put) -> None:
        noise = random.Random(1)
        text = "Customer,Date,Amount\n" + "".join(f"{noise.random()},2024-01-01,1\n" for _ in range(50_000))
        cut = put("cut.csv.gz", gzip.compress(text.encode())[:-300_000])

        with pytest.raises(UnusableFile, match=r"damaged|cannot be read"):
            rows(cut)


class TestWorkbook:
    def test_gives_dates_and_numbers_as_written(self, tmp_path: Path) -> None:
        path = workbook(
            tmp_path / "a.xlsx",
            [["2024年订单", "", ""], [], ["客户名称", "下单日期", "金额"], ["宁波海天", datetime(2024, 3, 1), 1200.1]],
        )

        ((row,),) = rows(path)
        assert row == {"客户名称": "宁波海天", "下单日期": "2024-03-01 00:00:00", "金额": "1200.1"}

    def test_counts_rows_as_the_user_sees_them(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "a.xlsx", [["t"], [], ["Customer", "Date"], ["Lena", "x"], [], ["Yuki", "y"]])

        with open_tables(path) as (table,):
            assert [batch.rows.to_pylist() for batch in table.batches()] == [[4, 6]]

    def test_leaves_empty_sheets_out(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "a.xlsx", [], [["Customer", "Date"], ["Lena", "x"]])

        assert len(rows(path)) == 1

    def test_gives_the_sheet_asked_for(self, tmp_path: Path) -> None:
        path = workbook(
            tmp_path / "a.xlsx", [["Customer", "Date"], ["Lena", "x"]], [["Customer", "Date"], ["Yuki", "y"]]
        )

        assert rows(path, sheet="Sheet2")[0][0]["Customer"] == "Yuki"
        with pytest.raises(UnusableFile, match="no sheet 'Sheet9'"):
            rows(path, sheet="Sheet9")

    @pytest.mark.parametrize("keep", [0.3, 0.9])
    def test_that_is_cut_off_is_refused(self, tmp_path: Path, put: Put, keep: float) -> None:
        whole = workbook(tmp_path / "a.xlsx", [["Customer", "Date"], ["Lena", "x"]]).read_bytes()

        with pytest.raises(UnusableFile):
            rows(put("cut.xlsx", whole[: int(len(whole) * keep)]))

    def test_of_the_old_form_that_is_rubbish_is_refused(self, put: Put) -> None:
        with pytest.raises(UnusableFile, match="workbook"):
            rows(put("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000)))


class TestJson:
    @pytest.mark.parametrize(
        "text",
        [
            json.dumps([LENA]), json.dumps({"code": 200, "data": {"list": [LENA]}}), json.dumps(LENA),
            json.dumps(LENA) + "\n" + json.dumps(LENA) + "\n",
        ],
        ids=["a list", "a list inside", "one record", "a record a line"],
    )  # fmt: skip
    def test_is_read(self, put: Put, text: str) -> None:
        assert rows(put("a.json", text))[0][0] == LENA

    def test_makes_a_row_of_each_line_of_an_order(self, put: Put) -> None:
        order = {"order_no": 7, "buyer": {"name": "Lena"}, "product_list": [{"sku": "a", "count": 1.10}, {"sku": "b"}]}

        assert rows(put("a.json", json.dumps([order])))[0] == [
            {"order_no": "7", "buyer.name": "Lena", "product_list.sku": "a", "product_list.count": "1.1"},
            {"order_no": "7", "buyer.name": "Lena", "product_list.sku": "b", "product_list.count": None},
        ]

    def test_may_have_a_name_of_nothing(self, put: Put) -> None:
        assert rows(put("a.json", '[{"order_no": 7, "": "x"}]'))[0][0]["order_no"] == "7"

    def test_loses_only_the_broken_lines(self, put: Put) -> None:
        path = put("a.jsonl", f"{json.dumps(LENA)}\n{json.dumps(LENA)}\n{{broken\n{json.dumps(LENA)}\n")

        with open_tables(path) as (table,):
            (batch,) = table.batches()
        assert [reject.row for reject in batch.lost] == [4]
        assert batch.rows.to_pylist() == [2, 3, 5]

    @pytest.mark.parametrize("text", ["{", "[1, 2]", "[]", '{"a": [', "[" * 5000], ids=range(5))
    def test_that_holds_no_records_is_refused(self, put: Put, text: str) -> None:
        with pytest.raises(UnusableFile):
            rows(put("a.json", text))


class TestParquet:
    def test_keeps_its_types(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"Customer": ["Lena"], "Amount": [1.5], "n": [{"x": 1}]}), tmp_path / "a.parquet")

        assert rows(tmp_path / "a.parquet") == [[{"Customer": "Lena", "Amount": 1.5}]]

    def test_that_is_cut_off_is_refused(self, tmp_path: Path, put: Put) -> None:
        pq.write_table(pa.table({"Customer": ["Lena"] * 1000}), tmp_path / "a.parquet")

        with pytest.raises(UnusableFile, match="Parquet"):
            rows(put("b.parquet", (tmp_path / "a.parquet").read_bytes()[:-20]))


class TestArchive:
    def test_gives_the_tables_of_all_members(self, put: Put) -> None:
        path = put("a.zip", packed(a__csv=CSV, b__json=json.dumps([LENA])))

        assert [len(table) for table in rows(path)] == [2, 1]

    def test_never_uses_a_name_as_a_path(self, put: Put, tmp_path: Path) -> None:
        path = put("a.zip", packed(**{"../../evil__csv": CSV, "/etc/passwd__csv": CSV}))

        assert len(rows(path)) == 2
        assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]

    def test_in_an_archive_is_refused(self, put: Put) -> None:
        for inner in (packed(a__csv=CSV), gzip.compress(gzip.compress(CSV.encode()))):
            with pytest.raises(UnusableFile, match="archive in an archive"):
                rows(put("a.zip", packed(b__zip=inner)))

    def test_that_is_a_bomb_is_refused(self, put: Put) -> None:
        with pytest.raises(UnusableFile, match="bomb"):
            rows(put("a.zip", packed(a__csv="0" * 50_000_000)))

    @pytest.mark.parametrize(
        ("limits", "reason"),
        [
            (Limits(members=1), "2 files"),
            (Limits(unpacked_bytes=50), "unpacks"),
            (Limits(file_bytes=10), "larger than"),
        ],
    )
    def test_beyond_the_limits_is_refused(self, put: Put, limits: Limits, reason: str) -> None:
        path = put("a.zip", packed(a__csv=CSV, b__csv=CSV))

        with pytest.raises(UnusableFile, match=reason), open_tables(path, limits=limits):
            pass

    def test_that_holds_nothing_is_refused(self, put: Put) -> None:
        with pytest.raises(UnusableFile, match="no tables"):
            rows(put("a.zip", packed(folder="")[:0] + packed()))


class TestOther:
    @pytest.mark.parametrize("content", ["", "  \n \n", b"%PDF-1.7", b"\x89PNG\r\n", b"Rar!\x1a\x07", b"\x1f\x8bxx"])
    def test_files_are_refused(self, put: Put, content: bytes | str) -> None:
        with pytest.raises(UnusableFile):
            rows(put("a.csv", content))

    def test_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(UnusableFile, match=r"nowhere\.csv is no file"):
            rows(tmp_path / "nowhere.csv")
