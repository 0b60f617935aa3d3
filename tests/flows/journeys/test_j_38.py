"""J-38: class C is looked through every half year; tests/rooms/tiering/test_reviews.py proves what the review marks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.journeys import actions
from guanxi.journeys.models import Enrolment
from guanxi.ledger.models import Contact, Trait

pytestmark = pytest.mark.django_db
WAKE_UP = """\
key: j-17
title: Wake-up
trigger: {event: mail.shared}
entry: {again_after: 180d}
steps:
  - {id: rest, wait: 1d}
"""


@pytest.fixture
def live(flow: Callable[[str], Any], lena: Contact) -> Any:
    """The journey and a wake-up to go on to; Lena's firm is class C and talks with it lead nowhere."""
    live = flow("j-38")
    actions.publish(text=WAKE_UP, now=live.now)
    live.stands(lena, "abc-cumulative", "C")
    Trait.objects.create(
        customer=lena.customer, name="inefficient_talks", value=True, since_on=live.now.date(), set_at=live.now
    )
    return live


def is_woken() -> bool:
    return Enrolment.objects.filter(journey__key="j-17").exists()


class TestTheScreening:
    """J-38.1, M-08: every six months; a person judges talks, a year of silence is marked by the review."""

    def test_asks_a_person_on_the_first_of_january_and_july(self, live: Any) -> None:
        live.on("2026-06-30")
        assert live.tasks() == []

        live.on("2026-07-01")
        assert live.tasks() == ["screen_class_c"]
        assert live.task().due_at == live.now + timedelta(days=14)
        assert len(live.task().checklist) == 2
        live.on("2026-12-31")
        assert live.tasks() == ["screen_class_c"]
        live.on("2027-01-01")
        assert live.tasks() == ["screen_class_c", "screen_class_c"]

    @pytest.mark.parametrize(("days", "woken"), [(13.9, True), (14.1, False)], ids=["within two weeks", "later"])
    def test_goes_on_to_the_wake_up_when_he_is_marked(self, live: Any, lena: Contact, days: float, woken: bool) -> None:
        live.on("2026-07-01")
        begun = live.now
        live.until(days, since=begun)
        live.moves(lena, "abc-cumulative", "dormant")
        live.turn()

        assert is_woken() is woken

    def test_ends_where_he_is_kept(self, live: Any) -> None:
        live.on("2026-07-01")
        live.later(days=14)

        assert not is_woken()
        assert live.ended() == ["finished"]

    def test_wakes_whom_the_review_has_marked_by_itself(self, live: Any, lena: Contact) -> None:
        live.stands(lena, "abc-cumulative", "dormant")
        live.happens(lena, "standing.changed", scheme="abc-cumulative", to="dormant", rule="M-08")
        live.turn()

        assert is_woken()
        assert live.tasks() == []

    def test_leaves_other_classes_in_peace(self, live: Any, lena: Contact) -> None:
        live.stands(lena, "abc-cumulative", "B")
        live.on("2026-07-01")

        assert live.entered() == 0
