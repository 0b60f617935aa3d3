"""What can be taken out: the firm's records under headings that `guanxi import` knows again, then every other table.

Customers are named by Guanxi's own keys (ledger.identity), so that a file finds them again in this workspace; orders,
invoices and payments by the numbers of their sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Case, F, When

from guanxi.catalogue.models import Product
from guanxi.consent.models import Permission
from guanxi.kernel.sealed_field import SealedTextField
from guanxi.ledger import identity
from guanxi.ledger.models import Contact, Customer, ExchangeRate, Invoice, Order, OrderLine, Payment

ROWS_AT_ONCE = 2_000
TEXT, NUMBER, WHOLE, MOMENT, DAY, FLAG = "text", "number", "whole", "moment", "day", "flag"
Rows = Iterator[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is text, number (a Decimal), whole, moment (aware), day or flag."""

    heading: str
    kind: str = TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """One list. `is_known` says that `guanxi import` recognises it and makes the same records of it again."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[], Rows]
    count: Callable[[], int]
    is_known: bool = False


# Kinds that exist only here: a customer by Guanxi's own key, and a list of words.
OWN, WORDS = "own", "words"


def _table(name: str, rows: models.QuerySet[Any], columns: Sequence[tuple[str, str, str]]) -> Table:
    """A table of columns given as heading, kind and what to ask of the row."""
    paths: list[str] = []
    for _, kind, path in columns:
        paths.append(path)
        if kind == OWN:
            paths.append("created_at" if path == "pk" else "customer__created_at")
    kinds = [kind for _, kind, _ in columns]

    def read() -> Rows:
        for row in rows.order_by("pk").values_list(*paths).iterator(chunk_size=ROWS_AT_ONCE):
            cells = iter(row)
            yield [_cell(kind, cells) for kind in kinds]

    shown = tuple(Column(heading, TEXT if kind in (OWN, WORDS) else kind) for heading, kind, _ in columns)
    return Table(name, shown, read, rows.count, is_known=True)


def _cell(kind: str, cells: Iterator[Any]) -> Any:
    value = next(cells)
    if kind == OWN:
        return identity.own_key(value, next(cells))
    return ", ".join(value or []) if kind == WORDS else value


def records() -> list[Table]:
    """The firm's records, in the order in which they can be imported again."""
    return [
        _customers(), _contacts(), _products(), _rates(), _orders(), _lines(), _invoices(), _payments(), _permissions()
    ]  # fmt: skip


def _customers() -> Table:
    told = Case(When(country_as_given="", then=F("country")), default=F("country_as_given"))
    rows = Customer.objects.current().annotate(country_told=told)
    return _table("customers", rows, [
        ("Guanxi Customer", OWN, "pk"), ("Customer Name", TEXT, "name"), ("Customer Kind", TEXT, "kind"),
        ("Country", TEXT, "country_told"), ("Region", TEXT, "region"), ("City", TEXT, "city"),
        ("Address", TEXT, "address"), ("Website", TEXT, "domain"), ("Trade", TEXT, "trade"), ("Tags", WORDS, "tags"),
        ("Customer Since", DAY, "cooperation_since"), ("Founded On", DAY, "founded_on"),
        ("Owner", TEXT, "owner__email"), ("Country Code", TEXT, "country"),
    ])  # fmt: skip


def _contacts() -> Table:
    rows = Contact.objects.filter(customer__merged_into__isnull=True)
    return _table("contacts", rows, [
        ("Guanxi Contact", WHOLE, "pk"), ("Guanxi Customer", OWN, "customer_id"), ("E-mail", TEXT, "email"),
        ("Full Name", TEXT, "full_name"), ("Given Name", TEXT, "given_name"), ("Family Name", TEXT, "family_name"),
        ("Honorific", TEXT, "honorific"), ("Position", TEXT, "position"), ("Gender", TEXT, "gender"),
        ("Phone", TEXT, "phone"), ("Language", TEXT, "language"), ("Time Zone", TEXT, "time_zone"),
        ("Birthday", DAY, "birthday"), ("Is Primary", FLAG, "is_primary"),
    ])  # fmt: skip


def _products() -> Table:
    return _table("products", Product.objects.all(), [
        ("Guanxi Article", TEXT, "code"), ("Product Name", TEXT, "name"), ("Category", TEXT, "category"),
        ("Unit Price", NUMBER, "unit_price"), ("Cost", NUMBER, "cost"), ("Currency", TEXT, "currency"),
        ("Available", FLAG, "is_available"), ("Launch Day", DAY, "launches_on"), ("Edition", TEXT, "edition"),
    ])  # fmt: skip


def _rates() -> Table:
    return _table("rates", ExchangeRate.objects.all(), [
        ("Guanxi Rate Date", DAY, "on"), ("Currency", TEXT, "currency"), ("Into", TEXT, "into"),
        ("Rate", NUMBER, "value"), ("Source", TEXT, "source"),
    ])  # fmt: skip


def _orders() -> Table:
    return _table("orders", Order.objects.all(), [
        ("Guanxi Order", TEXT, "number"), ("Guanxi Customer", OWN, "customer_id"), ("Order Date", MOMENT, "placed_at"),
        ("Order Kind", TEXT, "kind"), ("Order Total", NUMBER, "amount"), ("Currency", TEXT, "currency"),
        ("Stage", TEXT, "stage"), ("E-mail", TEXT, "contact__email"), ("Carrier", TEXT, "carrier"),
        ("Tracking Number", TEXT, "tracking_number"), ("Ship By", DAY, "ship_by"),
        ("Delivered At", MOMENT, "delivered_at"), ("Paid At", MOMENT, "paid_at"), ("Source", TEXT, "source"),
        ("Amount Reported", NUMBER, "amount_reporting"), ("Rate", NUMBER, "rate"), ("Rate Date", DAY, "rate_on"),
    ])  # fmt: skip


