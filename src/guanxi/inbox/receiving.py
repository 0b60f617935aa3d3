"""Taking in one mail: read, matched, kept once, and what follows from it, in one transaction (RD-12, RS-18)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.db import IntegrityError, transaction

from guanxi.consent import actions as consent_actions
from guanxi.consent.statements import Proof
from guanxi.inbox import effects, matching
from guanxi.inbox import recipients as addressees
from guanxi.inbox.classify import AUTO_REPLY, COMPLAINT, HARD, SOFT, Reading, classify, is_by_program
from guanxi.inbox.matching import Match
from guanxi.inbox.models import Arrival, Mailbox
from guanxi.inbox.parse import Parsed, parse
from guanxi.inbox.quoting import cleaned, own_words
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message

KEPT = timedelta(days=30)
DONE, UNMATCHED, QUARANTINED = "done", "unmatched", "quarantined"
REPLY, OTHER, UNSUBSCRIBE = "reply", "other", "unsubscribe"


def receive(*, raw: bytes, mailbox: Mailbox, now: datetime) -> Arrival | None:
    """Take in one mail of `mailbox`; None when it was taken in before. A letter from outside only ever adds."""
    parsed = parse(raw)
    reading = classify(parsed)
    arrival = _arrival(parsed, reading, mailbox, key_of(parsed, raw), now)
    try:
        with transaction.atomic():
            arrival.save(force_insert=True)
            _follow(arrival, parsed, reading, mailbox, now)
            arrival.save()
    except IntegrityError:
        if Arrival.objects.filter(source=arrival.source, key=arrival.key).exists():
            return None
        raise
    return arrival


def set_apart(*, raw: bytes, mailbox: Mailbox, now: datetime) -> Arrival | None:
    """Keep a mail that could not be read for a person to look at; None when it is kept already."""
    row, is_new = Arrival.objects.get_or_create(
        source=f"mailbox:{mailbox.pk}", key=hashlib.sha256(raw).hexdigest(),
        defaults={
            "mailbox": mailbox, "kind": OTHER, "reason": "unreadable", "state": QUARANTINED, "came_at": now,
            "recorded_at": now, "expires_at": now + KEPT,
            "text": cleaned(raw[:2000].decode("ascii", "replace")),
        },
    )  # fmt: skip
    return row if is_new else None


def key_of(parsed: Parsed, raw: bytes) -> str:
    """The same mail has the same key, wherever it lies; another mail with a borrowed Message-ID has another."""
    message_id = parsed.header("message-id")
    said = "\n".join(parsed.header(name) for name in ("message-id", "from", "date", "subject"))
    return hashlib.sha256(said.encode() if message_id else raw).hexdigest()


def _arrival(parsed: Parsed, reading: Reading, mailbox: Mailbox, key: str, now: datetime) -> Arrival:
    return Arrival(
        source=f"mailbox:{mailbox.pk}", key=key, mailbox=mailbox, kind=reading.kind, reason=reading.reason[:40],
        status=reading.status[:12], state=DONE, sender=addressees.name_and_address(parsed.header("from"))[1][:320],
        recipients=reading.recipients[:20], subject=cleaned(parsed.header("subject"))[:300],
        attachments=[cleaned(name)[:200] for name in parsed.attachments[:20]], came_at=date_of(parsed, now),
        recorded_at=now, expires_at=now + KEPT,
    )  # fmt: skip


def date_of(parsed: Parsed, now: datetime) -> datetime:
    """The mail's own date when it can be true: not in the future, at most 30 days old."""
    try:
        date = parsedate_to_datetime(parsed.header("date"))
        date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return now
    return date if now - KEPT <= date <= now else now


def _follow(arrival: Arrival, parsed: Parsed, reading: Reading, mailbox: Mailbox, now: datetime) -> None:
    if reading.kind in (HARD, SOFT, COMPLAINT):
        _follow_report(arrival, parsed, reading, now)
    elif (message := matching.unsubscribed_message(parsed)) is not None and not is_by_program(parsed):
        _follow_unsubscription(arrival, message, now)
    elif reading.kind == AUTO_REPLY:
        _follow_program(arrival, parsed, reading, now)
    elif mailbox.purpose == "bounces":
        arrival.kind, arrival.state = OTHER, DONE
    else:
        _follow_letter(arrival, parsed, reading, now)


def _follow_report(arrival: Arrival, parsed: Parsed, reading: Reading, now: datetime) -> None:
    match = matching.match_report(parsed, reading)
    _note(arrival, match)
    if match.message is None or match.message.handed_at is None:
        arrival.state = QUARANTINED
        arrival.text = cleaned(parsed.words)[:2000]
        return
    if reading.kind == COMPLAINT:
        effects.complained(
            message=match.message, kind=reading.reason, at=arrival.came_at, now=now, source="inbox"
        )  # fmt: skip
    else:
        arrival.kind = effects.came_back(
            message=match.message, outcomes=reading.outcomes, at=arrival.came_at, now=now, source="inbox"
        )


def _follow_unsubscription(arrival: Arrival, message: Message, now: datetime) -> None:
    arrival.kind = UNSUBSCRIBE
    _note(arrival, Match(message, message.contact, matching.SIGNATURE))
    proof = Proof(method="mail", source="mail", evidence={"message": message.pk, "arrival": arrival.pk})
    consent_actions.unsubscribe(contact=message.contact, proof=proof, now=now)


def _follow_program(arrival: Arrival, parsed: Parsed, reading: Reading, now: datetime) -> None:
    match = matching.match_letter(parsed)
    _note(arrival, match)
    if match.contact is None:
        arrival.state = UNMATCHED
        return
    effects.answered_by_program(
        message=match.message, contact=match.contact, reason=reading.reason, subject=arrival.subject,
        key=arrival.key, at=arrival.came_at, now=now,
    )  # fmt: skip


def _follow_letter(arrival: Arrival, parsed: Parsed, reading: Reading, now: datetime) -> None:
    arrival.kind = OTHER if reading.reason == "bulk" else REPLY
    match = matching.match_letter(parsed)
    _note(arrival, match)
    if is_by_program(parsed):  # a newsletter of a contact is no answer of his (RP-11)
        arrival.kind = OTHER
        return
    arrival.text = own_words(parsed.said)
    if match.contact is None:
        arrival.state = UNMATCHED
        return
    effects.replied(
        message=match.message, contact=match.contact, words=arrival.text, subject=arrival.subject,
        attachments=arrival.attachments, other_writer=_other_writer(arrival.sender, match.contact), key=arrival.key,
        at=arrival.came_at, now=now,
    )  # fmt: skip


def _other_writer(sender: str, contact: Contact) -> str:
    """Who wrote, when he is not the reader himself: a colleague to whom the mail was passed on."""
    return "" if matching.is_among(contact, [sender]) else sender


def _note(arrival: Arrival, match: Match) -> None:
    arrival.message, arrival.contact, arrival.matched_by = match.message, match.contact, match.by
