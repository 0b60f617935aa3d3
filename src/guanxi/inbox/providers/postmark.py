"""Postmark: webhooks of type Bounce, SpamComplaint, Delivery, SubscriptionChange, with Basic authentication.

https://postmarkapp.com/developer/webhooks/webhooks-overview
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

TITLE = "Postmark"
PROOF = "password"
KINDS = {"Bounce": BOUNCED, "SpamComplaint": COMPLAINED, "Delivery": DELIVERED, "SubscriptionChange": UNSUBSCRIBED}
FINAL = frozenset({"HardBounce", "BadEmailAddress"})
# Reports under "Bounce" that are answers of programs or of our own account.
NO_BOUNCE = frozenset({"AutoResponder", "AddressChange", "ChallengeVerification", "Subscribe", "Unsubscribe"})


def check(request: Request, secret: str, payload: Any) -> None:
    check_password(request, secret)


def read(payload: Any) -> list[Report]:
    return [_report(each) for each in records(payload)]


def _report(event: dict[str, Any]) -> Report:
    record, what = text(event.get("RecordType")), text(event.get("Type"))
    kind = KINDS.get(record, OTHER)
    if what in NO_BOUNCE and kind == BOUNCED:
        kind = OTHER
    if what in ("SpamComplaint", "SpamNotification"):
        kind = COMPLAINED
    if kind == UNSUBSCRIBED and not (
        event.get("SuppressSending") and event.get("SuppressionReason") == "ManualSuppression"
    ):
        kind = OTHER
    at = next(
        (found for name in ("BouncedAt", "DeliveredAt", "ChangedAt") if (found := moment(event.get(name) or ""))), None
    )
    names = (text(event.get("MessageID")),)
    return Report(
        kind, f"{record}:{names[0]}:{text(event.get('ID'))}:{text(event.get('Recipient'))}:{at}",
        at or LONG_AGO, text(event.get("Email") or event.get("Recipient")), names,
        "", text(event.get("Details") or event.get("Description"), 1000), what in FINAL,
    )  # fmt: skip
