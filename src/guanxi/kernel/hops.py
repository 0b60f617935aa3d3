"""Who is at the other end of a request. Pure (RP-45)."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address


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
