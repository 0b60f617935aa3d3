"""J-16: shortly before the next purchase of a valuable customer who is slipping away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


def expects(flow: Any, contact: Contact, *, cell: str = "valuable_slipping") -> None:
    """What the forecast records when the lead begins (DP-04): here for an order in 27 days, of a cycle of 180."""
    flow.stands(contact, "rfm-003-cells", cell)
    flow.happens(
        contact, "purchase.expected", about=("cycle", "2025-12-10"), next_order_on="2026-06-09", cycle_days=180
    )


class TestBeforeTheNextPurchase:
    """J-16.1: new products and a personal code, before the purchase."""

    def test_comes_when_the_lead_begins(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-16")
        expects(live, lena)
        live.turn()

        assert live.letters() == ["j-16.1"]
        assert live.message().values["offer"]["code"].startswith("AGAIN-")

    @pytest.mark.parametrize(("days", "found"), [(5, ["j-16.1"]), (5.01, [])], ids=["in time", "too late"])
    def test_never_comes_after_it(
        self, flow: Callable[[str], Any], lena: Contact, days: float, found: list[str]
    ) -> None:
        """The lead is 14 days at least; five of them are the window."""
        live = flow("j-16")
        expects(live, lena)
        live.hear()
        live.until(days, since=cast.NOW)

        assert live.letters() == found

    @pytest.mark.parametrize(
        ("cell", "entered"), [("valuable_slipping", 1), ("lapsed_big", 1), ("all_high", 0), ("lapsed", 0)]
    )
    def test_is_for_high_frequency_and_money_and_low_recency(
        self, flow: Callable[[str], Any], lena: Contact, cell: str, entered: int
    ) -> None:
        live = flow("j-16")
        expects(live, lena, cell=cell)
        live.turn()

        assert live.entered() == entered

    def test_ends_with_an_order(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-16")
        expects(live, lena)
        live.order(lena)
        live.turn()

        assert (live.letters(), live.ended()) == ([], ["ordered"])


def test_the_letter_speaks_six_languages() -> None:
    assert letters.kind_of("j-16.1") == "marketing"
    letters.check("j-16.1")
