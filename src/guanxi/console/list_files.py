"""Lists as files that a spreadsheet opens without running what a customer typed (RS-29)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, TypeVar

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse

from guanxi.intake.values import guarded

Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def answer(
    form: str, name: str, heading: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse | HttpResponse:
    """A list as the file it was asked for: csv, or xlsx for any other word; `name` has no ending."""
    if form == "csv":
        return csv_answer(f"{name}.csv", heading, rows)
    return xlsx_answer(f"{name}.xlsx", heading, rows)


def csv_answer(name: str, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV file, sent row by row; with a byte order mark, since Excel takes it for the local code page without."""
    answer = StreamingHttpResponse(_csv_lines(heading, rows), content_type="text/csv; charset=utf-8")
    return _attached(answer, name)


def _csv_lines(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    yield "\ufeff"
    for row in chain([heading], rows):
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def xlsx_answer(name: str, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """An Excel file whose text cells are strings and nothing else."""
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    sheet = book.add_worksheet()
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(heading):
        sheet.write_string(0, column, title, bold)
        sheet.set_column(column, column, max(10, min(40, len(title) + 4)))
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, day)
    book.close()
    return _attached(HttpResponse(buffer.getvalue(), content_type=XLSX), name)


def _write(sheet: Any, row: int, column: int, cell: Any, day: Any) -> None:
    if isinstance(cell, int | float | Decimal):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, date | datetime):
        sheet.write_datetime(row, column, cell, day)
    elif cell not in (None, ""):
        sheet.write_string(row, column, str(cell))


def _attached(answer: Answer, name: str) -> Answer:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
