from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.insights import customer_list
from guanxi.insights.customer_list import Ask
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Order
from guanxi.tiering.models import Scheme, Standing
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def an_order(contact: Contact, number: str, *, days_ago: int = 10, price: str = "100") -> Order:
    return ledger_actions.record_order(
        customer=contact.customer, number=number, placed_at=NOW - timedelta(days=days_ago), currency="USD", now=NOW,
        lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(price))],
    )  # fmt: skip


def names(ask: Ask, *, user: object, scheme_id: int | None = None) -> list[str]:
    page = customer_list.page_of(user=user, ask=ask, scheme_id=scheme_id, now=NOW)
    return [row.name for row in page.rows]


class TestPageOf:
    def test_puts_the_biggest_spender_first(self) -> None:
        lena, yuki = cast.lena(), cast.yuki()
        an_order(lena, "A-1", price="10")
        an_order(yuki, "A-2", price="99.50")

        page = customer_list.page_of(user=cast.ada(), ask=Ask(), scheme_id=None, now=NOW)

        assert [row.name for row in page.rows] == [yuki.customer.name, lena.customer.name]
        assert page.rows[0].spend == Decimal("99.5")
        assert page.rows[0].days_since_last_order == 10
        assert page.total == 2
        assert page.spend == Decimal("109.5")

    def test_leaves_offers_and_empty_orders_out_of_the_figures(self) -> None:
        lena = cast.lena()
        order = an_order(lena, "A-1")
        ledger_actions.change_stage(order=order, stage="quoted", now=NOW)
        an_order(lena, "A-2", price="0")

        row = customer_list.page_of(user=cast.ada(), ask=Ask(), scheme_id=None, now=NOW).rows[0]

        assert (row.order_count, row.days_since_last_order) == (0, None)

    @pytest.mark.parametrize(
        "words",
        ["alsterkontor", "LENA@alster", "Petersen", "A-17", "GmbH"],
        ids=["name", "e-mail", "family name", "order number", "part of the name"],
    )
    def test_finds_by(self, words: str) -> None:
        lena = cast.lena()
        cast.yuki()
        an_order(lena, "A-17")

        assert names(Ask(search=words), user=cast.ada()) == [lena.customer.name]

    def test_shows_sales_only_their_own(self) -> None:
        rep = cast.a_member_of_staff("sales")
        lena = cast.lena()
        cast.yuki()
        ledger_actions.assign_owner(customer=lena.customer, owner=rep, now=NOW)

        assert names(Ask(), user=rep) == [lena.customer.name]

    @pytest.mark.parametrize(
        ("ask", "found"),
        [
            (Ask(country="DE"), ["lena"]),
            (Ask(kind="b2c"), ["diego"]),
            (Ask(tag="大客户"), ["yuki"]),
            (Ask(tag="大"), []),
            (Ask(ordered="30"), ["lena"]),
            (Ask(ordered="older"), ["yuki"]),
            (Ask(ordered="none"), ["diego"]),
            (Ask(owner="none"), ["diego", "lena", "yuki"]),
            (Ask(tier="high"), ["lena"]),
            (Ask(tier="none"), ["diego", "yuki"]),
        ],
    )
    def test_filters_by(self, ask: Ask, found: list[str]) -> None:
        people = {"lena": cast.lena(), "yuki": cast.yuki(), "diego": cast.diego()}
        an_order(people["lena"], "A-1", days_ago=30)
        an_order(people["yuki"], "A-2", days_ago=400)
        ledger_actions.set_tags(customer=people["yuki"].customer, tags=["大客户"], now=NOW)
        scheme = Scheme.objects.create(name="test", title="Test", document="", updated_at=NOW)
        Standing.objects.create(
            customer=people["lena"].customer, scheme=scheme, tier="high", since_at=NOW, reason="",
        )  # fmt: skip
        Standing.objects.create(customer=people["yuki"].customer, scheme=scheme, tier="none", since_at=NOW, reason="")

        result = set(names(ask, user=cast.ada(), scheme_id=scheme.pk))

        assert result == {people[name].customer.name for name in found}

    @pytest.mark.parametrize("sort", [f"{sign}{name}" for name in customer_list.SORTS for sign in ("", "-")])
    def test_sorts_by_every_column(self, sort: str) -> None:
        an_order(cast.lena(), "A-1")
        cast.yuki()

        assert len(names(Ask(sort=sort), user=cast.ada())) == 2

    def test_costs_the_same_number_of_queries_for_many_rows(self) -> None:
        ada = cast.ada()
        an_order(cast.lena(), "A-0")
        with CaptureQueriesContext(
            connection,
        ) as few:
            names(Ask(), user=ada)
        for number in range(1, 20):
            customer = ledger_actions.create_customer(name=f"Customer {number}", now=NOW)
            ledger_actions.create_contact(customer=customer, now=NOW, email=f"c{number}@shop.example")

        with CaptureQueriesContext(connection) as many:
            names(Ask(), user=ada)

        assert len(many) == len(few) <= 9


class TestChoicesFor:
    def test_offers_only_what_the_reader_may_see(self) -> None:
        rep = cast.a_member_of_staff("sales", name="Mia")
        lena = cast.lena()
        cast.yuki()
        ledger_actions.assign_owner(customer=lena.customer, owner=rep, now=NOW)
        ledger_actions.set_tags(customer=lena.customer, tags=["fair"], now=NOW)

        choices = customer_list.choices_for(user=rep)

        assert choices.countries == ["DE"]
        assert choices.owners == [(rep.pk, "Mia")]
        assert choices.tags == ["fair"]
