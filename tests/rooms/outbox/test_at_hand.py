"""What was judged a moment ago is claimed without being loaded again, as long as its row is as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.ledger.models import Contact, Customer
from guanxi.outbox import actions, at_hand, claims
from guanxi.outbox.at_hand import AtHand
from guanxi.outbox.models import Message
from tests import cast

pytestmark = pytest.mark.django_db
Propose = Callable[..., Message]


@pytest.fixture
def judged(propose: Propose, lena: Contact, yuki: Contact, now: datetime) -> AtHand:
    for contact in (lena, yuki):
        cast.permit(contact)
        propose(contact, "j-04.1")
    kept = AtHand()
    assert actions.judge_due(now=now, at_hand=kept) == 2
    return kept


def claim(kept: AtHand, now: datetime) -> list[Message]:
    return claims.claim(now=now, token="a", limit=5, at_hand=kept)


class TestAtHand:
    def test_is_not_loaded_again(self, judged: AtHand, now: datetime) -> None:
        with CaptureQueriesContext(connection) as captured:
            taken = claim(judged, now)

        assert not any("ledger_contact" in each["sql"] for each in captured)
        assert [(each.epoch, each.state, each.claimed_by) for each in taken] == [(1, "claimed", "a")] * 2
        stored = Message.objects.order_by("due_at", "id")
        assert [(each.pk, each.epoch, each.lease_until) for each in taken] == [
            (each.pk, each.epoch, each.lease_until) for each in stored
        ]

    def test_what_changed_since_is_loaded(self, judged: AtHand, now: datetime) -> None:
        first, second = Message.objects.order_by("id")
        Message.objects.filter(pk=second.pk).update(due_at=now - timedelta(1))
        other = Customer.objects.create(name="Other", created_at=now, updated_at=now)
        Message.objects.filter(pk=first.pk).update(customer=other)

        taken = claim(judged, now)

        assert [(each.pk, each.due_at) for each in taken] == [(second.pk, now - timedelta(1)), (first.pk, now)]
        assert taken[1].customer_id == other.pk

    def test_what_another_took_meanwhile_is_loaded(self, judged: AtHand, now: datetime) -> None:
        claims.claim(now=now, token="other", limit=5)
        claims.give_back(token="other")

        assert [each.epoch for each in claim(judged, now)] == [2, 2]

    def test_no_more_is_kept_than_there_is_room_for(
        self, judged: AtHand, propose: Propose, lena: Contact, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(at_hand, "MOST_KEPT", 2)
        assert judged.is_full
        propose(lena)

        actions.judge_due(now=now, at_hand=judged)

        assert not judged.is_full
        assert len(claim(judged, now)) == 3

    def test_what_others_have_taken_is_forgotten(
        self, judged: AtHand, propose: Propose, lena: Contact, now: datetime
    ) -> None:
        claims.claim(now=now, token="other", limit=5)
        later = now + timedelta(minutes=1)
        propose(lena)
        actions.judge_due(now=later, at_hand=judged)

        assert len(claim(judged, later)) == 1
        assert judged._judged == {}

    def test_what_has_to_wait_is_not_kept(self, propose: Propose, lena: Contact, now: datetime) -> None:
        propose(lena)
        kept = AtHand()

        actions.judge_due(now=now, at_hand=kept)

        assert kept._judged == {}
