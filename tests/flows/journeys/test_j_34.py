"""J-34: customers with potential, in both meanings of the word."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Order
from guanxi.offers import actions as offers_actions
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db
WINDOW = pytest.mark.parametrize(("days", "is_told"), [(0, True), (14, True), (14.1, False)])


class TestADevelopingCustomer:
    """J-34.1: one or two orders; the price breaks of what he bought."""

    @pytest.fixture
    def live(self, flow: Callable[[str], Any], lena: Contact) -> Any:
        live = flow("j-34")
        offers_actions.set_price_breaks(
            product_code="BT-204", currency="EUR", steps=[(Decimal(100), Decimal("11.9")), (Decimal(500), Decimal(11))],
            now=live.now,
        )  # fmt: skip
        live.order(lena)
        live.turn()
        live.moves(lena, "rfm-firm", "developing")
        return live

    @WINDOW
    def test_gets_the_price_table_within_two_weeks(self, live: Any, days: float, is_told: bool) -> None:
        live.until(days, since=cast.NOW)

        assert live.letters() == ["j-34.1"] * is_told
        if is_told:
            assert live.message().values["prices"]["rows"] == [
                {"name": "BT-204", "quantity": "100", "price": "11.9", "currency": "EUR"},
                {"name": "BT-204", "quantity": "500", "price": "11", "currency": "EUR"},
            ]

    def test_with_three_orders_is_none_any_more(self, live: Any, lena: Contact) -> None:
        for number in ("PO-2", "PO-3"):
            order = live.order(lena, number)
            Order.objects.filter(pk=order.pk).update(placed_at=cast.NOW)
        assert live.turn()["entered"] == 1

        assert live.letters() == []


class TestABigButRareBuyer:
    """J-34.2: an offer with a threshold, for a time."""

    @WINDOW
    def test_gets_his_code_within_two_weeks(
        self, flow: Callable[[str], Any], lena: Contact, days: float, is_told: bool
    ) -> None:
        live = flow("j-34")
        live.moves(lena, "rfm-001", "big_ticket_infrequent")
        live.until(days, since=cast.NOW)

        assert live.letters() == ["j-34.2"] * is_told
        if is_told:
            assert live.message().values["offer"]["valid_until"] == f"2026-06-{12 + int(days):02}"

    def test_who_orders_gets_no_more(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-34")
        live.moves(lena, "rfm-001", "big_ticket_infrequent")
        live.order(lena)
        live.turn()

        assert live.letters() == [] or live.ended() == ["ordered"]


@pytest.mark.parametrize("key", ["j-34.1", "j-34.2"])
def test_the_letters_speak_six_languages(key: str) -> None:
    assert letters.kind_of(key) == "marketing"
    letters.check(key)
