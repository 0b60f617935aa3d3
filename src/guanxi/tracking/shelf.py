"""What is known of the mails that readers ask for: kept for a while by the server, where the same mail is asked for
again and again.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple

from guanxi.kernel import fetching, parts
from guanxi.tracking.models import Site

# How long after its acceptance a mail is listened to (RS-26).
LISTENING = timedelta(days=180)
KNOWN_FOR_SECONDS = 60.0
ORIGINS_KNOWN_FOR_SECONDS = 5.0
MOST_KNOWN = 20_000
AT_ONCE = 500
# Asked for each mail's first hit, where building the question took three times as long as its answer.
READ = "SELECT id, contact_id, links, handed_at, accepted_at FROM outbox_message WHERE id IN ({places})"


class Sent(NamedTuple):
    """What a hit must know of its message; `heard_until` counts seconds as `Knock.at` does."""

    contact_id: int
    links: tuple[str, ...]
    accepted_at: datetime | None
    heard_until: float


class Shelf:
    """Messages that were asked for lately. What is asked here does not change once a mail is accepted.

    Only the server keeps them (`keeps`).
    """

    def __init__(self) -> None:
        self.keeps = False
        self._rows: OrderedDict[int, tuple[float, Sent]] = OrderedDict()
        self._origins: tuple[float, frozenset[str]] = (-1e9, frozenset())

    def find(self, message_ids: Collection[int]) -> dict[int, Sent]:
        since = monotonic() - KNOWN_FOR_SECONDS
        known = self._rows
        found = {each: row[1] for each in message_ids if (row := known.get(each)) is not None and row[0] > since}
        if len(found) < len(message_ids):
            found |= self._look_up([each for each in message_ids if each not in found])
        return found

    def _look_up(self, message_ids: Collection[int]) -> dict[int, Sent]:
        now = monotonic()
        found = dict(_read(message_ids))
        if self.keeps:
            self._rows |= {each: (now, sent) for each, sent in found.items() if sent.accepted_at is not None}
            while len(self._rows) > MOST_KNOWN:
                self._rows.popitem(last=False)
        return found

    def origins(self) -> frozenset[str]:
        """The firm's own pages."""
        now = monotonic()
        if not self.keeps or now - self._origins[0] > ORIGINS_KNOWN_FOR_SECONDS:
            self._origins = (now, frozenset(Site.objects.values_list("origin", flat=True)))
        return self._origins[1]


SHELF = Shelf()


def _read(message_ids: Collection[int]) -> Iterator[tuple[int, Sent]]:
    for some in parts.in_parts(message_ids, AT_ONCE):
        rows = fetching.rows_of(READ.format(places=parts.places(some)), some)
        for message_id, contact_id, urls, handed_at, accepted_at in rows:
            accepted_at = _in_utc(accepted_at)
            heard_until = _heard_until(_in_utc(handed_at), accepted_at)
            yield message_id, Sent(contact_id, tuple(json.loads(urls)), accepted_at, heard_until)


def _in_utc(moment: datetime | None) -> datetime | None:
    """SQLite hands out moments without their zone, which is UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _heard_until(handed_at: datetime | None, accepted_at: datetime | None) -> float:
    return ((accepted_at or handed_at) + LISTENING).timestamp() if handed_at else 0.0
