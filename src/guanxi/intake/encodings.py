"""Finds out how a text file is encoded and which character parts its cells. Pure."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import BinaryIO, NamedTuple

from guanxi.intake.recognise import is_known_heading

CHUNK = 1 << 20
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 20_000
LEAST_ZEROS = 0.02
ENCODINGS = ("utf-8", "gb18030", "big5hkscs", "cp932", "cp1252")
LINES_OF_HEADINGS = 5
PARTS = re.compile("[,;\t|]")
DELIMITERS = (",", ";", "\t", "|")
# Below this share of common characters a text is not Chinese in that encoding.
LEAST_SHARE = 0.7


class Encoding(NamedTuple):
    """`is_certain` when every byte of the file was seen to fit."""

    name: str
    is_certain: bool


def encoding_of(open_file: Callable[[], BinaryIO]) -> str:
    """utf-8, utf-8-sig, utf-16…, gb18030, big5hkscs, cp932 or cp1252; a wrong byte is no reason to fail."""
    return find_encoding(open_file).name


def find_encoding(open_file: Callable[[], BinaryIO]) -> Encoding:
    with open_file() as file:
        head = file.read(CHUNK)
        for mark, name in BYTE_ORDER_MARKS:
            if head.startswith(mark):
                return Encoding(name, is_certain=False)
        if wide := _utf16_without_mark(head):
            return Encoding(wide, is_certain=False)
        sample = _first_that_is_not_utf8(head, file)
    if sample is None:
        return Encoding("utf-8", is_certain=True)
    return Encoding(_by_headings(head) or _best_of(sample), is_certain=False)


def _utf16_without_mark(head: bytes) -> str:
    """By the zeros of its digits, delimiters and line ends, which no other encoding of text has."""
    even, odd = head[0:SAMPLE:2].count(0), head[1:SAMPLE:2].count(0)
    if even + odd < len(head[:SAMPLE]) * LEAST_ZEROS:
        return ""
    if odd > even * 10:
        return "utf-16-le"
    return "utf-16-be" if even > odd * 10 else ""


def beginning(head: bytes) -> str:
    """The first characters of a text whose encoding is not yet asked; beyond ASCII they may be wrong."""
    mark = next((name for bom, name in BYTE_ORDER_MARKS if head.startswith(bom)), "")
    text = head.decode(mark or _utf16_without_mark(head) or "latin-1", "replace")
    return text.lstrip("\ufeff \t\r\n")


def _first_that_is_not_utf8(head: bytes, rest: BinaryIO) -> bytes | None:
    """The chunk in which UTF-8 breaks, from a line start on; None when it never does."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = head
    while chunk:
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            return chunk if chunk is head else chunk[chunk.find(b"\n") + 1 :]
        chunk = rest.read(CHUNK)
    return None


def _by_headings(head: bytes) -> str:
    """The encoding in which the first lines hold the most headings that people use; nothing when two are as good."""
    first = head.replace(b"\r", b"\n").split(b"\n", LINES_OF_HEADINGS)[:LINES_OF_HEADINGS]
    counts = {
        name: sum(
            is_known_heading(cell.strip(' "')) for line in first for cell in PARTS.split(line.decode(name, "replace"))
        )
        for name in ENCODINGS
    }
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] > 1 and list(counts.values()).count(counts[best]) == 1 else ""


def _best_of(sample: bytes) -> str:
    mended = sample.decode("utf-8", "replace")
    broken = mended.count("\ufffd")
    if sum(char > "\x7f" for char in mended) - broken > 10 * broken:
        return "utf-8"  # a few bytes of something else in a file of UTF-8
    shares = {
        "gb18030": _share(sample, "gb18030", _is_common_gb),
        "big5hkscs": _share(sample, "big5hkscs", _is_common_big5),
    }
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= LEAST_SHARE else "cp1252"


def _share(sample: bytes, encoding: str, is_common: Callable[[str], bool]) -> float:
    """Which part of the characters beyond ASCII are common ones of this encoding."""
    text = sample.decode(encoding, "replace")
    foreign = [char for char in text if char > "\x7f"]
    return sum(map(is_common, foreign)) / len(foreign) if foreign else 0.0


def _is_common_gb(char: str) -> bool:
    """A character of GB 2312's first level, or its punctuation and full-width forms."""
    code = _code(char, "gb2312")
    return 0xB0A1 <= code <= 0xD7F9 or 0xA1A1 <= code <= 0xA3FE


def _is_common_big5(char: str) -> bool:
    code = _code(char, "big5")
    return 0xA440 <= code <= 0xC67E or 0xA140 <= code <= 0xA3BF


def _code(char: str, encoding: str) -> int:
    try:
        return int.from_bytes(char.encode(encoding), "big")
    except UnicodeEncodeError:
        return 0


def delimiter_of(sample: str) -> str:
    """The character that parts the sample into the most columns of equal number in each row."""
    lines = sample.splitlines(keepends=True)
    return max(DELIMITERS, key=lambda each: _evenness(lines, each))


def _evenness(lines: list[str], delimiter: str) -> tuple[float, int]:
    widths = [len(row) for row in first_rows(csv.reader(lines, delimiter=delimiter), 200) if row]
    usual = max(set(widths), key=widths.count, default=1)
    if usual < 2:
        return (0.0, 0)
    # Thirty columns of which nine rows in ten are even beat three that are always even.
    return (round(widths.count(usual) / len(widths), 1) * min(usual, 8), usual)


def first_rows(records: Iterator[list[str]], most: int) -> list[list[str]]:
    """Up to `most` rows, fewer when one of them cannot be read (a quotation mark that is never closed)."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(islice(records, most))
    return rows
