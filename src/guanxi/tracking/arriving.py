"""The way of a hit, as short as it can be: token, message, one row, where to. Everything else waits for settling."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings

from guanxi.consent import queries as consent_queries
from guanxi.consent.rules import is_in_force
from guanxi.kernel import signing
from guanxi.outbox.addresses import CLICK, OPEN, TRAP
from guanxi.outbox.models import Message
from guanxi.tracking import verdicts
from guanxi.tracking.hitbook import BOOK, Draft
from guanxi.tracking.links import with_mark
from guanxi.tracking.verdicts import MACHINE, RULES_VERSION, Verdict, Visit, judge_all, network_of

# How long after its acceptance a mail is listened to (RS-26).
LISTENING = timedelta(days=180)
KNOWN_FOR_SECONDS = 60.0
MOST_KNOWN = 20_000


@dataclass(frozen=True, slots=True)
class Sent:
    """What a hit must know of its message."""

    pk: int
    contact_id: int
    links: tuple[str, ...]
    handed_at: datetime | None
    accepted_at: datetime | None


class _Shelf:
    """Messages that were asked for lately. What is asked here does not change once a mail is accepted.

    Only the server keeps them (`keeps`): there the same mail is asked for again and again.
    """

    def __init__(self) -> None:
        self.keeps = False
        self._rows: OrderedDict[int, tuple[float, Sent]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, message_id: int) -> Sent | None:
        known = self._rows.get(message_id)
        if known is not None and monotonic() - known[0] < KNOWN_FOR_SECONDS:
            return known[1]
        sent = _read(message_id)
        if self.keeps and sent is not None and sent.accepted_at is not None:
            with self._lock:
                self._rows[message_id] = (monotonic(), sent)
                while len(self._rows) > MOST_KNOWN:
                    self._rows.popitem(last=False)
        return sent


SHELF = _Shelf()


def _read(message_id: int) -> Sent | None:
    row = (
        Message.objects.filter(pk=message_id)
        .values_list("id", "contact_id", "links", "handed_at", "accepted_at")
        .first()
    )
    return Sent(row[0], row[1], tuple(row[2]), row[3], row[4]) if row else None


def record_open(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> bool:
    """The picture was loaded. Kept only while the contact permits tracking, also for old mails (RL-05)."""
    sent = _sent(payload_of(OPEN, token))
    if sent is None or not is_in_force(consent_queries.stand_of(sent.contact_id, "tracking"), now):
        return False
    return _store(sent, Visit(OPEN, now, method, user_agent), address) is not None


def record_click(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> str | None:
    """A link was followed: its target, or None for a token that was not signed here (RS-25)."""
    head, _, tail = payload_of(CLICK, token).partition(":")
    sent = _sent(head)
    if sent is None or not tail.isdecimal() or int(tail) >= len(sent.links):
        return None
    verdict = _store(sent, Visit(CLICK, now, method, user_agent, int(tail)), address)
    target = sent.links[int(tail)]
    if verdict is None or verdict.verdict == MACHINE:
        return target
    return with_mark(target, contact_id=sent.contact_id, now=now)


def record_trap(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> bool:
    """The link that no reader sees was followed (RP-41)."""
    sent = _sent(payload_of(TRAP, token))
    return sent is not None and _store(sent, Visit(verdicts.TRAP, now, method, user_agent), address) is not None


def payload_of(purpose: str, token: str) -> str:
    """What the token carries; empty for one that was not signed here."""
    try:
        return signing.unsign(settings.SECRET_KEY, purpose, token)
    except signing.BadToken:
        return ""


def _sent(number: str) -> Sent | None:
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    return SHELF.get(int(number))


def _store(sent: Sent, visit: Visit, address: str) -> Verdict | None:
    """Keep the hit with what it shows by itself; None when the mail is not listened to (any more)."""
    if sent.handed_at is None or visit.at > (sent.accepted_at or sent.handed_at) + LISTENING:
        return None
    network = network_of(address)
    agent = visit.user_agent[:300].replace("\0", "")
    seen = Visit(visit.kind, visit.at, visit.method, agent, visit.link_index, sent.accepted_at, network)
    verdict = judge_all([seen])[0]
    BOOK.store(
        Draft(sent.pk, visit.kind, visit.link_index, visit.at, visit.method[:8], verdict.verdict, verdict.rule,
              RULES_VERSION, network, agent)
    )  # fmt: skip
    return verdict
