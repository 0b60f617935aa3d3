"""Which addresses may be called at all (RS-20, RS-21). Pure, but for the name look-up.

A host is looked up once, every address found is judged, and exactly the judged address is connected to; so neither a
second look-up nor a redirect can lead elsewhere.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import idna

Address = IPv4Address | IPv6Address
Lookup = Callable[[str, int], Sequence[str]]

LONGEST_URL = 2000
GLOBAL_V6 = IPv6Network("2000::/3")
# IPv6 forms that carry an IPv4 address in their last bits, and where it begins.
NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
NOT_FOR_US = tuple(
    ip_network(each)
    for each in (
        "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip


class BadTarget(ValueError):
    """The address of an endpoint that cannot be called; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart; `host` in A-labels."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The Host header."""
        usual = {"https": 443, "http": 80}[self.scheme]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


def read_target(url: str, *, own_network: bool = False) -> Target:
    """`url` taken apart. Only https on port 443 unless the host was allowed as the firm's own. Raises BadTarget."""
    if len(url) > LONGEST_URL or any(char <= " " or char in '\\"<>^`{|}\x7f' for char in url):
        raise BadTarget("The address holds blanks or odd characters, or is too long; paste it again.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadTarget("This is no address of the web; write https://host/path.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise BadTarget("This is no address of the web; write https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise BadTarget("An address with a user name is not called; check the signature instead.")
    if not own_network and (parts.scheme != "https" or port not in (None, 443)):
        raise BadTarget("Only https on port 443 is called; another one must be allowed as a host of your own network.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, _host(parts.hostname), port or {"https": 443, "http": 80}[parts.scheme], path)


def _host(name: str) -> str:
    if ":" in name:  # the brackets of an IPv6 address are gone already
        return name
    try:
        return name.lower() if name.isascii() else idna.encode(name).decode("ascii")
    except idna.IDNAError:
        raise BadTarget(f"{name[:80]!r} is no host name.") from None


def allowed_address(target: Target, *, own_network: bool = False, look_up: Lookup | None = None) -> str:
    """The address to connect to. Raises BadTarget for an unknown host or one with a private address."""
    try:
        found = [ip_address(each) for each in (look_up or _look_up)(target.host, target.port)]
    except (OSError, UnicodeError, ValueError):
        found = []
    if not found:
        raise BadTarget(f"The host {target.host} is not known.")
    if not own_network and not all(is_public(each) for each in found):
        raise BadTarget(
            f"The host {target.host} lies in a private network; an owner can allow it as a host of your own."
        )
    return str(found[0])


def is_public(address: Address) -> bool:
    """Whether it lies in the open internet, also when it is an IPv4 address in the clothes of an IPv6 one."""
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and address not in GLOBAL_V6:
        return False
    if address.is_multicast or not address.is_global:
        return False
    return not any(address in network for network in NOT_FOR_US if network.version == address.version)


def _inner(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in NAT64 or address in COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _look_up(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
