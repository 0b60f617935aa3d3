"""Whole files of customers and contacts. Orders are in bulk_orders.py, money in bulk_money.py, undoing in bulk_undo.py.

Call inside one transaction per file: half a file must never be seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db import models

from guanxi.kernel.bulk import insert_rows, reserve_ids, update_rows
from guanxi.kernel.parts import in_parts
from guanxi.ledger import identity
from guanxi.ledger.changes import Conflict, Keep, changed, forget
from guanxi.ledger.identity import firm_domain
from guanxi.ledger.models import Contact, Customer, Event, Identity

LOOKED_UP_AT_ONCE = 500
EXAMPLES = 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch:
    """The import that writes: `id` is the run's, `is_historical` keeps its events from starting journeys (RD-13).

    `keep` is told of every known row before it is changed. With `adds_lines` the lines of a known order are added to
    those it has, as for a row that was refused at first.
    """

    id: int
    source: str
    now: datetime
    is_historical: bool = True
    keep: Keep = forget
    adds_lines: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of the records: ids by their keys, and counts; `examples` name the first new ones."""

    ids: dict[str, int] = field(default_factory=dict)
    created: int = 0
    updated: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    created_ids: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def show(self, names: Iterable[str]) -> None:
        """Keep the first names as examples of what is new."""
        self.examples += islice(names, max(EXAMPLES - len(self.examples), 0))


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer as a source names him: `key` is his number there; `fields` hold what the source says of him."""

    key: str
    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    email_key: str = ""
    is_named: bool = True  # False: `name` was made up and never replaces another


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A contact of a known customer; without `email_key` he is told apart by his name."""

    customer_id: int
    email_key: str = ""
    email: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


CUSTOMER_FIELDS = (
    "kind", "country", "country_as_given", "region", "city", "address", "domain", "trade", "tags", "fields",
    "cooperation_since", "founded_on",
)  # fmt: skip
CONTACT_FIELDS = (
    "given_name", "family_name", "full_name", "honorific", "position", "gender", "phone", "language", "country",
    "city", "time_zone", "birthday", "fields",
)  # fmt: skip
EMPTY: dict[str, Any] = {
    "kind": "unknown", "tags": [], "fields": {}, "cooperation_since": None, "founded_on": None, "birthday": None,
}  # fmt: skip
NAME_OF_CONTACT = ("full_name", "given_name", "family_name")


def record_customers(batch: Batch, records: Iterable[CustomerRecord], *, update: bool) -> Outcome:
    """Create the customers this source has not named before; change the others when `update` is asked.

    A customer is found by his number at this source, else by a contact with the same e-mail address.
    """
    outcome = Outcome()
    for chunk in in_parts(records, LOOKED_UP_AT_ONCE):
        _record_customers(batch, chunk, update, outcome)
    return outcome


def _record_customers(batch: Batch, records: Sequence[CustomerRecord], update: bool, outcome: Outcome) -> None:
    known = known_customers(batch.source, [record.key for record in records])
    by_email = _customers_by_email({record.email_key for record in records if record.key not in known} - {""})
    joined = {
        record.key: by_email[record.email_key]
        for record in records
        if record.key not in known and record.email_key in by_email
    }
    fresh = {record.key: record for record in records if record.key not in known and record.key not in joined}
    ids = dict(zip(fresh, reserve_ids(Customer, len(fresh)), strict=True))
    _insert_customers(batch, fresh, ids)
    _insert_identities(batch, ids | joined)
    outcome.ids |= known | joined | ids
    outcome.created += len(ids)
    outcome.created_ids += ids.values()
    outcome.show(record.name for record in fresh.values())
    if update:
        wanted = {known.get(record.key) or joined.get(record.key): record for record in records}
        changes: dict[int | None, dict[str, Any]] = {
            key: {**({"name": record.name} if record.is_named else {}), **record.fields}
            for key, record in wanted.items()
            if key
        }
        outcome.conflicts += _other_countries(changes)
        outcome.updated += _update(batch, Customer, changes)


def _other_countries(changes: Mapping[int | None, Mapping[str, Any]]) -> Iterable[Conflict]:
    """Customers whom the file puts into another country than the one known."""
    named = {key: each["country"] for key, each in changes.items() if each.get("country")}
    for pk, name, country in Customer.objects.filter(pk__in=[key for key in named if key]).values_list(
        "id", "name", "country"
    ):
        if country and country != named[pk]:
            yield Conflict(
                f"{name} is in {country} so far and in {named[pk]} in the file", name, "country", country, named[pk],
                "taken",
            )  # fmt: skip


def known_customers(source: str, keys: Sequence[str]) -> dict[str, int]:
    """Ids of the customers that `source` knows under these numbers; a merged one is the one he went into."""
    short = {short_key(key, 200): key for key in keys}
    rows = Identity.objects.filter(source=source, kind="customer", value__in=list(short)).values_list(
        "value", "customer_id", "customer__merged_into_id"
    )
    found = {short[value]: merged or customer for value, customer, merged in rows}
    own = {key: pk for key in keys if key not in found and (pk := identity.id_in(key))}
    return found | _own_customers(own) if own else found


