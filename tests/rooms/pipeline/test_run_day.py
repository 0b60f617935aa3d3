"""The order of the day."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.consent import queries as consent_queries
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Event
from guanxi.pipeline.day import run_day
from guanxi.pipeline.models import DayRun
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Standing
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(db: None, now: datetime) -> None:
    tiering_actions.install_presets(now=now)


class TestRunDay:
    def test_of_an_empty_workspace_finds_nobody(self, firm: None, now: datetime) -> None:
        assert run_day(at=now)["customers_scored"] == 0

    def test_puts_every_customer_somewhere(self, firm: None, lena: Contact, now: datetime) -> None:
        """D-28, M-01: analysis and classification run by themselves, not by hand."""
        ledger_actions.record_order(
            customer=lena.customer, number="PO-1", placed_at=now - timedelta(days=9), currency="USD", now=now,
            lines=[LineFacts(Decimal(1), Decimal(100))],
        )  # fmt: skip
        result = run_day(at=now)

        assert (result["customers_scored"], result["moves"]["rfm-firm"]) == (1, {"first": 1, "moved": 0})
        assert set(Standing.objects.values_list("customer", flat=True)) == {lena.customer_id}

    def test_does_nothing_the_second_time(self, firm: None, lena: Contact, now: datetime) -> None:
        first = run_day(at=now)
        events = Event.objects.count()

        assert run_day(at=now) == first
        assert (Event.objects.count(), DayRun.objects.count()) == (events, 1)

    def test_expires_permissions_first(self, firm: None, lena: Contact, now: datetime) -> None:
        cast.permit(lena, expires_at=now - timedelta(hours=1), at=now - timedelta(days=9))
        result = run_day(at=now)

        newest: Any = consent_queries.permission_of(lena.pk, "marketing")
        assert (result["permissions_expired"], newest.state) == (1, "expired")
