"""J-31: orders come later or smaller than before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.desk import actions as desk_actions
from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


class TestADecliningCustomer:
    """J-31.1: personal service as a task at once, a personal coupon when he has not ordered a week later."""

    @pytest.mark.parametrize("name", ["rhythm.slowed", "rhythm.shrunk"])
    def test_is_looked_after_in_person_when_detected(
        self, flow: Callable[[str], Any], lena: Contact, name: str
    ) -> None:
        live = flow("j-31")
        live.happens(lena, name)
        live.turn()

        assert live.tasks() == ["win_back_alert"]
        assert live.task().due_at == cast.NOW + timedelta(days=3)

    @pytest.mark.parametrize(
        ("days", "found"), [(6.9, []), (7, ["j-31.1"]), (14, ["j-31.1"]), (14.1, [])],
        ids=["before a week", "a week", "two", "later"],
    )  # fmt: skip
    def test_gets_a_personal_code_in_the_second_week(
        self, flow: Callable[[str], Any], lena: Contact, days: float, found: list[str]
    ) -> None:
        live = flow("j-31")
        live.happens(lena, "rhythm.slowed")
        live.turn()
        live.until(days, since=cast.NOW)

        assert live.letters() == found
        if found:
            assert live.message().values["offer"]["code"].startswith("YOU-")
            assert live.message().expires_at == cast.NOW + timedelta(days=14)

    def test_who_recovers_gets_none(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-31")
        live.happens(lena, "rhythm.slowed")
        live.turn()
        live.order(lena)
        live.later(days=7)

        assert (live.letters(), live.ended()) == ([], ["recovered"])

    def test_who_has_fallen_asleep_is_left_to_the_wake_up(self, flow: Callable[[str], Any], lena: Contact) -> None:
        """CN-49: looked at again before each step."""
        live = flow("j-31")
        live.happens(lena, "rhythm.slowed")
        live.turn()
        live.stands(lena, "rfm-firm", "dormant")
        live.later(days=7)

        assert (live.letters(), live.ended()) == ([], ["dormant"])

    def test_who_complains_gets_no_coupon(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-31")
        live.happens(lena, "rhythm.slowed")
        live.turn()
        live.happens(lena, "complaint.opened", about=("complaint", "Q-1"))
        live.later(days=7)

        assert live.letters() == []

    def test_has_one_such_task(self, flow: Callable[[str], Any], lena: Contact) -> None:
        """Care opens the same one when it reads the event."""
        live = flow("j-31")
        wish = desk_actions.Wish(key="care", kind="win_back_alert", customer_id=lena.customer_id, due_at=live.now)
        desk_actions.open_tasks(wishes=[wish], now=live.now)
        live.happens(lena, "rhythm.slowed")
        live.turn()

        assert live.tasks() == ["win_back_alert"]


def test_the_letter_speaks_six_languages() -> None:
    assert letters.kind_of("j-31.1") == "marketing"
    letters.check("j-31.1")
