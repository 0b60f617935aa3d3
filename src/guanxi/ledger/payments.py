"""A payment reported by a shop or by the books, one at a time; whole files go through bulk_money.py."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from guanxi.firm.queries import the_firm
from guanxi.ledger.actions import record_event
from guanxi.ledger.models import Customer, Invoice, Payment


def record_payment(
    *,
    customer: Customer,
    invoice_number: str,
    now: datetime,
    source: str,
    paid_at: datetime | None = None,
    amount: Decimal | None = None,
    number: str = "",
    historical: bool = False,
) -> Invoice | None:
    """The payment of an invoice: in full when no amount is given, else once the payments reach its amount.

    The invoice paid in full gets its day and the event invoice.paid. None when the customer has no such invoice.
    """
    day = the_firm().day_of(paid_at or now)
    with transaction.atomic():
        invoices = Invoice.objects.select_for_update().filter(customer=customer, number=invoice_number)
        invoice = invoices.order_by("id").first()
        if invoice is None or invoice.paid_on:
            return invoice
        paid = Payment.objects.filter(invoice=invoice, currency=invoice.currency).aggregate(sum=Sum("amount"))["sum"]
        known = paid or Decimal(0)
        part = invoice.amount - known if amount is None else amount
        Payment.objects.get_or_create(
            source=source, number=number or f"{invoice_number}/{day.isoformat()}",
            defaults={
                "customer": customer, "invoice": invoice, "paid_on": day, "currency": invoice.currency, "amount": part,
            },
        )  # fmt: skip
        if known + part >= invoice.amount:
            invoice.paid_on = day
            invoice.save(update_fields=["paid_on"])
            record_event(
                name="invoice.paid", occurred_at=paid_at or now, now=now, source=source, customer=customer,
                object_kind="invoice", object_id=str(invoice.pk), historical=historical,
                properties={
                    "number": invoice.number, "amount": str(invoice.amount), "currency": invoice.currency,
                },
            )  # fmt: skip
    return invoice
