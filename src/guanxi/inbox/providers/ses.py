"""Amazon SES through SNS: RSA with SHA-256 (SignatureVersion 2) by a certificate of Amazon's, for one topic.

The version is demanded, not read: a topic still signing with SHA-1 is refused. SNS tries a report again for an hour
with the first moment in it; so an hour is taken, and the same report twice has no effect.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from guanxi.inbox.providers.base import (
    BOUNCED,
    COMPLAINED,
    DELIVERED,
    LONG_AGO,
    OTHER,
    Report,
    Request,
    Unproven,
    check_fresh,
    equal,
    listed,
    moment,
    part,
    text,
)

TITLE = "Amazon SES"
PROOF = "topic"
TRIED_FOR = timedelta(hours=1)
CERTIFICATE = re.compile(
    r"https://sns\.[a-z0-9-]{3,30}\.amazonaws\.com(?:\.cn)?/SimpleNotificationService-[\w-]{1,80}\.pem"
)
SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED_OF = {"Notification": {"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}}


def check(request: Request, secret: str, payload: Any) -> None:
    if not isinstance(payload, dict) or not equal(text(payload.get("TopicArn")), secret):
        raise Unproven
    url, at = text(payload.get("SigningCertURL")), moment(payload.get("Timestamp") or "")
    if payload.get("SignatureVersion") != "2" or at is None or not CERTIFICATE.fullmatch(url):
        raise Unproven
    try:
        key = load_pem_x509_certificate(request.certificate(url)).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Unproven
        signature = base64.b64decode(text(payload.get("Signature"), 2000), validate=True)
        key.verify(signature, _signed(payload), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        raise Unproven from None
    check_fresh(at, request.now, TRIED_FOR)


def _signed(payload: dict[str, Any]) -> bytes:
    names = SIGNED_OF.get(text(payload.get("Type")), set(SIGNED) - {"Subject"})
    return "".join(
        f"{name}\n{payload[name]}\n" for name in SIGNED if name in names and payload.get(name) is not None
    ).encode()


def read(payload: Any) -> list[Report]:
    if text(payload.get("Type")) == "SubscriptionConfirmation":
        at = moment(payload.get("Timestamp") or "") or LONG_AGO
        return [Report(OTHER, text(payload.get("MessageId")), at, words=text(payload.get("SubscribeURL"), 1000))]
    try:
        event = json.loads(payload.get("Message") or "")
    except (ValueError, TypeError, RecursionError):
        return []
    return _reports(event, text(payload.get("MessageId"))) if isinstance(event, dict) else []


def _reports(event: dict[str, Any], event_id: str) -> list[Report]:
    name = text(event.get("notificationType") or event.get("eventType"))
    detail = part(event, name.lower())
    at = moment(part(detail, "timestamp") or part(event, "mail", "timestamp")) or LONG_AGO
    names = (text(part(event, "mail", "messageId")), text(part(event, "mail", "commonHeaders", "messageId")))
    if name == "Bounce":
        final = part(detail, "bounceType") == "Permanent" and part(detail, "bounceSubType") in ("General", "NoEmail")
        return [
            Report(
                BOUNCED, f"{event_id}:{text(part(each, 'emailAddress'))}", at, text(part(each, "emailAddress")),
                names, text(part(each, "status")), text(part(each, "diagnosticCode"), 1000), final,
            )
            for each in listed(part(detail, "bouncedRecipients"), 100)
        ]  # fmt: skip
    if name == "Complaint":
        kind = text(part(detail, "complaintFeedbackType")) or "abuse"
        return [
            Report(
                COMPLAINED, f"{event_id}:{text(part(each, 'emailAddress'))}", at, text(part(each, "emailAddress")),
                names, words=kind,
            )
            for each in listed(part(detail, "complainedRecipients"), 100)
        ]  # fmt: skip
    if name == "Delivery":
        return [
            Report(DELIVERED, f"{event_id}:{address}", at, text(address), names)
            for address in listed(part(detail, "recipients"), 100)
        ]
    return [Report(OTHER, event_id, at, names=names)]
