"""Whose tries are counted together, where strangers may try. Pure (RS-30)."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

# Of IPv6 a household is given this much, and may call from any address in it.
HOUSEHOLD = 64


def household_of(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one; empty for no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    parsed = (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed
    return str(parsed) if parsed.version == 4 else str(ip_network((parsed, HOUSEHOLD), strict=False))
