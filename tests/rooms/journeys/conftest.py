"""A firm whose ready journeys are live: templates to propose, the default scheme, a clock that can be turned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from guanxi.content.models import Template
from guanxi.journeys import actions, advancing
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer, Order
from guanxi.offers import actions as offers_actions
from guanxi.outbox.models import Message
from guanxi.tiering.models import Scheme, Standing

TEMPLATES = {"j-04": "transactional", "j-17": "marketing"}


@dataclass
class Firm:
    """The firm of one test; `now` is turned by `later`."""

    now: datetime

    def later(self, **span: float) -> Counter[str]:
        """Let time pass, then do what the pulse does before the outbox."""
        self.now += timedelta(**span)
        return self.turn()

    def turn(self) -> Counter[str]:
        with transaction.atomic():
            events = ledger_actions.claim_unread(limit=500)
            counts = actions.react_to(events=events, now=self.now)
        while steps := advancing.advance_due(now=self.now):
            counts += steps
        return counts

    def order(self, contact: Contact, number: str = "PO-1", **facts: Any) -> Order:
        line = LineFacts(quantity=Decimal(10), unit_price=Decimal("12.50"))
        return ledger_actions.record_order(
            customer=contact.customer, contact=contact, number=number, placed_at=self.now, currency="EUR",
            lines=[line], now=self.now, **facts,
        )  # fmt: skip

    def stage(self, order: Order, stage: str, **details: Any) -> None:
        ledger_actions.change_stage(order=order, stage=stage, now=self.now, **details)

    def tier(self, customer: Customer, tier: str, *, scheme: str = "rfm-firm", **facts: Any) -> None:
        """What tiering writes when a standing changes."""
        Standing.objects.update_or_create(
            customer=customer, scheme=Scheme.objects.get(name=scheme),
            defaults={"tier": tier, "since_at": self.now, "reason": "", "figures": {}},
        )  # fmt: skip
        ledger_actions.record_event(
            name="standing.changed", occurred_at=self.now, now=self.now, source="tiering", customer=customer,
            properties={"scheme": scheme, "from": "general", "to": tier}, **facts,
        )  # fmt: skip

    def letters(self) -> list[str]:
        """Template keys of the proposed messages, in order."""
        return list(Message.objects.order_by("id").values_list("template__key", flat=True))


@pytest.fixture
def firm(db: None, now: datetime) -> Firm:
    for journey, kind in TEMPLATES.items():
        for step in (1, 2, 3):
            Template.objects.create(key=f"{journey}.{step}", title=f"{journey}.{step}", kind=kind, created_at=now)
    Scheme.objects.create(name="rfm-firm", title="RFM", document="", is_default=True, updated_at=now)
    offers_actions.install_library(now=now)
    actions.install_library(now=now, keys=TEMPLATES)
    return Firm(now)


@pytest.fixture
def publish(db: None, now: datetime) -> Callable[[str], Any]:
    return lambda text: actions.publish(text=text, now=now)
