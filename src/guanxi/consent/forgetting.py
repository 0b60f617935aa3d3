"""The one way past the guard of Permission: with the person who is forgotten, or with an import that is undone.

Whoever erases a contact calls `forget` before he deletes the contact's row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from guanxi.consent.models import Opening, Permission, Removal


@transaction.atomic
def forget(*, contact_ids: Collection[int]) -> int:
    """Delete every statement of these contacts, with the traces of removed ones; returns how many statements went."""
    with _open([Opening(contact_id=contact_id) for contact_id in contact_ids]):
        gone = Permission.objects.filter(contact_id__in=contact_ids).delete()[0]
    Removal.objects.filter(contact_id__in=contact_ids).delete()
    return gone


def take_out(permissions: QuerySet[Permission], *, batch: int, now: datetime) -> int:
    """Delete statements of an import that is undone; their hashes stay, so that the chains stay whole."""
    rows = list(permissions.values_list("id", "contact_id", "previous_hash", "record_hash"))
    Removal.objects.bulk_create(
        [
            Removal(
                permission_id=row[0], contact_id=row[1], previous_hash=row[2], record_hash=row[3], batch=batch,
                removed_at=now,
            )
            for row in rows
        ],
        batch_size=500,
    )  # fmt: skip
    with _open([Opening(batch=batch)]):
        return permissions.delete()[0]


@contextmanager
def _open(openings: list[Opening]) -> Iterator[None]:
    made = Opening.objects.bulk_create(openings, batch_size=500)
    yield
    Opening.objects.filter(pk__in=[each.pk for each in made]).delete()
