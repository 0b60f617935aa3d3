"""What was spent, against what may be."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from guanxi.budget.models import Budget, Expense, Placement


@dataclass(frozen=True, slots=True)
class TierSpending:
    """One tier in one year; `wanted_percent` is its budgeted share, `spent_percent` its share of what was spent."""

    tier: str
    currency: str
    spent: Decimal
    spent_percent: Decimal
    wanted_percent: Decimal | None
    cap: Decimal | None

    @property
    def left(self) -> Decimal | None:
        return None if self.cap is None else self.cap - self.spent


@dataclass(frozen=True, slots=True)
class PlacementResult:
    placement: Placement
    cost_per_sign_up: Decimal | None


def spending(scheme: str, year: int, currency: str) -> list[TierSpending]:
    """Every tier with a budget or an expense in that year and currency, by name."""
    found = Expense.objects.filter(scheme=scheme, spent_on__year=year, currency=currency)
    spent = dict(found.values_list("tier").annotate(total=Sum("amount")))
    whole = sum(spent.values(), Decimal(0))
    budgets = {each.tier: each for each in Budget.objects.filter(scheme=scheme, year=year)}
    return [
        TierSpending(
            tier=tier,
            currency=currency,
            spent=spent.get(tier, Decimal(0)),
            spent_percent=round(spent.get(tier, Decimal(0)) * 100 / whole, 2) if whole else Decimal(0),
            wanted_percent=budgets[tier].share_percent if tier in budgets else None,
            cap=budgets[tier].cap if tier in budgets else None,
        )
        for tier in sorted({*spent, *budgets})
    ]


def placements() -> list[PlacementResult]:
    """Paid placements, the newest first, with what a sign-up has cost."""
    return [
        PlacementResult(each, round(each.cost / each.sign_ups, 2) if each.sign_ups else None)
        for each in Placement.objects.order_by("-starts_on", "-id")
    ]
