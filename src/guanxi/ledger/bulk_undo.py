"""Takes back what an import created, and puts back what it changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, QuerySet

from guanxi.kernel.parts import in_parts
from guanxi.ledger.bulk_orders import LineRecord, lines_of, price_again, replace_lines
from guanxi.ledger.changes import Change, digest, plain
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

MODELS: dict[str, type[models.Model]] = {
    "customer": Customer, "contact": Contact, "order": Order, "invoice": Invoice, "payment": Payment,
    "rate": ExchangeRate,
}  # fmt: skip
AT_ONCE = 500
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How much went, and how many customers stay because something else has come to hang on them since."""

    orders: int
    contacts: int
    customers: int
    customers_kept: int
    invoices: int = 0
    payments: int = 0
    rates: int = 0
    events: int = 0


@dataclass(slots=True)
class Restored:
    """How many rows of each kind are as before; `stays` says what was changed again since, and so is left alone."""

    rows: Counter[str] = field(default_factory=Counter)
    stays: list[str] = field(default_factory=list)
    stays_count: int = 0
    order_ids: list[int] = field(default_factory=list)

    def leave(self, sentence: str) -> None:
        self.stays_count += 1
        if len(self.stays) < SHOWN:
            self.stays.append(sentence)


@transaction.atomic
def withdraw_batch(*, batch: int, now: datetime | None = None) -> Withdrawn:
    """Delete the rows that the import `batch` created; put_back does the rest.

    A customer or contact to whom a later import, a person or a mail has added something stays. Orders that were priced
    by withdrawn rates are priced again when `now` is given.
    """
    events = _deleted(Event.objects.filter(batch=batch), "Event")
    OrderLine.objects.filter(order__batch=batch).delete()
    payments = _deleted(Payment.objects.filter(batch=batch), "Payment")
    invoices = _deleted(Invoice.objects.filter(batch=batch), "Invoice")
    rates = _deleted(ExchangeRate.objects.filter(batch=batch), "ExchangeRate")
    orders = _deleted(Order.objects.filter(batch=batch), "Order")
    contacts = _deleted(_without_story(Contact.objects.filter(batch=batch), "contact"), "Contact")
    ours = Customer.objects.filter(batch=batch)
    kept = ours.count()
    gone = _without_story(ours, "customer").filter(~Exists(Contact.objects.filter(customer=OuterRef("pk"))))
    customers = _deleted(gone, "Customer")
    Identity.objects.filter(batch=batch).exclude(customer__batch=batch).delete()
    if rates and now:
        price_again(now=now, everything=True)
    return Withdrawn(orders, contacts, customers, kept - customers, invoices, payments, rates, events)


def _deleted(rows: QuerySet[Any], name: str) -> int:
    return rows.delete()[1].get(f"ledger.{name}", 0)


def _without_story(rows: QuerySet[Any], name: str) -> QuerySet[Any]:
    """Those on whom no order, event, note, invoice or payment hangs any more."""
    for model in (Order, Event, Note) if name == "contact" else (Order, Event, Note, Invoice, Payment):
        rows = rows.filter(~Exists(model._default_manager.filter(**{name: OuterRef("pk")})))
    return rows


@transaction.atomic
def put_back(*, changes: Iterable[Change], now: datetime) -> Restored:
    """Give rows the values they had before; `changes` come newest first. A value changed again since stays."""
    restored = Restored()
    for chunk in in_parts(changes, AT_ONCE):
        for kind, model in MODELS.items():
            _put_rows_back(kind, model, [each for each in chunk if each.kind == kind], restored, now)
        _put_lines_back([each for each in chunk if each.kind == "lines"], restored)
    if restored.rows["rate"]:
        price_again(now=now, everything=True)
    elif restored.order_ids:
        price_again(now=now, order_ids=restored.order_ids)
    return restored


def _put_rows_back(
    kind: str, model: type[models.Model], changes: Sequence[Change], restored: Restored, now: datetime
) -> None:
    rows = model._default_manager.in_bulk([each.row_id for each in changes])
    touched: dict[int, set[str]] = {}
    for each in changes:
        row = rows.get(each.row_id)
        if row is None:  # made by the same import, or deleted since
            continue
        names = [name for name, value in each.after.items() if plain(getattr(row, name)) == value]
        for name in names:
            setattr(row, name, value_of(model, name, each.before[name]))
        if left := [name for name in each.after if name not in names]:
            restored.leave(f"{row}: {', '.join(left)} was changed again since and stays")
        if names:
            touched.setdefault(each.row_id, set()).update(names)
    for pk, fields in touched.items():
        if hasattr(rows[pk], "updated_at"):
            setattr(rows[pk], "updated_at", now)  # noqa: B010  (not every model has it)
            fields.add("updated_at")
        rows[pk].save(update_fields=sorted(fields))
    if touched:
        restored.rows[kind] += len(touched)
    if kind == "order":
        restored.order_ids += touched


def value_of(model: type[models.Model], name: str, value: Any) -> Any:
    """A kept value in the type of its column."""
    column = next(each for each in model._meta.concrete_fields if name in (each.name, each.attname))
    if column.is_relation or value is None:
        return value
    return column.to_python(value)


def _put_lines_back(changes: Sequence[Change], restored: Restored) -> None:
    known = dict(Order.objects.filter(pk__in=[each.row_id for each in changes]).values_list("pk", "number"))
    standing = lines_of(list(known))
    for each in changes:
        if each.row_id not in known:
            continue
        if digest(standing.get(each.row_id, [])) != each.after["lines"]:
            restored.leave(f"order {known[each.row_id]}: its lines were changed again since and stay")
            continue
        lines = [line_of(values) for values in each.before["lines"]]
        replace_lines({each.row_id: lines})
        standing[each.row_id] = lines
        restored.rows["lines"] += 1


def line_of(values: Sequence[Any]) -> LineRecord:
    """A line as it was kept."""
    names = LineRecord._fields
    numbers = {"quantity", "unit_price", "amount", "cost"}
    pairs = zip(names, values, strict=False)
    told: dict[str, Any] = {
        name: Decimal(value) if name in numbers and value is not None else value for name, value in pairs
    }
    return LineRecord(**told)
