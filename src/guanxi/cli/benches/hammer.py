"""Asks a server on this machine for many paths over a few connections kept open, and times each answer.

It shares the machine's processors with the server, so it does as little as it can: an answer that came whole is looked
at once.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Timed:
    """How long the whole took, how long each answer, and how many were not as expected."""

    seconds: float
    waits: list[float] = field(default_factory=list)
    refused: int = 0
    # Of the processor, spent here.
    cpu_seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """The wait that so large a share of the answers did not exceed, in milliseconds."""
        ordered = sorted(self.waits)
        return round(1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2) if ordered else 0.0


class _Line:
    """One connection: at most one request under way."""

    def __init__(self, port: int) -> None:
        self.link = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since = 0.0
        self.seen = b""

    def ask(self, request: bytes) -> None:
        self.since = time.perf_counter()
        self.seen = b""
        self.link.sendall(request)

    def is_answered(self) -> bool:
        """Reads what is there; whether the answer is whole."""
        part = self.link.recv(65536)
        if not part:
            raise ConnectionError("the server hung up")
        self.seen = self.seen + part if self.seen else part
        end = self.seen.find(b"\r\n\r\n")
        if end < 0:
            return False
        place = self.seen.find(b"content-length:", 0, end)
        if place < 0:
            return True
        return len(self.seen) - end - 4 >= int(self.seen[place + 15 : self.seen.index(b"\r\n", place)])


def hammer(*, port: int, paths: Sequence[str], lines: int, expected: tuple[bytes, ...], agent: str) -> Timed:
    """Ask for every path once over so many connections; bounded by the number of paths."""
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: {agent}\r\n\r\n".encode() for path in paths
    ]
    waiting = iter(requests)
    selector = selectors.DefaultSelector()
    timed = Timed(0.0)
    began, cpu_began = time.perf_counter(), time.process_time()
    for _ in range(min(lines, len(requests))):
        line = _Line(port)
        selector.register(line.link, selectors.EVENT_READ, line)
        line.ask(next(waiting))
    while selector.get_map():
        for key, _ in selector.select(timeout=30):
            line = key.data
            if not line.is_answered():
                continue
            timed.waits.append(time.perf_counter() - line.since)
            timed.refused += not line.seen.startswith(expected)
            following = next(waiting, None)
            if following is None:
                selector.unregister(line.link)
                line.link.close()
            else:
                line.ask(following)
    timed.seconds, timed.cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    return timed
