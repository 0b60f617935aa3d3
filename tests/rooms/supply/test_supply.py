from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.actions import LineFacts
from guanxi.ledger.models import Contact, Event, Order
from guanxi.supply import actions, queries
from guanxi.supply.actions import NotPossible
from guanxi.supply.quotations import BadQuotation, Item, Part

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def an_order(contact: Contact, number: str, now: datetime, **fields: Any) -> Order:
    return ledger_actions.record_order(
        customer=contact.customer, contact=contact, number=number, placed_at=now, currency="USD", now=now,
        lines=[LineFacts(product_code="lamp", quantity=D(1), unit_price=D(10), amount=D(10))], **fields,
    )  # fmt: skip


class TestAgreements:
    """P-04, L-27, L-28, T-56: an agreement is kept with its days and found while it is in force."""

    @pytest.mark.parametrize(
        ("kind", "terms"),
        [
            ("supply", {"unit_prices": {"lamp": "9.50"}, "currency": "USD", "capacity_per_month": 4000}),
            ("emergency_stock", {"reserved": {"lamp": 300}}),
            ("own_channel", {"url": "https://order.example/alsterkontor"}),
            ("payment_terms", {"payment_days": 45}),
        ],
    )
    def test_hold_from_their_first_to_their_last_day(
        self, kind: str, terms: dict[str, Any], lena: Contact, now: datetime
    ) -> None:
        today = now.date()
        made = actions.agree(
            customer=lena.customer, kind=kind, title="2026", starts_on=today, ends_on=today + 30 * DAY, terms=terms,
            now=now,
        )  # fmt: skip

        in_force = [list(queries.agreements_of(lena.customer_id, on=today + days * DAY)) for days in (-1, 0, 30, 31)]

        assert in_force == [[], [made], [made], []]
        assert made.terms == terms
        assert list(queries.ending_agreements(on=today, until=today + 30 * DAY)) == [made]

    def test_of_an_unknown_kind_are_refused(self, lena: Contact, now: datetime) -> None:
        with pytest.raises(NotPossible, match="emergency_stock"):
            actions.agree(customer=lena.customer, kind="handshake", title="x", starts_on=now.date(), now=now)


class TestProjects:
    """P-07 … P-10: a technician follows the project, its clocks run, three checks are kept."""

    def test_keep_their_promises_or_miss_them(self, lena: Contact, ada: Any, now: datetime) -> None:
        project = actions.accept_project(customer=lena.customer, title="Blue bracket", technician=ada, now=now)
        actions.finish_drawing(project=project, now=now + 2 * DAY)
        actions.finish_drawing(project=project, now=now + 9 * DAY)

        [state] = queries.states_of(queries.open_projects(), now=now + 11 * DAY)

        assert (state.project.technician, state.drawing.state, state.sample.state) == (ada, "kept", "overdue")

    def test_wait_for_the_customer(self, lena: Contact, now: datetime) -> None:
        project = actions.accept_project(customer=lena.customer, title="Blue bracket", now=now)
        for _ in range(2):
            actions.wait_for_customer(project=project, now=now + DAY)

        [waiting] = queries.states_of([project], now=now + 30 * DAY)
        actions.go_on(project=project, now=now + 31 * DAY)
        [running] = queries.states_of([project], now=now + 31 * DAY)

        assert (waiting.drawing.state, running.drawing.state) == ("waiting", "running")
        assert running.drawing.due_at == now + 33 * DAY

    def test_show_their_three_checks(self, lena: Contact, ada: Any, now: datetime) -> None:
        project = actions.accept_project(customer=lena.customer, title="Blue bracket", now=now)
        actions.record_check(project=project, point="raw_material", is_passed=False, by=ada, note="rust", now=now)
        actions.record_check(project=project, point="raw_material", is_passed=True, by=ada, now=now + DAY)

        [state] = queries.states_of([project], now=now)

        assert {point: check and check.is_passed for point, check in state.checks.items()} == {
            "raw_material": True, "trial_assembly": None, "final_acceptance": None,
        }  # fmt: skip
        with pytest.raises(NotPossible, match="trial_assembly"):
            actions.record_check(project=project, point="smell", is_passed=True, now=now)

    def test_quote_with_every_part_of_the_price(self, lena: Contact, now: datetime) -> None:
        """P-11: a custom quotation without its cost parts is refused."""
        project = actions.accept_project(customer=lena.customer, title="Blue bracket", now=now)
        item = Item("Bracket", D(500), D("4.20"), [Part("material", D("2.20")), Part("tooling", D("2.00"))])
        wanted = {"customer": lena.customer, "project": project, "currency": "USD", "now": now,
                  "valid_until": now.date() + 30 * DAY}  # fmt: skip

        kept = actions.quote(number="Q-1", items=[item], **wanted)

        assert queries.items_of(kept) == [item]
        with pytest.raises(BadQuotation, match="parts"):
            actions.quote(number="Q-2", items=[Item("Bracket", D(500), D("4.20"))], **wanted)


