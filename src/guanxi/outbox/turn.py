"""One worker's turn at the queue: claim, write, commit, hand over, record; round and round until nothing is due."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from secrets import token_hex

from django.db import OperationalError, transaction
from django.db.models import Q

from guanxi.kernel.cycles import rare_looks
from guanxi.outbox import answers, claims, delivery, pace, tallies
from guanxi.outbox.at_hand import AtHand
from guanxi.outbox.carriers import Answer, Carrier
from guanxi.outbox.companion import Companion
from guanxi.outbox.letterbook import LetterBook
from guanxi.outbox.letters import Prepared
from guanxi.outbox.models import Message
from guanxi.outbox.routes import Route
from guanxi.outbox.scribes import OwnScribe, Scribe
from guanxi.transports import base
from guanxi.transports.smtp import Smtp

# How long answers are collected before they are written down together, or as long as that took the last time.
GATHERING_SECONDS = 0.1
LOOK_SECONDS = 1.0  # at the queue, though no answer has come
# How many messages are judged while others are on their way, and while none are.
BESIDE, BETWEEN = 500, 2_000
SWITCH_SECONDS = 0.0005
PATIENCE = (0.1, 0.5, 2.0, 5.0, 10.0)
BEFORE_A_RECIPIENT = frozenset({"connect", "greeting", "ehlo", "tls", "auth"})


class Turn:
    """Sends what is due until nothing is, or until the mail servers ask for peace.

    The transports work in threads of their own, outside any transaction; this thread keeps the books and the leases.
    What the transports hold at one time is what can become uncertain when the worker dies.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        worker: str,
        routes: Sequence[Route],
        helped: Smtp | None = None,
        meanwhile: Callable[[int], int] = lambda most: 0,
        at_hand: AtHand | None = None,
    ) -> None:
        """`helped` is the transport that is given to a companion; what is `at_hand` was judged by this worker.

        `meanwhile` is done rather than to wait for a companion, and before the turn ends: at most as much as it is
        told, and it tells how much there was.
        """
        self.clock, self._meanwhile, self._at_hand = clock, meanwhile, at_hand
        self.name = f"{worker[:50]}/{token_hex(4)}"
        self.book = LetterBook()
        self.accepted = 0
        self.news = threading.Event()
        self._companion = Companion(helped, news=self.news, clock=clock) if helped else None
        self.carriers = [Carrier(route, self.news, self._companion) for route in routes]
        self._scribes = {carrier: self._companion or self._own_scribe(carrier) for carrier in self.carriers}
        self._pools: dict[Carrier, list[Prepared]] = {carrier: [] for carrier in self.carriers}
        self._promises = {number: base.promise_of(each.transport) for each in routes for number in each.sender_ids}
        self._claims = 0
        self._beaten_at = time.monotonic()
        self._idle_until = self._gathering_until = 0.0

    def run(self, *, limit: int, should_stop: Callable[[], bool]) -> int:
        """Hand over up to `limit` messages; returns how many the servers accepted."""
        left = limit
        with rare_looks(), _frequent_switches():
            try:
                while not should_stop():
                    left -= sum(self._refill(carrier, left) for carrier in self.carriers)
                    is_done = not (self._is_worth_while() and self._exchange())
                    # A companion is given its next letters before anything else.
                    if self._companion and not is_done:
                        continue
                    if self._has_time() and self._do_meanwhile():
                        continue
                    if not self._wait() and is_done and not self._do_meanwhile():
                        break
            finally:
                self._come_to_an_end()
        return self.accepted

    def _has_time(self) -> bool:
        """Whether there is nothing to do but wait for the companion."""
        return self._companion is not None and self._is_waiting() and not self._has_news()

    def _do_meanwhile(self) -> bool:
        """Whether there was anything; where there was nothing it is not looked for again at once."""
        if time.monotonic() < self._idle_until:
            return False
        was_something = self._meanwhile(BESIDE if self._is_waiting() else BETWEEN) > 0
        self._idle_until = 0.0 if was_something else time.monotonic() + LOOK_SECONDS
        return was_something

    # Claiming and writing

    def _refill(self, carrier: Carrier, limit: int) -> int:
        """Claim and write the next set, while the one before it is on its way; returns how many were claimed."""
        pool, depth, scribe = self._pools[carrier], carrier.depth, self._scribes[carrier]
        pool += scribe.written()
        if carrier.is_resting or limit <= 0 or len(pool) + len(scribe.under_pen) >= depth * scribe.sets:
            return 0
        now = self.clock()
        count = min(limit, depth)
        mails = carrier.route.mails(now)
        crowded = self._crowded(carrier)
        messages = self._claim(now, count, mails & ~Q(domain__in=crowded) if crowded else mails)
        if not messages and crowded and not pool and not scribe.under_pen and not carrier.slow_domains():
            messages = self._claim(now, count, mails)
        if messages:
            scribe.write(messages, token=self._token, now=now)
            pool += scribe.written()
        return len(messages)

    def _claim(self, now: datetime, count: int, among: Q) -> list[Message]:
        self._claims += 1
        return claims.claim(now=now, token=self._token, limit=count, among=among, at_hand=self._at_hand)

    @property
    def _token(self) -> str:
        """The name of the latest claim."""
        return f"{self.name}-{self._claims}"

    def _crowded(self, carrier: Carrier) -> list[str]:
        """Domains of which enough is waiting or on its way (RD-08)."""
        most = 2 * pace.share_of(carrier.depth)
        under_pen = (each.domain for each in self._scribes[carrier].under_pen)
        waiting = Counter(each.message.domain for each in self._pools[carrier]) + Counter(under_pen)
        slow = carrier.slow_domains()
        domains = {*waiting, *slow, *carrier.domains()}
        return sorted(
            domain for domain in domains
            if domain in slow or waiting[domain] + carrier.in_hand_for(domain) >= most
        )  # fmt: skip

    def _own_scribe(self, carrier: Carrier) -> Scribe:
        may_repeat = base.promise_of(carrier.transport).idempotent
        return OwnScribe(book=self.book, clock=self.clock, may_repeat=may_repeat)

    # Handing over and recording

    def _exchange(self) -> bool:
        """One transaction: the answers that came, and the next hand-over. False when there was neither."""
        began = time.monotonic()
        found = [answer for carrier in self.carriers for answer in carrier.answers()]
        chosen = {carrier: self._choose(carrier) for carrier in self.carriers}
        if not found and not any(chosen.values()):
            return False
        for carrier in self.carriers:
            carrier.is_resting |= carrier.is_lost
            self._heed(carrier, [each for each in found if each[0].sender_id in carrier.route.sender_ids])
            if carrier.is_resting:
                self._pools[carrier] += chosen.pop(carrier)
        handed = self._commit(found, [each for batch in chosen.values() for each in batch])
        for carrier, batch in chosen.items():
            ours = {id(each): each.message.id for each in batch}
            leaving = [each for each in handed if ours.pop(id(each.prepared), None)]
            carrier.submit(leaving, dropped=list(ours.values()))
        self._keep_leases()
        ended = time.monotonic()
        self._gathering_until = ended + min(max(GATHERING_SECONDS, ended - began), LOOK_SECONDS)
        return True

    def _is_worth_while(self) -> bool:
        """Whether there are answers or letters enough for a transaction, or some that have waited for others."""
        waiting = 0
        for carrier in self.carriers:
            leaving = 0 if carrier.is_resting else min(carrier.room(), len(self._pools[carrier]))
            if self._has_answers(carrier) or leaving >= (carrier.depth // 2 if carrier.in_hand else 1):
                return True
            waiting += carrier.answered + leaving
        return waiting > 0 and time.monotonic() >= self._gathering_until

    def _has_answers(self, carrier: Carrier) -> bool:
        """Whether enough have come for a transaction; the transport is told how many that takes."""
        carrier.wants = max(1, min(carrier.depth // 2, carrier.in_hand))
        return carrier.answered >= carrier.wants

    def _commit(self, found: list[Answer], batch: list[Prepared]) -> list[delivery.Handed]:
        messages = [*(handed.message for handed, _ in found), *(each.message for each in batch)]
        before = [(message, message.state, message.attempts) for message in messages]
        for pause in (*PATIENCE, None):
            try:
                counts = tallies.Counts()
                with transaction.atomic():
                    now = self.clock()
                    accepted = answers.record(found, now=now, counts=counts) if found else 0
                    handed = delivery.commit_hand_over(
                        batch, now=now, book=self.book, promises=self._promises, counts=counts
                    )
                    counts.write(now)
            except OperationalError:
                # The database is busy or away for a moment; what the servers have answered is not to be lost.
                if pause is None:
                    raise
                for message, state, attempts in before:
                    message.state, message.attempts = state, attempts
                time.sleep(pause)
            else:
                break
        self.accepted += accepted
        return handed

    def _choose(self, carrier: Carrier) -> list[Prepared]:
        """As many as the carrier has room for, in turn, but of no domain more than its share while others wait."""
        pool, room = self._pools[carrier], carrier.room()
        if not pool or not room or carrier.is_resting:
            return []
        share, taken = pace.share_of(carrier.depth), Counter[str]()
        chosen: list[Prepared] = []
        rest: list[Prepared] = []
        for each in pool:
            domain = each.message.domain
            if len(chosen) < room and carrier.in_hand_for(domain) + taken[domain] < share:
                taken[domain] += 1
                chosen.append(each)
            else:
                rest.append(each)
        slow = carrier.slow_domains()
        others = [each for each in rest if each.message.domain not in slow][: room - len(chosen)]
        if others:
            kept = {id(each) for each in others}
            chosen += others
            rest = [each for each in rest if id(each) not in kept]
        self._pools[carrier] = rest
        return chosen

    def _heed(self, carrier: Carrier, found: list[Answer]) -> None:
        """A server that is busy or away, or refuses us, is left in peace until the next turn (RP-19, RP-20)."""
        for _, receipt in found:
            about_us = receipt.outcome == base.RATE_LIMITED and receipt.slows != "domain"
            if receipt.outcome == base.BLOCKED or about_us or receipt.phase in BEFORE_A_RECIPIENT:
                carrier.is_resting = True

    # Waiting and ending

    def _wait(self) -> bool:
        """Until enough answers are there to be worth a transaction, or letters for the next one; False when nothing is
        on its way.
        """
        if not self._is_waiting():
            return False
        self.news.clear()
        began = time.monotonic()
        while not self._has_news():
            self.news.wait(GATHERING_SECONDS)
            self._keep_leases()
            if any(carrier.answered for carrier in self.carriers) or time.monotonic() - began > LOOK_SECONDS:
                break
        return True

    def _is_waiting(self) -> bool:
        """Whether anything is on its way or being written."""
        return any(carrier.in_hand or self._scribes[carrier].under_pen for carrier in self.carriers)

    def _has_news(self) -> bool:
        """Whether answers have come, enough of them, or letters."""
        has_enough = [self._has_answers(carrier) for carrier in self.carriers]
        return any(has_enough) or (self._companion is not None and self._companion.has_written)

    def _keep_leases(self) -> None:
        if time.monotonic() - self._beaten_at >= claims.HEARTBEAT_SECONDS:
            claims.keep(token=self.name, now=self.clock())
            self._beaten_at = time.monotonic()

    def _come_to_an_end(self) -> None:
        """Record what is still on its way, give back what is not, and part from the servers."""
        claims.give_back(token=self.name)
        for carrier, pool in self._pools.items():
            pool.clear()
            self._scribes[carrier].forget()
        try:
            while self._wait():
                self._exchange()
        finally:
            for carrier in self.carriers:
                carrier.close()


@contextmanager
def _frequent_switches() -> Iterator[None]:
    """A transport's thread that has something to say must not wait five milliseconds for this one."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
