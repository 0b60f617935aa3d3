"""Who is slipping away, by the money at stake, and what came of earlier alerts (M-09, M-11, R-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Sum

from guanxi.ledger import queries as ledger_queries
from guanxi.scoring.models import RhythmAlert
from guanxi.staff.models import User

PAGE_SIZE = 30
TOLD_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class AtRisk:
    """One open alert; `stake` is a year of what is being lost. `figures` are those of the day it was found."""

    customer_id: int
    customer: str
    country: str
    owner: str
    kind: str
    stake: Decimal
    currency: str
    found_at: datetime
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """What the alerts of a year came to (R-11): customers found, back again, and ordered since."""

    found: int
    recovered: int
    open: int
    stake: Decimal
    saved: Decimal

    @property
    def recovered_share(self) -> float:
        return self.recovered / self.found if self.found else 0.0


def at_risk(*, user: User, kind: str = "", page: int = 1) -> Page[Any]:
    """The open alerts of the customers `user` may see, the most money first."""
    rows = _alerts(user).filter(recovered_at__isnull=True)
    if kind:
        rows = rows.filter(kind=kind)
    rows = rows.select_related("customer__owner").order_by("-stake", "pk")
    found: Page[Any] = Paginator(rows, PAGE_SIZE).get_page(page)
    found.object_list = [_row(each) for each in found.object_list]
    return found


def at_risk_of(customer_id: int) -> list[AtRisk]:
    """The open alerts of one customer."""
    rows = RhythmAlert.objects.filter(customer_id=customer_id, recovered_at__isnull=True)
    return [_row(each) for each in rows.select_related("customer__owner").order_by("-stake")]


def record(*, user: User, now: datetime) -> Record:
    """What was found and recovered in the latest year; money in the reporting currency of each run."""
    rows = _alerts(user).filter(found_at__gt=now - TOLD_FOR, found_at__lte=now)
    sums = rows.aggregate(
        found=Count("id"),
        recovered=Count("id", filter=Q(recovered_amount__gt=0)),
        open=Count("id", filter=Q(recovered_at__isnull=True)),
        stake=Sum("stake", filter=Q(recovered_at__isnull=True)),
        saved=Sum("recovered_amount"),
    )
    return Record(
        sums["found"], sums["recovered"], sums["open"], sums["stake"] or Decimal(0), sums["saved"] or Decimal(0)
    )  # fmt: skip


def _alerts(user: User) -> QuerySet[RhythmAlert]:
    return RhythmAlert.objects.filter(customer__in=ledger_queries.customers_for(user))


def _row(alert: RhythmAlert) -> AtRisk:
    customer = alert.customer
    return AtRisk(
        customer_id=customer.pk, customer=customer.name, country=customer.country,
        owner=str(customer.owner) if customer.owner else "", kind=alert.kind, stake=alert.stake,
        currency=alert.currency, found_at=alert.found_at, figures=dict(alert.figures),
    )  # fmt: skip
