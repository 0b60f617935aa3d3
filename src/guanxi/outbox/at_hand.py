"""Messages that were judged a moment ago, so that whoever claims them need not load them a second time.

A claim takes only those whose row is as it was judged. Whether the reader is still who he was is asked of every message
when it is handed over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from guanxi.kernel.fetching import among
from guanxi.kernel.questions import Question, Rows
from guanxi.outbox.loading import numbered
from guanxi.outbox.models import Message
from guanxi.outbox.states import CLAIMED

MOST_KEPT = 2_000


class AtHand:
    """Belongs to one worker, for one round of its work."""

    def __init__(self) -> None:
        self._judged: dict[int, Message] = {}

    @property
    def is_full(self) -> bool:
        return len(self._judged) >= MOST_KEPT

    def keep(self, judged: Iterable[Message]) -> None:
        """Those among them that may leave."""
        if self.is_full:
            self._judged.clear()
        self._judged.update((each.pk, each) for each in judged)

    def claimed(self, numbers: Collection[int], *, token: str, until: datetime) -> list[Message]:
        """The messages with these numbers, claimed in the transaction under way, the first due first."""
        found, missing = [], []
        rows = _as_claimed(numbers)
        self._forget_before(rows[0][1])
        for number, *row in rows:
            known = self._judged.pop(number, None)
            if known is None or row != [known.due_at, known.epoch + 1, known.contact_id, known.customer_id]:
                missing.append(number)
                continue
            known.state, known.claimed_by, known.lease_until = CLAIMED, token, until
            known.epoch += 1
            found.append(known)
        if missing:
            found += numbered(missing)
            found.sort(key=lambda message: (message.due_at, message.pk))
        return found

    def _forget_before(self, due_at: datetime) -> None:
        """What was due earlier and is not among the first now has been taken by others, or rests."""
        for number, message in list(self._judged.items()):
            if message.due_at >= due_at:
                break
            del self._judged[number]


@Question
def _as_claimed(numbers: Any) -> Rows:
    rows = Message.objects.filter(among("id", numbers)).order_by("due_at", "id")
    return rows.values_list("id", "due_at", "epoch", "contact_id", "customer_id")
