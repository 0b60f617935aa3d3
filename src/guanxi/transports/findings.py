"""What is looked at of a sender's domain, whom it is asked of, and what is found. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

OK, WARNING, WRONG, UNKNOWN = "ok", "warning", "wrong", "unknown"


class Unreachable(Exception):
    """The name system gave no answer in time; nothing follows from it."""


class Resolver(Protocol):
    """An empty list says that there is no such record; `alias` is of CNAME. Every question raises Unreachable."""

    def txt(self, name: str) -> list[str]: ...
    def mx(self, name: str) -> list[str]: ...
    def addresses(self, name: str) -> list[str]: ...
    def alias(self, name: str) -> list[str]: ...
    def names_of(self, address: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Record:
    """A line for the administrator of the domain."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `about` is spf, dkim, dmarc …, `code` is worded by the page."""

    about: str
    state: str
    code: str
    detail: dict[str, str] = field(default_factory=dict)
    paste: Record | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What is to be checked. `dkim` maps a selector to the public key its record must hold.

    `relay_host` is the server by which mails leave, empty where none is known; a local one runs on this machine, and
    by which name and address it sends cannot be seen from here.
    """

    domain: str
    dkim: dict[str, str] = field(default_factory=dict)
    return_domain: str = ""
    relay_host: str = ""
    relay_is_local: bool = False
    tracking_host: str = ""
    is_tracking_https: bool = True


def tags_of(record: str) -> dict[str, str]:
    """`v=DMARC1; p=none` as tags; the first of each name."""
    found: dict[str, str] = {}
    for piece in record.split(";"):
        name, separator, value = piece.partition("=")
        if separator:
            found.setdefault(name.strip().lower(), value.strip())
    return found
