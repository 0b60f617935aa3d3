"""The chain of consent records: each one carries a hash of itself and of the record before it (RL-01). Pure.

A chain holds the records of one contact in the order in which they were written. What an undone import took away
leaves its hash behind, so that the chain stays whole and says where something is missing.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

VERSION = "1"
# What a record says. A column that comes later is added at the end and left out of the hash while it is empty.
FIELDS = (
    "contact_id", "channel", "purpose", "topic", "state", "basis", "jurisdiction", "method", "wording",
    "wording_language", "wording_hash", "evidence", "evidence_hash", "source", "form_url", "form_version",
    "confirmation_mail_id", "confirmation_sent_at", "confirmed_at", "confirm_ip", "ip_address", "user_agent",
    "actor_id", "obtained_at", "expires_at", "recorded_at", "batch",
)  # fmt: skip
NOTHING_BEFORE = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One record of a chain. `computed` is the hash of what it says today; None when it was taken away by an undo."""

    permission_id: int
    previous_hash: str
    record_hash: str
    computed: str | None


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain is not whole: `what` is changed or missing."""

    contact_id: int
    permission_id: int
    what: str


def hash_of(values: Mapping[str, Any], previous_hash: str) -> str:
    """The hash of a record that says `values` (see FIELDS) and follows `previous_hash`."""
    said = {name: _plain(name, values[name]) for name in FIELDS if values.get(name) not in (None, "")}
    text = json.dumps([VERSION, previous_hash, said], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def text_hash(text: str) -> str:
    """The version of a wording is the hash of its text; empty for none."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def breaks_of(contact_id: int, links: Iterable[Link]) -> Iterator[Break]:
    """What is wrong with the chain of one contact; `links` in the order in which they were written."""
    expected = NOTHING_BEFORE
    for link in links:
        if link.previous_hash != expected:
            yield Break(contact_id, link.permission_id, "missing")
        elif link.computed is not None and link.computed != link.record_hash:
            yield Break(contact_id, link.permission_id, "changed")
        expected = link.record_hash


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if name in ("ip_address", "confirm_ip"):
        return str(ipaddress.ip_address(value))
    # What a database gives back for JSON must read as what was put in.
    return json.loads(json.dumps(value, default=str)) if name == "evidence" else value
