"""Conditions that name their values in the statement itself.

SQLite uses a partial index only where the statement repeats the index's condition word by word; a parameter is no word.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Q, Value


class Literal(Value):
    """A text of our own code, never one that came from outside."""

    def __init__(self, value: str) -> None:
        super().__init__(value, output_field=CharField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        quoted = str(self.value).replace("'", "''").replace("%", "%%")
        return f"'{quoted}'", ()


def literally(condition: Q) -> Q:
    """The same condition with its texts as literals."""
    found = Q(_connector=condition.connector, _negated=condition.negated)
    found.children = [_literal(each) for each in condition.children]
    return found


def _literal(part: Any) -> Any:
    if isinstance(part, Q):
        return literally(part)
    name, value = part
    return name, Literal(value) if isinstance(value, str) else value
