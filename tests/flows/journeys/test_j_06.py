"""J-06: a notice at each stage of a private customer's order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Order
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any]) -> Any:
    return flow("j-06")


@pytest.fixture
def order(live: Any, diego: Contact) -> Order:
    order: Order = live.order(diego)
    live.turn()
    return order


class TestNotices:
    """Each at once: within a day of the stage, or not at all."""

    @pytest.mark.parametrize(("hours", "found"), [(0, ["j-06.1"]), (24, ["j-06.1"]), (24.1, [])], ids=str)
    def test_of_the_confirmation(self, live: Any, diego: Contact, hours: float, found: list[str]) -> None:
        """J-06.1."""
        live.order(diego)
        live.hear()
        live.later(hours=hours)

        assert live.letters() == found

    @pytest.mark.parametrize(("stage", "key"), [("packed", "j-06.2"), ("shipped", "j-06.3"), ("in_transit", "j-06.4")])
    def test_of_a_stage(self, live: Any, order: Order, stage: str, key: str) -> None:
        """J-06.2, J-06.3, J-06.4."""
        live.later(days=2)
        live.stage(order, stage, tracking_number="JJD1")
        live.turn()

        assert live.letters() == ["j-06.1", key]
        assert live.message().values["order"]["tracking_number"] == "JJD1"
        window = (live.message().not_before, live.message().expires_at)
        assert window == (live.now, live.now + timedelta(hours=24))

    def test_follow_the_order_to_its_delivery(self, live: Any, diego: Contact, order: Order) -> None:
        """J-06.2 to J-06.4, with each report of the carrier; the delivery ends them."""
        for stage in ("packed", "shipped"):
            live.later(days=1)
            live.stage(order, stage)
            live.turn()
        for text in ("Customs cleared.", "On the delivery van."):
            live.later(days=1)
            live.happens(diego, "order.news", about=("order", str(order.pk)), text=text)
            live.turn()
        live.stage(order, "delivered")
        live.turn()
        live.later(days=30)

        assert live.letters() == ["j-06.1", "j-06.2", "j-06.3", "j-06.4", "j-06.4"]
        assert live.ended() == ["delivered"]

    def test_say_nothing_of_news_before_the_shipment(self, live: Any, diego: Contact, order: Order) -> None:
        live.happens(diego, "order.news", about=("order", str(order.pk)), text="The glaze is fired.")
        live.turn()

        assert live.letters() == ["j-06.1"]

    def test_are_not_for_firms(self, live: Any, lena: Contact) -> None:
        """Their orders are told of by J-04 (CN-23)."""
        live.order(lena)
        live.turn()

        assert live.entered() == 0


@pytest.mark.parametrize("key", ["j-06.1", "j-06.2", "j-06.3", "j-06.4"])
def test_each_letter_is_whole_in_six_languages(key: str) -> None:
    letters.check(key)
    assert letters.kind_of(key) == "transactional"
