"""Handing over: the transaction before the first byte, the transaction after the last answer (RD-03, RD-04, RD-05)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guanxi.consent import actions as consent_actions
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event
from guanxi.outbox import facts, rows
from guanxi.outbox.claims import LEASE, loaded
from guanxi.outbox.judgement import Judgement, judge
from guanxi.outbox.letterbook import LetterBook
from guanxi.outbox.letters import Prepared
from guanxi.outbox.models import Attempt, Message, SendingPolicy, Verdict
from guanxi.outbox.retry import RATE_PAUSE, SECOND_TRY_AFTER, next_try
from guanxi.outbox.states import (
    ACCEPTED,
    CLAIMED,
    DEFERRED,
    EXPIRED,
    FAILED,
    HANDING_OFF,
    QUEUED,
    UNCERTAIN,
    check_move,
)
from guanxi.transports import base
from guanxi.transports.base import Receipt

STATE_AFTER = {
    base.ACCEPTED: ACCEPTED,
    base.DEFERRED: DEFERRED,
    base.RATE_LIMITED: DEFERRED,
    base.BLOCKED: DEFERRED,
    base.FAILED: FAILED,
    base.UNCERTAIN: UNCERTAIN,
}
MOVED = ["state", "due_at", "claimed_by", "lease_until", "judged_at"]
HANDED = [*MOVED, "handed_at", "language", "subject", "rfc_message_id", "body_hash", "links"]
ANSWERED = [*MOVED, "handed_at", "accepted_at", "attempts", "last_reply"]


@dataclass(frozen=True, slots=True)
class Handed:
    """A message that is committed as `handing_off`, under this epoch."""

    prepared: Prepared
    epoch: int


@transaction.atomic
def commit_hand_over(prepared: Sequence[Prepared], *, token: str, now: datetime, book: LetterBook) -> list[Handed]:
    """Read once more what may have changed, and commit `handing_off` for those that may go.

    The contacts' rows are locked, as every withdrawal locks them: it is either seen here, or comes after. Whoever
    lost his claim meanwhile finds another epoch and changes nothing.
    """
    by_id = {each.message.id: each for each in prepared}
    contact_ids = {each.message.contact_id for each in prepared}
    list(Contact.objects.select_for_update().filter(id__in=contact_ids).order_by("id").values_list("id"))
    ours = Message.objects.select_for_update(of=("self",)).filter(id__in=by_id, state=CLAIMED, claimed_by=token)
    messages = [
        message for message in loaded(ours).order_by("due_at", "id")
        if message.epoch == by_id[message.id].message.epoch
    ]  # fmt: skip
    table = facts.gather(messages, now=now, book=book)
    handed = [
        Handed(by_id[message.id], message.epoch) for message in messages if _decide(message, by_id[message.id], table)
    ]
    rows.write(messages, HANDED)
    rows.write([each for each in messages if each.values is by_id[each.id].message.values], ["values"])
    Attempt.objects.bulk_create(
        Attempt(message_id=each.prepared.message.id, epoch=each.epoch, began_at=now) for each in handed
    )
    return handed


def _decide(message: Message, prepared: Prepared, table: facts.FactTable) -> bool:
    """Move the loaded message on; True when it may be handed over."""
    if table.policy.is_stopped or message.contact.email != prepared.message.contact.email:
        _move(message, QUEUED, due_at=message.due_at)
        return False
    judgement = judge(table.facts_of(message), expires_at=message.expires_at)
    if not judgement.passes:
        Verdict.objects.bulk_create(verdicts_of(message, judgement, table.now))
        _move(message, judgement.state, due_at=judgement.due_at)
        return False
    table.note_marketing(message)
    message.state = check_move(message.state, HANDING_OFF)
    message.lease_until = table.now + LEASE
    message.handed_at = table.now
    message.language, message.subject = prepared.language, prepared.subject[:400]
    message.rfc_message_id, message.body_hash = prepared.envelope.message_id, prepared.body_hash
    message.links = prepared.links
    if message.values.keys() != prepared.message.values.keys():
        message.values = prepared.message.values
    return True


def verdicts_of(message: Message, judgement: Judgement, now: datetime) -> list[Verdict]:
    return [
        Verdict(
            message=message,
            gate=gate,
            outcome=opinion.outcome,
            reason=opinion.reason,
            detail=opinion.detail,
            until_at=opinion.until,
            at=now,
        )
        for gate, opinion in judgement.opinions
    ]


@transaction.atomic
def record_receipts(handed: Sequence[Handed], receipts: Sequence[Receipt], *, now: datetime) -> int:
    """Write down what became of each message; returns how many were accepted.

    An answer that comes after the lease ran out still counts while nobody else has claimed the message.
    """
    answers = {each.prepared.message.id: (each, receipt) for each, receipt in zip(handed, receipts, strict=True)}
    found = Message.objects.select_for_update(of=("self",)).filter(id__in=answers, state__in=(HANDING_OFF, UNCERTAIN))
    messages = [message for message in loaded(found).order_by("id") if message.epoch == answers[message.id][0].epoch]
    late: list[Verdict] = []
    for message in messages:
        late += _settle(message, answers[message.id][1], now)
    rows.write(messages, ANSWERED)
    Verdict.objects.bulk_create(late)
    _close_attempts(messages, {message_id: receipt for message_id, (_, receipt) in answers.items()}, now)
    ledger_actions.record_events(
        [event for message in messages if (event := _event_of(message, answers[message.id][1], now))]
    )
    for message in messages:
        if message.state == FAILED and answers[message.id][1].reason == "no_such_mailbox":
            _suppress(message, answers[message.id][1], now)
    return sum(message.state == ACCEPTED for message in messages)


def refuse(message: Message, reason: str, *, now: datetime) -> None:
    """A letter that cannot be written ends as `failed`, with the reason on record."""
    with transaction.atomic():
        ours = Message.objects.select_for_update().filter(
            id=message.id, state=CLAIMED, epoch=message.epoch, claimed_by=message.claimed_by
        )
        if ours.update(state=FAILED, claimed_by="", lease_until=None, last_reply=reason[:500]):
            detail = {"sentence": reason[:500]}
            Verdict.objects.create(
                message=message, gate="letter", outcome="drop", reason="cannot_be_written", detail=detail, at=now
            )


def stop(reason: str) -> None:
    SendingPolicy.objects.update_or_create(id=1, defaults={"is_stopped": True, "stopped_reason": reason[:200]})


def _settle(message: Message, receipt: Receipt, now: datetime) -> list[Verdict]:
    state = STATE_AFTER[receipt.outcome]
    due_at, verdicts = message.due_at, []
    if receipt.outcome in (base.DEFERRED, base.ACCEPTED, base.FAILED, base.UNCERTAIN):
        message.attempts += 1
    if state == DEFERRED:
        paused = receipt.outcome in (base.RATE_LIMITED, base.BLOCKED)
        due_at = now + RATE_PAUSE if paused else next_try(now=now, attempts=message.attempts)
        if due_at >= message.expires_at:
            state = EXPIRED
            detail = {"next_try": due_at.isoformat(), "reply": receipt.reply[:300]}
            verdicts.append(
                Verdict(
                    message=message, gate="expiry", outcome="drop", reason="deferred_past_expiry", detail=detail, at=now
                )
            )  # fmt: skip
        message.handed_at = None
    if state == UNCERTAIN:
        due_at = now + SECOND_TRY_AFTER
    if state == ACCEPTED:
        message.accepted_at = now
    message.last_reply = receipt.reply[:500]
    _move(message, state, due_at=due_at)
    return verdicts


def _move(message: Message, state: str, *, due_at: datetime) -> None:
    # An answer may find the message already `uncertain`, and say no more than that.
    message.state = state if state == message.state else check_move(message.state, state)
    message.due_at = due_at
    message.claimed_by, message.lease_until = "", None


def _close_attempts(messages: Sequence[Message], receipts: dict[int, Receipt], now: datetime) -> None:
    epochs = {message.id: message.epoch for message in messages}
    tries = [each for each in Attempt.objects.filter(message_id__in=epochs) if each.epoch == epochs[each.message_id]]
    for each in tries:
        receipt = receipts[each.message_id]
        each.ended_at, each.phase, each.code = now, receipt.phase, receipt.code
        each.reply, each.outcome = receipt.reply[:500], receipt.outcome
    rows.write(tries, ["ended_at", "phase", "code", "reply", "outcome"])


def _event_of(message: Message, receipt: Receipt, now: datetime) -> Event | None:
    properties = {
        "template": message.template.key,
        "kind": message.kind,
        "subject": message.subject,
        "origin_kind": message.origin_kind,
        "origin_id": message.origin_id,
    }
    if message.state == ACCEPTED:
        name = "email.sent"
    elif message.state == FAILED and receipt.reason == "no_such_mailbox":
        name = "email.bounced"
        properties |= {"class": "hard", "reply": receipt.reply[:300]}
    else:
        return None
    return Event(
        name=name,
        customer_id=message.customer_id,
        contact_id=message.contact_id,
        object_kind="message",
        object_id=str(message.id),
        properties=properties,
        occurred_at=now,
        recorded_at=now,
        source="outbox",
    )


def _suppress(message: Message, receipt: Receipt, now: datetime) -> None:
    consent_actions.suppress(
        address=message.contact.email,
        scope="all",
        reason="hard_bounce",
        detail=receipt.reply,
        now=now,
        contact=message.contact,
    )
