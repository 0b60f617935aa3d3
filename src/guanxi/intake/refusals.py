"""Keeps refused rows: all of them in files that can be mended and imported again, the first ones in the database."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.intake.models import RejectedRow
from guanxi.intake.rows import Refused
from guanxi.intake.tally import Tally
from guanxi.intake.values import guarded
from guanxi.kernel.bulk import insert_rows

KEPT_IN_DATABASE = 10_000
KEPT_FOR = timedelta(days=90)
OWN_COLUMNS = ("row", "field", "reason")


class Refusals:
    """Collects the refused rows of one run, table by table. Without a `folder` nothing is kept but the tally."""

    def __init__(self, *, run_id: int, folder: Path | None, tally: Tally, now: datetime) -> None:
        self._run_id, self._folder, self._tally, self._now = run_id, folder, tally, now
        self._headings: tuple[str, ...] = ()
        self._table = 0
        self._file: TextIO | None = None
        self._files: dict[tuple[str, ...], Path] = {}  # by heading: a table may come twice, read and then written
        self._kept: list[tuple[Any, ...]] = []

    def begin_table(self, headings: tuple[str, ...], place: int) -> None:
        """What follows is of a table with these headings, the one at `place` among those of the file."""
        self.close()
        self._headings, self._table = headings, place

    def add(self, refused: Refused) -> None:
        if not refused.rejects:
            return
        self._tally.refuse(refused.rejects)
        if self._folder is None:
            return
        room = max(KEPT_IN_DATABASE - len(self._kept), 0)
        expires_at = self._now + KEPT_FOR
        self._kept += (
            (self._run_id, each.row, each.field[:120], each.reason[:300], content, self._table, "open", expires_at)
            for each, content in zip(refused.rejects[:room], refused.contents(room), strict=True)
        )
        texts = refused.texts()
        columns = (_guarded(texts.get(heading), len(refused.rejects)) for heading in self._headings)
        csv.writer(self._opened()).writerows(zip(*zip(*refused.rejects, strict=True), *columns, strict=True))

    def _opened(self) -> TextIO:
        if self._file is None:
            path = self._files.get(self._headings)
            self._file = path.open("a", encoding="utf-8", newline="") if path else self._created()
        return self._file

    def _created(self) -> TextIO:
        assert self._folder is not None
        self._folder.mkdir(parents=True, exist_ok=True)
        part = f"-{len(self._files) + 1}" if self._files else ""
        path = self._files[self._headings] = self._folder / f"import-{self._run_id}{part}.csv"
        # The byte-order mark tells spreadsheets that it is UTF-8.
        file = path.open("w", encoding="utf-8-sig", newline="")
        csv.writer(file).writerow((*OWN_COLUMNS, *map(guarded, self._headings)))
        return file

    @property
    def paths(self) -> list[Path]:
        return list(self._files.values())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def save(self) -> None:
        """Write the rows for the console; call inside the transaction of the run."""
        columns = ("run_id", "row", "field", "reason", "content", "table", "state", "expires_at")
        insert_rows(RejectedRow, columns, self._kept)

    def discard(self) -> None:
        """Forget the files of a run that failed."""
        self.close()
        for path in self.paths:
            path.unlink(missing_ok=True)


def _guarded(texts: pa.Array | None, length: int) -> list[str]:
    """A column as a spreadsheet may see it; each distinct text is looked at once."""
    if texts is None:
        return [""] * length
    encoded = texts.dictionary_encode()
    distinct = [*map(guarded, encoded.dictionary.to_pylist()), ""]
    found = [distinct[place] for place in pc.fill_null(encoded.indices, len(distinct) - 1).to_pylist()]
    return found + [""] * (length - len(found))
