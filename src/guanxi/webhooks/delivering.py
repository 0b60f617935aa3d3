"""From events to answers: what is to be told becomes rows, rows become calls, answers become the next due moment.

The database is asked before and after the calls, never during them; calls to different endpoints run side by side.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from guanxi.kernel.fetching import unheld
from guanxi.kernel.sealed_field import readable
from guanxi.kernel.sealing import BrokenSeal
from guanxi.ledger.models import Event
from guanxi.staff import actions as staff_actions
from guanxi.webhooks import caller, payload
from guanxi.webhooks.actions import KEPT_FOR
from guanxi.webhooks.answers import Answer
from guanxi.webhooks.models import Delivery, Endpoint
from guanxi.webhooks.schedule import is_long_failure, next_try
from guanxi.webhooks.signatures import headers_for

AT_ONCE = 8  # endpoints called side by side
PER_ENDPOINT = 50
BUDGET_SECONDS = 15.0  # of one endpoint in one turn, so that a slow one does not hold up the mail
LEASE = timedelta(minutes=2)
HISTORY_AT_ONCE = 500
# On PostgreSQL a lower id may commit after a higher one: so far the look-back reaches.
HISTORY_OVERLAP = 2_000
USER_AGENT = "Guanxi-Webhooks/1"

Post = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Letter:
    """One telling as the calling thread needs it: plain values only."""

    delivery_id: int
    url: str
    own_network: bool
    webhook_id: str
    body: bytes
    keys: tuple[str, ...]


# What is to be told


def enqueue(*, events: Iterable[Event], now: datetime) -> int:
    """Note down whom these events are to be told; call it in the transaction that claimed them. Returns how many."""
    endpoints = Endpoint.listening()
    if not endpoints:
        return 0
    rows = [
        _row(endpoint, event.pk, now)
        for event in events
        for endpoint in endpoints
        if endpoint.wants(event.name) and not event.is_historical
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def enqueue_history(*, now: datetime) -> int:
    """The same for imported history, a bounded number at a time, for endpoints that want it."""
    found = 0
    for endpoint in Endpoint.listening():
        if endpoint.takes_history:
            found += _enqueue_history(endpoint, now)
    return found


@transaction.atomic
def _enqueue_history(endpoint: Endpoint, now: datetime) -> int:
    """By id from the endpoint's mark on, looking back a little; what is noted down already is passed over."""
    since = max(0, endpoint.history_after - HISTORY_OVERLAP)
    told = Delivery.objects.filter(endpoint=endpoint, event__gt=since).values("event_id")
    late = Event.objects.filter(is_historical=True, pk__gt=since, pk__lte=endpoint.history_after).exclude(pk__in=told)
    fresh = Event.objects.filter(is_historical=True, pk__gt=endpoint.history_after).order_by("pk")[:HISTORY_AT_ONCE]
    events = [*late.only("pk", "name", "recorded_at"), *fresh.only("pk", "name", "recorded_at")]
    wanted = [each for each in events if endpoint.wants(each.name) and each.recorded_at >= endpoint.created_at]
    Delivery.objects.bulk_create([_row(endpoint, each.pk, now) for each in wanted], ignore_conflicts=True)
    newest = max((each.pk for each in events), default=endpoint.history_after)
    Endpoint.objects.filter(pk=endpoint.pk).update(history_after=max(newest, endpoint.history_after))
    return len(wanted)


def _row(endpoint: Endpoint, event_id: int, now: datetime) -> Delivery:
    return Delivery(
        endpoint=endpoint, event_id=event_id, webhook_id=payload.event_id(event_id), due_at=now, created_at=now,
        expires_at=now + KEPT_FOR,
    )  # fmt: skip


# Telling


def send_due(*, clock: Callable[[], datetime], post: Post = caller.post) -> Counter[str]:
    """Tell what is due, once each; counts `told` and `failed`. A dead endpoint costs at most its budget of seconds."""
    now, token = clock(), secrets.token_hex(16)
    claimed = _claim(now=now, token=token)
    if not claimed:
        return Counter()
    letters = _letters(claimed, now)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="webhook") as pool:
        rounds = list(pool.map(lambda batch: _tell(batch, clock, post), letters.values()))
    answers = {delivery_id: answer for each in rounds for delivery_id, answer in each.items()}
    at = clock()
    counts: Counter[str] = Counter()
    for delivery in claimed:
        counts += _note(delivery, answers.get(delivery.pk), token, at)
    return counts


def _claim(*, now: datetime, token: str) -> list[Delivery]:
    """Lease the due rows of endpoints that are not held back, a bounded number each, by conditional UPDATE."""
    ready = Endpoint.objects.filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=now))
    due = _due(now).filter(Q(event__isnull=True) | Q(endpoint__state="active"), endpoint__in=ready)
    for endpoint_id in due.values_list("endpoint_id", flat=True).distinct().order_by()[:AT_ONCE]:
        _lease(due.filter(endpoint_id=endpoint_id).order_by("due_at", "id")[:PER_ENDPOINT], now, token)
    return list(
        Delivery.objects.filter(claimed_by=token).select_related("endpoint", "event").order_by("endpoint_id", "id")
    )


