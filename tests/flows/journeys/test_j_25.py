"""J-25: the rhythm of contacts with class B."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from guanxi.desk.models import Task
from guanxi.ledger.models import Contact

pytestmark = pytest.mark.django_db
BOTH = ["needs_review", "industry_data"]


@pytest.fixture
def growing(flow: Callable[[str], Any], lena: Contact) -> Any:
    """Lena's firm stands in class B."""
    live = flow("j-25")
    live.stands(lena, "abc-cumulative", "B")
    return live


class TestTheRhythm:
    def test_is_two_to_three_months(self, growing: Any) -> None:
        """J-25.1: the next review opens after two months and is due within the third."""
        opened, due = [], []
        for month in range(6, 13):
            growing.on(f"2026-{month:02}-01")
            if Task.objects.open().exists():
                task = Task.objects.open().get(kind="needs_review")
                opened.append(growing.now.date())
                due.append((task.due_at - growing.now).days)
                Task.objects.open().update(ended_at=growing.now, state="done")

        assert opened == [date(2026, 6, 1), date(2026, 8, 1), date(2026, 10, 1), date(2026, 12, 1)]
        assert due == [30] * 4

    def test_begins_with_what_is_still_open(self, growing: Any) -> None:
        """J-25.1: open problems solved beforehand. J-25.2: growth file and market data."""
        growing.on("2026-06-01")

        assert growing.tasks() == BOTH
        lists = {task.kind: [line["text"] for line in task.checklist] for task in Task.objects.all()}
        assert lists["needs_review"][0].startswith("Solve what is open")
        assert lists["industry_data"] == [
            "Bring orders, needs and plans in the growth file up to date",
            "Send the consumer trends of the customer's market",
        ]

    @pytest.mark.parametrize(("days", "found"), [(14, BOTH), (14.01, [])], ids=["in time", "too late"])
    def test_is_not_kept_late(self, growing: Any, days: float, found: list[str]) -> None:
        """J-25.1, J-25.2."""
        growing.look("2026-06-01")
        growing.later(days=days)

        assert growing.tasks() == found
        if found:
            assert growing.task().due_at == growing.now + timedelta(days=30)

    def test_passes_over_what_waits_on_the_desk(self, growing: Any) -> None:
        growing.on("2026-06-01")
        growing.on("2026-08-01")

        assert growing.tasks() == BOTH

    def test_ends_for_who_is_no_longer_b(self, growing: Any, lena: Contact) -> None:
        growing.look("2026-06-01")
        growing.stands(lena, "abc-cumulative", "A")
        growing.turn()

        assert (growing.tasks(), growing.ended()) == ([], ["no_longer_b"])
