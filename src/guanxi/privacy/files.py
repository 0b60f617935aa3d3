"""Files in the data folder in which a person may stand: drawer, uploads, refused rows, exports, frames.

What is a copy or a means is deleted whole; what others are in too is written anew without the person.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.apps import apps
from django.conf import settings
from django.db.models import Q, QuerySet

from guanxi.ledger.frame_columns import write_table
from guanxi.privacy.layers import holds
from guanxi.privacy.people import Person
from guanxi.privacy.scrubbing import Eraser, eraser_of
from guanxi.privacy.shapes import Sought, sought

# The sentence of an import that nobody had started when its file went.
FILE_GONE = "The file was deleted for data protection; upload it again."
UNDER_WAY = Q(state="running") | ~Q(task="")


def data_folder() -> Path:
    return Path(settings.GUANXI_DATA)


def forget_files(person: Person) -> tuple[dict[str, int], list[str]]:
    """Delete or rewrite what holds the person; returns counts, and what has to wait for an import under way."""
    wanted, eraser = sought(person.sought), eraser_of(person.texts)
    uploads, waiting = _forget_uploads(wanted)
    # The server writes these and brings them into the database within moments, where rows are looked at.
    waiting += [path.name for path in sorted((data_folder() / "hits").glob("*")) if holds(path, wanted)]
    counts = {
        "letters": _delete(data_folder() / "drawer", "*.eml", wanted),
        "uploads": uploads,
        "rejects": _rewrite_rejects(eraser),
        "exports": _forget_exports(),
        "frames": _rewrite_frames(person, eraser),
    }
    return {name: count for name, count in counts.items() if count}, waiting


def _delete(folder: Path, glob: str, wanted: Sought) -> int:
    count = 0
    for path in folder.glob(glob) if folder.is_dir() else ():
        if holds(path, wanted):
            path.unlink(missing_ok=True)
            count += 1
    return count


def _forget_uploads(wanted: Sought) -> tuple[int, list[str]]:
    """Uploaded files that name the person; the file of an import under way is waited for, one that was only looked at
    goes.
    """
    runs = {row.stored_path: row for row in apps.get_model("intake", "ImportRun")._base_manager.exclude(stored_path="")}
    folder, count, waiting, under_way = data_folder() / "uploads", 0, [], names_under_way()
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.is_file() or not holds(path, wanted):
            continue
        run = runs.get(path.relative_to(data_folder()).as_posix())
        if path.name in under_way:
            waiting.append(path.name)
            continue
        path.unlink(missing_ok=True)
        count += 1
        if run is not None:
            let_go(type(run)._base_manager.filter(pk=run.pk))
    return count, waiting


def names_under_way() -> set[str]:
    """The uploaded files that a worker reads, or is about to."""
    runs = apps.get_model("intake", "ImportRun")._base_manager.filter(UNDER_WAY).exclude(stored_path="")
    return {Path(path).name for path in runs.values_list("stored_path", flat=True)}


def let_go(runs: QuerySet[Any]) -> None:
    """These imports have no file any more; one that was never started cannot be started now."""
    runs.filter(state="pending", task="").update(state="failed", error=FILE_GONE)
    runs.update(stored_path="")


def _rewrite_rejects(eraser: Eraser) -> int:
    """Files of refused rows, without the person's rows."""
    folder, count = data_folder() / "rejects", 0
    for path in folder.glob("*.csv") if folder.is_dir() else ():
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        kept = [row for row in rows if eraser.clean(row) == row]
        if len(kept) < len(rows):
            with _replacing(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(kept)
            count += 1
    return count


def _forget_exports() -> int:
    """Every copy of everything: the person stands in each."""
    folder, count = data_folder() / "exports", 0
    for path in folder.iterdir() if folder.is_dir() else ():
        path.unlink(missing_ok=True)
        count += 1
    apps.get_model("pipeline", "Export")._base_manager.filter(state="done").delete()
    return count


def _rewrite_frames(person: Person, eraser: Eraser) -> int:
    folder = data_folder() / "frames"
    return sum(_rewrite_frame(path, person, eraser) for path in sorted(folder.rglob("*.parquet")))


def _rewrite_frame(path: Path, person: Person, eraser: Eraser) -> int:
    """One Parquet file without the rows of the contact and without his texts, batch by batch."""
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        if not any(_cleansed(pa.table(batch), person, eraser)[1] for batch in _batches(file)):
            return 0
        write_table(path, schema, (_cleansed(pa.table(batch), person, eraser)[0] for batch in _batches(file)))
    return 1


def _batches(file: Any) -> Iterator[Any]:
    for batch in file.iter_batches(batch_size=65_536):
        yield pa.Table.from_batches([batch])


def _cleansed(table: Any, person: Person, eraser: Eraser) -> tuple[Any, bool]:
    """The table without the person, and whether he was in it."""
    rows = len(table)
    if "contact_id" in table.column_names:
        ids = pa.array(person.contact_ids, pa.int64())
        table = table.filter(pc.invert(pc.fill_null(pc.is_in(table["contact_id"].cast(pa.int64()), ids), False)))
    is_changed = len(table) < rows
    for place, field in enumerate(table.schema):
        if not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
            continue
        distinct = table.column(place).unique().to_pylist()
        if any(text and eraser.clean(text) != text for text in distinct):
            texts = [text and eraser.clean(text) for text in table.column(place).to_pylist()]
            table = table.set_column(place, field, pa.array(texts, field.type))
            is_changed = True
    return table, is_changed


class _replacing:
    """A file beside `path` that takes its place when the block ends well."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(f".{path.name}.part")

    def __enter__(self) -> Path:
        return self._part

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            os.replace(self._part, self._path)
        self._part.unlink(missing_ok=True)
