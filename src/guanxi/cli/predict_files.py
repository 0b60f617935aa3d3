"""Writes the forecast, one row per customer, as xlsx, csv, parquet or json; the ending of the name decides."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from guanxi.cli.failure import fail
from guanxi.cli.predict_sources import COLUMNS, Prediction
from guanxi.intake.values import guarded

LARGEST_SHEET = 1_048_575
DIGITS = 6


def write(found: Prediction, path: Path) -> None:
    """A half-written file never lies under the final name."""
    writer = writer_for(path)
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer(found, part)
        part.replace(path)
    except OSError as error:
        fail(f"{path} cannot be written ({error.strerror or error}); choose another place.")
    finally:
        part.unlink(missing_ok=True)


def writer_for(path: Path) -> Callable[[Prediction, Path], None]:
    """Stops the command for an ending that is none of the four."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        fail(f"{path.name}: the name must end in {', '.join(WRITERS)}.")
    return writer


def _rows(found: Prediction) -> Iterator[list[Any]]:
    for batch in found.rows.to_batches(max_chunksize=50_000):
        for row in batch.to_pylist():
            yield [_rounded(row[column]) for column in COLUMNS]


def _rounded(value: Any) -> Any:
    if isinstance(value, Decimal):
        return round(float(value), 4)
    return round(value, DIGITS) if isinstance(value, float) else value


def write_csv(found: Prediction, path: Path) -> None:
    """UTF-8; text that a spreadsheet would take for a formula gets a leading apostrophe (RS-29)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for row in _rows(found):
            lines.writerow([guarded(value) if isinstance(value, str) else value for value in row])


def write_json(found: Prediction, path: Path) -> None:
    """An array with one object per line."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for place, row in enumerate(_rows(found)):
            file.write(",\n" if place else "\n")
            file.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False, default=str))
        file.write("\n]\n")


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
            for place, value in enumerate(row):
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
