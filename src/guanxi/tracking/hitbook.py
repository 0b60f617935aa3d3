"""Where hits are written down: each stored before it is answered, many in one transaction.

A commit that is safe on disk takes as long as hundreds of inserts, and a question to the database as long as its
answer for dozens. So whoever comes while another one works lays his hit down, and the next one who finds the book
free does the work for all that lie there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import IntegrityError, connection, transaction

# How much is kept of one message and kind (RS-26).
KEPT_PER_KIND = 50
AT_ONCE = 500

# The bound is asked within the statement, so that hits of one commit count each other.
INSERT = (
    "INSERT INTO tracking_hit (message_id, kind, link_index, at, method, verdict, rule, rule_version, network,"
    " user_agent, settled_at) SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL"
    " WHERE (SELECT COUNT(*) FROM tracking_hit WHERE message_id = %s AND kind = %s) < %s"
)

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Draft:
    """A hit that is to be stored."""

    message_id: int
    kind: str
    link_index: int | None
    at: datetime
    method: str
    verdict: str
    rule: str
    rule_version: int
    network: str
    user_agent: str

    def row(self) -> list[Any]:
        return [
            self.message_id, self.kind, self.link_index, connection.ops.adapt_datetimefield_value(self.at),
            self.method, self.verdict, self.rule, self.rule_version, self.network, self.user_agent,
            self.message_id, self.kind, KEPT_PER_KIND,
        ]  # fmt: skip


class _Waiting(Generic[Asked, Answer]):
    """One who waits, and what came of it; `bell` is held until he is to go on."""

    __slots__ = ("answer", "asked", "bell", "done", "error")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: Answer | None = None
        self.done = False
        self.error: BaseException | None = None
        self.bell = threading.Lock()
        self.bell.acquire()


class Together(Generic[Asked, Answer]):
    """Does `work` for all who wait at one time; one per process, used by any number of threads.

    Whoever finds nobody at work begins; when he has done, he calls the first of those who came meanwhile.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answer]]) -> None:
        self._work = work
        self._lying: list[_Waiting[Asked, Answer]] = []
        self._is_at_work = False
        self._door = threading.Lock()

    def ask(self, asked: Asked) -> Answer:
        """Returns when the work is committed. Raises what the work raised."""
        waiting: _Waiting[Asked, Answer] = _Waiting(asked)
        with self._door:
            self._lying.append(waiting)
            begins, self._is_at_work = not self._is_at_work, True
        if not begins:
            waiting.bell.acquire()
        if not waiting.done:
            self._do_some()
        if waiting.error is not None:
            raise waiting.error
        return waiting.answer  # type: ignore[return-value]  # set unless there is an error

    def _do_some(self) -> None:
        with self._door:
            batch, self._lying = self._lying[:AT_ONCE], self._lying[AT_ONCE:]
        try:
            for each, answer in zip(batch, self._work([each.asked for each in batch]), strict=True):
                each.answer = answer
        except BaseException as error:
            for each in batch:
                each.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._hand_on(batch)

    def _hand_on(self, batch: Sequence[_Waiting[Asked, Answer]]) -> None:
        for each in batch:
            each.done = True
        with self._door:
            following = self._lying[0] if self._lying else None
            self._is_at_work = following is not None
        for each in batch[1:]:  # the first is who did the work
            each.bell.release()
        if following is not None:
            following.bell.release()


def write(drafts: Sequence[Draft]) -> None:
    """Insert these hits; those of messages that are gone meanwhile are left out."""
    try:
        _insert(drafts)
    except IntegrityError:
        for draft in drafts:
            try:
                _insert([draft])
            except IntegrityError:
                continue


def _insert(drafts: Sequence[Draft]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(INSERT, [draft.row() for draft in drafts])
