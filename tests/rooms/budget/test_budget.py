from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from guanxi.budget import actions, queries
from guanxi.budget.actions import BadBudget, OverBudget
from guanxi.ledger.models import Contact

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 13)


def spend(now: datetime, amount: int, tier: str = "A", **fields: Any) -> None:
    known = {"scheme": "abc-cumulative", "kind": "care", "currency": "USD", "spent_on": DAY}
    actions.record_expense(tier=tier, amount=D(amount), now=now, **(known | fields))


def allow(now: datetime, tier: str = "A", **fields: Any) -> None:
    actions.set_budget(scheme="abc-cumulative", tier=tier, year=2026, currency="USD", now=now, **fields)


class TestBudgets:
    """T-65, T-33: caps and shares are set per tier, and what goes beyond needs a reason."""

    def test_hold_expenses_under_their_cap(self, now: datetime) -> None:
        allow(now, cap=D(1000))
        spend(now, 900)
        spend(now, 100)

        with pytest.raises(OverBudget, match="USD 0"):
            spend(now, 1)
        spend(now, 1, over_cap_reason="the fair was extended by a day")

        [row] = queries.spending("abc-cumulative", 2026, "USD")
        assert (row.spent, row.left) == (1001, -1)

    def test_count_the_year_of_the_expense(self, now: datetime) -> None:
        allow(now, cap=D(100))

        spend(now, 500, spent_on=date(2025, 12, 31))

        assert queries.spending("abc-cumulative", 2026, "USD")[0].spent == 0

    def test_show_where_the_money_goes_and_should_go(self, now: datetime) -> None:
        allow(now, "A", share_percent=D(70))
        allow(now, "C", share_percent=D(10))
        spend(now, 300)
        spend(now, 100, tier="C")

        rows = {
            row.tier: (row.wanted_percent, row.spent_percent) for row in queries.spending("abc-cumulative", 2026, "USD")
        }
        assert rows == {"A": (70, 75), "C": (10, 25)}

    @pytest.mark.parametrize(
        "fields",
        [{}, {"share_percent": D(41)}, {"share_percent": D(-1)}, {"cap": D(-1)}],
        ids=["nothing", "over a hundred", "negative share", "negative cap"],
    )
    def test_must_make_sense(self, fields: Any, now: datetime) -> None:
        allow(now, "B", share_percent=D(60))
        with pytest.raises(BadBudget):
            allow(now, "A", **fields)

    @pytest.mark.parametrize(
        ("amount", "fields"), [(0, {}), (5, {"kind": "fun"}), (5, {"currency": "EUR"})],
        ids=["nothing", "unknown kind", "another currency"],
    )  # fmt: skip
    def test_refuse_odd_expenses(self, amount: int, fields: Any, now: datetime) -> None:
        allow(now, cap=D(1000))
        with pytest.raises(BadBudget):
            spend(now, amount, **fields)


class TestPlacements:
    """D-22: a rented list is an expense with a result; no address comes in."""

    def test_say_what_a_sign_up_has_cost(self, now: datetime) -> None:
        actions.record_placement(
            name="Trade letter", provider="A publisher", starts_on=DAY, cost=D(500), currency="USD", now=now,
            recipients=20_000, clicks=240, sign_ups=20,
        )  # fmt: skip

        [found] = queries.placements()

        assert found.cost_per_sign_up == 25
        assert Contact.objects.count() == 0
