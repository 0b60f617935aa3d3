"""Where the effort goes, against where the money comes from: tasks, mails and expenses per tier (T-33, T-65)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count

from guanxi.budget import queries as budget_queries
from guanxi.desk.models import Task
from guanxi.offers import queries as offers_queries
from guanxi.outbox.models import Message
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Scheme

YEAR = timedelta(days=365)
SENT = ("accepted", "uncertain")


@dataclass(frozen=True, slots=True)
class TierEffort:
    """One tier; shares are between 0 and 1 and of the whole of each column. `expenses` are of the calendar year,
    with what codes of offers paid from the scheme's budget have cost.

    `is_costly` tells that the tier takes a larger share of tasks or expenses than it brings of the revenue.
    """

    tier: str
    customers: int
    revenue_share: float
    tasks: int
    task_share: float
    mails: int
    mail_share: float
    expenses: Decimal
    expense_share: float
    wanted_share: float | None
    cap_left: Decimal | None

    @property
    def is_costly(self) -> bool:
        return max(self.task_share, self.expense_share) > self.revenue_share


def effort_by_tier(scheme: Scheme, *, now: datetime) -> list[TierEffort]:
    """Tasks done and mails sent within a year, and this year's expenses; empty before the scheme was first applied."""
    table = tiering_queries.tier_table(scheme)
    if table is None:
        return []
    tasks, mails = _tasks(scheme, now), _mails(scheme, now)
    spending = {each.tier: each for each in budget_queries.spending(scheme.name, now.year, table.currency)}
    codes = offers_queries.spent_by_tier(scheme.name, now.year)
    expenses = {tier: each.spent for tier, each in spending.items()}
    expenses |= {tier: expenses.get(tier, Decimal(0)) + cost for tier, cost in codes.items()}
    return [
        TierEffort(
            tier=row.tier,
            customers=row.customers,
            revenue_share=row.spend_share,
            tasks=tasks.get(row.tier, 0),
            task_share=_share(tasks.get(row.tier, 0), sum(tasks.values())),
            mails=mails.get(row.tier, 0),
            mail_share=_share(mails.get(row.tier, 0), sum(mails.values())),
            expenses=expenses.get(row.tier, Decimal(0)),
            expense_share=_share(expenses.get(row.tier, Decimal(0)), sum(expenses.values(), Decimal(0))),
            wanted_share=_wanted(spending.get(row.tier)),
            cap_left=_left(spending.get(row.tier), codes.get(row.tier, Decimal(0))),
        )
        for row in table.rows
    ]


def _tasks(scheme: Scheme, now: datetime) -> dict[str, int]:
    rows = Task.objects.filter(state="done", ended_at__gt=now - YEAR, customer__standings__scheme=scheme)
    return dict(rows.values_list("customer__standings__tier").annotate(count=Count("id")))


def _mails(scheme: Scheme, now: datetime) -> dict[str, int]:
    rows = Message.objects.filter(state__in=SENT, proposed_at__gt=now - YEAR, customer__standings__scheme=scheme)
    return dict(rows.values_list("customer__standings__tier").annotate(count=Count("id")))


def _wanted(spending: budget_queries.TierSpending | None) -> float | None:
    return None if spending is None or spending.wanted_percent is None else float(spending.wanted_percent) / 100


def _left(spending: budget_queries.TierSpending | None, codes: Decimal) -> Decimal | None:
    return None if spending is None or spending.left is None else spending.left - codes


def _share(part: Decimal | int, whole: Decimal | int) -> float:
    return float(part / whole) if whole else 0.0
