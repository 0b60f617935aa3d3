"""SMTP: a few connections, kept open between messages, each carrying one message at a time."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any

from guanxi.transports.base import NO_PROMISE, UNCERTAIN, Envelope, Promise, Receipt
from guanxi.transports.dialogue import Deadlines, Dialogue
from guanxi.transports.smtp_url import Server, parse

logger = logging.getLogger(__name__)

# A connection that carried this many is closed, as some servers count.
MESSAGES_PER_CONNECTION = 500
# A message under way for longer than this holds its lane up; another may be opened beside it (RD-08).
SLOW_SECONDS = 1.0


@dataclass(slots=True)
class Job:
    """One message on its way, and whom to tell."""

    envelope: Envelope
    done: Callable[[Receipt], None]
    is_wanted: Callable[[], Awaitable[bool]] | None = None


class Smtp:
    """A transport to one mail server (a relay or a provider), with a thread of its own for its dialogues."""

    def __init__(
        self,
        server: Server | str,
        deadlines: Deadlines | None = None,
        context: Callable[[], ssl.SSLContext] | None = None,
        promise: Promise = NO_PROMISE,
        extra_lanes: int = 0,
        provider_id: Callable[[str], str] = lambda reply: "",
    ) -> None:
        """`extra_lanes` may be open beside the usual ones, for when a few are held up."""
        self.server = parse(server) if isinstance(server, str) else server
        self.deadlines = deadlines or Deadlines()
        self.promise = promise
        self.extra_lanes = extra_lanes
        self._provider_id = provider_id
        self._context = context or tls_context
        # Run in the transport's own thread before the first message and after the last.
        self.at_start: Callable[[], None] = _nothing
        self.at_end: Callable[[], None] = _nothing
        self._idle: list[Dialogue] = []
        self._jobs: deque[Job] = deque()
        self._busy: dict[asyncio.Task[None], tuple[float, str]] = {}  # since when, and for which domain, a lane works
        self._tardy: set[str] = set()  # domains whose latest message took long
        self._opened = 0  # lanes that have not looked for a message yet
        self._thread: threading.Thread | None = None

    @property
    def lanes(self) -> int:
        return self.server.connections

    def carry(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        waiting: list[Future[Receipt]] = [Future() for _ in envelopes]
        self._start()
        jobs = [Job(envelope, future.set_result) for envelope, future in zip(envelopes, waiting, strict=True)]
        self._loop.call_soon_threadsafe(self._take, jobs)
        return [future.result() for future in waiting]

    def post(
        self, envelope: Envelope, done: Callable[[Receipt], None], is_wanted: Callable[[], Awaitable[bool]]
    ) -> None:
        self.post_all([Job(envelope, done, is_wanted)])

    def post_all(self, jobs: list[Job]) -> None:
        """Wakes the transport's thread once for all of them."""
        self._start()
        self._loop.call_soon_threadsafe(self._take, jobs)

    def close(self) -> None:
        if self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._part(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._thread = None

    # In the thread of the loop

    def _start(self) -> None:
        if self._thread is None:
            self._loop = new_loop()
            self._thread = threading.Thread(target=self._live, name="smtp", daemon=True)
            self._thread.start()

    def _live(self) -> None:
        self.at_start()
        try:
            self._loop.run_forever()
        finally:
            self.at_end()

    def _take(self, jobs: list[Job]) -> None:
        self._jobs.extend(jobs)
        self._open_lanes()

    def _open_lanes(self) -> None:
        now = self._loop.time()
        while self._jobs and self._may_open(now):
            task = self._loop.create_task(self._lane())
            self._busy[task] = now, ""
            task.add_done_callback(self._busy.pop)
            self._opened += 1
        if self._jobs and self.extra_lanes:
            self._loop.call_later(SLOW_SECONDS, self._open_lanes)

    def _may_open(self, now: float) -> bool:
        held_up = sum(since < now - SLOW_SECONDS or domain in self._tardy for since, domain in self._busy.values())
        is_needed = self._opened < len(self._jobs)
        return is_needed and len(self._busy) - min(held_up, self.extra_lanes) < self.lanes

    async def _lane(self) -> None:
        self._opened -= 1
        task = asyncio.current_task()
        dialogue = self._idle.pop() if self._idle else None
        while self._jobs:
            job = self._jobs.popleft()
            began, domain = self._loop.time(), job.envelope.rcpt_to.rpartition("@")[2]
            if task is not None:
                self._busy[task] = began, domain
            if self._jobs and domain in self._tardy:
                self._open_lanes()
            try:
                dialogue, receipt = await self._carry_one(dialogue, job)
            except Exception as error:
                logger.exception("message %s met a fault", job.envelope.message_id)
                dialogue, receipt = None, Receipt(UNCERTAIN, "dot", text=repr(error)[:200], reason="local")
            (self._tardy.add if self._loop.time() - began > SLOW_SECONDS else self._tardy.discard)(domain)
            job.done(receipt)
            if _ends_the_turn(receipt):
                while self._jobs:
                    self._jobs.popleft().done(receipt._replace(text=f"Not tried after: {receipt.reply}"[:400]))
        if dialogue is not None:
            self._idle.append(dialogue)

    async def _carry_one(self, dialogue: Dialogue | None, job: Job) -> tuple[Dialogue | None, Receipt]:
        if dialogue is not None and dialogue.carried >= MESSAGES_PER_CONNECTION:
            await dialogue.quit()
            dialogue = None
        if dialogue is not None:
            receipt = await dialogue.deliver(job.envelope, job.is_wanted)
            if not _was_asleep(receipt):
                return None if dialogue.is_broken else dialogue, receipt
        dialogue = Dialogue(self.server, self.deadlines, self._context, self._provider_id)
        obstacle = await dialogue.open()
        if obstacle is not None:
            return None, obstacle
        receipt = await dialogue.deliver(job.envelope, job.is_wanted)
        return None if dialogue.is_broken else dialogue, receipt

    async def _part(self) -> None:
        while self._busy:
            await asyncio.gather(*self._busy)
        await asyncio.gather(*(dialogue.quit() for dialogue in self._idle))
        self._idle.clear()
        # Transports that were dropped tell their protocols in the next turn of the loop.
        await asyncio.sleep(0)


def _nothing() -> None:
    return None


def new_loop() -> Any:
    """uvloop where it is installed: it takes about half the processor time per message."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


@cache
def tls_context() -> ssl.SSLContext:
    """Certificates and host names are checked; TLS 1.2 at least (RT-26)."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _was_asleep(receipt: Receipt) -> bool:
    """Whether a kept connection turned out to be closed before anything was said on it."""
    return receipt.phase == "mail" and (receipt.reason == "lost" or receipt.code == 421)


def _ends_the_turn(receipt: Receipt) -> bool:
    """Whether the server itself is the trouble, so that trying the other messages now makes it worse (RP-19)."""
    return receipt.code == 421 or receipt.phase in {"connect", "greeting", "ehlo", "tls", "auth"}
