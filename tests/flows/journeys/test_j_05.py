"""J-05: a trial order is shown, followed and turned into the next one."""

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
    return flow("j-05")


@pytest.fixture
def trial(live: Any, lena: Contact) -> Order:
    order: Order = live.order(lena, is_trial=True)
    live.turn()
    return order


def news(live: Any, order: Order, text: str) -> None:
    live.happens(order.contact, "order.news", about=("order", str(order.pk)), text=text)


class TestPhotosOfEachNode:
    """J-05.1: at the node; a task asks for the photos."""

    def test_are_asked_for_at_the_beginning(self, live: Any, trial: Order) -> None:
        assert live.tasks() == ["node_photos"]
        assert live.task().due_at == cast.NOW + timedelta(days=7)
        assert [line["text"] for line in live.task().checklist][:2] == ["Material in", "Assembly"]

    def test_come_with_each_of_them(self, live: Any, trial: Order) -> None:
        live.stage(trial, "in_production")
        live.turn()
        for text in ("The material is in.", "Assembly has begun."):
            live.later(days=4)
            news(live, trial, text)
            live.turn()

        assert live.letters() == ["j-05.1"] * 3
        assert live.message().values["order"]["news"] == "Assembly has begun."
        assert live.message().expires_at == live.now + timedelta(hours=24)

    def test_are_nothing_for_other_orders(self, live: Any, lena: Contact) -> None:
        live.order(lena, "PO-9")
        live.turn()

        assert live.entered() == 0


class TestTracking:
    """J-05.2: at once with the shipment, with notes for customs."""

    def test_comes_with_the_shipment(self, live: Any, trial: Order) -> None:
        live.later(days=9)
        live.stage(trial, "shipped", carrier="DHL", tracking_number="JJD1")
        live.turn()

        assert live.letters() == ["j-05.2"]
        assert live.message().values["order"]["tracking_number"] == "JJD1"
        window = (live.message().not_before, live.message().expires_at)
        assert window == (live.now, live.now + timedelta(hours=24))

    def test_also_when_the_worker_stood_still(self, live: Any, trial: Order) -> None:
        live.stage(trial, "in_transit")
        live.later(hours=20)

        assert live.letters() == ["j-05.2"]


class TestArrival:
    """J-05.3: within 24 hours of the arrival."""

    @pytest.mark.parametrize("stage", ["arrived", "delivered"])
    def test_is_asked_about_within_a_day(self, live: Any, trial: Order, stage: str) -> None:
        live.stage(trial, "shipped")
        live.turn()
        live.later(days=30)
        live.stage(trial, stage)
        live.turn()

        assert live.letters() == ["j-05.2", "j-05.3"]
        window = (live.message().not_before, live.message().expires_at)
        assert window == (live.now, live.now + timedelta(hours=24))


class TestNextPurchase:
    """J-05.4: once it is complete, and never while something is wrong."""

    @pytest.fixture
    def arrived(self, live: Any, trial: Order) -> Order:
        live.stage(trial, "delivered")
        live.turn()
        live.later(days=3)
        return trial

    def test_is_suggested_when_the_trial_is_complete(self, live: Any, arrived: Order) -> None:
        assert live.letters() == ["j-05.3"]
        live.stage(arrived, "completed")
        live.turn()

        assert live.letters() == ["j-05.3", "j-05.4"]
        assert live.message().expires_at == live.now + timedelta(days=7)

    def test_waits_until_a_complaint_is_solved(self, live: Any, lena: Contact, arrived: Order) -> None:
        live.happens(lena, "complaint.opened", about=("complaint", "C-1"))
        live.stage(arrived, "completed")
        live.turn()
        live.later(days=10)
        assert live.letters() == ["j-05.3"]
        live.happens(lena, "complaint.solved", about=("complaint", "C-1"))
        live.turn()

        assert live.letters() == ["j-05.3", "j-05.4"]


@pytest.mark.parametrize("key", ["j-05.1", "j-05.2", "j-05.3", "j-05.4"])
def test_each_letter_is_whole_in_six_languages(key: str) -> None:
    letters.check(key)
    assert letters.kind_of(key) == ("marketing" if key == "j-05.4" else "transactional")
