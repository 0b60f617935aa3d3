"""Writes many rows at once: COPY or one document of them all on PostgreSQL, some hundred rows a statement on SQLite.

Django's bulk_create builds an object and a parameter list per row; half a million order lines cannot afford that.
Callers stay responsible for their own tables and call it inside a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any

from django.db import connection, models
from django.utils.duration import duration_microseconds

from guanxi.kernel.parts import in_parts
from guanxi.kernel.sealed_field import SealedTextField

ROWS_AT_ONCE = 10_000
PARAMETERS_PER_STATEMENT = 2_000


def insert_rows(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    skips_known: bool = False,
) -> int:
    """Insert `rows` with values for `fields` (attribute names such as customer_id); returns how many.

    With `skips_known` a row that meets one already there in a unique constraint is left out, and counted all the same.
    """
    columns, adapters, kinds = _columns(model, fields)
    target = f"{connection.ops.quote_name(model._meta.db_table)} ({', '.join(columns)})"
    count = 0
    with connection.cursor() as cursor:
        for chunk in in_parts(rows, ROWS_AT_ONCE):
            if connection.vendor != "postgresql":
                ending = " ON CONFLICT DO NOTHING" if skips_known else ""
                _insert(cursor, target, list(_adapted(adapters, chunk)), ending)
            elif skips_known:  # COPY knows no exception for known rows
                insert = f"INSERT INTO {target} SELECT * FROM {_table(columns, kinds)} ON CONFLICT DO NOTHING"
                cursor.execute(insert, [_document(columns, chunk)])
            else:
                _copy(cursor, target, list(_adapted(adapters, chunk)))
            count += len(chunk)
    return count


def _copy(cursor: Any, target: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _insert(cursor: Any, target: str, rows: Sequence[tuple[Any, ...]], ending: str) -> None:
    """Some hundred rows a statement: a quarter faster than one."""
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    size = max(PARAMETERS_PER_STATEMENT // len(rows[0]), 1)
    whole = len(rows) // size * size
    if whole:
        statement = f"INSERT INTO {target} VALUES {', '.join([one] * size)}{ending}"
        # executemany converts the statement once for all.
        cursor.executemany(statement, (list(chain.from_iterable(rows[at : at + size])) for at in range(0, whole, size)))
    if rows[whole:]:
        cursor.executemany(f"INSERT INTO {target} VALUES {one}{ending}", rows[whole:])


def update_rows(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]], *, by: Sequence[str] = ("id",)
) -> None:
    """Write `fields` of many rows, found by the attributes `by`; each row is (what finds it …, value, value …)."""
    # Of two for one row the last.
    changes = list({tuple(row[: len(by)]): row for row in rows}.values())
    if not changes:
        return
    columns, adapters, kinds = _columns(model, (*by, *fields))
    told = list(zip(*changes, strict=True))
    shared = [place for place in range(len(by), len(told)) if _is_one(told[place], adapters[place])]
    own = [place for place in range(len(told)) if place not in shared]
    table = connection.ops.quote_name(model._meta.db_table)
    condition = " AND ".join(f"{table}.{name} = told.{name}" for name in columns[: len(by)])
    values = ", ".join(
        f"{columns[place]} = {'%s' if place in shared else f'told.{columns[place]}'}"
        for place in range(len(by), len(told))
    )
    update = f"UPDATE {table} SET {values} FROM told WHERE {condition}"
    once = [adapted for place in shared for adapted in _adapted_column(adapters[place], told[place][:1])]
    names, rest = [columns[place] for place in own], zip(*(told[place] for place in own), strict=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source = f"SELECT * FROM {_table(names, [kinds[place] for place in own])}"
            cursor.execute(f"WITH told AS ({source}) {update}", [_document(names, rest), *once])
            return
        one = f"({', '.join(['%s'] * len(own))})"
        # Many rows a statement, since other threads get the interpreter's lock at each.
        size = max((PARAMETERS_PER_STATEMENT - len(once)) // len(own), 1)
        for some in in_parts(_adapted([adapters[place] for place in own], rest), size):
            source = f"VALUES {', '.join([one] * len(some))}"
            parameters = [*chain.from_iterable(some), *once]
            cursor.execute(f"WITH told ({', '.join(names)}) AS ({source}) {update}", parameters)


def add_to_counters(
    model: type[models.Model], by: Sequence[str], counters: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add to the `counters` of the rows that the attributes `by` find, which are unique; a row that is not there yet
    begins with them. Each row is (what finds it …, count, count …).
    """
    columns, adapters, _ = _columns(model, (*by, *counters))
    table = connection.ops.quote_name(model._meta.db_table)
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in columns[len(by) :])
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"{insert} ON CONFLICT ({', '.join(columns[: len(by)])}) DO UPDATE SET {sums}",
            list(_adapted(adapters, rows)),
        )


