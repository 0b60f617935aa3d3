"""SendGrid: ECDSA P-256 with SHA-256 over timestamp and raw body; the public key stands on its settings page.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import base64
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

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
    moment,
    records,
    text,
)

TITLE = "SendGrid"
PROOF = "public_key"
KINDS = {
    "bounce": BOUNCED, "blocked": BOUNCED, "dropped": OTHER, "spamreport": COMPLAINED, "delivered": DELIVERED,
    "unsubscribe": UNSUBSCRIBED, "group_unsubscribe": UNSUBSCRIBED,
}  # fmt: skip


def check(request: Request, secret: str, payload: Any) -> None:
    stamp = request.headers.get("x-twilio-email-event-webhook-timestamp", "")
    at = moment(stamp)
    if at is None or not secret:
        raise Unproven
    try:
        signature = base64.b64decode(request.headers.get("x-twilio-email-event-webhook-signature", ""), validate=True)
        key = load_der_public_key(base64.b64decode(secret))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise Unproven
        key.verify(signature, stamp.encode() + request.body, ec.ECDSA(hashes.SHA256()))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        raise Unproven from None
    check_fresh(at, request.now)


def read(payload: Any) -> list[Report]:
    return [_report(each) for each in records(payload)]


def _report(event: dict[str, Any]) -> Report:
    name = text(event.get("event"))
    own = text(event.get("sg_message_id"))
    return Report(
        KINDS.get(name, OTHER), text(event.get("sg_event_id")),
        moment(event.get("timestamp") or "") or LONG_AGO, text(event.get("email")),
        (own, own.partition(".")[0], text(event.get("smtp-id"))), text(event.get("status")),
        text(event.get("reason"), 1000), name == "bounce" and text(event.get("type")) == "bounce",
    )  # fmt: skip
