"""JSON (a list, an object that holds one, or a record a line) and Parquet as tables."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from guanxi.intake.encodings import encoding_of
from guanxi.intake.headings import MOST_COLUMNS, unique_headings
from guanxi.intake.limits import MB
from guanxi.intake.recognise import is_known_heading
from guanxi.intake.rows import Batch, Reject, UnusableFile

RECORDS_PER_BATCH = 20_000
HEADINGS_FROM = 5_000  # records looked at for the names of the columns
LARGEST_DOCUMENT = 32 * MB


class ParquetTable:
    """A Parquet file; its columns keep their types."""

    def __init__(self, path: Path, *, name: str) -> None:
        self._path, self.name = path, name
        try:
            with pq.ParquetFile(path) as file:
                schema, rows = file.schema_arrow, file.metadata.num_rows
        except (pa.ArrowException, OSError):
            raise UnusableFile(f"{name} is no readable Parquet file; write it again.") from None
        if not rows:
            raise UnusableFile(f"{name} is empty.")
        self._plain = [field.name for field in schema if not pa.types.is_nested(field.type)]
        self.headings = unique_headings(self._plain, name)

    def batches(self) -> Iterator[Batch]:
        number = 2
        try:
            with pq.ParquetFile(self._path) as file:
                for chunk in file.iter_batches(batch_size=131_072, columns=self._plain):
                    rows = pa.array(range(number, number + chunk.num_rows), pa.int64())
                    number += chunk.num_rows
                    columns = (_small_strings(chunk.column(each)) for each in self._plain)
                    yield Batch(rows, dict(zip(self.headings, columns, strict=True)))
        except (pa.ArrowException, OSError):
            raise UnusableFile(f"{self.name} is damaged; write it again.") from None


def _small_strings(array: pa.Array) -> pa.Array:
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    is_text = pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_binary(kind)
    return array.cast(pa.string()) if is_text or pa.types.is_large_binary(kind) else array


class JsonTable:
    """Records of a JSON file; a list of lines inside a record makes one row per line."""

    def __init__(self, open_file: Callable[[], BinaryIO], *, name: str) -> None:
        self._open, self.name = open_file, name
        self._encoding = encoding_of(open_file)
        self._is_lines = self._looks_like_lines()
        names: dict[str, None] = {}
        for _, row in islice(self._rows([]), HEADINGS_FROM):
            names.update(dict.fromkeys(row))
        if not names:
            raise UnusableFile(f"{name} holds no list of records; give it a list of objects.")
        self.headings = unique_headings(list(names), name)
        self._names = list(names)

    def batches(self) -> Iterator[Batch]:
        lost: list[Reject] = []
        records = groupby(self._rows(lost), key=itemgetter(0))
        while chunk := list(chain.from_iterable(list(rows) for _, rows in islice(records, RECORDS_PER_BATCH))):
            columns = (pa.array([row.get(each) for _, row in chunk], pa.string()) for each in self._names)
            numbers = pa.array([number for number, _ in chunk], pa.int64())
            yield Batch(numbers, dict(zip(self.headings, columns, strict=True)), tuple(lost), is_unfolded=True)
            lost.clear()
        if lost:
            empty = {heading: pa.array([], pa.string()) for heading in self.headings}
            yield Batch(pa.array([], pa.int64()), empty, tuple(lost))

    def _looks_like_lines(self) -> bool:
        with self._text() as text:
            lines = list(islice((line for line in text if line.strip()), 2))
        try:
            return len(lines) == 2 and all(isinstance(_parsed(line), dict) for line in lines)
        except ValueError:
            return False

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._open(), encoding=self._encoding, errors="replace")

    def _rows(self, lost: list[Reject]) -> Iterator[tuple[int, dict[str, str | None]]]:
        """Rows with the number of their record, counted from 2 as below a heading."""
        number = 1
        for record in self._records():
            if not isinstance(record, dict):
                number += 1
                lost.append(Reject(number, "", "is no record"))
                continue
            number += 1
            if len(record) > MOST_COLUMNS:
                raise UnusableFile(f"{self.name} has records of {len(record):,} cells, more than {MOST_COLUMNS:,}.")
            for row in _flattened(record):
                yield number, row

    def _records(self) -> Iterable[Any]:
        if self._is_lines:
            return self._each_line()
        with self._text() as text:
            content = text.read(LARGEST_DOCUMENT + 1)
        if len(content) > LARGEST_DOCUMENT:
            raise UnusableFile(f"{self.name} is too large to be one JSON document; write one record a line.")
        try:
            return _list_in(_parsed(content))
        except (ValueError, RecursionError):
            raise UnusableFile(f"{self.name} is no valid JSON; export it again.") from None

    def _each_line(self) -> Iterator[Any]:
        with self._text() as text:
            for line in text:
                if line.strip():
                    try:
                        yield _parsed(line)
                    except (ValueError, RecursionError):
                        yield None


def _parsed(text: str) -> Any:
    # Numbers stay text, so that 0.1 and 00012 arrive as written.
    return json.loads(text.lstrip("\ufeff"), parse_float=str, parse_int=str)


def _list_in(document: Any) -> list[Any]:
    """The document itself when it is a list, else the longest list of records within three levels of it.

    An object that says something of its own beside its lists (a firm with its people, an order with its lines) is a
    record and no wrapper.
    """
    if isinstance(document, list):
        return document
    level, found = [document], [[document]] if isinstance(document, dict) else []
    for _ in range(3):
        if whole := next((each for each in level if _is_record(each)), None):
            return [whole]
        inner = list(chain.from_iterable(each.values() for each in level if isinstance(each, dict)))
        lists = [each for each in inner if isinstance(each, list) and any(isinstance(item, dict) for item in each)]
        if lists:
            return max(lists, key=len)
        level = inner
    return found[0] if found else []


def _is_record(candidate: Any) -> bool:
    """Whether three or more of the object's own cells stand under headings that people use."""
    if not isinstance(candidate, dict) or len(candidate) > MOST_COLUMNS:
        return False
    plain = [name for name, value in candidate.items() if not isinstance(value, dict | list)]
    return sum(map(is_known_heading, plain)) >= 3


def _flattened(record: dict[str, Any]) -> list[dict[str, str | None]]:
    """Cells of a record: `address.city` for an inner object, one row per entry of an inner list of lines."""
    row: dict[str, str | None] = {}
    unfolded = _list_of_lines(record)
    for name, value in record.items():
        if isinstance(value, dict):
            row |= {f"{name}.{inner}": _cell(each) for inner, each in value.items()}
        elif name != unfolded:
            row[name] = _cell(value)
    lines = [
        {f"{unfolded}.{inner}": _cell(cell) for inner, cell in each.items()}
        for each in (record[unfolded] if unfolded else [])
    ]
    return [row | line for line in lines] if lines else [row]


def _list_of_lines(record: dict[str, Any]) -> str:
    """The name of the list whose entries say most (lines of an order, people of a firm); empty when there is none."""
    lists = {
        name: sum(map(is_known_heading, (f"{name}.{inner}" for inner in value[0])))
        or sum(map(is_known_heading, value[0]))
        for name, value in record.items()
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in value)
    }
    return max(lists, key=lambda name: lists[name], default="")


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)
