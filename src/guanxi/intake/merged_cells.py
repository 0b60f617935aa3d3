"""Cells that a workbook merges downwards: one customer over all lines of his order. Pure.

Nothing of the sheet is parsed as XML: the places of merged cells are found by pattern, behind the cells themselves.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa

from guanxi.intake import units
from guanxi.intake.fields import FIELDS
from guanxi.intake.recognise import field_of

# Larger sheets are no sheets that somebody merges cells in by hand.
LARGEST = 64 * 1024 * 1024
SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*?\b\w+:id=\"([^\"]+)\"")
RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s+ref=\"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})\"")


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of one column, counted from 0, that show what stands in the first of them."""

    column: int
    first: int
    last: int


def spans_of(path: Path) -> list[list[Span]]:
    """Per sheet in the workbook's order; nothing for a workbook of another kind, or one that is too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [_spans(archive, name) for name in _sheets(archive)]
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError, ValueError):
        return []


def _sheets(archive: zipfile.ZipFile) -> Iterator[str]:
    targets: dict[bytes, str] = {}
    for tag in RELATION.findall(_read(archive, "xl/_rels/workbook.xml.rels")):
        found = dict(re.findall(rb"\b(Id|Target)=\"([^\"]*)\"", tag))
        targets[found[b"Id"]] = found[b"Target"].decode()
    for key in SHEET.findall(_read(archive, "xl/workbook.xml")):
        target = targets[key]
        yield target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)


def _spans(archive: zipfile.ZipFile, name: str) -> list[Span]:
    found = []
    for left, top, right, bottom in MERGE.findall(_read(archive, name).rpartition(b"</sheetData>")[2]):
        if left == right and bottom != top:
            found.append(Span(_place(left), int(top) - 1, int(bottom) - 1))
    return _apart(found)


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Without those that overlap another one of their column: no workbook has them, and each cell is filled once."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.column, each.first)):
        if not kept or kept[-1].column != span.column or kept[-1].last < span.first <= span.last:
            kept.append(span)
    return kept


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    return archive.read(name) if archive.getinfo(name).file_size <= LARGEST else b""


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - ord("A") + 1
    return place - 1


def fills(heading: str) -> bool:
    """Whether a merged cell below `heading` belongs to each of its rows; a sum belongs to all of them together."""
    bare, _ = units.split(heading)
    field = field_of(heading, "orders") or field_of(bare, "orders")
    return FIELDS[field].reading != "number" if field else True


def filled(columns: Sequence[pa.Array], start: int, spans: Sequence[Span], known: dict[Span, str]) -> list[pa.Array]:
    """The columns of the rows from `start` on, with merged cells in each of their rows. `known` keeps the cells whose
    span goes on in the next rows."""
    length = len(columns[0]) if columns else 0
    found: dict[int, list[str | None]] = {}
    for span in spans:
        if span.first < start + length and span.last >= start and span.column < len(columns):
            cells = found.setdefault(span.column, columns[span.column].to_pylist())
            if span.first >= start:
                known[span] = cells[span.first - start] or ""
            _fill(cells, range(max(span.first, start), min(span.last + 1, start + length)), known.get(span, ""), start)
    return [pa.array(found[place], each.type) if place in found else each for place, each in enumerate(columns)]


def _fill(cells: list[str | None], rows: range, text: str, start: int) -> None:
    for row in rows:
        cells[row - start] = cells[row - start] or text or None


def below(spans: Sequence[Span], headings: Sequence[str], heading_at: int) -> list[Span]:
    """Those below the heading whose columns are filled."""
    return [
        each
        for each in spans
        if each.first > heading_at and each.column < len(headings) and fills(headings[each.column])
    ]
