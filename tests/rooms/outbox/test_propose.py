"""Queueing one mail for one occasion."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from guanxi.content.models import Template
from guanxi.ledger.models import Contact
from guanxi.outbox import actions
from guanxi.outbox.models import Message

pytestmark = pytest.mark.django_db


class TestPropose:
    def test_queues_with_the_kind_of_the_template(self, propose: Callable[..., Message], lena: Contact) -> None:
        order, offer = propose(lena, "j-04.1"), propose(lena, "j-17.1")

        assert (order.kind, offer.kind) == ("transactional", "marketing")
        assert (order.state, order.customer, order.origin_id) == ("queued", lena.customer, "j-17")

    def test_knows_an_occasion_again(self, propose: Callable[..., Message], lena: Contact) -> None:
        first = propose(lena, idempotency_key="once")

        assert propose(lena, "j-04.1", idempotency_key="once") == first
        assert Message.objects.count() == 1

    def test_waits_for_not_before(self, propose: Callable[..., Message], lena: Contact, now: datetime) -> None:
        later = now + timedelta(hours=5)

        assert propose(lena, not_before=later).due_at == later
        assert propose(lena, "j-04.1", not_before=now - timedelta(days=1)).due_at == now

    @pytest.mark.parametrize("value", [Decimal("1.5"), 1.5, object(), {1: "a"}, [datetime(2026, 1, 1)]])
    def test_takes_plain_values_only(self, propose: Callable[..., Message], lena: Contact, value: object) -> None:
        with pytest.raises(actions.NotPlain, match=r"values\.order"):
            propose(lena, values={"order": value})

        assert not Message.objects.exists()

    def test_needs_a_known_template(self, propose: Callable[..., Message], lena: Contact) -> None:
        with pytest.raises(Template.DoesNotExist):
            propose(lena, "j-99.9")
