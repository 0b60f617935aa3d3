"""One ready journey at a time, live in a firm that has nothing else: its letters as bare templates, its offers, a clock
that can be turned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from guanxi.content.models import Template
from guanxi.desk import actions as desk_actions
from guanxi.desk.models import Task
from guanxi.journeys import actions, advancing
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.models import Enrolment, Visit
from guanxi.journeys.moments import notice_moments
from guanxi.journeys.steps.offer import Offer as OfferStep
from guanxi.journeys.steps.send import Send
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer, Event, Order
from guanxi.offers import documents
from guanxi.offers.models import Offer
from guanxi.outbox.models import Message
from guanxi.tiering.models import Scheme, Standing
from tests.flows.journeys import letters


@dataclass
class Flow:
    """One journey of the library; `now` is turned by `later` and `until`."""

    graph: Graph
    now: datetime

    def until(self, days: float = 0, hours: float = 0, *, since: datetime) -> Counter[str]:
        """Go on to so long after `since`, then do what the pulse does before the outbox."""
        self.now = since + timedelta(days=days, hours=hours)
        return self.turn()

    def later(self, **span: float) -> Counter[str]:
        """Let time pass, then do what the pulse does before the outbox."""
        self.now += timedelta(**span)
        return self.turn()

    def turn(self) -> Counter[str]:
        counts = self.hear()
        while steps := advancing.advance_due(now=self.now):
            counts += steps
        return counts

    def hear(self) -> Counter[str]:
        """Read what happened, so that readers enter and leave; no step is taken, as when the worker then stops."""
        with transaction.atomic():
            events = ledger_actions.claim_unread(limit=500)
            return actions.react_to(events=events, now=self.now)

    def on(self, moment: str) -> Counter[str]:
        """Go on to this day (08:00 UTC) and take the daily look, then a turn."""
        self.look(moment)
        return self.turn()

    def look(self, moment: str) -> None:
        """Go on to this day and take the daily look only; whoever is found enters."""
        self.now = datetime.fromisoformat(f"{moment}T08:00+00:00")
        notice_moments(now=self.now)
        self.hear()

    # What happens

    def order(self, contact: Contact, number: str = "PO-1", **facts: Any) -> Order:
        line = LineFacts(product_code="BT-204", quantity=Decimal(10), unit_price=Decimal("12.50"))
        found = {"placed_at": self.now, "stage": "confirmed"} | facts
        return ledger_actions.record_order(
            customer=contact.customer, contact=contact, number=number, currency="EUR", lines=[line], now=self.now,
            **found,
        )  # fmt: skip

    def stage(self, order: Order, stage: str, **details: Any) -> None:
        ledger_actions.change_stage(order=order, stage=stage, now=self.now, **details)

    def happens(self, contact: Contact, name: str, *, about: tuple[str, str] = ("", ""), **properties: Any) -> None:
        ledger_actions.record_event(
            name=name, occurred_at=self.now, now=self.now, source="test", customer=contact.customer, contact=contact,
            object_kind=about[0], object_id=about[1], properties=properties,
        )  # fmt: skip

    def stands(self, contact: Contact, scheme: str, tier: str) -> None:
        """Where the customer stands, without a word of it."""
        found, _ = Scheme.objects.get_or_create(
            name=scheme, defaults={"title": scheme, "document": "", "updated_at": self.now, "is_active": True}
        )
        Standing.objects.update_or_create(
            customer=contact.customer, scheme=found,
            defaults={"tier": tier, "since_at": self.now, "reason": "", "figures": {}},
        )  # fmt: skip

    def moves(self, contact: Contact, scheme: str, tier: str) -> None:
        """He comes to stand there, and the ledger hears of it."""
        self.stands(contact, scheme, tier)
        self.happens(contact, "standing.changed", **{"scheme": scheme, "from": "", "to": tier})

    def offer(self, name: str, *, is_active: bool) -> None:
        """Switch an offer on or off."""
        Offer.objects.filter(name=name).update(is_active=is_active)

    def end_tasks(self) -> None:
        """Somebody does what lies on the desks."""
        for task in Task.objects.open():
            desk_actions.finish_task(task=task, now=self.now, by=None)

    # What came of it

    def days_of_letters(self, *days: str) -> dict[str, str]:
        """Take the daily look and a turn on each of these days; on which of them which letter was proposed."""
        found: dict[str, str] = {}
        for day in days:
            before = len(self.letters())
            self.on(day)
            found |= dict.fromkeys(self.letters()[before:], day)
        return found

    def letters(self) -> list[str]:
        """Keys of the proposed letters, in order; each has every value it cannot do without."""
        found = list(Message.objects.select_related("template").order_by("id"))
        for message in found:
            assert letters.lacking(message.template.key, message.values) == []
        return [message.template.key for message in found]

    def message(self) -> Message:
        """The newest one."""
        return Message.objects.order_by("id").select_related("template").last()  # type: ignore[return-value]

    def tasks(self) -> list[str]:
        """Kinds of the tasks on desks, in order."""
        return list(Task.objects.order_by("id").values_list("kind", flat=True))

    def task(self) -> Task:
        """The newest one."""
        return Task.objects.order_by("id").last()  # type: ignore[return-value]

    def skipped(self) -> dict[str, str]:
        """The steps that were passed over, with the reason."""
        return dict(Visit.objects.filter(outcome="skipped").order_by("id").values_list("step", "reason"))

    def ended(self) -> list[str]:
        """How the readers who are through left, in order."""
        return list(Enrolment.objects.exclude(state="active").order_by("id").values_list("end_reason", flat=True))

    def entered(self) -> int:
        return Event.objects.filter(name="journey.entered").count()


@pytest.fixture
def flow(db: None, now: datetime) -> Callable[[str], Flow]:
    """Make the ready journey of this key live, with bare letters and with the offers it hands out."""

    def flow(key: str) -> Flow:
        Scheme.objects.create(name="rfm-firm", title="RFM", document="", is_default=True, updated_at=now)
        return Flow(_go_live(key, now), now)

    return flow


@pytest.fixture
def publish_too(now: datetime) -> Callable[[str], Graph]:
    """Make another ready journey live beside the one of the test."""
    return lambda key: _go_live(key, now)


def _go_live(key: str, now: datetime) -> Graph:
    text = letters.journey_text(key)
    graph = read_graph(text)
    for template_key in sorted({step.template_key for step in graph.steps.values() if isinstance(step, Send)}):
        kind = letters.kind_of(template_key)
        Template.objects.get_or_create(
            key=template_key, defaults={"title": template_key, "kind": kind, "created_at": now}
        )
    for name in sorted({step.offer_name for step in graph.steps.values() if isinstance(step, OfferStep)}):
        Offer.objects.create(name=name, document=documents.library_text(name), is_active=True, updated_at=now)
    actions.publish(text=text, now=now, origin="library", state="live")
    return graph


@pytest.fixture
def years_of_cooperation(db: None) -> Callable[[Contact, int], None]:
    """Let the cooperation have begun so many years before the tests."""

    def began(contact: Contact, years: int) -> None:
        Customer.objects.filter(pk=contact.customer_id).update(cooperation_since=date(2026 - years, 1, 1))

    return began
