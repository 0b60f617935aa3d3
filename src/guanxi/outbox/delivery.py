"""Handing over: what is committed before the first byte, and what after the last answer (RD-03, RD-04, RD-05)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from guanxi.kernel.bulk import insert_rows
from guanxi.kernel.fetching import among
from guanxi.kernel.questions import Question, Rows
from guanxi.ledger.models import Contact
from guanxi.outbox import elsewhere, facts, last_look, reasons, rows, tallies
from guanxi.outbox.claims import LEASE
from guanxi.outbox.last_look import Mark
from guanxi.outbox.letterbook import LetterBook
from guanxi.outbox.letters import Prepared
from guanxi.outbox.models import Attempt, Frozen, Message, SendingPolicy
from guanxi.outbox.states import CLAIMED, FAILED, HANDING_OFF, QUEUED, check_move
from guanxi.transports.base import NO_PROMISE, Envelope, Promise

MOVED = ["state", "due_at", "claimed_by", "lease_until"]
BEGUN = ("message_id", "epoch", "began_at", "phase", "reply", "outcome", "reason")
UNANSWERED = ("", "", "", "")
HANDED = [*MOVED, "handed_at", "language", "version", "subject", "rfc_message_id", "body_hash", "links"]


@Question
def _locked_readers(contact_ids: Any) -> Rows:
    contacts = Contact.objects.select_for_update(of=("self",)).filter(among("id", contact_ids))
    return contacts.order_by("id").values_list("id", "email", "updated_at", "customer__updated_at")


@Question
def _claimed(numbers: Any) -> Rows:
    claimed = Message.objects.select_for_update().filter(among("id", numbers), state=CLAIMED)
    return claimed.order_by("id").values_list("id", "epoch", "claimed_by")


class Handed(NamedTuple):
    """A message that is committed as `handing_off`, under this epoch; `seen` is how far its gates had read."""

    prepared: Prepared
    epoch: int
    sender_id: int
    address_key: str
    seen: Mark
    is_frozen: bool = False

    @property
    def message(self) -> Message:
        return self.prepared.message

    @property
    def envelope(self) -> Envelope:
        """Raises LookupError where another process keeps it."""
        if self.prepared.envelope is None:
            raise LookupError(f"The companion keeps message {self.message.id}.")
        return self.prepared.envelope

    @property
    def question(self) -> last_look.Question:
        """What is asked about it before it leaves."""
        return last_look.Question(self.message.id, self.epoch, self.sender_id, self.address_key, *self.seen)


@transaction.atomic(savepoint=False)
def commit_hand_over(
    prepared: Sequence[Prepared],
    *,
    now: datetime,
    book: LetterBook,
    promises: Mapping[int, Promise],
    counts: tallies.Counts,
) -> list[Handed]:
    """Read once more what may have changed, and commit `handing_off` for those that may go.

    The contacts' rows are locked, as every withdrawal locks them: it is either seen here, or comes after. Whoever
    lost his claim meanwhile finds another epoch and changes nothing. `promises` are those of the senders' transports.
    """
    ours, written = _still_ours(prepared) if prepared else ([], ())
    if not ours:
        return []
    messages = [each.message for each in ours]
    table, seen = facts.gather(messages, now=now, book=book), last_look.mark()
    left = tallies.allowances(table.senders, now)
    handed = []
    for each in ours:
        sender_id = _decide(each, table, is_unchanged=each.message.id in written, left=left, counts=counts)
        if sender_id is not None:
            address_key = table.fingerprints[each.message.contact.email_key or ""]
            is_frozen = promises.get(sender_id, NO_PROMISE).idempotent
            handed.append(Handed(each, each.message.epoch, sender_id, address_key, seen, is_frozen))
    rows.write([each for each in messages if each.state == HANDING_OFF], HANDED)
    rows.write([each for each in messages if each.state == QUEUED], MOVED)
    rows.write([each for each in messages if each.state not in (HANDING_OFF, QUEUED)], [*MOVED, "judged_at"])
    rows.write([each.message for each in ours if each.has_new_values], ["values"])
    insert_rows(Attempt, BEGUN, ((each.message.id, each.epoch, now, *UNANSWERED) for each in handed))
    _freeze(handed, promises, now)
    return handed


def _still_ours(prepared: Sequence[Prepared]) -> tuple[list[Prepared], Collection[int]]:
    """Those whose claim holds, and the numbers of those whose reader is still as he was when his letter was written."""
    readers = {number: rest for number, *rest in _locked_readers({each.message.contact_id for each in prepared})}
    held = set(_claimed([each.message.id for each in prepared]))
    ours = [each for each in prepared if (each.message.id, each.message.epoch, each.message.claimed_by) in held]
    unchanged = {each.message.id for each in ours if _is_as_it_was(each.message, readers.get(each.message.contact_id))}
    return ours, unchanged


def _is_as_it_was(message: Message, reader: list[object] | None) -> bool:
    """Whether the reader's row says what it said; where a mail goes that goes elsewhere is not told there."""
    contact = message.contact
    known = [contact.email, contact.updated_at, contact.customer.updated_at]
    skipped = 1 if elsewhere.GROUP in message.values else 0
    return reader is not None and reader[skipped:] == known[skipped:]


