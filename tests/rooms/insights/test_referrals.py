"""D-30: who introduced whom, and what that brought."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.insights.referrals import referred_revenue
from guanxi.ledger import actions, profile
from guanxi.ledger.facts import LineFacts
from tests import cast

pytestmark = pytest.mark.django_db


class TestReferredRevenue:
    """D-30."""

    def test_counts_what_the_introduced_bought_since(self, lena: Any, yuki: Any, now: datetime) -> None:
        quiet = cast.a_customer(name="Quiet")
        for referred in (yuki.customer, quiet):
            profile.record_referral(
                referrer=lena.customer, referred=referred, introduced_on=now.date() - timedelta(days=10), now=now
            )
        for number, days, price, kind in (("1", 30, 100, "order"), ("2", 5, 70, "order"), ("3", 2, -20, "credit")):
            actions.record_order(
                customer=yuki.customer, number=number, placed_at=now - timedelta(days=days), currency="USD", now=now,
                kind=kind, lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(price))],
            )  # fmt: skip

        found = referred_revenue(referrers=[lena.customer.pk])

        assert {each.name: each.revenue for each in found} == {yuki.customer.name: Decimal(50), "Quiet": Decimal(0)}
        assert found == referred_revenue()
        assert referred_revenue(referrers=[yuki.customer.pk]) == []
