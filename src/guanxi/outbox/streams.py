"""Streams, the mails of one kind from one sender: stopped by a person or by what comes back, and started again."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Sum

from guanxi.ledger.models import Event
from guanxi.outbox import pace, routes
from guanxi.outbox.models import Message, Sender, Stream, Tally, Verdict
from guanxi.outbox.states import HELD

logger = logging.getLogger(__name__)

KINDS = ("transactional", "service", "marketing")
REASONS: dict[str, str] = {
    "complaints": "Too many readers called its mails spam within an hour.",
    "hard_bounces": "Too many of its mails went to mailboxes that do not exist within an hour.",
    "authentication": "A mail server does not accept this sender's authentication.",
    "settings": "Its settings cannot be used.",
    "staff": "Somebody stopped it.",
}


def pause(*, sender_id: int, kinds: Collection[str] = KINDS, reason: str, detail: str, now: datetime) -> int:
    """Stop these streams, from the next hand-over on; returns how many ran until now. It is an alarm in the log too."""
    stopped = 0
    for kind in kinds:
        stream, _ = Stream.objects.get_or_create(sender_id=sender_id, kind=kind)
        stopped += Stream.objects.filter(id=stream.id, paused_at__isnull=True).update(
            paused_at=now, reason=reason, detail=detail[:300]
        )
    if stopped:
        logger.error("sending stopped for sender %d (%s): %s: %s", sender_id, ", ".join(kinds), reason, detail[:300])
    return stopped


@transaction.atomic
def resume(*, sender_id: int, kind: str, now: datetime) -> int:
    """Let its mails go on; returns how many are looked at anew."""
    Stream.objects.filter(sender_id=sender_id, kind=kind).update(paused_at=None, reason="", detail="")
    waiting = Message.objects.filter(routes.mails_of([sender_id]), kind=kind, state=HELD)
    held = Verdict.objects.filter(message=OuterRef("pk"), reason="stream_paused", at=OuterRef("judged_at"))
    return waiting.filter(Exists(held)).update(due_at=now)


def paused() -> dict[tuple[int, str], Stream]:
    """The streams that stand still, by sender and kind."""
    rows = Stream.objects.filter(paused_at__isnull=False).select_related("sender").order_by("paused_at")
    return {(each.sender_id, each.kind): each for each in rows}


def watch(*, now: datetime) -> int:
    """Stop each stream whose latest hour brought too many complaints or hard bounces (RP-31); returns how many."""
    since = now - pace.HOUR
    returned = Event.objects.filter(
        name__in=("email.complained", "email.bounced"), object_kind="message", recorded_at__gt=since
    ).values_list("object_id", "name", "properties")
    about = {
        int(number): name for number, name, found in returned
        if number.isdigit() and (name == "email.complained" or found.get("class") == "hard")
    }  # fmt: skip
    if not about:
        return 0
    senders = list(Sender.objects.order_by("-is_default", "id"))
    found: Counter[tuple[int, str, str]] = Counter()
    for number, sender_id, kind in Message.objects.filter(id__in=about).values_list("id", "sender_id", "kind"):
        sender = sender_id or getattr(routes.choose_sender(senders, kind), "id", 0)
        found[sender, kind, about[number]] += 1
    stopped = 0
    for sender_id, kind in {(sender, kind) for sender, kind, _ in found}:
        sent = _sent(sender_id, kind, since)
        complaints, bounces = found[sender_id, kind, "email.complained"], found[sender_id, kind, "email.bounced"]
        if reason := pace.stop_reason(sent=sent, complaints=complaints, hard_bounces=bounces):
            detail = f"{sent} sent, {complaints} complaints, {bounces} hard bounces within an hour"
            stopped += pause(sender_id=sender_id, kinds=[kind], reason=reason, detail=detail, now=now)
    return stopped


def _sent(sender_id: int, kind: str, since: datetime) -> int:
    tallies = Tally.objects.filter(sender_id=sender_id, kind=kind, slot_at__gt=since - timedelta(minutes=10))
    return tallies.aggregate(sum=Sum(F("accepted") + F("refused")))["sum"] or 0


def is_paused(sender_id: int, kind: str) -> bool:
    return Stream.objects.filter(Q(sender_id=sender_id, kind=kind), paused_at__isnull=False).exists()
