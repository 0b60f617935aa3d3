"""Takes back what an import created."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from guanxi.ledger.models import (
    Contact,
    Customer,
    Event,
    ExchangeRate,
    Identity,
    Invoice,
    Note,
    Order,
    OrderLine,
    Payment,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How much went, and how many customers stay because something else has come to hang on them since."""

    orders: int
    contacts: int
    customers: int
    customers_kept: int


@transaction.atomic
def withdraw_batch(*, batch: int) -> Withdrawn:
    """Delete the rows that the import `batch` created; what it changed on older rows stays as it is now.

    A customer or contact to whom a later import, a person or a mail has added something stays.
    """
    Event.objects.filter(batch=batch).delete()
    OrderLine.objects.filter(order__batch=batch).delete()
    Payment.objects.filter(batch=batch).delete()
    Invoice.objects.filter(batch=batch).delete()
    ExchangeRate.objects.filter(batch=batch).delete()
    orders = Order.objects.filter(batch=batch).delete()[1].get("ledger.Order", 0)
    contacts = _without_story(Contact.objects.filter(batch=batch), "contact").delete()[1].get("ledger.Contact", 0)
    ours = Customer.objects.filter(batch=batch)
    kept = ours.count()
    gone = _without_story(ours, "customer").filter(~Exists(Contact.objects.filter(customer=OuterRef("pk"))))
    customers = gone.delete()[1].get("ledger.Customer", 0)
    Identity.objects.filter(batch=batch).exclude(customer__batch=batch).delete()
    return Withdrawn(orders, contacts, customers, kept - customers)


def _without_story(rows: QuerySet[Any], name: str) -> QuerySet[Any]:
    """Those on whom no order, event, note, invoice or payment hangs any more."""
    for model in (Order, Event, Note) if name == "contact" else (Order, Event, Note, Invoice, Payment):
        rows = rows.filter(~Exists(model._default_manager.filter(**{name: OuterRef("pk")})))
    return rows
