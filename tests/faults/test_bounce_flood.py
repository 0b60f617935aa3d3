"""Bounces and complaints by the thousand, half of them forged, mixed and repeated."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from random import Random

import pytest

from guanxi.consent.models import Suppression
from guanxi.content.models import Template
from guanxi.inbox.models import Arrival, Mailbox
from guanxi.inbox.receiving import receive
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from tests import cast
from tests.rooms.inbox.conftest import bounce_of, feedback_of

IS_FULL = os.environ.get("GUANXI_FAULTS") == "full"
SEED = int(os.environ.get("GUANXI_FAULTS_SEED") or 22)
pytestmark = [pytest.mark.django_db, pytest.mark.faults]


class TestAFloodOfBounces:
    def test_suppresses_the_real_ones_and_believes_no_forged_one(self, now: datetime) -> None:
        """RT-22, RP-25: forged: no effect; real: every address is left in peace."""
        seed, count = SEED, 50_000 if IS_FULL else 60
        print(f"seed {seed}")
        messages = self.sent(count // 2, now)
        mailbox = Mailbox.objects.create(name="b", host="h", username="u", due_at=now, created_at=now)
        flood = []
        for number, message in enumerate(messages):
            real = feedback_of(message) if number % 5 == 0 else bounce_of(message)
            forged = bounce_of(message, to=f"b-{number}-aaaaaaaaaaaaaaaaaaaaaaaaaa@b.example", of="x@elsewhere.example")
            flood += [(True, real), (False, forged.replace("<m", "<forged"))]
        flood += flood[: count // 10]
        Random(seed).shuffle(flood)

        began = time.monotonic()
        for _, text in flood:
            receive(raw=text.encode(), mailbox=mailbox, now=now)
        print(f"{len(flood)} mails in {time.monotonic() - began:.1f} s")

        assert Suppression.objects.count() == len(messages)
        assert set(Suppression.objects.values_list("reason", flat=True)) == {"hard_bounce", "complaint"}
        assert Arrival.objects.filter(state="quarantined").count() == len(messages)
        assert Event.objects.count() == len(messages)
        assert Arrival.objects.count() == 2 * len(messages)

    def sent(self, count: int, now: datetime) -> list[Message]:
        template = Template.objects.create(key="t", title="T", kind="marketing", created_at=now)
        customer = cast.a_customer(name="Many readers")
        contacts = Contact.objects.bulk_create(
            [
                Contact(customer=customer, email=f"r{n}@many.example", email_key=f"r{n}@many.example",
                        created_at=now, updated_at=now)
                for n in range(count)
            ],
            batch_size=1000,
        )  # fmt: skip
        return Message.objects.bulk_create(
            [
                Message(idempotency_key=f"m{n}", contact=contact, customer=customer, template=template,
                        kind="marketing", origin_kind="campaign", origin_id="1", state="accepted", due_at=now,
                        not_before=now, expires_at=now + timedelta(days=1), proposed_at=now, handed_at=now,
                        accepted_at=now, rfc_message_id=f"<m{n}@ningbo-firm.example>")
                for n, contact in enumerate(contacts)
            ],
            batch_size=1000,
        )  # fmt: skip
