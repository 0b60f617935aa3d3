"""Files with one row per customer; the ending of the name decides what is written."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from guanxi.cli.failure import fail
from guanxi.intake.values import guarded

Row = Mapping[str, Any]
T = TypeVar("T")


def writer_for(path: Path, writers: Mapping[str, Callable[[T, Path], None]]) -> Callable[[T, Path], None]:
    """The writer of the ending of `path`. Stops the command for an ending that nobody writes."""
    writer = writers.get(path.suffix.lower())
    if writer is None:
        fail(f"{path.name}: the name must end in {', '.join(writers)}.")
    return writer


def write(found: T, path: Path, writer: Callable[[T, Path], None]) -> None:
    """A half-written file never lies under the final name."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer(found, part)
        part.replace(path)
    except OSError as error:
        fail(f"{path} cannot be written ({error.strerror or error}); choose another place.")
    finally:
        part.unlink(missing_ok=True)


def write_csv(columns: Sequence[str], rows: Iterable[Row], path: Path) -> None:
    """UTF-8; text that a spreadsheet would take for a formula gets a leading apostrophe (RS-29)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(columns)
        for row in rows:
            lines.writerow([_cell(row[column]) for column in columns])


def write_json(columns: Sequence[str], rows: Iterable[Row], path: Path) -> None:
    """An array with one object per line."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for place, row in enumerate(rows):
            file.write(",\n" if place else "\n")
            file.write(json.dumps({column: row[column] for column in columns}, ensure_ascii=False, default=_plain))
        file.write("\n]\n")


def _cell(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)
