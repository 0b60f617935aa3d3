"""Leases on messages: claim, keep, give back, and take from the dead (RD-02, RD-06, RD-07)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet

from guanxi.kernel import fetching
from guanxi.kernel.questions import Change
from guanxi.outbox import queues, rows
from guanxi.outbox.at_hand import AtHand
from guanxi.outbox.models import Attempt, Frozen, Message
from guanxi.outbox.retry import SECOND_TRY_AFTER, may_repeat, state_after_crash
from guanxi.outbox.states import CLAIMED, HANDING_OFF, LEASED, QUEUED, UNCERTAIN, check_move

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 10.0


def claim(
    *, now: datetime, token: str, limit: int, among: Q = queues.ANY, at_hand: AtHand | None = None
) -> list[Message]:
    """Take up to `limit` messages that are due and judged, and that no other worker is taking in the same moment.

    `token` names this one claim; what is `at_hand` is not loaded again. Messages on which a worker died are taken last
    and one at a time, so that the next death is laid to the right one.
    """
    for crashed, count in ((Q(crashes=0), limit), (Q(crashes__gt=0), 1)):
        if taken := _take(count, among & crashed, now=now, token=token, at_hand=at_hand or AtHand()):
            return taken
    return []


@transaction.atomic
def _take(limit: int, among: Q, *, now: datetime, token: str, at_hand: AtHand) -> list[Message]:
    """Those nobody else can take meanwhile: their rows are held, or the whole database is."""
    numbers = queues.head(queues.TO_BE_SENT, now=now, limit=limit, among=among, is_held=True)
    if not numbers:
        return []
    _lease(numbers, token, now + LEASE)
    return at_hand.claimed(numbers, token=token, until=now + LEASE)


@Change
def _lease(numbers: Any, token: Any, until: Any) -> tuple[QuerySet[Message], dict[str, Any]]:
    # By number alone: it has an index that is used whatever is known of the rest.
    taken = Message.objects.filter(fetching.among("id", numbers))
    return taken, {"state": CLAIMED, "claimed_by": token, "lease_until": until, "epoch": F("epoch") + 1}


def keep(*, token: str, now: datetime) -> int:
    """The heartbeat: whoever took these claims, all whose names begin so, is alive."""
    return Message.objects.filter(state__in=LEASED, claimed_by__startswith=token).update(lease_until=now + LEASE)


def give_back(*, token: str) -> int:
    """Put what is claimed, under a name that begins so, and not handed over back into the queue."""
    ours = Message.objects.filter(state=CLAIMED, claimed_by__startswith=token)
    return ours.update(state=QUEUED, claimed_by="", lease_until=None)


@transaction.atomic
def take_from_the_dead(*, now: datetime) -> dict[str, int]:
    """Messages whose lease ran out: `claimed` goes back to the queue, `handing_off` becomes `uncertain`.

    Nothing is deleted, nothing resent here. Returns how many went where.
    """
    counts: dict[str, int] = {}
    orphans = list(_locked(Message.objects.filter(state__in=LEASED, lease_until__lt=now)))
    handed = [message.pk for message in orphans if message.state == HANDING_OFF]
    frozen = set(Frozen.objects.filter(message_id__in=handed, until_at__gt=now).values_list("message_id", flat=True))
    for message in orphans:
        message.crashes += 1
        into = state_after_crash(state=message.state, crashes=message.crashes, may_repeat=message.pk in frozen)
        message.state = check_move(message.state, into)
        message.claimed_by, message.lease_until = "", None
        if into == UNCERTAIN:
            message.due_at = now + SECOND_TRY_AFTER
            message.last_reply = "The worker died while it handed the message over."
        counts[into] = counts.get(into, 0) + 1
    rows.write(orphans, ["state", "crashes", "claimed_by", "lease_until", "due_at", "last_reply"])
    _close_attempts(handed, now)
    return counts


@transaction.atomic
def repeat_uncertain(*, now: datetime) -> int:
    """Queue each transactional message of unknown fate once more, under its old Message-ID (reliability 4.1)."""
    lost = _locked(Message.objects.filter(state=UNCERTAIN, kind="transactional", due_at__lte=now, expires_at__gt=now))
    tries = _uncertain_tries(message.id for message in lost)
    again = [message.id for message in lost if may_repeat(kind=message.kind, uncertain_tries=tries[message.id])]
    return Message.objects.filter(id__in=again, state=UNCERTAIN).update(state=QUEUED, due_at=now)


def _uncertain_tries(message_ids: Iterable[int]) -> dict[int, int]:
    counted = (
        Attempt.objects.filter(message_id__in=list(message_ids), outcome=UNCERTAIN)
        .values_list("message_id")
        .annotate(count=Count("id"))
    )
    return dict(counted)


def _close_attempts(handed: Collection[int], now: datetime) -> None:
    Attempt.objects.filter(message_id__in=handed, ended_at__isnull=True).update(ended_at=now, outcome=UNCERTAIN)


def _locked(messages: QuerySet[Message]) -> QuerySet[Message]:
    if connection.features.has_select_for_update_skip_locked:
        return messages.select_for_update(skip_locked=True)
    return messages
