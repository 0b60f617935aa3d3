"""A transport at work: what is in its hands, how much more it takes, and what it has answered."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from guanxi.outbox.companion import Companion
from guanxi.outbox.delivery import Handed
from guanxi.outbox.last_look import Watchman
from guanxi.outbox.routes import Route
from guanxi.transports.base import Receipt
from guanxi.transports.smtp import SLOW_SECONDS, Job, Smtp

# How many messages are in the hands of a posting transport, in multiples of its lanes: one set is on its way while
# the answers about another are written down. Each is asked about once more before it leaves.
DEPTH = 2
# A server that has answered everything before the books were done gets twice as much the next time, as long as the
# slowest answer takes no longer than this.
AHEAD_SECONDS, MOST_DEPTH = 0.5, 32
Answer = tuple[Handed, Receipt]


class Carrier:
    """Hands messages to a transport outside any transaction and collects its answers; asked by one thread only."""

    def __init__(self, route: Route, news: threading.Event, companion: Companion | None = None) -> None:
        """A `companion` speaks to the mail server in place of this process."""
        self.route, self.transport = route, route.transport
        self.is_resting = False
        self.wants = 1  # so many answers are worth a word
        self._news, self._watchman = news, Watchman()
        self._since: dict[int, float] = {}
        self._domains: Counter[str] = Counter()
        self._domain_of: dict[int, str] = {}
        self._tardy: set[str] = set()
        self._answers: deque[tuple[Handed, Receipt, float]] = deque()
        self._ahead = DEPTH
        self.posts = isinstance(self.transport, Smtp)
        self._companion = companion
        if companion is not None:
            companion.tell = self._hear
        elif isinstance(self.transport, Smtp):
            self.transport.at_start, self.transport.at_end = self._watchman.open, self._watchman.close
        self._thread = None if self.posts else ThreadPoolExecutor(max_workers=1, thread_name_prefix="transport")

    @property
    def is_lost(self) -> bool:
        """Whether whoever spoke to the mail server is gone."""
        return self._companion is not None and self._companion.is_gone

    @property
    def in_hand(self) -> int:
        return len(self._since)

    @property
    def depth(self) -> int:
        """How many it holds at most; a few that are held up do not count (RD-08)."""
        lanes = self.transport.lanes
        return lanes * self._ahead if self.posts else lanes

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

    def submit(self, batch: Sequence[Handed], dropped: Sequence[int] = ()) -> None:
        """Carry these; `dropped` are the numbers of messages that were written and may not leave."""
        now = time.monotonic()
        for handed in batch:
            message = handed.prepared.message
            self._since[message.id], self._domain_of[message.id] = now, message.domain
            self._domains[message.domain] += 1
        if self._companion is not None:
            self._companion.post_all(batch, dropped)
        elif not batch:
            return
        elif self._thread is not None:
            self._thread.submit(self._carry, list(batch))
        else:
            self.transport.post_all([self._job(handed) for handed in batch])  # type: ignore[attr-defined]

    def answers(self) -> list[Answer]:
        """What has been answered since the last time."""
        found, slowest, held = [], 0.0, self.in_hand
        while self._answers:
            handed, receipt, at = self._answers.popleft()
            number = handed.prepared.message.id
            took, domain = at - self._since.pop(number, at), self._domain_of.pop(number, "")
            (self._tardy.add if took > SLOW_SECONDS else self._tardy.discard)(domain)
            slowest = max(slowest, took)
            self._domains[domain] -= 1
            if self._domains[domain] <= 0:
                del self._domains[domain]
            found.append((handed, receipt))
        if found:
            self._keep_pace(slowest, was_idle=held == len(found) >= self.depth // 2)
        return found

    def _keep_pace(self, slowest: float, *, was_idle: bool) -> None:
        if slowest > AHEAD_SECONDS:
            self._ahead = max(DEPTH, self._ahead // 2)
        elif was_idle:
            self._ahead = min(MOST_DEPTH, self._ahead * 2)

    @property
    def answered(self) -> int:
        return len(self._answers)

    def close(self) -> None:
        if self._companion is not None:
            self._companion.close()
        elif self._thread is not None:
            self._thread.submit(self.transport.close).result()
            self._thread.shutdown()
        else:
            self.transport.close()

    def _job(self, handed: Handed) -> Job:
        def done(receipt: Receipt) -> None:
            self._hear([(handed, receipt, time.monotonic())])

        return Job(handed.envelope, done, partial(self._watchman.is_wanted, handed.question))

    def _carry(self, batch: list[Handed]) -> None:
        receipts = self.transport.carry([each.envelope for each in batch])
        now = time.monotonic()
        self._hear([(*pair, now) for pair in zip(batch, receipts, strict=True)])

    def _hear(self, answers: Iterable[tuple[Handed, Receipt, float]]) -> None:
        """Called from other threads, with the moment of each answer."""
        self._answers.extend(answers)
        if len(self._answers) >= self.wants:
            self._news.set()
