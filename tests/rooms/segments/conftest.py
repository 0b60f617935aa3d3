from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.segments import actions as segments_actions
from guanxi.segments.models import Membership, Segment
from tests.cast import NOW


def saved(*conditions: dict[str, Any], level: str = "customer", title: str = "Some", **fields: Any) -> Segment:
    """A segment of everybody who fulfils all conditions, refreshed once."""
    segment = segments_actions.save_segment(
        title=title, document={"level": level, "where": {"all": list(conditions)}}, now=NOW, **fields
    )
    segments_actions.refresh(segment=segment, now=NOW)
    return Segment.objects.get(pk=segment.pk)


def names_in(segment: Segment) -> set[str]:
    return {
        str(row.contact) if row.contact else row.customer.name
        for row in Membership.objects.filter(segment=segment).select_related("customer", "contact")
    }


def happen(name: str, contact: Contact, *, days_ago: float = 0, historical: bool = False, **properties: Any) -> Event:
    event = ledger_actions.record_event(
        name=name, contact=contact, occurred_at=NOW - timedelta(days=days_ago), now=NOW, source="test",
        properties=properties, historical=historical,
    )  # fmt: skip
    assert event is not None
    return event


def order(customer: Customer, number: str, *, days_ago: int = 1, amount: int = 100, category: str = "Lamps") -> None:
    ledger_actions.record_order(
        customer=customer, number=number, placed_at=NOW - timedelta(days=days_ago), currency="USD", now=NOW,
        lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(amount), category=category)],
    )  # fmt: skip


@pytest.fixture
def buyers(lena: Contact, yuki: Contact, diego: Contact) -> tuple[Contact, Contact, Contact]:
    """Hamburg, Osaka, Monterrey (who buys for himself)."""
    return lena, yuki, diego
