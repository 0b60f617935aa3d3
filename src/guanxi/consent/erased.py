"""Addresses of persons who were erased: nothing goes there, and no list brings them back (RL-10)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from guanxi.consent import queries
from guanxi.consent.models import Suppression
from guanxi.kernel.parts import in_parts

ERASED = "erased"
ALL = "all"
AT_ONCE = 500


@transaction.atomic
def bar(*, address_keys: Collection[str], now: datetime) -> int:
    """Let nothing remain of these addresses but their fingerprint, with the reason `erased`; returns how many."""
    Suppression.objects.filter(address_key__in=address_keys).delete()
    rows = [
        Suppression(address_key=key, scope=ALL, reason=ERASED, created_at=now) for key in dict.fromkeys(address_keys)
    ]
    return len(Suppression.objects.bulk_create(rows))


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
