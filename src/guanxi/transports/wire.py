"""The bytes of one SMTP connection: replies in, commands out, each within its time.

Replies are read as they come, so that several commands may be on their way at once (RFC 2920).
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

REPLY_LINE_LIMIT, REPLY_LINES = 4096, 100
REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])([^\r\n]*))?\r?")


class Reply(NamedTuple):
    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(line for line in self.lines if line)[:400]


class Broken(Exception):
    """The dialogue cannot go on: `reason` is lost, deadline, protocol, insecure, unavailable or unwanted."""

    def __init__(self, reason: str, text: str = "") -> None:
        self.reason = reason
        super().__init__(text)


class Wire(asyncio.Protocol):
    """Every wait has a deadline by the wall clock: a byte a second holds nobody longer than that (RP-15)."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.transport: Any = None
        self._buffer = b""
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._failure: Broken | None = None
        self._is_full = False
        self._is_cut = False  # the latest that was written was thrown away, or a part of it

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        # With next to no buffer of its own, `flush` returns when the system has taken every byte.
        self.transport.set_write_buffer_limits(high=1, low=0)

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._buffer) > REPLY_LINE_LIMIT:
            self._fail(Broken("protocol", "The server's answer is too long."))
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        if isinstance(error, ssl.SSLError):
            self._fail(Broken("insecure", str(error.reason or error)))
        else:
            self._fail(Broken("lost", str(getattr(error, "strerror", "") or "The connection was lost.")))

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._wake()

    # What the dialogue calls

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come that nobody asked for."""
        return not (self._buffer or self._lines or self._replies)

    @property
    def is_lost(self) -> bool:
        return self._failure is not None

    @property
    def has_taken_all(self) -> bool:
        """Whether the system may have taken every byte written so far."""
        return not (self._is_full or self._is_cut)

    def write(self, data: bytes) -> None:
        if self._failure is None:
            self.transport.write(data)
        self._is_cut = self._failure is not None or self.transport.is_closing()

    async def reply(self, within: float) -> Reply:
        """The next reply; raises Broken."""
        if not self._replies:
            await self._until(self._has_reply, within)
        return self._replies.popleft()

    async def flush(self, within: float) -> None:
        """Until the system has taken every byte; raises Broken.

        A transport that met a fault in `write` throws away what follows and tells of the loss only in the next turn of
        the loop, so that a closing one is waited for as well.
        """
        if self._is_full or self._failure or self.transport.is_closing():
            await self._until(self._has_sent, within)
        if self._failure:
            raise self._failure

    async def start_tls(self, context: ssl.SSLContext, host: str, within: float) -> None:
        try:
            async with asyncio.timeout(within):
                self.transport = await self._loop.start_tls(self.transport, self, context, server_hostname=host)
        except TimeoutError:
            raise Broken("deadline", f"No complete answer within {within:g} s.") from None
        except ssl.SSLError as error:
            raise Broken("insecure", str(error.reason or error)) from None
        except OSError as error:
            raise Broken("lost", str(error.strerror or "The connection was lost.")) from None
        self.transport.set_write_buffer_limits(high=1, low=0)

    def abort(self) -> None:
        self.transport.abort()

    async def _until(self, is_so: Callable[[], bool], within: float) -> None:
        timer = self._loop.call_later(within, self._give_up, within)
        try:
            while not is_so():
                if self._failure:
                    raise self._failure
                self._waiter = self._loop.create_future()
                await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _has_reply(self) -> bool:
        return bool(self._replies)

    def _has_sent(self) -> bool:
        return not (self._is_full or self.transport.is_closing())

    def _give_up(self, after: float) -> None:
        self._fail(Broken("deadline", f"No complete answer within {after:g} s."))

    def _take(self, line: bytes) -> None:
        match = REPLY_LINE.fullmatch(line) if len(line) <= REPLY_LINE_LIMIT else None
        if match is None:
            self._fail(Broken("protocol", "The server's answer is no SMTP reply."))
            return
        code, more, text = match.groups(b"")
        self._lines.append(text.decode("utf-8", "replace"))
        if more != b"-":
            self._replies.append(Reply(int(code), tuple(self._lines)))
            self._lines = []
        elif len(self._lines) >= REPLY_LINES:
            self._fail(Broken("protocol", "The server's answer does not end."))

    def _fail(self, failure: Broken) -> None:
        self._failure = self._failure or failure
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
