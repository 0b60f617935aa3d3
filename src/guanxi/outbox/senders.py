"""Verbs about senders: their ways out, limits, warm-up, keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi import transports
from guanxi.outbox import pace, streams, tallies
from guanxi.outbox.models import Message, Sender, Stream
from guanxi.outbox.routes import all_senders
from guanxi.transports import dkim
from guanxi.transports.addresses import domain_of, wire_address, wire_domain
from guanxi.transports.mailbox_rules import providers

FIELDS = frozenset({
    "name", "address", "reply_to", "stream", "bounces_to", "transport", "settings", "per_hour", "per_day",
    "dkim_selector", "dkim_ed25519_selector",
})  # fmt: skip
STREAMS = ("", *streams.KINDS)


class SecretNeeded(ValueError):
    """The known secret is sent to no other server, and on no other way, than it was entered for (RS-42)."""


class InUse(Exception):
    """Mails were sent in this sender's name, or it is the default; it stays."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sender with what the console shows of it; `busiest` names the providers that may count it as a bulk sender."""

    sender: Sender
    today: int
    hour_limit: int | None
    warm_up_day: int | None
    paused: list[Stream]


@transaction.atomic
def save_sender(
    *,
    sender_id: int | None,
    changes: Mapping[str, Any],
    secret: str = "",
    is_warming: bool | None = None,
    now: datetime,
) -> Sender:
    """Write a sender down; an empty `secret` leaves the kept one. The first sender is the default.

    Raises SecretNeeded, ValueError for an unknown field or stream, transports.addresses.BadAddress, and
    smtp_url.OddSmtpUrl for a way out that cannot be used.
    """
    if unknown := sorted(set(changes) - FIELDS):
        raise ValueError(f"Not part of a sender: {', '.join(unknown)}.")
    sender = Sender.objects.get(pk=sender_id) if sender_id else Sender(is_default=not Sender.objects.exists())
    former = _way_of(sender)
    for name, value in changes.items():
        setattr(sender, name, value)
    if sender.secret and not secret and sender.transport and _way_of(sender) != former:
        raise SecretNeeded
    if sender.stream not in STREAMS:
        raise ValueError(f"Not a kind of mail: {sender.stream}.")
    for box in filter(None, (sender.address, sender.reply_to)):
        wire_address(box)
    if sender.bounces_to:
        wire_domain(sender.bounces_to.rpartition("@")[2])
    if secret:
        sender.secret = secret
    if sender.transport:
        transports.of(sender.transport, settings=sender.settings, secret=str(sender.secret)).close()
    if is_warming is not None:
        sender.warming_since = (sender.warming_since or now.date()) if is_warming else None
    sender.save()
    return sender


def _way_of(sender: Sender) -> tuple[str, dict[str, Any]]:
    """Where the secret goes, and how well it is guarded on the way."""
    return sender.transport, {name: value for name, value in sender.settings.items() if name != "connections"}


@transaction.atomic
def make_default(*, sender_id: int) -> None:
    """Its mails are those that name nobody. Raises Sender.DoesNotExist."""
    sender = Sender.objects.get(pk=sender_id)
    Sender.objects.exclude(pk=sender.pk).update(is_default=False)
    Sender.objects.filter(pk=sender.pk).update(is_default=True, stream="")


@transaction.atomic
def remove_sender(*, sender_id: int) -> None:
    """Raises InUse."""
    sender = Sender.objects.get(pk=sender_id)
    if sender.is_default or Message.objects.filter(sender=sender).exists():
        raise InUse
    sender.delete()


@transaction.atomic
def make_keys(*, sender_id: int, now: datetime) -> Sender:
    """Fresh DKIM keys under fresh selectors: the old records may stand until the last old mail is read (RP-12)."""
    sender = Sender.objects.get(pk=sender_id)
    sender.dkim_key, sender.dkim_ed25519_key = dkim.new_keys()
    stamp = f"{now:%Y%m%d%H%M}"
    sender.dkim_selector, sender.dkim_ed25519_selector = f"g{stamp}", f"e{stamp}"
    sender.save()
    return sender


def records_of(sender: Sender) -> list[tuple[str, str]]:
    """Name and text of the DNS records with its public keys."""
    pairs = ((sender.dkim_selector, sender.dkim_key), (sender.dkim_ed25519_selector, sender.dkim_ed25519_key))
    domain, found = domain_of(sender.address), []
    for selector, key in pairs:
        if selector and key:
            try:
                found.append((f"{selector}._domainkey.{domain}", dkim.record_of(str(key))))
            except dkim.BadKey:
                continue
    return found


def lines(now: datetime) -> list[Line]:
    """Every sender, the default first, with today's count and what stands still."""
    paused = streams.paused()
    return [
        Line(
            sender=sender,
            today=tallies.handed_since(sender.pk, now - pace.DAY),
            hour_limit=tallies.warm_up_limit(sender, now),
            warm_up_day=(now.date() - sender.warming_since).days + 1 if sender.warming_since else None,
            paused=[stream for (number, _), stream in paused.items() if number == sender.pk],
        )
        for sender in all_senders()
    ]


def bulk_warnings(now: datetime) -> list[tuple[str, str, int, int]]:
    """(domain, provider, busiest day, bulk from) of domains near the number from which a provider counts them (RP-30).

    Counted per organisational domain of the senders; a provider counts everything under it together, and remembers.
    """
    by_domain: dict[str, list[int]] = {}
    for sender in all_senders():
        by_domain.setdefault(organisation_of(domain_of(sender.address)), []).append(sender.pk)
    found = []
    for domain, numbers in by_domain.items():
        for group, count in tallies.busiest_days(numbers, now=now).items():
            rules = providers()[group]
            if rules.warn_from and rules.bulk_from and count >= rules.warn_from:
                found.append((domain, rules.name, count, rules.bulk_from))
    return sorted(found)


def organisation_of(domain: str) -> str:
    """The registered domain above a sender's by a rule of thumb: two labels, three below co.uk and such."""
    labels = domain.split(".")
    short_second = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3:] if short_second else labels[-2:])
