"""J-04: a buyer always knows where his order stands, and is asked how the goods do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.care import actions as care_actions
from guanxi.desk import actions as desk_actions
from guanxi.desk.models import Task
from guanxi.ledger.models import Contact, Event, Order
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any]) -> Any:
    return flow("j-04")


def delivered(live: Any, contact: Contact, *, on_day: float) -> Order:
    """An order that is shipped at once and delivered so many days after the deal."""
    order: Order = live.order(contact)
    live.turn()
    live.stage(order, "shipped")
    live.turn()
    live.now = cast.NOW + timedelta(days=on_day)
    live.stage(order, "delivered")
    live.turn()
    return order


class TestProgressLink:
    """J-04.1: within 24 hours of the confirmation."""

    @pytest.mark.parametrize(("hours", "found"), [(0, ["j-04.1"]), (24, ["j-04.1"]), (24.1, [])], ids=str)
    def test_comes_within_a_day(self, live: Any, lena: Contact, hours: float, found: list[str]) -> None:
        live.order(lena)
        live.hear()
        live.later(hours=hours)

        assert live.letters() == found
        if found:
            assert "/p/progress/" in live.message().values["order"]["progress_url"]
            assert live.message().expires_at == cast.NOW + timedelta(hours=24)


class TestProductionNews:
    """J-04.2: every seven days while nothing else was told (CN-23)."""

    @pytest.fixture
    def made(self, live: Any, lena: Contact) -> Order:
        order: Order = live.order(lena, stage="in_production")
        live.turn()
        return order

    def test_come_when_seven_days_were_silent(self, live: Any, made: Order) -> None:
        live.until(days=5, since=cast.NOW)
        live.until(days=6.99, since=cast.NOW)
        assert live.letters() == ["j-04.1"]
        live.until(days=7, since=cast.NOW)

        assert live.letters() == ["j-04.1", "j-04.2"]
        assert live.message().expires_at == live.now + timedelta(days=3)

    @pytest.mark.parametrize(("days", "found"), [(4.99, []), (5, ["order_news"])], ids=str)
    def test_are_asked_of_a_person_after_five(self, live: Any, made: Order, days: float, found: list[str]) -> None:
        """CN-23: no news for five days is a task, due before the seven-day letter."""
        live.until(days=days, since=cast.NOW)

        assert live.tasks() == found
        if found:
            assert live.task().due_at == cast.NOW + timedelta(days=7)

    def test_begin_anew_with_every_stage_and_piece_of_news(self, live: Any, lena: Contact, made: Order) -> None:
        live.until(days=5, since=cast.NOW)
        live.until(days=6, since=cast.NOW)
        live.stage(made, "packed")
        live.turn()
        assert live.letters() == ["j-04.1", "j-04.2"]
        live.until(days=11, since=cast.NOW)
        live.until(days=12.9, since=cast.NOW)
        assert live.letters() == ["j-04.1", "j-04.2"]
        live.until(days=13, since=cast.NOW)

        assert live.letters() == ["j-04.1", "j-04.2", "j-04.2"]

    def test_end_with_the_shipment(self, live: Any, made: Order) -> None:
        live.stage(made, "shipped")
        live.turn()
        for _ in range(4):
            live.later(days=5)

        assert live.letters() == ["j-04.1", "j-04.3"]


class TestShippingPapers:
    """J-04.3: with the shipment, the customs papers and who helps on the spot."""

    @pytest.mark.parametrize(("days", "found"), [(0, ["j-04.3"]), (3, ["j-04.3"])], ids=str)
    def test_come_with_the_shipment(self, live: Any, lena: Contact, days: float, found: list[str]) -> None:
        order = live.order(lena)
        live.turn()
        live.stage(order, "shipped", carrier="DHL")
        live.later(days=days)

        assert live.letters()[1:] == found
        assert live.message().values["order"]["carrier"] == "DHL"
        assert live.message().expires_at == live.now + timedelta(days=3)


class TestUsageSurvey:
    """J-04.4: the later of 30 days after the deal and seven after the delivery (CN-21, DP-08)."""

    @pytest.mark.parametrize(
        ("on_day", "days", "is_asked"),
        [(10, 29.9, False), (10, 30, True), (40, 46.9, False), (40, 47, True)],
        ids=["delivered early", "thirty days", "delivered late", "a week in use"],
    )
    def test_comes_when_the_goods_are_in_use(
        self, live: Any, lena: Contact, on_day: float, days: float, is_asked: bool
    ) -> None:
        delivered(live, lena, on_day=on_day)
        live.until(days=max(on_day + 7, 17) - 0.1, since=cast.NOW)
        live.until(days=min(days, on_day + 7), since=cast.NOW)
        live.until(days=days, since=cast.NOW)

        assert ("j-04.4" in live.letters()) is is_asked
        if is_asked:
            assert "/p/survey/" in live.message().values["survey"]["url"]

    def test_is_not_asked_of_goods_that_have_not_arrived(self, live: Any, lena: Contact) -> None:
        order = live.order(lena)
        live.turn()
        live.stage(order, "shipped")
        live.turn()
        live.later(days=180)

        assert live.letters() == ["j-04.1", "j-04.3"]
        assert live.ended() == ["finished"]

    def test_waits_while_a_complaint_is_open(self, live: Any, lena: Contact) -> None:
        """CN-20."""
        delivered(live, lena, on_day=10)
        live.happens(lena, "complaint.opened", about=("complaint", "C-1"))
        live.turn()
        for days in (17, 30, 33):
            live.until(days=days, since=cast.NOW)
        assert live.letters() == ["j-04.1", "j-04.3"]
        live.happens(lena, "complaint.solved", about=("complaint", "C-1"))
        live.turn()

        assert live.letters() == ["j-04.1", "j-04.3", "j-04.4"]


class TestAProblemInTheAnswer:
    """J-04.5: a solution within 48 hours; a missed one is escalated."""

    @pytest.mark.parametrize(("hours", "is_late"), [(48, False), (48.1, True)], ids=str)
    def test_is_a_task_with_its_clock(self, live: Any, lena: Contact, hours: float, is_late: bool) -> None:
        chief = cast.ada()
        order = delivered(live, lena, on_day=10)
        live.happens(
            lena, "survey.answered", about=("order", str(order.pk)), survey="usage", stars=None, names_problem=True
        )
        answered = Event.objects.get(name="survey.answered")
        care_actions.react_to(events=[answered], now=live.now)
        task = Task.objects.get(kind="solve")
        assert task.due_at == live.now + timedelta(hours=48)

        desk_actions.look_at_clocks(now=live.now + timedelta(hours=hours))

        task.refresh_from_db()
        assert (task.breached_at is not None, task.escalated_to == chief) == (is_late, is_late)


class TestOneTimeline:
    """CN-23: where J-05 or J-06 tells of the same order, this one does not tell it again."""

    @pytest.mark.parametrize("other", ["j-05", "j-06"])
    def test_tells_of_a_stage_once(self, live: Any, lena: Contact, other: str, publish_too: Any) -> None:
        lena.customer.kind = "b2c" if other == "j-06" else "b2b"
        lena.customer.save()
        publish_too(other)
        order = live.order(lena, stage="confirmed", is_trial=other == "j-05")
        live.turn()
        live.stage(order, "packed")
        live.turn()
        live.stage(order, "shipped")
        live.turn()

        told = [key for key in live.letters() if key != "j-04.1"]
        assert told == (["j-05.1", "j-05.2"] if other == "j-05" else ["j-06.1", "j-06.2", "j-06.3"])


@pytest.mark.parametrize(
    ("key", "kind"),
    [("j-04.1", "transactional"), ("j-04.2", "transactional"), ("j-04.3", "transactional"), ("j-04.4", "service")],
)
def test_each_letter_is_whole_in_six_languages(key: str, kind: str) -> None:
    letters.check(key)
    assert letters.kind_of(key) == kind
