"""The step `offer`: a code for the reader, which letters name and conditions ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guanxi.content.models import Template
from guanxi.journeys.models import Enrolment, Journey, Visit
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from guanxi.offers import actions as offers_actions
from guanxi.offers import redeeming
from guanxi.offers.models import Grant, Offer
from guanxi.outbox.models import Message

pytestmark = pytest.mark.django_db
TEXT = """
key: own
title: Own
trigger: {event: inquiry.received}
entry: once
steps:
  - {id: gift, offer: ten, valid: 10d}
  - {id: letter, send: own.1, not_after: 3d, when: {offer.ten: open}}
  - {id: pause, wait: 2d, until: {event: offer.redeemed}}
  - id: used
    branch:
      - {when: {offer.ten: redeemed}, go: thanks}
    go: again
  - {id: again, send: own.2, not_after: 3d, go: end}
  - {id: thanks, end: used_it}
"""


@pytest.fixture
def journey(firm: Any, publish: Callable[[str], Any]) -> Any:
    for number in (1, 2):
        Template.objects.create(key=f"own.{number}", title="Own", kind="marketing", created_at=firm.now)
    offers_actions.save_offer(text="name: ten\ngives: {percent_off: 10}\ncode: {prefix: TEN}\n", now=firm.now)
    offers_actions.switch_offer(offer=Offer.objects.get(name="ten"), is_active=True, now=firm.now)
    publish(TEXT)
    Journey.objects.filter(key="own").update(state="live")
    return firm


def ask(firm: Any, contact: Contact) -> None:
    ledger_actions.record_event(
        name="inquiry.received", occurred_at=firm.now, now=firm.now, source="test", customer=contact.customer,
        contact=contact, object_kind="inquiry", object_id="1",
    )  # fmt: skip
    firm.turn()


class TestTheStep:
    def test_gives_the_letters_a_personal_code(self, journey: Any, lena: Contact, yuki: Contact) -> None:
        """X-09, X-22: one code per enrolment, named by every letter after it."""
        ask(journey, lena)
        ask(journey, yuki)
        journey.later(days=2)

        grants = {each.contact_id: each for each in Grant.objects.all()}
        assert journey.letters() == ["own.1", "own.1", "own.2", "own.2"]
        for message in Message.objects.all():
            offer = message.values["offer"]
            assert offer["code"] == grants[message.contact_id].code
            assert (offer["words"]["de"], offer["valid_until"]) == ("10\u00a0% Nachlass", "2026-05-23")
            assert offer["terms"]["en"].startswith("Valid until May 23, 2026. For one order.")
            assert message.values["coupon"] == {"code": offer["code"], "percent": 10, "valid_until": "2026-05-23"}
        assert {each.origin for each in grants.values()} == {"own"}

    def test_lets_the_journey_ask_whether_it_was_used(self, journey: Any, lena: Contact) -> None:
        """J-02.2a, J-02.2b: who used the coupon goes another way, at once."""
        ask(journey, lena)
        redeeming.redeem(order=journey.order(lena), codes=[Grant.objects.get().code], told_by="api", now=journey.now)
        journey.turn()

        assert Enrolment.objects.get(journey__key="own").end_reason == "used_it"

    def test_is_skipped_with_the_offers_reason(self, journey: Any, lena: Contact) -> None:
        """CN-36: no code, no letter about it, and the journey goes on."""
        offers_actions.switch_offer(offer=Offer.objects.get(name="ten"), is_active=False, now=journey.now)
        ask(journey, lena)

        visits = {each.step: (each.outcome, each.reason) for each in Visit.objects.all()}
        assert visits == {"gift": ("skipped", "offer_switched_off"), "letter": ("skipped", "condition")}
        assert not Grant.objects.exists()
