"""Readers withdraw while their mails are being sent: whoever withdrew before the hand-over gets nothing (RT-10)."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from guanxi.consent import actions as consent_actions
from guanxi.consent.statements import Proof
from guanxi.kernel.clock import utc_now
from guanxi.ledger.models import Contact
from guanxi.outbox import actions
from guanxi.outbox.models import Message
from tests import cast
from tests.rooms.outbox.world import VALUES, Answering, set_up_firm

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
READERS = 120


@pytest.fixture
def _needs_a_database_for_many() -> None:
    # SQLite in memory is one connection shared by all threads; there a withdrawal cannot come in between.
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]
        pytest.skip("threads share one connection to a SQLite database in memory; see TestBetweenClaimAndHandOver")


@pytest.fixture
def readers(transactional_db: None) -> Iterator[list[Contact]]:
    set_up_firm(cast.NOW)
    customer = cast.a_customer(name="Alsterkontor Handels GmbH", country="DE", city="Hamburg")
    readers = []
    for number in range(READERS):
        reader = cast.a_contact(
            customer=customer, email=f"reader{number}@alsterkontor.example", language="de", time_zone="Europe/Berlin"
        )
        cast.permit(reader)
        actions.propose(
            contact=reader, template_key="j-17.1", values=VALUES, origin_kind="campaign", origin_id="w",
            idempotency_key=f"w/{number}", not_before=cast.NOW, expires_at=cast.NOW + timedelta(days=3), now=cast.NOW,
        )  # fmt: skip
        readers.append(reader)
    actions.judge_due(now=cast.NOW)
    return readers


class TestBetweenClaimAndHandOver:
    def test_nobody_who_withdrew_gets_a_mail(self, readers: list[Contact]) -> None:
        """Every second look at the clock, one reader who is already claimed withdraws."""
        dice, gone, transport = random.Random(7), set(), Answering()

        def clock() -> datetime:
            claimed = Message.objects.filter(state="claimed").exclude(contact_id__in=gone)
            if (message := claimed.select_related("contact").first()) and dice.random() < 0.8:
                proof = Proof(method="one_click")
                consent_actions.unsubscribe(contact=message.contact, proof=proof, now=cast.NOW)
                gone.add(message.contact_id)
            return cast.NOW

        actions.send_due(clock=clock, worker="test", transport=transport)

        reached = {envelope.rcpt_to for envelope in transport.carried}
        assert gone
        assert not reached & {reader.email for reader in readers if reader.id in gone}
        assert len(reached) == READERS - len(gone)
        assert Message.objects.filter(state="suppressed").count() == len(gone)


@pytest.mark.usefixtures("_needs_a_database_for_many")
class TestWithdrawalsInParallel:
    def test_nobody_is_handed_over_after_his_withdrawal_was_committed(self, readers: list[Contact]) -> None:
        started = utc_now()
        withdrawn: dict[int, datetime] = {}

        def clock() -> datetime:
            return cast.NOW + (utc_now() - started)

        def withdraw(share: list[Contact]) -> None:
            try:
                for reader in share:
                    consent_actions.unsubscribe(contact=reader, proof=Proof(method="one_click"), now=clock())
                    withdrawn[reader.id] = clock()
            finally:
                connection.close()

        shares = [random.Random(n).sample(readers[n::4], READERS // 8) for n in range(4)]
        threads = [threading.Thread(target=withdraw, args=(share,)) for share in shares]
        transport = Slow(3)
        for thread in threads:
            thread.start()
        actions.send_due(clock=clock, worker="test", transport=transport)
        for thread in threads:
            thread.join()

        late = [
            message.contact_id
            for message in Message.objects.filter(state="accepted", contact_id__in=withdrawn)
            if message.handed_at and message.handed_at > withdrawn[message.contact_id]
        ]
        assert late == []
        assert Message.objects.filter(state="accepted").count() == len(transport.carried)
        assert Message.objects.filter(state__in=("accepted", "suppressed")).count() == READERS


class Slow(Answering):
    """So few lanes that the sending lasts as long as the withdrawals."""

    def __init__(self, lanes: int) -> None:
        super().__init__()
        self.lanes: Any = lanes
