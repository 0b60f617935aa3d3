"""What the rooms ask about permissions and suppressions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.conf import settings

from guanxi.consent.models import Permission, Suppression
from guanxi.consent.rules import Stand, is_barred
from guanxi.kernel import signing


def address_key(email_key: str) -> str:
    """The fingerprint under which a canonical address is suppressed (RL-10)."""
    return signing.blind(settings.SECRET_KEY, "suppression", email_key)


def permission_of(contact_id: int, purpose: str, channel: str = "email") -> Permission | None:
    """The statement in force: the newest by the moment at which the contact made it."""
    return (
        Permission.objects.filter(contact_id=contact_id, channel=channel, purpose=purpose)
        .order_by("-obtained_at", "-id")
        .first()
    )


def history_of(contact_id: int) -> list[Permission]:
    """Every statement of the contact, newest first."""
    return history_of_all([contact_id])


def history_of_all(contact_ids: Collection[int]) -> list[Permission]:
    """Every statement of these contacts, newest first, in one query."""
    rows = Permission.objects.filter(contact_id__in=contact_ids).select_related("actor")
    return list(rows.order_by("-obtained_at", "-id"))


def stands_of(contact_ids: Collection[int], channel: str = "email") -> dict[tuple[int, str], Stand]:
    """The statement in force per (contact, purpose), in one query for all of them."""
    rows = (
        Permission.objects.filter(contact_id__in=contact_ids, channel=channel)
        .order_by("obtained_at", "id")
        .values_list("contact_id", "purpose", "state", "basis", "jurisdiction", "expires_at")
    )
    return {(row[0], row[1]): Stand(*row[2:]) for row in rows}


def stand_of(contact_id: int, purpose: str, channel: str = "email") -> Stand | None:
    return stands_of([contact_id], channel).get((contact_id, purpose))


def is_suppressed(email_key: str, scope: str = "marketing") -> bool:
    """Whether this canonical address gets no mail of this scope; a suppression of `all` covers every scope."""
    scopes = suppressions_of([email_key])[email_key]
    return is_barred(kind=scope, suppressions=scopes)


def suppressions_of(email_keys: Collection[str]) -> dict[str, frozenset[str]]:
    """The suppression scopes per canonical address, in one query; an address without any has an empty set."""
    by_fingerprint = {address_key(email_key): email_key for email_key in email_keys}
    found: defaultdict[str, set[str]] = defaultdict(set)
    rows = Suppression.objects.filter(address_key__in=by_fingerprint).values_list("address_key", "scope")
    for fingerprint, scope in rows:
        found[by_fingerprint[fingerprint]].add(scope)
    return {email_key: frozenset(found[email_key]) for email_key in email_keys}
