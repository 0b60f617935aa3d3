"""Requests of the server's asynchronous interface, and what is answered to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.db import connections


class Headers:
    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def items(self) -> list[tuple[str, str]]:
        return list(self._pairs)

    def get(self, name: str, default: str | None = None) -> str | None:
        return next((value for key, value in self._pairs if key == name), default)


@dataclass
class Scope:
    path: str
    method: str = "GET"
    query_string: str = ""
    headers: Headers = field(default_factory=lambda: Headers(()))
    client: str = "203.0.113.9:5044"
    server: str = "127.0.0.1:8000"
    scheme: str = "http"
    http_version: str = "1.1"
    authority: str | None = None
    proto: str = "http"


@dataclass
class Protocol:
    """Takes down the answer; `body` are the pieces that the visitor sends."""

    body: Sequence[bytes] = ()
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)

    async def __call__(self) -> bytes:
        return b"".join(self.body)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.body:
            yield piece

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.response_bytes(status, headers, b"")

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.pieces = status, headers, [body]

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Protocol:
        self.status, self.headers = status, headers
        return self

    async def send_bytes(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def said(self) -> tuple[int, dict[str, str], bytes]:
        return self.status, dict(self.headers), b"".join(self.pieces)


@contextmanager
def thread_of_the_test() -> Iterator[Executor]:
    """A thread with the connection of the test, and hence in its transaction."""
    mine = connections["default"]
    mine.inc_thread_sharing()
    try:
        with ThreadPoolExecutor(1, initializer=connections.__setitem__, initargs=("default", mine)) as thread:
            yield thread
    finally:
        mine.dec_thread_sharing()


def ask(
    application: Any, address: str, *, method: str = "GET", headers: Sequence[tuple[str, str]] = (),
    body: Sequence[bytes] = (), client: str = "203.0.113.9:5044",
) -> Protocol:  # fmt: skip
    """What `application` answers to one request."""
    parts = urlsplit(address)
    protocol = Protocol(body)
    scope = Scope(parts.path, method, parts.query, Headers(headers), client)
    asyncio.run(application.__rsgi__(scope, protocol))
    return protocol
