"""What steps wish for is carried out once: tasks, records, signals, other journeys; the held out get nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.consent.models import Suppression
from guanxi.content.models import Template
from guanxi.desk.models import Task
from guanxi.journeys.enrolment import is_held_out
from guanxi.journeys.models import Enrolment, Journey, Visit
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.outbox.models import Message

pytestmark = pytest.mark.django_db

JOURNEY = """\
key: %s
title: A try
trigger: {event: inquiry.received}
entry: {again_after: 1d}
goals:
  - {reason: ordered, event: order.placed}
steps:
%s
"""


@pytest.fixture
def run(firm: Any, publish: Callable[[str], Any], lena: Contact, now: datetime) -> Callable[[str], Enrolment]:
    """Publish a journey of these steps and send Lena into it."""
    Template.objects.create(key="hello", title="Hello", kind="marketing", created_at=now)

    def run(steps: str, key: str = "try") -> Enrolment:
        publish(JOURNEY % (key, steps))
        asks(firm, lena)
        firm.turn()
        return Enrolment.objects.get(journey__key=key)

    return run


def asks(firm: Any, contact: Contact) -> None:
    Event.objects.create(
        name="inquiry.received", customer=contact.customer, contact=contact, occurred_at=firm.now,
        recorded_at=firm.now, source="test",
    )  # fmt: skip


class TestATask:
    def test_lies_on_the_desk_with_its_deadline(self, firm: Any, run: Callable[[str], Enrolment]) -> None:
        """J-40.1: whoever answers for the customer has four hours."""
        found = run("  - {id: call, task: call, title: {en: Call, zh-Hans: 打电话}, due: 4h, checklist: [look]}")

        task = Task.objects.get(origin_kind="journey")
        assert (task.kind, task.title, task.due_at) == ("call", "Call", firm.now + timedelta(hours=4))
        assert (task.details["titles"]["zh-Hans"], task.details["step"]) == ("打电话", "call")
        assert (found.state, found.end_reason) == ("done", "finished")


class TestARecord:
    def test_gets_tag_and_field(self, run: Callable[[str], Enrolment], lena: Contact) -> None:
        """J-02.2c: a named group; L-31: "ready" is a flag."""
        Customer.objects.filter(pk=lena.customer_id).update(tags=["cold"], fields={"market": "DE"})

        run("  - {id: mark, set: {tag: warm, untag: cold, fields: {ready_for: next}}}")

        customer = Customer.objects.get(pk=lena.customer_id)
        assert (customer.tags, customer.fields) == (["warm"], {"market": "DE", "ready_for": "next"})


class TestASignal:
    def test_is_an_event_that_webhooks_carry(self, run: Callable[[str], Enrolment]) -> None:
        run("  - {id: tell, webhook: sample-wanted}")

        event = Event.objects.get(name="journey.signalled")
        assert (event.properties["name"], event.properties["step"]) == ("sample-wanted", "tell")


class TestAnotherJourney:
    def test_is_entered_by_its_own_rules(
        self, firm: Any, publish: Callable[[str], Any], run: Callable[[str], Enrolment]
    ) -> None:
        publish(JOURNEY.replace("inquiry.received", "mail.shared") % ("next", "  - {id: rest, wait: 1d}"))

        run("  - {id: go, start: next}\n  - {id: nowhere, start: unknown}")

        assert Enrolment.objects.get(journey__key="next").state == "active"

    def test_that_lets_on_into_this_one_again_comes_to_an_end(
        self, firm: Any, publish: Callable[[str], Any], lena: Contact
    ) -> None:
        text = JOURNEY.replace("{again_after: 1d}", "each time")
        publish(text % ("ping", "  - {id: go, start: pong}"))
        publish(text.replace("inquiry.received", "mail.shared") % ("pong", "  - {id: back, start: ping}"))
        asks(firm, lena)
        firm.turn()

        assert Enrolment.objects.filter(state="active").count() == 0
        assert Enrolment.objects.count() == 3


class TestAnEnd:
    def test_keeps_its_reason(self, run: Callable[[str], Enrolment]) -> None:
        found = run("  - {id: over, end: satisfied, when: {country: DE}}\n  - {id: more, wait: 1d}")

        assert (found.state, found.end_reason) == ("done", "satisfied")

    def test_by_a_goal_is_a_success(self, firm: Any, run: Callable[[str], Enrolment], lena: Contact) -> None:
        run("  - {id: rest, wait: 9d}")
        firm.order(lena)
        firm.turn()

        assert Enrolment.objects.get(journey__key="try").end_reason == "ordered"


class TestHoldOut:
    def test_keeps_whom_chance_draws_out_and_writes_it_down(
        self, firm: Any, publish: Callable[[str], Any], lena: Contact, now: datetime
    ) -> None:
        """A share of contacts gets nothing, so that the effect can be measured."""
        Template.objects.create(key="hello", title="Hello", kind="marketing", created_at=now)
        publish(JOURNEY % ("try", "  - {id: letter, send: hello, not_after: 1d}"))
        Journey.objects.filter(key="try").update(holdout_percent=100)

        asks(firm, lena)
        counts = firm.turn()

        found = Enrolment.objects.get(journey__key="try")
        assert (counts["held_out"], found.state, found.end_reason) == (1, "heldout", "held_out")
        assert firm.letters() == []
        assert not Visit.objects.filter(enrolment=found).exists()

    def test_draws_its_share_and_always_the_same(self) -> None:
        drawn = [is_held_out(journey_key="j-17", contact_id=number, percent=10) for number in range(5_000)]

        assert sum(drawn) == pytest.approx(500, abs=70)
        assert drawn[7] == is_held_out(journey_key="j-17", contact_id=7, percent=10)
        assert not any(is_held_out(journey_key="j-17", contact_id=number, percent=0) for number in range(500))


class TestGivingUp:
    def test_ends_marketing_with_the_reason_and_no_other_mail(
        self, run: Callable[[str], Enrolment], lena: Contact
    ) -> None:
        """J-19.6, CN-48: his own word lifts it again."""
        run("  - {id: enough, give_up: lost}")

        row = Suppression.objects.get()
        assert (row.scope, row.reason, row.contact) == ("marketing", "sunset", lena)
        assert row.detail == "lost: journey try, step enough"


class TestWhatBeganIt:
    def test_is_known_to_its_steps_and_letters(
        self, firm: Any, publish: Callable[[str], Any], lena: Contact, now: datetime
    ) -> None:
        Template.objects.create(key="hello", title="Hello", kind="marketing", created_at=now)
        publish(
            "key: try\ntitle: A try\nentry: each time\n"
            "trigger:\n  - {event: inquiry.received, as: asked}\n  - {event: stock.below_safety, as: low}\n"
            "steps:\n"
            "  - {id: which, branch: [{when: {came_by: asked}, go: end}]}\n"
            "  - {id: letter, send: hello, not_after: 1d, when: {event.quantity: '4'},"
            " values: {stock: {quantity: {event: quantity}, unit: pcs}}}\n"
        )
        asks(firm, lena)
        for quantity in ("4", "5"):
            Event.objects.create(
                name="stock.below_safety", customer=lena.customer, contact=lena, occurred_at=now, recorded_at=now,
                source="test", properties={"quantity": quantity},
            )  # fmt: skip
        firm.turn()

        assert Enrolment.objects.filter(journey__key="try").count() == 3
        assert [message.values for message in Message.objects.all()] == [{"stock": {"quantity": "4", "unit": "pcs"}}]


class TestATaskThatWaits:
    def test_can_be_asked_about(self, firm: Any, run: Callable[[str], Enrolment], lena: Contact) -> None:
        found = run(
            "  - {id: one, task: call, title: Call, due: 1d}\n  - {id: rest, wait: 1d}\n"
            "  - {id: two, task: call, title: Call, due: 1d, when: {task_waits.call: {not: true}}}"
        )
        firm.later(days=1)

        assert Task.objects.filter(kind="call").count() == 1
        assert Visit.objects.get(enrolment=found, step="two").reason == "condition"
