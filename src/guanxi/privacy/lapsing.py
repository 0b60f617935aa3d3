"""Contacts nobody has heard of for the span the yearly letter names are erased; what they bought stays (DP-19, G-07).

An interaction is what the person or the staff did: an order, a click, a reply, a visit, a confirmation, a note. Mails
we sent are none. The clock of an imported contact begins with the import.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from guanxi.consent.models import Permission, SubjectRequest
from guanxi.consent.rules import GRANTED
from guanxi.ledger.models import Contact, Event, Note, Order
from guanxi.privacy import erasing

AT_ONCE = 200
REASON = "Nothing was heard for as long as such data are kept."
# What we did, or what a computation found.
NO_INTERACTION = (
    "email.sent", "email.opened", "email.bounced", "email.answered_by_program", "journey.", "segment.", "standing.",
    "campaign.", "moment.", "rhythm.", "purchase.", "consent.expired", "consent.paused", "market.", "review.",
    "proposal.", "customer.",
)  # fmt: skip


def lapsed(*, before: datetime) -> QuerySet[Contact]:
    """Contacts without any interaction since that moment, the oldest first."""
    ours = Q()
    for prefix in NO_INTERACTION:
        ours |= Q(name__startswith=prefix)
    heard = (
        Event.objects.filter(contact=OuterRef("pk"), occurred_at__gte=before).exclude(ours),
        Order.objects.filter(customer=OuterRef("customer"), placed_at__gte=before),
        Note.objects.filter(customer=OuterRef("customer"), happened_at__gte=before),
        Permission.objects.filter(contact=OuterRef("pk"), state=GRANTED, obtained_at__gte=before),
        SubjectRequest.objects.filter(contact=OuterRef("pk"), state="open"),
    )
    found = Contact.objects.filter(created_at__lt=before).select_related("customer")
    for each in heard:
        found = found.filter(~Exists(each))
    return found.order_by("pk")


def erase_lapsed(*, before: datetime, now: datetime) -> int:
    """Erase some of them, without barring their address: whoever comes back is welcome. Returns how many."""
    contacts = list(lapsed(before=before)[:AT_ONCE])
    for contact in contacts:
        erasing.erase(contact=contact, reason=REASON, now=now, via="retention", bars=False, at_once=False)
    return len(contacts)
