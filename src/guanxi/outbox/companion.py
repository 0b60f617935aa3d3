"""A second process for a turn with much to send: it writes letters and speaks to the mail server (outbox.errands),
while this one claims, asks the gates, commits and records.

One interpreter uses one processor, however many threads it has. SQLite has one writer, so that a second worker would
wait for this one; a companion that only reads does not. Where the database takes many writers, start more workers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from multiprocessing import Pipe, get_context
from typing import Any

from django.db import connection, connections

from guanxi.outbox import errands
from guanxi.outbox.delivery import Handed
from guanxi.outbox.letters import Prepared
from guanxi.outbox.models import Message
from guanxi.outbox.routes import Route
from guanxi.outbox.scribes import refuse
from guanxi.transports.base import UNCERTAIN, Receipt
from guanxi.transports.smtp import Smtp

# So many messages are worth a process.
WORTH_A_PROCESS = 500
# A companion that was told to end and has not done so by then is ended.
PARTING_SECONDS = 30.0
# Whatever ended one would end the next; without one it ends the worker, and is laid to the right message (RD-07).
_has_lost_one = threading.Event()
GONE = Receipt(UNCERTAIN, "dot", text="The process that spoke to the mail server died.", reason="local")


def transport_for_one(routes: Sequence[Route]) -> Smtp | None:
    """The transport that a companion may be given; None where no process may be forked.

    Not beside other threads, whose locks it would inherit; not where what was handed over is kept byte by byte; and
    not for a database that lives in this process alone.
    """
    if _has_lost_one.is_set() or threading.active_count() > 1:
        return None
    if connection.vendor != "sqlite" or connection.in_atomic_block or connection.is_in_memory_db():  # type: ignore[attr-defined]
        return None
    transport = routes[0].transport if len(routes) == 1 else None
    return transport if isinstance(transport, Smtp) and not transport.promise.idempotent else None


class Companion:
    """The near end: a scribe, and what a carrier hands its messages to; asked by one thread only."""

    sets = 2  # while one is committed the next is written: waiting for one another took a third of the time of both

    def __init__(self, transport: Smtp, *, news: threading.Event, clock: Callable[[], datetime]) -> None:
        self.tell: Callable[[list[tuple[Handed, Receipt, float]]], None] = _nobody
        self.is_gone = self._is_parting = False
        self._news, self._clock, self._losing = news, clock, threading.Lock()
        self._asked: dict[str, dict[int, Message]] = {}
        self._written: list[errands.Written] = []
        self._under_way: dict[int, Handed] = {}
        self._pipe, far = Pipe()
        # SQLite's bookkeeping of open files does not survive a fork.
        connections.close_all()
        self._process = get_context("fork").Process(
            target=errands.run, args=(far, self._pipe, transport), name="companion", daemon=True
        )
        self._process.start()
        far.close()
        self._thread = threading.Thread(target=self._listen, name="companion", daemon=True)
        self._thread.start()

    # As a scribe

    @property
    def under_pen(self) -> list[Message]:
        return [message for asked in self._asked.values() for message in asked.values()]

    def write(self, messages: Sequence[Message], *, token: str, now: datetime) -> None:
        self._asked[token] = {each.pk: each for each in messages}
        self._say(errands.ToWrite(token, list(self._asked[token]), now))

    def written(self) -> list[Prepared]:
        found: list[Prepared] = []
        while self._written:
            told = self._written.pop(0)
            asked = self._asked.pop(told.token, {})
            for number, reason in told.refused:
                if message := asked.get(number):
                    refuse(message, reason, now=self._clock())
            found += [_prepared(asked[each.number], each) for each in told.letters if each.number in asked]
        return found

    def forget(self) -> None:
        self._asked = {}

    @property
    def has_written(self) -> bool:
        return bool(self._written)

    # As a way out

    def post_all(self, batch: Sequence[Handed], dropped: Sequence[int] = ()) -> None:
        """Carry these, whose hand-over is committed, and forget those."""
        self._under_way.update((each.message.id, each) for each in batch)
        self._say(errands.ToCarry([each.question for each in batch], list(dropped)))

    def close(self) -> None:
        self._is_parting = True
        if not self.is_gone:
            self._say(None)
        self._process.join(PARTING_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._thread.join()
        self._pipe.close()

    def _say(self, what: Any) -> None:
        try:
            self._pipe.send(what)
        except OSError:
            self._lose()

    # In a thread that listens

    def _listen(self) -> None:
        try:
            while True:
                told = self._pipe.recv()
                if isinstance(told, errands.Written):
                    self._written.append(told)
                    self._news.set()
                else:
                    self.tell([(self._under_way.pop(number), *rest) for number, *rest in told.receipts])
        except (EOFError, OSError):
            self._lose()

    def _lose(self) -> None:
        """It is gone, and with it whatever it knew; what was under way may have left or not."""
        if not self._is_parting:
            _has_lost_one.set()
        with self._losing:
            self.is_gone = True
            self._asked = {}
            lost, self._under_way = self._under_way, {}
        self.tell([(handed, GONE, 0.0) for handed in lost.values()])
        self._news.set()


def _prepared(message: Message, letter: errands.Letter) -> Prepared:
    if letter.values is not None:
        message.values = letter.values
    return Prepared(message, None, letter.record, has_new_values=letter.values is not None)


def _nobody(answers: list[tuple[Handed, Receipt, float]]) -> None:
    return None
