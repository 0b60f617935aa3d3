"""Writes the forecast, one row per customer, as xlsx, csv, parquet or json; the ending of the name decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from guanxi.cli import row_files
from guanxi.cli.failure import fail
from guanxi.cli.predict_sources import COLUMNS, Prediction

LARGEST_SHEET = 1_048_575
DIGITS = 6


def write(found: Prediction, path: Path) -> None:
    """Write the rows of `found`; the ending of the name decides how."""
    row_files.write(found, path, writer_for(path))


def writer_for(path: Path) -> Callable[[Prediction, Path], None]:
    """Stops the command for an ending that is none of the four."""
    return row_files.writer_for(path, WRITERS)


def _rows(found: Prediction) -> Iterator[dict[str, Any]]:
    for batch in found.rows.to_batches(max_chunksize=50_000):
        for row in batch.to_pylist():
            yield {column: _rounded(row[column]) for column in COLUMNS}


def _rounded(value: Any) -> Any:
    if isinstance(value, Decimal):
        return round(float(value), 4)
    return round(value, DIGITS) if isinstance(value, float) else value


def write_csv(found: Prediction, path: Path) -> None:
    row_files.write_csv(COLUMNS, _rows(found), path)


def write_json(found: Prediction, path: Path) -> None:
    row_files.write_json(COLUMNS, _rows(found), path)


def write_parquet(found: Prediction, path: Path) -> None:
    pq.write_table(found.rows, path, compression="zstd")


def write_xlsx(found: Prediction, path: Path) -> None:
    """Every text cell is a string and nothing else (RS-29)."""
    import xlsxwriter

    if found.rows.num_rows > LARGEST_SHEET:
        fail(f"an Excel sheet holds {LARGEST_SHEET:,} customers, and here are more; write .csv or .parquet.")
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold, day = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("forecast")
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(COLUMNS):
            sheet.set_column(place, place, max(12, len(column) + 2))
            sheet.write_string(0, place, column, bold)
        for line, row in enumerate(_rows(found), 1):
            for place, value in enumerate(row.values()):
                if isinstance(value, str):
                    sheet.write_string(line, place, value)
                elif isinstance(value, date):
                    sheet.write_datetime(line, place, value, day)
                elif value is not None:
                    sheet.write_number(line, place, value)


WRITERS: dict[str, Callable[[Prediction, Path], None]] = {
    ".xlsx": write_xlsx,
    ".csv": write_csv,
    ".parquet": write_parquet,
    ".json": write_json,
}
