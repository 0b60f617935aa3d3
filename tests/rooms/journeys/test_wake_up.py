"""J-17: three letters to a dormant customer, ended by any sign of life (CN-44, CN-49, DP-16)."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.journeys import advancing
from guanxi.journeys.models import Enrolment, Refusal, Visit
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message
from guanxi.tiering.models import Scheme, Standing
from tests import cast

pytestmark = pytest.mark.django_db


def happens(firm: Any, contact: Contact, name: str, **properties: Any) -> None:
    ledger_actions.record_event(
        name=name, occurred_at=firm.now, now=firm.now, source="test", customer=contact.customer, contact=contact,
        properties=properties,
    )  # fmt: skip


class TestADormantCustomer:
    def test_gets_letters_on_day_0_14_and_30(self, firm: Any, lena: Contact) -> None:
        firm.tier(lena.customer, "dormant")
        days = []
        for day in range(40):
            before = len(firm.letters())
            firm.later(days=1) if day else firm.turn()
            days += [day] * (len(firm.letters()) - before)

        assert days == [0, 14, 30]
        assert firm.letters() == ["j-17.1", "j-17.2", "j-17.3"]
        assert Enrolment.objects.get().state == "done"

    def test_gets_one_coupon_in_both_letters(self, firm: Any, lena: Contact) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        firm.later(days=14)

        coupons = [message.values["coupon"] for message in Message.objects.order_by("id")]
        assert coupons[0] == coupons[1]
        assert (coupons[0]["percent"], coupons[0]["valid_until"]) == (5, "2026-06-27")
        assert coupons[0]["code"].startswith("BACK-")

    def test_may_take_part_again_after_half_a_year(self, firm: Any, lena: Contact) -> None:
        for days in (0, 60, 130):
            firm.later(days=days)
            firm.tier(lena.customer, "general")
            firm.turn()
            firm.tier(lena.customer, "dormant")
            firm.turn()

        assert Enrolment.objects.count() == 2
        assert Refusal.objects.get().reason == "too_soon"

    @pytest.mark.parametrize(
        "changes", [{"historical": True}, {"scheme": "other"}], ids=["of history", "in another scheme"]
    )
    def test_is_not_written_to(self, firm: Any, lena: Contact, changes: dict[str, Any]) -> None:
        Scheme.objects.create(name="other", title="Other", document="", updated_at=firm.now)
        firm.tier(lena.customer, "dormant", **changes)
        firm.turn()

        assert firm.letters() == []

    def test_who_is_blocked_is_refused(self, firm: Any, lena: Contact) -> None:
        lena.customer.is_blocked = True
        lena.customer.save()
        firm.tier(lena.customer, "dormant")
        firm.turn()

        assert Refusal.objects.get().reason == "blocked"


class TestASignOfLife:
    @pytest.mark.parametrize(
        ("name", "properties"),
        [
            ("email.clicked", {"verdict": "human"}),
            ("email.replied", {"text": "Please quote."}),
            ("inquiry.received", {}),
            ("note.written", {"kind": "call"}),
            ("page.viewed", {}),
        ],
    )
    def test_ends_the_journey(self, firm: Any, lena: Contact, name: str, properties: dict[str, Any]) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        happens(firm, lena, name, **properties)
        firm.later(days=14)

        assert firm.letters() == ["j-17.1"]
        assert Enrolment.objects.get().end_reason == "reacted"

    @pytest.mark.parametrize(
        ("name", "properties"),
        [
            ("email.clicked", {"verdict": "machine"}),
            ("email.opened", {"verdict": "human"}),
            ("email.sent", {}),
            ("note.written", {"kind": "note"}),
        ],
    )
    def test_is_not_our_own_doing_nor_a_machine(
        self, firm: Any, lena: Contact, name: str, properties: dict[str, Any]
    ) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        happens(firm, lena, name, **properties)
        firm.later(days=14)

        assert firm.letters() == ["j-17.1", "j-17.2"]

    def test_is_an_order_too(self, firm: Any, lena: Contact) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        firm.order(lena, stage="completed")
        firm.later(days=14)

        assert firm.letters() == ["j-17.1"]

    def test_counts_also_when_nobody_has_read_it_yet(self, firm: Any, lena: Contact) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        happens(firm, lena, "inquiry.received")
        firm.now += cast.NOW - cast.NOW
        Enrolment.objects.update(due_at=firm.now)
        advancing.advance_due(now=firm.now)

        assert Enrolment.objects.get().state == "left"
        assert Visit.objects.get(outcome="left").reason == "reacted"

    def test_of_a_colleague_counts(self, firm: Any, lena: Contact) -> None:
        colleague = ledger_actions.create_contact(customer=lena.customer, email="max@x.example", now=firm.now)
        firm.tier(lena.customer, "dormant")
        firm.turn()
        happens(firm, colleague, "email.clicked", verdict="human")
        firm.turn()

        assert Enrolment.objects.get().state == "left"


class TestBeforeEachStep:
    def test_the_tier_is_looked_at_again(self, firm: Any, lena: Contact) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        Standing.objects.update(tier="general")
        firm.later(days=14)

        assert firm.letters() == ["j-17.1"]
        assert Enrolment.objects.get().end_reason == "no_longer_dormant"

    def test_the_address_is_looked_at_again(self, firm: Any, lena: Contact) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        Contact.objects.update(email="", email_key=None)
        firm.later(days=14)

        assert Enrolment.objects.get().end_reason == "no_address"
