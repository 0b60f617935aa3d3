"""J-15: what goes with a purchase and is not owned yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from guanxi.recommendations import queries as recommendations_queries
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def complements(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Say how many articles go with what was bought; how they are found is tested where they are counted."""

    def say(number: int) -> None:
        monkeypatch.setattr(recommendations_queries, "complements", lambda customer, *, now: number)

    return say


class TestComplement:
    """J-15.1: a week after the purchase (a default), when there is something he does not own."""

    @pytest.mark.parametrize(
        ("days", "found"),
        [(6.99, []), (7, ["j-15.1"]), (21, ["j-15.1"]), (21.01, [])],
        ids=["too early", "after a week", "just in time", "too late"],
    )
    def test_comes_between_a_week_and_three(
        self, flow: Callable[[str], Any], lena: Contact, complements: Callable[[int], None], days: float,
        found: list[str],
    ) -> None:  # fmt: skip
        complements(2)
        live = flow("j-15")
        live.order(lena)
        live.hear()
        live.until(days, since=cast.NOW)

        assert live.letters() == found

    @pytest.mark.parametrize("number", [0, 1])
    def test_needs_an_article_he_does_not_own(
        self, flow: Callable[[str], Any], lena: Contact, complements: Callable[[int], None], number: int
    ) -> None:
        complements(number)
        live = flow("j-15")
        live.order(lena)
        live.turn()
        live.later(days=7)

        assert live.letters() == ["j-15.1"] * number
        assert live.skipped() == ({} if number else {"complement": "condition"})

    def test_waits_for_no_complaint(
        self, flow: Callable[[str], Any], lena: Contact, complements: Callable[[int], None]
    ) -> None:
        """Nobody is sold to while a complaint is open."""
        complements(1)
        live = flow("j-15")
        live.order(lena)
        live.happens(lena, "complaint.opened", about=("complaint", "7"))
        live.turn()
        live.later(days=7)

        assert live.letters() == []

    def test_gives_way_to_the_next_order(
        self, flow: Callable[[str], Any], lena: Contact, complements: Callable[[int], None]
    ) -> None:
        complements(1)
        live = flow("j-15")
        live.order(lena)
        live.turn()
        live.later(days=5)
        live.order(lena, "PO-2")
        live.turn()
        live.later(days=3)
        assert live.letters() == []

        live.later(days=4)

        assert live.message().values["order"]["number"] == "PO-2"
        assert live.ended() == ["ordered_again", "finished"]


def test_the_letter_speaks_six_languages() -> None:
    assert letters.kind_of("j-15.1") == "marketing"
    letters.check("j-15.1")
