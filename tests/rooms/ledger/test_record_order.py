"""Orders entered one at a time."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger import actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Event, ExchangeRate, Order
from guanxi.ledger.stages import UnknownStage

pytestmark = pytest.mark.django_db
LINES = [
    LineFacts(quantity=Decimal(3), unit_price=Decimal("12.50"), product_code="LAMP", product_name="Desk lamp"),
    LineFacts(quantity=Decimal(1), unit_price=Decimal("100"), amount=Decimal("90")),
]


@pytest.fixture
def facts(lena: Any, now: datetime) -> dict[str, Any]:
    return {
        "customer": lena.customer, "contact": lena, "number": "SO-1", "placed_at": now, "currency": "USD",
        "lines": LINES, "now": now,
    }  # fmt: skip


class TestRecordOrder:
    def test_sums_its_lines(self, facts: dict[str, Any]) -> None:
        order = actions.record_order(**facts)

        assert order.amount == Decimal("127.50")
        assert order.amount_reporting == Decimal("127.50")
        assert [line.position for line in order.lines.order_by("position")] == [1, 2]

    def test_leaves_an_unread_event(self, facts: dict[str, Any]) -> None:
        order = actions.record_order(**facts)

        event = Event.objects.get(name="order.placed")
        assert (event.object_kind, event.object_id, event.is_unread) == ("order", str(order.pk), True)
        assert event.properties["number"] == "SO-1"

    def test_of_history_is_never_unread(self, facts: dict[str, Any]) -> None:
        actions.record_order(**facts, historical=True)

        assert not Event.objects.get(name="order.placed").is_unread

    def test_converts_at_the_rate_of_the_day_before_when_the_day_has_none(self, facts: dict[str, Any]) -> None:
        ExchangeRate.objects.create(currency="EUR", into="USD", on=date(2026, 5, 12), value=Decimal("1.1"))

        order = actions.record_order(**facts | {"currency": "EUR"})

        assert order.amount_reporting == Decimal("140.25")
        assert order.rate_on == date(2026, 5, 12)

    def test_without_a_rate_leaves_the_reporting_amount_empty(self, facts: dict[str, Any]) -> None:
        assert actions.record_order(**facts | {"currency": "GBP"}).amount_reporting is None

    def test_refuses_a_number_twice(self, facts: dict[str, Any]) -> None:
        actions.record_order(**facts)

        with pytest.raises(actions.NumberTaken, match="SO-1"):
            actions.record_order(**facts)
        assert Order.objects.count() == 1

    @pytest.mark.parametrize(
        ("change", "failure"),
        [
            ({"lines": []}, actions.EmptyOrder),
            ({"stage": "lost"}, UnknownStage),
            ({"customer_id": 3}, actions.NotAField),
        ],
    )
    def test_refuses_what_makes_no_order(
        self, facts: dict[str, Any], change: dict[str, Any], failure: type[Exception]
    ) -> None:
        with pytest.raises(failure):
            actions.record_order(**facts | change)
        assert not Order.objects.exists()
        assert not Event.objects.filter(name="order.placed").exists()

    def test_of_kind_credit_leaves_its_own_event(self, facts: dict[str, Any]) -> None:
        line = LineFacts(quantity=Decimal(-1), unit_price=Decimal(5))

        order = actions.record_order(**facts | {"kind": "credit", "lines": [line]})

        assert order.amount == -5
        assert Event.objects.filter(name="order.credited").exists()


class TestChangeStage:
    @pytest.fixture
    def order(self, facts: dict[str, Any]) -> Order:
        return actions.record_order(**facts)

    def test_leaves_an_event_with_both_stages(self, order: Order, now: datetime) -> None:
        actions.change_stage(order=order, stage="shipped", now=now, tracking_number="1Z999")

        event = Event.objects.get(name="order.stage_changed")
        assert (event.properties["from"], event.properties["stage"]) == ("confirmed", "shipped")
        assert Order.objects.get().tracking_number == "1Z999"

    def test_to_the_same_stage_changes_nothing(self, order: Order, now: datetime) -> None:
        actions.change_stage(order=order, stage="confirmed", now=now)

        assert not Event.objects.filter(name="order.stage_changed").exists()

    def test_keeps_the_day_of_delivery(self, order: Order, now: datetime) -> None:
        arrived = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)

        order = actions.change_stage(order=order, stage="delivered", now=now, occurred_at=arrived)
        order = actions.change_stage(order=order, stage="completed", now=now)

        assert order.delivered_at == arrived

    def test_refuses_an_unknown_stage(self, order: Order, now: datetime) -> None:
        with pytest.raises(UnknownStage, match="use one of"):
            actions.change_stage(order=order, stage="teleported", now=now)
