"""J-37: the rebate of the year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Customer, Order
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(flow: Callable[[str], Any], lena: Contact) -> Any:
    """The journey, with a customer on the scheme who bought for 250,000 in 2026, 10,000 of it sent back."""
    live = flow("j-37")
    Customer.objects.filter(pk=lena.customer_id).update(tags=["rebate-scheme"])
    bought(live, lena, "PO-1", "260000", "2026-03-01")
    bought(live, lena, "CR-1", "-10000", "2026-04-01")
    bought(live, lena, "PO-0", "90000", "2025-12-30")
    return live


def bought(live: Any, contact: Contact, number: str, amount: str, day: str) -> None:
    order = live.order(contact, number)
    Order.objects.filter(pk=order.pk).update(
        placed_at=datetime.fromisoformat(f"{day}T08:00+00:00"), amount_reporting=Decimal(amount)
    )


class TestTheStatement:
    """J-37.1, CN-41: once a year, by the goods value of the year that is over; a task to credit or pay it."""

    def test_comes_on_the_tenth_of_january(self, live: Any) -> None:
        live.on("2027-01-09")
        assert live.letters() == []

        live.on("2027-01-10")
        assert live.letters() == ["j-37.1"]
        told = live.message().values["rebate"]
        assert (told["year"], told["turnover"], told["percent"], told["amount"]) == (
            "2026",
            "250000.00",
            "2",
            "5000.00",
        )
        assert live.tasks() == ["pay_rebate"]
        assert live.task().due_at == live.now + timedelta(days=30)
        live.on("2027-01-11")
        assert live.letters() == ["j-37.1"]

    @pytest.mark.parametrize(("days", "found"), [(30, ["j-37.1"]), (30.1, [])], ids=["thirty days", "later"])
    def test_may_be_thirty_days_late(self, live: Any, days: float, found: list[str]) -> None:
        """No worker took the steps in between."""
        live.look("2027-01-10")
        live.later(days=days)

        assert live.letters() == found

    @pytest.mark.parametrize(
        ("tags", "amount"), [([], "260000"), (["rebate-scheme"], "59999.99")], ids=["not on the scheme", "too little"]
    )
    def test_is_for_those_on_the_scheme_who_reach_it(
        self, live: Any, lena: Contact, tags: list[str], amount: str
    ) -> None:
        Customer.objects.filter(pk=lena.customer_id).update(tags=tags)
        Order.objects.filter(number="PO-1").update(amount_reporting=Decimal(amount))
        live.on("2027-01-10")

        assert live.entered() == 0


def test_the_letter_speaks_six_languages() -> None:
    """CN-43: a statement of account."""
    assert letters.kind_of("j-37.1") == "transactional"
    letters.check("j-37.1")
