"""A small IMAP server on a socket: one folder, mails by UID, and ways to misbehave."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator


class ImapServer:
    """Speaks as much of RFC 3501 as a reader of a mailbox needs; `trouble` is no_login, hang, slow, cut or garbage.

    `refused` are mails it does not hand out, with what it says; `old` are those that came before any SINCE.
    """

    def __init__(self, trouble: str = "") -> None:
        self.trouble = trouble
        self.validity = 7
        self.mails: dict[int, bytes] = {}
        self.refused: dict[int, str] = {}
        self.old: set[int] = set()
        self.cut_at = 0
        self.commands: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def deliver(self, text: str) -> int:
        number = max(self.mails, default=0) + 1
        self.mails[number] = text.replace("\n", "\r\n").encode()
        return number

    def close(self) -> None:
        """Wake whoever waits in `accept`: until then the system may lend the port to another server as well."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)

    def _listen(self) -> None:
        while not self.stopping.is_set():
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with link, contextlib.suppress(OSError, ValueError):
            if self.trouble == "hang":
                self.stopping.wait(30)
                return
            link.sendall(b"* OK ready\r\n" if self.trouble != "garbage" else b"\xff\xfe nonsense\r\n")
            for line in self._lines(link):
                tag, _, rest = line.partition(" ")
                self.commands.append(rest)
                if not self._answer(link, tag, rest):
                    return

    def _lines(self, link: socket.socket) -> Iterator[str]:
        with link.makefile("rb") as file:
            for line in file:
                yield line.decode("utf-8").strip()

    def _answer(self, link: socket.socket, tag: str, command: str) -> bool:
        verb = command.split(" ")[0].upper()
        if verb == "CAPABILITY":
            link.sendall(b"* CAPABILITY IMAP4rev1\r\n")
        elif verb == "LOGIN" and self.trouble == "no_login":
            link.sendall(f"{tag} NO [AUTHENTICATIONFAILED] wrong password\r\n".encode())
            return True
        elif verb in ("EXAMINE", "SELECT"):
            if "INBOX" not in command:
                link.sendall(f"{tag} NO no such folder\r\n".encode())
                return True
            link.sendall(f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] ok\r\n".encode())
        elif "SEARCH" in command.upper():
            first = int(re.search(r"(\d+):\*", command)[1])  # type: ignore[index]
            found = [number for number in self.mails if number >= first] or list(self.mails)[-1:]
            found = [number for number in found if "SINCE" not in command or number not in self.old]
            link.sendall(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
        elif "FETCH" in command.upper():
            return self._hand_out(link, tag, int(re.search(r"FETCH (\d+)", command)[1]))  # type: ignore[index]
        link.sendall(f"{tag} OK done\r\n".encode())
        return True

    def _hand_out(self, link: socket.socket, tag: str, number: int) -> bool:
        if number in self.refused:
            link.sendall(f"{tag} {self.refused[number]}\r\n".encode())
            return True
        raw = self.mails[number]
        if self.trouble == "cut" or number == self.cut_at:
            link.sendall(f"* 1 FETCH (UID {number} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw[:20])
            return False
        head = f"* 1 FETCH (UID {number} BODY[]<0> {{{len(raw)}}}\r\n".encode()
        if self.trouble == "slow":
            link.sendall(head)
            for byte in raw:
                if self.stopping.is_set():
                    return False
                link.sendall(bytes([byte]))
                time.sleep(0.05)
            return True
        link.sendall(head + raw + f")\r\n{tag} OK done\r\n".encode())
        return True
