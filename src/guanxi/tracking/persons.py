"""Finds or makes the contact of an address that a visitor told, and the customer of a group that a shop told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from guanxi.consent.erased import erased_among
from guanxi.kernel import places
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import groups
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.identity import BadAddress, canonical_domain, canonical_email, firm_domain
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.tracking.calls import Call, Sender, Taken
from guanxi.tracking.order_reports import text_of

# Traits and the column each fills, when that is empty.
CONTACT_TRAITS = {
    "given_name": (("firstName", "first_name"), 120), "family_name": (("lastName", "last_name"), 120),
    "full_name": (("name",), 200), "phone": (("phone", "phone_number"), 40), "position": (("title",), 120),
}  # fmt: skip
CUSTOMER_TRAITS = {"trade": (("industry",), 120)}
# What a visitor did first says where a customer came from (D-19).
FIRST_DEEDS = ("document.downloaded", "contact.registered", "inquiry.received")


def contact_of_traits(call: Call, *, sender: Sender, now: datetime, taken: Taken) -> Contact | None:
    """The contact of the address in the traits, made if need be; None for no address, or one that cannot be mailed to.

    What a person entered is never overwritten by a website: traits fill what is empty.
    """
    email = call.traits.get("email")
    if not isinstance(email, str) or not email.strip():
        return None
    try:
        email_key = canonical_email(email)
    except BadAddress as error:
        taken.warnings.append(f"traits.email: {error}")
        return None
    columns = _contact_columns(call, taken)
    known = ledger_queries.contact_by_email(email_key)
    if known:
        missing = {column: value for column, value in columns.items() if not getattr(known, column)}
        return ledger_actions.update_contact(contact=known, changes=missing, now=now) if missing else known
    if erased_among({email_key}):
        taken.warnings.append("traits.email: this person asked to be erased and is suppressed; nothing of him is kept.")
        return None
    customer = _customer_of(email_key, call, sender=sender, now=now)
    return ledger_actions.create_contact(
        customer=customer, email=email, source=sender.source, historical=call.historical, now=now, **columns
    )


def _contact_columns(call: Call, taken: Taken) -> dict[str, Any]:
    columns = _columns(call.traits, CONTACT_TRAITS)
    given = call.traits.get("timezone") or call.zone
    if isinstance(given, str) and given:
        if places.is_time_zone(given):
            columns["time_zone"] = given
        else:
            taken.warnings.append(f"timezone: {given[:60]!r} is no IANA name; the zone is derived from the country.")
    return columns


def _columns(traits: Mapping[str, Any], table: Mapping[str, tuple[Sequence[str], int]]) -> dict[str, str]:
    found = {column: text_of(traits, *names, longest=longest) for column, (names, longest) in table.items()}
    return {column: value for column, value in found.items() if value}


def _customer_of(email_key: str, call: Call, *, sender: Sender, now: datetime) -> Customer:
    """The group he was told to belong to, else the customer with this mail domain, else a new one."""
    known = _group_of(call, sender) or _with_domain(firm_domain(email_key))
    if known:
        return known
    company, address = call.traits.get("company"), call.traits.get("address")
    name = company.get("name") if isinstance(company, dict) else company
    country = address.get("country") if isinstance(address, dict) else ""
    return ledger_actions.create_customer(
        name=str(name or call.traits.get("name") or email_key)[:300],
        country=places.country_code(str(country or "")[:80]), source=_first_deed(call) or sender.source,
        historical=call.historical, now=now,
    )  # fmt: skip


def _group_of(call: Call, sender: Sender) -> Customer | None:
    """The customer of the newest group call under one of the visitor's names."""
    told = Event.objects.filter(anonymous_id__in=call.visitor_keys, name="Group").order_by("-id").first()
    return groups.customer_of_group(source=sender.name, group_id=told.object_id) if told else None


def _with_domain(domain: str) -> Customer | None:
    return Customer.objects.current().filter(domain=domain).order_by("id").first() if domain else None


def _first_deed(call: Call) -> str:
    """The event by which he became a prospect: the download, sign-up or inquiry, else the first visit (D-19)."""
    events = Event.objects.filter(anonymous_id__in=call.visitor_keys).exclude(name="Identify").order_by("occurred_at")
    names = list(events.values_list("name", flat=True)[:200])
    if call.type == "track":
        names.append(call.name)
    return next((name for name in FIRST_DEEDS if name in names), names[0] if names else "")[:60]


def customer_of_group(call: Call, *, contact: Contact | None, sender: Sender, now: datetime) -> Customer | None:
    """The company of a group call, with its traits filled in where nothing stands; None while nobody can be named.

    Known by its group id, else by its website, else it is the known contact's own, else a new one with that name.
    """
    if not call.group_id:
        return None
    domain = _domain(call.traits)
    known = groups.customer_of_group(source=sender.name, group_id=call.group_id) or _with_domain(domain)
    known = known or (contact.customer if contact else None)
    name = text_of(call.traits, "name", longest=300)
    if known is None and (not name or sender.is_public):
        return None
    customer = known or ledger_actions.create_customer(
        name=name, domain=domain, source=sender.source, historical=call.historical, now=now
    )
    _fill(customer, call.traits, domain, now)
    groups.name_group(source=sender.name, group_id=call.group_id, customer=customer)
    return customer


def _fill(customer: Customer, traits: Mapping[str, Any], domain: str, now: datetime) -> None:
    address = traits.get("address")
    place = address if isinstance(address, dict) else {}
    found: dict[str, Any] = _columns(traits, CUSTOMER_TRAITS) | {
        "domain": domain, "city": text_of(place, "city"), "region": text_of(place, "state"),
        "country": places.country_code(text_of(place, "country", longest=80)), "address": text_of(place, "street"),
    }  # fmt: skip
    changes = {column: value for column, value in found.items() if value and not getattr(customer, column)}
    told = {key: traits[key] for key in ("employees", "plan") if isinstance(traits.get(key), (str, int))}
    if told and not told.items() <= customer.fields.items():
        changes["fields"] = customer.fields | told
    if changes:
        ledger_actions.update_customer(customer=customer, changes=changes, now=now)


def _domain(traits: Mapping[str, Any]) -> str:
    website = text_of(traits, "website", longest=300).partition("://")[2] or text_of(traits, "website", longest=300)
    try:
        return canonical_domain(website.partition("/")[0].removeprefix("www.")) if website else ""
    except BadAddress:
        return ""
