"""A firm that is ready to send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from guanxi.outbox import actions
from guanxi.outbox.models import Message
from tests.rooms.outbox.world import VALUES, set_up_firm


@pytest.fixture
def firm(db: None, now: datetime) -> None:
    """Ningbo Firm with a postal address, a sender and the letters of the library."""
    set_up_firm(now)


@pytest.fixture
def propose(firm: None, now: datetime) -> Callable[..., Message]:
    """`propose(contact, "j-17.1")`: a message of that template, due now, for three days."""

    def run(contact: Contact, template_key: str = "j-17.1", **changes: Any) -> Message:
        fields: dict[str, Any] = {
            "values": VALUES, "origin_kind": "journey", "origin_id": "j-17", "not_before": now,
            "idempotency_key": f"{template_key}/{contact.id}", "expires_at": now + timedelta(days=3), "now": now,
        } | changes  # fmt: skip
        return actions.propose(contact=contact, template_key=template_key, **fields)

    return run
