"""The day after an invoice fell due and nobody paid: noticed each day, told once per invoice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from guanxi.firm import queries as firm_queries
from guanxi.kernel.fetching import among
from guanxi.kernel.parts import in_parts
from guanxi.ledger import actions
from guanxi.ledger.models import Event, Invoice

NAME, ISSUED, SOURCE = "invoice.overdue", "invoice.issued", "ledger"
OPEN, OVERDUE, PAID = "open", "overdue", "paid"
# A day the program stood still is made up for; what is older was not told while it was news.
LOOKS_BACK = timedelta(days=7)
AT_ONCE = 500
DAY = timedelta(days=1)


def notice_overdue(*, now: datetime) -> int:
    """Tell of the invoices whose due day is over unpaid, each once; returns how many.

    Only of those that were on record while they were not due yet: a file of old invoices starts nothing (RD-13).
    """
    firm = firm_queries.the_firm()
    told = 0
    for some in in_parts(_fallen_due(firm.day_of(now)), AT_ONCE):
        names = {f"{NAME}:{invoice.pk}" for invoice in some}
        known = set(Event.objects.filter(source=SOURCE, message_id__in=names).values_list("message_id", flat=True))
        in_time = _known_in_time(some, firm.zone)
        fresh = [each for each in some if each.pk in in_time and f"{NAME}:{each.pk}" not in known]
        actions.record_events([
            Event(
                name=NAME, customer_id=each.customer_id, source=SOURCE, message_id=f"{NAME}:{each.pk}", recorded_at=now,
                occurred_at=min(overdue_from(each.due_on, firm.zone), now), object_kind="invoice",
                object_id=str(each.pk), properties=told_of(each),
            )
            for each in fresh
            if each.due_on
        ])  # fmt: skip
        told += len(fresh)
    return told


def state_of(invoice: Invoice, today: date) -> str:
    """How it stands at the end of that day: paid, overdue or open."""
    if invoice.paid_on and invoice.paid_on <= today:
        return PAID
    return OVERDUE if invoice.due_on and invoice.due_on < today else OPEN


def overdue_from(due_on: date, zone: ZoneInfo) -> datetime:
    """The moment at which the due day is over."""
    return datetime.combine(due_on + DAY, time(), zone)


def told_of(invoice: Invoice) -> dict[str, Any]:
    """What the event says of it."""
    return {
        "number": invoice.number, "amount": str(invoice.amount), "currency": invoice.currency,
        "due_on": invoice.due_on.isoformat() if invoice.due_on else "",
    }  # fmt: skip


def _fallen_due(today: date) -> QuerySet[Invoice]:
    unpaid = Q(paid_on__isnull=True) | Q(paid_on__gt=today)
    return Invoice.objects.filter(unpaid, due_on__lt=today, due_on__gte=today - LOOKS_BACK).order_by("id")


def _known_in_time(invoices: Sequence[Invoice], zone: ZoneInfo) -> set[int]:
    """Those whose issue was recorded before their due day was over."""
    ends = {str(each.pk): overdue_from(each.due_on, zone) for each in invoices if each.due_on}
    issued = Event.objects.filter(
        among("customer_id", {each.customer_id for each in invoices}), among("object_id", ends),
        name=ISSUED, object_kind="invoice",
    )  # fmt: skip
    return {int(number) for number, at in issued.values_list("object_id", "recorded_at") if at < ends[number]}
