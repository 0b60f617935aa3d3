"""A letter through the eyes of one reader: whom the page offers, what is filled in, and when it would leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.http import Http404

from guanxi.console.message_words import reason_words
from guanxi.content import queries as content_queries
from guanxi.content.dialect import BadLetter
from guanxi.content.models import Letter, Template
from guanxi.content.placeholders import NotPlain
from guanxi.content.render import MissingValues, Rendered
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact
from guanxi.outbox import facts as outbox_facts
from guanxi.outbox import previews
from guanxi.staff.models import User
from guanxi.tiering import plain

UNREADABLE = (BadLetter, MissingValues, NotPlain)
MOST_READERS = 8


def readers_found(user: User, search: str) -> list[Contact]:
    """Contacts whom this member of staff may see, by name, address or firm."""
    rows = Contact.objects.filter(customer__in=ledger_queries.customers_for(user)).select_related("customer")
    for word in search.split()[:5]:
        rows = rows.filter(
            Q(full_name__icontains=word) | Q(given_name__icontains=word) | Q(family_name__icontains=word)
            | Q(email__icontains=word) | Q(customer__name__icontains=word)
        )  # fmt: skip
    return list(rows.order_by("-is_primary", "id")[:MOST_READERS])


def reader_of(user: User, told: str) -> Contact | None:
    """The contact that an address names, None for the sample reader; 404 for a foreign one."""
    if not told:
        return None
    rows = Contact.objects.filter(customer__in=ledger_queries.customers_for(user)).select_related("customer__owner")
    found = rows.filter(pk=int(told)).first() if told.isascii() and told.isdigit() and len(told) < 18 else None
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True, slots=True)
class Leaving:
    """When a letter would leave, None for never, and the sentences that say why."""

    at: datetime | None
    reasons: list[str]


def leaving_of(template: Template, letter: Letter, contact: Contact, *, now: datetime) -> Leaving | None:
    """As the gates would judge it at this moment; None for a letter that cannot be read yet."""
    try:
        found = previews.preview(template=template, contact=contact, at=now, letter=letter)
    except UNREADABLE:
        return None
    reasons = [reason_words(step.reason, step.detail) for step in found.steps]
    return Leaving(found.leaves_at, list(dict.fromkeys(reasons)))


def subject_of(letter: Letter) -> str:
    """The subject with samples; as it is written where it cannot be read yet."""
    try:
        return content_queries.sampled(letter).subject
    except UNREADABLE:
        return letter.subject


def as_read(letter: Letter, contact: Contact | None, *, now: datetime) -> Rendered:
    """As `contact` would get it; without one, with samples. Raises one of UNREADABLE."""
    if contact is not None:
        return previews.as_written(letter, contact, at=now, values=standing_of(contact))
    sender = outbox_facts.default_sender(letter.template.kind)
    return content_queries.sampled(letter, sender=sender.name if sender else "")


def standing_of(contact: Contact) -> dict[str, dict[str, str]]:
    """Where his customer stands, as a journey or campaign would tell the letter."""
    return {"customer": plain.standing_values([contact.customer_id]).get(contact.customer_id, {})}
