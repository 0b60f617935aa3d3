"""The reporting currency, and orders that wait for a rate."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from guanxi.firm.actions import finish_set_up
from guanxi.firm.queries import the_firm
from guanxi.ledger import actions, currencies
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Order

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 1)


def an_order(contact: Any, now: datetime, *, number: str = "1", currency: str = "GBP") -> Order:
    lines = [LineFacts(quantity=Decimal(2), unit_price=Decimal(50))]
    return actions.record_order(
        customer=contact.customer, number=number, placed_at=now, currency=currency, lines=lines, now=now
    )


class TestSetRate:
    def test_prices_the_orders_that_waited(self, lena: Any, now: datetime) -> None:
        order = an_order(lena, now)
        assert [(each.currency, each.orders) for each in currencies.unpriced()] == [("GBP", 1)]

        assert currencies.set_rate(currency="GBP", value=Decimal("1.6"), on=DAY, now=now) == 1

        order.refresh_from_db()
        assert (order.amount_reporting, order.rate_on) == (Decimal("160"), DAY)
        assert currencies.unpriced() == []

    def test_serves_older_orders_too(self, lena: Any, now: datetime) -> None:
        order = an_order(lena, now)

        currencies.set_rate(currency="GBP", value=Decimal("1.6"), on=date(2026, 6, 1), now=now)

        order.refresh_from_db()
        assert order.rate_on == date(2026, 6, 1)

    @pytest.mark.parametrize(("currency", "value"), [("GBP", "0"), ("GBP", "-1"), ("USD", "1.2")])
    def test_refuses_what_is_no_rate(self, currency: str, value: str, now: datetime) -> None:
        with pytest.raises(currencies.NotARate):
            currencies.set_rate(currency=currency, value=Decimal(value), on=DAY, now=now)


class TestChangeReportingCurrency:
    def test_prices_every_order_again(self, lena: Any, now: datetime) -> None:
        pounds, dollars = an_order(lena, now), an_order(lena, now, number="2", currency="USD")

        currencies.change_reporting_currency(currency="GBP", now=now)

        pounds.refresh_from_db()
        dollars.refresh_from_db()
        assert the_firm().reporting_currency == "GBP"
        assert (pounds.amount_reporting, dollars.amount_reporting) == (Decimal("100"), None)


class TestAdoptFirstCurrency:
    def test_takes_the_one_of_the_very_first_orders(self, now: datetime) -> None:
        assert currencies.adopt_first_currency(currencies={"GBP"}, now=now) == "GBP"
        assert the_firm().reporting_currency == "GBP"

    def test_leaves_a_choice_alone(self, now: datetime) -> None:
        finish_set_up(now=now)

        assert currencies.adopt_first_currency(currencies={"GBP"}, now=now) == ""

    def test_cannot_choose_between_several(self, now: datetime) -> None:
        assert currencies.adopt_first_currency(currencies={"GBP", "EUR"}, now=now) == ""

    def test_comes_too_late_after_the_first_order(self, lena: Any, now: datetime) -> None:
        an_order(lena, now, currency="USD")

        assert currencies.adopt_first_currency(currencies={"GBP"}, now=now) == ""