def _is_one(column: Sequence[Any], adapter: Adapter) -> bool:
    """Whether all rows are told the same; equal documents may be written differently."""
    first = column[0]
    return all(each is first for each in column) if adapter is _json else column.count(first) == len(column)


def _table(columns: Sequence[str], kinds: Sequence[str]) -> str:
    """How PostgreSQL reads a document of rows as a table."""
    typed = ", ".join(f"{name} {kind}" for name, kind in zip(columns, kinds, strict=True))
    return f"json_to_recordset(%s) AS told ({typed})"


def _document(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The rows as one parameter. The driver takes three times as long for an array per column."""
    names = [name.strip('"') for name in columns]
    return _written([dict(zip(names, row, strict=True)) for row in rows])


def reserve_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """`count` unused primary keys. On SQLite the caller's transaction holds the write lock, so they stay unused."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        known = cursor.fetchone()
        start = (known[0] if known else 0) + 1
    return range(start, start + count)


Adapter = Callable[[Any], Any] | None


def _columns(model: type[models.Model], fields: Sequence[str]) -> tuple[list[str], list[Adapter], list[str]]:
    return _columns_of(model, tuple(fields), connection.vendor)


@lru_cache(maxsize=256)
def _columns_of(
    model: type[models.Model], fields: tuple[str, ...], vendor: str
) -> tuple[list[str], list[Adapter], list[str]]:
    """Names as the database writes them, adapters and types, of which a length is left to the table to check."""
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    chosen = [by_name[name] for name in fields]
    if any(isinstance(field, SealedTextField) for field in chosen):
        raise TypeError(f"{model._meta.label} has sealed columns among these; save its rows one by one.")
    adapters = _ADAPTERS.get(vendor, {})
    return (
        [connection.ops.quote_name(str(field.column)) for field in chosen],
        [adapters.get(field.get_internal_type()) for field in chosen],
        [str(field.db_type(connection)).partition("(")[0] for field in chosen],
    )


def _adapted(adapters: Sequence[Adapter], rows: Iterable[Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
    """The rows with each column put into the form the driver takes, column by column."""
    columns = zip(*rows, strict=True)
    return zip(*(_adapted_column(*pair) for pair in zip(adapters, columns, strict=False)), strict=True)


def _adapted_column(adapter: Adapter, column: Sequence[Any]) -> Sequence[Any]:
    if adapter is None:
        return column
    if adapter is _json:
        # Many rows hold one and the same object.
        texts = {id(value): _json(value) for value in {id(each): each for each in column}.values()}
        return [None if value is None else texts[id(value)] for value in column]
    return [None if value is None else adapter(value) for value in column]


@lru_cache(maxsize=1024)
def _utc_text(moment: datetime) -> str:
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def _plain(value: Any) -> str:
    """What JSON does not know, as PostgreSQL reads it."""
    if isinstance(value, timedelta):
        return f"{duration_microseconds(value)} microseconds"
    return "\\x" + bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


# json.dumps would make an encoder for every row.
_encoded = json.JSONEncoder(ensure_ascii=False, default=str).encode
_written = json.JSONEncoder(ensure_ascii=False, default=_plain).encode


EMPTY: dict[type[Any], str] = {dict: "{}", list: "[]"}


def _json(value: Any) -> str:
    return _encoded(value) if value or type(value) not in EMPTY else EMPTY[type(value)]


# What the database's driver does not do by itself, in the form in which Django reads it again.
_ADAPTERS: dict[str, dict[str, Adapter]] = {
    "sqlite": {
        "DateTimeField": _utc_text,
        "DateField": str,
        "DecimalField": str,
        "JSONField": _json,
        "DurationField": duration_microseconds,
    },
    # The driver writes a moment in Python, one after the other, though many rows hold the same.
    "postgresql": {"JSONField": _json, "DateTimeField": lru_cache(maxsize=1024)(str)},
}
