"""The nightly look ahead: one run, one file, and the word that a next order is near."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Event
from guanxi.scoring import predicting, predictions
from guanxi.scoring.models import PredictionRun

pytestmark = pytest.mark.django_db

HALF_A_YEAR = 182


def buy(
    contact: Any, *days_ago: int, now: datetime, category: str = "", historical: bool = True, amount: int = 100
) -> None:
    """An order on each of these days before `now`; imported history unless said otherwise."""
    for days in days_ago:
        ledger_actions.record_order(
            customer=contact.customer, number=f"{contact.pk}-{now.date() - timedelta(days=days)}", currency="USD",
            placed_at=now - timedelta(days=days), now=now, historical=historical,
            lines=[LineFacts(product_code="A", category=category, quantity=Decimal(1), unit_price=Decimal(amount))],
        )  # fmt: skip


def look_ahead(at: datetime) -> int:
    """The order of the night: predict, then tell whose order is near."""
    return predicting.expect_purchases(run=predicting.run_predictions(as_of=at, now=at), now=at)


def expected() -> list[Event]:
    return list(Event.objects.filter(name="purchase.expected").order_by("id"))


class TestRunPredictions:
    """B-09, B-10, B-11: each customer's cycle, next order and chance are held."""

    def test_finds_the_cycle_of_half_a_year(self, lena: Any, now: datetime) -> None:
        """B-09: the case's customer orders about every six months."""
        buy(lena, 3 * HALF_A_YEAR + 40, 2 * HALF_A_YEAR + 44, HALF_A_YEAR + 38, 41, now=now)

        predicting.run_predictions(as_of=now, now=now)

        found = predictions.outlook_of(lena.customer_id)
        assert found is not None
        assert found.cycle_days == pytest.approx(HALF_A_YEAR, abs=6)
        assert (found.cycle_basis, found.is_regular, found.order_days) == ("own", True, 4)
        assert found.next_order_on is not None
        assert found.next_order_from is not None
        assert found.next_order_to is not None
        assert found.next_order_from <= found.next_order_on <= found.next_order_to

    def test_leads_by_fifteen_percent_or_a_fortnight(self, lena: Any, yuki: Any, now: datetime) -> None:
        """DP-04: 27 days before a cycle of six months, never less than 14."""
        buy(lena, *(HALF_A_YEAR * turn for turn in range(4)), now=now)
        buy(yuki, *(60 * turn for turn in range(4)), now=now)

        predicting.run_predictions(as_of=now, now=now)

        leads = []
        for contact in (lena, yuki):
            found = predictions.outlook_of(contact.customer_id)
            assert found is not None
            assert found.next_order_on is not None
            assert found.lead_from_on is not None
            leads.append((found.next_order_on - found.lead_from_on).days)
        assert leads == [27, 14]

    def test_borrows_the_categorys_cycle_below_four_orders(self, lena: Any, yuki: Any, diego: Any, now: Any) -> None:
        """CN-60: two orders make no cycle; the category's is used and named as such."""
        buy(lena, *(50 * turn for turn in range(8)), now=now, category="Drones")
        buy(yuki, *(50 * turn + 3 for turn in range(6)), now=now, category="Drones")
        buy(diego, 10, 31, now=now, category="Drones")

        predicting.run_predictions(as_of=now, now=now)

        found = predictions.outlook_of(diego.customer_id)
        assert found is not None
        assert (found.cycle_basis, found.cycle_days) == ("category", 50.0)

    def test_holds_a_chance_of_purchase_and_its_history(self, lena: Any, yuki: Any, now: datetime) -> None:
        """B-11, D-23: the chance of an order is kept for every run and can be asked for."""
        buy(lena, *(30 * turn for turn in range(6)), now=now)

        predicting.run_predictions(as_of=now, now=now)
        predicting.run_predictions(as_of=now + timedelta(days=40), now=now + timedelta(days=40))

        chances = predictions.chances_of([lena.customer_id, yuki.customer_id])
        history = predictions.chance_history(lena.customer_id)
        assert set(chances) == {lena.customer_id}
        assert 0.9 < chances[lena.customer_id] < 1
        assert [at for at, _ in history] == [now, now + timedelta(days=40)]

    def test_the_same_moment_is_not_predicted_twice(self, lena: Any, now: datetime) -> None:
        buy(lena, 1, now=now)

        first = predicting.run_predictions(as_of=now, now=now)

        assert predicting.run_predictions(as_of=now, now=now) == first
        assert PredictionRun.objects.count() == 1

    def test_an_empty_workspace_is_no_trouble(self, data_folder: Any, now: datetime) -> None:
        run = predicting.run_predictions(as_of=now, now=now)

        assert (run.customers, run.bgnbd["converged"]) == (0, False)
        assert predictions.outlook_of(1) is None


class TestExpectPurchases:
    """B-10, DP-04: the word goes out when the lead begins, once per cycle, and never for history's sake."""

    def test_tells_once_when_the_lead_begins(self, lena: Any, now: datetime) -> None:
        buy(lena, *(100 + 182 * turn for turn in range(4)), now=now)
        days = [now + timedelta(days=day) for day in (0, 40, 56, 57, 70, 90)]

        counts = [look_ahead(day) for day in days]

        assert counts == [0, 0, 1, 0, 0, 0]
        (event,) = expected()
        assert (event.customer_id, event.is_historical, event.is_unread) == (lena.customer_id, False, True)
        assert event.properties["cycle_basis"] == "own"
        assert event.properties["next_order_on"] == "2026-08-03"

    def test_history_that_was_just_imported_starts_nothing(self, lena: Any, now: datetime) -> None:
        """Her lead has begun already on the day her orders come in: it is told, but not as news."""
        buy(lena, *(170 + 182 * turn for turn in range(4)), now=now)

        assert look_ahead(now) == 1
        assert [(event.is_historical, event.is_unread) for event in expected()] == [(True, False)]
        assert look_ahead(now + timedelta(days=1)) == 0

    def test_a_new_order_begins_a_new_cycle(self, lena: Any, now: datetime) -> None:
        buy(lena, *(60 + 60 * turn for turn in range(4)), now=now)
        look_ahead(now - timedelta(days=20))
        look_ahead(now - timedelta(days=1))

        buy(lena, 0, now=now, historical=False)

        assert look_ahead(now + timedelta(days=30)) == 0
        assert look_ahead(now + timedelta(days=47)) == 1
        assert [event.is_historical for event in expected()] == [False, False]

    def test_an_irregular_customer_is_not_timed(self, lena: Any, now: datetime) -> None:
        """DP-04: the gaps must be fairly regular."""
        buy(lena, 90, 95, 300, 310, 700, now=now)
        look_ahead(now - timedelta(days=80))

        assert [look_ahead(now + timedelta(days=day)) for day in (0, 40, 80)] == [0] * 3

    def test_a_day_before_the_latest_tells_nothing(self, lena: Any, now: datetime) -> None:
        buy(lena, *(100 + 182 * turn for turn in range(4)), now=now)
        look_ahead(now + timedelta(days=100))

        assert look_ahead(datetime(2026, 7, 10, tzinfo=UTC)) == 0
