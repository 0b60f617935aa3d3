"""Events: written once, read once, shown in the timeline."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.ledger import actions, queries
from guanxi.ledger.event_names import EVENT_NAMES
from guanxi.ledger.models import Contact, Customer, Event

pytestmark = pytest.mark.django_db


def a_view(contact: Contact | None, now: datetime, **changes: Any) -> Event | None:
    facts: dict[str, Any] = {
        "name": "Product Viewed", "occurred_at": now, "now": now, "source": "shop", "contact": contact,
    }  # fmt: skip
    return actions.record_event(**facts | changes)


class TestRecordEvent:
    def test_keeps_a_message_id_once_per_source(self, lena: Contact, now: datetime) -> None:
        assert a_view(lena, now, message_id="m1")
        assert a_view(lena, now, message_id="m1") is None
        assert a_view(lena, now, message_id="m1", source="other shop")

    def test_hangs_on_the_customer_of_the_contact(self, lena: Contact, now: datetime) -> None:
        event = a_view(lena, now)

        assert event is not None
        assert event.customer == lena.customer


class TestClaimUnread:
    def test_gives_each_event_once_in_order(self, lena: Contact, now: datetime) -> None:
        actions.claim_unread(limit=100)
        first, second = a_view(lena, now), a_view(lena, now)

        assert actions.claim_unread(limit=1) == [first]
        assert actions.claim_unread(limit=10) == [second]
        assert actions.claim_unread(limit=10) == []

    def test_never_gives_history(self, lena: Contact, now: datetime) -> None:
        actions.claim_unread(limit=100)
        a_view(lena, now, historical=True)

        assert actions.claim_unread(limit=10) == []


class TestJoinVisitor:
    def test_gives_the_visits_to_the_contact(self, lena: Contact, now: datetime) -> None:
        a_view(None, now, anonymous_id="v1")
        a_view(None, now, anonymous_id="v2")

        assert actions.join_visitor(anonymous_id="v1", contact=lena) == 1
        assert Event.objects.get(anonymous_id="v1").customer == lena.customer


class TestTimeline:
    @pytest.fixture(autouse=True)
    def _story(self, lena: Contact, ada: Any, now: datetime) -> None:
        a_view(lena, now - timedelta(hours=3))
        actions.record_event(
            name="email.clicked", occurred_at=now - timedelta(hours=2), now=now, source="tracking", contact=lena
        )
        actions.write_note(
            customer=lena.customer, author=ada, kind="call", text="Wants samples.", now=now,
            happened_at=now - timedelta(hours=1),
        )  # fmt: skip

    def test_mixes_events_and_notes_newest_first(self, lena: Contact, now: datetime) -> None:
        items = queries.timeline(lena.customer_id, before=now, kinds=["call", "mail", "visit"])

        assert [item.kind for item in items] == ["call", "mail", "visit"]
        assert items[0].text == "Wants samples."

    @pytest.mark.parametrize("kind", ["call", "mail", "visit"])
    def test_filters_by_kind(self, lena: Contact, kind: str) -> None:
        assert {item.kind for item in queries.timeline(lena.customer_id, kinds=[kind])} == {kind}

    def test_goes_on_before_a_moment(self, lena: Contact, now: datetime) -> None:
        items = queries.timeline(lena.customer_id, before=now - timedelta(minutes=90), kinds=["call", "mail", "visit"])

        assert [item.kind for item in items] == ["mail", "visit"]


class TestOpenInquiries:
    def test_are_those_without_an_answer(self, lena: Contact, now: datetime) -> None:
        for number in ("q1", "q2"):
            a_view(lena, now, name="inquiry.received", object_kind="inquiry", object_id=number)
        a_view(lena, now, name="inquiry.answered", object_kind="inquiry", object_id="q1")

        assert [event.object_id for event in queries.open_inquiries(Customer.objects.all())] == ["q2"]


class TestEventNames:
    def test_are_a_thing_and_what_happened(self) -> None:
        assert all(name.count(".") == 1 and name.islower() for name in EVENT_NAMES)