def _due(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(Q(state="waiting", due_at__lte=now) | Q(state="sending", lease_until__lte=now))


@transaction.atomic
def _lease(candidates: QuerySet[Delivery], now: datetime, token: str) -> None:
    candidates = unheld(candidates)
    _due(now).filter(pk__in=list(candidates.values_list("pk", flat=True))).update(
        state="sending", claimed_by=token, lease_until=now + LEASE
    )


def _letters(deliveries: Sequence[Delivery], now: datetime) -> dict[int, list[Letter]]:
    batches: dict[int, list[Letter]] = {}
    for each in deliveries:
        body = payload.event_payload(each.event) if each.event else payload.ping_payload(each.webhook_id, now)
        link = each.endpoint
        letter = Letter(each.pk, link.url, link.is_own_network, each.webhook_id, body, _keys(link, now))
        batches.setdefault(link.pk, []).append(letter)
    return batches


def _keys(endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """The secret, and for a day the one before it; nothing when the seal is broken."""
    texts = [endpoint.secret]
    if endpoint.former_secret and endpoint.former_until and endpoint.former_until > now:
        texts.append(endpoint.former_secret)
    try:
        return tuple(readable(each) for each in texts)
    except BrokenSeal:
        return ()


def _tell(letters: Sequence[Letter], clock: Callable[[], datetime], post: Post) -> dict[int, Answer]:
    """One endpoint's letters in order, until a door is closed or its time is up; the rest stays unanswered."""
    answers: dict[int, Answer] = {}
    began = time.monotonic()
    for letter in letters:
        if time.monotonic() - began > BUDGET_SECONDS:
            break
        answer = _call(letter, clock, post) if letter.keys else Answer("secret_lost")
        answers[letter.delivery_id] = answer
        if answer.closes_the_door or answer.outcome == "gone":
            break
    return answers


def _call(letter: Letter, clock: Callable[[], datetime], post: Post) -> Answer:
    headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT} | headers_for(
        webhook_id=letter.webhook_id, at=clock(), body=letter.body, keys=letter.keys
    )
    return post(url=letter.url, body=letter.body, headers=headers, own_network=letter.own_network)


# What came of it


@transaction.atomic
def _note(delivery: Delivery, answer: Answer | None, token: str, now: datetime) -> Counter[str]:
    """Write down one answer, if this claim still holds the row."""
    mine = Delivery.objects.filter(pk=delivery.pk, claimed_by=token, state="sending")
    if answer is None:
        mine.update(state="waiting", claimed_by="", lease_until=None)
        return Counter()
    tries = delivery.tries + 1
    due_at = None if answer.is_ok else next_try(tries=tries, now=now, asked_seconds=answer.asked_seconds)
    state = "delivered" if answer.is_ok else "waiting" if due_at else "gave_up"
    mine.update(
        state=state, due_at=due_at or delivery.due_at, tries=tries, tried_at=now, status=answer.status,
        outcome=answer.outcome, excerpt=answer.excerpt, claimed_by="", lease_until=None,
    )  # fmt: skip
    _note_endpoint(delivery.endpoint, answer, due_at, now)
    return Counter(told=1) if answer.is_ok else Counter(failed=1)


def _note_endpoint(endpoint: Endpoint, answer: Answer, due_at: datetime | None, now: datetime) -> None:
    rows = Endpoint.objects.filter(pk=endpoint.pk)
    if answer.is_ok:
        rows.exclude(failing_since=None, next_try_at=None).update(failing_since=None, next_try_at=None)
        return
    rows.filter(failing_since=None).update(failing_since=now)
    if answer.closes_the_door and due_at:
        rows.update(next_try_at=due_at)
    if answer.outcome == "gone":
        _pause(rows, "gone", now)
    elif due_at is None:
        fresh = rows.get()
        staff_actions.append_audit(
            actor=None, act="webhook.gave_up", now=now, object_kind="webhook", object_id=fresh.pk,
            details={"name": fresh.name, "reason": answer.outcome},
        )  # fmt: skip
        if is_long_failure(fresh.failing_since, now):
            _pause(rows, "failing", now)


def _pause(rows: QuerySet[Endpoint], reason: str, now: datetime) -> None:
    for endpoint in rows.filter(state="active"):
        rows.update(state="paused", paused_because=reason)
        staff_actions.append_audit(
            actor=None, act="webhook.paused", now=now, object_kind="webhook", object_id=endpoint.pk,
            details={"name": endpoint.name, "reason": reason},
        )  # fmt: skip
