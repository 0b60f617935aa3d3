"""What an import changes on rows that were there before, in a form that can be kept and put back. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One known row before and after; both hold the changed fields only, as JSON takes them.

    `kind` is customer, contact, order, lines, invoice, payment, rate or product; `about` names the row to a person. The
    lines of an order are kept whole before, and as a digest after.
    """

    kind: str
    row_id: int
    about: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conflict:
    """The file contradicts what is known. `result` is kept (ours stays) or taken (the file's value replaces ours)."""

    sentence: str
    about: str
    field: str
    ours: str
    theirs: str
    result: str = "kept"

    def __str__(self) -> str:
        return self.sentence


Keep = Callable[[Change], None]


def forget(change: Change) -> None:
    """Keeps nothing."""


def changed(kind: str, row_id: int, about: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """A change whose values are made plain."""
    return Change(kind, row_id, about, _plain_of(before), _plain_of(after))


def _plain_of(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def plain(value: Any) -> Any:
    """A value as JSON takes it; equal values give equal results, however many zeros or whatever zone they have."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def digest(value: Any) -> str:
    """A short text that differs when `value` does."""
    return hashlib.sha256(json.dumps(plain(value), default=str).encode()).hexdigest()[:32]
