"""The shapes in which a text may lie in a file or a table: encodings, escapes, transports. Pure.

A residue search that knows one of them only would call a mail clean whose body is base64.
"""

from __future__ import annotations

import base64
import html
import json
import quopri
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

# What spreadsheets and mail programs of our readers write, in the widest form of each: 髙 is in cp932 alone.
ENCODINGS = ("utf-8", "gb18030", "big5hkscs", "cp932", "euc-jp", "cp949", "cp1252", "utf-16-le", "utf-16-be")
SHORTEST_SHAPE = 3
SHORTEST_ARMOUR = 6


def spellings(text: str) -> set[str]:
    """The same text in other letters. ASCII needs one, since its case is looked past everywhere."""
    folded = " ".join(text.split())
    if folded.isascii():
        return {folded.lower()}
    forms = {folded, folded.lower(), folded.upper(), folded.title()}
    return {unicodedata.normalize(form, each) for each in forms for form in ("NFC", "NFD")}


def escapes(text: str) -> set[str]:
    """The same text inside JSON, XML, a URL."""
    numbers = ("".join(c if c.isascii() else form.format(ord(c)) for c in text) for form in ("&#{};", "&#x{:x};"))
    return {
        text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], html.escape(text), *numbers,
        quote(text), quote_plus(text), quote(text, safe="@"),
    }  # fmt: skip


def armours(raw: bytes) -> set[bytes]:
    """The same bytes inside base64, at each of its three alignments, in both alphabets."""
    found = set()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        # The first and the last group mix with what stands before and behind.
        first = 4 if shift else 0
        last = len(coded) if (len(raw) + shift) % 3 == 0 else len(coded) - 4
        found |= {coded[first:last], coded[first:last].translate(bytes.maketrans(b"+/", b"-_"))}
    return {each for each in found if len(each) >= SHORTEST_ARMOUR}


def quoted(raw: bytes) -> set[bytes]:
    """The same bytes inside quoted-printable and in a header of a mail."""
    return {quopri.encodestring(raw).strip(), quopri.encodestring(raw, header=True).strip()}


def encoded(text: str) -> set[bytes]:
    found = set()
    for encoding in ENCODINGS:
        try:
            found.add(text.encode(encoding))
        except UnicodeEncodeError:
            continue
    return found


def originals(text: str) -> set[str]:
    """The spellings that base64 may hide, in which case cannot be looked past."""
    folded = " ".join(text.split())
    return {folded, folded.lower(), folded.upper(), folded.title()}


def in_base64(text: str) -> set[str]:
    """How it may stand inside base64 in a text column."""
    return {armour.decode("ascii") for each in originals(text) for armour in armours(each.encode())}


def texts_of(text: str) -> set[str]:
    """How it may stand in a text column, small and large ASCII letters taken for the same."""
    return {escaped for spelling in spellings(text) for escaped in escapes(spelling)} | in_base64(text)


@dataclass(frozen=True, slots=True)
class Sought:
    """Shapes to be counted in bytes: `folded` in their small ASCII letters, `exact` as they are."""

    folded: tuple[bytes, ...]
    exact: tuple[bytes, ...]

    def count(self, content: bytes) -> int:
        small = content.lower()
        return sum(map(small.count, self.folded)) + sum(map(content.count, self.exact))

    def is_in(self, content: bytes) -> bool:
        small = content.lower()
        return any(shape in small for shape in self.folded) or any(shape in content for shape in self.exact)

    @property
    def longest(self) -> int:
        return max(map(len, (*self.folded, *self.exact)), default=0)


def sought(texts: Iterable[str]) -> Sought:
    folded: set[bytes] = set()
    exact: set[bytes] = set()
    for text in texts:
        for spelling in spellings(text):
            folded |= {shape.lower() for raw in encoded(spelling) for shape in (raw, *quoted(raw))}
            folded |= {escaped.encode().lower() for escaped in escapes(spelling)}
        exact |= {armour for each in originals(text) for raw in encoded(each) for armour in armours(raw)}
    return Sought(_essential(folded), _essential(exact))


def _essential(shapes: set[bytes]) -> tuple[bytes, ...]:
    """Without those that hold another one, which is found anyway."""
    kept: list[bytes] = []
    for shape in sorted(shapes, key=len):
        if len(shape) >= SHORTEST_SHAPE and not any(each in shape for each in kept):
            kept.append(shape)
    return tuple(kept)
