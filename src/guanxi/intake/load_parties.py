"""Customers and contacts, from their own files or from the cells of orders."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.culture import titles
from guanxi.intake import load_permissions
from guanxi.intake.deriving import KEPT, LONGEST_KEPT, MOST_KEPT
from guanxi.intake.loading import Loading, day, rows_of
from guanxi.intake.values import read_tags
from guanxi.kernel.places import country_code, is_language, is_time_zone
from guanxi.ledger import bulk
from guanxi.ledger.bulk import ContactRecord, CustomerRecord
from guanxi.ledger.identity import BadAddress, canonical_domain

CUSTOMER_CELLS = (
    "customer_name", "customer_kind", "country", "region", "city", "address", "website", "trade", "tags",
    "cooperation_since", "founded_on", "email", "contact_name", "given_name", "family_name",
)  # fmt: skip
CONTACT_CELLS = (
    "email", "contact_name", "given_name", "family_name", "honorific", "position", "phone", "language", "time_zone",
    "birthday", "gender", "attributes", "country", "city",
)  # fmt: skip
B2B_WORDS = frozenset({
    "b2b", "business", "company", "wholesaler", "wholesale", "agent", "distributor", "dealer", "importer", "企业",
    "公司", "批发", "批发商", "代理", "代理商", "经销商",
})  # fmt: skip
GENDERS = {
    "f": "f", "female": "f", "woman": "f", "w": "f", "weiblich": "f", "女": "f", "2": "f",
    "m": "m", "male": "m", "man": "m", "männlich": "m", "男": "m", "1": "m",
}  # fmt: skip
B2C_WORDS = frozenset({"b2c", "consumer", "private", "person", "individual", "retail", "个人", "消费者", "零售"})


def load_parties(loading: Loading, table: pa.Table) -> None:
    """A file of customers or contacts: each row a customer, a contact or both."""
    loading.progress("customers", 0, len(table))
    load_permissions.load_suppressions(loading, table)
    customer_ids = load_customers(loading, table, update=True)
    contact_ids = load_contacts(loading, table, customer_ids, update=True)
    load_permissions.load_statements(loading, table, contact_ids, customer_ids)


def load_customers(loading: Loading, table: pa.Table, *, update: bool) -> dict[str, int]:
    """The buyers of `table` as customers, by the key they have in the file."""
    names = [name for name in CUSTOMER_CELLS if name in table.column_names]
    names += _kept_with(loading, table, "customers")
    skip_nulls = pc.ScalarAggregateOptions(skip_nulls=True)
    # One thread: the first row of a customer names him.
    parties = table.select(["buyer", *names]).group_by("buyer", use_threads=False)
    parties = parties.aggregate([(name, "first", skip_nulls) for name in names])
    parties = parties.rename_columns([each.removesuffix("_first") for each in parties.column_names])
    label = loading.plan.options.customer_label
    records = (_customer(row, label) for rows in rows_of(parties) for row in rows)
    outcome = bulk.record_customers(loading.batch, records, update=update)
    loading.tally.count(outcome, "customers_created")
    return outcome.ids


def _customer(row: Mapping[str, Any], label: str) -> CustomerRecord:
    key = row["buyer"]
    given = row.get("customer_name")
    fields = {name: row[name] for name in ("region", "city", "address", "trade") if row.get(name)}
    if country := row.get("country"):
        fields |= {"country": country_code(country), "country_as_given": country}
    if word := row.get("customer_kind"):
        fields["kind"] = "b2b" if word in B2B_WORDS else "b2c" if word in B2C_WORDS else "unknown"
    if website := row.get("website"):
        fields["domain"] = _domain(website)
    if tags := row.get("tags"):
        fields["tags"] = read_tags(tags)
    for name in ("cooperation_since", "founded_on"):
        if since := day(dict(row), name):
            fields[name] = since
    if kept := _kept_in(row):
        fields["fields"] = kept
    return CustomerRecord(
        key=key,
        name=given or _full_name(row) or name_of_number(key, label),
        is_named=bool(given),
        fields=fields,
        email_key=row.get("email") or "",
    )


def name_of_number(key: str, label: str) -> str:
    """Customer 17850 for 17850; a key with letters is a name already."""
    return key if any(char.isalpha() for char in key) else label.replace("{}", key)


def _full_name(row: Mapping[str, Any]) -> str:
    return row.get("contact_name") or " ".join(filter(None, (row.get("given_name"), row.get("family_name"))))


def _domain(website: str) -> str:
    host = website.lower().removeprefix("http://").removeprefix("https://").split("/")[0].split(":")[0]
    try:
        return canonical_domain(host.removeprefix("www."))
    except BadAddress:
        return ""


def load_contacts(
    loading: Loading, table: pa.Table, customer_ids: Mapping[str, int], *, update: bool
) -> dict[str, int]:
    """The people of `table` as contacts of their customers; their ids by e-mail address."""
    names = [name for name in CONTACT_CELLS if name in table.column_names]
    names += _kept_with(loading, table, "contacts")
    if not {"email", "contact_name", "given_name", "family_name"}.intersection(names):
        return {}
    people = table.select(["buyer", *names]).group_by(["buyer", *_telling(names)], use_threads=False)
    skip_nulls = pc.ScalarAggregateOptions(skip_nulls=True)
    people = people.aggregate([(name, "first", skip_nulls) for name in names if name not in _telling(names)])
    people = people.rename_columns([each.removesuffix("_first") for each in people.column_names])
    records = _contacts((row for rows in rows_of(people) for row in rows), customer_ids)
    outcome = bulk.record_contacts(loading.batch, records, update=update)
    loading.tally.count(outcome, "contacts_created")
    return outcome.ids


def _kept_with(loading: Loading, table: pa.Table, kind: str) -> list[str]:
    """The columns without a field of ours, when they belong to records of this kind."""
    return [name for name in table.column_names if name.startswith(KEPT)] if loading.plan.kind == kind else []


def _kept_in(row: Mapping[str, Any]) -> dict[str, str]:
    return {name.removeprefix(KEPT): cell for name, cell in row.items() if cell and name.startswith(KEPT)}


def _attributes(text: str | None) -> dict[str, str]:
    """The members of a JSON object, each as text; what is none is kept whole."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return {"attributes": text[:LONGEST_KEPT]}
    plain = {str(name)[:80]: each if isinstance(each, str) else json.dumps(each) for name, each in found.items()}
    return {name: each[:LONGEST_KEPT] for name, each in islice(plain.items(), MOST_KEPT) if each not in {"", "null"}}


