"""Tables as files that stream: CSV and Excel whose cells nothing computes (RS-29), Parquet with typed columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from guanxi.insights.export_tables import DAY, FLAG, MOMENT, NUMBER, WHOLE, Column, Table
from guanxi.intake.values import guarded

FORMS = ("csv", "xlsx", "parquet")
ROWS_A_SHEET = 1_048_575  # a sheet of Excel has one row more, for the heading
LONGEST_CELL = 32_767  # characters in a cell of Excel
ROWS_AT_ONCE = 20_000
ARROW = {
    NUMBER: pa.decimal128(24, 10), WHOLE: pa.int64(), MOMENT: pa.timestamp("us", "UTC"), DAY: pa.date32(),
    FLAG: pa.bool_(),
}  # fmt: skip


def write(table: Table, path: Path, form: str) -> int:
    """Write a table in one of FORMS; returns how many rows it has."""
    if form == "csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            return write_csv(table, file)
    return write_xlsx(table, path) if form == "xlsx" else write_parquet(table, path)


def csv_lines(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file; with a byte order mark, since Excel takes it for the local code page without."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    yield "\ufeff"
    for row in chain([heading], rows):
        writer.writerow([as_text(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def write_csv(table: Table, file: IO[str]) -> int:
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([guarded(column.heading) for column in table.columns])
    count = 0
    for row in table.rows():
        writer.writerow([as_text(cell) for cell in row])
        count += 1
    return count


def as_text(cell: Any) -> Any:
    """A cell of a CSV file: numbers and moments plain, text so that no spreadsheet computes it."""
    if isinstance(cell, str):
        return guarded(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Decimal):
        return plain_number(cell)
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="seconds") if cell.tzinfo else cell.isoformat()
    if isinstance(cell, dict | list):
        return guarded(json.dumps(cell, ensure_ascii=False, default=str))
    return cell


def plain_number(number: Decimal) -> str:
    """Without an exponent and without zeros that say nothing."""
    return format(number.normalize(), "f") if number else "0"


def write_xlsx(table: Table, target: Path | IO[bytes]) -> int:
    """A workbook whose text cells are strings and nothing else; more than a sheet holds goes on in the next."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count = 0
    with xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options) as book:
        styles = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        rows = table.rows()
        while count == 0 or count % ROWS_A_SHEET == 0:
            before = count
            sheet = _sheet(book, table.columns, styles[0])
            for number, row in enumerate(islice(rows, ROWS_A_SHEET), start=1):
                for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
                    _write_cell(sheet, number, place, column, cell, styles[1])
                count += 1
            if count == before:
                break
    return count


def _sheet(book: Any, columns: Sequence[Column], bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, max(10, min(40, len(column.heading) + 4)))
        sheet.write_string(0, place, column.heading, bold)
    return sheet


def _write_cell(sheet: Any, row: int, place: int, column: Column, cell: Any, day: Any) -> None:
    if cell is None or cell == "":
        return
    if column.kind in (NUMBER, WHOLE) and not isinstance(cell, str):
        sheet.write_number(row, place, cell)
    elif column.kind == DAY:
        sheet.write_datetime(row, place, cell, day)
    elif isinstance(cell, str):
        sheet.write_string(row, place, cell[:LONGEST_CELL])
    else:
        sheet.write_string(row, place, str(as_text(cell))[:LONGEST_CELL])


def write_parquet(table: Table, path: Path) -> int:
    schema = pa.schema([(column.heading, ARROW.get(column.kind, pa.string())) for column in table.columns])
    rows, count = iter(table.rows()), 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            columns = zip(*chunk, strict=True)
            arrays = [_array(column, values) for column, values in zip(table.columns, columns, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(chunk)
    return count


def _array(column: Column, values: Sequence[Any]) -> pa.Array:
    kind = ARROW.get(column.kind)
    if kind is not None:
        return pa.array(values, kind)
    texts = (
        json.dumps(each, ensure_ascii=False, default=str) if isinstance(each, dict | list)
        else None if each is None else str(each)
        for each in values
    )  # fmt: skip
    return pa.array(list(texts), pa.string())
