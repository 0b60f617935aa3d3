"""Writes many rows at once: COPY on PostgreSQL, one prepared statement on SQLite.

Django's bulk_create builds an object and a parameter list per row; half a million order lines cannot afford that.
Callers stay responsible for their own tables and call it inside a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db import connection, models

ROWS_PER_STATEMENT = 20_000


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert `rows` with values for `fields` (attribute names such as customer_id); returns how many."""
    columns, adapters = _columns(model, fields)
    adapted = (tuple(map(_adapt, adapters, row)) for row in rows)
    names = ", ".join(map(connection.ops.quote_name, columns))
    table = connection.ops.quote_name(model._meta.db_table)
    count = 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for count, row in enumerate(adapted, start=1):  # noqa: B007  (the count is the answer)
                    copy.write_row(row)
            return count
        statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"
        while chunk := list(islice(adapted, ROWS_PER_STATEMENT)):
            cursor.executemany(statement, chunk)
            count += len(chunk)
    return count


def update_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `fields` of many rows; each row is (primary key, value, value …)."""
    columns, adapters = _columns(model, fields)
    assignments = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    changes = [(*map(_adapt, adapters, values), key) for key, *values in rows]
    if changes:
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {assignments} WHERE id = %s", changes)


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


def _columns(model: type[models.Model], fields: Sequence[str]) -> tuple[list[str], list[Adapter]]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    chosen = [by_name[name] for name in fields]
    adapters = _ADAPTERS.get(connection.vendor, {})
    return [field.column for field in chosen], [adapters.get(field.get_internal_type()) for field in chosen]


def _adapt(adapter: Adapter, value: Any) -> Any:
    return value if adapter is None or value is None else adapter(value)


def _utc_text(moment: datetime) -> str:
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


# What the database's driver does not do by itself, in the form in which Django reads it again.
_ADAPTERS: dict[str, dict[str, Adapter]] = {
    "sqlite": {"DateTimeField": _utc_text, "DateField": str, "DecimalField": str, "JSONField": _json},
    "postgresql": {"JSONField": _json},
}
