"""Tables of a web page or of Excel's XML of 2003, which many systems export under the name of a workbook. Pure."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Mapping
from html import unescape
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from guanxi.intake.encodings import find_encoding
from guanxi.intake.headings import MOST_COLUMNS
from guanxi.intake.limits import MB
from guanxi.intake.rows import UnusableFile
from guanxi.intake.text_files import HEADING_WITHIN

STARTS = ("<html", "<!doctype", "<?xml", "<table", "<meta", "<head", "<body", "<script", "<style")
LARGEST = 32 * MB
CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,20})""", re.IGNORECASE)
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso8859-1": "cp1252"}
ROWS, CELLS = ("tr", "row"), ("td", "th", "cell")
HIDDEN = ((re.compile("<!--"), "-->"), (re.compile("<style", re.I), "</"), (re.compile("<script", re.I), "</"))
# A tag with its slash, name and attributes, or the words up to the next one.
TOKENS = re.compile(r"<(/?)([A-Za-z][\w:]*)([^<>]*)>|([^<]+)")
SPANS = re.compile(
    r"""\b(colspan|rowspan|ss:index|ss:mergeacross|ss:mergedown)\s*=\s*["']?(\d{1,5})\b""", re.IGNORECASE
)
MOST_CELLS = 10_000_000  # a merged cell may pretend to be millions

Row = list[str]


def _tables(text: str, name: str) -> list[list[Row]]:
    """Rows of each table, with merged cells as empty ones; of a table in a table the inner one has its own."""
    found: list[list[Row]] = []
    open_tables: list[_Table] = []
    for end, tag, said, words in TOKENS.findall(text):
        tag = tag.lower()
        if tag == "table" and not end:
            open_tables.append(_Table())
            found.append(open_tables[-1].rows)
        elif not open_tables:
            continue
        elif tag == "table":
            open_tables.pop()
        elif tag in ROWS and not end:
            open_tables[-1].begin_row()
        elif tag in CELLS and end:
            open_tables[-1].is_in_cell = False
        elif tag in CELLS and open_tables[-1].rows:
            open_tables[-1].begin_cell({mark.lower(): number for mark, number in SPANS.findall(said)} if said else {})
            if open_tables[-1].cells > MOST_CELLS:
                raise UnusableFile(f"{name} holds a table of more than {MOST_CELLS:,} cells; save it as CSV.")
        elif words or tag == "br":
            open_tables[-1].say(unescape(words) if words else "\n")
    return found


def _without(text: str, begin: re.Pattern[str], end: str) -> str:
    """The text without what stands between two marks; once the second is missing, without the rest."""
    parts, at = [], 0
    while found := begin.search(text, at):
        parts.append(text[at : found.start()])
        at = text.find(end, found.end())
        if at < 0:
            return "".join(parts)
    return "".join([*parts, text[at:]])


class _Table:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.cells = 0
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
            if high > 1:
                self._covered |= dict.fromkeys(range(place, place + wide), high - 1)
            self.cells += place + wide - len(row)
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
    text = content.decode(_encoding(content) or find_encoding(open_file).name, "replace")
    for begin, end in HIDDEN:
        text = _without(text, begin, end)
    paths = []
    for place, rows in enumerate(_tables(text, name)):
        width = max(map(len, rows), default=0)
        if len(rows) > 1 and width > 1:
            paths.append(folder / f"{place}.csv")
            with paths[-1].open("w", encoding="utf-8", newline="") as out:
                head = ([*row, *[""] * (width - len(row))] for row in rows[:HEADING_WITHIN])
                csv.writer(out).writerows(map(str.strip, row) for row in chain(head, rows[HEADING_WITHIN:]))
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
