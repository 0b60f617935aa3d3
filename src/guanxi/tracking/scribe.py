"""Work that is done for many at once: whoever comes while it is under way goes with the next turn. Pure.

For answers that must wait for a disk: sixty readers wait for one commit as long as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from typing import Generic, TypeVar

AT_ONCE = 500
# Where many come they go together: one write for sixty costs a third of eight for eight, and while the thread works
# nobody else fights with it for the interpreter. So the next turn waits for as many as the last had, but not for long.
FEW, GATHERING = 4, 0.004

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Scribe(Generic[Asked, Answer]):
    """Does `work` in `thread` for all who wait. Asked in one event loop, to which everything else here belongs."""

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answer]], *, thread: Executor) -> None:
        self._work = work
        self._thread = thread
        self._asked: list[Asked] = []
        self._futures: list[asyncio.Future[Answer]] = []
        self._is_at_work = False
        self._expected = 0
        self._patience: asyncio.Handle | None = None

    def ask(self, asked: Asked) -> asyncio.Future[Answer]:
        """Done when the work is. Raises what the work raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._asked.append(asked)
        self._futures.append(future)
        if not self._is_at_work:
            self._gather(loop)
        return future

    def _gather(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over now or soon."""
        if len(self._asked) >= self._expected or self._expected <= FEW:
            self._hand_over(loop)
        elif self._patience is None:
            self._patience = loop.call_later(GATHERING, self._hand_over, loop)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self._is_at_work = True
        asked, self._asked = self._asked[:AT_ONCE], self._asked[AT_ONCE:]
        futures, self._futures = self._futures[:AT_ONCE], self._futures[AT_ONCE:]
        self._thread.submit(self._work_off, loop, asked, futures)

    def _work_off(
        self, loop: asyncio.AbstractEventLoop, asked: Sequence[Asked], futures: Sequence[asyncio.Future[Answer]]
    ) -> None:
        """In the thread."""
        done = self._done(asked)
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(self._tell, loop, futures, done)

    def _done(self, asked: Sequence[Asked]) -> Sequence[Answer] | Exception:
        try:
            return self._work(asked)
        except Exception as error:
            return error

    def _tell(
        self, loop: asyncio.AbstractEventLoop, futures: Sequence[asyncio.Future[Answer]],
        done: Sequence[Answer] | Exception,
    ) -> None:  # fmt: skip
        """An error reaches all it concerns; whoever hung up meanwhile is passed over."""
        if isinstance(done, Exception):
            for future in futures:
                if not future.done():
                    future.set_exception(done)
        else:
            for future, answer in zip(futures, done, strict=True):
                if not future.done():
                    future.set_result(answer)
        self._is_at_work = False
        self._expected = min(len(futures) + len(self._asked), AT_ONCE)
        if self._asked:
            self._gather(loop)
