"""Writes one row per customer as xlsx, csv, parquet or json; the ending of the name decides."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from guanxi.cli.failure import fail
from guanxi.cli.tier_answer import Answer
from guanxi.intake.values import guarded

Rows = Iterable[dict[str, Any]]
BATCH = 50_000


def write(answer: Answer, path: Path) -> None:
    """Write the rows of `answer`; a half-written file never lies under the final name."""
    writer = writer_for(path)
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer(answer, part)
        part.replace(path)
    except OSError as error:
        fail(f"{path} cannot be written ({error.strerror or error}); choose another place.")
    finally:
        part.unlink(missing_ok=True)


def writer_for(path: Path) -> Callable[[Answer, Path], None]:
    """Stops the command for an ending that is none of the four."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        fail(f"{path.name}: the name must end in {', '.join(WRITERS)}.")
    return writer


def write_csv(answer: Answer, path: Path) -> None:
    """UTF-8; text that a spreadsheet would take for a formula gets a leading apostrophe (RS-29)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(answer.columns)
        for row in answer.rows():
            lines.writerow([_cell(row[column]) for column in answer.columns])


def write_json(answer: Answer, path: Path) -> None:
    """An array with one object per line."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for place, row in enumerate(answer.rows()):
            file.write(",\n" if place else "\n")
            file.write(json.dumps({column: _plain(row[column]) for column in answer.columns}, ensure_ascii=False))
        file.write("\n]\n")


def write_parquet(answer: Answer, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    money, count, small, text = pa.decimal128(18, 4), pa.int64(), pa.int32(), pa.string()
    types = {
        "customer": text, "tier": text, "days_since_last_order": small, "order_count": count, "spend_total": money,
        "window_days": small, "order_count_window": count, "spend_window": money, "currency": text,
        "r_score": small, "f_score": small, "m_score": small, "reason": text,
    }  # fmt: skip
    schema = pa.schema([(column, types[column]) for column in answer.columns])
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in _batches(answer.rows()):
            file.write_table(pa.Table.from_pylist(batch, schema=schema))


def write_xlsx(answer: Answer, path: Path) -> None:
    """A workbook with live formulas (T-29)."""
    from guanxi.cli.workbook import book

    book.write(answer, path)


def _cell(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else "" if value is None else value


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _batches(rows: Rows) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


WRITERS: dict[str, Callable[[Answer, Path], None]] = {
    ".xlsx": write_xlsx,
    ".csv": write_csv,
    ".parquet": write_parquet,
    ".json": write_json,
}
