"""J-02: who registers is thanked, and asked about twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Trait
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def welcome(flow: Callable[[str], Any], diego: Contact) -> Any:
    """Diego, a private customer, has just registered."""
    live = flow("j-02")
    live.happens(diego, "contact.registered")
    return live


def day(live: Any, days: float) -> None:
    live.until(days=days, since=cast.NOW)


def ready(contact: Contact) -> bool:
    return Trait.objects.filter(customer=contact.customer, name="ready_for_next_stage", value=True).exists()


class TestThanks:
    """J-02.1: at once, with a coupon of his own."""

    @pytest.mark.parametrize(("hours", "found"), [(0, ["j-02.1"]), (24, ["j-02.1"]), (24.1, [])], ids=str)
    def test_come_at_once(self, welcome: Any, hours: float, found: list[str]) -> None:
        welcome.hear()
        welcome.later(hours=hours)

        assert welcome.letters() == found
        if found:
            assert welcome.message().values["coupon"]["percent"] == 10

    def test_are_not_for_business_customers(self, flow: Callable[[str], Any], lena: Contact) -> None:
        """CN-54: one flow per type."""
        live = flow("j-02")
        live.happens(lena, "contact.registered")
        live.turn()

        assert live.entered() == 0

    def test_promise_no_coupon_that_is_switched_off(self, welcome: Any) -> None:
        welcome.offer("registration-coupon", is_active=False)
        welcome.turn()

        assert welcome.letters() == []
        assert welcome.skipped() == {"coupon": "offer_switched_off", "thanks": "condition"}

    def test_are_followed_by_who_we_are(self, welcome: Any) -> None:
        """CN-54: brand story and strengths of J-03 between the checks."""
        welcome.turn()
        day(welcome, 1.9)
        assert welcome.letters() == ["j-02.1"]
        day(welcome, 2)

        assert welcome.letters() == ["j-02.1", "j-03.1"]


class TestFirstCheck:
    """Day 6, between 5 and 7 (CN-31)."""

    def after(self, live: Any, days: float) -> list[str]:
        live.turn()
        day(live, 2)
        day(live, days)
        return list(live.letters()[2:])

    @pytest.mark.parametrize(("days", "found"), [(5.9, []), (6, ["j-02.2a"]), (7, ["j-02.2a"]), (7.1, [])], ids=str)
    def test_thanks_who_has_bought(self, welcome: Any, diego: Contact, days: float, found: list[str]) -> None:
        """J-02.2a: and he is ready for the next stage, though his stage changes only with orders."""
        welcome.turn()
        welcome.later(hours=1)
        welcome.order(diego)

        assert self.after(welcome, days) == found
        if found:
            window = (welcome.message().not_before, welcome.message().expires_at)
            assert window == (cast.NOW + timedelta(days=5), cast.NOW + timedelta(days=7))
            assert ready(diego)
            assert welcome.ended() == ["ready"]

    @pytest.mark.parametrize(("days", "found"), [(5.9, []), (6, ["j-02.2b"]), (7, ["j-02.2b"]), (7.1, [])], ids=str)
    def test_gives_who_has_opened_a_gift(self, welcome: Any, diego: Contact, days: float, found: list[str]) -> None:
        """J-02.2b."""
        welcome.turn()
        welcome.later(hours=1)
        welcome.happens(diego, "email.opened", verdict="human")

        assert self.after(welcome, days) == found
        if found:
            assert welcome.message().values["offer"]["name"] == "registration-gift"
            assert (
                welcome.message().values["offer"]["valid_until"] == (welcome.now + timedelta(days=7)).date().isoformat()
            )

    @pytest.mark.parametrize("verdict", ["machine", ""], ids=["a machine", "nobody"])
    def test_groups_who_has_not_opened(self, welcome: Any, diego: Contact, verdict: str) -> None:
        """J-02.2c: what a machine opens is not opened (CN-38)."""
        welcome.turn()
        if verdict:
            welcome.happens(diego, "email.opened", verdict=verdict)

        assert self.after(welcome, 6) == []
        diego.customer.refresh_from_db()
        assert diego.customer.tags == ["welcome-not-opened"]
        assert welcome.ended() == ["grouped"]

    def test_takes_a_click_for_an_open(self, welcome: Any, diego: Contact) -> None:
        """CN-31: pictures may be blocked."""
        welcome.turn()
        welcome.later(hours=1)
        welcome.happens(diego, "email.clicked", verdict="human")

        assert self.after(welcome, 6) == ["j-02.2b"]


class TestSecondCheck:
    """Day 12, between 10 and 14, of those who were given the gift."""

    @pytest.fixture
    def given(self, welcome: Any, diego: Contact) -> Any:
        welcome.turn()
        welcome.later(hours=1)
        welcome.happens(diego, "email.clicked", verdict="human")
        for days in (2, 6, 9):
            day(welcome, days)
        assert welcome.letters() == ["j-02.1", "j-03.1", "j-02.2b", "j-03.2"]
        return welcome

    @pytest.mark.parametrize(("days", "found"), [(11.9, []), (12, ["j-02.3a"]), (14, ["j-02.3a"]), (14.1, [])], ids=str)
    @pytest.mark.parametrize("claim", ["Gift Claimed", "order"])
    def test_thanks_who_has_claimed_it(
        self, given: Any, diego: Contact, days: float, found: list[str], claim: str
    ) -> None:
        """J-02.3a: a purchase counts before the gift (CN-31)."""
        if claim == "order":
            given.order(diego)
        else:
            given.happens(diego, claim)
        day(given, days)

        assert given.letters()[4:] == found
        if found:
            window = (given.message().not_before, given.message().expires_at)
            assert window == (cast.NOW + timedelta(days=10), cast.NOW + timedelta(days=14))
            assert ready(diego)

    def test_groups_who_has_not(self, given: Any, diego: Contact) -> None:
        """J-02.3b."""
        day(given, 12)

        diego.customer.refresh_from_db()
        assert diego.customer.tags == ["welcome-gift-not-claimed"]
        assert (given.letters()[4:], given.ended(), ready(diego)) == ([], ["grouped"], False)


@pytest.mark.parametrize("key", ["j-02.1", "j-02.2a", "j-02.2b", "j-02.3a"])
def test_each_letter_is_whole_in_six_languages(key: str) -> None:
    letters.check(key)
    assert letters.kind_of(key) == "marketing"
