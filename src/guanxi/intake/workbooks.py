"""Excel workbooks (xlsx, xls, ods), one table a sheet."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake import merged_cells
from guanxi.intake.headings import heading_row, heading_titles, unique_headings
from guanxi.intake.limits import MB, Limits, check_archive, check_size
from guanxi.intake.mapping import Options
from guanxi.intake.merged_cells import Span
from guanxi.intake.rows import Batch, UnusableFile
from guanxi.intake.workbook_child import LOCKED


class SheetTable:
    """One sheet, read by the child process into an Arrow file."""

    def __init__(self, path: Path, *, name: str, options: Options, merged: Sequence[Span] = ()) -> None:
        self._path, self.name = path, name
        first = next(self._chunks(), None)
        if first is None or first.num_columns == 0:
            raise UnusableFile(f"{name} is empty.")
        head = [list(row.values()) for row in first.slice(0, 30).to_pylist()]
        self._heading_at = heading_row(head) if options.heading else -1
        titles = heading_titles(head, self._heading_at) if options.heading else range(1, first.num_columns + 1)
        self.headings = unique_headings(list(titles), name)
        self._merged = merged_cells.below(merged, self.headings, self._heading_at)

    def batches(self) -> Iterator[Batch]:
        number, known = 1, dict[Span, str]()
        for chunk in self._chunks():
            numbers = pa.array(range(number, number + chunk.num_rows), pa.int64())
            cells = merged_cells.filled(chunk.columns, number - 1, self._merged, known)
            number += chunk.num_rows
            is_below = pc.greater(numbers, self._heading_at + 1)
            is_filled = pc.is_valid(pc.coalesce(*chunk.columns))
            mask = pc.and_(is_below, is_filled)
            columns = (column.filter(mask) for column in cells)
            yield Batch(numbers.filter(mask), dict(zip(self.headings, columns, strict=True)))

    def _chunks(self) -> Iterator[pa.RecordBatch]:
        with pa.memory_map(str(self._path)) as file:
            reader = pa.ipc.open_file(file)
            for place in range(reader.num_record_batches):
                yield reader.get_batch(place)


def sheet_tables(path: Path, *, name: str, folder: Path, options: Options, limits: Limits) -> list[SheetTable]:
    """The sheets of a workbook that hold anything, or the one that `options.sheet` names. Raises UnusableFile."""
    check_size(path, limits, name)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            check_archive(archive, limits, name)
    names = _read_in_child(path, name=name, folder=folder, limits=limits)
    if options.sheet and options.sheet not in names:
        raise UnusableFile(f"{name} has no sheet {options.sheet!r}; it has {', '.join(names)}.")
    tables, merged = [], dict(enumerate(merged_cells.spans_of(path)))
    for place, sheet in enumerate(names):
        if options.sheet in {"", sheet}:
            try:
                arrow, title = folder / f"{place}.arrow", f"{name} ({sheet})"
                tables.append(SheetTable(arrow, name=title, options=options, merged=merged.get(place, ())))
            except UnusableFile:  # an empty sheet beside the full one
                continue
    if not tables:
        raise UnusableFile(f"{name} is empty; save it again with its rows.")
    return tables


def _read_in_child(path: Path, *, name: str, folder: Path, limits: Limits) -> list[str]:
    seconds = limits.child_seconds + path.stat().st_size // MB * 2
    command = [
        sys.executable, "-m", "guanxi.intake.workbook_child", str(path), str(folder),
        str(limits.child_memory_bytes), str(seconds),
    ]  # fmt: skip
    try:
        child = subprocess.run(command, capture_output=True, timeout=seconds * 2, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise UnusableFile(f"{name} takes too long to read; save it as CSV.") from None
    if child.returncode == LOCKED:
        raise UnusableFile(f"{name} is locked with a password; save it without one.")
    if child.returncode:
        raise UnusableFile(f"{name} cannot be read as a workbook (damaged or too large); save it as CSV.")
    names: list[str] = json.loads(child.stdout)
    return names
