"""J-22: a Christmas gift list for consumers in Europe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Customer
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def consumer(flow: Callable[[str], Any], lena: Contact) -> Any:
    """Lena buys for herself, in Germany."""
    Customer.objects.filter(pk=lena.customer_id).update(kind="b2c")
    live = flow("j-22")
    live.stands(lena, "rfm-firm", "general")
    return live


class TestGiftList:
    """J-22.1: before Christmas."""

    def test_comes_on_the_first_of_december_and_once_a_year(self, consumer: Any) -> None:
        days = ("2026-11-30", "2026-12-01", "2026-12-02", "2026-12-24", "2027-11-30")

        assert consumer.days_of_letters(*days) == {"j-22.1": "2026-12-01"}
        assert consumer.days_of_letters("2027-12-01") == {"j-22.1": "2027-12-01"}

    @pytest.mark.parametrize(("days", "found"), [(14, ["j-22.1"]), (14.01, [])], ids=["in time", "too late"])
    def test_comes_while_a_parcel_still_arrives(self, consumer: Any, days: float, found: list[str]) -> None:
        consumer.look("2026-12-01")
        consumer.later(days=days)

        assert consumer.letters() == found

    @pytest.mark.parametrize(("kind", "country", "entered"), [("b2c", "NO", 1), ("b2b", "DE", 0), ("b2c", "MX", 0)])
    def test_is_for_consumers_in_europe(
        self, consumer: Any, lena: Contact, kind: str, country: str, entered: int
    ) -> None:
        Contact.objects.filter(pk=lena.pk).update(country=country)
        Customer.objects.filter(pk=lena.customer_id).update(kind=kind, country=country)
        consumer.on("2026-12-01")

        assert consumer.entered() == entered

    def test_asks_for_neither_sex_nor_age(self, consumer: Any) -> None:
        """CN-28: style comes from what was bought."""
        asked = consumer.graph.asked | consumer.graph.asked_at_the_door

        assert asked == {"tier", "customer_kind", "country"}


def test_the_letter_speaks_six_languages() -> None:
    assert letters.kind_of("j-22.1") == "marketing"
    letters.check("j-22.1")
