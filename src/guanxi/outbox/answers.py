"""What became of the messages that were handed over, written down: state, attempt, event, counters, consequences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from guanxi.consent import actions as consent_actions
from guanxi.kernel.bulk import update_rows
from guanxi.kernel.fetching import among
from guanxi.kernel.instances import made
from guanxi.kernel.questions import Question, Rows
from guanxi.ledger import actions as ledger_actions
from guanxi.outbox import pace, reasons, rows, streams, tallies
from guanxi.outbox.delivery import MOVED, Handed, move
from guanxi.outbox.models import Attempt, Frozen, Message, Rest
from guanxi.outbox.retry import SECOND_TRY_AFTER, UNKNOWN_BELIEVED_AFTER, next_look
from guanxi.outbox.states import ACCEPTED, DEFERRED, EXPIRED, FAILED, HANDING_OFF, QUEUED, UNCERTAIN
from guanxi.transports import base
from guanxi.transports.base import Receipt

Answer = tuple[Handed, Receipt]
STATE_AFTER = {
    base.ACCEPTED: ACCEPTED,
    base.DEFERRED: DEFERRED,
    base.RATE_LIMITED: DEFERRED,
    base.BLOCKED: DEFERRED,
    base.FAILED: FAILED,
    base.UNCERTAIN: UNCERTAIN,
    base.KEPT_BACK: QUEUED,
}
CHARGED = frozenset({base.DEFERRED, base.ACCEPTED, base.FAILED, base.UNCERTAIN})
COUNTED = {
    base.ACCEPTED: "accepted", base.DEFERRED: "deferred", base.RATE_LIMITED: "deferred", base.FAILED: "refused",
}  # fmt: skip
ANSWERED = [*MOVED, "handed_at", "accepted_at", "attempts", "last_reply", "provider_id"]
TOLD = ["ended_at", "phase", "code", "reply", "outcome", "reason"]
OF_REST = ("id", "sender_id", "domain", "until_at", "strikes", "reply")


@Question
def _handed_over(numbers: Any) -> Rows:
    found = Message.objects.filter(among("id", numbers), state__in=(HANDING_OFF, UNCERTAIN))
    return found.select_for_update().order_by("id").values_list("id", "epoch", "state")


@Question
def _resting(sender_ids: Any) -> Rows:
    return Rest.objects.filter(among("sender_id", sender_ids)).values_list(*OF_REST)


@transaction.atomic(savepoint=False)
def record(answers: Sequence[Answer], *, now: datetime, counts: tallies.Counts) -> int:
    """Write down what became of each message; returns how many were accepted.

    An answer that comes after the lease ran out still counts while nobody else has claimed the message.
    """
    counted = _believed(_still_ours(answers), now)
    if not counted:
        return 0
    frozen = _repeatable([each for each, receipt in counted if receipt.outcome == base.UNCERTAIN], now)
    late: list[reasons.Row] = []
    for handed, receipt in counted:
        late += _settle(handed.message, receipt, now, may_repeat=handed.message.id in frozen)
        if receipt.outcome in COUNTED:
            counts.add(
                COUNTED[receipt.outcome], sender_id=handed.sender_id, kind=handed.message.kind,
                domain=handed.message.domain,
            )  # fmt: skip
    rows.write([handed.message for handed, _ in counted], ANSWERED)
    reasons.keep(late)
    update_rows(Attempt, TOLD, [_told(*each, now) for each in counted], by=("message_id", "epoch"))
    ledger_actions.record_happenings(
        [told for each in counted if (told := _told_to_the_ledger(*each, now))], source="outbox"
    )
    _draw_consequences(counted, now)
    return sum(handed.message.state == ACCEPTED for handed, _ in counted)


def _still_ours(answers: Sequence[Answer]) -> list[Answer]:
    """Without those whose message another has claimed since, or that is gone."""
    found = _handed_over([handed.message.id for handed, _ in answers])
    states = {(number, epoch): state for number, epoch, state in found}
    ours = []
    for handed, receipt in answers:
        if state := states.get((handed.message.id, handed.epoch)):
            handed.message.state = state
            ours.append((handed, receipt))
    return ours


def _believed(answers: list[Answer], now: datetime) -> list[Answer]:
    """A refusal nobody understands counts as final when this reader's server said so three days ago too (RP-17)."""
    unknown = [handed.message.contact_id for handed, receipt in answers if receipt.reason == "unknown"]
    if not unknown:
        return answers
    earlier = Attempt.objects.filter(
        message__contact_id__in=unknown, reason="unknown", began_at__lte=now - UNKNOWN_BELIEVED_AFTER
    )
    seen = set(earlier.values_list("message__contact_id", flat=True))
    return [
        (handed, _final(receipt) if receipt.reason == "unknown" and handed.message.contact_id in seen else receipt)
        for handed, receipt in answers
    ]


