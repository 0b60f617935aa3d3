"""Verbs of the outbox: propose, judge, send, stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from guanxi.content import queries as content_queries
from guanxi.content.models import Template
from guanxi.kernel.bulk import insert_rows
from guanxi.kernel.cycles import rare_looks
from guanxi.kernel.fetching import among, unheld
from guanxi.kernel.parts import in_parts
from guanxi.kernel.questions import Question, Rows
from guanxi.ledger.models import Contact
from guanxi.outbox import claims, companion, delivery, facts, places, queues, reasons, rows, ways
from guanxi.outbox.at_hand import AtHand
from guanxi.outbox.loading import loaded, numbered, with_readers
from guanxi.outbox.models import Message, PausedOrigin, Sender, SendingPolicy, Verdict
from guanxi.outbox.proposals import NotPlain, Proposal, check_plain
from guanxi.outbox.states import CLAIMED, HELD, QUEUED, SUPPRESSED, WAITING, check_move
from guanxi.outbox.turn import Turn
from guanxi.transports.addresses import domain_of, wire_address
from guanxi.transports.base import Transport

JUDGED_AT_ONCE = 500
KEYS_AT_ONCE = 500
__all__ = ["NotPlain", "Proposal"]
POLICY_FIELDS = frozenset({"cap_per_24_hours", "cap_per_7_days", "prospect_cap_per_7_days", "ramadan_shift_days"})


def propose(
    *,
    contact: Contact,
    template_key: str,
    values: Mapping[str, Any],
    origin_kind: str,
    origin_id: str,
    idempotency_key: str,
    not_before: datetime,
    expires_at: datetime,
    now: datetime,
    sender_id: int | None = None,
) -> Message:
    """Queue one mail for one occasion; the same key again returns the message that is there (RD-01).

    Raises NotPlain, and content's own exception for an unknown template.
    """
    known = Message.objects.filter(idempotency_key=idempotency_key).first()
    if known is not None:
        return known
    proposal = Proposal(
        contact=contact, template_key=template_key, values=values, origin_kind=origin_kind, origin_id=origin_id,
        idempotency_key=idempotency_key, not_before=not_before, expires_at=expires_at, sender_id=sender_id,
    )  # fmt: skip
    message = Message(**_columns_of(proposal, content_queries.template(template_key), now))
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        # Another worker proposed the same occasion between the look and the insert.
        return Message.objects.get(idempotency_key=idempotency_key)
    return message


@transaction.atomic
def propose_many(*, proposals: Sequence[Proposal], now: datetime) -> int:
    """Queue many mails at once, all or none; returns how many occasions were new (RD-01).

    Raises NotPlain, and content's own exception for an unknown template.
    """
    templates = {key: content_queries.template(key) for key in {each.template_key for each in proposals}}
    unique = {each.idempotency_key: each for each in proposals}
    known: set[str] = set()
    for some in in_parts(unique, KEYS_AT_ONCE):
        found = Message.objects.filter(among("idempotency_key", some))
        known.update(found.values_list("idempotency_key", flat=True))
    blank = Message()
    columns = {field.attname: getattr(blank, field.attname) for field in Message._meta.concrete_fields}
    del columns["id"]
    fresh = [
        tuple((columns | _columns_of(each, templates[each.template_key], now)).values())
        for key, each in unique.items()
        if key not in known
    ]
    # A rival's rows between the look and the insert are left as they are.
    insert_rows(Message, list(columns), fresh, skips_known=True)
    return len(fresh)


def _columns_of(proposal: Proposal, template: Template, now: datetime) -> dict[str, Any]:
    check_plain(proposal.values)
    return {
        "idempotency_key": proposal.idempotency_key,
        "contact_id": proposal.contact.pk,
        "customer_id": proposal.contact.customer_id,
        "template_id": template.pk,
        "sender_id": proposal.sender_id,
        "kind": template.kind,
        "domain": domain_of(proposal.contact.email),
        "origin_kind": proposal.origin_kind,
        "origin_id": proposal.origin_id,
        "chosen_by_profile": proposal.chosen_by_profile,
        "priority": places.of_origin(proposal.origin_kind) if proposal.priority is None else proposal.priority,
        "values": dict(proposal.values),
        "state": QUEUED,
        "due_at": max(proposal.not_before, now),
        "not_before": proposal.not_before,
        "expires_at": proposal.expires_at,
        "proposed_at": now,
    }


def judge_due(*, now: datetime, limit: int = 100_000, at_hand: AtHand | None = None) -> int:
    """Ask the gates about every message whose moment has come, and keep each answer; returns how many were judged.

    Those that may leave are kept `at_hand` for whoever claims them.
    """
    judged = 0
    with rare_looks():
        while judged < limit and (messages := _judge_some(now, min(JUDGED_AT_ONCE, limit - judged))):
            judged += len(messages)
            if at_hand is not None:
                at_hand.keep(message for message in messages if message.state == QUEUED)
    return judged


@transaction.atomic
def _judge_some(now: datetime, limit: int) -> list[Message]:
    numbers = queues.head(queues.TO_BE_JUDGED, now=now, limit=limit, is_held=True)
    if not numbers:
        return []
    # Readers only of these: a database that expects few rows joins before it counts.
    messages = numbered(numbers)
    messages += _rivals(messages, now)
    table = facts.gather(messages, now=now)
    said: list[reasons.Row] = []
    moved = []
    # Whoever passes takes his place before the next one is asked (CN-19).
    for message in sorted(messages, key=places.turn):
        told, judgement = table.judged(message)
        if judgement.passes:
            table.note_promised(message)
        said += reasons.of(message, judgement, told)
        before = message.state, message.domain
        if judgement.state != message.state:
            message.state = check_move(message.state, judgement.state)
        message.due_at, message.judged_at = judgement.due_at, now
        message.domain = domain_of(message.contact.email)
        if (message.state, message.domain) != before:
            moved.append(message)
    reasons.keep(said)
    rows.write(messages, ["due_at", "judged_at"])
    # Of the columns that several indexes hold only what is new.
    rows.write(moved, ["state", "domain"])
    return messages


def _rivals(messages: Sequence[Message], now: datetime) -> list[Message]:
    """What else is due for the same readers under the same cap, whether it has passed already or is not yet asked."""
    readers = {message.contact_id for message in messages if message.kind == "marketing"}
    if not readers:
        return []
    known = {message.pk for message in messages}
    numbers = [number for number, state in _waiting(readers, known, now) if state in (QUEUED, HELD)]
    return loaded(_still_waiting(numbers)) if numbers else []


@Question
def _waiting(readers: Any, known: Any, now: Any) -> Rows:
    # All of a reader's that have not left, which are few and lie together; of states the database knows too little.
    rows = Message.objects.filter(among("contact_id", readers), handed_at__isnull=True, kind="marketing")
    return rows.filter(due_at__lte=now).exclude(among("id", known)).values_list("id", "state")


@Question
def _still_waiting(numbers: Any) -> Rows:
    rows = Message.objects.filter(among("id", numbers), handed_at__isnull=True, state__in=(QUEUED, HELD))
    return with_readers(unheld(rows).order_by("id"))


def work_due(*, clock: Callable[[], datetime], worker: str) -> tuple[int, int]:
    """Judge and send until nothing is due; returns how many were judged and how many the mail servers accepted.

    A lot at a time: the first mails of a large mailing leave while the gates are asked about the others.
    """
    judged, sent, at_hand = 0, 0, AtHand()

    def judge_some(most: int) -> int:
        nonlocal judged
        count = judge_due(now=clock(), limit=most, at_hand=at_hand)
        judged += count
        return count

    def judge_ahead(most: int) -> int:
        return 0 if at_hand.is_full else judge_some(most)

    while True:
        asked = judge_some(companion.WORTH_A_PROCESS)
        accepted = send_due(clock=clock, worker=worker, meanwhile=judge_ahead, at_hand=at_hand)
        sent += accepted
        if not asked and not accepted:
            return judged, sent


def send_due(
    *,
    clock: Callable[[], datetime],
    worker: str,
    limit: int = 100_000,
    transport: Transport | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    meanwhile: Callable[[int], int] = lambda most: 0,
    at_hand: AtHand | None = None,
) -> int:
    """Hand over the judged messages that are due; returns how many the mail server accepted.

    Must not be called inside a transaction: `handing_off` has to be on disk before the first byte leaves (RD-03).
    Raises transports.smtp_url.OddSmtpUrl for a setting that cannot be used.
    """
    ready = len(queues.head(queues.TO_BE_SENT, now=clock(), limit=companion.WORTH_A_PROCESS))
    if not ready or facts.the_policy().is_stopped:
        return 0
    routes = ways.routes(transport, now=clock())
    helped = companion.transport_for_one(routes) if ready >= companion.WORTH_A_PROCESS else None
    turn = Turn(
        clock=clock, worker=worker, routes=routes, helped=helped, meanwhile=meanwhile, at_hand=at_hand
    )  # fmt: skip
    return turn.run(limit=limit, should_stop=should_stop)


def expire_leases(*, now: datetime) -> dict[str, int]:
    """Take messages from dead workers; repeat a transactional one of unknown fate once. Returns how many went where."""
    counts = claims.take_from_the_dead(now=now)
    repeated = claims.repeat_uncertain(now=now)
    return counts | ({"repeated": repeated} if repeated else {})


@transaction.atomic
def recall(*, origin_kind: str, origin_id: str, reason: str, now: datetime) -> int:
    """Hold back for good what this origin has proposed and what has not left yet; returns how many messages.

    `reason` is a code of the origin's own, such as `reacted`; it is kept as a verdict.
    """
    waiting = Message.objects.select_for_update().filter(
        origin_kind=origin_kind, origin_id=origin_id, state__in=(*WAITING, CLAIMED)
    )
    messages = list(waiting.order_by("id"))
    for message in messages:
        message.state = check_move(message.state, SUPPRESSED)
        message.claimed_by, message.lease_until, message.judged_at = "", None, now
    rows.write(messages, ["state", "claimed_by", "lease_until", "judged_at"])
    because = {"because": reason}
    reasons.keep([
        reasons.drop(message, gate=origin_kind, reason="recalled", detail=because, now=now) for message in messages
    ])  # fmt: skip
    return len(messages)


@transaction.atomic
def pause_origin(*, origin_kind: str, origin_id: str, reason: str, now: datetime) -> None:
    """Hold what this campaign or journey has proposed and will propose, from the next hand-over on (RD-04)."""
    PausedOrigin.objects.update_or_create(
        origin_kind=origin_kind, origin_id=origin_id, defaults={"reason": reason[:200], "paused_at": now}
    )


@transaction.atomic
def resume_origin(*, origin_kind: str, origin_id: str, now: datetime) -> int:
    """Let its mails go on; returns how many are looked at anew."""
    PausedOrigin.objects.filter(origin_kind=origin_kind, origin_id=origin_id).delete()
    paused = Verdict.objects.filter(message=OuterRef("pk"), reason="origin_paused", at=OuterRef("judged_at"))
    waiting = Message.objects.filter(origin_kind=origin_kind, origin_id=origin_id, state=HELD)
    return waiting.filter(Exists(paused)).update(due_at=now)


def stop_all(*, reason: str) -> SendingPolicy:
    """The kill switch: nothing is handed over from the next transaction on (RD-18)."""
    delivery.stop(reason)
    return facts.the_policy()


def resume() -> SendingPolicy:
    SendingPolicy.objects.filter(id=1).update(is_stopped=False, stopped_reason="")
    return facts.the_policy()


def set_policy(*, changes: Mapping[str, int]) -> SendingPolicy:
    """Write caps and the Ramadan shift; raises ValueError for any other name."""
    unknown = sorted(set(changes) - POLICY_FIELDS)
    if unknown:
        raise ValueError(f"Not part of the sending policy: {', '.join(unknown)}.")
    return SendingPolicy.objects.update_or_create(id=1, defaults=dict(changes))[0]


@transaction.atomic
def set_sender(*, name: str, address: str, reply_to: str = "") -> Sender:
    """The sender of all mail from now on; raises transports.addresses.BadAddress."""
    for box in filter(None, (address, reply_to)):
        wire_address(box)
    sender = Sender.objects.filter(address=address).first() or Sender(address=address)
    sender.name, sender.reply_to, sender.is_default = name.strip(), reply_to, True
    sender.save()
    Sender.objects.exclude(id=sender.id).update(is_default=False)
    return sender