class TestDispatch:
    """P-03: in stock, shipped within three days of payment, told per order."""

    def test_is_promised_from_the_payment_on(self, lena: Contact, now: datetime) -> None:
        orders = [an_order(lena, number, now) for number in ("kept", "late", "open", "unpaid")]
        for order in orders[:3]:
            Order.objects.filter(pk=order.pk).update(paid_at=now)
            order.refresh_from_db()
        for order, days in zip(orders, (3, 4), strict=False):
            ledger_actions.change_stage(order=order, stage="shipped", now=now + days * DAY)

        found = {each.order.number: each.promise.state for each in queries.dispatches(orders, now=now + 5 * DAY)}

        assert found == {"kept": "kept", "late": "missed", "open": "overdue"}


class TestJointShipment:
    """P-14: one shipment and one customs declaration for several orders."""

    def test_moves_all_its_orders_at_once(self, lena: Contact, now: datetime) -> None:
        orders = [an_order(lena, number, now) for number in ("A1", "A2")]
        shipment = actions.ship_together(orders=orders, declaration_number="HH-77", now=now)

        actions.dispatch(shipment=shipment, carrier="DHL", tracking_number="JD01", now=now)

        kept = Order.objects.filter(customer=lena.customer).order_by("number")
        assert [(each.stage, each.tracking_number) for each in kept] == [("shipped", "JD01")] * 2

    def test_takes_only_orders_of_one_customer_once(self, lena: Contact, diego: Contact, now: datetime) -> None:
        mine, more, foreign = an_order(lena, "A1", now), an_order(lena, "A2", now), an_order(diego, "B1", now)
        with pytest.raises(NotPossible, match="one customer"):
            actions.ship_together(orders=[mine, foreign], now=now)
        with pytest.raises(NotPossible, match="two or more"):
            actions.ship_together(orders=[mine], now=now)
        actions.ship_together(orders=[mine, more], now=now)
        with pytest.raises(NotPossible, match=r"A[12] is in another"):
            actions.ship_together(orders=[more, mine], now=now)


class TestProductionPicture:
    """L-22: a photo of a key node is kept and told as news of the order."""

    def test_becomes_news_of_the_order(self, lena: Contact, now: datetime, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path
        order = an_order(lena, "A1", now)

        shown = actions.show_production(order=order, node="assembly", picture=PNG, caption="Assembly began.", now=now)

        [news] = Event.objects.filter(name="order.news")
        assert (news.object_id, news.properties["text"]) == (str(order.pk), "Assembly began.")
        with shown.picture.open() as kept:
            assert kept.read() == PNG

    @pytest.mark.parametrize(
        ("node", "picture"), [("moon", PNG), ("assembly", b"<svg onload=alert(1)>")], ids=["moon", "svg"]
    )
    def test_refuses_other_points_and_other_files(
        self, node: str, picture: bytes, lena: Contact, now: datetime
    ) -> None:
        with pytest.raises(NotPossible):
            actions.show_production(order=an_order(lena, "A1", now), node=node, picture=picture, now=now)
