"""J-40: how long an answer may take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.desk import actions as desk_actions
from guanxi.ledger.models import Contact, Event
from guanxi.staff.models import User
from tests import cast

pytestmark = pytest.mark.django_db


def clock_events() -> list[str]:
    told = Event.objects.filter(name__in=["task.due_soon", "task.breached"]).order_by("id")
    return [event.name for event in told]


@pytest.fixture
def live(flow: Callable[[str], Any]) -> Any:
    return flow("j-40")


def runs_out(hours: int) -> list[list[str]]:
    """What the desk has told just before and at each edge of a clock that began at `cast.NOW`."""
    told = []
    for moment in (0.75 * hours - 0.01, 0.75 * hours, hours, hours + 0.01):
        desk_actions.look_at_clocks(now=cast.NOW + timedelta(hours=moment))
        told.append(clock_events())
    return told


CLOCK = [[], ["task.due_soon"], ["task.due_soon"], ["task.due_soon", "task.breached"]]


class TestAMailThatCameIn:
    """J-40.1: four hours for high-value customers; J-40.2: a day for all others; warned before, escalated after."""

    @pytest.mark.parametrize(
        ("place", "hours"),
        [(("rfm-firm", "high"), 4), (("service-level", "vip"), 4), (("rfm-firm", "general"), 24), (None, 24)],
        ids=["J-40.1 high value", "J-40.1 VIP", "J-40.2 general", "J-40.2 no tier"],
    )
    def test_has_its_clock(self, live: Any, lena: Contact, place: tuple[str, str] | None, hours: int) -> None:
        chief: User = cast.a_member_of_staff("manager")
        if place:
            live.stands(lena, *place)
        live.happens(lena, "email.replied", about=("message", "1"), text="When will it ship?")
        live.turn()

        assert live.tasks() == ["answer_mail"]
        assert live.task().due_at == cast.NOW + timedelta(hours=hours)
        assert runs_out(hours) == CLOCK
        assert live.task().escalated_to == chief

    @pytest.mark.parametrize(("place", "hours"), [("high", 4), ("general", 24)])
    def test_is_not_put_on_a_desk_when_its_clock_has_run_out(
        self, live: Any, lena: Contact, place: str, hours: int
    ) -> None:
        """No worker took the steps in between."""
        live.stands(lena, "rfm-firm", place)
        live.happens(lena, "email.replied", about=("message", "1"))
        live.hear()
        live.until(hours=hours + 0.1, since=cast.NOW)

        assert live.tasks() == []

    def test_answered_is_neither_warned_of_nor_late(self, live: Any, lena: Contact) -> None:
        live.happens(lena, "email.replied", about=("message", "1"))
        live.turn()
        live.end_tasks()

        assert runs_out(24)[-1] == []

    def test_each_has_its_own_clock(self, live: Any, lena: Contact) -> None:
        for number in ("1", "2"):
            live.happens(lena, "email.replied", about=("message", number))
            live.later(hours=1)

        assert live.tasks() == ["answer_mail", "answer_mail"]

    def test_an_automatic_answer_starts_no_clock(self, live: Any, lena: Contact) -> None:
        """CN-22: only what a person wrote waits for an answer."""
        live.happens(lena, "email.answered_by_program")
        live.turn()

        assert live.entered() == 0


class TestAProblemFromASurvey:
    """J-40.3, S-03: a solution within 48 hours."""

    def test_has_48_hours(self, live: Any, lena: Contact) -> None:
        live.happens(lena, "survey.answered", survey="usage", names_problem=True)
        live.turn()

        assert live.tasks() == ["solve"]
        assert live.task().due_at == cast.NOW + timedelta(hours=48)
        assert runs_out(48) == CLOCK

    def test_a_content_customer_has_no_clock(self, live: Any, lena: Contact) -> None:
        live.happens(lena, "survey.answered", survey="usage", names_problem=False)
        live.turn()

        assert live.entered() == 0

    def test_lies_on_the_desk_once(self, live: Any, lena: Contact) -> None:
        """Care opens the same task for a complaint."""
        wish = desk_actions.Wish(key="care", kind="solve", customer_id=lena.customer_id, due_at=live.now)
        desk_actions.open_tasks(wishes=[wish], now=live.now)
        live.happens(lena, "survey.answered", survey="usage", names_problem=True)
        live.turn()

        assert live.tasks() == ["solve"]
