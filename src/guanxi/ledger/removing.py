"""Taking away people who never became ours: they gave an address once and did nothing else."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef

from guanxi.ledger.models import Contact, Customer, Event, Invoice, Note, Order

# What is written down of somebody the moment he is entered; anything else is a story of his own.
OF_BEING_ENTERED = ("contact.created", "customer.created", "email.sent", "email.bounced")


def strangers(contact_ids: Collection[int]) -> list[int]:
    """Those of these contacts without order, note, second contact or any doing of their own."""
    doings = Event.objects.exclude(name__in=OF_BEING_ENTERED)
    colleague = Contact.objects.filter(customer=OuterRef("customer")).exclude(pk=OuterRef("pk"))
    rows = Contact.objects.filter(pk__in=contact_ids).filter(
        ~Exists(doings.filter(contact=OuterRef("pk"))),
        ~Exists(doings.filter(customer=OuterRef("customer"))),
        ~Exists(Order.objects.filter(customer=OuterRef("customer"))),
        ~Exists(Invoice.objects.filter(customer=OuterRef("customer"))),
        ~Exists(Note.objects.filter(customer=OuterRef("customer"))),
        ~Exists(colleague),
    )
    return sorted(rows.values_list("pk", flat=True))


def remove_strangers(*, contact_ids: Collection[int]) -> int:
    """Delete these contacts and the customers made for them; consent.forgetting must have let them go before."""
    return Customer.objects.filter(contacts__in=contact_ids).delete()[1].get("ledger.Contact", 0)
