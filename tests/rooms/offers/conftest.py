"""An offer that is switched on, and orders with lines to use its codes for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Order
from guanxi.offers import actions, granting
from guanxi.offers.granting import Wish
from guanxi.offers.models import Grant, Offer

TEN = "name: {name}\ngives: {{percent_off: 10}}\ncode: {{prefix: TEN, valid: 30d}}\n"


@pytest.fixture
def offer(db: None, now: datetime) -> Callable[..., Offer]:
    """Save the offer of this text (or `ten`, 10 % off, with more lines) and switch it on."""

    def save(more: str = "", *, name: str = "ten", text: str = "") -> Offer:
        saved = actions.save_offer(text=text or TEN.format(name=name) + more, now=now)
        actions.switch_offer(offer=saved, is_active=True, now=now)
        saved.refresh_from_db()
        return saved

    return save


@pytest.fixture
def give(now: datetime) -> Callable[..., Grant]:
    """Hand `ten` to a contact."""

    def hand_out(contact: Contact, *, name: str = "ten", key: str = "", at: datetime = now, **origin: Any) -> Grant:
        wish = Wish(key=key or f"test:{name}:{contact.pk}", offer=name, contact=contact, **{
            "origin_kind": "journey", "origin": "j-17", "origin_id": "1"} | origin)  # fmt: skip
        return granting.grant(wish=wish, now=at)

    return hand_out


@pytest.fixture
def order(now: datetime) -> Callable[..., Order]:
    """An order of 10 lamps at 20 and 100 bulbs at 1.50."""

    def place(contact: Contact, number: str = "PO-1", *, at: datetime = now, **facts: Any) -> Order:
        lines = [
            LineFacts(Decimal(10), Decimal(20), product_code="lamp", category="lamps"),
            LineFacts(Decimal(100), Decimal("1.5"), product_code="bulb", category="bulbs"),
        ]
        return ledger_actions.record_order(
            customer=contact.customer, contact=contact, number=number, placed_at=at, now=at,
            **{"currency": "USD", "lines": lines} | facts,
        )  # fmt: skip

    return place
