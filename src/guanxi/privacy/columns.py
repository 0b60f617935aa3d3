"""Looks for texts in whole rows: all columns of a row as one text, one statement per table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection

from guanxi.kernel.parts import in_parts

SHAPES_AT_ONCE = 300


def essential(shapes: Iterable[str]) -> list[str]:
    """Without those that hold another one, which is found anyway."""
    kept: list[str] = []
    for shape in sorted(set(shapes), key=len):
        if shape and not any(each.casefold() in shape.casefold() for each in kept):
            kept.append(shape)
    return kept


def count(table: str, columns: Sequence[str], shapes: Sequence[str]) -> int:
    """How many rows hold one of the shapes."""
    return sum(row[0] for row in _asked("COUNT(*)", table, columns, shapes))


def keys(table: str, key: str, columns: Sequence[str], shapes: Sequence[str]) -> list[Any]:
    """The keys of the rows that hold one of the shapes."""
    found = {row[0] for row in _asked(connection.ops.quote_name(key), table, columns, shapes)}
    return sorted(found)


def tables() -> list[str]:
    """Every table of the database, whoever made it."""
    with connection.cursor() as cursor:
        return sorted(connection.introspection.table_names(cursor))


def names(table: str) -> list[str]:
    """The columns of a table; none when it has no rows."""
    statement = f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 1"
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [column[0] for column in cursor.description] if cursor.fetchone() else []


def _asked(what: str, table: str, columns: Sequence[str], shapes: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    quoted = connection.ops.quote_name
    whole = " || ' ' || ".join(f"COALESCE(CAST({quoted(each)} AS TEXT), '')" for each in columns)
    like = "LIKE" if connection.vendor == "sqlite" else "ILIKE"
    for some in in_parts(shapes, SHAPES_AT_ONCE):
        chunk = [f"%{_escaped(shape)}%" for shape in some]
        any_of = " OR ".join([f"whole {like} %s ESCAPE '!'"] * len(chunk))
        statement = f"SELECT {what} FROM (SELECT *, {whole} AS whole FROM {quoted(table)}) rows_as_text WHERE {any_of}"
        with connection.cursor() as cursor:
            cursor.execute(statement, chunk)
            yield from cursor.fetchall()


def _escaped(shape: str) -> str:
    return shape.replace("!", "!!").replace("%", "!%").replace("_", "!_").replace("\0", "")
