"""Invoices, payments, events, rates, products and consents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.catalogue import actions as catalogue_actions
from guanxi.consent import actions as consent_actions
from guanxi.consent.channels import CHANNELS
from guanxi.consent.rules import PURPOSES, STATES
from guanxi.consent.statements import Proof, Statement
from guanxi.intake.fields import STATE_WORDS
from guanxi.intake.load_parties import load_contacts, load_customers
from guanxi.intake.load_permissions import BASES, basis_in, channel_in
from guanxi.intake.loading import Loading, day, number, rows_of
from guanxi.kernel.parts import in_parts
from guanxi.ledger import bulk, bulk_money
from guanxi.ledger.bulk_money import EventRecord, InvoiceRecord, PaymentRecord, RateRecord
from guanxi.ledger.changes import changed
from guanxi.ledger.models import Contact, Invoice, Order


def load_invoices(loading: Loading, table: pa.Table) -> None:
    orders = bulk_money.numbers_to_ids(Order, loading.batch.source, _numbers(table, "order_number"))
    buyers = _buyers(loading, table)

    def records() -> Iterator[InvoiceRecord]:
        for row, customer_id, order_id in _owned(loading, table, buyers, orders, "order_number"):
            yield InvoiceRecord(
                number=row["invoice_number"], customer_id=customer_id, order_id=order_id,
                issued_on=row["issued_on"].date(), due_on=day(row, "due_on"), paid_on=day(row, "paid_on"),
                currency=loading.currency_of(row), amount=row["amount"],
            )  # fmt: skip

    loading.tally.count(bulk_money.record_invoices(loading.batch, records()))
    loading.progress("invoices", len(table), len(table))


def load_payments(loading: Loading, table: pa.Table) -> None:
    invoices = bulk_money.numbers_to_ids(Invoice, loading.batch.source, _numbers(table, "invoice_number"))
    orders = bulk_money.numbers_to_ids(Order, loading.batch.source, _numbers(table, "order_number"))
    buyers = _buyers(loading, table)
    paid: dict[int, tuple[Decimal, date]] = {}

    def records() -> Iterator[PaymentRecord]:
        for row, customer_id, invoice_id in _owned(loading, table, buyers, invoices, "invoice_number", orders):
            order_id, _ = orders.get(row.get("order_number") or "", (None, None))
            if order_id is not None:
                before, day_before = paid.get(order_id, (Decimal(0), row["paid_on"].date()))
                paid[order_id] = (before + row["amount"], max(day_before, row["paid_on"].date()))
            paid_on = row["paid_on"].date()
            told = row.get("payment_number") or _digest(customer_id, paid_on, row["amount"], row.get("invoice_number"))
            # Two customers may write the same cheque number.
            yield PaymentRecord(
                number=told if row.get("record_source") else f"{row.get('buyer') or customer_id}/{told}",
                customer_id=customer_id, invoice_id=invoice_id, paid_on=paid_on, currency=loading.currency_of(row),
                amount=row["amount"],
            )  # fmt: skip

    loading.tally.count(bulk_money.record_payments(loading.batch, records()))
    bulk_money.pay_orders(loading.batch, paid)
    loading.progress("payments", len(table), len(table))


def _numbers(table: pa.Table, name: str) -> list[str]:
    return [each for each in table[name].unique().to_pylist() if each] if name in table.column_names else []


def _buyers(loading: Loading, table: pa.Table) -> dict[str, int]:
    if "buyer" not in table.column_names:
        return {}
    named = table.filter(pc.is_valid(table["buyer"]))
    return load_customers(loading, named, update=False) if len(named) else {}


def _owned(
    loading: Loading,
    table: pa.Table,
    buyers: Mapping[str, int],
    known: Mapping[str, tuple[int, int]],
    name: str,
    orders: Mapping[str, tuple[int, int]] | None = None,
) -> Iterator[tuple[dict[str, Any], int, int | None]]:
    """Rows with the customer they belong to and the record they name, if it is known; an order may tell him too."""
    for rows in rows_of(table):
        for row in rows:
            found, owner = known.get(row.get(name) or "", (None, None))
            _, buyer_of_order = (orders or {}).get(row.get("order_number") or "", (None, None))
            customer_id = buyers.get(row.get("buyer") or "") or owner or buyer_of_order
            if customer_id is None:
                loading.reject(row["row"], name, f"names no customer and no known {name.replace('_', ' ')}")
            else:
                yield row, customer_id, found


def load_events(loading: Loading, table: pa.Table) -> None:
    """Foreign events, under the name they come with; those of nobody known are refused."""
    customers = bulk.known_customers_in_chunks(loading.batch.source, _numbers(table, "customer"))
    contacts = _contacts_by_email(_numbers(table, "email"))

    def records() -> Iterator[EventRecord]:
        for rows in rows_of(table):
            for row in rows:
                contact_id, owner = contacts.get(row.get("email") or "", (None, None))
                customer_id = owner or customers.get(row.get("customer") or "")
                if customer_id is None:
                    loading.reject(
                        row["row"], "customer" if "customer" in row else "email", "no such customer is known"
                    )
                    continue
                occurred_at = loading.moment(row, "occurred_at")
                assert occurred_at is not None
                yield EventRecord(
                    name=row["event"], occurred_at=occurred_at, customer_id=customer_id, contact_id=contact_id,
                    message_id=row.get("message_id") or _digest(row["event"], occurred_at, customer_id, contact_id),
                )  # fmt: skip

    loading.tally.count(bulk_money.record_foreign_events(loading.batch, records()))
    loading.progress("events", len(table), len(table))


def _contacts_by_email(emails: Iterable[str]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for chunk in in_parts(emails, bulk.LOOKED_UP_AT_ONCE):
        for email, pk, customer_id in Contact.objects.filter(email_key__in=chunk).values_list(
            "email_key", "id", "customer_id"
        ):
            found[str(email)] = (pk, customer_id)
    return found


def load_rates(loading: Loading, table: pa.Table) -> None:
    """Rates per day; a rate that names no second currency is against the euro in a wide table, else the firm's own."""
    is_wide = loading.plan.is_wide

    def records() -> Iterator[RateRecord]:
        for rows in rows_of(table):
            for row in rows:
                told, into = row["rate_currency"], row.get("rate_into") or ""
                # A central bank's table says how many units of each currency one euro buys.
                currency, into = ("EUR", told) if is_wide else (told, into or loading.currency)
                if number(row, "rate") <= 0 or currency == into:
                    loading.reject(row["row"], "rate", "a rate must be above zero and between two currencies")
                    continue
                yield RateRecord(currency=currency, into=into, on=row["rate_on"].date(), value=row["rate"])

    outcome, pricing = bulk_money.record_rates(loading.batch, records())
    loading.tally.count(outcome)
    loading.note_rates(pricing)
    loading.progress("rates", len(table), len(table))


