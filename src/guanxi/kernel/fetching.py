"""Reads many rows at once: the counterpart of kernel.bulk.

Django converts value by value, and hands over each member of a list by itself; for batches of hundreds either took
longer than the database did.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Model, QuerySet, Value

Column = Sequence[Any]
TRUTH = BooleanField()
Row = TypeVar("Row", bound=Model)


def among(name: str, values: Collection[int] | Collection[str]) -> Func:
    """Whether the column is one of these, for a filter: the whole list as one parameter.

    PostgreSQL gets `= ANY`, which it looks up in an index or a hash table. A subquery it joins, row by row with every
    value where it expects few rows, as it does of a table it has no statistics of.
    """
    listed = list(values)
    if connection.vendor == "sqlite":
        told, between, end = Value(json.dumps(listed)), " IN (SELECT value FROM json_each(", "))"
    elif listed and isinstance(listed[0], str):
        told, between, end = Value(listed), " = ANY(", "::text[])"
    else:
        # Written here, since the driver asks each number for its size.
        told, between, end = Value(f"{{{','.join(map(str, listed))}}}"), " = ANY(", "::bigint[])"
    return Func(F(name), told, arg_joiner=between, template=f"%(expressions)s{end}", output_field=TRUTH)


def unheld(rows: QuerySet[Row]) -> QuerySet[Row]:
    """These rows without those another worker holds, held until the transaction ends; all of them where only one may
    write at a time.
    """
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def rows_of(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What the driver itself answers to a statement that reads and has `?` for its parameters; for questions so short
    that Django's layers above the driver take three times as long as the answer.
    """
    rows: list[tuple[Any, ...]]
    if connection.queries_logged or connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("?", "%s"), parameters)
            rows = cursor.fetchall()
        return rows
    connection.ensure_connection()
    with connection.wrap_database_errors:
        rows = connection.connection.execute(statement, parameters).fetchall()
    return rows


def fetched(rows: QuerySet[Any, Any], names: Sequence[str] = (), *, index: str = "") -> list[tuple[Any, ...]]:
    """The columns `names` of these rows, converted column by column; without names of a query that is a values_list.

    `index` is the one SQLite has to find them by; it refuses the statement when it cannot.
    """
    compiler = (rows.values_list(*names) if names else rows).query.get_compiler(rows.db)
    try:
        statement, values = compiler.as_sql()
    except EmptyResultSet:
        return []
    if index and connection.vendor == "sqlite":
        table = f"FROM {connection.ops.quote_name(rows.model._meta.db_table)}"
        statement = statement.replace(table, f"{table} INDEXED BY {connection.ops.quote_name(index)}", 1)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.cursor.adapters.register_loader("timestamptz", _loader_of_moments())
        cursor.execute(statement, values)
        columns: list[Column] = list(zip(*cursor.fetchall(), strict=True))
    if not columns:
        return []
    quick = _QUICK.get(connection.vendor, {})
    for place, (converters, expression) in compiler.get_converters([each[0] for each in compiler.select]).items():
        if (convert := quick.get(expression.output_field.get_internal_type())) is not None:
            columns[place] = convert(columns[place])
            continue
        for converter in converters:
            columns[place] = [converter(value, expression, connection) for value in columns[place]]
    return list(zip(*columns[: compiler.col_count], strict=True))


@cache
def _loader_of_moments() -> type[Any]:
    """Python reads what PostgreSQL writes ten times as fast as the driver does for Django."""
    from psycopg.adapt import Loader

    class Moment(Loader):
        def load(self, data: Any) -> datetime:
            return datetime.fromisoformat(str(data, "ascii"))

    return Moment


def _moments(column: Column) -> Column:
    """The driver makes them moments without a zone already."""
    return [None if value is None else value.replace(tzinfo=UTC) for value in column]


def _documents(column: Column) -> Column:
    """A new object for each row, since whoever reads it may change it."""
    return [None if text is None else EMPTY[text]() if text in EMPTY else json.loads(text) for text in column]


EMPTY: dict[str, Callable[[], Any]] = {"{}": dict, "[]": list}
# Of the conversions that many columns need the quicker form.
_QUICK: dict[str, dict[str, Callable[[Column], Column]]] = {
    "sqlite": {"DateTimeField": _moments, "JSONField": _documents},
    "postgresql": {"JSONField": _documents},
}
