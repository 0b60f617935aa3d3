"""Work that is done for many at once: whoever comes while it is under way goes with the next turn. Pure.

For answers that must wait for a disk: sixteen readers wait for one commit as long as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

AT_ONCE = 500

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Scribe(Generic[Asked, Answer]):
    """Does `work` in `thread` for all who wait; belongs to one event loop, which therefore needs no locks."""

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answer]], *, thread: Executor) -> None:
        self._work = work
        self._thread = thread
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._turns: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Answer:
        """Returns when the work is done. Raises what the work raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((asked, future))
        if self._turns is None:
            self._turns = loop.create_task(self._work_off())
        return await future

    async def _work_off(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                turn = loop.run_in_executor(self._thread, self._work, [asked for asked, _ in batch])
                _tell(batch, (await asyncio.gather(turn, return_exceptions=True))[0])
        finally:
            self._turns = None


def _tell(batch: Sequence[tuple[Asked, asyncio.Future[Answer]]], done: Sequence[Answer] | BaseException) -> None:
    """An error reaches all it concerns; whoever hung up meanwhile is passed over."""
    for number, (_, future) in enumerate(batch):
        if future.done():
            continue
        if isinstance(done, BaseException):
            future.set_exception(done)
        else:
            future.set_result(done[number])
