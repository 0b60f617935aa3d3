"""By which way a person is best reached: what he prefers, among what he permits (X-17, CN-55)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guanxi.consent import queries
from guanxi.consent.channels import CHANNELS, EMAIL, PHONE, WITH_CONTACT, BadChannel, channel_of, read_address
from guanxi.consent.models import ContactChannel, Permission
from guanxi.consent.rules import MARKETING, Stand, is_in_force
from guanxi.kernel.fetching import among
from guanxi.ledger.models import Contact


@dataclass(frozen=True, slots=True)
class Way:
    """One way to one person. `state` is what he last said to marketing by it, empty for nothing."""

    channel: str
    address: str
    link: str
    state: str
    permits: bool
    is_preferred: bool


@transaction.atomic
def keep_address(*, contact: Contact, channel: str, address: str, now: datetime) -> ContactChannel | None:
    """Write down under which number or name he is reached by this way; an empty one is taken out.

    Raises channels.BadChannel, also for mail and telephone, which stand with the contact; channels.BadReach.
    """
    if channel in WITH_CONTACT:
        raise BadChannel(channel)
    channel_of(channel)
    if not address.strip():
        ContactChannel.objects.filter(contact=contact, channel=channel).delete()
        return None
    kept = read_address(channel, address)
    fields = {"address": kept, "changed_at": now}
    return ContactChannel.objects.update_or_create(contact=contact, channel=channel, defaults=fields)[0]


@transaction.atomic
def prefer(*, contact: Contact, channel: str, now: datetime) -> None:
    """By this way he likes best to hear from us; an empty one is no preference. Raises channels.BadChannel."""
    if channel:
        channel_of(channel)
    ContactChannel.objects.filter(contact=contact, is_preferred=True).exclude(channel=channel).update(
        is_preferred=False, changed_at=now
    )
    ContactChannel.objects.filter(contact=contact, channel__in=WITH_CONTACT, is_preferred=False).delete()
    if channel:
        fields = {"is_preferred": True, "changed_at": now}
        ContactChannel.objects.update_or_create(contact=contact, channel=channel, defaults=fields)


def ways_of(contact: Contact, *, now: datetime) -> list[Way]:
    return ways_of_all([contact], now=now)[contact.pk]


def ways_of_all(contacts: Iterable[Contact], *, now: datetime) -> dict[int, list[Way]]:
    """Every way to each of these: what he prefers first, then what he permits. Three queries for all of them."""
    by_id = {contact.pk: contact for contact in contacts}
    kept: defaultdict[int, dict[str, ContactChannel]] = defaultdict(dict)
    for row in ContactChannel.objects.filter(contact_id__in=by_id):
        kept[row.contact_id][row.channel] = row
    stands = _stands_by_channel(by_id)
    barred = queries.suppressions_of([contact.email_key for contact in by_id.values() if contact.email_key])
    found = {}
    for pk, contact in by_id.items():
        is_barred = bool(barred.get(contact.email_key or ""))
        ways = (
            _way(contact, channel, kept[pk].get(channel), stands.get((pk, channel)), is_barred, now)
            for channel in CHANNELS
        )
        found[pk] = sorted(
            (way for way in ways if way.address or way.state or way.is_preferred),
            key=lambda way: (not way.is_preferred, not way.permits),
        )
    return found


def preferred_of(contact_ids: Iterable[int]) -> dict[int, str]:
    """By which way each likes best to hear from us; who never said it is left out."""
    rows = ContactChannel.objects.filter(among("contact_id", set(contact_ids)), is_preferred=True)
    return dict(rows.values_list("contact_id", "channel"))


def best_way(ways: Collection[Way]) -> Way | None:
    """The one to advertise by: the preferred one if he permits it, else another he permits; None for none."""
    return next((way for way in ways if way.permits and way.address), None)


def _way(
    contact: Contact, channel: str, row: ContactChannel | None, stand: Stand | None, is_barred: bool, now: datetime
) -> Way:
    address = {EMAIL: contact.email, PHONE: contact.phone}.get(channel, row.address if row else "")
    permits = is_in_force(stand, now) and not (channel == EMAIL and is_barred)
    return Way(
        channel, address, CHANNELS[channel].link(address) if address else "", stand.state if stand else "", permits,
        bool(row and row.is_preferred),
    )  # fmt: skip


def _stands_by_channel(contact_ids: Collection[int]) -> dict[tuple[int, str], Stand]:
    rows = (
        Permission.objects.filter(contact_id__in=contact_ids, purpose=MARKETING, topic="")
        .order_by("obtained_at", "id")
        .values_list("contact_id", "channel", "state", "basis", "jurisdiction", "expires_at", "id")
    )
    return {(row[0], row[1]): Stand(*row[2:]) for row in rows}
