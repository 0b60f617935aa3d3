"""The two queues: messages to be asked about, and messages that may leave; the head of each is read by its own index.

SQLite expects next to nothing of a state it has no statistics of, and would sort all that wait, a million perhaps, for
every few that are taken; so it is told which index to read, and knows it by its condition, word for word.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Q

from guanxi.kernel.fetching import unheld
from guanxi.kernel.literals import literally
from guanxi.kernel.questions import Question, Rows
from guanxi.outbox.models import READY, UNJUDGED, Message

ANY = Q()


class Queue(NamedTuple):
    condition: Q
    read_by: str


TO_BE_JUDGED = Queue(literally(UNJUDGED), "message_unjudged")
TO_BE_SENT = Queue(literally(READY), "message_ready")


def head(queue: Queue, *, now: datetime, limit: int, among: Q = ANY, is_held: bool = False) -> list[int]:
    """The numbers of the first `limit` that are due, without those another worker holds; held themselves on demand,
    until the transaction ends.
    """
    return [number for (number,) in _question(queue, among, is_held)(now, limit=limit)]


@lru_cache(maxsize=64)
def _question(queue: Queue, among: Q, is_held: bool) -> Question:
    def due(now: Any) -> Rows:
        rows = Message.objects.filter(queue.condition, among, due_at__lte=now).order_by("due_at", "id")
        return (unheld(rows) if is_held else rows).values_list("id")

    return Question(due, index=queue.read_by)
