"""Who is asked what: the words that all kinds of facts share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from guanxi.ledger.models import Contact, Customer, Order


class Subject(NamedTuple):
    """Of whom it is asked: a reader, the object his journey is about, and since when (aware)."""

    customer: Customer
    contact: Contact
    since_at: datetime
    object_kind: str = ""
    object_id: str = ""
    occasion: Mapping[str, Any] = MappingProxyType({})

    def told(self, name: str) -> Any:
        """What the event that began the journey told under this name; None when nothing."""
        return self.occasion.get("told", {}).get(name)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom is asked what, and when; `orders` are the orders journeys are about, by id."""

    subjects: Sequence[Subject]
    names: frozenset[str]
    orders: Mapping[str, Order]
    now: datetime

    @property
    def customer_ids(self) -> set[int]:
        return {each.customer.id for each in self.subjects}

    @property
    def contact_ids(self) -> set[int]:
        return {each.contact.id for each in self.subjects}

    def below(self, prefix: str) -> list[str]:
        """What follows `prefix` in the names asked for."""
        return [name.removeprefix(prefix) for name in self.names if name.startswith(prefix)]


Facts = dict[str, Any]
Kind = Callable[[Asked], list[Facts]]


def is_about(subject: Subject, kind: str, object_id: str) -> bool:
    return not subject.object_kind or (kind, object_id) == (subject.object_kind, subject.object_id)
