"""L-27: the ordering page of a customer's own."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal as D
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Order
from guanxi.supply import actions as supply_actions
from guanxi.supply.ordering import ordering_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(lena: Contact, now: datetime) -> str:
    """The path of Lena's page, on whose list stands a lamp."""
    ledger_actions.record_order(
        customer=lena.customer, contact=lena, number="PO-1 <b>", placed_at=now, currency="EUR", now=now,
        lines=[LineFacts(D(5), D(10), "lamp <1>", "Lamp")],
    )  # fmt: skip
    supply_actions.agree(
        customer=lena.customer, kind="own_channel", title="2026", starts_on=now.date() - timedelta(days=1), now=now
    )
    return urlsplit(ordering_url(customer_id=lena.customer_id, contact_id=lena.pk)).path


def test_shows_articles_with_price_and_stock_in_the_readers_language(page: str) -> None:
    answer = Client().get(page)
    text = answer.content.decode()

    assert (answer.status_code, answer["Content-Language"], answer["Cache-Control"]) == (200, "de", "no-store")
    assert "Bei uns bestellen" in text
    assert re.search(r"lamp &lt;1&gt;</bdi> · 10,00\s€ · Bestand auf Anfrage", text)
    assert "PO-1 &lt;b&gt;" in text
    assert Order.objects.count() == 1


def test_orders_once_however_often_it_is_sent(page: str, lena: Contact) -> None:
    said = {"key": "abcdef", "article": "lamp <1>", "quantity": "12"}
    answers = [Client().post(page, said) for _ in range(2)]

    order = Order.objects.get(source="own_channel")
    assert [each.status_code for each in answers] == [200, 200]
    assert order.number in answers[0].content.decode()
    assert (order.stage, order.amount, order.contact) == ("quoted", D(120), lena)


@pytest.mark.parametrize("quantity", ["", "-1", "many", "NaN", "1e99"])
def test_a_quantity_that_is_none_orders_nothing(page: str, quantity: str) -> None:
    answer = Client().post(page, {"key": "k", "article": "lamp <1>", "quantity": quantity})

    assert (answer.status_code, Order.objects.count()) == (422, 1)
    assert 'role="alert"' in answer.content.decode()


def test_is_nobody_elses(page: str, yuki: Contact, lena: Contact) -> None:
    other = urlsplit(ordering_url(customer_id=lena.customer_id, contact_id=yuki.pk)).path

    assert [Client().get(path).status_code for path in (other, page[:-2] + "xx")] == [404, 404]


def test_ends_with_the_agreement(page: str, lena: Contact, now: datetime) -> None:
    lena.customer.agreements.update(ends_on=now.date() - timedelta(days=1))

    assert Client().get(page).status_code == 404