def _final(receipt: Receipt) -> Receipt:
    return Receipt(
        base.FAILED, receipt.phase, receipt.code, receipt.enhanced, receipt.text, "no_such_mailbox"
    )  # fmt: skip


def _repeatable(handed: Collection[Handed], now: datetime) -> set[int]:
    if not handed:
        return set()
    found = Frozen.objects.filter(message_id__in=[each.message.id for each in handed], until_at__gt=now)
    return set(found.values_list("message_id", flat=True))


def _settle(message: Message, receipt: Receipt, now: datetime, *, may_repeat: bool) -> list[reasons.Row]:
    state = DEFERRED if may_repeat else STATE_AFTER[receipt.outcome]
    due_at, late = message.due_at, []
    if receipt.outcome in CHARGED:
        message.attempts += 1
    if state in (DEFERRED, QUEUED):
        due_at = next_look(receipt=receipt, now=now, attempts=message.attempts)
        if due_at >= message.expires_at:
            state = EXPIRED
            detail = {"next_try": due_at.isoformat(), "reply": receipt.reply[:300]}
            late.append(reasons.drop(message, gate="expiry", reason="deferred_past_expiry", detail=detail, now=now))
        message.handed_at = None
    if state == UNCERTAIN:
        due_at = now + SECOND_TRY_AFTER
    if state == ACCEPTED:
        message.accepted_at = now
        message.provider_id = receipt.provider_id[:200]
    message.last_reply = receipt.reply[:500]
    move(message, state, due_at=due_at)
    return late


def _told(handed: Handed, receipt: Receipt, now: datetime) -> tuple[object, ...]:
    """The attempt, found by message and epoch, and what TOLD names."""
    return (
        handed.message.id, handed.epoch,
        now, receipt.phase, receipt.code, handed.message.last_reply, receipt.outcome, receipt.reason[:24],
    )  # fmt: skip


def _told_to_the_ledger(handed: Handed, receipt: Receipt, now: datetime) -> ledger_actions.Happening | None:
    message = handed.message
    if message.state == ACCEPTED:
        name, more = "email.sent", {}
    elif message.state == FAILED and receipt.reason == "no_such_mailbox":
        name, more = "email.bounced", {"class": "hard", "reply": receipt.reply[:300]}
    else:
        return None
    properties = {
        "template": message.template.key,
        "kind": message.kind,
        "subject": message.subject,
        "origin_kind": message.origin_kind,
        "origin_id": message.origin_id,
        **more,
    }
    return name, message.customer_id, message.contact_id, "message", str(message.id), properties, now, now


def _draw_consequences(answers: Sequence[Answer], now: datetime) -> None:
    settled = [handed.message.id for handed, _ in answers if handed.message.state not in (DEFERRED, QUEUED)]
    if any(handed.is_frozen for handed, _ in answers):
        Frozen.objects.filter(message_id__in=settled).delete()
    for handed, receipt in answers:
        if handed.message.state == FAILED and receipt.reason == "no_such_mailbox":
            _suppress(handed.message, receipt, now)
        if receipt.outcome == base.BLOCKED:
            streams.pause(sender_id=handed.sender_id, reason="authentication", detail=receipt.reply, now=now)
    _take_rests(answers, now)


def _take_rests(answers: Sequence[Answer], now: datetime) -> None:
    """Leave in peace who asked for it; whoever takes mail again has rested enough (RP-19, RP-20)."""
    asked = {
        (handed.sender_id, "" if receipt.slows == "stream" else handed.message.domain): receipt
        for handed, receipt in answers if receipt.outcome == base.RATE_LIMITED
    }  # fmt: skip
    taken = {(handed.sender_id, handed.message.domain) for handed, receipt in answers if receipt.outcome == ACCEPTED}
    known = {
        (each.sender_id, each.domain): each
        for each in (made(Rest, OF_REST, row) for row in _resting({sender for sender, _ in asked.keys() | taken}))
    }
    for key, receipt in asked.items():
        rest = known.get(key) or Rest(sender_id=key[0], domain=key[1], strikes=0, until_at=now - timedelta(1))
        if rest.until_at <= now:
            rest.strikes += 1
            rest.until_at = now + pace.rest_after(
                strikes=rest.strikes, asked=receipt.pause, is_stream=receipt.slows == "stream"
            )
        rest.reply = receipt.reply[:300]
        rest.save()
    over = [each.pk for key, each in known.items() if key in taken and key not in asked and each.until_at <= now]
    if over:
        Rest.objects.filter(id__in=over).delete()


def _suppress(message: Message, receipt: Receipt, now: datetime) -> None:
    consent_actions.suppress(
        address=message.contact.email,
        scope="all",
        reason="hard_bounce",
        detail=receipt.reply,
        now=now,
        contact=message.contact,
    )
