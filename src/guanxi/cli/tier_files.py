"""Writes one row per customer as xlsx, csv, parquet or json; the ending of the name decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from guanxi.cli import row_files
from guanxi.cli.tier_answer import Answer
from guanxi.kernel.parts import in_parts

Rows = Iterable[dict[str, Any]]
BATCH = 50_000


def write(answer: Answer, path: Path) -> None:
    """Write the rows of `answer`; the ending of the name decides how."""
    row_files.write(answer, path, writer_for(path))


def writer_for(path: Path) -> Callable[[Answer, Path], None]:
    """Stops the command for an ending that is none of the four."""
    return row_files.writer_for(path, WRITERS)


def write_csv(answer: Answer, path: Path) -> None:
    row_files.write_csv(answer.columns, answer.rows(), path)


def write_json(answer: Answer, path: Path) -> None:
    row_files.write_json(answer.columns, answer.rows(), path)


def write_parquet(answer: Answer, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    money, count, small, text = pa.decimal128(18, 4), pa.int64(), pa.int32(), pa.string()
    types = {
        "customer": text, "tier": text, "days_since_last_order": small, "order_count": count, "spend_total": money,
        "window_days": small, "order_count_window": count, "spend_window": money, "currency": text,
        "r_score": small, "f_score": small, "m_score": small, "reason": text,
    }  # fmt: skip
    schema = pa.schema([(column, types.get(column, text)) for column in answer.columns])
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in in_parts(answer.rows(), BATCH):
            file.write_table(pa.Table.from_pylist(batch, schema=schema))


def write_xlsx(answer: Answer, path: Path) -> None:
    """A workbook with live formulas (T-29)."""
    from guanxi.cli.workbook import book

    book.write(answer, path)


WRITERS: dict[str, Callable[[Answer, Path], None]] = {
    ".xlsx": write_xlsx,
    ".csv": write_csv,
    ".parquet": write_parquet,
    ".json": write_json,
}
