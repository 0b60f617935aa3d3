"""Erases who confirmed by the mailed link that his data shall be deleted; nobody of the firm has to do it (G-08).

While an order of his is under way, notices about it must still reach him: he is erased once it has arrived. The clock
of the request goes on meanwhile, and a person of the firm may erase him at any time.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Q

from guanxi.consent import requests as consent_requests
from guanxi.ledger.models import Contact, Order
from guanxi.ledger.stages import ENDS
from guanxi.privacy import erasing

logger = logging.getLogger(__name__)

REASON = "The person asked for it and confirmed it by the link in our mail."
AT_ONCE = 20
ARRIVED = ENDS | {"quoted", "delivered"}
# An older order that still stands in an open stage is one whose end nobody entered.
LONGEST_ORDER = timedelta(days=365)


def carry_out_confirmed(*, now: datetime) -> int:
    """Erase some of those who confirmed it; returns how many. Their files follow with erasing.finish_due."""
    count = 0
    for request in consent_requests.confirmed_erasures():
        contact = request.contact
        if contact is None or orders_under_way(contact, now=now):
            continue
        try:
            erasing.erase(contact=contact, reason=REASON, now=now, via="request", at_once=False)
        except Exception:
            logger.exception("request %s could not be carried out; it is tried again", request.pk)
            continue
        count += 1
        if count == AT_ONCE:
            break
    return count


def orders_under_way(contact: Contact, *, now: datetime) -> int:
    """Orders that have not arrived, of his own, or of his firm while nobody else there has an address."""
    colleagues = Contact.objects.filter(customer=contact.customer_id, email_key__isnull=False).exclude(pk=contact.pk)
    whose = Q(contact=contact)
    if not colleagues.exists():
        whose |= Q(customer=contact.customer_id)
    orders = Order.objects.filter(whose, kind="order", placed_at__gt=now - LONGEST_ORDER)
    return orders.exclude(stage__in=ARRIVED).count()
