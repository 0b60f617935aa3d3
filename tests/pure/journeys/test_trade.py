"""The statement of a year's rebate, and the facts that the values of a letter name."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from guanxi.journeys import trade
from guanxi.journeys.graph import read_graph
from guanxi.journeys.values import letter_values

STEPS = [{"at_least": 50000, "percent": 1}, {"at_least": 200000, "percent": 2}, {"at_least": 500000, "percent": 3}]


@pytest.mark.parametrize(
    ("spend", "percent", "amount"),
    [
        ("49999.99", "0", ""),
        ("50000", "1", "500.00"),
        ("199999.99", "1", "2000.00"),
        ("200000", "2", "4000.00"),
        ("500000", "3", "15000.00"),
    ],
)
def test_a_rebate_takes_the_rate_of_the_highest_step_reached(spend: str, percent: str, amount: str) -> None:
    """J-37.1: the steps include their number (CN-37); below the first there is none, and no letter."""
    found = trade.rebate(Decimal(spend), STEPS, year=2026, currency="USD")

    assert found == {
        "year": "2026", "turnover": spend, "percent": percent, "currency": "USD", "amount": amount,
    }  # fmt: skip


def test_a_journey_asks_for_the_facts_its_letters_name() -> None:
    graph = read_graph(
        "key: try\ntitle: A try\ntrigger: {event: order.placed}\nentry: once\nsteps:\n"
        "  - id: prices\n    send: letter\n    not_after: 1d\n"
        "    values: {prices: {rows: {fact: price_breaks}}, other: {fact: nonsense}, day: {in: 30d}}\n"
    )

    assert graph.asked == {"price_breaks"}
    assert graph.tells_time


def test_a_day_of_a_letter_is_that_of_the_readers_calendar() -> None:
    """J-27: thirty days after half past one in the night of UTC it is still the evening before in Monterrey."""
    enrolment: Any = SimpleNamespace(anchor_at=datetime(2026, 5, 1, 1, 30, tzinfo=UTC))
    wanted = {"market": {"order_by": {"in": "30d"}}}

    days = {
        zone: letter_values(enrolment=enrolment, wanted=wanted, order=None, zone=zone)["market"]["order_by"]
        for zone in ("America/Monterrey", "Asia/Shanghai")
    }

    assert days == {"America/Monterrey": "2026-05-30", "Asia/Shanghai": "2026-05-31"}
