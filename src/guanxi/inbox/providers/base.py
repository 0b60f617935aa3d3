"""The socket for providers that carry our mail: how one proves a report, and how it is read. Pure.

A provider is a module with `TITLE`, `PROOF` (what the administrator pastes: password, signing_key, public_key or
topic), `check(request, secret, payload)`, which raises Unproven, and `read(payload)`, which gives a body's reports. The
algorithm of the proof is the module's, never the request's (RS-23).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

FRESH = timedelta(minutes=5)
# When a report does not say when; what takes it in puts its own moment there.
LONG_AGO = datetime.fromtimestamp(0, UTC)
BOUNCED, COMPLAINED, DELIVERED, UNSUBSCRIBED, OTHER = "bounced", "complained", "delivered", "unsubscribed", "other"


class Unproven(Exception):
    """Nothing shows that the provider sent this; it is not looked at further."""


@dataclass(frozen=True, slots=True)
class Request:
    """A report as it came: the raw body, headers in lower case, the moment; `certificate` fetches a known host's."""

    body: bytes
    headers: Mapping[str, str]
    now: datetime
    certificate: Callable[[str], bytes] = field(default=lambda url: b"")


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider says of one mail; `names` are what it and we call the mail, `is_final` its own word."""

    kind: str
    event_id: str
    at: datetime
    address: str = ""
    names: tuple[str, ...] = ()
    status: str = ""
    words: str = ""
    is_final: bool = False


class Provider(Protocol):
    TITLE: str
    PROOF: str

    def check(self, request: Request, secret: str, payload: Any) -> None: ...

    def read(self, payload: Any) -> list[Report]: ...


def equal(given: str, expected: str) -> bool:
    """In constant time; nothing equals an empty secret."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def check_password(request: Request, secret: str) -> None:
    """For providers that sign nothing: a password by Basic or Bearer authentication. Raises Unproven."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    given = rest.strip()
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (ValueError, UnicodeDecodeError):
            raise Unproven from None
    elif scheme.lower() != "bearer":
        raise Unproven
    if not equal(given, secret):
        raise Unproven


def check_fresh(stamp: datetime, now: datetime, within: timedelta = FRESH) -> None:
    if abs(now - stamp) > within:
        raise Unproven


def moment(value: Any) -> datetime | None:
    """A moment as providers write it: seconds since 1970, or ISO 8601."""
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.replace(".", "", 1).isdigit()):
            number = float(value)
            return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
        read = datetime.fromisoformat(str(value))
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def text(value: Any, longest: int = 300) -> str:
    return str(value)[:longest] if isinstance(value, str | int | float) else ""


def part(value: Any, *path: str) -> Any:
    """What lies at `path` within nested objects; an empty object where nothing does."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return {} if value is None else value


def listed(value: Any, most: int = 1000) -> list[Any]:
    return value[:most] if isinstance(value, list) else [value]


def records(value: Any) -> list[dict[str, Any]]:
    """The objects of a body that holds one or a list of them."""
    return [each for each in listed(value) if isinstance(each, dict)]
