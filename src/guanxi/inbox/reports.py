"""Taking in what a provider reports: proved, matched by its own name of the mail, kept once, in any order (RD-12)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from guanxi.consent import actions as consent_actions
from guanxi.consent.statements import Proof
from guanxi.inbox import effects, matching
from guanxi.inbox.classify import HARD, SOFT, UNDETERMINED, Outcome, judge
from guanxi.inbox.models import Arrival, ProviderKey
from guanxi.inbox.providers import PROVIDERS
from guanxi.inbox.providers.base import (
    BOUNCED,
    COMPLAINED,
    DELIVERED,
    OTHER,
    UNSUBSCRIBED,
    Report,
    Request,
    Unproven,
)
from guanxi.inbox.quoting import cleaned
from guanxi.inbox.receiving import DONE, KEPT, QUARANTINED, UNSUBSCRIBE
from guanxi.kernel.sealed_field import readable
from guanxi.kernel.sealing import BrokenSeal
from guanxi.outbox import returned
from guanxi.outbox.models import Message

AHEAD = timedelta(minutes=5)
PASSING = re.compile(r"(?:smtp; ?)?4(?:\d\d\b|\.\d)", re.IGNORECASE)


def check(*, provider: str, request: Request, payload: object) -> None:
    """Raises Unproven unless the provider's own proof fits the key kept for it; without a key nothing fits (RS-23)."""
    key = ProviderKey.objects.filter(provider=provider).first()
    try:
        if key is None or provider not in PROVIDERS:
            raise Unproven
        PROVIDERS[provider].check(request, readable(key.secret), payload)
    except (Unproven, BrokenSeal):
        ProviderKey.objects.filter(provider=provider).update(refused_at=request.now)
        raise Unproven from None
    ProviderKey.objects.filter(provider=provider).update(heard_at=request.now)


@transaction.atomic
def take_all(*, provider: str, payload: object, now: datetime) -> int:
    """Take in the reports of a proved body; returns how many are new."""
    reports: Sequence[Report] = PROVIDERS[provider].read(payload)
    return sum(take(provider=provider, report=report, now=now) for report in reports)


def take(*, provider: str, report: Report, now: datetime) -> bool:
    """One report; False when its event is known already."""
    key = hashlib.sha256((report.event_id or repr(report)).encode()).hexdigest()
    arrival = Arrival(
        source=provider, key=key, kind=report.kind[:12],
        state=DONE, status=report.status[:12], recipients=[report.address[:320]] if report.address else [],
        text=cleaned(report.words)[:1000], came_at=_at(report, now), recorded_at=now, expires_at=now + KEPT,
    )  # fmt: skip
    try:
        with transaction.atomic():
            arrival.save(force_insert=True)
            _follow(arrival, report, provider, now)
            arrival.save()
    except IntegrityError:
        if Arrival.objects.filter(source=provider, key=arrival.key).exists():
            return False
        raise
    return True


def _at(report: Report, now: datetime) -> datetime:
    return report.at if now - KEPT <= report.at <= now + AHEAD else now


def _follow(arrival: Arrival, report: Report, provider: str, now: datetime) -> None:
    if report.kind == OTHER:
        arrival.kind, arrival.state = "other", QUARANTINED if report.words.startswith("https://") else DONE
        return
    message = message_of(report)
    if message is None or message.handed_at is None:
        arrival.kind = {BOUNCED: SOFT, COMPLAINED: "complaint"}.get(report.kind, "other")
        arrival.state = DONE if report.kind == DELIVERED else QUARANTINED
        return
    arrival.message, arrival.contact, arrival.matched_by = message, message.contact, matching.PROVIDER
    if report.kind == BOUNCED:
        outcome = outcome_of(report)
        arrival.reason = outcome.reason
        arrival.kind = effects.came_back(
            message=message, outcomes=[outcome], at=arrival.came_at, now=now, source=provider
        )
    elif report.kind == COMPLAINED:
        arrival.kind, arrival.reason = "complaint", report.words[:40] or "abuse"
        effects.complained(message=message, kind=arrival.reason, at=arrival.came_at, now=now, source=provider)
    elif report.kind == UNSUBSCRIBED:
        arrival.kind = UNSUBSCRIBE
        proof = Proof(method="mail", source=provider, evidence={"message": message.pk, "event": report.event_id[:100]})
        consent_actions.unsubscribe(contact=message.contact, proof=proof, now=now)
    elif report.kind == DELIVERED:
        arrival.kind, arrival.reason = "other", "delivered"
        returned.note_delivery(message_id=message.pk, delivered_at=arrival.came_at, now=now)


def message_of(report: Report) -> Message | None:
    """The mail that a report names, when it went to the reader whom the report names."""
    names = [name for name in dict.fromkeys(report.names) if len(name) > 2]
    if not names:
        return None
    found = Message.objects.filter(Q(provider_id__in=names) | Q(rfc_message_id__in=names))
    message = found.select_related("contact__customer").order_by("-id").first()
    if message is None or (report.address and not matching.is_among(message.contact, [report.address])):
        return None
    return message


def outcome_of(report: Report) -> Outcome:
    """By the words of the reader's server; where they say nothing, by the provider's own verdict.

    A code of 4xx that the provider does not call final is tried again, whatever stands beside it.
    """
    outcome = judge(report.address, status=report.status, words=report.words)
    if outcome.kind == HARD and not report.is_final and PASSING.match(report.words or report.status):
        return replace(outcome, kind=SOFT)
    if outcome.reason == UNDETERMINED and report.is_final:
        return Outcome(report.address, HARD, "provider", report.status, outcome.words)
    return outcome
