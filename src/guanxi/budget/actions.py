"""Sets budgets and keeps expenses under their caps."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from guanxi.budget.models import KINDS, Budget, Expense, Placement
from guanxi.ledger.models import Customer
from guanxi.staff.models import User

HUNDRED = Decimal(100)


class BadBudget(Exception):
    """The budget or expense cannot be kept as it is; the text says what to change."""


class OverBudget(Exception):
    """The expense would go over the cap of the tier; give a reason to enter it all the same."""


@transaction.atomic
def set_budget(
    *, scheme: str, tier: str, year: int, currency: str, now: datetime, share_percent: Decimal | None = None,
    cap: Decimal | None = None,
) -> Budget:  # fmt: skip
    """Set the share and cap of a tier for a year; all shares of a scheme come to at most 100. Raises BadBudget."""
    if share_percent is None and cap is None:
        raise BadBudget("A budget needs a share, a cap, or both.")
    if cap is not None and cap < 0:
        raise BadBudget(f"The cap is {cap:f}; it cannot be below zero.")
    others = Budget.objects.filter(scheme=scheme, year=year).exclude(tier=tier)
    taken = others.aggregate(total=Sum("share_percent"))["total"] or Decimal(0)
    if share_percent is not None and not 0 <= share_percent <= HUNDRED - taken:
        raise BadBudget(f"{tier} can have at most {HUNDRED - taken:f} %: the other tiers have {taken:f} % together.")
    budget, _ = Budget.objects.update_or_create(
        scheme=scheme, tier=tier, year=year,
        defaults={"share_percent": share_percent, "cap": cap, "currency": currency, "updated_at": now},
    )  # fmt: skip
    return budget


@transaction.atomic
def record_expense(
    *, scheme: str, tier: str, kind: str, amount: Decimal, currency: str, spent_on: date, now: datetime,
    customer: Customer | None = None, by: User | None = None, note: str = "", over_cap_reason: str = "",
) -> Expense:  # fmt: skip
    """Enter money spent on a tier. Raises OverBudget without a reason when the cap would be passed, and BadBudget."""
    if kind not in KINDS or amount <= 0:
        raise BadBudget(f"An expense is above zero and of one of the kinds {', '.join(KINDS)}.")
    budget = Budget.objects.select_for_update().filter(scheme=scheme, tier=tier, year=spent_on.year).first()
    if budget and budget.currency != currency:
        raise BadBudget(f"The budget of {tier} is kept in {budget.currency}; enter the expense in it too.")
    if budget and budget.cap is not None and not over_cap_reason:
        left = budget.cap - _spent(scheme, tier, spent_on.year)
        if amount > left:
            raise OverBudget(f"{currency} {left:,f} of the cap of {tier} is left in {spent_on.year}.")
    return Expense.objects.create(
        customer=customer, scheme=scheme, tier=tier, kind=kind, amount=amount, currency=currency, spent_on=spent_on,
        note=note, over_cap_reason=over_cap_reason, entered_by=by, entered_at=now,
    )  # fmt: skip


def record_placement(
    *, name: str, starts_on: date, cost: Decimal, currency: str, now: datetime, **result: Any
) -> Placement:
    """Keep a paid placement with its cost; `result` holds provider, ends_on and the figures it brought."""
    return Placement.objects.create(
        name=name, starts_on=starts_on, cost=cost, currency=currency, created_at=now, **result
    )


def _spent(scheme: str, tier: str, year: int) -> Decimal:
    found = Expense.objects.filter(scheme=scheme, tier=tier, spent_on__year=year)
    return found.aggregate(total=Sum("amount"))["total"] or Decimal(0)
