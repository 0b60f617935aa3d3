"""The last question before a message leaves: has anything been withdrawn since it was handed over? (RD-04, RL-02)

Between the commit of `handing_off` and the first byte of the message lie a few milliseconds, or many seconds when the
mail server is slow. Whoever withdraws, is erased, or stops a campaign in that time is heard too. One statement, read by
the thread that speaks to the server.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max

from guanxi.consent.models import Permission, Suppression
from guanxi.outbox.models import Message, PausedOrigin, SendingPolicy, Stream
from guanxi.outbox.states import HANDING_OFF

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest statement and suppression that the gates have seen; whatever comes later has a higher number."""

    permission_id: int
    suppression_id: int


def mark() -> Mark:
    """Taken in the transaction of the hand-over, under the locks of its contacts."""
    permission = Permission.objects.aggregate(id=Max("id"))["id"] or 0
    return Mark(permission, Suppression.objects.aggregate(id=Max("id"))["id"] or 0)


TABLES = (Message, PausedOrigin, SendingPolicy, Stream, Permission, Suppression)
QUESTION = """
SELECT 1 FROM {message} m
WHERE m.id = %s AND m.epoch = %s AND m.state = %s
AND NOT EXISTS (SELECT 1 FROM {sendingpolicy} WHERE is_stopped)
AND NOT EXISTS (SELECT 1 FROM {pausedorigin} o WHERE o.origin_kind = m.origin_kind AND o.origin_id = m.origin_id)
AND NOT EXISTS (SELECT 1 FROM {stream} s WHERE s.sender_id = %s AND s.kind = m.kind AND s.paused_at IS NOT NULL)
AND NOT EXISTS (SELECT 1 FROM {permission} p WHERE p.contact_id = m.contact_id AND p.id > %s)
AND NOT EXISTS (SELECT 1 FROM {suppression} x WHERE x.address_key = %s AND x.id > %s)
"""


class Watchman:
    """Asks, in the transport's own thread and by a connection of its own.

    `open` and `close` belong before and after the thread's event loop, in which Django refuses to speak to a database;
    the question itself goes to the driver.
    """

    def __init__(self) -> None:
        self._driver: Any = None
        self._question = ""

    def open(self) -> None:
        connection.ensure_connection()
        self._driver = connection.connection
        tables = {model.__name__.lower(): connection.ops.quote_name(model._meta.db_table) for model in TABLES}
        question = QUESTION.format(**tables)
        self._question = question.replace("%s", "?") if connection.vendor == "sqlite" else question

    def close(self) -> None:
        self._driver = None
        connection.close()

    def is_wanted(self, *, message_id: int, epoch: int, sender_id: int, address_key: str, seen: Mark) -> bool:
        """Whether nothing speaks against the message that its gates have not seen; not, when nobody can tell."""
        values = (message_id, epoch, HANDING_OFF, sender_id, seen.permission_id, address_key, seen.suppression_id)
        try:
            return self._driver.execute(self._question, values).fetchone() is not None
        except Exception:
            logger.exception("message %d is kept back, since nobody can tell whether it may go", message_id)
            return False
