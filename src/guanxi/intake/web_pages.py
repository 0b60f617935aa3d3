"""Tables of a web page or of Excel's XML of 2003, which many systems export under the name of a workbook. Pure."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import BinaryIO

from guanxi.intake.encodings import find_encoding
from guanxi.intake.headings import MOST_COLUMNS
from guanxi.intake.limits import MB
from guanxi.intake.rows import UnusableFile

STARTS = ("<html", "<!doctype", "<?xml", "<table", "<meta", "<head", "<body", "<script", "<style")
LARGEST = 64 * MB
CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,20})""", re.IGNORECASE)
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso8859-1": "cp1252"}
ROWS, CELLS = ("tr", "row"), ("td", "th", "cell")

Row = list[str]


class _Tables(HTMLParser):
    """Rows of each table, with merged cells as empty ones; of a table in a table the inner one has its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[Row]] = []
        self._open: list[_Table] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append(_Table())
            self.found.append(self._open[-1].rows)
        elif not self._open:
            return
        elif tag in ROWS:
            self._open[-1].begin_row()
        elif tag in CELLS and self._open[-1].rows:
            self._open[-1].begin_cell({name: value or "" for name, value in attrs})
        elif tag == "br":
            self._open[-1].say("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag in CELLS:
            self._open[-1].is_in_cell = False
        elif self._open and tag == "table":
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].say(data)


class _Table:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.is_in_cell = False
        self._place = 0
        self._covered: dict[int, int] = {}  # column: how many rows below are covered by a merged cell
        self._taken: set[int] = set()

    def begin_row(self) -> None:
        self.rows.append([])
        self._taken = {place for place, left in self._covered.items() if left > 0}
        self._covered = {place: left - 1 for place, left in self._covered.items() if left > 1}

    def begin_cell(self, said: Mapping[str, str]) -> None:
        row = self.rows[-1]
        # Excel leaves empty cells out and tells the number of the next one.
        place = max(len(row), _number(said.get("ss:index", "")) - 1)
        while place in self._taken:
            place += 1
        wide = _number(said.get("colspan", "")) or _number(said.get("ss:mergeacross", "")) + 1
        high = _number(said.get("rowspan", "")) or _number(said.get("ss:mergedown", "")) + 1
        self.is_in_cell = place + wide <= MOST_COLUMNS + 1
        if self.is_in_cell:
            self._covered |= {each: high - 1 for each in range(place, place + wide) if high > 1}
            row += [""] * (place + wide - len(row))
            self._place = place

    def say(self, text: str) -> None:
        if self.is_in_cell:
            self.rows[-1][self._place] += text


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def unfolded(open_file: Callable[[], BinaryIO], *, name: str, folder: Path) -> list[Path]:
    """Each table of the page as a CSV file in UTF-8; nothing of a page that holds none."""
    with open_file() as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UnusableFile(f"{name} is larger than {LARGEST // MB} MB; save it as CSV, which has no limit.")
    parser = _Tables()
    parser.feed(content.decode(_encoding(content) or find_encoding(open_file).name, "replace"))
    paths = []
    for place, rows in enumerate(parser.found):
        width = max(map(len, rows), default=0)
        if len(rows) > 1 and width > 1:
            paths.append(folder / f"{place}.csv")
            with paths[-1].open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([*map(str.strip, row), *[""] * (width - len(row))] for row in rows)
    return paths


def _encoding(content: bytes) -> str:
    """The encoding the page names for itself, if it is known."""
    told = CHARSET.search(content[:4096])
    if told is None or content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ""
    try:
        found = codecs.lookup(told[1].decode()).name
    except LookupError:
        return ""
    return WIDER.get(found, found)
