"""Reads many rows at once: the counterpart of kernel.bulk.

Django converts value by value, and hands over each member of a list by itself; for batches of hundreds either took
longer than the database did.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Func, Model, QuerySet, Value

Column = Sequence[Any]
TRUTH = BooleanField()
TEXTS = frozenset({"CharField", "TextField", "SlugField", "EmailField"})
Row = TypeVar("Row", bound=Model)


class Among(Func):
    """Whether a column is one of a list that comes as one parameter, in the form that `listed` gives it."""

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(
            compiler,
            connection,
            template="%(expressions)s))",
            arg_joiner=" IN (SELECT value FROM json_each(",
            **context,
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        column = self.get_source_expressions()[0].output_field
        kind = "text" if column.get_internal_type() in TEXTS else "bigint"
        return self.as_sql(
            compiler, connection, template=f"%(expressions)s::{kind}[])", arg_joiner=" = ANY(", **context
        )  # fmt: skip


def among(name: str, values: Collection[int] | Collection[str] | Expression) -> Among:
    """Whether the column is one of these, for a filter: the whole list as one parameter.

    PostgreSQL gets `= ANY`, which it looks up in an index or a hash table. A subquery it joins, row by row with every
    value where it expects few rows, as it does of a table it has no statistics of.
    """
    told = values if isinstance(values, Expression) else Value(listed(values))
    return Among(F(name), told, output_field=TRUTH)


def listed(values: Collection[int] | Collection[str]) -> str | list[str]:
    """The list as the one parameter that `Among` reads."""
    some = list(values)
    if connection.vendor == "sqlite":
        return json.dumps(some)
    if some and isinstance(some[0], str):
        return [str(each) for each in some]
    # Written here, since the driver asks each number for its size.
    return f"{{{','.join(map(str, some))}}}"


def unheld(rows: QuerySet[Row]) -> QuerySet[Row]:
    """These rows without those another worker holds, held until the transaction ends; all of them where only one may
    write at a time.
    """
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def rows_of(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a statement that reads and has `?` for its parameters, as the driver itself hands them out."""
    # Looked up once: `connection` does it for every word, which took longer than a short answer.
    mine = connections[DEFAULT_DB_ALIAS]
    if _is_bare(mine):
        return _driven(mine, statement, parameters)
    return _asked(mine, statement.replace("?", "%s"), parameters)


def _is_bare(mine: BaseDatabaseWrapper) -> bool:
    """Whether SQLite's driver may be asked without Django's layers above it, which take three times as long as a short
    answer; not while somebody looks on.
    """
    return mine.vendor == "sqlite" and not mine.queries_logged and not mine.execute_wrappers


def _driven(mine: BaseDatabaseWrapper, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    mine.ensure_connection()
    mine.validate_no_broken_transaction()
    with mine.wrap_database_errors:
        rows: list[tuple[Any, ...]] = mine.connection.execute(statement, parameters).fetchall()
    return rows


def _asked(mine: BaseDatabaseWrapper, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with mine.cursor() as cursor:
        if mine.vendor == "postgresql":
            cursor.cursor.adapters.register_loader("timestamptz", _loader_of_moments())
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def rows_about(values: Collection[int], names: str, source: str, *others: Any) -> list[Sequence[Any]]:
    """The columns `names` of the rows from `source`, in which `{these}` says of a column that it is one of `values`.

    SQLite hands them over as one document, moments as text: between any two rows its driver lets other threads go
    first, which takes longer than the row.
    """
    if not values:
        return []
    given = [listed(values), *others]
    if connections[DEFAULT_DB_ALIAS].vendor != "sqlite":
        return [*rows_of(f"SELECT {names} {source.format(these='= ANY(?::bigint[])')}", given)]
    rows = f"SELECT {names} {source.format(these='IN (SELECT value FROM json_each(?))')}"
    [[document]] = rows_of(f"SELECT json_group_array(json_array({names})) FROM ({rows})", given)
    found: list[Sequence[Any]] = json.loads(document)
    return found


def moment_of(told: str | datetime | None) -> datetime | None:
    """A moment that came by one of these ways; SQLite leaves out the zone, which is UTC."""
    moment = datetime.fromisoformat(told) if isinstance(told, str) else told
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def fetched(rows: QuerySet[Any, Any], names: Sequence[str] = (), *, index: str = "") -> list[tuple[Any, ...]]:
    """The columns `names` of these rows, converted column by column; without names of a query that is a values_list.

    `index` is the one SQLite has to find them by; it refuses the statement when it cannot.
    """
    statement = Statement.of(rows.values_list(*names) if names else rows, index=index)
    return statement.answer(statement.parameters) if statement else []


class Statement(NamedTuple):
    """A query as the database is told it, and what makes Django's values of its answers, by column."""

    text: str
    parameters: tuple[Any, ...]
    converters: Mapping[int, Callable[[Column], Column]]
    columns: int

    @classmethod
    def of(cls, rows: QuerySet[Any, Any], *, index: str = "") -> Statement | None:
        """None where no row can be meant, whatever the tables hold."""
        compiler = rows.query.get_compiler(rows.db)
        try:
            text, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        if index and connection.vendor == "sqlite":
            table = f"FROM {connection.ops.quote_name(rows.model._meta.db_table)}"
            text = text.replace(table, f"{table} INDEXED BY {connection.ops.quote_name(index)}", 1)
        found = compiler.get_converters([each[0] for each in compiler.select])
        converters = {place: _converter(*each) for place, each in found.items()}
        return cls(text, tuple(parameters), converters, compiler.col_count)

    def answer(self, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        mine = connections[DEFAULT_DB_ALIAS]
        if _is_bare(mine) and "%%" not in self.text:
            found = _driven(mine, self.text.replace("%s", "?"), parameters)
        else:
            found = _asked(mine, self.text, parameters)
        if not found or (not self.converters and len(found[0]) == self.columns):
            return found
        columns: list[Column] = list(zip(*found, strict=True))
        for place, convert in self.converters.items():
            columns[place] = convert(columns[place])
        return list(zip(*columns[: self.columns], strict=True))


def _converter(converters: Sequence[Callable[..., Any]], expression: Any) -> Callable[[Column], Column]:
    if quick := _QUICK.get(connection.vendor, {}).get(expression.output_field.get_internal_type()):
        return quick

    def convert(column: Column) -> Column:
        for converter in converters:
            column = [converter(value, expression, connection) for value in column]
        return column

    return convert


@cache
def _loader_of_moments() -> type[Any]:
    """Python reads what PostgreSQL writes ten times as fast as the driver does for Django."""
    from psycopg.adapt import Loader

    class Moment(Loader):
        def load(self, data: Any) -> datetime:
            return datetime.fromisoformat(str(data, "ascii"))

    return Moment


def _moments(column: Column) -> Column:
    """The driver makes them moments without a zone already; many rows hold the same."""
    moments = {value: value and value.replace(tzinfo=UTC) for value in set(column)}
    return [moments[value] for value in column]


def _documents(column: Column) -> Column:
    """A new object for each row, since whoever reads it may change it."""
    return [None if text is None else EMPTY[text]() if text in EMPTY else json.loads(text) for text in column]


EMPTY: dict[str, Callable[[], Any]] = {"{}": dict, "[]": list}
# Of the conversions that many columns need the quicker form.
_QUICK: dict[str, dict[str, Callable[[Column], Column]]] = {
    "sqlite": {"DateTimeField": _moments, "JSONField": _documents},
    "postgresql": {"JSONField": _documents},
}
