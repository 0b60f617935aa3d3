"""Where hits are written down: each stored before it is answered, many in one commit.

A commit that is safe on disk takes as long as hundreds of inserts. So whoever comes while another one commits lays his
hit down, and the next one who finds the book free writes all that lie there, in one transaction, for everybody.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


class _Waiting:
    """One hit that lies there, and what became of it."""

    __slots__ = ("done", "draft", "error")

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.done = False
        self.error: BaseException | None = None


class HitBook:
    """One per process; any number of threads may write into it."""

    def __init__(self) -> None:
        self._lying: list[_Waiting] = []
        self._turn = threading.Lock()

    def store(self, draft: Draft) -> None:
        """Returns when the hit is committed. Raises what the database raised."""
        waiting = _Waiting(draft)
        self._lying.append(waiting)
        with self._turn:
            if not waiting.done:
                self._write_all(waiting)
        if waiting.error is not None:
            raise waiting.error

    def _write_all(self, mine: _Waiting) -> None:
        while not mine.done:
            batch = self._lying[:AT_ONCE]
            del self._lying[: len(batch)]
            try:
                write([each.draft for each in batch])
            except BaseException as error:
                for each in batch:
                    each.error = error
                    each.done = True
                if not isinstance(error, Exception):
                    raise
            for each in batch:
                each.done = True


def write(drafts: Sequence[Draft]) -> None:
    """Insert these hits in one transaction; those of messages that are gone meanwhile are left out."""
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


BOOK = HitBook()
