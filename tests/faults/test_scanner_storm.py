"""A link scanner follows every link of every mail, many times, by GET and HEAD, at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from guanxi.consent.models import Permission, Suppression
from guanxi.content.models import Template
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.models import Enrolment
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event
from guanxi.offers import actions as offers_actions
from guanxi.outbox import addresses
from guanxi.outbox.models import Message
from guanxi.tiering.models import Scheme, Standing
from guanxi.tracking import settling
from guanxi.tracking.models import Hit
from tests import cast

IS_FULL = os.environ.get("GUANXI_FAULTS") == "full"
SEED = int(os.environ.get("GUANXI_FAULTS_SEED") or 27)
pytestmark = [pytest.mark.django_db, pytest.mark.faults]
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
REQUESTS_PER_MAIL = 50


class TestALinkScannerStorm:
    def test_changes_nothing_and_fools_nobody(
        self,
        lena: Contact,
        yuki: Contact,
        now: datetime,
        monkeypatch: pytest.MonkeyPatch,
        storm_mail: Callable[..., Any],
    ) -> None:
        """RT-27, RS-31, RS-32: 50 GET and HEAD per mail: consent, journeys unchanged; every verdict is machine."""
        seed = SEED
        print(f"seed {seed}")
        dice = Random(seed)
        cast.permit(lena, "marketing")
        cast.permit(lena, "tracking")
        mails = [storm_mail(contact, number) for contact in (lena, yuki) for number in range(50 if IS_FULL else 1)]
        wait_for_a_sign_of_life(lena, now)
        before = (_rows(Permission), _rows(Suppression), _rows(Enrolment))
        assert [each["state"] for each in before[2]] == ["active"]
        moment = now
        monkeypatch.setattr(clock, "utc_now", lambda: moment)

        for mail in mails:
            paths = _links(mail)
            for number in range(REQUESTS_PER_MAIL):
                # Each link by HEAD first, then by GET, all within seconds; a browser's name, a cloud's address.
                method = "head" if number < len(paths) else dice.choice(["get", "get", "head"])
                path = paths[number % len(paths)]
                moment = now + timedelta(seconds=5 + 0.05 * number)
                answer = getattr(Client(), method)(path, headers={"User-Agent": BROWSER}, REMOTE_ADDR="3.80.1.9")
                assert answer.status_code in (200, 302, 404), path
        settling.settle_due(now=now + timedelta(minutes=11))
        react(now + timedelta(minutes=11))

        assert (_rows(Permission), _rows(Suppression), _rows(Enrolment)) == before
        assert Hit.objects.count() > 10 * len(mails)
        assert set(Hit.objects.values_list("verdict", flat=True)) == {"machine"}
        assert not Event.objects.filter(properties__verdict="human").exists()

    @pytest.fixture
    def storm_mail(self, now: datetime) -> Callable[..., Any]:
        template = Template.objects.create(key="storm", title="Storm", kind="marketing", created_at=now)

        def make(contact: Contact, number: int) -> Message:
            return Message.objects.create(
                idempotency_key=f"{contact.pk}-{number}", contact=contact, customer=contact.customer,
                template=template, kind="marketing", origin_kind="campaign", origin_id="1", state="accepted",
                due_at=now, not_before=now, expires_at=now, proposed_at=now, handed_at=now, accepted_at=now,
                links=[f"https://www.firm.example/{n}" for n in range(6)],
            )  # fmt: skip

        return make


def wait_for_a_sign_of_life(contact: Contact, now: datetime) -> None:
    """He is in J-17, which a click by a person ends."""
    scheme = Scheme.objects.create(name="rfm-firm", title="RFM", document="", is_default=True, updated_at=now)
    for step in (1, 2, 3):
        Template.objects.create(key=f"j-17.{step}", title="", kind="marketing", created_at=now)
    offers_actions.install_library(now=now)
    journeys_actions.install_library(now=now, keys={"j-17": "marketing"})
    Standing.objects.create(
        customer=contact.customer, scheme=scheme, tier="dormant", since_at=now, reason="", figures={}
    )
    ledger_actions.record_event(
        name="standing.changed", occurred_at=now, now=now, source="tiering", customer=contact.customer,
        properties={"scheme": scheme.name, "from": "general", "to": "dormant"},
    )  # fmt: skip
    react(now)


def react(now: datetime) -> None:
    with transaction.atomic():
        journeys_actions.react_to(events=ledger_actions.claim_unread(limit=500), now=now)


def _links(mail: Message) -> list[str]:
    """Every address that a mail holds."""
    found = [
        *(addresses.click_address(mail.pk, index) for index in range(len(mail.links))),
        addresses.open_address(mail.pk),
        addresses.trap_address(mail.pk),
        addresses.unsubscribe_address(mail.pk),
        addresses.preferences_address(mail.contact_id, mail.pk),
    ]
    return [re.sub(r"\?.*", "", urlsplit(address).path) for address in found]


def _rows(model: Any) -> list[Any]:
    return list(model.objects.order_by("pk").values())
