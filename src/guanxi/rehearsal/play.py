"""What a play brings forth: letters, tasks, codes, who entered, who was not let in. Plain values, no rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from guanxi.content.models import Template
from guanxi.journeys.graph import Graph
from guanxi.journeys.models import Journey
from guanxi.ledger.models import Contact, Customer


@dataclass(slots=True)
class Letter:
    """One proposed mail: what became of it, when it would have left (by the firm's clock), why it waited."""

    journey: str
    step: str
    customer_id: int
    contact_id: int
    country: str
    tier: str
    template: str
    kind: str
    language: str
    proposed_at: datetime
    left_at: datetime | None = None
    held_by: list[str] = field(default_factory=list)
    dropped_by: str = ""
    discount: str = ""


@dataclass(slots=True)
class Mail:
    """What the gates and the book of letters ask of an outbox.models.Message; a model's object costs ten times that."""

    contact: Contact
    customer: Customer
    template: Template
    kind: str
    origin_id: str
    expires_at: datetime
    values: dict[str, Any]
    origin_kind: str = "journey"
    chosen_by_profile: bool = False
    sender_id: int | None = None

    @property
    def contact_id(self) -> int:
        return self.contact.id

    @property
    def customer_id(self) -> int:
        return self.customer.id

    @property
    def template_id(self) -> int:
        return self.template.id


@dataclass(slots=True)
class Traveller:
    """What steps and rules of entry ask of a journeys.models.Enrolment, whose own object costs ten times that."""

    pk: int
    journey: Journey
    contact: Contact
    customer: Customer
    object_kind: str
    object_id: str
    entry_key: str
    state: str
    step: str
    entered_at: datetime
    due_at: datetime
    anchor_at: datetime
    step_since_at: datetime
    occasion: dict[str, Any]
    occurrence: int = 1
    heard: list[str] = field(default_factory=list)
    stood_still: timedelta = timedelta()
    failures: int = 0
    ended_at: datetime | None = None
    end_reason: str = ""

    @property
    def journey_id(self) -> int:
        return self.journey.id

    @property
    def contact_id(self) -> int:
        return self.contact.id

    @property
    def customer_id(self) -> int:
        return self.customer.id


@dataclass(slots=True)
class Chore:
    """One task a step would have opened."""

    journey: str
    step: str
    kind: str
    customer_id: int
    owner_id: int | None
    at: datetime


@dataclass(slots=True)
class Play:
    """Everything that would have happened: who entered what, why not, which steps were passed over, letters, chores."""

    letters: list[Letter] = field(default_factory=list)
    chores: list[Chore] = field(default_factory=list)
    entered: list[tuple[str, int, datetime]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    passed_over: list[tuple[str, str, str]] = field(default_factory=list)
    codes: list[tuple[str, str, Decimal]] = field(default_factory=list)
    held_out: Counter[str] = field(default_factory=Counter)
    missing_letters: Counter[tuple[str, str]] = field(default_factory=Counter)
    missing_documents: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Part:
    """One journey of the play."""

    journey: Journey
    graph: Graph
