"""A way out by HTTP that takes the same key once, and its fake on the other side (RT-03)."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from guanxi.transports.base import Envelope, Promise, Receipt


class Keyed:
    """One request a message; the key is its Message-ID, and another body under the same key is refused."""

    lanes = 5
    promise = Promise(idempotent=True, window=timedelta(hours=20))

    def __init__(self, url: str) -> None:
        self.port = urlsplit(url).port

    def carry(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        return [self._post(each) for each in envelopes]

    def close(self) -> None:
        return None

    def _post(self, envelope: Envelope) -> Receipt:
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            wire.request("POST", "/", envelope.message, {"Idempotency-Key": envelope.message_id})
            status = wire.getresponse().status
        except OSError:
            return Receipt("uncertain", "dot", reason="lost")
        finally:
            wire.close()
        return Receipt("accepted" if status == 200 else "failed", "done", status)


class Books:
    """What was really sent, by key; `conflicts` counts other bodies under a known key."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.lock = dice, threading.Lock()
        self.sent: Counter[str] = Counter()
        self.bodies: dict[str, str] = {}
        self.requests = self.conflicts = 0

    def take(self, key: str, body: bytes) -> int:
        digest = sha256(body).hexdigest()
        with self.lock:
            self.requests += 1
            if self.bodies.setdefault(key, digest) != digest:
                self.conflicts += 1
                return 422
            if not self.sent[key]:
                self.sent[key] += 1
            return 200


@contextmanager
def provider(dice: random.Random) -> Iterator[tuple[Books, str]]:
    books = Books(dice)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(books.dice.uniform(0.005, 0.03))
            status = books.take(self.headers["Idempotency-Key"], body)
            time.sleep(books.dice.uniform(0.005, 0.03))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield books, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
