"""Brevo: webhooks with a token of our choice as Bearer or Basic authentication.

https://developers.brevo.com/docs/transactional-webhooks
"""

from __future__ import annotations

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
    check_password,
    moment,
    records,
    text,
)

TITLE = "Brevo"
PROOF = "password"
KINDS = {
    "hard_bounce": BOUNCED, "soft_bounce": BOUNCED, "invalid_email": BOUNCED, "blocked": BOUNCED, "error": BOUNCED,
    "spam": COMPLAINED, "complaint": COMPLAINED, "delivered": DELIVERED,
    "unsubscribed": UNSUBSCRIBED, "unsubscribe": UNSUBSCRIBED,
}  # fmt: skip


def check(request: Request, secret: str, payload: Any) -> None:
    check_password(request, secret)


def read(payload: Any) -> list[Report]:
    return [_report(each) for each in records(payload)]


def _report(event: dict[str, Any]) -> Report:
    name = text(event.get("event"))
    # Of its moments only this one is UTC; the others follow the zone of the account.
    at = moment(event.get("ts_epoch") or event.get("ts_event") or event.get("ts") or "")
    message_id = text(event.get("message-id"))
    return Report(
        KINDS.get(name, OTHER), f"{text(event.get('id'))}:{name}:{message_id}:{text(event.get('email'))}:{at}",
        at or LONG_AGO, text(event.get("email")), (message_id, f"<{message_id.strip('<>')}>"),
        "", text(event.get("reason"), 1000), name in ("hard_bounce", "invalid_email"),
    )  # fmt: skip
