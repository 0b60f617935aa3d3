"""The last word on hits: ten minutes later, over all of a message together, and only then the ledger is told (RP-43).

A scanner shows itself by what it does in the seconds around; so nothing follows from a hit before its settle window is
over. The raw hits stay, and newer rules may judge them again (RP-40).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from guanxi.kernel.fetching import unheld
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Event
from guanxi.outbox.models import Message
from guanxi.tracking import arriving
from guanxi.tracking.models import Hit, PageHit
from guanxi.tracking.verdicts import CLICK, OPEN, RULES_VERSION, SETTLE_WINDOW, Verdict, Visit, judge_all

AT_ONCE = 500
EVENT_NAMES = {OPEN: "email.opened", CLICK: "email.clicked"}
RAW_KEPT = timedelta(days=30)
AnyHit = TypeVar("AnyHit", Hit, PageHit)


def settle_due(*, now: datetime, limit: int = 100_000) -> int:
    """Judge the hits whose window is over and tell the ledger; returns how many."""
    arriving.take_up()
    return in_rounds(_settle_some, now=now, limit=limit)


def in_rounds(settle_some: Callable[[datetime], int], *, now: datetime, limit: int) -> int:
    """Settle AT_ONCE at a time until nothing is ripe, or `limit` are settled; returns how many."""
    settled = 0
    while settled < limit:
        count = settle_some(now)
        settled += count
        if count < AT_ONCE:
            break
    return settled


def ripe_of(hits: QuerySet[AnyHit], now: datetime) -> list[AnyHit]:
    """The oldest of these whose window is over, locked; rows another worker holds are passed over."""
    due = hits.filter(settled_at__isnull=True, at__lte=now - SETTLE_WINDOW).order_by("at", "id")
    due = unheld(due)
    return list(due[:AT_ONCE])


@transaction.atomic
def _settle_some(now: datetime) -> int:
    ripe = ripe_of(Hit.objects.all(), now)
    ripe_ids = {hit.pk for hit in ripe}
    told: list[Event] = []
    for message, hits in _by_message({hit.message_id for hit in ripe}):
        told += _settle(message, hits, ripe_ids, now)
    ledger_actions.record_events(told)
    return len(ripe)


def _by_message(message_ids: Collection[int]) -> Iterable[tuple[Message, list[Hit]]]:
    messages = Message.objects.in_bulk(list(message_ids))
    hits: dict[int, list[Hit]] = defaultdict(list)
    for hit in Hit.objects.filter(message_id__in=message_ids).order_by("at", "id"):
        hits[hit.message_id].append(hit)
    return [(messages[message_id], found) for message_id, found in hits.items()]


def _settle(message: Message, hits: Sequence[Hit], ripe_ids: Collection[int], now: datetime) -> list[Event]:
    """Write the verdicts of one message; the events of what is ripe and says something new."""
    known = {(hit.kind, hit.link_index, hit.verdict) for hit in hits if hit.settled_at is not None}
    told = []
    for hit, verdict in zip(hits, judge_all([visit_of(hit, message) for hit in hits]), strict=True):
        was_settled = hit.settled_at is not None
        is_changed = (hit.verdict, hit.rule) != (verdict.verdict, verdict.rule)
        hit.verdict, hit.rule, hit.rule_version = verdict.verdict, verdict.rule, RULES_VERSION
        if hit.pk in ripe_ids:
            hit.settled_at = now
        elif not (was_settled and is_changed):
            continue
        sign = (hit.kind, hit.link_index, hit.verdict)
        if sign not in known and hit.kind in EVENT_NAMES:
            told.append(_event(message, hit, verdict, now))
        known.add(sign)
    Hit.objects.bulk_update(hits, ["verdict", "rule", "rule_version", "settled_at"])
    return told


def _event(message: Message, hit: Hit, verdict: Verdict, now: datetime) -> Event:
    """One event per link (or picture) and verdict; what a reader repeats tells nothing new."""
    properties: dict[str, Any] = {
        "verdict": verdict.verdict,
        "rule": verdict.rule,
        "subject": message.subject,
        "origin_kind": message.origin_kind,
        "origin_id": message.origin_id,
    }
    if hit.link_index is not None and hit.link_index < len(message.links):
        properties |= {"url": message.links[hit.link_index], "link": hit.link_index}
    return Event(
        name=EVENT_NAMES[hit.kind], customer_id=message.customer_id, contact_id=message.contact_id,
        object_kind="message", object_id=str(message.pk), properties=properties, occurred_at=hit.at, recorded_at=now,
        source="tracking",
    )  # fmt: skip


def visit_of(hit: Hit, message: Message) -> Visit:
    return Visit(
        hit.kind, hit.at, hit.method, hit.user_agent, hit.link_index, message.accepted_at, hit.network
    )  # fmt: skip


@transaction.atomic
def judge_again(*, now: datetime, limit: int = 5_000) -> int:
    """Judge settled hits of older rules anew while their raw form is kept; returns how many were looked at (RP-40).

    What turns out to be a machine, or a person, is told beside what was told before.
    """
    stale = Hit.objects.filter(settled_at__isnull=False, rule_version__lt=RULES_VERSION, at__gt=now - RAW_KEPT)
    ids = set(stale.order_by("message_id").values_list("message_id", flat=True)[:limit])
    looked_at = 0
    told: list[Event] = []
    for message, hits in _by_message(ids):
        looked_at += len(hits)
        told += _settle(message, hits, (), now)
        Hit.objects.bulk_update(hits, ["rule_version"])
    ledger_actions.record_events(told)
    return looked_at
