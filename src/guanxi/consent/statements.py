"""What somebody said about a permission, before it is a row: pure records handed to the actions (RL-01)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Proof:
    """How a statement came about. `evidence` is plain JSON: form address, file name and row, order number …"""

    method: str
    basis: str = "consent"
    source: str = ""
    wording: str = ""
    wording_language: str = ""
    jurisdiction: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    ip_address: str | None = None
    user_agent: str = ""
    form_url: str = ""
    form_version: int | None = None
    evidence_hash: str = ""
    confirmation_mail_id: str = ""
    confirmation_sent_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirm_ip: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of a table of permissions, as an import hands them over."""

    contact_id: int
    customer_id: int
    purpose: str
    obtained_at: datetime
    proof: Proof
    state: str = "granted"
    expires_at: datetime | None = None
    channel: str = "email"
    topic: str = ""
