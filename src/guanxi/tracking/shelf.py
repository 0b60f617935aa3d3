"""What is known of the mails that readers ask for: kept for a while by the server, where the same mail is asked for
again and again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from time import monotonic
from typing import NamedTuple

from guanxi.kernel import fetching
from guanxi.tracking.models import Site

# How long after its acceptance a mail is listened to (RS-26).
LISTENING = timedelta(days=180)
KNOWN_FOR_SECONDS = 60.0
ORIGINS_KNOWN_FOR_SECONDS = 5.0
MOST_KNOWN = 20_000
# Asked for each mail's first hit, where building the question took three times as long as its answer.
COLUMNS, MESSAGES = "id, contact_id, links, handed_at, accepted_at", "FROM outbox_message WHERE id {these}"


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
        self._rows: dict[int, Sent] = {}
        self._true_until = -1e9
        self._origins: tuple[float, frozenset[str]] = (-1e9, frozenset())

    def find(self, message_ids: Collection[int]) -> Mapping[int, Sent]:
        """These, as far as there are such mails, and maybe others."""
        if not self.keeps:
            return dict(_read(message_ids))
        if monotonic() > self._true_until or len(self._rows) > MOST_KNOWN:
            # Not emptied: another thread may be reading it.
            self._rows, self._true_until = {}, monotonic() + KNOWN_FOR_SECONDS
        known = self._rows
        if not (missing := set(message_ids).difference(known)):
            return known
        read = dict(_read(missing))
        known |= {each: sent for each, sent in read.items() if sent.accepted_at is not None}
        return read | {each: known[each] for each in message_ids if each in known}

    def origins(self) -> frozenset[str]:
        """The firm's own pages."""
        now = monotonic()
        if not self.keeps or now - self._origins[0] > ORIGINS_KNOWN_FOR_SECONDS:
            self._origins = (now, frozenset(Site.objects.values_list("origin", flat=True)))
        return self._origins[1]


SHELF = Shelf()


def _read(message_ids: Collection[int]) -> Iterator[tuple[int, Sent]]:
    for message_id, contact_id, urls, handed_at, accepted_at in fetching.rows_about(message_ids, COLUMNS, MESSAGES):
        left_at = fetching.moment_of(accepted_at or handed_at)
        heard_until = (left_at + LISTENING).timestamp() if left_at else 0.0
        yield message_id, Sent(contact_id, _read_links(urls), left_at if accepted_at else None, heard_until)


@lru_cache(maxsize=1024)
def _read_links(urls: str) -> tuple[str, ...]:
    """Most readers of a mailing have the same."""
    return tuple(json.loads(urls))