def _lines() -> Table:
    return _table("order-lines", OrderLine.objects.all(), [
        ("Guanxi Line", WHOLE, "pk"), ("Guanxi Order", TEXT, "order__number"), ("Source", TEXT, "order__source"),
        ("Position", WHOLE, "position"), ("Product Code", TEXT, "product_code"), ("Product Name", TEXT, "product_name"),
        ("Category", TEXT, "category"), ("Quantity", NUMBER, "quantity"), ("Unit Price", NUMBER, "unit_price"),
        ("Line Amount", NUMBER, "amount"), ("Cost", NUMBER, "cost"), ("Custom", FLAG, "is_custom"),
    ])  # fmt: skip


def _invoices() -> Table:
    return _table("invoices", Invoice.objects.all(), [
        ("Guanxi Invoice", TEXT, "number"), ("Guanxi Customer", OWN, "customer_id"),
        ("Guanxi Order", TEXT, "order__number"), ("Issued On", DAY, "issued_on"), ("Due On", DAY, "due_on"),
        ("Paid On", DAY, "paid_on"), ("Amount", NUMBER, "amount"), ("Currency", TEXT, "currency"),
        ("Source", TEXT, "source"),
    ])  # fmt: skip


def _payments() -> Table:
    return _table("payments", Payment.objects.all(), [
        ("Guanxi Payment", TEXT, "number"), ("Guanxi Customer", OWN, "customer_id"),
        ("Guanxi Invoice", TEXT, "invoice__number"), ("Paid On", DAY, "paid_on"), ("Amount", NUMBER, "amount"),
        ("Currency", TEXT, "currency"), ("Source", TEXT, "source"),
    ])  # fmt: skip


def _permissions() -> Table:
    return _table("permissions", Permission.objects.filter(contact__email_key__isnull=False), [
        ("Guanxi Permission", WHOLE, "pk"), ("E-mail", TEXT, "contact__email"), ("Purpose", TEXT, "purpose"),
        ("State", TEXT, "state"), ("Basis", TEXT, "basis"), ("Obtained At", MOMENT, "obtained_at"),
        ("Where It Was Given", TEXT, "source"), ("Method", TEXT, "method"), ("Wording", TEXT, "wording"),
        ("Channel", TEXT, "channel"), ("Expires At", MOMENT, "expires_at"),
    ])  # fmt: skip


# Every other table

# Rows of machines, and what would open a door.
LEFT_OUT = frozenset({
    "pipeline_heartbeat", "pipeline_keptanswer", "pipeline_export", "staff_apitoken", "staff_invitation",
})  # fmt: skip
SECRETS = ("password", "hash", "secret", "sealed", "token", "prefix", "access_epoch")
SHOWN = (
    ("ledger", "event"), ("ledger", "note"), ("ledger", "trait"), ("ledger", "referral"), ("tiering", "standing"),
    ("tiering", "standingchange"), ("outbox", "message"), ("journeys", "enrolment"), ("consent", "suppression"),
)  # fmt: skip
RECORDS = {Customer, Contact, Product, ExchangeRate, Order, OrderLine, Invoice, Payment}
AUDIT = "staff_auditentry"
KINDS: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (models.BooleanField, FLAG), (models.DateTimeField, MOMENT), (models.DateField, DAY), (models.DecimalField, NUMBER),
    (models.IntegerField, WHOLE), (models.ForeignKey, WHOLE),
)  # fmt: skip


def others(*, with_audit: bool) -> list[Table]:
    """All further tables of all rooms, column by column as they stand, without secrets.

    Their headings carry the table's name, so that an import never takes them for a list of customers or orders.
    """
    rooms = (model for model in apps.get_models() if model.__module__.startswith("guanxi."))
    tables = [
        _whole(model, f"{model._meta.db_table}.") for model in rooms
        if model._meta.db_table not in LEFT_OUT and model not in RECORDS
        and (with_audit or model._meta.db_table != AUDIT)
    ]  # fmt: skip
    return sorted(tables, key=lambda each: each.name)


def _whole(model: type[models.Model], prefix: str = "") -> Table:
    fields = [each for each in model._meta.concrete_fields if not is_secret(each)]
    columns = tuple(Column(f"{prefix}{each.attname}", _kind(each)) for each in fields)

    def read() -> Rows:
        rows = model._base_manager.order_by("pk").values_list(*(each.attname for each in fields))
        yield from rows.iterator(chunk_size=ROWS_AT_ONCE)

    def read_sealed() -> Rows:
        for row in model._base_manager.order_by("pk").iterator(chunk_size=ROWS_AT_ONCE):
            yield [getattr(row, each.attname) for each in fields]

    read = read_sealed if any(isinstance(each, SealedTextField) for each in fields) else read
    return Table(model._meta.db_table, columns, read, model._base_manager.count)


def is_secret(field: models.Field[Any, Any]) -> bool:
    """Whether the column opens a door or tells about what does (RS-42)."""
    if isinstance(field, SealedTextField):
        return field.is_secret
    return any(word in field.name for word in SECRETS)


def _kind(field: models.Field[Any, Any]) -> str:
    if isinstance(field, models.ForeignKey) and not isinstance(field.target_field, models.IntegerField):
        return TEXT
    return next((kind for of, kind in KINDS if isinstance(field, of)), TEXT)


def lists() -> list[Table]:
    """The lists one takes out one by one: the records, and those of the other rooms people look at."""
    shown = {f"{room}_{name}" for room, name in SHOWN}
    rest = [_whole(model) for model in apps.get_models() if model._meta.db_table in shown]
    return [*records(), *sorted(rest, key=lambda each: each.name)]
