"""One worker's turn at the queue: claim, write, commit, hand over, record; the next batch is written meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillBusy
from datetime import datetime
from secrets import token_hex

from guanxi.outbox import claims, delivery, facts
from guanxi.outbox.delivery import Handed
from guanxi.outbox.letterbook import LetterBook
from guanxi.outbox.letters import CannotWrite, Prepared, Writer
from guanxi.outbox.models import Message
from guanxi.transports import base
from guanxi.transports.base import Receipt, Transport

logger = logging.getLogger(__name__)


class Turn:
    """Sends what is due until nothing is, or until the mail server asks for peace.

    The transport works in a thread of its own, outside any transaction; this thread keeps the books and the lease.
    As many messages as the transport has lanes are in its hands at one time: so many can become uncertain when the
    worker dies.
    """

    def __init__(self, *, clock: Callable[[], datetime], worker: str, transport: Transport) -> None:
        self.clock, self.worker, self.transport = clock, worker, transport
        self.book = LetterBook()
        self.accepted = 0
        self.is_over = False

    def run(self, *, limit: int, should_stop: Callable[[], bool]) -> int:
        """Hand over up to `limit` messages; returns how many the server accepted."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="transport") as lane:
            try:
                token, batch = self._claim(limit)
                while batch:
                    limit -= len(batch)
                    token, batch = self._hand_over(token, batch, lane, limit)
                    if should_stop() or self.is_over:
                        claims.give_back(token=token)
                        break
            finally:
                lane.submit(self.transport.close).result()
        return self.accepted

    def _claim(self, limit: int) -> tuple[str, list[Prepared]]:
        """A batch of written letters; messages that cannot be written are refused on the way."""
        while limit > 0:
            token = f"{self.worker[:60]}/{token_hex(8)}"
            now = self.clock()
            messages = claims.claim(now=now, token=token, limit=min(limit, self.transport.lanes))
            if not messages:
                break
            table = facts.gather(messages, now=now, book=self.book)
            if table.policy.is_stopped:
                claims.give_back(token=token)
                break
            writer = Writer(table)
            prepared = [letter for message in messages if (letter := self._write(writer, message))]
            if prepared:
                return token, prepared
        return "", []

    def _write(self, writer: Writer, message: Message) -> Prepared | None:
        try:
            return writer.prepare(message)
        except CannotWrite as error:
            logger.warning("message %d cannot be written: %s", message.id, error)
            delivery.refuse(message, str(error), now=self.clock())
            return None

    def _hand_over(
        self, token: str, batch: list[Prepared], lane: ThreadPoolExecutor, limit: int
    ) -> tuple[str, list[Prepared]]:
        handed = delivery.commit_hand_over(batch, token=token, now=self.clock(), book=self.book)
        if not handed:
            return self._claim(limit)
        work = lane.submit(self.transport.carry, [each.prepared.envelope for each in handed])
        following: tuple[str, list[Prepared]] = ("", [])
        try:
            following = self._claim(limit)
        finally:
            self._record(handed, self._wait(work, [token, following[0]]))
        return following

    def _wait(self, work: Future[list[Receipt]], tokens: list[str]) -> list[Receipt]:
        while True:
            try:
                return work.result(timeout=claims.HEARTBEAT_SECONDS)
            except StillBusy:
                for token in filter(None, tokens):
                    claims.keep(token=token, now=self.clock())

    def _record(self, handed: list[Handed], receipts: list[Receipt]) -> None:
        self.accepted += delivery.record_receipts(handed, receipts, now=self.clock())
        outcomes = {receipt.outcome: receipt for receipt in receipts}
        if base.BLOCKED in outcomes:
            delivery.stop(f"The mail server refuses our domain: {outcomes[base.BLOCKED].reply}")
        # A server that is busy or away is left in peace until the next turn (RP-19, RP-20).
        self.is_over = bool({base.BLOCKED, base.RATE_LIMITED} & set(outcomes)) or any(
            receipt.phase in {"connect", "greeting", "ehlo", "tls", "auth"} for receipt in receipts
        )
