"""Who is at the other end of a request. Pure (RP-45)."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address


def client_address(meta: Mapping[str, object], *, behind_proxy: bool) -> str:
    """The hop that our own proxy saw, or whoever connects; empty when odd. `meta` is the request's environment."""
    seen = str(meta.get("REMOTE_ADDR", ""))
    if behind_proxy:
        seen = str(meta.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip() or seen
    try:
        return str(ip_address(seen))
    except ValueError:
        return ""
