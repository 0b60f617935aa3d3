"""Many rows of one table changed at once by one prepared statement.

Django's bulk_update builds a CASE per column and took most of the time of a turn; this is executemany.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def write(rows: Sequence[Model], fields: Sequence[str], *, by: Sequence[str] = ("id",)) -> None:
    """Save these fields of rows that are locked in the transaction under way; `by` names what finds a row.

    Table and columns are the model's own.
    """
    if not rows:
        return
    meta = rows[0]._meta
    columns: list[Any] = [meta.get_field(name) for name in (*fields, *by)]
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(column.column)} = %s" for column in columns[: len(fields)])
    condition = " AND ".join(f"{quote(column.column)} = %s" for column in columns[len(fields) :])
    prepare = [(column.attname, column.get_db_prep_save) for column in columns]
    values = [[save(getattr(row, name), connection) for name, save in prepare] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {quote(meta.db_table)} SET {assignments} WHERE {condition}", values)
