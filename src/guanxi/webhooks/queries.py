"""Questions about endpoints and what was told to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet

from guanxi.webhooks.models import Delivery, Endpoint

SHOWN = 30
LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An endpoint of the list with how it went in the last seven days."""

    id: int
    name: str
    url: str
    event_names: list[str]
    state: str
    paused_because: str
    failing_since: datetime | None
    told: int
    given_up: int
    waiting: int
    told_at: datetime | None


def endpoint_lines(*, now: datetime) -> list[EndpointLine]:
    """All endpoints by name."""
    lately = Q(deliveries__created_at__gte=now - LATELY)
    rows = Endpoint.objects.annotate(
        told=Count("deliveries", filter=lately & Q(deliveries__state="delivered")),
        given_up=Count("deliveries", filter=lately & Q(deliveries__state="gave_up")),
        waiting=Count("deliveries", filter=Q(deliveries__state__in=["waiting", "sending"])),
        told_at=Max("deliveries__tried_at", filter=Q(deliveries__state="delivered")),
    )
    return [
        EndpointLine(
            each.pk, each.name, each.url, list(each.event_names), each.state, each.paused_because, each.failing_since,
            each.told, each.given_up, each.waiting, each.told_at,
        )
        for each in rows.order_by("name", "id")
    ]  # fmt: skip


def latest_deliveries(endpoint: Endpoint, *, limit: int = SHOWN) -> QuerySet[Delivery]:
    """The newest first."""
    return Delivery.objects.filter(endpoint=endpoint).select_related("event").order_by("-id")[:limit]


def has_waiting(endpoint: Endpoint) -> bool:
    return Delivery.objects.filter(endpoint=endpoint, state__in=["waiting", "sending"]).exists()


def trouble_count() -> int:
    """Endpoints that were paused because they failed, or whose tellings were given up."""
    return Endpoint.objects.filter(state="paused").exclude(paused_because="person").count()
