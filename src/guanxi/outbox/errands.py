"""What the companion of a turn does in its own process: it writes letters, keeps their bytes until they may leave, and
speaks to the mail server.

It reads the database and writes nothing into it. A letter leaves when the process that keeps the books has committed
its hand-over and said so (RD-03), and when nothing speaks against it at the last moment (RD-04). When that process is
gone nothing more leaves, since nobody would write down what became of it.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple

from guanxi.kernel.cycles import rare_looks
from guanxi.outbox import facts
from guanxi.outbox.last_look import Question, Watchman
from guanxi.outbox.letterbook import LetterBook
from guanxi.outbox.letters import CannotWrite, OnRecord, Prepared, Writer
from guanxi.outbox.loading import claimed
from guanxi.transports.base import Envelope, Receipt
from guanxi.transports.smtp import Job, Smtp

logger = logging.getLogger(__name__)

# So many answers are worth a word; fewer are told after a while.
WORTH_TELLING, TELLING_SECONDS = 32, 0.05


class ToWrite(NamedTuple):
    """Letters to be written for the messages of one claim."""

    token: str
    numbers: list[int]
    now: datetime


class ToCarry(NamedTuple):
    """Written letters whose hand-over is committed, and the numbers of those that will not be carried."""

    questions: list[Question]
    dropped: list[int]


class Letter(NamedTuple):
    """All of a written letter but its bytes; `values` are those of the message where they are new."""

    number: int
    record: OnRecord
    values: dict[str, Any] | None


class Written(NamedTuple):
    """What became of one ToWrite: letters, and by number why there is none."""

    token: str
    letters: list[Letter]
    refused: list[tuple[int, str]]


class Answered(NamedTuple):
    """Receipts by number, each with its moment by the clock that all processes share."""

    receipts: list[tuple[int, Receipt, float]]


def run(pipe: Connection, others_end: Connection, transport: Smtp) -> None:
    """The whole life of the process, until it is told None or nobody is left at the other end."""
    # Only while no other process holds it open does the pipe tell that the master is gone.
    others_end.close()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Whoever ends all processes of the worker means the master, who parts from this one in good order.
        signal.signal(number, signal.SIG_IGN)
    with rare_looks():
        Errands(pipe, transport).run()


class Errands:
    """One thread reads what the master says, this one writes, and the transport has its own."""

    def __init__(self, pipe: Connection, transport: Smtp) -> None:
        self._pipe, self._transport, self._watchman = pipe, transport, Watchman()
        transport.at_start, transport.at_end = self._watchman.open, self._watchman.close
        self._master = os.getppid()
        self._book = LetterBook()
        self._kept: dict[int, Envelope] = {}
        self._to_write: SimpleQueue[ToWrite | None] = SimpleQueue()
        self._receipts: list[tuple[int, Receipt, float]] = []
        self._under_way = 0
        self._speaking = Lock()

    def run(self) -> None:
        Thread(target=self._listen, name="errands", daemon=True).start()
        try:
            while (task := self._to_write.get()) is not None:
                self._tell(self._write(task))
        finally:
            # Whatever is on its way is brought to its end.
            self._transport.close()
            self._tell_receipts()

    def _listen(self) -> None:
        try:
            while True:
                if not self._pipe.poll(TELLING_SECONDS):
                    self._tell_receipts()
                    continue
                task = self._pipe.recv()
                if isinstance(task, ToCarry):
                    self._carry(task)
                else:
                    self._to_write.put(task)
        except (EOFError, ConnectionResetError):
            pass
        except Exception:
            logger.exception("the companion of a worker met a fault")
        finally:
            # At once, whatever the other threads are doing.
            os._exit(1)

    def _write(self, task: ToWrite) -> Written:
        messages = claimed(task.numbers, task.token)
        desk = facts.desk(messages, now=task.now, book=self._book)
        writer, letters, refused = Writer(desk), list[Letter](), list[tuple[int, str]]()
        for message in messages if not desk.policy.is_stopped else ():
            try:
                prepared = writer.prepare(message)
            except CannotWrite as error:
                refused.append((message.pk, str(error)))
            else:
                letters.append(self._keep(prepared))
        return Written(task.token, letters, refused)

    def _keep(self, written: Prepared) -> Letter:
        message = written.message
        if written.envelope is not None:
            self._kept[message.pk] = written.envelope
        return Letter(message.pk, written.record, message.values if written.has_new_values else None)

    def _carry(self, task: ToCarry) -> None:
        for number in task.dropped:
            self._kept.pop(number, None)
        if task.questions:
            self._under_way += len(task.questions)
            self._transport.post_all([self._job(each) for each in task.questions])

    def _job(self, question: Question) -> Job:
        done: Callable[[Receipt], None] = partial(self._hear, question.message_id)
        return Job(self._kept.pop(question.message_id), done, partial(self._is_wanted, question))

    async def _is_wanted(self, question: Question) -> bool:
        return os.getppid() == self._master and await self._watchman.is_wanted(question)

    def _hear(self, number: int, receipt: Receipt) -> None:
        self._receipts.append((number, receipt, time.monotonic()))
        self._under_way -= 1
        if len(self._receipts) >= WORTH_TELLING or not self._under_way:
            self._tell_receipts()

    def _tell_receipts(self) -> None:
        with self._speaking:
            receipts, self._receipts = self._receipts, []
            if receipts:
                self._pipe.send(Answered(receipts))

    def _tell(self, written: Written) -> None:
        with self._speaking:
            self._pipe.send(written)
