"""J-08: a cart left behind is recalled twice, and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db

PRODUCTS = [{"product_code": "BT-204", "name": "Torque wrench", "quantity": 2.0, "price": "38.50"}]


@pytest.fixture
def live(flow: Callable[[str], Any]) -> Any:
    return flow("j-08")


def leaves(live: Any, contact: Contact, cart: str = "7") -> None:
    live.happens(contact, "cart.abandoned", about=("cart", cart), cart_id=cart, products=PRODUCTS)


class TestReminder:
    """J-08.1: two hours after the cart was left."""

    @pytest.mark.parametrize(("hours", "found"), [(1.9, []), (2, ["j-08.1"]), (20, ["j-08.1"]), (20.1, [])], ids=str)
    def test_comes_after_two_hours(self, live: Any, lena: Contact, hours: float, found: list[str]) -> None:
        leaves(live, lena)
        live.hear()
        live.until(hours=hours, since=cast.NOW)

        assert live.letters() == found
        if found:
            rows = live.message().values["cart"]["products"]
            assert [(each["name"], each["quantity"]) for each in rows] == [("Torque wrench", "2")]

    @pytest.mark.parametrize("after_hours", [1, 3])
    def test_ends_with_an_order(self, live: Any, diego: Contact, after_hours: float) -> None:
        leaves(live, diego)
        live.turn()
        live.until(hours=after_hours, since=cast.NOW)
        live.order(diego)
        live.until(hours=30, since=cast.NOW)

        assert live.letters() == (["j-08.1"] if after_hours > 2 else [])
        assert live.ended() == ["ordered"]

    def test_comes_once_for_each_cart(self, live: Any, lena: Contact) -> None:
        for cart in ("7", "7", "8"):
            leaves(live, lena, cart)
        live.turn()

        assert live.entered() == 2


class TestSecondReminder:
    """J-08.2: 24 hours after the cart was left (CN-30), with a small coupon, for private customers (DP-18)."""

    @pytest.mark.parametrize(("hours", "found"), [(23.9, []), (24, ["j-08.2"]), (72, ["j-08.2"]), (72.1, [])], ids=str)
    def test_comes_after_a_day(self, live: Any, diego: Contact, hours: float, found: list[str]) -> None:
        leaves(live, diego)
        live.turn()
        live.until(hours=2, since=cast.NOW)
        live.until(hours=hours, since=cast.NOW)

        assert live.letters()[1:] == found
        if found:
            assert live.message().values["offer"]["percent"] == "5"
            assert live.message().expires_at == cast.NOW + timedelta(hours=72)

    def test_is_not_for_firms(self, live: Any, lena: Contact) -> None:
        leaves(live, lena)
        live.turn()
        live.until(hours=2, since=cast.NOW)
        live.until(hours=24, since=cast.NOW)

        assert live.letters() == ["j-08.1"]


@pytest.mark.parametrize("key", ["j-08.1", "j-08.2"])
def test_each_letter_is_whole_in_six_languages(key: str) -> None:
    letters.check(key)
    assert letters.kind_of(key) == "marketing"
