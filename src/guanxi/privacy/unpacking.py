"""Base64 inside a text: taken apart, changed and put together again, where it holds plain text. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

# One run, in whole lines of a mail before it or alone; in either alphabet.
_RUN = re.compile(r"(?:[A-Za-z0-9+/]{60,76}\r?\n)*[A-Za-z0-9+/_-]{8,}={0,2}")
_URL, _USUAL = "-_", "+/"


def within_base64(text: str, change: Callable[[str], str]) -> str:
    """The text with `change` done to what its base64 holds; what holds no text in UTF-8 stays as it is."""
    return _RUN.sub(lambda match: _changed(match[0], change), text)


def _changed(run: str, change: Callable[[str], str]) -> str:
    said = _read(run)
    if said is None:  # in an address of the web the run begins behind the last stroke
        head, stroke, tail = run.rpartition("/")
        return f"{head}{stroke}{_changed(tail, change)}" if stroke and "\n" not in run else run
    changed = change(said)
    return run if changed == said else _written(changed, run)


def _read(run: str) -> str | None:
    coded = "".join(run.split()).translate(str.maketrans(_URL, _USUAL)).rstrip("=")
    try:
        return base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _written(text: str, run: str) -> str:
    """In the alphabet, with the lines and the padding of the run it replaces."""
    coded = base64.b64encode(text.encode()).decode("ascii")
    first, end, _ = run.partition("\n")
    is_url = bool(set(_URL) & set(run))
    if is_url:
        coded = coded.translate(str.maketrans(_USUAL, _URL))
    if len("".join(run.split())) % 4 or (is_url and "=" not in run):
        coded = coded.rstrip("=")
    if not end:
        return coded
    width, end = len(first.rstrip("\r")), "\r\n" if first.endswith("\r") else "\n"
    return end.join(coded[place : place + width] for place in range(0, len(coded), width))
