"""What passes between reading, converting and loading: batches of foreign rows, and rows that were refused. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class UnusableFile(Exception):
    """The file as a whole cannot be imported; the text is one sentence that says why and what to do.

    What it quotes of the file is shown without its control characters, which no database and no terminal wants.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(CONTROLS.sub("\N{REPLACEMENT CHARACTER}", sentence))


class NoTable(UnusableFile):
    """A file that is something else altogether, such as a picture; beside tables it is passed over."""


class EmptyFile(UnusableFile):
    """A file without any content; beside tables it is left out and told."""


class Reject(NamedTuple):
    """A row that could not be used. `row` is its number in the file, the heading being row 1."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a foreign table as they come, column by column; `lost` are rows that have no cells to show.

    `is_unfolded` says that a row of the file may stand here as several rows of one number, never split over batches.
    """

    rows: pa.Array
    cells: Mapping[str, pa.Array]
    lost: tuple[Reject, ...] = ()
    is_unfolded: bool = False

    def __len__(self) -> int:
        return len(self.rows)


def rows_in(usable: pa.Table) -> int:
    """How many rows of the file `usable` came from."""
    return int(pc.count_distinct(usable["row"]).as_py()) if len(usable) else 0


@dataclass(frozen=True, slots=True)
class Refused:
    """Refused rows of one batch with the cells they had."""

    rejects: tuple[Reject, ...]
    cells: Mapping[str, pa.Array] = field(default_factory=dict)

    def texts(self) -> dict[str, pa.Array]:
        """The cells as text, a column each; the first rejects have them, those of broken rows come after."""
        return {heading: array.cast(pa.string()) for heading, array in self.cells.items()}

    def contents(self, most: int) -> list[dict[str, str]]:
        """The cells of the first rejects, empty cells left out; nothing for rows without cells."""
        columns = {heading: array[:most].to_pylist() for heading, array in self.texts().items()}
        count = len(next(iter(columns.values()), []))
        whole = [{heading: column[i] for heading, column in columns.items() if column[i]} for i in range(count)]
        return whole + [{}] * (min(len(self.rejects), most) - count)
