"""A mail server that misbehaves on purpose, at a step of one's choice."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

DROP, DRIP, SILENT = "drop", "drip", "silent"
USUAL = {
    "greeting": b"220 faults.example ESMTP\r\n",
    "ehlo": b"250-faults.example\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10000000\r\n",
    "mail": b"250 2.1.0 Ok\r\n",
    "rcpt": b"250 2.1.5 Ok\r\n",
    "data": b"354 Go ahead\r\n",
    "dot": b"250 2.0.0 Queued\r\n",
    "rset": b"250 2.0.0 Ok\r\n",
    "quit": b"221 2.0.0 Bye\r\n",
    "auth": b"235 2.7.0 Welcome\r\n",
}


@dataclass
class FaultServer:
    """`faults` replaces the reply at a step (greeting, ehlo, mail, rcpt, data, body, dot, rset, quit, auth) by other
    bytes, or by DROP (close), DRIP (one byte every 50 ms, without end) or SILENT. `accepted` holds what got a 250.
    """

    faults: Mapping[str, bytes | str] = field(default_factory=dict)
    accepted: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> FaultServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        # So that a client notices in the middle of a long message when nobody reads it.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._open: list[socket.socket] = []
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._listener.getsockname()[1]}?connections=1"

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as lines:
            if not self._answer(connection, "greeting"):
                return
            for line in lines:
                verb = line[:4].decode("ascii", "replace").lower()
                self.commands.append(line.decode("utf-8", "replace").strip())
                if not self._answer(connection, verb):
                    return
                waits_for_message = verb == "data" and self.faults.get("data", USUAL["data"]) == USUAL["data"]
                if waits_for_message and not self._take_message(connection, lines):
                    return

    def _take_message(self, connection: socket.socket, lines: object) -> bool:
        message = []
        for line in lines:  # type: ignore[attr-defined]
            if self.faults.get("body") == DROP:
                return False
            if line == b".\r\n":
                if self.faults.get("dot", b"2")[:1] == b"2":
                    self.accepted.append(b"".join(message))
                return self._answer(connection, "dot")
            message.append(line[1:] if line.startswith(b".") else line)
        return False

    def _answer(self, connection: socket.socket, step: str) -> bool:
        reply = self.faults.get(step, USUAL.get(step, b"500 5.5.2 Unknown\r\n"))
        if reply == DROP:
            return False
        if reply in (DRIP, SILENT):
            while True:
                time.sleep(0.05)
                connection.sendall(b"2" if reply == DRIP else b"")
        connection.sendall(reply)  # type: ignore[arg-type]
        return True
