from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from guanxi.budget import actions as budget_actions
from guanxi.desk import actions as desk_actions
from guanxi.desk.actions import Wish
from guanxi.desk.models import Task
from guanxi.insights import effort, growth_file, shipping
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Order, Trait
from guanxi.supply import actions as supply_actions
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Scheme, SchemeRun, Standing
from tests import cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _schemes(db: None, now: datetime) -> None:
    tiering_actions.install_presets(now=now)


def an_order(contact: Contact, number: str, at: datetime, amount: int = 10, **fields: Any) -> Order:
    line = ledger_actions.LineFacts(product_code="lamp", quantity=D(1), unit_price=D(amount), amount=D(amount))
    return ledger_actions.record_order(
        customer=contact.customer, contact=contact, number=number, placed_at=at, currency="USD", now=at, lines=[line],
        **fields,
    )  # fmt: skip


def stands(contact: Contact, scheme: str, tier: str, now: datetime) -> None:
    Standing.objects.create(
        customer=contact.customer, scheme=Scheme.objects.get(name=scheme), tier=tier, since_at=now, reason="test"
    )


class TestGrowthFile:
    """D-15, T-48: orders, needs and plans of a customer in one line of time."""

    def test_tells_orders_by_quarter_and_what_was_planned(self, lena: Contact, ada: Any, now: datetime) -> None:
        for number, (month, amount) in enumerate([(1, 100), (2, 50), (4, 300), (10, 30)]):
            an_order(lena, f"A{number}", datetime(2025, month, 15, tzinfo=UTC), amount)
        Trait.objects.create(
            customer=lena.customer, name="growth_plan", reason="twice as much next year", since_on=now.date(),
            set_at=now - DAY, set_by=ada,
        )  # fmt: skip
        ledger_actions.write_note(
            customer=lena.customer, author=ada, kind="call", text="wants blue lamps", happened_at=now, now=now
        )
        supply_actions.accept_project(customer=lena.customer, title="Blue lamp", now=now - 2 * DAY)

        found = growth_file.growth_file(lena.customer)

        assert [(each.orders, each.spend, each.growth) for each in found.quarters] == [
            (2, 150, None), (1, 300, D("2.00")), (1, 30, None),
        ]  # fmt: skip
        assert [(each.kind, each.text) for each in found.entries] == [
            ("note", "wants blue lamps"), ("plan", "twice as much next year"), ("project", "Blue lamp"),
        ]  # fmt: skip


class TestWaitingOrders:
    """T-36, T-43: VIP and class A are shipped and given capacity first; P-03: the promise is shown."""

    def test_serve_class_a_first_then_by_payment(self, lena: Contact, diego: Contact, ada: Any, now: datetime) -> None:
        early, first = an_order(diego, "early", now - 9 * DAY), an_order(lena, "first", now - DAY)
        paid = an_order(diego, "paid", now - DAY)
        an_order(diego, "gone", now, stage="shipped")
        an_order(diego, "quoted", now, stage="quoted")
        Order.objects.filter(pk=paid.pk).update(paid_at=now - 5 * DAY)
        stands(lena, "abc-cumulative", "A", now)

        found = shipping.waiting_orders(user=ada, now=now)

        assert [each.number for each in found] == [first.number, paid.number, early.number]
        assert [each.is_first for each in found] == [True, False, False]
        assert [each.promise and each.promise.state for each in found] == [None, "overdue", None]

    def test_show_sales_their_own(self, lena: Contact, now: datetime) -> None:
        an_order(lena, "A1", now)

        assert shipping.waiting_orders(user=cast.a_member_of_staff("sales", now=now), now=now) == []


class TestEffortByTier:
    """T-33, T-65: effort spent on low-value customers is visible as such."""

    def test_sets_effort_against_revenue(self, lena: Contact, diego: Contact, now: datetime, run: Any) -> None:
        scheme = Scheme.objects.get(name="abc-cumulative")
        totals = [
            {"tier": tier, "customers": 1, "customer_share": 0.5, "spend": spend, "spend_share": share}
            for tier, spend, share in (("A", "900", 0.9), ("C", "100", 0.1))
        ]
        SchemeRun.objects.create(scheme=scheme, run=run, scheme_version=scheme.version, totals=totals, applied_at=now)
        stands(lena, "abc-cumulative", "A", now)
        stands(diego, "abc-cumulative", "C", now)
        for place, contact in enumerate((lena, diego, diego, diego)):
            wish = Wish(key=str(place), kind="own", customer_id=contact.customer_id, due_at=now)
            desk_actions.open_tasks(wishes=[wish], now=now)
        for task in Task.objects.all():
            desk_actions.finish_task(task=task, now=now, by=None)
        budget_actions.set_budget(
            scheme=scheme.name, tier="A", year=now.year, currency=run.currency, share_percent=D(80), cap=D(500), now=now
        )
        budget_actions.record_expense(
            scheme=scheme.name, tier="A", kind="care", amount=D(300), currency=run.currency, spent_on=now.date(),
            now=now,
        )  # fmt: skip

        found = {each.tier: each for each in effort.effort_by_tier(scheme, now=now)}

        assert {tier: (each.task_share, each.is_costly) for tier, each in found.items()} == {
            "A": (0.25, True), "C": (0.75, True),
        }  # fmt: skip
        assert (found["A"].expense_share, found["A"].wanted_share, found["A"].cap_left) == (1.0, 0.8, 200)

    @pytest.fixture
    def run(self, now: datetime) -> Any:
        from guanxi.scoring.models import ScoreRun

        return ScoreRun.objects.create(as_of=now, currency="USD", path="none", fingerprint="", created_at=now)
