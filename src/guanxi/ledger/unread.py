"""Events as the pulse claims them: with customer and contact, hundreds at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from django.db.models import Model, QuerySet

from guanxi.kernel.fetching import fetched
from guanxi.kernel.instances import made
from guanxi.ledger.models import Contact, Customer, Event


def _columns_of(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


OF_EVENT, OF_CUSTOMER, OF_CONTACT = map(_columns_of, (Event, Customer, Contact))
COLUMNS = (*OF_EVENT, *(f"customer__{name}" for name in OF_CUSTOMER), *(f"contact__{name}" for name in OF_CONTACT))
TO_CUSTOMER, TO_CONTACT = accumulate((len(OF_EVENT), len(OF_CUSTOMER)))


def events_of(rows: QuerySet[Event]) -> list[Event]:
    """These events with all that is known of customer and contact, in half the time that select_related takes."""
    return [_event(row) for row in fetched(rows, COLUMNS)]


def _event(row: Sequence[Any]) -> Event:
    related: dict[str, Model] = {}
    if row[TO_CUSTOMER] is not None:
        related["customer"] = made(Customer, OF_CUSTOMER, row[TO_CUSTOMER:TO_CONTACT])
    if row[TO_CONTACT] is not None:
        related["contact"] = made(Contact, OF_CONTACT, row[TO_CONTACT:])
    return made(Event, OF_EVENT, row[:TO_CUSTOMER], **related)
