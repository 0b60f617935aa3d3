"""J-39: the quarterly review; tests/rooms/tiering/test_reviews.py proves what it proposes and how it is decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from guanxi.desk import actions as desk_actions
from guanxi.ledger.models import Contact
from guanxi.tiering.models import Proposal, Review, Scheme

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any], lena: Contact) -> Any:
    """The journey; the review of the quarter proposes to raise Lena's firm from C to B."""
    live = flow("j-39")
    live.stands(lena, "abc-cumulative", "C")
    review = Review.objects.create(
        kind="quarter", period_from_on=date(2026, 4, 1), period_until_on=date(2026, 7, 1), opened_at=live.now
    )
    Proposal.objects.create(
        review=review, customer=lena.customer, scheme=Scheme.objects.get(name="abc-cumulative"), kind="raise",
        rule="M-05", cause="growth", from_tier="C", to_tier="B", reason="doubled", proposed_at=live.now,
    )  # fmt: skip
    return live


class TestTheReview:
    """J-39.1, M-04, CN-51: each quarter a task for each proposal, two weeks to decide; nothing moves by itself."""

    def test_falls_due_on_the_first_day_of_the_quarter(self, live: Any) -> None:
        live.on("2026-06-30")
        assert live.tasks() == []

        live.on("2026-07-01")
        assert live.tasks() == ["review_proposal"]
        assert live.task().due_at == live.now + timedelta(days=14)
        live.on("2026-07-02")
        assert live.tasks() == ["review_proposal"]

    @pytest.mark.parametrize("scheme", ["abc-cumulative", "abc-concentrated"])
    @pytest.mark.parametrize("tier", ["A", "B", "C"])
    def test_looks_at_every_class(self, live: Any, lena: Contact, scheme: str, tier: str) -> None:
        live.stands(lena, "abc-cumulative", tier if scheme == "abc-cumulative" else "")
        live.stands(lena, scheme, tier)
        live.on("2026-07-01")

        assert live.tasks() == ["review_proposal"]

    def test_asks_nobody_where_nothing_is_proposed(self, live: Any) -> None:
        Proposal.objects.update(state="declined")
        live.on("2026-07-01")

        assert live.entered() == 0

    @pytest.mark.parametrize(("days", "late"), [(14, False), (14.1, True)], ids=["two weeks", "later"])
    def test_is_late_after_two_weeks(self, live: Any, days: float, late: bool) -> None:
        live.on("2026-07-01")
        desk_actions.look_at_clocks(now=live.now + timedelta(days=days))

        assert (live.task().breached_at is not None) is late

    @pytest.mark.parametrize(("days", "found"), [(7, ["review_proposal"]), (7.1, [])], ids=["a week late", "later"])
    def test_is_not_asked_for_a_week_late(self, live: Any, days: float, found: list[str]) -> None:
        """No worker took the steps in between."""
        live.look("2026-07-01")
        live.later(days=days)

        assert live.tasks() == found

    def test_is_over_when_a_person_has_decided(self, live: Any, lena: Contact) -> None:
        live.on("2026-07-01")
        live.happens(lena, "proposal.accepted", kind="raise")
        live.turn()

        assert live.ended() == ["decided"]

    def test_is_over_when_a_person_has_declined(self, live: Any) -> None:
        live.on("2026-07-01")
        Proposal.objects.update(state="declined")
        live.later(days=14)

        assert live.ended() == ["finished"]
