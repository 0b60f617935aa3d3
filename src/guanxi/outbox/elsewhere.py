"""A mail about a contact that goes to an address which is not his: the new one he gave, or the one he had.

The address stands among the values of the message. Whoever reads its row finds a contact with that address, so that
gates, letter and return path judge where the mail goes, and not the contact himself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi.ledger import identity
from guanxi.ledger.models import Contact

GROUP = "elsewhere"
# Whoever reads at an address that nobody has confirmed learns no name.
NAMES = ("given_name", "family_name", "full_name", "honorific", "position", "gender")


def sent_elsewhere(address: str, *, is_stranger: bool) -> dict[str, object]:
    """The values of a message that goes to `address`."""
    return {GROUP: {"address": address, "is_stranger": int(is_stranger)}}


def address_in(values: Mapping[str, Any]) -> str:
    """Where a message with these values goes instead of to its contact; empty for nearly all."""
    found = values.get(GROUP)
    return str(found.get("address") or "") if isinstance(found, Mapping) else ""


def is_for_stranger(values: Mapping[str, Any]) -> bool:
    """Whether nobody has confirmed yet who reads there: no page of the contact's own is shown to him."""
    return GROUP in values and bool(values[GROUP].get("is_stranger"))


def readdress(contact: Contact, values: Mapping[str, Any]) -> None:
    """Let the contact of this one message, which is never saved, be whoever reads there."""
    address = address_in(values)
    if not address:
        return
    contact.email, contact.email_key = address, identity.comparable(address) or None
    if is_for_stranger(values):
        for name in NAMES:
            setattr(contact, name, "")
