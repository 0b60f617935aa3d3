"""Reads JSON that a database can keep: no NaN, no NUL, no lone surrogates, no endless nesting. Pure (RS-24)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

LONGEST_NUMBER = 40


class BadPayload(ValueError):
    """The body is no JSON that can be kept; the sentence says what is wrong with it and where."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one body may hold at most."""

    octets: int = 256 * 1024
    depth: int = 8
    keys: int = 200
    items: int = 1000
    characters: int = 10_000


RECORD = Limits()
# The rule of a segment: groups in groups.
RULE = Limits(depth=24)


def read_json(raw: bytes, limits: Limits = RECORD) -> Any:
    """The value of `raw`. Raises BadPayload."""
    if len(raw) > limits.octets:
        raise BadPayload(f"The body is longer than {limits.octets // 1024} KB; send less at a time.")
    try:
        value = json.loads(raw, parse_constant=_refuse_constant, parse_int=_whole, parse_float=_fraction)
    except BadPayload:
        raise
    except RecursionError:
        raise BadPayload("The body is nested too deeply.") from None
    except (ValueError, UnicodeDecodeError):
        raise BadPayload("The body is no JSON in UTF-8.") from None
    check_value(value, limits)
    return value


def check_value(value: Any, limits: Limits, where: str = "", depth: int = 0) -> None:
    """Raises BadPayload for the first part that is too big or cannot be kept."""
    place = where or "The body"
    if isinstance(value, str):
        check_text(value, limits, place)
    elif isinstance(value, dict):
        _check_size(len(value), limits.keys, depth, limits, place, "keys")
        for key, part in value.items():
            check_text(key, limits, place)
            check_value(part, limits, f"{where}.{key[:60]}" if where else key[:60], depth + 1)
    elif isinstance(value, list):
        _check_size(len(value), limits.items, depth, limits, place, "items")
        for number, part in enumerate(value):
            check_value(part, limits, f"{where}[{number}]", depth + 1)


def check_text(text: str, limits: Limits, where: str) -> None:
    if len(text) > limits.characters:
        raise BadPayload(f"{where}: a text is longer than {limits.characters} characters; shorten it.")
    if not is_clean(text):
        raise BadPayload(f"{where}: a text holds NUL or a broken character; remove it.")


def is_clean(text: str) -> bool:
    """Whether both databases can keep `text`."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _check_size(size: int, most: int, depth: int, limits: Limits, where: str, what: str) -> None:
    if depth >= limits.depth:
        raise BadPayload(f"{where}: nested deeper than {limits.depth} levels; write it flatter.")
    if size > most:
        raise BadPayload(f"{where}: more than {most} {what}; send fewer.")


def _refuse_constant(name: str) -> NoReturn:
    raise BadPayload(f"{name} is no number that can be kept; leave it out.")


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise BadPayload("A number has too many digits; send it as a text.")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if len(text) > LONGEST_NUMBER or not isfinite(number):
        raise BadPayload("A number is too long or too big; send it as a text.")
    return number
