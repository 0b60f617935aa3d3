"""Exchange rates by hand."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from guanxi.ledger import actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import ExchangeRate, Order
from guanxi.staff.models import AuditEntry, User

pytestmark = pytest.mark.django_db
RATE = {"currency": "£", "value": "1.60", "on": "2026-05-01"}


@pytest.fixture
def client(ada: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(ada)


@pytest.fixture
def order(lena: Any, now: datetime) -> Order:
    lines = [LineFacts(quantity=Decimal(2), unit_price=Decimal(50))]
    return actions.record_order(customer=lena.customer, number="1", placed_at=now, currency="GBP", lines=lines, now=now)


class TestRates:
    def test_says_what_waits_and_offers_its_currency(self, client: Client, order: Order) -> None:
        page = client.get("/settings/rates").content.decode()

        assert "1 order in GBP since 2026-05-13 counts without money." in page
        assert 'value="GBP"' in page

    def test_prices_what_waited_and_keeps_a_trace(self, client: Client, order: Order) -> None:
        client.post("/settings/rates", RATE)

        order.refresh_from_db()
        assert order.amount_reporting == Decimal("160")
        assert AuditEntry.objects.get(act="rate.entered").details["currency"] == "GBP"

    def test_lists_what_is_known(self, client: Client) -> None:
        client.post("/settings/rates", RATE)

        assert "1 GBP" in client.get("/settings/rates").content.decode()

    @pytest.mark.parametrize("change", [{"currency": "shells"}, {"currency": "USD"}, {"value": "0"}, {"on": "soon"}])
    def test_refuses_what_is_no_rate(self, client: Client, change: dict[str, str]) -> None:
        client.post("/settings/rates", RATE | change)

        assert not ExchangeRate.objects.exists()

    def test_is_announced_where_money_is_shown(self, client: Client, order: Order) -> None:
        assert "1 order in GBP counts without money" in client.get("/").content.decode()

    def test_shows_the_days_and_their_gaps(self, client: Client) -> None:
        """CN-41."""
        for on in ("2026-01-02", "2026-01-05", "2026-01-06", "2026-02-01"):
            client.post("/settings/rates", RATE | {"on": on})

        page = client.get("/settings/rates?currency=GBP").content.decode()

        assert "1 gap of more than 5 days (our default)" in page
        assert "25 days without a rate" in page

    def test_tells_on_the_order_which_day_the_rate_is_of(self, client: Client, order: Order) -> None:
        """CN-41."""
        client.post("/settings/rates", RATE | {"on": "2026-05-01"})

        assert "the last rate before that day" in client.get(f"/orders/{order.pk}/").content.decode()
