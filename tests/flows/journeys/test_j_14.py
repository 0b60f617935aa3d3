"""J-14: before articles go on sale, VIPs, old partners and buyers hear of it, each in his turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from guanxi.catalogue.models import Product
from guanxi.ledger.models import Contact
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db

# 13 May is today; the launch lies on 10 June.
TWO_WEEKS, ONE_WEEK = "2026-05-27", "2026-06-03"
LAUNCH = date(2026, 6, 10)


@pytest.fixture
def launch(flow: Callable[[str], Any], lena: Contact) -> Callable[[str], Any]:
    """A launch of this edition, told of to Lena, who has ordered."""

    def launch(edition: str) -> Any:
        live = flow("j-14")
        live.order(lena)
        live.turn()
        for number in (1, 2):
            Product.objects.create(code=f"N-{number}", name=f"Drill {number}", launches_on=LAUNCH, edition=edition)
        return live

    return launch


class TestTastingPrice:
    """J-14.1: before the public launch, for existing customers."""

    def test_comes_a_week_before(self, launch: Callable[[str], Any]) -> None:
        live = launch("")
        live.on("2026-06-02")
        assert live.letters() == []

        live.on(ONE_WEEK)

        assert live.letters() == ["j-14.1"]
        assert live.message().values["launch"] == {"day": "2026-06-10", "products": "Drill 1\nDrill 2"}
        assert live.message().values["offer"]["percent"] == "10"
        assert live.message().expires_at.date() == LAUNCH - timedelta(days=2)

    def test_is_nothing_for_who_never_ordered(self, launch: Callable[[str], Any], diego: Contact) -> None:
        live = launch("")
        live.on(ONE_WEEK)

        assert live.message().contact != diego
        assert live.entered() == 1

    @pytest.mark.parametrize(("days", "found"), [(5, ["j-14.1"]), (5.01, [])], ids=["in time", "too late"])
    def test_is_over_before_the_launch(self, launch: Callable[[str], Any], days: float, found: list[str]) -> None:
        """No worker took a step in between."""
        live = launch("")
        live.look(ONE_WEEK)
        live.later(days=days)

        assert live.letters() == found

    def test_is_no_letter_without_a_code(self, launch: Callable[[str], Any]) -> None:
        """Where the offer is switched off, nobody is promised anything."""
        live = launch("")
        live.offer("tasting-price", is_active=False)
        live.on(ONE_WEEK)

        assert live.letters() == []
        assert live.skipped() == {"tasting-code": "offer_switched_off", "tasting-price": "condition"}


class TestEarlyPreorder:
    """J-14.2, L-32: seven days before the others, from three years of cooperation on."""

    @pytest.mark.parametrize(("years", "on"), [(3, TWO_WEEKS), (2, ONE_WEEK)])
    def test_is_for_partners_of_three_years(
        self, launch: Callable[[str], Any], lena: Contact, years_of_cooperation: Callable[[Contact, int], None],
        years: int, on: str,
    ) -> None:  # fmt: skip
        years_of_cooperation(lena, years)
        live = launch("season")
        days = live.days_of_letters("2026-05-26", TWO_WEEKS, "2026-06-02", ONE_WEEK, "2026-06-10")

        assert days == ({"j-14.2": on} if years == 3 else {"j-14.1": on})

    def test_is_over_before_the_others_hear_of_it(
        self, launch: Callable[[str], Any], lena: Contact, years_of_cooperation: Callable[[Contact, int], None]
    ) -> None:
        years_of_cooperation(lena, 4)
        live = launch("season")
        live.on(TWO_WEEKS)

        assert live.message().expires_at.date() < date.fromisoformat(ONE_WEEK)


class TestLimitedEdition:
    """J-14.3: VIPs first."""

    @pytest.mark.parametrize(("level", "key", "on"), [("vip", "j-14.3", TWO_WEEKS), ("standard", "j-14.1", ONE_WEEK)])
    def test_goes_to_vips_a_week_before_the_others(
        self, launch: Callable[[str], Any], lena: Contact, level: str, key: str, on: str
    ) -> None:
        live = launch("limited")
        live.stands(lena, "service-level", level)
        days = live.days_of_letters("2026-05-26", TWO_WEEKS, "2026-06-02", ONE_WEEK, "2026-06-10")

        assert days == {key: on}


@pytest.mark.parametrize("key", ["j-14.1", "j-14.2", "j-14.3"])
def test_the_letters_speak_six_languages(key: str) -> None:
    assert letters.kind_of(key) == "marketing"
    letters.check(key)
