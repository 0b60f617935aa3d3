"""J-23: class C by a standard process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(flow: Callable[[str], Any], lena: Contact) -> Any:
    """Lena's firm stands in class C."""
    live = flow("j-23")
    live.stands(lena, "abc-cumulative", "C")
    return live


class TestNews:
    """J-23.1, DP-15: once a month."""

    def test_comes_at_the_beginning_of_each_month(self, small: Any) -> None:
        assert small.days_of_letters("2026-05-31", "2026-06-01", "2026-06-02") == {"j-23.1": "2026-06-01"}
        assert small.days_of_letters("2026-06-30", "2026-07-01") == {"j-23.1": "2026-07-01"}

    @pytest.mark.parametrize(("days", "found"), [(7, ["j-23.1"]), (7.01, [])], ids=["within a week", "not later"])
    def test_is_not_sent_late(self, small: Any, days: float, found: list[str]) -> None:
        small.look("2026-06-01")
        small.later(days=days)

        assert small.letters() == found

    def test_is_for_class_c(self, small: Any, lena: Contact) -> None:
        small.stands(lena, "abc-cumulative", "B")
        small.on("2026-06-01")

        assert small.entered() == 0


class TestSecondOrder:
    """J-23.2, X-28: 5 % off from the end of the first order until the second."""

    @pytest.fixture
    def first(self, small: Any, lena: Contact) -> Any:
        """The first order has just been delivered, and nobody has taken a step."""
        order = small.order(lena, stage="shipped")
        small.turn()
        small.stage(order, "delivered")
        small.hear()
        small.first = order
        return small

    @pytest.mark.parametrize(("days", "found"), [(7, ["j-23.2"]), (7.01, [])], ids=["within a week", "not later"])
    def test_is_offered_when_the_first_is_done(self, first: Any, days: float, found: list[str]) -> None:
        first.until(days, since=cast.NOW)

        assert first.letters() == found
        if found:
            offer = first.message().values["offer"]
            assert (offer["percent"], offer["valid_until"]) == ("5", "2026-11-16")

    def test_is_offered_once(self, first: Any) -> None:
        first.turn()
        first.stage(first.first, "completed")
        first.turn()

        assert first.letters() == ["j-23.2"]

    def test_ends_with_the_second(self, first: Any, lena: Contact) -> None:
        first.turn()
        first.later(days=179)
        assert first.ended() == []

        first.order(lena, "PO-2")
        first.turn()

        assert first.ended() == ["ordered"]

    def test_is_nothing_after_the_second(self, small: Any, lena: Contact) -> None:
        small.order(lena)
        second = small.order(lena, "PO-2", stage="shipped")
        small.turn()
        small.stage(second, "delivered")
        small.turn()

        assert small.letters() == []


class TestQuotation:
    """J-23.3: automatic on an inquiry or a quotation."""

    @pytest.mark.parametrize(("hours", "found"), [(0, ["j-23.3"]), (4, ["j-23.3"]), (4.1, [])])
    def test_form_answers_an_inquiry_at_once(self, small: Any, lena: Contact, hours: float, found: list[str]) -> None:
        small.happens(lena, "inquiry.received", about=("inquiry", "7"))
        small.hear()
        small.later(hours=hours)

        assert small.letters() == found
        if found:
            assert small.message().expires_at == cast.NOW + timedelta(hours=24)

    @pytest.mark.parametrize(("days", "found"), [(2.99, []), (3, ["j-23.3b"]), (10, ["j-23.3b"]), (10.01, [])])
    def test_is_followed_up(self, small: Any, lena: Contact, days: float, found: list[str]) -> None:
        small.happens(lena, "quotation.sent", about=("quotation", "Q-7"))
        small.hear()
        small.until(days, since=cast.NOW)

        assert small.letters() == found

    def test_is_not_followed_up_after_an_order(self, small: Any, lena: Contact) -> None:
        small.happens(lena, "quotation.sent", about=("quotation", "Q-7"))
        small.turn()
        small.order(lena)
        small.later(days=3)

        assert (small.letters(), small.ended()) == ([], ["ordered"])

    def test_of_two_inquiries_gets_two_answers(self, small: Any, lena: Contact) -> None:
        for number in ("7", "8"):
            small.happens(lena, "inquiry.received", about=("inquiry", number))
        small.turn()

        assert small.letters() == ["j-23.3", "j-23.3"]


@pytest.mark.parametrize(
    ("key", "kind"),
    [("j-23.1", "marketing"), ("j-23.2", "marketing"), ("j-23.3", "service"), ("j-23.3b", "service")],
)
def test_the_letters_speak_six_languages(key: str, kind: str) -> None:
    """CN-43: what answers an inquiry or a quotation is service."""
    assert letters.kind_of(key) == kind
    letters.check(key)
