"""The way of a hit, as short as it can be: token, message, a line, where to. Everything else waits for settling."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from guanxi.consent import queries as consent_queries
from guanxi.kernel import signing
from guanxi.kernel.parts import in_parts
from guanxi.outbox import addresses
from guanxi.tracking import hitbook, links
from guanxi.tracking.hitbook import Draft, Knock
from guanxi.tracking.models import Site
from guanxi.tracking.notebook import Notebook
from guanxi.tracking.verdicts import CLICK, MACHINE, OPEN, RULES_VERSION, TRAP, Verdict, Visit, judge_alone, network_of

# How long after its acceptance a mail is listened to (RS-26).
LISTENING = timedelta(days=180)
KNOWN_FOR_SECONDS = 60.0
ORIGINS_KNOWN_FOR_SECONDS = 5.0
MOST_KNOWN = 20_000
AT_ONCE = 500
# Asked for each mail's first hit, where building the question took three times as long as its answer.
READ = "SELECT id, contact_id, links, handed_at, accepted_at FROM outbox_message WHERE id IN ({places})"
PURPOSES = {OPEN: addresses.OPEN, CLICK: addresses.CLICK, TRAP: addresses.TRAP}


class Sent(NamedTuple):
    """What a hit must know of its message; `heard_until` counts seconds as `Knock.at` does."""

    contact_id: int
    links: tuple[str, ...]
    accepted_at: datetime | None
    heard_until: float


class Kept(NamedTuple):
    """What becomes of a knock: the message for which it is kept, if it is, and where its link leads."""

    sent: Sent | None = None
    target: str | None = None


class _Shelf:
    """Messages that were asked for lately. What is asked here does not change once a mail is accepted.

    Only the server keeps them (`keeps`): there the same mail is asked for again and again.
    """

    def __init__(self) -> None:
        self.keeps = False
        self._rows: OrderedDict[int, tuple[float, Sent]] = OrderedDict()
        self._origins: tuple[float, frozenset[str]] = (-1e9, frozenset())

    def find(self, message_ids: Collection[int]) -> dict[int, Sent]:
        now = monotonic()
        found = {
            each: known[1]
            for each in message_ids
            if (known := self._rows.get(each)) is not None and now - known[0] < KNOWN_FOR_SECONDS
        }
        missing = [each for each in message_ids if each not in found]
        for message_id, sent in _read(missing).items() if missing else ():
            found[message_id] = sent
            if self.keeps and sent.accepted_at is not None:
                self._rows[message_id] = (now, sent)
        while len(self._rows) > MOST_KNOWN:
            self._rows.popitem(last=False)
        return found

    def origins(self) -> frozenset[str]:
        """The firm's own pages."""
        now = monotonic()
        if not self.keeps or now - self._origins[0] > ORIGINS_KNOWN_FOR_SECONDS:
            self._origins = (now, frozenset(Site.objects.values_list("origin", flat=True)))
        return self._origins[1]


SHELF = _Shelf()


def _read(message_ids: Collection[int]) -> dict[int, Sent]:
    found: dict[int, Sent] = {}
    for some in in_parts(message_ids, AT_ONCE):
        with connection.cursor() as cursor:
            cursor.execute(_read_of(len(some)), some)
            for message_id, contact_id, urls, *moments in cursor:
                # SQLite hands out moments without their zone, which is UTC.
                handed_at, accepted_at = (each and each.replace(tzinfo=each.tzinfo or UTC) for each in moments)
                found[message_id] = Sent(
                    contact_id, tuple(json.loads(urls)), accepted_at, _heard_until(handed_at, accepted_at)
                )
    return found


def _read_of(messages: int) -> str:
    """READ with a place for each message."""
    return READ.format(places=", ".join(["%s"] * messages))


def _heard_until(handed_at: datetime | None, accepted_at: datetime | None) -> float:
    return ((accepted_at or handed_at) + LISTENING).timestamp() if handed_at else 0.0


