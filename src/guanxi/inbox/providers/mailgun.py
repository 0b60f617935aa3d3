"""Mailgun: HMAC-SHA-256 over timestamp and token with the webhook signing key.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from guanxi.inbox.providers.base import (
    BOUNCED,
    COMPLAINED,
    DELIVERED,
    LONG_AGO,
    OTHER,
    UNSUBSCRIBED,
    Report,
    Request,
    Unproven,
    check_fresh,
    equal,
    moment,
    part,
    text,
)

TITLE = "Mailgun"
PROOF = "signing_key"
KINDS = {"failed": BOUNCED, "complained": COMPLAINED, "delivered": DELIVERED, "unsubscribed": UNSUBSCRIBED}


def check(request: Request, secret: str, payload: Any) -> None:
    given = part(payload, "signature")
    stamp, token = text(part(given, "timestamp")), text(part(given, "token"))
    expected = hmac.new(secret.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest() if secret else ""
    at = moment(stamp)
    if at is None or not equal(text(part(given, "signature")), expected):
        raise Unproven
    check_fresh(at, request.now)


def read(payload: Any) -> list[Report]:
    event = part(payload, "event-data")
    if not isinstance(event, dict) or not event:
        return []
    kind = KINDS.get(text(event.get("event")), OTHER)
    status = part(event, "delivery-status")
    words = " ".join(
        filter(
            None,
            (text(part(status, "code")), text(part(status, "message"), 800), text(part(status, "description"), 200)),
        )
    )
    message_id = text(part(event, "message", "headers", "message-id"))
    return [
        Report(
            kind, text(event.get("id")), moment(event.get("timestamp") or "") or LONG_AGO,
            text(event.get("recipient")), (message_id, f"<{message_id.strip('<>')}>"),
            text(part(status, "enhanced-code")), words, text(event.get("severity")) == "permanent",
        )
    ]  # fmt: skip
