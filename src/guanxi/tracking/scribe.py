"""Work that is done for many at once: whoever comes while it is under way goes with the next turn. Pure.

For answers that must wait for a disk: sixty readers wait for one commit as long as one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from threading import Lock
from typing import Generic, TypeVar

AT_ONCE = 500
# Where many come, those of two milliseconds go together: one write for sixty costs a third of eight for eight.
FEW, GATHERING = 4, 0.002

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Scribe(Generic[Asked, Answer]):
    """Does `work` in `thread` for all who wait; those who wait at the same time belong to one event loop."""

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answer]], *, thread: Executor) -> None:
        self._work = work
        self._thread = thread
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._is_at_work = False
        self._lock = Lock()

    def ask(self, asked: Asked) -> asyncio.Future[Answer]:
        """Done when the work is. Raises what the work raised."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting.append((asked, future))
            is_at_work, self._is_at_work = self._is_at_work, True
        if not is_at_work:
            self._thread.submit(self._work_off)
        return future

    def _work_off(self) -> None:
        """In the thread, turn after turn while somebody waits."""
        while batch := self._next():
            done = self._done([asked for asked, _ in batch])
            with suppress(RuntimeError):  # the server has ended meanwhile
                batch[0][1].get_loop().call_soon_threadsafe(_tell, batch, done)
            if len(batch) > FEW:
                time.sleep(GATHERING)

    def _next(self) -> list[tuple[Asked, asyncio.Future[Answer]]]:
        with self._lock:
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            self._is_at_work = bool(batch)
        return batch

    def _done(self, asked: Sequence[Asked]) -> Sequence[Answer] | Exception:
        try:
            return self._work(asked)
        except Exception as error:
            return error


def _tell(batch: Sequence[tuple[Asked, asyncio.Future[Answer]]], done: Sequence[Answer] | Exception) -> None:
    """An error reaches all it concerns; whoever hung up meanwhile is passed over."""
    for number, (_, future) in enumerate(batch):
        if future.done():
            continue
        if isinstance(done, Exception):
            future.set_exception(done)
        else:
            future.set_result(done[number])