def _telling(names: Iterable[str]) -> list[str]:
    """The columns by which two people of one customer differ."""
    return [name for name in ("email", "contact_name", "given_name", "family_name") if name in names]


def _contacts(rows: Iterable[Mapping[str, Any]], customer_ids: Mapping[str, int]) -> Iterable[ContactRecord]:
    seen: set[str] = set()
    for row in rows:
        email = row.get("email") or ""
        if email in seen or not (email or _full_name(row)) or row["buyer"] not in customer_ids:
            continue
        if email:
            seen.add(email)
        fields = {name: row[name] for name in ("given_name", "family_name", "honorific", "position", "phone")
                  if row.get(name)}  # fmt: skip
        if "honorific" not in fields and titles.is_honorific(fields.get("position", "")):
            fields["honorific"] = fields.pop("position")
        if row.get("contact_name") and not fields.get("family_name"):
            fields["full_name"] = row["contact_name"]
        if (language := row.get("language")) and is_language(language):
            fields["language"] = language
        if (zone := row.get("time_zone")) and is_time_zone(zone):
            fields["time_zone"] = zone
        if birthday := day(dict(row), "birthday"):
            fields["birthday"] = birthday
        if gender := GENDERS.get(row.get("gender") or ""):
            fields["gender"] = gender
        if kept := _kept_in(row) | _attributes(row.get("attributes")):
            fields["fields"] = kept
        yield ContactRecord(customer_id=customer_ids[row["buyer"]], email=email, email_key=email, fields=fields)
