from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D

import pytest

from guanxi.offers import actions, queries
from guanxi.offers.actions import BadPriceBreaks
from guanxi.offers.models import Offer

pytestmark = pytest.mark.django_db
TEXT = "name: spring\ngives: {percent_off: 5}\n"


class TestOffers:
    def test_hold_only_when_switched_on(self, now: datetime) -> None:
        actions.install_library(now=now)
        assert [each.name for each in queries.active_offers()] == ["existing-customer-coupon"]  # of J-17

        actions.switch_offer(offer=Offer.objects.get(name="three-categories"), is_active=True, now=now)

        assert {each.name for each in queries.active_offers()} == {"existing-customer-coupon", "three-categories"}

    def test_keep_the_firms_own_wording(self, now: datetime) -> None:
        actions.install_library(now=now)
        own = "name: second-order\ngives: {percent_off: 7}\nwhen: {order_number: 2}\n"
        actions.save_offer(text=own, now=now)

        actions.install_library(now=now)

        assert Offer.objects.get(name="second-order").document == own

    def test_count_their_versions(self, now: datetime) -> None:
        for text in (TEXT, TEXT, TEXT.replace("5", "6")):
            offer = actions.save_offer(text=text, now=now)

        assert offer.version == 2


class TestPriceBreaks:
    """T-59: the steps of an article are replaced whole, and make sense."""

    def test_are_kept_in_order(self, now: datetime) -> None:
        for steps in ([(D(5), D(9))], [(D(100), D(7)), (D(10), D(8))]):
            actions.set_price_breaks(product_code="lamp", currency="USD", steps=steps, now=now)

        found = queries.price_breaks(["lamp"], "USD")
        assert [(each.from_quantity, each.unit_price) for each in found] == [(10, 8), (100, 7)]
        assert queries.price_breaks(["lamp"], "EUR") == []

    @pytest.mark.parametrize(
        "steps",
        [[(D(1), D(9)), (D(1), D(8))], [(D(1), D(9)), (D(5), D(9))], [(D(0), D(9))], [(D(1), D(0))]],
        ids=["twice", "no cheaper", "no quantity", "no price"],
    )
    def test_refuse_nonsense(self, steps: list[tuple[D, D]], now: datetime) -> None:
        with pytest.raises(BadPriceBreaks):
            actions.set_price_breaks(product_code="lamp", currency="USD", steps=steps, now=now)
