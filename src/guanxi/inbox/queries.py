"""Questions about what came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from guanxi.inbox.models import Arrival, Mailbox, ProviderKey
from guanxi.inbox.receiving import QUARANTINED, REPLY, UNMATCHED

COUNTED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many arrivals of one kind and reason came lately."""

    kind: str
    reason: str
    count: int


def arrivals(*, state: str = "", kind: str = "") -> QuerySet[Arrival]:
    """Newest first; letters of strangers and reports without proof by `state`, the others by `kind`."""
    found = Arrival.objects.select_related("contact__customer", "message", "mailbox").order_by("-recorded_at", "-id")
    if state:
        found = found.filter(state=state)
    return found.filter(kind=kind) if kind else found


def waiting() -> QuerySet[Arrival]:
    """Letters of people whom nobody knows."""
    return arrivals(state=UNMATCHED, kind=REPLY)


def counts_by_state() -> dict[str, int]:
    rows = Arrival.objects.values_list("state").annotate(count=Count("id"))
    return {"waiting": waiting().count(), QUARANTINED: dict(rows).get(QUARANTINED, 0)}


def counts_by_reason(*, now: datetime) -> list[ReasonCount]:
    """Bounces, complaints and automatic answers of the last 30 days, the most frequent first."""
    rows = Arrival.objects.filter(
        recorded_at__gt=now - COUNTED_FOR, kind__in=["hard", "soft", "complaint", "auto_reply"]
    )
    counted = rows.values_list("kind", "reason").annotate(count=Count("id")).order_by("-count", "kind", "reason")
    return [ReasonCount(*row) for row in counted[:40]]


def mailboxes() -> list[Mailbox]:
    return list(Mailbox.objects.order_by("name", "id"))


def provider_keys() -> dict[str, ProviderKey]:
    """The keys in use by provider."""
    return {key.provider: key for key in ProviderKey.objects.all()}
