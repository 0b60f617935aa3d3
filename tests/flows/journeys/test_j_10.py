"""J-10: the price list was opened, and nobody asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


class TestTailoredPrice:
    """J-10.1: three days after the click, where no inquiry came in between."""

    @pytest.fixture
    def clicked(self, flow: Callable[[str], Any], lena: Contact) -> Any:
        live = flow("j-10")
        live.happens(lena, "price_list.clicked")
        live.turn()
        return live

    @pytest.mark.parametrize(("days", "found"), [(2.9, []), (3, ["j-10.1"]), (6, ["j-10.1"]), (6.1, [])], ids=str)
    def test_comes_after_three_days(self, clicked: Any, days: float, found: list[str]) -> None:
        clicked.until(days=days, since=cast.NOW)

        assert clicked.letters() == found
        if found:
            assert clicked.message().expires_at == cast.NOW + timedelta(days=6)

    @pytest.mark.parametrize("name", ["inquiry.received", "quotation.sent", "order"])
    def test_stays_away_after_an_inquiry(self, clicked: Any, lena: Contact, name: str) -> None:
        clicked.later(days=2)
        if name == "order":
            clicked.order(lena)
        else:
            clicked.happens(lena, name)
        clicked.later(days=2)

        assert clicked.letters() == []

    def test_comes_once_in_thirty_days(self, clicked: Any, lena: Contact) -> None:
        for days in (4, 29.9, 30):
            clicked.until(days=days, since=cast.NOW)
            clicked.happens(lena, "price_list.clicked")
            clicked.turn()

        assert clicked.entered() == 2


def test_the_letter_is_whole_in_six_languages() -> None:
    letters.check("j-10.1")
    assert letters.kind_of("j-10.1") == "marketing"