def _own_customers(ids: Mapping[str, int]) -> dict[str, int]:
    """Customers named by Guanxi's own keys: those of this workspace, else those that came in under the key before."""
    rows = Customer.objects.filter(pk__in=set(ids.values())).values_list("id", "created_at", "merged_into_id")
    by_key = {identity.own_key(pk, created_at): merged or pk for pk, created_at, merged in rows}
    found = {key: by_key[key] for key in ids if key in by_key}
    moved = Identity.objects.filter(
        source=identity.OWN_SOURCE, kind="customer", value__in=[key for key in ids if key not in found]
    )
    return found | dict(moved.values_list("value", "customer_id"))


def known_customers_in_chunks(source: str, keys: Iterable[str]) -> dict[str, int]:
    """As known_customers, for any number of keys."""
    found: dict[str, int] = {}
    for chunk in in_parts(keys, LOOKED_UP_AT_ONCE):
        found |= known_customers(source, chunk)
    return found


def _customers_by_email(email_keys: set[str]) -> dict[str, int]:
    rows = Contact.objects.filter(email_key__in=list(email_keys)).values_list("email_key", "customer_id")
    return {key: customer_id for key, customer_id in rows if key}


def _insert_customers(batch: Batch, records: Mapping[str, CustomerRecord], ids: Mapping[str, int]) -> None:
    cut = Cutter(Customer)
    columns = ("id", "name", *CUSTOMER_FIELDS, "is_blocked", "source", "batch", "created_at", "updated_at")
    insert_rows(Customer, columns, (
        (ids[key], cut("name", record.name), *_values(cut, CUSTOMER_FIELDS, record.fields), False,
         batch.source, batch.id, batch.now, batch.now)
        for key, record in records.items()
    ))  # fmt: skip
    insert_events(batch, ({"name": "customer.created", "customer_id": each} for each in ids.values()))


def _insert_identities(batch: Batch, customer_ids: Mapping[str, int]) -> None:
    insert_rows(Identity, ("source", "kind", "value", "customer_id", "batch"), (
        (identity.OWN_SOURCE if identity.id_in(key) else batch.source, "customer", short_key(key, 200), customer_id,
         batch.id)
        for key, customer_id in customer_ids.items()
    ))  # fmt: skip


def record_contacts(batch: Batch, records: Iterable[ContactRecord], *, update: bool) -> Outcome:
    """Create contacts whose address (or, without one, whose name at this customer) is new; `ids` are by address.

    An address that belongs to a contact of another customer stays there and is a conflict.
    """
    outcome = Outcome()
    for chunk in in_parts(records, LOOKED_UP_AT_ONCE):
        _record_contacts(batch, chunk, update, outcome)
    return outcome


def _record_contacts(batch: Batch, records: Sequence[ContactRecord], update: bool, outcome: Outcome) -> None:
    known = _known_contacts(records)
    fresh: dict[tuple[Any, ...], ContactRecord] = {}
    changes: dict[int | None, dict[str, Any]] = {}
    for record in records:
        found = known.get(_key_of(record)) or known.get(_name_key(record))
        if found is None:
            fresh.setdefault(_key_of(record), record)
            continue
        contact_id, customer_id, has_email = found
        if record.email_key:
            outcome.ids[record.email_key] = contact_id
        if customer_id != record.customer_id:
            outcome.conflicts.append(_taken(record, customer_id))
        elif update:
            changes[contact_id] = dict(record.fields)
            if record.email_key and not has_email:
                changes[contact_id] |= {"email": record.email, "email_key": record.email_key}
    ids = dict(zip(fresh, reserve_ids(Contact, len(fresh)), strict=True))
    _insert_contacts(batch, fresh, ids)
    outcome.ids |= {record.email_key: ids[key] for key, record in fresh.items() if record.email_key}
    outcome.created += len(ids)
    outcome.show(record.email or _written_name(record) for record in fresh.values())
    outcome.updated += _update(batch, Contact, changes)


def _taken(record: ContactRecord, owner_id: int) -> Conflict:
    """An address that another customer's contact has; it stays there."""
    names = dict(Customer.objects.filter(pk__in=[owner_id, record.customer_id]).values_list("id", "name"))
    return Conflict(
        f"{record.email} is already a contact of another customer", record.email, "customer",
        names.get(owner_id, ""), names.get(record.customer_id, ""),
    )  # fmt: skip


def _written_name(record: ContactRecord) -> str:
    return " ".join(filter(None, (str(record.fields.get(name, "")) for name in NAME_OF_CONTACT)))


def _key_of(record: ContactRecord) -> tuple[Any, ...]:
    return (record.email_key,) if record.email_key else _name_key(record)


def _name_key(record: ContactRecord) -> tuple[Any, ...]:
    return (record.customer_id, *(record.fields.get(name, "") for name in NAME_OF_CONTACT))


