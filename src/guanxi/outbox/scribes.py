"""Who writes the letters of a turn: the process that keeps the books, or a companion beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from guanxi.outbox import delivery, facts
from guanxi.outbox.letterbook import LetterBook
from guanxi.outbox.letters import CannotWrite, Prepared, Writer
from guanxi.outbox.models import Frozen, Message

logger = logging.getLogger(__name__)


class Scribe(Protocol):
    """Is given messages that are claimed, and gives them back written; some at once, some later.

    What cannot be written is refused on the way, and nothing is written while all sending is stopped.
    """

    @property
    def sets(self) -> int:
        """How many sets of its carrier may be written and under its pen together."""
        ...

    @property
    def under_pen(self) -> Collection[Message]:
        """What it has been given and has not given back yet."""
        ...

    def write(self, messages: Sequence[Message], *, token: str, now: datetime) -> None:
        """`token` names the claim."""
        ...

    def written(self) -> list[Prepared]:
        """What was finished since the last time."""
        ...

    def forget(self) -> None:
        """What it has been given: nobody waits for it any more."""
        ...


class OwnScribe:
    """Writes at once."""

    sets = 1

    def __init__(self, *, book: LetterBook, clock: Callable[[], datetime], may_repeat: bool) -> None:
        """`may_repeat`: what was handed over before goes again byte by byte (RD-10)."""
        self._book, self._clock, self._may_repeat = book, clock, may_repeat
        self._written: list[Prepared] = []
        self.under_pen: tuple[Message, ...] = ()

    def write(self, messages: Sequence[Message], *, token: str, now: datetime) -> None:
        desk = facts.desk(messages, now=now, book=self._book)
        if self._may_repeat:
            frozen = Frozen.objects.filter(message_id__in=[each.pk for each in messages], until_at__gt=now)
            desk.frozen = {each.message_id: each for each in frozen}
        if desk.policy.is_stopped:
            return
        writer = Writer(desk)
        for message in messages:
            try:
                self._written.append(writer.prepare(message))
            except CannotWrite as error:
                refuse(message, str(error), now=self._clock())

    def written(self) -> list[Prepared]:
        written, self._written = self._written, []
        return written

    def forget(self) -> None:
        self._written = []


def refuse(message: Message, reason: str, *, now: datetime) -> None:
    logger.warning("message %d cannot be written: %s", message.pk, reason)
    delivery.refuse(message, reason, now=now)
