"""A mailbox read over IMAP, within deadlines and sizes; nothing on the server is changed.

imaplib's timeout counts each read anew, so that a server sending one byte a second would hold the worker without end:
a timer closes the connection when the time for the whole visit is over.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

CONNECT_SECONDS = 10.0
VISIT_SECONDS = 25.0
MAILS_AT_ONCE = 200
MOST_BYTES = 1_000_000
BYTES_AT_ONCE = 20 * MOST_BYTES
imaplib._MAXLINE = max(imaplib._MAXLINE, 1_000_000)  # type: ignore[attr-defined]


class CannotRead(Exception):
    """The mailbox could not be read; the sentence says where it failed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mailbox is and how one gets in."""

    host: str
    port: int
    security: str
    username: str
    password: str
    folder: str = "INBOX"


@dataclass(frozen=True, slots=True)
class Fetched:
    """Mails of one visit by their UID, oldest first; `validity` says within which numbering.

    An empty one is a mail that the server has and does not hand out.
    """

    validity: int
    mails: list[tuple[int, bytes]]
    waiting: int = 0


def fetch(place: Place, *, validity: int, after: int, since: datetime, limit: int = MAILS_AT_ONCE) -> Fetched:
    """The mails behind UID `after`; all that came `since` then when the folder's numbering is no longer `validity`.

    What came before the connection broke, or the time was over, is handed on. Raises CannotRead when that is nothing.
    """
    numbers: list[int] = []
    mails: list[tuple[int, bytes]] = []
    passed = now_valid = 0
    try:
        with _visit(place) as server:
            now_valid = _select(server, place.folder)
            numbers = _numbers_after(server, *((after,) if now_valid == validity else (0, since)))
            for number in numbers[:limit]:
                mail = _mail(server, number)
                passed += 1
                if mail is not None:
                    mails.append((number, mail))
                if sum(len(raw) for _, raw in mails) > BYTES_AT_ONCE:
                    break
    except CannotRead:
        if not mails:
            raise
    return Fetched(now_valid, mails, len(numbers) - passed)


def try_out(place: Place) -> int:
    """How many mails lie in the folder; for the test button. Raises CannotRead."""
    with _visit(place) as server:
        _select(server, place.folder)
        return len(_numbers_after(server, 0))


@contextmanager
def _visit(place: Place) -> Iterator[imaplib.IMAP4]:
    late = threading.Event()
    server: imaplib.IMAP4 | None = None
    timer = None
    try:
        server = _connect(place)
        timer = _deadline(server, late)
        try:
            server.login(place.username, place.password)
        except UnicodeEncodeError:
            server.authenticate("PLAIN", lambda _: f"\0{place.username}\0{place.password}".encode())
        yield server
    except CannotRead:
        raise
    except imaplib.IMAP4.error as error:
        said = _sentence(error)
        if late.is_set():
            raise CannotRead(f"{place.host} was too slow: the visit took more than {VISIT_SECONDS:.0f} s.") from None
        raise CannotRead(f"{place.host} refused: {said}") from None
    except (OSError, ssl.SSLError, EOFError, ValueError) as error:
        if late.is_set():
            raise CannotRead(f"{place.host} was too slow: the visit took more than {VISIT_SECONDS:.0f} s.") from None
        raise CannotRead(f"{place.host}:{place.port} cannot be reached: {_sentence(error)}") from None
    finally:
        if timer is not None:
            timer.cancel()
        if server is not None:
            _leave(server)


def _connect(place: Place) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if place.security == "tls":
        return imaplib.IMAP4_SSL(place.host, place.port, ssl_context=context, timeout=CONNECT_SECONDS)
    server = imaplib.IMAP4(place.host, place.port, timeout=CONNECT_SECONDS)
    if place.security == "starttls":
        try:
            server.starttls(ssl_context=context)
        except (imaplib.IMAP4.error, OSError) as error:
            _leave(server)
            raise CannotRead(f"{place.host} offers no STARTTLS that can be trusted: {_sentence(error)}") from None
    return server


def _deadline(server: imaplib.IMAP4, late: threading.Event) -> threading.Timer:
    def end() -> None:
        late.set()
        with suppress(OSError):
            server.socket().shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(VISIT_SECONDS, end)
    timer.daemon = True
    timer.start()
    return timer


def _leave(server: imaplib.IMAP4) -> None:
    with suppress(OSError, imaplib.IMAP4.error):
        server.shutdown()


def _select(server: imaplib.IMAP4, folder: str) -> int:
    answer, _ = server.select(_quoted(folder), readonly=True)
    if answer != "OK":
        raise CannotRead(f"There is no folder {folder!r} in this mailbox.")
    _, data = server.response("UIDVALIDITY")
    return int(data[0]) if data and data[0] and bytes(data[0]).isdigit() else 0


def _quoted(folder: str) -> str:
    escaped = _utf7(folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _utf7(folder: str) -> str:
    """A folder's name in IMAP's own form of UTF-7 (RFC 3501, 5.1.3)."""

    def shifted(match: re.Match[str]) -> str:
        return match.group().encode("utf-7").decode("ascii").replace("+", "&", 1).replace("/", ",").rstrip("-") + "-"

    return re.sub(r"[^\x20-\x7e]+", shifted, folder.replace("&", "&-"))


def _numbers_after(server: imaplib.IMAP4, after: int, since: datetime | None = None) -> list[int]:
    day = ("SINCE", imaplib.Time2Internaldate(since)[1:12]) if since else ()
    answer, data = server.uid("SEARCH", "UID", f"{after + 1}:*", *day)
    if answer != "OK":
        raise CannotRead("The server does not answer a search.")
    words = b" ".join(part for part in data if isinstance(part, bytes)).split()
    # "n:*" also finds the last mail when it lies before n.
    return sorted({int(word) for word in words if word.isdigit() and int(word) > after})


def _mail(server: imaplib.IMAP4, number: int) -> bytes | None:
    """None when it is gone. A refusal with a code such as [UNAVAILABLE] passes (RFC 5530), one without is for good."""
    answer, data = server.uid("FETCH", str(number), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    if answer != "OK":
        if data and isinstance(data[0], bytes) and data[0].startswith(b"["):
            raise CannotRead(f"The server does not hand out mail {number} now.")
        return b""
    for part in data:
        if isinstance(part, tuple) and len(part) == 2:
            return bytes(part[1])[:MOST_BYTES]
    return None


def _sentence(error: BaseException) -> str:
    words = error.args[0] if error.args else error
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(error)
    return " ".join("".join(char for char in text if char.isprintable()).split())[:200] or type(error).__name__
