"""The last question before a message leaves: has anything been withdrawn since it was handed over? (RD-04, RL-02)

Between the commit of `handing_off` and the first byte of the message lie a few milliseconds, or many seconds when the
mail server is slow. Whoever withdraws, is erased, or stops a campaign in that time is heard too. One statement, read by
the thread that speaks to the server.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Max

from guanxi.consent.models import Permission, Suppression
from guanxi.outbox.models import Message, PausedOrigin, SendingPolicy, Stream
from guanxi.outbox.states import HANDING_OFF


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest statement and suppression that the gates have seen; whatever comes later has a higher number."""

    permission_id: int
    suppression_id: int


def mark() -> Mark:
    """Taken in the transaction of the hand-over, under the locks of its contacts."""
    permission = Permission.objects.aggregate(id=Max("id"))["id"] or 0
    return Mark(permission, Suppression.objects.aggregate(id=Max("id"))["id"] or 0)


def _tables() -> dict[str, str]:
    models = (Message, PausedOrigin, SendingPolicy, Stream, Permission, Suppression)
    return {model.__name__.lower(): connection.ops.quote_name(model._meta.db_table) for model in models}


QUESTION = """
SELECT 1 FROM {message} m
WHERE m.id = %s AND m.epoch = %s AND m.state = %s
AND NOT EXISTS (SELECT 1 FROM {sendingpolicy} WHERE is_stopped)
AND NOT EXISTS (SELECT 1 FROM {pausedorigin} o WHERE o.origin_kind = m.origin_kind AND o.origin_id = m.origin_id)
AND NOT EXISTS (SELECT 1 FROM {stream} s WHERE s.sender_id = %s AND s.kind = m.kind AND s.paused_at IS NOT NULL)
AND NOT EXISTS (SELECT 1 FROM {permission} p WHERE p.contact_id = m.contact_id AND p.id > %s)
AND NOT EXISTS (SELECT 1 FROM {suppression} x WHERE x.address_key = %s AND x.id > %s)
"""


def is_wanted(*, message_id: int, epoch: int, sender_id: int, address_key: str, seen: Mark) -> bool:
    """Whether nothing speaks against the message that its gates have not seen."""
    values = [message_id, epoch, HANDING_OFF, sender_id, seen.permission_id, address_key, seen.suppression_id]
    with connection.cursor() as cursor:
        cursor.execute(_statement(), values)
        return cursor.fetchone() is not None


def _statement() -> str:
    vendor = connection.vendor
    if vendor not in _STATEMENTS:
        _STATEMENTS[vendor] = QUESTION.format(**_tables())
    return _STATEMENTS[vendor]


_STATEMENTS: dict[str, str] = {}
