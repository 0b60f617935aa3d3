"""J-30: a guide after the first order, an offer for the second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


class TestTheGuide:
    """J-30.1: a day after the first order, at the latest after a week."""

    @pytest.mark.parametrize(
        ("days", "found"), [(0.9, []), (1, ["j-30.1"]), (7, ["j-30.1"]), (7.1, [])],
        ids=["before a day", "a day", "a week", "later"],
    )  # fmt: skip
    def test_follows_within_a_week(
        self, flow: Callable[[str], Any], lena: Contact, days: float, found: list[str]
    ) -> None:
        live = flow("j-30")
        live.order(lena)
        live.until(days, since=cast.NOW)

        assert live.letters() == found
        if found:
            assert live.message().values["order"]["number"] == "PO-1"

    def test_is_for_the_first_order_alone(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-30")
        live.order(lena)
        live.order(lena, "PO-2")
        live.turn()

        assert live.entered() == 0


class TestTheOffer:
    """J-30.2: two to four weeks after the goods arrived, without a second order."""

    @pytest.fixture
    def arrived(self, flow: Callable[[str], Any], lena: Contact) -> Any:
        live = flow("j-30")
        order = live.order(lena)
        live.later(days=2)
        live.stage(order, "delivered")
        live.turn()
        return live

    @pytest.mark.parametrize(
        ("days", "found"), [(13.9, 0), (14, 1), (28, 1), (28.1, 0)], ids=["before", "two weeks", "four", "later"]
    )
    def test_follows_the_arrival(self, arrived: Any, days: float, found: int) -> None:
        arrived.until(days, since=cast.NOW + timedelta(days=2))

        assert arrived.letters() == ["j-30.1", "j-30.2"][: 1 + found]
        if found:
            assert arrived.message().values["offer"]["code"].startswith("AGAIN-")

    @pytest.mark.parametrize(("days", "found"), [(1 + 60 + 13.9, 0), (1 + 60 + 14, 1)])
    def test_counts_from_sixty_days_where_no_arrival_is_told(
        self, flow: Callable[[str], Any], lena: Contact, days: float, found: int
    ) -> None:
        live = flow("j-30")
        live.order(lena)
        live.until(1, since=cast.NOW)
        live.until(61, since=cast.NOW)
        live.until(days, since=cast.NOW)

        assert live.letters() == ["j-30.1", "j-30.2"][: 1 + found]

    def test_is_not_made_after_the_second_order(self, arrived: Any, lena: Contact) -> None:
        arrived.order(lena, "PO-2")
        arrived.later(days=14)

        assert (arrived.letters(), arrived.ended()) == (["j-30.1"], ["ordered_again"])


@pytest.mark.parametrize(("key", "kind"), [("j-30.1", "service"), ("j-30.2", "marketing")])
def test_the_letters_speak_six_languages(key: str, kind: str) -> None:
    """CN-43."""
    assert letters.kind_of(key) == kind
    letters.check(key)