def record_open(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> bool:
    """The picture was loaded. Kept only while the contact permits tracking, also for old mails (RL-05)."""
    return _record(OPEN, token, now, user_agent, address, method).sent is not None


def record_click(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> str | None:
    """A link was followed: its target, or None for a token that was not signed here (RS-25)."""
    return _record(CLICK, token, now, user_agent, address, method).target


def record_trap(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> bool:
    """The link that no reader sees was followed (RP-41)."""
    return _record(TRAP, token, now, user_agent, address, method).sent is not None


def _record(kind: str, token: str, now: datetime, user_agent: str, address: str, method: str) -> Kept:
    knock = knock_of(kind, token, now=now, method=method, user_agent=user_agent, address=address)
    if knock is None:
        return Kept()
    [kept] = decide([knock])
    if kept.sent is not None:
        hitbook.write([draft_of(knock, kept.sent)])
    return kept


def knock_of(kind: str, token: str, *, now: datetime, method: str, user_agent: str, address: str) -> Knock | None:
    """The request as it is kept; None for a token that was not signed here."""
    head, colon, tail = payload_of(PURPOSES[kind], token).partition(":")
    number, index = _number(head), _number(tail)
    if number is None or (index is None if kind == CLICK else colon):
        return None
    agent = user_agent[:300].replace("\0", "")
    return Knock(number, kind, index, now.timestamp(), method[:8], network_of(address), agent)


def payload_of(purpose: str, token: str) -> str:
    """What the token carries; empty for one that was not signed here."""
    try:
        return signing.unsign(settings.SECRET_KEY, purpose, token)
    except signing.BadToken:
        return ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def decide(knocks: Sequence[Knock]) -> list[Kept]:
    """Which of these may be kept at this moment, and where their links lead; changes nothing."""
    found = SHELF.find({knock.message_id for knock in knocks})
    known = [(knock, found.get(knock.message_id)) for knock in knocks]
    permitting = _permitting([(knock, sent) for knock, sent in known if sent and _asks(knock, sent)])
    return [_decide(knock, sent, permitting) if sent else Kept() for knock, sent in known]


def _asks(knock: Knock, sent: Sent) -> bool:
    """Whether the reader's permission matters: for a picture, and for the mark of a link to the firm's own pages."""
    return knock.kind == OPEN or links.leads_home(_target(knock, sent) or "", SHELF.origins())


def _permitting(asked: Sequence[tuple[Knock, Sent]]) -> Collection[int]:
    """The contacts who permit tracking at this moment (RL-05)."""
    if not asked:
        return ()
    now = max(asked, key=lambda each: each[0].at)[0].moment()
    return consent_queries.permitting({sent.contact_id for _, sent in asked}, purpose="tracking", now=now)


def _target(knock: Knock, sent: Sent) -> str | None:
    index = knock.link_index
    return sent.links[index] if index is not None and index < len(sent.links) else None


def _decide(knock: Knock, sent: Sent, permitting: Collection[int]) -> Kept:
    is_heard = knock.at <= sent.heard_until
    if knock.kind != CLICK:
        return Kept(sent if is_heard and (knock.kind != OPEN or sent.contact_id in permitting) else None)
    target = _target(knock, sent)
    if target is None:
        return Kept()
    if is_heard and sent.contact_id in permitting and _asks(knock, sent) and _judge(knock, sent).verdict != MACHINE:
        target = links.with_mark(target, contact_id=sent.contact_id, now=knock.moment())
    return Kept(sent if is_heard else None, target)


def draft_of(knock: Knock, sent: Sent) -> Draft:
    """The hit with what it shows by itself."""
    verdict = _judge(knock, sent)
    return Draft(
        knock.message_id, knock.kind, knock.link_index, knock.moment(), knock.method, verdict.verdict, verdict.rule,
        RULES_VERSION, knock.network, knock.user_agent,
    )  # fmt: skip


def _judge(knock: Knock, sent: Sent) -> Verdict:
    return judge_alone(
        Visit(
            knock.kind, knock.moment(), knock.method, knock.user_agent, knock.link_index, sent.accepted_at,
            knock.network,
        )
    )  # fmt: skip


def note(knocks: Sequence[Knock], book: Notebook) -> list[Kept]:
    """Keep what may be kept of these in the notebook, on disk when this returns, and say where they lead."""
    answers = decide(knocks)
    kept = [knock for knock, answer in zip(knocks, answers, strict=True) if answer.sent is not None]
    if kept:
        hitbook.note(kept, book)
    return answers


def take_up(*, limit: int = 100_000) -> int:
    """Make hits of what servers have noted; returns how many. Nothing is lost or taken twice when it is killed."""
    hitbook.bring_in()
    taken = 0
    while taken < limit and (count := hitbook.take_up(_drafts)):
        taken += count
    return taken


def _drafts(knocks: Sequence[Knock]) -> list[Draft]:
    found = SHELF.find({knock.message_id for knock in knocks})
    return [draft_of(knock, found[knock.message_id]) for knock in knocks if knock.message_id in found]
