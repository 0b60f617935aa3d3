"""CSV, TSV and their relatives, streamed in batches of rows. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO

import pyarrow as pa

from guanxi.intake.encodings import Encoding, delimiter_of, find_encoding, first_rows
from guanxi.intake.headings import heading_row, heading_titles, unique_headings
from guanxi.intake.mapping import Options
from guanxi.intake.recognise import headerless_formats
from guanxi.intake.rows import Batch, Reject, UnusableFile

ROWS_PER_BATCH = 65_536
SAMPLE = 200_000  # characters
HEADING_WITHIN = 30  # rows
LONGEST_LINE = 16_000_000  # characters
MOST_EMPTY_ROWS = 2_000_000  # twice what the longest sheet of a workbook leaves behind
REPLACED = "\ufffd"  # stands where a byte could not be decoded


class TextTable:
    """One text file as a table; `batches` can be asked for again and again."""

    def __init__(self, open_file: Callable[[], BinaryIO], *, name: str, options: Options) -> None:
        self._open, self.name = open_file, name
        found = Encoding(options.encoding, is_certain=False) if options.encoding else find_encoding(open_file)
        self.encoding, self._may_be_damaged = found.name, not found.is_certain
        with self._text() as text:
            sample = text.read(SAMPLE)
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1 or None]
        first, _, rest = sample.partition("\n")
        names: Sequence[object] = ()
        if options.heading and not options.delimiter:
            headless = next((each for pattern, each in headerless_formats() if pattern.match(first)), None)
            options, names = (headless.options, headless.headings) if headless else (options, names)
        self._skip = 1 if first[:4].lower() == "sep=" else 0  # a line by which Excel is told the delimiter
        self._delimiter = options.delimiter or (first[4:5] if self._skip else delimiter_of(sample))
        if self._delimiter == "tab":
            self._delimiter = "\t"
        head = first_rows(self._records(io.StringIO(rest if self._skip else sample, newline="")), HEADING_WITHIN)
        if not any(any(cell.strip() for cell in row) for row in head):
            raise UnusableFile(f"{name} is empty; export it again with its heading line.")
        self._heading_at = heading_row(head) if options.heading else -1
        numbered = [str(place) for place in range(1, max(map(len, head)) + 1)]
        titles = heading_titles(head, self._heading_at) if options.heading else [*names, *numbered[len(names) :]]
        self.headings = unique_headings(titles, name)

    def batches(self) -> Iterator[Batch]:
        """All rows below the heading. Rows without any cell are passed over."""
        width = len(self.headings)
        rows: list[list[str]] = []
        numbers: list[int] = []
        lost: list[Reject] = []
        latest = 0
        with self._text() as text:
            for number, row in self._numbered(text, lost):
                if len(row) != width or not row[0]:
                    if not any(row):
                        if number - latest > MOST_EMPTY_ROWS:
                            raise UnusableFile(
                                f"{self.name} has {MOST_EMPTY_ROWS:,} empty rows in a row; cut them off."
                            )
                        continue
                    row = row if len(row) == width else self._fitted(row, number, lost)
                    if not row:
                        continue
                latest = number
                rows.append(row)
                numbers.append(number)
                if len(rows) == ROWS_PER_BATCH:
                    yield self._batch(numbers, rows, lost)
                    rows, numbers, lost = [], [], []
        if rows or lost:
            yield self._batch(numbers, rows, lost)

    def _text(self) -> io.TextIOWrapper:
        # newline="": quoted cells keep their line ends, and a carriage return alone ends a row.
        return io.TextIOWrapper(self._open(), encoding=self.encoding, errors="replace", newline="")

    def _records(self, text: Iterable[str]) -> Iterator[list[str]]:
        if self._delimiter == "blank":
            return (line.split() for line in text)
        return csv.reader(text, delimiter=self._delimiter)

    def _numbered(self, text: io.TextIOWrapper, lost: list[Reject]) -> Iterator[tuple[int, list[str]]]:
        records = self._records(_lines(text, self.name))
        number = 0
        while True:
            try:
                row = next(records)
            except StopIteration:
                return
            except csv.Error:
                number += 1
                lost.append(
                    Reject(number, "", "a cell is longer than 131,072 characters; is a quotation mark not closed?")
                )
                continue
            number += 1
            if number > self._heading_at + 1 + self._skip:
                if self._may_be_damaged and any(REPLACED in cell for cell in row):
                    reason = f"holds bytes that are no {self.encoding.upper()}; the row begins with {_start(row)!r}"
                    lost.append(Reject(number, "", reason))
                    continue
                yield number, row

    def _fitted(self, row: list[str], number: int, lost: list[Reject]) -> list[str]:
        """The row with as many cells as the heading has; nothing when cells would be lost."""
        width = len(self.headings)
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            lost.append(Reject(number, "", f"has {len(row)} cells, the heading has {width}"))
            return []
        if len(row) < width and self._holds_rows(row[-1]):
            told = f"has {len(row)} cells, the heading has {width}; is a quotation mark not closed?"
            lost.append(Reject(number, "", told))
            return []
        return row[:width] + [""] * (width - len(row))

    def _holds_rows(self, cell: str) -> bool:
        """Whether the cell has swallowed the rows below it."""
        return "\n" in cell and self._delimiter in cell.partition("\n")[2]

    def _batch(self, numbers: list[int], rows: Sequence[list[str]], lost: list[Reject]) -> Batch:
        columns = zip(*rows, strict=True) if rows else ([] for _ in self.headings)
        cells = {heading: pa.array(column, pa.string()) for heading, column in zip(self.headings, columns, strict=True)}
        return Batch(pa.array(numbers, pa.int64()), cells, tuple(lost))


def _start(row: list[str]) -> str:
    return ", ".join(cell for cell in row[:3] if cell)[:80]


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise UnusableFile(f"{name} has a line of more than {LONGEST_LINE:,} characters; it is no table.")
        yield line
