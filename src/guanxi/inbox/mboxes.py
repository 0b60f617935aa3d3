"""A file that holds several mails, one behind the other, read as one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from guanxi.inbox.classify import AUTO_REPLY, COMPLAINT, HARD, SOFT, UNKNOWN, Reading, classify
from guanxi.inbox.parse import parse

MOST_BYTES = 100_000_000
GRAVEST_FIRST = (COMPLAINT, HARD, SOFT, AUTO_REPLY, UNKNOWN)

# The line above each mail of an mbox (RFC 4155), behind a blank one and before a header.
_LINE_ABOVE = re.compile(
    rb"(?:\A|(?<=\n\n))From \S[^\n]{0,200}\d\d:\d\d[^\n]{0,40}\d{4}[^\n]{0,40}\n(?=[!-9;-~]{1,60}:)"
)
_BOUNDARY = re.compile(rb"boundary=\"?([^\"\s;]{1,80})", re.IGNORECASE)


def read_file(raw: bytes) -> list[Reading]:
    """What each mail of a file is; a file that is no mbox is one mail."""
    return [classify(parse(mail)) for mail in mails_in(raw)]


def gravest(readings: list[Reading]) -> Reading:
    """The gravest of them, with the recipients of every mail of its class: a soft one makes no address dead."""
    worst = min(readings, key=lambda reading: GRAVEST_FIRST.index(reading.kind))
    alike = [outcome for reading in readings if reading.kind == worst.kind for outcome in reading.outcomes]
    return replace(worst, outcomes=tuple(alike))


def mails_in(raw: bytes) -> list[bytes]:
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    if not lines.startswith(b"From "):
        return [raw]
    begins = list(_begins(lines)) or [0]
    return [lines[begin:end] for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True)]


def _begins(lines: bytes) -> Iterator[int]:
    """Where mails begin: a letter given back inside a mail may bear such a line too."""
    begin = -1
    for match in _LINE_ABOVE.finditer(lines):
        if begin < 0 or not _is_open(lines[begin : match.start()], lines[match.start() :]):
            begin = match.start()
            yield begin


def _is_open(before: bytes, behind: bytes) -> bool:
    ends = [b"--" + boundary + b"--" for boundary in _BOUNDARY.findall(before[:20_000])]
    return any(end not in before and end in behind for end in ends)
