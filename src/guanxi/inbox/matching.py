"""Whose mail came back, or was answered: by a signed address, by the thread, by the writer's own address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from guanxi.inbox import leaving
from guanxi.inbox import recipients as addressees
from guanxi.inbox.classify import Reading
from guanxi.inbox.parse import Parsed
from guanxi.inbox.quoting import own_words
from guanxi.ledger import identity
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact
from guanxi.outbox import return_path
from guanxi.outbox.models import Message

SIGNATURE, THREAD, PROVIDER, ADDRESS = "signature", "thread", "provider", "address"
# Where servers write the address of the envelope that a mail came to.
_ENVELOPE = ("delivered-to", "x-original-to", "x-envelope-to", "envelope-to", "x-delivered-to", "x-rcpt-to", "to", "cc")
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")


@dataclass(frozen=True, slots=True)
class Match:
    """The message and contact that an arrival concerns, and what shows it."""

    message: Message | None = None
    contact: Contact | None = None
    by: str = ""


def envelope_addresses(parsed: Parsed) -> list[str]:
    """The addresses this mail was delivered to, as far as its headers tell."""
    return addressees.addresses_in(" ".join(parsed.header(name) for name in _ENVELOPE))


def match_report(parsed: Parsed, reading: Reading) -> Match:
    """The message that a bounce or a complaint is about.

    It counts only with proof: our signed return path, or the Message-ID of a letter of ours that only its reader's
    servers have seen, together with that reader's address (RP-25).
    """
    for address in envelope_addresses(parsed):
        number = return_path.message_of(address)
        message = _message(number)
        if message is not None:
            return Match(message, message.contact, SIGNATURE)
    message = by_message_ids(_ids(reading.original.get("message-id", "")))
    if message is not None and (not reading.recipients or is_among(message.contact, reading.recipients)):
        return Match(message, message.contact, THREAD)
    return Match()


def match_letter(parsed: Parsed) -> Match:
    """The message that a letter answers, and its reader; else the contact who writes."""
    message = by_message_ids(_answered(parsed))
    if message is not None:
        return Match(message, message.contact, THREAD)
    for address in envelope_addresses(parsed):
        number = return_path.message_of(address)
        message = _message(number)
        if message is not None:
            return Match(message, message.contact, SIGNATURE)
    contact = contact_of(addressees.name_and_address(parsed.header("from"))[1])
    return Match(None, contact, ADDRESS) if contact else Match()


def unsubscribed_message(parsed: Parsed) -> Message | None:
    """The message whose reader unsubscribes by this mail: to the signed mailbox, by the signed subject, or by a word
    that says nothing else, in answer to that very advertisement and from his own address.
    """
    numbers = [return_path.unsubscribe_of(address) for address in envelope_addresses(parsed)]
    for number in (*numbers, return_path.unsubscribed_in(parsed.header("subject"))):
        message = _message(number)
        if message is not None:
            return message
    if not leaving.is_said(parsed.header("subject"), own_words(parsed.said)):
        return None
    message = by_message_ids(_answered(parsed))
    writer = addressees.name_and_address(parsed.header("from"))[1]
    is_his = message is not None and message.kind == "marketing" and is_among(message.contact, [writer])
    return message if is_his else None


def by_message_ids(ids: Iterable[str]) -> Message | None:
    """The newest of our messages that bears one of these Message-IDs."""
    known = list(ids)[-30:]
    if not known:
        return None
    # Some providers write a Message-ID of their own, made of what they call the message.
    theirs = [each.strip("<>").partition("@")[0] for each in known]
    asked = Q(rfc_message_id__in=known) | Q(provider_id__in=theirs)
    found = Message.objects.filter(asked).select_related("contact__customer")
    return found.order_by("-id").first()


def by_provider_id(provider_id: str) -> Message | None:
    """The message that a provider calls so."""
    if not provider_id:
        return None
    return Message.objects.filter(provider_id=provider_id).select_related("contact__customer").first()


def contact_of(address: str) -> Contact | None:
    """The contact with this address; a plus sign's suffix does not make another reader."""
    try:
        key = identity.canonical_email(address)
    except identity.BadAddress:
        return None
    local, _, domain = key.rpartition("@")
    keys = dict.fromkeys((key, f"{local.partition('+')[0]}@{domain}"))
    return next((found for each in keys if (found := ledger_queries.contact_by_email(each))), None)


def is_among(contact: Contact, addresses: Iterable[str]) -> bool:
    """Whether one of the addresses is this reader's."""
    return any(identity.comparable(address) == contact.email_key for address in addresses)


def _answered(parsed: Parsed) -> list[str]:
    return _ids(f"{parsed.header('in-reply-to')} {parsed.header('references')[-1500:]}")


def _ids(text: str) -> list[str]:
    return list(dict.fromkeys(_MESSAGE_ID.findall(text)))


def _message(number: int | None) -> Message | None:
    if number is None or number >= 2**63:
        return None
    return Message.objects.filter(id=number).select_related("contact__customer").first()