def _known_contacts(records: Sequence[ContactRecord]) -> dict[tuple[Any, ...], tuple[int, int, bool]]:
    """Contacts by address, and those without one by customer and name."""
    emails = [record.email_key for record in records if record.email_key]
    customers = {record.customer_id for record in records}
    known: dict[tuple[Any, ...], tuple[int, int, bool]] = {}
    nameless = Contact.objects.filter(customer_id__in=customers, email_key__isnull=True)
    for pk, customer_id, *names in nameless.values_list("id", "customer_id", *NAME_OF_CONTACT):
        known[(customer_id, *names)] = (pk, customer_id, False)
    for pk, customer_id, email_key in Contact.objects.filter(email_key__in=emails).values_list(
        "id", "customer_id", "email_key"
    ):
        known[(email_key,)] = (pk, customer_id, True)
    return known


def _insert_contacts(
    batch: Batch, records: Mapping[tuple[Any, ...], ContactRecord], ids: Mapping[tuple[Any, ...], int]
) -> None:
    cut = Cutter(Contact)
    with_contact = set(
        Contact.objects.filter(customer_id__in={record.customer_id for record in records.values()}).values_list(
            "customer_id", flat=True
        )
    )
    rows: list[tuple[Any, ...]] = []
    events: list[dict[str, Any]] = []
    domains: dict[int, str] = {}
    for key, record in records.items():
        is_primary = record.customer_id not in with_contact
        with_contact.add(record.customer_id)
        if firm_domain(record.email_key):
            domains.setdefault(record.customer_id, firm_domain(record.email_key))
        rows.append((
            ids[key], record.customer_id, cut("email", record.email), record.email_key or None, is_primary,
            *_values(cut, CONTACT_FIELDS, record.fields), True, batch.id, batch.now, batch.now,
        ))  # fmt: skip
        events.append({"name": "contact.created", "customer_id": record.customer_id, "contact_id": ids[key]})
    columns = (
        "id", "customer_id", "email", "email_key", "is_primary", *CONTACT_FIELDS, "keeps_ramadan_hold", "batch",
        "created_at", "updated_at",
    )  # fmt: skip
    insert_rows(Contact, columns, rows)
    insert_events(batch, events)
    _fill_domains(batch, domains)


def _fill_domains(batch: Batch, domains: Mapping[int, str]) -> None:
    without = list(Customer.objects.filter(id__in=list(domains), domain="").values_list("id", "name", "batch"))
    for pk, name, made_by in without:
        if made_by != batch.id:
            batch.keep(changed("customer", pk, name, {"domain": ""}, {"domain": domains[pk]}))
    update_rows(Customer, ("domain",), ((pk, domains[pk]) for pk, _, _ in without))


# Shared by the files of this room


def insert_events(batch: Batch, events: Iterable[Mapping[str, Any]]) -> int:
    """Append events; each mapping holds name and what is known of customer_id, contact_id, object_kind, object_id,
    occurred_at (the batch's `now` by default), properties, message_id, anonymous_id.
    """
    columns = (
        "name", "customer_id", "contact_id", "object_kind", "object_id", "anonymous_id", "properties", "occurred_at",
        "recorded_at", "source", "message_id", "is_historical", "is_unread", "batch",
    )  # fmt: skip
    return insert_rows(Event, columns, (
        (event["name"], event.get("customer_id"), event.get("contact_id"), event.get("object_kind", ""),
         event.get("object_id", ""), event.get("anonymous_id", ""), event.get("properties") or {},
         event.get("occurred_at") or batch.now, batch.now, batch.source, event.get("message_id"),
         batch.is_historical, not batch.is_historical, batch.id)
        for event in events
    ))  # fmt: skip


def short_key(text: str, longest: int) -> str:
    """`text`, or when it is too long its beginning and a digest, so that two long keys stay two."""
    if len(text) <= longest:
        return text
    return f"{text[: longest - 17]}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"


class Cutter:
    """Cuts text to the length of its column: PostgreSQL refuses what SQLite would take."""

    def __init__(self, model: type[models.Model]) -> None:
        self._longest = {each.attname: getattr(each, "max_length", None) for each in model._meta.concrete_fields}

    def __call__(self, name: str, value: Any) -> Any:
        longest = self._longest[name]
        return value[:longest] if longest and isinstance(value, str) else value


def _values(cut: Cutter, names: Sequence[str], given: Mapping[str, Any]) -> Iterable[Any]:
    return (cut(name, given.get(name, EMPTY.get(name, ""))) for name in names)


def _update(batch: Batch, model: type[Customer] | type[Contact], changes: Mapping[int | None, dict[str, Any]]) -> int:
    """Write what differs; returns how many records did."""
    cut = Cutter(model)
    count = 0
    for record in model._default_manager.filter(pk__in=[key for key in changes if key]):
        wanted = {name: cut(name, value) for name, value in changes[record.pk].items()}
        if "fields" in wanted:
            wanted["fields"] = {**record.fields, **wanted["fields"]}
        differing = {name: value for name, value in wanted.items() if getattr(record, name) != value}
        if differing:
            before = {name: getattr(record, name) for name in differing}
            batch.keep(changed(model.__name__.lower(), record.pk, str(record), before, differing))
            update_rows(model, (*differing, "updated_at"), [(record.pk, *differing.values(), batch.now)])
            count += 1
    return count
