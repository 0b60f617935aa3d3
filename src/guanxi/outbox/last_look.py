"""The last question before a message leaves: has anything been withdrawn since it was handed over? (RD-04, RL-02)

Between the commit of `handing_off` and the first byte of the message lie a few milliseconds, or many seconds when the
mail server is slow. Whoever withdraws, is erased, or stops a campaign in that time is heard too. The thread that speaks
to the server asks, once for all messages that it is ready to take in the same moment: a question is a journey to the
database, and no answer is older than the readiness of the message it is about.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from django.db import connection

from guanxi.consent.models import Permission, Suppression
from guanxi.kernel import questions as asked
from guanxi.outbox.models import Message, PausedOrigin, SendingPolicy, Stream
from guanxi.outbox.states import HANDING_OFF

logger = logging.getLogger(__name__)


class Mark(NamedTuple):
    """The newest statement and suppression that the gates have seen; whatever comes later has a higher number."""

    permission_id: int
    suppression_id: int


def mark() -> Mark:
    """Taken in the transaction of the hand-over, under the locks of its contacts."""
    newest = [question(limit=1) for question in (_statements, _suppressions)]
    return Mark(*(rows[0][0] if rows else 0 for rows in newest))


@asked.Question
def _statements() -> asked.Rows:
    return Permission.objects.order_by("-id").values_list("id")


@asked.Question
def _suppressions() -> asked.Rows:
    return Suppression.objects.order_by("-id").values_list("id")


class Question(NamedTuple):
    """What is asked about one message that is handed over: under which epoch, for whom, and what its gates had seen."""

    message_id: int
    epoch: int
    sender_id: int
    address_key: str
    permission_id: int
    suppression_id: int


TABLES = (Message, PausedOrigin, SendingPolicy, Stream, Permission, Suppression)
PREPARE = "PREPARE last_look (bigint[], bigint[], bigint[], text[], bigint[], bigint[]) AS"
ARRAYS = "SELECT * FROM unnest($1, $2, $3, $4, $5, $6)"
EXECUTE = "EXECUTE last_look (%s, %s, %s, %s, %s, %s)"
ROW = "(?, ?, ?, ?, ?, ?)"
STATEMENT = """
WITH asked ({columns}) AS ({asked})
SELECT m.id, m.state FROM asked JOIN {message} m ON m.id = asked.message_id AND m.epoch = asked.epoch
WHERE NOT EXISTS (SELECT 1 FROM {sendingpolicy} WHERE is_stopped)
AND NOT EXISTS (SELECT 1 FROM {pausedorigin} o WHERE o.origin_kind = m.origin_kind AND o.origin_id = m.origin_id)
AND NOT EXISTS (
  SELECT 1 FROM {stream} s WHERE s.sender_id = asked.sender_id AND s.kind = m.kind AND s.paused_at IS NOT NULL
)
AND NOT EXISTS (SELECT 1 FROM {permission} p WHERE p.contact_id = m.contact_id AND p.id > asked.permission_id)
AND NOT EXISTS (
  SELECT 1 FROM {suppression} x WHERE x.address_key = asked.address_key AND x.id > asked.suppression_id
)
"""


class Watchman:
    """Asks, in the transport's own thread and by a connection of its own.

    `open` and `close` belong before and after the thread's event loop, in which Django refuses to speak to a database;
    the question itself goes to the driver.
    """

    def __init__(self) -> None:
        self._driver: Any = None
        self._asked: list[tuple[Question, asyncio.Future[bool]]] = []

    def open(self) -> None:
        """Never raises: without a connection every message is kept back, and the thread lives to say so."""
        try:
            connection.ensure_connection()
            self._driver = connection.connection
            if connection.vendor == "postgresql":
                self._driver.execute("DEALLOCATE ALL; SET plan_cache_mode = force_generic_plan")
                self._driver.execute(_statement(ARRAYS, PREPARE))
        except Exception:
            logger.exception("nobody can be asked whether messages may still go")

    def close(self) -> None:
        self._driver = None
        connection.close()

    async def is_wanted(self, question: Question) -> bool:
        """Whether nothing speaks against the message that its gates have not seen; not, when nobody can tell."""
        loop = asyncio.get_running_loop()
        if not self._asked:
            # After everybody else whose server has become ready in this turn of the loop.
            loop.call_soon(self._answer)
        answer: asyncio.Future[bool] = loop.create_future()
        self._asked.append((question, answer))
        return await answer

    def wanted(self, questions: Sequence[Question]) -> frozenset[int]:
        """The messages among these against which nothing speaks, by one statement."""
        try:
            # Were it part of the statement, the database might begin with all that are in this state.
            return frozenset(number for number, state in self._ask(questions) if state == HANDING_OFF)
        except Exception:
            numbers = ", ".join(str(each.message_id) for each in questions)
            logger.exception("messages %s are kept back, since nobody can tell whether they may go", numbers)
            return frozenset()

    def _answer(self) -> None:
        asked, self._asked = self._asked, []
        wanted = self.wanted([question for question, _ in asked])
        for question, answer in asked:
            if not answer.done():
                answer.set_result(question.message_id in wanted)

    def _ask(self, questions: Sequence[Question]) -> list[tuple[int, str]]:
        if connection.vendor == "postgresql":
            said = self._driver.execute(EXECUTE, [list(column) for column in zip(*questions, strict=True)])
        else:
            rows = ", ".join([ROW] * len(questions))
            said = self._driver.execute(_statement(f"VALUES {rows}"), tuple(chain.from_iterable(questions)))
        answers: list[tuple[int, str]] = said.fetchall()
        return answers


@lru_cache(maxsize=64)
def _statement(asked: str, before: str = "") -> str:
    tables = {model.__name__.lower(): connection.ops.quote_name(model._meta.db_table) for model in TABLES}
    return before + STATEMENT.format(columns=", ".join(Question._fields), asked=asked, **tables)
