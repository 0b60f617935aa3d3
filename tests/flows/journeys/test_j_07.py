"""J-07: stars are asked for, and a bad review is answered at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Order
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any]) -> Any:
    return flow("j-07")


@pytest.fixture
def completed(live: Any, lena: Contact) -> Order:
    order: Order = live.order(lena)
    live.turn()
    live.stage(order, "completed")
    live.hear()
    return order


class TestInvitation:
    """J-07.1: three to five days after the order is complete."""

    @pytest.mark.parametrize(("days", "found"), [(2.9, []), (3, ["j-07.1"]), (5, ["j-07.1"]), (5.1, [])], ids=str)
    def test_comes_between_day_3_and_5(self, live: Any, completed: Order, days: float, found: list[str]) -> None:
        live.until(days=days, since=cast.NOW)

        assert live.letters() == found
        if found:
            assert live.message().expires_at == cast.NOW + timedelta(days=5)
            assert "/p/survey/" in live.message().values["survey"]["url"]

    @pytest.mark.parametrize(("days", "found"), [(4.5, ["j-07.1"]), (5.5, [])], ids=["settled in time", "too late"])
    def test_waits_while_a_complaint_is_open(
        self, live: Any, lena: Contact, completed: Order, days: float, found: list[str]
    ) -> None:
        """CN-20."""
        live.happens(lena, "complaint.opened", about=("complaint", "C-1"))
        live.until(days=3, since=cast.NOW)
        assert live.letters() == []
        if days > 5:
            live.until(days=5.1, since=cast.NOW)
        live.now = cast.NOW + timedelta(days=days)
        live.happens(lena, "complaint.solved", about=("complaint", "C-1"))
        live.turn()

        assert live.letters() == found


class TestABadReview:
    """J-07.2: urgent, on the desk with the reply time of four hours (CN-22)."""

    @pytest.mark.parametrize(("score", "found"), [(2, ["bad_review"]), (3, [])], ids=str)
    def test_is_a_task_at_once(self, live: Any, lena: Contact, completed: Order, score: int, found: list[str]) -> None:
        live.until(days=3, since=cast.NOW)
        live.later(days=2)
        live.happens(lena, "feedback.given", about=("order", str(completed.pk)), kind="review", score=score)
        live.turn()

        assert live.tasks() == found
        if found:
            assert live.task().due_at == live.now + timedelta(hours=4)


def test_the_letter_is_whole_in_six_languages() -> None:
    letters.check("j-07.1")
    assert letters.kind_of("j-07.1") == "marketing"
