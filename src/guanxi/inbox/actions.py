"""Changes to mailboxes, provider keys and what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi.inbox import effects
from guanxi.inbox.models import Arrival, Mailbox, ProviderKey
from guanxi.inbox.receiving import DONE, REPLY, UNMATCHED
from guanxi.ledger.models import Contact

FIELDS = frozenset(
    {"name", "host", "port", "security", "username", "password", "folder", "purpose", "is_active", "every_minutes"}
)


# Where the password goes, and how well it is guarded on the way.
WAY = ("host", "port", "security")


class PasswordNeeded(ValueError):
    """The known password is sent to no other server, and on no other way, than it was entered for (RS-42)."""


class NotWaiting(ValueError):
    """This mail waits for nobody; it was given to a contact already."""


@transaction.atomic
def save_mailbox(*, mailbox: Mailbox | None, values: Mapping[str, Any], now: datetime) -> Mailbox:
    """Write a mailbox; it is read at once. No password leaves the known one.

    Raises PasswordNeeded, and ValueError for other names.
    """
    unknown = sorted(set(values) - FIELDS)
    if unknown:
        raise ValueError(f"Not part of a mailbox: {', '.join(unknown)}.")
    mailbox = mailbox or Mailbox(created_at=now, due_at=now)
    if mailbox.password and not values.get("password") and _differs(mailbox, values, WAY):
        raise PasswordNeeded
    if _differs(mailbox, values, ("host", "username", "folder")):
        mailbox.uid_validity = mailbox.last_uid = 0
    for name, value in values.items():
        if name != "password" or value:
            setattr(mailbox, name, value)
    mailbox.due_at, mailbox.lease_until = now, None
    mailbox.failing_since, mailbox.last_error = None, ""
    mailbox.save()
    return mailbox


def _differs(mailbox: Mailbox, values: Mapping[str, Any], names: Sequence[str]) -> bool:
    return any(name in values and getattr(mailbox, name) != values[name] for name in names)


@transaction.atomic
def delete_mailbox(*, mailbox: Mailbox) -> None:
    """Forget the mailbox and its password; what came from it stays for its time."""
    mailbox.delete()


def read_soon(*, mailbox: Mailbox, now: datetime) -> None:
    """Let the worker read it in its next turn."""
    Mailbox.objects.filter(pk=mailbox.pk).update(due_at=now)


@transaction.atomic
def set_provider_key(*, provider: str, secret: str, now: datetime) -> ProviderKey:
    """Take reports of this provider that are proved by `secret` from now on."""
    key = ProviderKey.objects.filter(provider=provider).first() or ProviderKey(provider=provider, created_at=now)
    key.secret = secret
    key.save()
    return key


@transaction.atomic
def delete_provider_key(*, provider: str) -> int:
    """Take no report of this provider any more."""
    return ProviderKey.objects.filter(provider=provider).delete()[0]


@transaction.atomic
def give_to(*, arrival: Arrival, contact: Contact, now: datetime) -> Arrival:
    """A person says whose letter this is: it goes to the contact's timeline. Raises NotWaiting."""
    arrival = Arrival.objects.select_for_update().get(pk=arrival.pk)
    if arrival.state != UNMATCHED or arrival.kind != REPLY:
        raise NotWaiting("This mail was given to a contact already.")
    arrival.contact, arrival.state, arrival.matched_by = contact, DONE, "person"
    arrival.save(update_fields=["contact", "state", "matched_by"])
    effects.replied(
        message=None, contact=contact, words=arrival.text, subject=arrival.subject, attachments=arrival.attachments,
        other_writer=arrival.sender, key=arrival.key, at=arrival.came_at, now=now,
    )  # fmt: skip
    return arrival


@transaction.atomic
def put_aside(*, arrival: Arrival) -> int:
    """Delete one arrival that waits; nothing else changes."""
    return Arrival.objects.filter(pk=arrival.pk).exclude(state=DONE).delete()[0]
