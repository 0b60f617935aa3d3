"""J-29: who has bought twice is written to as a member."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from guanxi.offers.models import Offer
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any], lena: Contact) -> Any:
    """The journey, with a growing customer who has ordered twice."""
    live = flow("j-29")
    live.stands(lena, "lifecycle", "growing")
    live.order(lena)
    live.order(lena, "PO-2")
    return live


class TestThePeriodical:
    """J-29.1, DP-15: monthly, from the second purchase on."""

    def test_comes_on_the_first_of_the_month(self, live: Any) -> None:
        live.on("2026-05-31")
        assert live.letters() == []

        live.on("2026-06-01")
        assert live.letters() == ["j-29.1"]
        assert live.message().expires_at - live.message().not_before == timedelta(days=14)
        live.on("2026-07-01")
        assert live.letters() == ["j-29.1", "j-29.1"]

    def test_waits_for_the_second_purchase(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = flow("j-29")
        live.stands(lena, "lifecycle", "growing")
        live.order(lena)
        live.on("2026-06-01")

        assert live.letters() == []


class TestTheMemberDay:
    """J-29.2: once a year, with a code and the call to help improve the goods."""

    def test_comes_once_a_year_with_a_code(self, live: Any) -> None:
        live.on("2026-09-14")
        assert live.letters() == []

        live.on("2026-09-15")
        assert live.letters() == ["j-29.2"]
        assert live.message().values["offer"]["code"].startswith("DAY-")
        assert live.message().expires_at - live.message().not_before == timedelta(days=7)
        live.on("2026-09-16")
        assert live.letters() == ["j-29.2"]

    def test_asks_what_to_improve(self) -> None:
        draft = next(each for each in letters.templates()["j-29.2"].drafts if each.language == "en")

        assert "Which of our products would you change" in draft.text

    def test_stays_silent_while_its_offer_is_switched_off(self, live: Any) -> None:
        Offer.objects.update(is_active=False)
        live.on("2026-09-15")

        assert live.letters() == []
        assert live.skipped() == {"member-day-code": "offer_switched_off", "member-day": "condition"}


class TestSharing:
    """J-29.3: a share button in every mail to members; whoever introduces another firm gets a code."""

    @pytest.mark.parametrize("key", ["j-29.1", "j-29.2"])
    def test_has_its_button_in_each_language(self, key: str) -> None:
        for draft in letters.templates()[key].drafts:
            assert "links.share" in draft.body
            assert "links.share" in draft.text

    @pytest.mark.parametrize(("days", "found"), [(0, ["j-29.3"]), (14, ["j-29.3"]), (14.1, [])])
    def test_has_its_prize(self, live: Any, lena: Contact, days: float, found: list[str]) -> None:
        live.turn()
        begun = live.now
        live.happens(lena, "referral.made", about=("customer", "99"))
        live.until(days=days, since=begun)

        assert live.letters() == found


@pytest.mark.parametrize("key", ["j-29.1", "j-29.2", "j-29.3"])
def test_the_letters_speak_six_languages(key: str) -> None:
    assert letters.kind_of(key) == "marketing"
    letters.check(key)
