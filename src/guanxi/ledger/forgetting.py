"""A person goes, what he bought stays (RL-10)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from guanxi.ledger.models import Contact, Customer, Order

NAMELESS = "Erased customer"
NOTHING: dict[str, object] = {
    "country_as_given": "", "region": "", "city": "", "address": "", "domain": "", "tags": [], "fields": {},
    "founded_on": None,
}  # fmt: skip


@transaction.atomic
def forget_contact(*, contact: Contact, now: datetime) -> dict[str, int]:
    """Delete the contact and, by their keys, the rows of every room that hang on him; returns how many by table.

    The permissions must have gone before (consent.forgetting), since the database lets none go with a contact.
    """
    Customer.objects.filter(pk=contact.customer_id).update(updated_at=now)
    return contact.delete()[1]


@transaction.atomic
def forget_customer(*, customer_ids: Collection[int], now: datetime) -> None:
    """Leave of these customers a country and what they bought, without a name."""
    for customer in Customer.objects.filter(pk__in=customer_ids):
        Customer.objects.filter(pk=customer.pk).update(name=f"{NAMELESS} {customer.pk}", updated_at=now, **NOTHING)
    orders = Order.objects.filter(customer_id__in=customer_ids)
    orders.update(tracking_number="", tracking_url="", fields={}, updated_at=now)