def load_products(loading: Loading, table: pa.Table) -> None:
    names = ("product_name", "category", "unit_price", "cost", "is_available", "launches_on", "edition")

    def records() -> Iterator[catalogue_actions.ProductRecord]:
        for rows in rows_of(table):
            for row in rows:
                fields = {name.removeprefix("product_"): row[name] for name in names if row.get(name) is not None}
                if "launches_on" in fields:
                    fields["launches_on"] = fields["launches_on"].date()
                if "unit_price" in fields or "cost" in fields:
                    fields["currency"] = loading.currency_of(row)
                yield catalogue_actions.ProductRecord(row.get("product_code") or row["product_name"], fields)

    def keep(product_id: int, code: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        loading.batch.keep(changed("product", product_id, code, before, after))

    created, updated = catalogue_actions.record_products(records=records(), batch=loading.batch.id, keep=keep)
    loading.tally.others_created += created
    loading.tally.updated += updated
    loading.progress("products", len(table), len(table))


def load_consents(loading: Loading, table: pa.Table) -> None:
    """Permissions with their evidence; a row without source or basis was refused before (RL-07)."""
    if "buyer" in table.column_names and loading.plan.mapping.has_any("customer", "customer_name"):
        load_contacts(loading, table, load_customers(loading, table, update=False), update=False)
    contacts = _contacts_by_email(_numbers(table, "email"))
    for rows in rows_of(table):
        statements = [each for row in rows if (each := _statement(loading, row, contacts))]
        loading.tally.others_created += _granted(loading, statements)
    loading.progress("consents", len(table), len(table))


def _granted(loading: Loading, statements: Sequence[Statement]) -> int:
    return consent_actions.grant_many(
        rows=statements, now=loading.batch.now, batch=loading.batch.id, historical=loading.batch.is_historical
    )


def _statement(loading: Loading, row: dict[str, Any], contacts: Mapping[str, tuple[int, int]]) -> Statement | None:
    found = contacts.get(row["email"])
    state, obtained_at = STATE_WORDS.get(row["state"], row["state"]), loading.moment(row, "obtained_at")
    channel = channel_in(row)
    problems = (
        ("email", "no contact has this address; import the contacts first", found is None),
        ("purpose", f"is none of {', '.join(PURPOSES)}", row["purpose"] not in PURPOSES),
        ("basis", f"is none of {', '.join(sorted(BASES))}", basis_in(row) not in BASES),
        ("state", f"is none of {', '.join(STATES)}", state not in STATES),
        ("channel", f"is none of {', '.join(CHANNELS)}", channel not in CHANNELS),
        ("obtained_at", "lies in the future", obtained_at is None or obtained_at > loading.batch.now),
    )
    for field, reason, is_wrong in problems:
        if is_wrong:
            loading.reject(row["row"], field, reason)
            return None
    assert found is not None
    assert obtained_at is not None
    proof = Proof(
        method=row.get("method") or "import", basis=basis_in(row), source=row["consent_source"],
        wording=row.get("wording") or "", evidence={"import": loading.batch.id, "row": row["row"]},
    )  # fmt: skip
    return Statement(
        contact_id=found[0], customer_id=found[1], purpose=row["purpose"], state=state,
        obtained_at=obtained_at.astimezone(UTC), proof=proof, channel=channel,
    )  # fmt: skip


def _digest(*content: object) -> str:
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:24]
