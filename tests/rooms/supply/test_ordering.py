"""L-27: in a channel of his own a customer sees what he may order, at his price, with its stock, and orders it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from guanxi.care import actions as care_actions
from guanxi.catalogue.models import Product
from guanxi.desk.models import Task
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Event, Order
from guanxi.supply import actions
from guanxi.supply.actions import NotAnArticle, NotPossible
from guanxi.supply.ordering import articles_for, channel_of, place_order

pytestmark = pytest.mark.django_db


def agree(lena: Contact, now: datetime, kind: str, **terms: Any) -> None:
    actions.agree(
        customer=lena.customer, kind=kind, title="2026", starts_on=now.date(), terms=terms, now=now,
        ends_on=now.date() + timedelta(days=30),
    )  # fmt: skip


@pytest.fixture
def bought(lena: Contact, now: datetime) -> None:
    """Lena has bought lamps and cables; the cable is out of stock, and the fuse she knows from a price list alone."""
    ledger_actions.record_order(
        customer=lena.customer, contact=lena, number="PO-1", placed_at=now - timedelta(days=40), currency="EUR",
        now=now,
        lines=[LineFacts(D(5), D(10), "lamp", "Lamp"), LineFacts(D(2), D(3), "cable", "Cable")],
    )  # fmt: skip
    Product.objects.create(code="lamp", name="Lamp", is_available=True)
    Product.objects.create(code="cable", name="Cable", is_available=False)
    agree(lena, now, "own_channel")
    agree(lena, now, "supply", unit_prices={"lamp": "9.50", "fuse": "0.80"}, currency="EUR")


@pytest.mark.usefixtures("bought")
class TestArticles:
    def test_are_what_he_bought_or_agreed_on_at_his_price_with_stock(self, lena: Contact, now: datetime) -> None:
        found = articles_for(lena.customer_id, on=now.date())

        assert [(each.code, each.unit_price, each.stock, each.can_be_ordered) for each in found] == [
            ("cable", D(3), "out", False), ("fuse", D("0.80"), "on_request", True),
            ("lamp", D("9.50"), "available", True),
        ]  # fmt: skip

    def test_held_back_for_him_can_be_ordered_though_out_of_stock(self, lena: Contact, now: datetime) -> None:
        """L-28: the emergency stock is his."""
        agree(lena, now, "emergency_stock", reserved={"cable": 300, "odd": "many"})

        cable = articles_for(lena.customer_id, on=now.date())[0]

        assert (cable.code, cable.reserved, cable.can_be_ordered) == ("cable", D(300), True)

    def test_last_as_long_as_the_agreement(self, lena: Contact, now: datetime) -> None:
        later = now.date() + timedelta(days=31)

        assert channel_of(lena.customer_id, on=now.date()) is not None
        assert channel_of(lena.customer_id, on=later) is None
        assert [each.unit_price for each in articles_for(lena.customer_id, on=later)] == [D(3), D(10)]


@pytest.mark.usefixtures("bought")
class TestAnOrder:
    def test_waits_to_be_confirmed_on_the_managers_desk(self, lena: Contact, now: datetime) -> None:
        order = place_order(contact=lena, wanted={"lamp": D(20), "fuse": D(0)}, key="abc", now=now)
        care_actions.react_to(events=list(Event.objects.filter(name="order.placed")), now=now)

        assert (order.stage, order.amount, order.currency, order.contact) == ("quoted", D(190), "EUR", lena)
        task = Task.objects.get(kind="confirm_order")
        assert (task.due_at - now, task.reason) == (
            timedelta(hours=24),
            f"order {order.number} of his own channel waits",
        )

    def test_ends_the_task_when_it_is_confirmed(self, lena: Contact, now: datetime) -> None:
        order = place_order(contact=lena, wanted={"lamp": D(1)}, key="abc", now=now)
        care_actions.react_to(events=list(Event.objects.filter(name="order.placed")), now=now)
        ledger_actions.change_stage(order=order, stage="confirmed", now=now)
        care_actions.react_to(events=list(Event.objects.filter(name="order.stage_changed")), now=now)

        assert Task.objects.get(kind="confirm_order").state == "done"

    def test_sent_twice_is_one(self, lena: Contact, now: datetime) -> None:
        first, second = (place_order(contact=lena, wanted={"lamp": D(1)}, key="abc", now=now) for _ in range(2))

        assert (first, Order.objects.filter(source="own_channel").count()) == (second, 1)

    @pytest.mark.parametrize(
        ("wanted", "sentence"),
        [
            ({"cable": D(1)}, "cable cannot be ordered here"), ({"gold": D(1)}, "gold cannot be ordered here"),
            ({"lamp": D(0)}, "at least one article"), ({"lamp": D(10) ** 10}, "at least one article"),
        ],
    )  # fmt: skip
    def test_of_what_is_not_there_is_refused_whole(
        self, lena: Contact, now: datetime, wanted: dict[str, D], sentence: str
    ) -> None:
        with pytest.raises(NotPossible, match=sentence):
            place_order(contact=lena, wanted={"lamp": D(1), **wanted}, key="abc", now=now)

        assert not Order.objects.filter(source="own_channel").exists()

    def test_after_the_agreement_is_refused(self, lena: Contact, now: datetime) -> None:
        with pytest.raises(NotPossible, match="no ordering channel in force"):
            place_order(contact=lena, wanted={"lamp": D(1)}, key="abc", now=now + timedelta(days=31))


class TestReadArticles:
    def test_takes_a_line_each(self) -> None:
        assert actions.read_articles("lamp 9.50\n\nFuse 5 A: 0.80\n") == {"lamp": "9.50", "Fuse 5 A": "0.80"}

    @pytest.mark.parametrize("line", ["lamp", "9.50", "lamp nine", "lamp 0", "lamp -1"])
    def test_names_the_line_that_will_not_do(self, line: str) -> None:
        with pytest.raises(NotAnArticle, match="Line 2"):
            actions.read_articles(f"lamp 1\n{line}")
