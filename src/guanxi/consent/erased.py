"""Addresses of persons who were erased: nothing goes there, and no list brings them back (RL-10).

He himself may come back: the mail that asks him to confirm a sign-up is the only one that reaches him, and his yes
lifts the bar.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from guanxi.consent import queries
from guanxi.consent.models import Suppression
from guanxi.consent.rules import ALL, ERASED, GRANTED
from guanxi.kernel.parts import in_parts
from guanxi.ledger import identity
from guanxi.ledger.models import Contact

AT_ONCE = 500


@transaction.atomic
def bar(*, address_keys: Collection[str], now: datetime) -> int:
    """Let nothing remain of these addresses but their fingerprint, with the reason `erased`; returns how many."""
    Suppression.objects.filter(address_key__in=address_keys).delete()
    rows = [
        Suppression(address_key=key, scope=ALL, reason=ERASED, created_at=now) for key in dict.fromkeys(address_keys)
    ]
    return len(Suppression.objects.bulk_create(rows))


def readmit(*, address_key: str) -> bool:
    """The owner of the address has confirmed a new sign-up of his own; returns whether it was barred."""
    return Suppression.objects.filter(address_key=address_key, scope=ALL, reason=ERASED).delete()[0] > 0


def back_by_own_word(address_keys: Collection[str]) -> set[str]:
    """Which of these fingerprints belong to somebody who stands here by a sign-up that he confirmed himself."""
    if not address_keys:
        return set()
    confirmed = Contact.objects.filter(
        email_key__isnull=False, permissions__method="double_opt_in", permissions__state=GRANTED
    )
    keys = set(confirmed.values_list("email_key", flat=True))
    return set(queries.address_keys([key for key in keys if key]).values()) & set(address_keys)


def is_erased(address: str) -> bool:
    """Whether somebody under this address asked to be erased; nobody enters him again but himself."""
    try:
        return bool(address) and bool(erased_among({identity.canonical_email(address)}))
    except identity.BadAddress:
        return False


def erased_among(email_keys: Collection[str]) -> set[str]:
    """Which of these canonical addresses belong to persons who were erased."""
    if not email_keys or not Suppression.objects.filter(reason=ERASED).exists():
        return set()
    by_fingerprint = {queries.address_key(key): key for key in email_keys}
    found: set[str] = set()
    for some in in_parts(by_fingerprint, AT_ONCE):
        rows = Suppression.objects.filter(reason=ERASED, address_key__in=some)
        found |= {by_fingerprint[key] for key in rows.values_list("address_key", flat=True)}
    return found
