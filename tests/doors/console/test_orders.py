from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Event, Order
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db

TYPED = {
    "number": "NB-1", "placed_at": "2026-05-12T10:00", "currency": "€", "stage": "confirmed",
    "lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0",
    "lines-0-product_code": "T-1", "lines-0-quantity": "3", "lines-0-unit_price": "2.50",
    "lines-1-product_code": "", "lines-1-quantity": "", "lines-1-unit_price": "",
}  # fmt: skip


@pytest.fixture
def ada_in(ada: Any, signed_in: Any) -> Client:
    return signed_in(ada)


def an_order(contact: Contact) -> Order:
    return ledger_actions.record_order(
        customer=contact.customer, number="A-1", placed_at=NOW, currency="USD", now=NOW,
        lines=[LineFacts(quantity=Decimal(2), unit_price=Decimal(5), product_name="Wrench")],
    )  # fmt: skip


class TestANewOrder:
    def test_is_recorded_with_its_lines(self, ada_in: Client, lena: Contact) -> None:
        answer = ada_in.post(f"/customers/{lena.customer_id}/orders/new/", TYPED)

        order = Order.objects.get()
        assert answer.status_code == 302
        assert (order.amount, order.currency, order.lines.count()) == (Decimal("7.5"), "EUR", 1)
        assert order.placed_at.isoformat() == "2026-05-12T02:00:00+00:00"
        assert Event.objects.filter(name="order.placed", is_unread=True).count() == 1

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"currency": "doubloons"}, "This is no currency"),
            ({"placed_at": "2999-01-01T10:00"}, "cannot be placed in the future"),
            (
                {"lines-0-quantity": "", "lines-0-unit_price": "", "lines-0-product_code": ""},
                "at least one line",
            ),
            ({"lines-0-quantity": "-3"}, "greater than or equal"),
            ({"number": "A-1"}, "an order with this number already"),
            ({"number": ""}, "required"),
        ],
    )
    def test_is_refused_with_a_reason(
        self, ada_in: Client, lena: Contact, changes: dict[str, str], complaint: str
    ) -> None:
        an_order(lena)

        answer = ada_in.post(f"/customers/{lena.customer_id}/orders/new/", TYPED | changes)

        assert answer.status_code == 422
        assert complaint in answer.content.decode()
        assert Order.objects.count() == 1

    def test_offers_another_line(self, ada_in: Client) -> None:
        part = ada_in.get("/orders/line/?lines-TOTAL_FORMS=3").content.decode()

        assert 'name="lines-3-quantity"' in part
        assert 'value="4"' in part


class TestTheOrderPage:
    def test_shows_lines_and_stages(self, ada_in: Client, lena: Contact) -> None:
        order = an_order(lena)

        page = ada_in.get(f"/orders/{order.pk}/").content.decode()

        assert "Wrench" in page
        assert "In production" in page

    def test_moves_the_order_to_a_stage(self, ada_in: Client, lena: Contact) -> None:
        order = an_order(lena)

        answer = ada_in.post(
            f"/orders/{order.pk}/stage/",
            {"stage": "shipped", "carrier": "DHL", "tracking_number": "JD1", "back": "customer"},
        )

        order.refresh_from_db()
        assert (order.stage, order.carrier) == ("shipped", "DHL")
        assert answer["Location"] == f"/customers/{lena.customer_id}/"

    def test_refuses_an_unknown_stage(self, ada_in: Client, lena: Contact) -> None:
        order = an_order(lena)

        ada_in.post(f"/orders/{order.pk}/stage/", {"stage": "teleported"})

        order.refresh_from_db()
        assert order.stage == "confirmed"

    def test_is_missing_for_a_colleague(self, signed_in: Any, lena: Contact) -> None:
        order = an_order(lena)
        rep = signed_in(cast.a_member_of_staff("sales"))

        assert rep.get(f"/orders/{order.pk}/").status_code == 404
        assert rep.post(f"/orders/{order.pk}/stage/", {"stage": "shipped"}).status_code == 404

    def test_lists_all_orders_of_a_customer(self, ada_in: Client, lena: Contact) -> None:
        an_order(lena)

        assert "A-1" in ada_in.get(f"/customers/{lena.customer_id}/orders/").content.decode()