def _decide(
    prepared: Prepared,
    table: facts.FactTable,
    *,
    is_unchanged: bool,
    left: dict[int, tallies.Allowance],
    counts: tallies.Counts,
) -> int | None:
    """Move the message on; the sender's number when it may be handed over."""
    message, sender = prepared.message, table.sender_of(prepared.message)
    if table.policy.is_stopped or not is_unchanged or sender is None or _is_spent(message, sender.pk, left):
        move(message, QUEUED, due_at=message.due_at)
        return None
    told, judgement = table.judged(message)
    if not judgement.passes:
        reasons.keep(reasons.of(message, judgement, told))
        message.judged_at = table.now
        move(message, judgement.state, due_at=judgement.due_at)
        return None
    table.note_marketing(message)
    message.state = check_move(message.state, HANDING_OFF)
    message.lease_until = table.now + LEASE
    message.handed_at = table.now
    record = prepared.record
    message.language, message.version, message.subject = record.language, record.version, record.subject[:400]
    message.rfc_message_id, message.body_hash = record.message_id, record.body_hash
    message.links = record.links
    counts.add("handed", sender_id=sender.pk, kind=message.kind, domain=message.domain)
    return sender.pk


def _is_spent(message: Message, sender_id: int, left: dict[int, tallies.Allowance]) -> bool:
    """Whether its sender may send no more for now; what may go is taken off."""
    allowance = left.get(sender_id)
    more = allowance.left_for(message.domain) if allowance else None
    if allowance is None or more is None:
        return False
    if more > 0:
        left[sender_id] = allowance.less_one(message.domain)
    return more <= 0


def _freeze(handed: Sequence[Handed], promises: Mapping[int, Promise], now: datetime) -> None:
    """Keep the bytes where the way out takes the same message twice without sending it twice (RD-10)."""
    frozen = []
    for each in handed:
        if each.is_frozen and not each.prepared.is_frozen:
            envelope, promise = each.envelope, promises[each.sender_id]
            frozen.append(
                Frozen(
                    message_id=each.message.id, mail_from=envelope.mail_from, rcpt_to=envelope.rcpt_to,
                    body=envelope.message, needs_smtputf8=envelope.needs_smtputf8, frozen_at=now,
                    until_at=now + promise.window,
                )
            )  # fmt: skip
    if frozen:
        Frozen.objects.filter(message_id__in=[each.message_id for each in frozen]).delete()
        Frozen.objects.bulk_create(frozen)


def refuse(message: Message, reason: str, *, now: datetime) -> None:
    """A letter that cannot be written ends as `failed`, with the reason on record."""
    with transaction.atomic():
        ours = Message.objects.select_for_update().filter(
            id=message.id, state=CLAIMED, epoch=message.epoch, claimed_by=message.claimed_by
        )
        if ours.update(state=FAILED, claimed_by="", lease_until=None, last_reply=reason[:500]):
            detail = {"sentence": reason[:500]}
            reasons.keep([reasons.drop(message, gate="letter", reason="cannot_be_written", detail=detail, now=now)])


def stop(reason: str) -> None:
    SendingPolicy.objects.update_or_create(id=1, defaults={"is_stopped": True, "stopped_reason": reason[:200]})


def move(message: Message, state: str, *, due_at: datetime) -> None:
    # An answer may find the message already `uncertain`, and say no more than that.
    message.state = state if state == message.state else check_move(message.state, state)
    message.due_at = due_at
    message.claimed_by, message.lease_until = "", None
