"""Whole files of invoices, payments, exchange rates and foreign events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from guanxi.firm.queries import the_firm
from guanxi.kernel.bulk import insert_rows, update_rows
from guanxi.kernel.parts import in_parts
from guanxi.ledger.bulk import LOOKED_UP_AT_ONCE, Batch, Outcome, insert_events, short_key
from guanxi.ledger.bulk_orders import NUMBER_LENGTH, Pricing, price_again
from guanxi.ledger.changes import Conflict, changed, plain
from guanxi.ledger.models import Event, ExchangeRate, Invoice, Order, Payment


@dataclass(frozen=True, slots=True)
class InvoiceRecord:
    number: str
    customer_id: int
    issued_on: date
    currency: str
    amount: Decimal
    order_id: int | None = None
    due_on: date | None = None
    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    number: str
    customer_id: int
    paid_on: date
    currency: str
    amount: Decimal
    invoice_id: int | None = None


@dataclass(frozen=True, slots=True)
class RateRecord:
    """One unit of `currency` was worth `value` units of `into` on the day `on`."""

    currency: str
    into: str
    on: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class EventRecord:
    name: str
    occurred_at: datetime
    message_id: str
    customer_id: int | None = None
    contact_id: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


def record_invoices(batch: Batch, records: Iterable[InvoiceRecord]) -> Outcome:
    """Create new invoices, with invoice.issued and invoice.paid, and write what changed on known ones."""
    outcome = _record_numbered(batch, Invoice, records)
    news = Invoice.objects.filter(batch=batch.id, source=batch.source, pk__in=outcome.created_ids)
    for invoice in news.filter(paid_on__isnull=False, order__paid_at__isnull=True, order__isnull=False):
        _pay(batch, invoice)
    insert_events(batch, (event for invoice in news for event in _invoice_events(invoice)))
    return outcome


def _invoice_events(invoice: Invoice) -> Iterable[dict[str, Any]]:
    about = {
        "customer_id": invoice.customer_id, "object_kind": "invoice", "object_id": str(invoice.pk),
        "properties": {"number": invoice.number, "amount": str(invoice.amount), "currency": invoice.currency},
    }  # fmt: skip
    yield {**about, "name": "invoice.issued", "occurred_at": _midday(invoice.issued_on)}
    if invoice.paid_on:
        yield {**about, "name": "invoice.paid", "occurred_at": _midday(invoice.paid_on)}


def _midday(day: date) -> datetime:
    """Noon in UTC, so that the day is the same day in nearly every time zone."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def record_payments(batch: Batch, records: Iterable[PaymentRecord]) -> Outcome:
    """Create new payments and write what changed on known ones; an invoice paid in full gets its day."""
    outcome = _record_numbered(batch, Payment, records)
    _settle_invoices(batch, outcome.created_ids)
    return outcome


def _settle_invoices(batch: Batch, payment_ids: Sequence[int]) -> None:
    touched = Payment.objects.filter(pk__in=payment_ids, invoice__isnull=False).values("invoice_id")
    for invoice in Invoice.objects.filter(pk__in=touched, paid_on__isnull=True).prefetch_related("payments"):
        payments = [each for each in invoice.payments.all() if each.currency == invoice.currency]
        if payments and sum(each.amount for each in payments) >= invoice.amount:
            invoice.paid_on = max(each.paid_on for each in payments)
            batch.keep(changed("invoice", invoice.pk, invoice.number, {"paid_on": None}, {"paid_on": invoice.paid_on}))
            invoice.save(update_fields=["paid_on"])
            _pay(batch, invoice)
            insert_events(batch, [each for each in _invoice_events(invoice) if each["name"] == "invoice.paid"])


def _pay(batch: Batch, invoice: Invoice) -> None:
    """The order of a bill paid in full is paid from that day on."""
    if invoice.order_id and invoice.paid_on:
        pay_orders(batch, {invoice.order_id: (invoice.amount, invoice.paid_on)}, is_settled=True)


def pay_orders(batch: Batch, paid: Mapping[int, tuple[Decimal, date]], *, is_settled: bool = False) -> None:
    """Orders of which so much was paid, the last of it on that day: those paid in full are paid from that day on.

    With `is_settled` a bill says so, whatever the order's amount without freight and tax is.
    """
    for ids in in_parts(paid, LOOKED_UP_AT_ONCE):
        waiting = Order.objects.filter(pk__in=ids, paid_at__isnull=True).values_list("id", "number", "amount")
        rows = []
        for pk, number, amount in waiting:
            if is_settled or paid[pk][0] >= amount:
                rows.append((pk, _midday(paid[pk][1])))
                batch.keep(changed("order", pk, number, {"paid_at": None}, {"paid_at": rows[-1][1]}))
        update_rows(Order, ("paid_at",), rows)


def _record_numbered(
    batch: Batch, model: type[Invoice] | type[Payment], records: Iterable[InvoiceRecord | PaymentRecord]
) -> Outcome:
    outcome = Outcome()
    for chunk in in_parts(records, LOOKED_UP_AT_ONCE):
        by_number = {short_key(record.number, NUMBER_LENGTH): record for record in chunk}
        known = {row.number: row for row in model.objects.filter(source=batch.source, number__in=list(by_number))}
        fresh = {number: record for number, record in by_number.items() if number not in known}
        for number, row in known.items():
            _bring_up_to_date(batch, model, row, asdict(by_number[number]), outcome)
        names = [name for name in asdict(chunk[0]) if name != "number"]
        insert_rows(model, ("number", *names, "source", "batch"), (
            (number, *(getattr(record, name) for name in names), batch.source, batch.id)
            for number, record in fresh.items()
        ))  # fmt: skip
        ids = model.objects.filter(source=batch.source, number__in=list(fresh)).values_list("id", flat=True)
        outcome.created_ids += ids
        outcome.created += len(fresh)
    return outcome


