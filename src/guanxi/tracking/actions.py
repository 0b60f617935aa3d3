"""What comes back from a mail by its signed links: a share, an unsubscription. Opens and clicks: see arriving.

A token that was not signed here changes nothing and tells nothing (RS-26). A visit never changes a permission; only
`unsubscribe` does, and its door calls it for a POST alone (RS-31).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from guanxi.consent import actions as consent_actions
from guanxi.consent.statements import Proof
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Event
from guanxi.outbox.addresses import SHARE, UNSUBSCRIBE
from guanxi.outbox.models import Message
from guanxi.tracking import hitbook
from guanxi.tracking.arriving import payload_of
from guanxi.tracking.models import Hit
from guanxi.tracking.shelf import LISTENING
from guanxi.tracking.verdicts import CLICK, HUMAN, Visit, judge

NETWORKS_KEPT = timedelta(days=30)
ONCE_A_DAY = timedelta(days=1)


@transaction.atomic
def record_share(*, token: str, now: datetime, user_agent: str, method: str = "GET") -> Message | None:
    """The share link of a mail was opened: by whom is neither known nor kept, and nobody is added (CN-26, B-04).

    The message, None for a token that was not signed here. Told of its reader once a day, and not of machines.
    """
    message = _message_of(SHARE, token)
    if message is None or message.accepted_at is None:
        return message
    verdict = judge(Visit(CLICK, now, method, user_agent, 0, message.accepted_at))
    told = Event.objects.filter(
        contact=message.contact_id, name="mail.shared", object_id=str(message.pk), occurred_at__gt=now - ONCE_A_DAY
    )
    if verdict.verdict == HUMAN and now <= message.accepted_at + LISTENING and not told.exists():
        ledger_actions.record_event(
            name="mail.shared", occurred_at=now, now=now, source="tracking", contact=message.contact,
            object_kind="message", object_id=str(message.pk), properties={"subject": message.subject},
        )  # fmt: skip
    return message


def sharer_of(token: str) -> int | None:
    """The contact whose share link this is; None for a token that was not signed here."""
    message = _message_of(SHARE, token)
    return message.contact_id if message else None


def message_of_unsubscribe(token: str) -> Message | None:
    """The message whose unsubscribe link this is; None for a token that was not signed here."""
    return _message_of(UNSUBSCRIBE, token)


@transaction.atomic
def unsubscribe(
    *, token: str, now: datetime, method: str = "one_click", address: str | None = None, user_agent: str = ""
) -> Message | None:
    """Withdraw marketing (and service, when a service mail was unsubscribed) and suppress the address.

    Effective at once and as often as one likes; returns the message, None for a token that was not signed here.
    """
    message = _message_of(UNSUBSCRIBE, token)
    if message is None:
        return None
    proof = Proof(
        method=method,
        source="mail",
        evidence={"message": message.id},
        ip_address=address or None,
        user_agent=user_agent[:300],
    )
    consent_actions.unsubscribe(contact=message.contact, proof=proof, now=now)
    if message.kind == "service":
        consent_actions.withdraw(contact=message.contact, purpose="service", proof=proof, now=now)
    return message


def forget_networks(*, now: datetime) -> int:
    """Blank the networks and user agents of hits older than 30 days (RL-11); returns how many."""
    hitbook.forget_pages(now=now)
    old = Hit.objects.filter(at__lt=now - NETWORKS_KEPT).exclude(network="", user_agent="")
    return old.update(network="", user_agent="")


def _message_of(purpose: str, token: str) -> Message | None:
    return _find(payload_of(purpose, token))


def _find(message_id: str) -> Message | None:
    if not (message_id.isascii() and message_id.isdecimal()):
        return None
    return Message.objects.select_related("contact").filter(id=int(message_id)).first()
