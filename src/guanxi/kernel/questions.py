"""Questions to the database that are put together once and asked often.

Django makes each query anew, which takes about a millisecond: several times as long as the answer for a few hundred
mails. A question is a function whose arguments stand for what it will be told:

    @Question
    def lately(readers: Any, since: Any) -> Rows:
        return Message.objects.filter(among("contact_id", readers), handed_at__gt=since).values_list("contact_id")

    lately(contact_ids, now - WEEK)

The function is run at the first call only. What is told goes to the database as it is (numbers, texts, moments, and
lists for `fetching.among`); a question in which one of its arguments does not arrive is refused. A Search is answered
with instances, and a Change changes rows in the same way.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Expression, Model, QuerySet
from django.db.models.sql import UpdateQuery
from django.db.transaction import TransactionManagementError

from guanxi.kernel.fetching import Statement, listed
from guanxi.kernel.instances import made

Rows = QuerySet[Any, Any]
M = TypeVar("M", bound=Model)


class Told(Expression):
    """Stands in a query for what the question will be told under this name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Asked:
    """What questions and changes have in common: the function, and its statement in the words of each database."""

    def __init__(self, ask: Callable[..., Any], *, index: str = "") -> None:
        self._ask, self._index = ask, index
        self._names = tuple(inspect.signature(ask).parameters)
        self._statements: dict[str, Statement | None] = {}

    def _statement(self) -> Statement | None:
        if connection.vendor not in self._statements:
            self._statements[connection.vendor] = self._put_together()
        statement = self._statements[connection.vendor]
        if statement and " FOR UPDATE" in statement.text and not connection.in_atomic_block:
            raise TransactionManagementError(f"{self._ask.__qualname__} holds rows, which only a transaction can.")
        return statement

    def _put_together(self) -> Statement | None:
        statement = self._told_to_the_database(self._ask(*map(Told, self._names)))
        heard = {each.name for each in statement.parameters if isinstance(each, Told)} if statement else self._names
        if lost := set(self._names).difference(heard):
            raise TypeError(f"{self._ask.__qualname__} never tells the database {', '.join(sorted(lost))}.")
        return statement

    def _told_to_the_database(self, asked: Any) -> Statement | None:
        return Statement.of(asked, index=self._index)

    def _parameters(self, statement: Statement, told: Sequence[Any]) -> list[Any]:
        known = {name: self._parameter(name, value) for name, value in zip(self._names, told, strict=True)}
        return [known[each.name] if isinstance(each, Told) else each for each in statement.parameters]

    def _parameter(self, name: str, value: Any) -> Any:
        if value is None:
            raise TypeError(f"{self._ask.__qualname__} is told nothing for {name}, and nothing equals nothing.")
        if isinstance(value, datetime):
            return connection.ops.adapt_datetimefield_value(value)
        return listed(value) if isinstance(value, Collection) and not isinstance(value, str | bytes) else value


class Question(Asked):
    """`ask` answers with a values_list. `index` is the one SQLite has to find the rows by (see fetching.fetched)."""

    def __call__(self, *told: Any, limit: int | None = None) -> list[tuple[Any, ...]]:
        """The rows, at most `limit`."""
        statement = self._statement()
        if statement is None:
            return []
        parameters = self._parameters(statement, told)
        if limit is not None:
            statement, parameters = statement._replace(text=f"{statement.text} LIMIT %s"), [*parameters, limit]
        return statement.answer(parameters)


class Change(Asked):
    """`ask` answers with rows and with what they get, by column."""

    def __call__(self, *told: Any) -> int:
        """How many rows were changed."""
        statement = self._statement()
        if statement is None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(statement.text, self._parameters(statement, told))
            return int(cursor.rowcount)

    def _told_to_the_database(self, asked: tuple[QuerySet[Any], Mapping[str, Any]]) -> Statement | None:
        rows, values = asked
        query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
        query.add_update_values(dict(values))
        try:
            text, parameters = query.get_compiler(rows.db).as_sql()
        except EmptyResultSet:
            return None
        return Statement(text, tuple(parameters), {}, 0)


class Search(Generic[M]):
    """A question about whole rows of one table."""

    def __init__(self, ask: Callable[..., QuerySet[M]]) -> None:
        self._model: type[M] | None = None
        self._columns: list[str] = []

        @functools.wraps(ask)
        def columns(*told: Told) -> Rows:
            rows = ask(*told)
            self._model = rows.model
            self._columns = [field.attname for field in rows.model._meta.concrete_fields]
            return rows.values_list(*self._columns)

        self._question = Question(columns)

    def __call__(self, *told: Any, limit: int | None = None) -> list[M]:
        rows = self._question(*told, limit=limit)
        return [made(self._model, self._columns, row) for row in rows] if self._model else []
