"""What follows from an answer: an address is left in peace, the ledger is told. Each once per message (RD-12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from guanxi.consent import actions as consent_actions
from guanxi.inbox.classify import HARD, SOFT, Outcome
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import identity
from guanxi.ledger.models import Contact, Event
from guanxi.outbox import elsewhere, returned
from guanxi.outbox.models import Message

# Defaults: so many mails came back in so many days, over at least so many, and the reader gave no sign of life.
SOFT_LIMIT = 5
SOFT_WITHIN = timedelta(days=30)
SOFT_APART = timedelta(days=3)
# Troubles of the reader's side; what our own mail or server is refused for says nothing about him.
COUNTED = frozenset({"mailbox_full", "undetermined", "system", "expired"})
SIGNS_OF_LIFE = (
    "email.clicked", "email.replied", "order.placed", "inquiry.received", "page.viewed", "contact.registered",
)  # fmt: skip
# Reports about our own authentication, or in praise of a mail, are no complaint of a reader (RFC 5965, RFC 6591).
NO_COMPLAINT = frozenset({"not-spam", "auth-failure", "dkim", "dmarc"})


def came_back(*, message: Message, outcomes: Sequence[Outcome], at: datetime, now: datetime, source: str) -> str:
    """A bounce of `message`: hard or soft as it concerns this reader; returns which."""
    if address := elsewhere.address_in(message.values):
        return _came_back_from(address, message, outcomes, now)
    outcome = _outcome_for(message.contact, outcomes)
    returned.note_return(message_id=message.pk, reply=outcome.words or outcome.reason, now=now)
    if _is_told(message, "email.bounced", kind=outcome.kind):
        return outcome.kind
    ledger_actions.record_event(
        name="email.bounced", occurred_at=at, now=now, source=source, contact=message.contact, object_kind="message",
        object_id=str(message.pk), properties=_about(message) | {
            "class": outcome.kind, "reason": outcome.reason, "status": outcome.status, "reply": outcome.words[:300],
        },
    )  # fmt: skip
    if outcome.kind == HARD:
        _leave_in_peace(message.contact, "hard_bounce", outcome.words or outcome.reason, now, scope="all")
    elif outcome.reason in COUNTED and is_worn_out(message.contact, now=now):
        _leave_in_peace(message.contact, "soft_bounces", outcome.reason, now)
    return outcome.kind


def _came_back_from(address: str, message: Message, outcomes: Sequence[Outcome], now: datetime) -> str:
    """A bounce from an address that is not the contact's says nothing about his own."""
    key = identity.comparable(address)
    named = [outcome for outcome in outcomes if identity.comparable(outcome.address) == key] or list(outcomes)
    outcome = named[0] if named else Outcome(address, SOFT, "undetermined")
    returned.note_return(message_id=message.pk, reply=outcome.words or outcome.reason, now=now)
    if outcome.kind == HARD and key:
        told = outcome.words or outcome.reason
        consent_actions.suppress(address=address, scope="all", reason="hard_bounce", detail=told, now=now)
    return outcome.kind


def _outcome_for(contact: Contact, outcomes: Sequence[Outcome]) -> Outcome:
    """What the report says of this reader; a dead address behind a forwarding of his is not his own (soft)."""
    named = [outcome for outcome in outcomes if outcome.address]
    for outcome in named:
        if identity.comparable(outcome.address) == contact.email_key:
            return outcome
    if named:
        first = next((each for each in named if each.kind == HARD), named[0])
        reason = "forwarded" if first.kind == HARD else first.reason
        return Outcome(first.address, SOFT, reason, first.status, first.words)
    return outcomes[0] if outcomes else Outcome("", SOFT, "undetermined")


def is_worn_out(contact: Contact, *, now: datetime) -> bool:
    """Whether so many different mails came back softly that the address is left in peace (a default, shown as one)."""
    bounced = Event.objects.filter(contact=contact, name="email.bounced", occurred_at__gt=now - SOFT_WITHIN)
    life = Event.objects.filter(contact=contact, name__in=SIGNS_OF_LIFE, occurred_at__gt=now - SOFT_WITHIN)
    newest_life = next((each for each in life.order_by("-occurred_at")[:100] if _is_by_a_person(each)), None)
    if newest_life is not None:
        bounced = bounced.filter(occurred_at__gt=newest_life.occurred_at)
    times = {
        event.object_id: event.occurred_at
        for event in bounced
        if event.properties.get("class") == SOFT and event.properties.get("reason") in COUNTED
    }
    return len(times) >= SOFT_LIMIT and max(times.values()) - min(times.values()) >= SOFT_APART


def _is_by_a_person(event: Event) -> bool:
    return bool(event.properties.get("verdict") != "machine")


def complained(*, message: Message, kind: str, at: datetime, now: datetime, source: str) -> bool:
    """The reader called a mail spam: no marketing to him from now on, and no word about it either (RP-27)."""
    if kind in NO_COMPLAINT:
        return False
    _leave_in_peace(message.contact, "complaint", kind, now)
    if not _is_told(message, "email.complained"):
        ledger_actions.record_event(
            name="email.complained", occurred_at=at, now=now, source=source, contact=message.contact,
            object_kind="message", object_id=str(message.pk), properties=_about(message) | {"feedback": kind},
        )  # fmt: skip
    return True


def answered_by_program(
    *, message: Message | None, contact: Contact, reason: str, subject: str, key: str, at: datetime, now: datetime
) -> None:
    """A vacation note and its like: kept on the timeline, never engagement, never answered (RP-11)."""
    ledger_actions.record_event(
        name="email.answered_by_program", occurred_at=at, now=now, source="inbox", contact=contact,
        object_kind="message" if message else "", object_id=str(message.pk) if message else "", message_id=key,
        properties={"reason": reason, "subject": subject},
    )  # fmt: skip


def replied(
    *,
    message: Message | None,
    contact: Contact,
    words: str,
    subject: str,
    attachments: Sequence[str],
    other_writer: str,
    key: str,
    at: datetime,
    now: datetime,
) -> bool:
    """A person answered; False when this letter was told before. `other_writer` is who wrote in the reader's stead."""
    properties = {"subject": subject, "text": words, "attachments": list(attachments)}
    if message is not None:
        properties |= {"origin_kind": message.origin_kind, "origin_id": message.origin_id}
    if other_writer:
        properties["from"] = other_writer
    event = ledger_actions.record_event(
        name="email.replied", occurred_at=at, now=now, source="inbox", contact=contact,
        object_kind="message" if message else "", object_id=str(message.pk) if message else "", message_id=key,
        properties=properties,
    )  # fmt: skip
    if message is not None and event is not None:
        returned.note_delivery(message_id=message.pk, delivered_at=at, now=now)
    return event is not None


def _about(message: Message) -> dict[str, str]:
    return {"subject": message.subject, "origin_kind": message.origin_kind, "origin_id": message.origin_id}


def _is_told(message: Message, name: str, *, kind: str = "") -> bool:
    """Whether the ledger knows this of the message: a soft bounce is told once, a hard one also after a soft one."""
    told = Event.objects.filter(contact=message.contact_id, name=name, object_id=str(message.pk))
    known = {event.properties.get("class", "") for event in told}
    return bool(known) and (kind != HARD or HARD in known)


def _leave_in_peace(contact: Contact, reason: str, detail: str, now: datetime, *, scope: str = "marketing") -> None:
    if contact.email:
        consent_actions.suppress(
            address=contact.email, scope=scope, reason=reason, detail=detail, now=now, contact=contact
        )
