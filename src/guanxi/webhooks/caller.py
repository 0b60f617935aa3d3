"""One POST to one judged address: no redirects, no proxies, ten seconds in all, 64 KB of answer (RS-20)."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError
from urllib3.response import HTTPResponse

from guanxi.webhooks.answers import Answer
from guanxi.webhooks.guard import BadTarget, Lookup, Target, allowed_address, read_target

CONNECT_SECONDS = 5.0
READ_SECONDS = 8.0
TOTAL_SECONDS = 10.0
MOST_OCTETS = 64 * 1024
EXCERPT = 500


def post(
    *,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    own_network: bool = False,
    look_up: Lookup | None = None,
    total_seconds: float = TOTAL_SECONDS,
) -> Answer:
    """What came back. Never raises: what went wrong is an outcome too."""
    try:
        target = read_target(url, own_network=own_network)
        address = allowed_address(target, own_network=own_network, look_up=look_up)
    except BadTarget as error:
        return Answer("not_allowed", excerpt=str(error)[:EXCERPT])
    connection = _connection(target, address)
    late = threading.Event()
    try:
        with _deadline(connection, late, total_seconds):
            connection.request(
                "POST", target.path, body=body, headers={**headers, "Host": target.authority}, preload_content=False
            )
            answer = _read(connection.getresponse(), keeps_text=not own_network)
        # A conversation cut short may look like a complete answer.
        return Answer("timeout") if late.is_set() else answer
    except (SSLError, ssl.SSLError):
        return Answer("timeout" if late.is_set() else "tls")
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        return Answer("timeout" if late.is_set() or _is_timeout(error) else "no_connection")
    finally:
        connection.close()


def fetch(*, url: str, look_up: Lookup | None = None, total_seconds: float = TOTAL_SECONDS) -> bytes | None:
    """A small file from a judged address, under the same limits as a POST; None when it does not come whole (RS-22)."""
    try:
        target = read_target(url)
        connection = _connection(target, allowed_address(target, look_up=look_up))
    except BadTarget:
        return None
    late = threading.Event()
    try:
        with _deadline(connection, late, total_seconds):
            headers = {"Host": target.authority, "Accept-Encoding": "identity"}
            connection.request("GET", target.path, headers=headers, preload_content=False)
            response = connection.getresponse()
            raw = response.read(MOST_OCTETS + 1, decode_content=False)
        is_whole = response.status == 200 and len(raw) <= MOST_OCTETS and not late.is_set()
        return raw if is_whole else None
    except (HTTPError, HTTPException, OSError, ValueError):
        return None
    finally:
        connection.close()


def _connection(target: Target, address: str) -> HTTPConnection:
    """To the judged address; the certificate must be the host's."""
    if target.scheme == "http":
        return HTTPConnection(address, target.port, timeout=CONNECT_SECONDS)
    return HTTPSConnection(
        address, target.port, timeout=CONNECT_SECONDS, server_hostname=target.host, assert_hostname=target.host,
        ssl_context=ssl.create_default_context(),
    )  # fmt: skip


@contextmanager
def _deadline(connection: HTTPConnection, late: threading.Event, seconds: float) -> Iterator[None]:
    """Ends the conversation after so many seconds in all; a timeout of the socket counts each read anew."""

    def end() -> None:
        late.set()
        link = connection.sock
        if link is not None:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                link.close()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read(response: HTTPResponse, *, keeps_text: bool) -> Answer:
    raw = b""
    while len(raw) < MOST_OCTETS:
        part = response.read(8192, decode_content=False)
        if not part:
            break
        raw += part
    text = raw[: EXCERPT * 4].decode("utf-8", "replace").replace("\0", "") if keeps_text else ""
    return Answer.of_status(response.status, text[:EXCERPT], asked_seconds=_retry_after(response))


def _retry_after(response: HTTPResponse) -> int:
    text = response.headers.get("Retry-After", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _is_timeout(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or "timed out" in str(error)
