"""What the outbox does for a person who is being forgotten."""

from __future__ import annotations

from collections.abc import Collection

from guanxi.outbox.models import Message


def hold_still(*, contact_ids: Collection[int]) -> None:
    """Keep every worker from the mails of these contacts until the transaction ends.

    Whoever writes down a verdict, an attempt or an answer locks its message first, so that afterwards all of them can
    be seen and go with it. Raises OperationalError on PostgreSQL when a worker has one in hand: waiting for it with the
    contact locked could be waiting for each other.
    """
    list(
        Message.objects.select_for_update(of=("self",), nowait=True)
        .filter(contact_id__in=contact_ids)
        .order_by("id")
        .values_list("id", flat=True)
    )
