"""The setting GUANXI_SMTP_URL as a server to speak to. Pure.

`smtp://user:password@host:587`, `smtps://user:password@host:465`; behind a question mark `starttls=always|auto|never`,
`connections=1…50` and `name=` (what we call ourselves in EHLO).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

FORM = "write smtp://user:password@host:587 or smtps://user:password@host:465"
KNOWN = {"starttls", "connections", "name"}
STARTTLS = ("always", "auto", "never")
CONNECTIONS = range(1, 51)


class OddSmtpUrl(ValueError):
    """The address of the mail server cannot be used; the sentence says why and never holds the password."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. `starttls`: `auto` takes encryption where it is offered, `always` insists on it."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    is_tls: bool = False
    starttls: str = "auto"
    connections: int = 10
    name: str = ""

    @property
    def is_local(self) -> bool:
        """Whether the dialogue stays inside this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse(url: str) -> Server:
    """Raises OddSmtpUrl with one sentence that names the remedy."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise OddSmtpUrl(f"has a port that is no number from 1 to 65535; {FORM}.") from None
    if parts.scheme not in {"smtp", "smtps"}:
        raise OddSmtpUrl(f"begins with {parts.scheme or 'nothing'!r}; {FORM}.")
    if not parts.hostname:
        raise OddSmtpUrl(f"names no host; {FORM}.")
    if parts.path.strip("/") or parts.fragment:
        raise OddSmtpUrl(f"has something behind the host; {FORM} and write a / or # of the password as %2F or %23.")
    if port == 0:
        raise OddSmtpUrl(f"has port 0; {FORM}.")
    if bool(parts.username) != bool(parts.password):
        raise OddSmtpUrl(f"has a user without a password or the reverse; {FORM}.")
    is_tls = parts.scheme == "smtps"
    return _with_options(parts, port or (465 if is_tls else 587), is_tls)


def _with_options(parts: SplitResult, port: int, is_tls: bool) -> Server:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - KNOWN)
    if unknown:
        raise OddSmtpUrl(f"has the unknown option {unknown[0]!r}; known are {', '.join(sorted(KNOWN))}.")
    starttls = options.get("starttls", "auto")
    if starttls not in STARTTLS:
        raise OddSmtpUrl(f"has starttls={starttls!r}; write {', '.join(STARTTLS)}.")
    connections = options.get("connections", "10")
    if not (connections.isascii() and connections.isdigit() and int(connections) in CONNECTIONS):
        raise OddSmtpUrl(f"has connections={connections!r}; write a number from 1 to 50.")
    name = options.get("name", "")
    if not name.isascii() or any(char.isspace() for char in name):
        raise OddSmtpUrl(f"has name={name!r}; write a host name.")
    server = Server(
        host=str(parts.hostname),
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls=is_tls,
        starttls=starttls,
        connections=int(connections),
        name=name,
    )
    if server.user and starttls == "never" and not is_tls and not server.is_local:
        raise OddSmtpUrl("would send the password unencrypted to another machine; remove starttls=never.")
    return server
