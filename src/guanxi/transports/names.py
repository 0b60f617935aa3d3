"""The name system as domain_check asks it, through dnspython: three seconds a question, twelve in all (RS-22)."""

from __future__ import annotations

import time

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from guanxi.transports.findings import Unreachable

QUESTION_SECONDS = 3.0
ALL_SECONDS = 12.0
MOST_RECORDS = 50


class SystemResolver:
    """Asks the machine's own resolvers; answers are kept for the life of this object."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None, seconds: float = ALL_SECONDS) -> None:
        try:
            self._resolver = resolver or dns.resolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            self._resolver = dns.resolver.Resolver(configure=False)
        self._until = time.monotonic() + seconds
        self._known: dict[tuple[str, str], list[str]] = {}

    def txt(self, name: str) -> list[str]:
        return self._ask(name, "TXT")

    def mx(self, name: str) -> list[str]:
        return self._ask(name, "MX")

    def addresses(self, name: str) -> list[str]:
        return self._ask(name, "A") + self._ask(name, "AAAA")

    def alias(self, name: str) -> list[str]:
        return self._ask(name, "CNAME")

    def names_of(self, address: str) -> list[str]:
        try:
            return self._ask(str(dns.reversename.from_address(address)), "PTR")
        except (dns.exception.SyntaxError, ValueError):
            return []

    def _ask(self, name: str, kind: str) -> list[str]:
        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            self._known[key] = self._answers(name, kind)
        return self._known[key]

    def _answers(self, name: str, kind: str) -> list[str]:
        left = self._until - time.monotonic()
        if left <= 0:
            raise Unreachable
        try:
            answer = self._resolver.resolve(name, kind, lifetime=min(QUESTION_SECONDS, left), search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError):
            raise Unreachable from None
        return [_text(record, kind) for record in list(answer)[:MOST_RECORDS]]


def _text(record: object, kind: str) -> str:
    if kind == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    if kind == "MX":
        return str(record.exchange).rstrip(".") or "."  # type: ignore[attr-defined]
    return str(record).rstrip(".")
