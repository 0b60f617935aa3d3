"""Who rose and who fell: the moves between tiers, counted and one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from guanxi.ledger import queries as ledger_queries
from guanxi.tiering.models import Scheme, StandingChange

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Flow:
    """How many customers went from one tier to another."""

    from_tier: str
    to_tier: str
    customers: int


@dataclass(frozen=True, slots=True)
class Move:
    """One move with the figures it was decided on."""

    customer_id: int
    customer: str
    country: str
    from_tier: str
    to_tier: str
    cause: str
    at: datetime
    figures: dict[str, Any] = field(default_factory=dict)


def flows(*, user: Any, scheme: Scheme, since: datetime) -> list[Flow]:
    """The moves since then between two tiers, the largest stream first; first standings are no moves."""
    rows = _moves(user, scheme, since).order_by().values_list("from_tier", "to_tier").annotate(count=Count("id"))
    return [Flow(before, after, count) for before, after, count in rows.order_by("-count", "from_tier", "to_tier")]


def moves(*, user: Any, scheme: Scheme, since: datetime, page: int = 1) -> Page[Any]:
    """The moves since then, the newest first."""
    rows = _moves(user, scheme, since).select_related("customer").order_by("-at", "-id")
    found: Page[Any] = Paginator(rows, PAGE_SIZE).get_page(page)
    found.object_list = [
        Move(each.customer_id, each.customer.name, each.customer.country, each.from_tier, each.to_tier, each.cause,
             each.at, dict(each.figures))
        for each in found.object_list
    ]  # fmt: skip
    return found


def _moves(user: Any, scheme: Scheme, since: datetime) -> QuerySet[StandingChange]:
    seen = ledger_queries.customers_for(user)
    rows = StandingChange.objects.filter(scheme=scheme, at__gte=since, customer__in=seen)
    return rows.exclude(from_tier="")
