"""Customers who fall out of their rhythm are found before they are lost, once per episode."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger.models import Event
from guanxi.scoring import actions, alerts
from guanxi.scoring.alerts import Alerts
from guanxi.scoring.models import RhythmAlert
from tests.rooms.scoring.test_predicting import buy

pytestmark = pytest.mark.django_db


def look(at: datetime) -> Alerts:
    return alerts.raise_alerts(run=actions.run_scores(as_of=at, now=at), now=at)


def events(name: str) -> list[tuple[int | None, bool]]:
    return list(Event.objects.filter(name=name).order_by("id").values_list("customer_id", "is_unread"))


class TestSlowed:
    """B-07, M-09, M-11, DP-14: later than 1.5 of his own cycles, from four orders on."""

    def test_is_found_on_the_day_it_happens_and_once(self, lena: Any, now: datetime) -> None:
        buy(lena, *(30 * turn for turn in range(5)), now=now)

        counts = [look(now + timedelta(days=day)).opened for day in (1, 45, 46, 60)]

        assert counts == [0, 0, 1, 0]
        assert events("rhythm.slowed") == [(lena.customer_id, True)]
        alert = RhythmAlert.objects.get()
        assert (alert.kind, alert.customer_id) == ("slowed", lena.customer_id)
        assert alert.figures["days_since_last_order"] == 46

    def test_is_worth_a_year_of_the_lost_rhythm(self, lena: Any, now: datetime) -> None:
        buy(lena, *(30 * turn + 50 for turn in range(5)), now=now, amount=300)

        look(now)

        assert RhythmAlert.objects.get().stake == (Decimal(300) * 365 / 30).quantize(Decimal("0.01"))

    def test_says_nothing_of_who_has_no_cycle(self, lena: Any, now: datetime) -> None:
        buy(lena, 400, 370, 340, now=now)

        assert look(now) == Alerts(0, 0)

    def test_imported_history_is_no_news(self, lena: Any, now: datetime) -> None:
        buy(lena, *(30 * turn + 200 for turn in range(5)), now=now)

        assert look(now).opened == 1
        assert events("rhythm.slowed") == [(lena.customer_id, False)]

    def test_ends_with_the_next_order_and_counts_what_came_back(self, lena: Any, now: datetime) -> None:
        """R-11: found, recovered, and the order value saved are kept."""
        buy(lena, *(30 * turn + 50 for turn in range(5)), now=now)
        look(now)
        later = now + timedelta(days=9)
        buy(lena, 2, now=later, historical=False, amount=750)

        assert look(later) == Alerts(0, 1)

        alert = RhythmAlert.objects.get()
        assert (alert.recovered_at, alert.recovered_amount) == (later, Decimal(750))

    def test_a_second_episode_is_a_second_alert(self, lena: Any, now: datetime) -> None:
        buy(lena, *(30 * turn + 50 for turn in range(5)), now=now)
        look(now)
        later = now + timedelta(days=9)
        buy(lena, 2, now=later, historical=False)
        look(later)

        assert look(later + timedelta(days=60)).opened == 1
        assert RhythmAlert.objects.count() == 2


class TestShrunk:
    """B-08, M-09, DP-14: the last three orders below 70 % of the six before."""

    def test_is_found_with_the_order_that_makes_it_so(self, lena: Any, now: datetime) -> None:
        buy(lena, *(30 * turn + 80 for turn in range(6)), now=now, amount=1_000)
        buy(lena, 50, 20, now=now, amount=500)
        look(now)
        later = now + timedelta(days=10)
        buy(lena, 1, now=later, historical=False, amount=400)

        assert look(later).opened == 1

        assert events("rhythm.shrunk") == [(lena.customer_id, True)]
        alert = RhythmAlert.objects.get()
        assert alert.kind == "shrunk"
        assert alert.figures["order_value_ratio"] == pytest.approx(0.4667, abs=1e-3)

    def test_says_nothing_below_nine_orders(self, lena: Any, now: datetime) -> None:
        buy(lena, *(30 * turn + 80 for turn in range(5)), now=now, amount=1_000)
        buy(lena, 50, 30, 10, now=now, amount=100)

        assert look(now).opened == 0
