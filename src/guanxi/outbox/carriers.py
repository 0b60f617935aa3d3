"""A transport at work: what is in its hands, how much more it takes, and what it has answered."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from guanxi.outbox.delivery import Handed
from guanxi.outbox.last_look import Watchman
from guanxi.outbox.routes import Route
from guanxi.transports.base import Receipt
from guanxi.transports.smtp import SLOW_SECONDS, Job, Smtp

# How many messages are in the hands of a posting transport, in multiples of its lanes: one set is on its way while
# the answers about another are written down. Each is asked about once more before it leaves.
DEPTH = 2
# A fast server gets more, so that it never waits for the books: what it answers in so many seconds.
AHEAD_SECONDS, MOST_DEPTH = 0.25, 40
Answer = tuple[Handed, Receipt]


class Carrier:
    """Hands messages to a transport outside any transaction and collects its answers; asked by one thread only."""

    def __init__(self, route: Route, news: threading.Event) -> None:
        self.route, self.transport = route, route.transport
        self.is_resting = False
        self.wants = 1  # so many answers are worth a word
        self._news, self._watchman = news, Watchman()
        self._since: dict[int, float] = {}
        self._domains: Counter[str] = Counter()
        self._domain_of: dict[int, str] = {}
        self._tardy: set[str] = set()
        self._answers: deque[Answer] = deque()
        self._per_second, self._counted_at = 0.0, time.monotonic()
        self.posts = isinstance(self.transport, Smtp)
        if isinstance(self.transport, Smtp):
            self.transport.at_start, self.transport.at_end = self._watchman.open, self._watchman.close
        self._thread = None if self.posts else ThreadPoolExecutor(max_workers=1, thread_name_prefix="transport")

    @property
    def in_hand(self) -> int:
        return len(self._since)

    @property
    def depth(self) -> int:
        """How many it holds at most; a few that are held up do not count (RD-08)."""
        lanes = self.transport.lanes
        if not self.posts:
            return lanes
        return max(lanes * DEPTH, min(lanes * MOST_DEPTH, int(self._per_second * AHEAD_SECONDS)))

    def room(self) -> int:
        """How many more it takes now."""
        if not self.posts:
            return 0 if self._since else self.depth
        held_up = min(sum(self.slow_domains().values()), self.transport.lanes)
        return max(0, self.depth + held_up - self.in_hand)

    def domains(self) -> list[str]:
        """Whose mails it holds."""
        return list(self._domains)

    def in_hand_for(self, domain: str) -> int:
        return self._domains[domain]

    def slow_domains(self) -> Counter[str]:
        """Domains that hold their messages up, or did with the latest, and how many are under way."""
        limit = time.monotonic() - SLOW_SECONDS
        domains = ((self._domain_of[number], since) for number, since in self._since.items())
        return Counter(domain for domain, since in domains if since < limit or domain in self._tardy)

    def submit(self, batch: Sequence[Handed]) -> None:
        now = time.monotonic()
        for handed in batch:
            message = handed.prepared.message
            self._since[message.pk], self._domain_of[message.pk] = now, message.domain
            self._domains[message.domain] += 1
        if self._thread is not None:
            if batch:
                self._thread.submit(self._carry, list(batch))
            return
        if batch:
            self.transport.post_all([self._job(handed) for handed in batch])  # type: ignore[attr-defined]

    def answers(self) -> list[Answer]:
        """What has been answered since the last time."""
        found, now = [], time.monotonic()
        while self._answers:
            handed, receipt = self._answers.popleft()
            number = handed.prepared.message.pk
            since, domain = self._since.pop(number, now), self._domain_of.pop(number, "")
            (self._tardy.add if now - since > SLOW_SECONDS else self._tardy.discard)(domain)
            self._domains[domain] -= 1
            if self._domains[domain] <= 0:
                del self._domains[domain]
            found.append((handed, receipt))
        self._count(len(found))
        return found

    def _count(self, answered: int) -> None:
        now = time.monotonic()
        if answered and now > self._counted_at:
            self._per_second += 0.2 * (answered / (now - self._counted_at) - self._per_second)
            self._counted_at = now

    @property
    def answered(self) -> int:
        return len(self._answers)

    def close(self) -> None:
        if self._thread is not None:
            self._thread.submit(self.transport.close).result()
            self._thread.shutdown()
        else:
            self.transport.close()

    def _job(self, handed: Handed) -> Job:
        def done(receipt: Receipt) -> None:
            self._answers.append((handed, receipt))
            if len(self._answers) >= self.wants:
                self._news.set()

        def is_wanted() -> bool:
            return self._watchman.is_wanted(
                message_id=handed.message.pk, epoch=handed.epoch, sender_id=handed.sender_id,
                address_key=handed.address_key, seen=handed.seen,
            )  # fmt: skip

        return Job(handed.prepared.envelope, done, is_wanted)

    def _carry(self, batch: list[Handed]) -> None:
        receipts = self.transport.carry([each.prepared.envelope for each in batch])
        self._answers.extend(zip(batch, receipts, strict=True))
        self._news.set()
