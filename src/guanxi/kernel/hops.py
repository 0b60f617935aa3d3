"""Who is at the other end of a request. Pure (RP-45)."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network


def client_address(meta: Mapping[str, object], *, behind_proxy: bool) -> str:
    """The hop that our own proxy saw, or whoever connects; empty when odd. `meta` is the request's environment."""
    seen = nearest(
        str(meta.get("REMOTE_ADDR", "")), str(meta.get("HTTP_X_FORWARDED_FOR", "")), behind_proxy=behind_proxy
    )
    try:
        return str(ip_address(seen))
    except ValueError:
        return ""


def nearest(connects: str, forwarded: str, *, behind_proxy: bool) -> str:
    """The same as it was told, unread: the last of X-Forwarded-For when the proxy is ours, else who `connects`."""
    return (forwarded.rpartition(",")[2].strip() if behind_proxy else "") or connects


# Of IPv6 a household is given this much, and may call from any address in it.
HOUSEHOLD = 64


def household_of(address: str) -> str:
    """Whose tries are counted together: an IPv4 address, or the /64 of an IPv6 one; empty for no address (RS-30)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    parsed = (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed
    return str(parsed) if parsed.version == 4 else str(ip_network((parsed, HOUSEHOLD), strict=False))
