"""J-26: the customer's stock falls below his safety line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger import profile
from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


def runs_low(flow: Any, contact: Contact, quantity: int = 40) -> None:
    for each in (200, quantity):
        profile.record_stock_level(
            customer=contact.customer, product_code="BT-204", quantity=Decimal(each), safety_quantity=Decimal(120),
            now=flow.now,
        )  # fmt: skip


class TestStockBelowTheSafetyLine:
    """J-26.1: at once, for buyers of standard goods; an order ends it."""

    def test_is_asked_about_at_once(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-26")
        live.stands(lena, "need", "standard")
        runs_low(live, lena)
        live.turn()

        assert live.letters() == ["j-26.1"]
        sent = live.message()
        assert sent.values["stock"] == {"product": "BT-204", "quantity": "40", "safety_quantity": "120"}
        assert (sent.not_before, sent.expires_at) == (cast.NOW, cast.NOW + timedelta(days=3))

    @pytest.mark.parametrize(("hours", "found"), [(24, ["j-26.1"]), (24.1, [])], ids=["a day late", "later"])
    def test_is_not_asked_about_a_day_later(
        self, flow: Callable[[str], Any], lena: Contact, hours: float, found: list[str]
    ) -> None:
        """No worker ran in between."""
        live = flow("j-26")
        live.stands(lena, "need", "standard")
        runs_low(live, lena)
        live.later(hours=hours)

        assert live.letters() == found
        assert live.skipped() == ({} if found else {"shall-we-deliver": "too_late"})

    def test_of_a_buyer_of_custom_goods_says_nothing(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-26")
        live.stands(lena, "need", "custom")
        runs_low(live, lena)
        live.turn()

        assert live.entered() == 0

    def test_is_forgotten_when_he_has_ordered(self, flow: Callable[[str], Any], lena: Contact) -> None:
        """What happened before anybody looked counts too (CN-49)."""
        live = flow("j-26")
        live.stands(lena, "need", "standard")
        runs_low(live, lena)
        live.order(lena)
        live.turn()

        assert live.letters() == []
        assert live.ended() == ["ordered"]


@pytest.mark.parametrize(("key", "kind"), [("j-26.1", "service")])
def test_the_letter_speaks_six_languages(key: str, kind: str) -> None:
    """CN-43: it answers what the customer told us, so it is service."""
    assert letters.kind_of(key) == kind
    letters.check(key)
