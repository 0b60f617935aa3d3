"""Hangs new statements on their contact's chain, in one go for a whole table."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Max, Q

from guanxi.consent import chain
from guanxi.consent.models import Permission, Removal


def seal(permissions: Sequence[Permission]) -> None:
    """Give each unsaved row the hash of its text, of the contact's row before it, and of itself; in writing order."""
    contact_ids = {permission.contact_id for permission in permissions}
    heads = _heads(contact_ids)
    for permission in permissions:
        permission.wording_hash = permission.wording_hash or chain.text_hash(permission.wording)
        permission.previous_hash = heads.get(permission.contact_id, chain.NOTHING_BEFORE)
        permission.record_hash = chain.hash_of(permission.said(), permission.previous_hash)
        heads[permission.contact_id] = permission.record_hash


def _heads(contact_ids: Collection[int]) -> dict[int, str]:
    """The hash of the last row of each chain, one that an undo took away included."""
    newest: dict[int, tuple[int, str]] = {}
    for model, key in ((Permission, "id"), (Removal, "permission_id")):
        rows = model._default_manager.filter(contact_id__in=contact_ids)
        last = rows.values("contact_id").annotate(last=Max(key)).values("last")
        found = model._default_manager.filter(Q((f"{key}__in", last))).values_list("contact_id", key, "record_hash")
        for contact_id, permission_id, record_hash in found:
            newest[contact_id] = max(newest.get(contact_id, (0, "")), (permission_id, record_hash))
    return {contact_id: record_hash for contact_id, (_, record_hash) in newest.items()}
