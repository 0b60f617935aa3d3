"""J-04, steps 1 to 3: every buyer hears of his order in time, and never twice of the same thing (CN-23)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from guanxi.journeys import queries
from guanxi.journeys.models import Enrolment, Journey, Refusal, Visit
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message

pytestmark = pytest.mark.django_db


class TestAConfirmedOrder:
    def test_brings_the_progress_link_within_24_hours(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena)
        firm.turn()

        message = Message.objects.get()
        assert (message.template.key, message.contact, message.kind) == ("j-04.1", lena, "transactional")
        assert message.expires_at == firm.now + timedelta(hours=24)
        assert message.values["order"]["number"] == order.number
        assert "/p/progress/" in message.values["order"]["progress_url"]

    def test_brings_it_once(self, firm: Any, lena: Contact) -> None:
        firm.order(lena)
        firm.turn()
        firm.turn()
        firm.later(hours=1)

        assert firm.letters() == ["j-04.1"]

    def test_that_was_quoted_first_counts_from_its_confirmation(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena, stage="quoted")
        firm.later(days=3)
        firm.stage(order, "confirmed")
        firm.turn()

        assert firm.letters() == ["j-04.1"]

    def test_of_history_starts_nothing(self, firm: Any, lena: Contact) -> None:
        firm.order(lena, historical=True)

        assert firm.turn() == {}
        assert not Enrolment.objects.exists()

    def test_that_is_long_over_starts_nothing(self, firm: Any, lena: Contact) -> None:
        firm.order(lena, stage="completed")

        assert not firm.turn()["entered"]

    def test_learnt_of_too_late_is_refused_with_a_reason(self, firm: Any, lena: Contact) -> None:
        firm.order(lena)
        firm.later(days=8)

        assert Refusal.objects.get().reason == "too_old"

    def test_of_a_customer_without_address_is_refused_with_a_reason(self, firm: Any, lena: Contact) -> None:
        Contact.objects.update(email="", email_key=None)
        lena.refresh_from_db()
        firm.order(lena)
        firm.turn()

        assert (Refusal.objects.get().reason, Refusal.objects.get().customer) == ("no_address", lena.customer)

    def test_goes_to_the_primary_contact_when_none_is_named(self, firm: Any, lena: Contact, now: Any) -> None:
        ledger_actions.create_contact(
            customer=lena.customer, email="max@alsterkontor.example", is_primary=True, now=now
        )
        order = firm.order(lena)
        order.contact = None
        Event.objects.filter(name="order.placed").update(contact=None)
        firm.turn()

        assert Message.objects.get().contact.email == "max@alsterkontor.example"

    def test_seen_by_the_worker_a_day_late_skips_the_first_letter_and_says_so(self, firm: Any, lena: Contact) -> None:
        firm.order(lena)
        firm.later(hours=25)

        assert firm.letters() == []
        assert Visit.objects.get(step="progress-link").reason == "too_late"


class TestProduction:
    def test_sends_news_with_its_stage_and_every_seven_days(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena)
        firm.later(hours=2)
        firm.stage(order, "in_production")
        firm.turn()
        assert firm.letters() == ["j-04.1", "j-04.2"]

        firm.later(days=5)
        firm.later(days=1, hours=23)
        assert firm.letters() == ["j-04.1", "j-04.2"]
        firm.later(hours=2)
        firm.later(days=5)
        firm.later(days=2)
        assert firm.letters() == ["j-04.1"] + ["j-04.2"] * 3

    def test_restarts_the_clock_with_every_stage(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena, stage="in_production")
        firm.turn()
        firm.later(days=5)
        firm.stage(order, "packed")
        firm.turn()
        assert firm.letters() == ["j-04.1", "j-04.2"]

        firm.later(days=6)
        assert firm.letters() == ["j-04.1", "j-04.2"]

    def test_tells_news_that_are_no_stage_in_their_words(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena, stage="in_production")
        firm.later(hours=1)
        ledger_actions.record_event(
            name="order.news", occurred_at=firm.now, now=firm.now, source="console", customer=lena.customer,
            object_kind="order", object_id=str(order.pk), properties={"text": "The glaze is fired."},
        )  # fmt: skip
        firm.turn()

        assert Message.objects.get(template__key="j-04.2").values["order"]["news"] == "The glaze is fired."

    def test_says_nothing_while_the_order_is_only_confirmed(self, firm: Any, lena: Contact) -> None:
        firm.order(lena)
        firm.turn()
        for _ in range(4):
            firm.later(days=7)

        assert firm.letters() == ["j-04.1"]

    def test_of_one_order_is_not_told_about_another(self, firm: Any, lena: Contact) -> None:
        first = firm.order(lena, "PO-1")
        firm.order(lena, "PO-2")
        firm.turn()
        firm.stage(first, "in_production")
        firm.turn()

        told = Message.objects.filter(template__key="j-04.2")
        assert [message.values["order"]["number"] for message in told] == ["PO-1"]

    def test_heard_before_the_first_letter_is_not_lost(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena)
        firm.stage(order, "in_production")
        firm.turn()

        assert firm.letters() == ["j-04.1", "j-04.2"]


class TestShipment:
    def test_brings_papers_and_tracking_and_waits_for_the_delivery(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena)
        firm.turn()
        firm.stage(order, "shipped", carrier="DHL", tracking_number="JJD1", tracking_url="https://dhl.example/JJD1")
        firm.turn()

        assert firm.letters() == ["j-04.1", "j-04.3"]
        values = Message.objects.get(template__key="j-04.3").values["order"]
        assert (values["carrier"], values["tracking_number"]) == ("DHL", "JJD1")
        assert Enrolment.objects.get().step == "delivery"

    def test_ends_the_weekly_news(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena, stage="in_production")
        firm.turn()
        firm.stage(order, "in_transit")
        firm.turn()
        firm.later(days=30)

        assert firm.letters() == ["j-04.1", "j-04.3"]


class TestACancelledOrder:
    def test_is_left_in_peace(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena)
        firm.turn()
        firm.stage(order, "cancelled")
        firm.later(days=8)

        assert firm.letters() == ["j-04.1"]
        assert Enrolment.objects.get().end_reason == "order_cancelled"


class TestWhereEverybodyIs:
    def test_counts_readers_per_step(self, firm: Any, lena: Contact, yuki: Contact) -> None:
        firm.order(lena, "PO-1")
        firm.order(yuki, "PO-2", stage="shipped")
        shipped = firm.order(yuki, "PO-3")
        firm.turn()
        firm.stage(shipped, "shipped")
        firm.turn()

        state = queries.where_is_everybody(Journey.objects.get(key="j-04"))
        steps = {each.step.frame.id: (each.here, each.done) for each in state.steps}
        assert steps["progress-link"] == (0, 2)
        assert steps["listen"] == (1, 1)
        assert steps["delivery"] == (1, 0)

    def test_shows_the_path_of_one_reader(self, firm: Any, lena: Contact) -> None:
        order = firm.order(lena)
        firm.turn()
        firm.stage(order, "in_production")
        firm.turn()

        path = [(visit.step, visit.occurrence) for visit in queries.path_of(Enrolment.objects.get())]
        assert path == [
            ("progress-link", 1), ("listen", 1), ("where-is-it", 1), ("production-news", 1), ("again", 1),
        ]  # fmt: skip
        assert [each.step for each in queries.journeys_of(lena.customer_id)] == ["listen"]
