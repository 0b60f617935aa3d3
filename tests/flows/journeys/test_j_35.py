"""J-35: a webinar, from the invitation to the follow-up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guanxi.ledger.models import Contact, Customer
from guanxi.segments.models import Membership, Segment
from tests import cast
from tests.flows.journeys import letters
from tests.flows.journeys.papers import a_document

pytestmark = pytest.mark.django_db


class TestAWebinar:
    """J-35.1: invitation by trade, sign-up and attendance recorded, follow-up; who took part is a warm lead."""

    @pytest.fixture
    def live(self, flow: Callable[[str], Any], lena: Contact, diego: Contact) -> Any:
        live = flow("j-35")
        segment = Segment.objects.create(
            key="webinar-guests", title="Guests", kind="list", level="customer", created_at=live.now,
            updated_at=live.now,
        )  # fmt: skip
        for contact in (lena, diego):
            Membership.objects.create(segment=segment, customer=contact.customer, since_at=live.now, source="person")
        Customer.objects.filter(pk=lena.customer_id).update(trade="pumps")
        a_document("webinar", now=live.now, title="Sealing pumps", trades=["pumps"])
        return live

    def test_invites_the_guests_of_its_trade_once(self, live: Any, lena: Contact) -> None:
        live.on("2026-05-17")
        assert live.letters() == []

        live.on("2026-05-18")
        assert live.letters() == ["j-35.1"]
        assert live.message().contact == lena
        assert live.message().values["document"]["title"] == "Sealing pumps"
        assert live.message().expires_at - live.message().not_before == timedelta(days=7)
        live.on("2026-05-25")
        assert live.letters() == ["j-35.1"]

    def test_records_sign_up_and_attendance(self, live: Any, lena: Contact) -> None:
        """O-10."""
        live.happens(lena, "webinar.registered", about=("webinar", "W-1"))
        live.turn()
        assert Customer.objects.get(pk=lena.customer_id).tags == ["webinar-signed-up"]

        live.happens(lena, "webinar.attended", about=("webinar", "W-1"))
        live.turn()
        assert Customer.objects.get(pk=lena.customer_id).tags == ["webinar-attended"]

    @pytest.mark.parametrize(("days", "found"), [(0, ["j-35.2"]), (3, ["j-35.2"]), (3.1, [])])
    def test_is_followed_up_within_three_days(self, live: Any, lena: Contact, days: float, found: list[str]) -> None:
        live.happens(lena, "webinar.attended")
        live.until(days, since=cast.NOW)

        assert live.letters() == found
        assert live.tasks() == ["webinar_follow_up"]
        assert live.task().due_at == live.now + timedelta(days=5)


@pytest.mark.parametrize(("key", "kind"), [("j-35.1", "marketing"), ("j-35.2", "service")])
def test_the_letters_speak_six_languages(key: str, kind: str) -> None:
    """CN-43: the follow-up answers whoever took part."""
    assert letters.kind_of(key) == kind
    letters.check(key)
