"""What is told: versioned JSON with the event's id, name, moment, whose it is, and its properties."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from guanxi.ledger.models import Event

VERSION = "1"
PING = "webhook.ping"


def event_payload(event: Event) -> bytes:
    """The same bytes for every try, but for what an erasure has taken out."""
    return _json(
        {
            "version": VERSION,
            "id": event_id(event.pk),
            "type": event.name,
            "timestamp": event.occurred_at.isoformat(),
            "data": {
                "customer_id": event.customer_id,
                "contact_id": event.contact_id,
                "object_kind": event.object_kind,
                "object_id": event.object_id,
                "properties": event.properties,
                "recorded_at": event.recorded_at.isoformat(),
                "source": event.source,
                "is_historical": event.is_historical,
            },
        }
    )


def ping_payload(webhook_id: str, at: datetime) -> bytes:
    return _json({"version": VERSION, "id": webhook_id, "type": PING, "timestamp": at.isoformat(), "data": {}})


def event_id(number: int) -> str:
    return f"evt_{number}"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
