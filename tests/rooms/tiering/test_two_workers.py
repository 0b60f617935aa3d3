"""Two workers apply the same run at once: every customer moves once (PostgreSQL; SQLite has one writer anyway)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from guanxi.ledger.models import Event
from guanxi.scoring.actions import run_scores
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import actions
from guanxi.tiering.models import Standing, StandingChange
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)

SCHEME = """
name: simple
currency: USD
window_days: 365
tiers: {known: Known, new: New}
rules: [{tier: known, when: {order_count: {at_least: 1}}}]
otherwise: new
"""
CUSTOMERS = 60


def test_two_runs_at_once_move_everybody_once(now: datetime) -> None:
    """M-01: safe with two workers."""
    if connection.vendor != "postgresql":
        pytest.skip("two connections to one database need PostgreSQL here")
    actions.save_scheme(text=SCHEME, now=now)
    actions.set_default_scheme(scheme=actions.save_scheme(text=SCHEME, now=now), now=now)
    for number in range(CUSTOMERS):
        cast.a_customer(name=f"customer {number}")
    both_at_once(run_scores(as_of=now, now=now), now)

    assert StandingChange.objects.count() == CUSTOMERS
    assert Event.objects.filter(name="standing.changed").count() == CUSTOMERS

    Standing.objects.update(tier="known")
    later = now + timedelta(days=40)
    both_at_once(run_scores(as_of=later, now=later), later)

    assert StandingChange.objects.filter(from_tier="known", to_tier="new").count() == CUSTOMERS
    assert Standing.objects.filter(tier="new").count() == CUSTOMERS


def both_at_once(run: ScoreRun, now: datetime) -> None:
    start = Barrier(2)

    def work(_: int) -> Any:
        try:
            start.wait(timeout=30)
            return actions.apply_scores(run=run, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