def _bring_up_to_date(
    batch: Batch, model: type[Invoice] | type[Payment], row: Invoice | Payment, wanted: dict[str, Any], outcome: Outcome
) -> None:
    if row.customer_id != wanted.pop("customer_id"):
        outcome.conflicts.append(
            Conflict(f"{row.number} belongs to another customer already", row.number, "customer", str(row.customer), "")
        )
        return
    wanted.pop("number")
    changes = {name: each for name, each in wanted.items() if each is not None and getattr(row, name) != each}
    if changes:
        if "amount" in changes:
            ours, theirs = (f"{plain(each)} {row.currency}" for each in (row.amount, changes["amount"]))
            sentence = f"{row.number} was {ours} and is {theirs} in the file"
            outcome.conflicts.append(Conflict(sentence, row.number, "amount", ours, theirs, "taken"))
        before = {name: getattr(row, name) for name in changes}
        batch.keep(changed(model.__name__.lower(), row.pk, row.number, before, changes))
        update_rows(model, tuple(changes), [(row.pk, *changes.values())])
        outcome.updated += 1


def record_rates(batch: Batch, records: Iterable[RateRecord]) -> tuple[Outcome, Pricing]:
    """Keep the rates, and what follows from them for the reporting currency; then price orders that had none.

    A table against one base (the ECB's: everything per euro) is crossed: USD into CNY is EUR into CNY by EUR into USD.
    """
    outcome = Outcome()
    into = the_firm().reporting_currency
    days: dict[tuple[date, str], dict[str, Decimal]] = {}
    for record in records:
        if record.value > 0:
            days.setdefault((record.on, record.currency), {})[record.into] = record.value
    rows: dict[tuple[str, str, date], Decimal] = {}
    for (on, base), values in days.items():
        for quoted, value in values.items():
            rows[(base, quoted, on)] = value
        if base == into:
            rows |= {(quoted, into, on): _rounded(1 / value) for quoted, value in values.items()}
        elif into in values:
            rows |= {
                (quoted, into, on): _rounded(values[into] / value) for quoted, value in values.items() if quoted != into
            }
    for chunk in in_parts(rows.items(), LOOKED_UP_AT_ONCE):
        _keep_rates(batch, dict(chunk), outcome)
    return outcome, price_again(now=batch.now)


def _rounded(value: Decimal) -> Decimal:
    return round(value, 10)


def _keep_rates(batch: Batch, rows: Mapping[tuple[str, str, date], Decimal], outcome: Outcome) -> None:
    standing = {
        (rate.currency, rate.into, rate.on): rate
        for rate in ExchangeRate.objects.filter(on__in={on for _, _, on in rows})
    }
    fresh = {key: value for key, value in rows.items() if key not in standing}
    rewritten = [(standing[key], value) for key, value in rows.items()
                 if key in standing and standing[key].value != value]  # fmt: skip
    for rate, value in rewritten:
        batch.keep(changed("rate", rate.pk, f"{rate.currency} {rate.on}", {"value": rate.value}, {"value": value}))
    insert_rows(ExchangeRate, ("currency", "into", "on", "value", "source", "batch"), (
        (*key, value, batch.source, batch.id) for key, value in fresh.items()
    ))  # fmt: skip
    update_rows(ExchangeRate, ("value",), ((rate.pk, value) for rate, value in rewritten))
    outcome.created += len(fresh)
    outcome.updated += len(rewritten)


def record_foreign_events(batch: Batch, records: Iterable[EventRecord]) -> Outcome:
    """Append events that this source has not sent before (RD-12)."""
    outcome = Outcome()
    for chunk in in_parts(records, LOOKED_UP_AT_ONCE):
        by_id = {short_key(record.message_id, 200): record for record in chunk}
        known = set(
            Event.objects.filter(source=batch.source, message_id__in=list(by_id)).values_list("message_id", flat=True)
        )
        outcome.created += insert_events(batch, (
            {"name": record.name[:80], "occurred_at": record.occurred_at, "message_id": message_id,
             "customer_id": record.customer_id, "contact_id": record.contact_id, "properties": record.properties}
            for message_id, record in by_id.items() if message_id not in known
        ))  # fmt: skip
    return outcome


def numbers_to_ids(
    model: type[Order] | type[Invoice], source: str, numbers: Iterable[str]
) -> dict[str, tuple[int, int]]:
    """Number to (id, customer id) of what `source` has recorded."""
    found: dict[str, tuple[int, int]] = {}
    for chunk in in_parts(set(numbers), LOOKED_UP_AT_ONCE):
        short = {short_key(number, NUMBER_LENGTH): number for number in chunk}
        rows = model.objects.filter(source=source, number__in=list(short)).values_list("number", "id", "customer_id")
        found |= {short[number]: (pk, customer_id) for number, pk, customer_id in rows}
    return found
