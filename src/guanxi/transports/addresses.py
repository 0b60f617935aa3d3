"""Mail addresses as they go over the wire. Pure (RP-08…RP-10, RS-39, RS-40)."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

LOCAL_OCTETS, DOMAIN_OCTETS, PATH_OCTETS = 64, 255, 254
# Dot-atom of RFC 5322, widened by RFC 6532: anything beyond ASCII that is not a control or a separator.
DOT_ATOM = re.compile(r"[^\s\x00-\x20\x7f-\xa0\u2028\u2029()<>\[\]:;@\\,\"]+")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class BadAddress(ValueError):
    """The text is no address that a mail could be sent to."""


@lru_cache(maxsize=16384)
def wire_address(address: str) -> str:
    """`address` with its domain as IDNA 2008 A-labels (straße.de → xn--strae-oqa.de); the local part is untouched.

    Raises BadAddress.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or local.startswith("-") or not DOT_ATOM.fullmatch(local):
        raise BadAddress(f"{address[:80]!r} is no mail address.")
    if local[0] == "." or local[-1] == "." or ".." in local:
        raise BadAddress(f"The dots before @ in {address[:80]!r} are misplaced.")
    ascii_domain = wire_domain(domain)
    if len(local.encode()) > LOCAL_OCTETS or len(f"{local}@{ascii_domain}".encode()) > PATH_OCTETS:
        raise BadAddress(f"{address[:80]!r} is too long for a mail address (RFC 5321 4.5.3.1).")
    return f"{local}@{ascii_domain}"


@lru_cache(maxsize=16384)
def domain_of(address: str) -> str:
    """Where the mailbox lies, as A-labels; empty for what is no address."""
    try:
        return wire_domain(address.rpartition("@")[2])
    except BadAddress:
        return ""


@lru_cache(maxsize=16384)
def wire_domain(domain: str) -> str:
    """A host name as lower-case A-labels; raises BadAddress."""
    text = domain.strip().rstrip(".").lower()
    try:
        ascii_domain = text if text.isascii() else idna.encode(text).decode("ascii")
    except idna.IDNAError:
        raise BadAddress(f"{domain[:80]!r} is no domain name.") from None
    if len(ascii_domain) > DOMAIN_OCTETS or not all(LABEL.fullmatch(part) for part in ascii_domain.split(".")):
        raise BadAddress(f"{domain[:80]!r} is no domain name.")
    return ascii_domain


def needs_smtputf8(address: str) -> bool:
    """Whether the local part can only travel with SMTPUTF8 (RFC 6531); it is never downgraded."""
    return not address.rpartition("@")[0].isascii()
