"""M-02, CN-09: three orders in 90 days raise at the third order, and the promotion is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Event
from guanxi.scoring.actions import run_scores
from guanxi.tiering import actions, promotions
from guanxi.tiering.models import Scheme, Standing, StandingChange

pytestmark = pytest.mark.django_db

SPEED = """
name: speed
currency: USD
window_days: 365
axis: activity
tiers: {high: High, developing: Developing, general: General, dormant: Dormant}
rules:
  - {tier: high, when: {spend_total: {at_least: 1000000}}}
  - {tier: dormant, when: {days_since_last_order: {at_least: 180}}}
  - {tier: developing, when: {order_count: {between: [1, 2]}}}
otherwise: general
moves:
  - name: M-02
    from: [developing, general]
    to: high
    when: {order_count_90_days: {at_least: 3}}
    at: order
    cause: growth
    protect_days: 180
    holds_while: {order_count_90_days: {at_least: 3}}
"""


@pytest.fixture
def speed(now: datetime) -> Scheme:
    scheme = actions.save_scheme(text=SPEED, now=now)
    actions.set_default_scheme(scheme=scheme, now=now)
    return scheme


def buy(contact: Any, number: str, at: datetime, *, historical: bool = False) -> None:
    ledger_actions.record_order(
        customer=contact.customer, number=number, placed_at=at, currency="USD", now=at, historical=historical,
        lines=[LineFacts(product_code="A", quantity=Decimal(1), unit_price=Decimal(10))],
    )  # fmt: skip


def night(at: datetime) -> None:
    actions.apply_scores(run=run_scores(as_of=at, now=at), now=at)


def react(at: datetime) -> int:
    return promotions.promote_after(events=ledger_actions.claim_unread(limit=500), now=at)


class TestPromoteAfter:
    def test_the_third_order_in_90_days_raises_at_once(self, speed: Scheme, lena: Any, now: datetime) -> None:
        """M-02, CN-09, DP-07: against the kept standing, with basis and protection."""
        buy(lena, "1", now - timedelta(days=80))
        buy(lena, "2", now - timedelta(days=40))
        night(now - timedelta(days=1))
        react(now - timedelta(days=1))
        buy(lena, "3", now)

        assert react(now) == 1

        standing = Standing.objects.get(customer=lena.customer)
        assert (standing.tier, standing.basis, standing.rule) == ("high", "promoted", "M-02")
        assert standing.protected_until == now + timedelta(days=180)
        change = StandingChange.objects.latest("id")
        assert (change.from_tier, change.cause, change.rule) == ("developing", "growth", "M-02")
        assert "3 orders in 90 days" in change.reason
        told = Event.objects.filter(name="standing.changed", customer=lena.customer).latest("id")
        assert (told.is_unread, told.properties["basis"]) == (True, "promoted")

    def test_the_event_again_changes_nothing(self, speed: Scheme, lena: Any, now: datetime) -> None:
        for number in range(3):
            buy(lena, str(number), now - timedelta(days=number))
        night(now)
        events = ledger_actions.claim_unread(limit=500)
        promotions.promote_after(events=events, now=now)
        changes = StandingChange.objects.count()

        assert promotions.promote_after(events=events, now=now) == 0
        assert StandingChange.objects.count() == changes

    @pytest.mark.parametrize("days_ago", [90, 200])
    def test_an_order_outside_the_90_days_does_not_count(
        self, speed: Scheme, lena: Any, now: datetime, days_ago: int
    ) -> None:
        buy(lena, "1", now - timedelta(days=days_ago))
        buy(lena, "2", now - timedelta(days=40))
        night(now - timedelta(days=1))
        buy(lena, "3", now)

        assert react(now) == 0

    def test_a_tier_that_the_move_does_not_start_from_stays(self, speed: Scheme, lena: Any, now: datetime) -> None:
        night(now - timedelta(days=1))
        Standing.objects.update(tier="dormant")
        for number in range(3):
            buy(lena, str(number), now - timedelta(days=number))

        assert react(now) == 0

    def test_imported_history_promotes_nobody(self, speed: Scheme, lena: Any, now: datetime) -> None:
        night(now - timedelta(days=1))
        for number in range(3):
            buy(lena, str(number), now - timedelta(days=number), historical=True)

        assert react(now) == 0

    def test_the_next_runs_leave_the_promoted_where_he_is(self, speed: Scheme, lena: Any, now: datetime) -> None:
        """CN-09: recomputing next month must not demote again; afterwards the rules or continued speed decide."""
        for number in range(3):
            buy(lena, str(number), now - timedelta(days=number))
        night(now - timedelta(hours=1))
        react(now)

        night(now + timedelta(days=31))
        night(now + timedelta(days=179))
        assert Standing.objects.get(customer=lena.customer).tier == "high"

        night(now + timedelta(days=181))
        assert Standing.objects.get(customer=lena.customer).tier == "dormant"

    def test_continued_speed_keeps_him_after_the_protection(self, speed: Scheme, lena: Any, now: datetime) -> None:
        """CN-09: after 180 days the static rule, or continued speed, must hold."""
        for number in range(3):
            buy(lena, str(number), now - timedelta(days=number))
        night(now - timedelta(hours=1))
        react(now)
        for number in range(3):
            buy(lena, f"later {number}", now + timedelta(days=150 + number))

        night(now + timedelta(days=185))

        assert Standing.objects.get(customer=lena.customer).tier == "high"


class TestOnceAMonth:
    def test_activity_moves_once_in_a_calendar_month_by_itself(self, speed: Scheme, lena: Any, now: datetime) -> None:
        """M-01, CN-17: monthly means that nobody flaps, although the rules are asked every night."""
        buy(lena, "1", now - timedelta(days=200))
        night(now - timedelta(days=1))  # dormant at first sight
        buy(lena, "2", now)
        night(now)
        assert Standing.objects.get(customer=lena.customer).tier == "developing"
        Scheme.objects.update(document=SPEED.replace("between: [1, 2]", "is: 99"))

        night(now + timedelta(days=2))
        assert Standing.objects.get(customer=lena.customer).tier == "developing"

        night(now + timedelta(days=20))
        assert Standing.objects.get(customer=lena.customer).tier == "general"

    def test_a_monthly_scheme_waits_for_the_next_month(self, lena: Any, yuki: Any, now: datetime) -> None:
        """M-01: `recompute: monthly` asks the rules at the first run of a month; a new customer is placed at once."""
        text = SPEED.replace("axis: activity", "recompute: monthly").replace("name: speed", "name: monthly")
        actions.set_default_scheme(scheme=actions.save_scheme(text=text, now=now), now=now)
        night(now)
        buy(lena, "1", now)

        night(now + timedelta(days=1))
        assert Standing.objects.get(customer=lena.customer).tier == "general"

        night(now + timedelta(days=19))
        assert Standing.objects.get(customer=lena.customer).tier == "developing"
