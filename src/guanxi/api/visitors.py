"""Who a visitor is: the contact he turned out to be when he told his address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from guanxi.api.segment import Call
from guanxi.kernel import places
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.identity import BadAddress, canonical_email, firm_domain
from guanxi.ledger.models import Contact, Customer, Event

# Traits and the column each fills, when that is empty.
TRAITS = {
    "firstName": ("given_name", 120), "lastName": ("family_name", 120), "name": ("full_name", 200),
    "phone": ("phone", 40), "title": ("position", 120),
}  # fmt: skip


def contact_of_visitor(keys: Sequence[str]) -> Contact | None:
    """The contact one of these names (user id, anonymous id) has been joined to."""
    for key in keys:
        known = Event.objects.filter(anonymous_id=key, contact__isnull=False).select_related("contact__customer")
        event = known.order_by("-id").first()
        if event:
            return event.contact
    return None


def identify(*, call: Call, source: str, now: datetime, contact: Contact | None = None) -> None:
    """Find or make the contact of the address in the traits, and give him everything his names did before.

    Traits without an address, or with one that cannot be mailed to, are kept in the event and identify nobody.
    """
    contact = contact or _contact_by_traits(call.traits, source=source, historical=call.historical, now=now)
    if contact is None:
        return
    for key in call.visitor_keys:
        _join(key, contact, source, now)


def join(*, names: tuple[str, str], source: str, now: datetime) -> None:
    """An alias: both names are one visitor; whichever is known lends his contact to the other."""
    keys = [key for name in names if name for key in (f"user:{name}", f"anon:{name}")]
    contact = contact_of_visitor(keys)
    if contact is not None:
        for key in keys:
            _join(key, contact, source, now)


def _join(key: str, contact: Contact, source: str, now: datetime) -> None:
    """Past events by the ledger's own action; a mark for the future where the name has none yet."""
    ledger_actions.join_visitor(anonymous_id=key, contact=contact)
    if not Event.objects.filter(anonymous_id=key, contact=contact).exists():
        ledger_actions.record_event(
            name="Identify", occurred_at=now, now=now, source=source, contact=contact, anonymous_id=key, historical=True
        )


def _contact_by_traits(traits: Mapping[str, Any], *, source: str, historical: bool, now: datetime) -> Contact | None:
    try:
        email_key = canonical_email(str(traits.get("email") or ""))
    except BadAddress:
        return None
    known = ledger_queries.contact_by_email(email_key)
    if known:
        return _completed(known, traits, now)
    customer = _customer_of(email_key, traits, source=source, historical=historical, now=now)
    return ledger_actions.create_contact(
        customer=customer, email=str(traits["email"]), source=source, historical=historical, now=now,
        **_columns(traits),
    )  # fmt: skip


def _completed(contact: Contact, traits: Mapping[str, Any], now: datetime) -> Contact:
    """Fill what is empty; what a person entered is never overwritten by a website."""
    missing = {column: value for column, value in _columns(traits).items() if not getattr(contact, column)}
    return ledger_actions.update_contact(contact=contact, changes=missing, now=now) if missing else contact


def _columns(traits: Mapping[str, Any]) -> dict[str, Any]:
    columns = {
        column: str(traits[trait]).strip()[:longest]
        for trait, (column, longest) in TRAITS.items()
        if isinstance(traits.get(trait), str)
    }
    zone = traits.get("timezone")
    if isinstance(zone, str) and places.is_time_zone(zone):
        columns["time_zone"] = zone
    return {column: value for column, value in columns.items() if value}


def _customer_of(
    email_key: str, traits: Mapping[str, Any], *, source: str, historical: bool, now: datetime
) -> Customer:  # fmt: skip
    """The customer with this mail domain, else a new one named as the visitor names his company or himself."""
    domain = firm_domain(email_key)
    known = Customer.objects.current().filter(domain=domain).order_by("id").first() if domain else None
    if known:
        return known
    company, address = traits.get("company"), traits.get("address")
    name = company.get("name") if isinstance(company, dict) else company
    country = address.get("country") if isinstance(address, dict) else ""
    return ledger_actions.create_customer(
        name=str(name or traits.get("name") or email_key)[:300], country=places.country_code(str(country or "")[:80]),
        source=source, historical=historical, now=now,
    )  # fmt: skip
