"""Django behind the server's asynchronous interface (RSGI): each page in a thread, body and answer in pieces.

The server's own threads would do for pages; but answers that wait for a disk must not each hold one (decision 19).
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

PIECE = 128 * 1024

Environment = dict[str, Any]
Pages = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]


class Bridge:
    """A WSGI application as an RSGI one."""

    def __init__(self, pages: Pages, *, threads: int) -> None:
        self._pages = pages
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            protocol.close(None)
            return
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._answer, scope, protocol, loop)

    def _answer(self, scope: Any, protocol: Any, loop: asyncio.AbstractEventLoop) -> None:
        head: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            # Django writes cookies with a space in front.
            head[:] = [int(status[:3]), [(name, value.strip()) for name, value in headers]]

        environ = environment(scope)
        body = Body(protocol, loop, expects=int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BufferedReader(body, PIECE)
        pieces = self._pages(environ, start)
        try:
            _send(pieces, head, protocol, loop)
        finally:
            if close := getattr(pieces, "close", None):
                close()


def _send(pieces: Iterable[bytes], head: list[Any], protocol: Any, loop: asyncio.AbstractEventLoop) -> None:
    """A short answer whole; a long one in pieces as large as the reader takes them."""
    waiting, stream = bytearray(), None
    for piece in pieces:
        waiting += piece
        if len(waiting) >= PIECE:
            stream = stream or protocol.response_stream(*head)
            _hand_over(stream, waiting, loop)
    if stream is None:
        protocol.response_bytes(*head, bytes(waiting))
    elif waiting:
        _hand_over(stream, waiting, loop)


def _hand_over(stream: Any, waiting: bytearray, loop: asyncio.AbstractEventLoop) -> None:
    async def send(piece: bytes) -> None:
        await stream.send_bytes(piece)

    asyncio.run_coroutine_threadsafe(send(bytes(waiting)), loop).result()
    waiting.clear()


class Body(io.RawIOBase):
    """What the visitor sends, fetched when it is asked for. Raises OSError when less comes than was announced."""

    def __init__(self, protocol: Any, loop: asyncio.AbstractEventLoop, *, expects: int) -> None:
        self._protocol = protocol
        self._loop = loop
        self._expects = expects
        self._pieces: AsyncIterator[bytes] | None = None
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        if not self._left and self._expects > 0:
            try:
                self._left = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
            except RuntimeError:  # how granian says that the connection is gone
                self._left = b""
            self._expects -= len(self._left)
            if not self._left:
                raise OSError("the visitor hung up before all was sent")
        part, self._left = self._left[: len(room)], self._left[len(room) :]
        room[: len(part)] = part
        return len(part)

    async def _next(self) -> bytes:
        # Not `async for`: it would ask the server for the body anew, which it gives once.
        if self._pieces is None:
            self._pieces = aiter(self._protocol)
        try:
            while not (piece := await anext(self._pieces)):
                pass
        except StopAsyncIteration:
            return b""
        return piece


def environment(scope: Any) -> Environment:
    """What PEP 3333 asks for. Headers with an underscore are left out: they would pass for those with a hyphen."""
    host, _, port = scope.server.rpartition(":")
    found: Environment = {"HTTP_HOST": scope.authority} if scope.authority else {}
    found |= {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"
        found[key] = f"{found[key]},{value}" if key in found and key != "HTTP_HOST" else value
    return found
