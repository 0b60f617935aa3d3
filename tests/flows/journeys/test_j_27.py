"""J-27: the market moves, and long-term partners hear a plan before it reaches them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.desk import actions as desk_actions
from guanxi.journeys.models import Enrolment
from guanxi.ledger.models import Contact, Event, OrderLine
from guanxi.pipeline.pulse import pulse
from guanxi.tracking import market
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any], lena: Contact) -> Any:
    """The journey, with Lena's firm in stable cooperation and copper on the move."""
    live = flow("j-27")
    live.stands(lena, "stage", "stable")
    live.happens(lena, "market.moved", kind="material", subject="Copper", percent="4.2")
    return live


class TestAPlanBeforeThePriceMoves:
    """J-27.1: a task at once, to be done in seven days; then the plan in writing, with the day prices hold until."""

    @pytest.mark.parametrize(("hours", "tasks"), [(0, ["market_plan"]), (48, ["market_plan"]), (48.1, [])])
    def test_is_a_task_within_two_days(self, live: Any, hours: float, tasks: list[str]) -> None:
        live.until(hours=hours, since=cast.NOW)

        assert live.tasks() == tasks
        if tasks:
            assert live.task().due_at == live.now + timedelta(days=7)
            assert live.task().checklist[0]["text"] == "State what moved, and by how much"

    @pytest.mark.parametrize(("days", "told"), [(1, ["j-27.1"]), (7, ["j-27.1"]), (7.1, [])])
    def test_is_written_down_once_a_person_has_told_it(self, live: Any, days: float, told: list[str]) -> None:
        live.turn()
        live.now = cast.NOW + timedelta(days=min(days, 7))
        if days > 7:
            live.turn()
        live.now = cast.NOW + timedelta(days=days)
        desk_actions.finish_task(task=live.task(), now=live.now, by=None)
        live.turn()

        assert live.letters() == told
        if told:
            assert live.message().values["market"] == {
                "kind": "material", "subject": "Copper", "percent": "4.2", "order_by": "2026-06-12",
            }  # fmt: skip
            assert live.message().expires_at == cast.NOW + timedelta(days=10)

    def test_lies_on_the_desk_once(self, flow: Callable[[str], Any], lena: Contact) -> None:
        """Care opens the same task when it reads the event."""
        live = flow("j-27")
        live.stands(lena, "stage", "stable")
        wish = desk_actions.Wish(key="care", kind="market_plan", customer_id=lena.customer_id, due_at=live.now)
        desk_actions.open_tasks(wishes=[wish], now=live.now)
        live.happens(lena, "market.moved", kind="material", subject="Copper", percent="4.2")
        live.turn()

        assert live.tasks() == ["market_plan"]
        assert live.skipped() == {"plan": "condition"}

    def test_is_not_for_a_buyer_on_trial(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-27")
        live.stands(lena, "stage", "trial")
        live.happens(lena, "market.moved", kind="material", subject="Copper", percent="4.2")
        live.turn()

        assert live.entered() == 0

    def test_is_over_when_he_orders(self, live: Any, lena: Contact) -> None:
        live.turn()
        live.order(lena)
        live.later(days=1)

        assert (live.letters(), live.ended()) == ([], ["ordered"])


class TestAMove:
    def test_is_told_to_each_customer_it_touches(
        self, flow: Callable[[str], Any], lena: Contact, diego: Contact
    ) -> None:
        """J-27.1, B-20: who bought goods of the material within a year gets an event of his own."""
        live = flow("j-27")
        live.order(lena)
        live.order(diego, "PO-2")
        OrderLine.objects.filter(order__number="PO-1").update(category="Cables")
        market.enter_material_price(
            actor=None, material="Copper", amount=Decimal(100), currency="USD", on=date(2026, 5, 1), now=live.now,
            categories=["Cables"],
        )  # fmt: skip
        move = market.enter_material_price(
            actor=None, material="Copper", amount=Decimal(104), currency="USD", on=date(2026, 5, 12), now=live.now
        )

        assert move is not None
        assert market.tell_customers(events=[move], now=live.now) == 1
        told = Event.objects.get(name="market.moved", customer__isnull=False)
        assert (told.customer, told.properties["percent"]) == (lena.customer, "4.0")
        assert market.tell_customers(events=[told], now=live.now) == 0

    def test_reaches_the_journey_in_one_pulse(self, flow: Callable[[str], Any], lena: Contact) -> None:
        """J-27.1: the firm's move becomes the customer's, care and the journey ask for one plan."""
        live = flow("j-27")
        live.stands(lena, "stage", "stable")
        live.order(lena)
        live.hear()
        OrderLine.objects.update(category="Cables")
        for day, amount in ((1, 100), (12, 104)):
            market.enter_material_price(
                actor=None, material="Copper", amount=Decimal(amount), currency="USD", on=date(2026, 5, day),
                now=live.now, categories=["Cables"],
            )  # fmt: skip
        pulse(at=live.now)

        assert live.tasks() == ["market_plan"]
        assert Enrolment.objects.get().occasion["told"]["percent"] == "4.0"


def test_the_letter_speaks_six_languages() -> None:
    """CN-43: a proposal to order is marketing."""
    assert letters.kind_of("j-27.1") == "marketing"
    letters.check("j-27.1")
