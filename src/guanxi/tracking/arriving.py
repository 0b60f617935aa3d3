"""The way of a hit, as short as it can be: token, message, a line, where to. Everything else waits for settling."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import lru_cache, partial

from django.conf import settings

from guanxi.consent import queries as consent_queries
from guanxi.kernel import signing
from guanxi.outbox import addresses
from guanxi.tracking import hitbook, links
from guanxi.tracking.hitbook import Draft, Knock
from guanxi.tracking.notebook import Notebook
from guanxi.tracking.shelf import SHELF, Sent
from guanxi.tracking.verdicts import CLICK, MACHINE, OPEN, RULES_VERSION, TRAP, Verdict, Visit, judge_alone, network_of

PURPOSES = {OPEN: addresses.OPEN, CLICK: addresses.CLICK, TRAP: addresses.TRAP}
# Who of these contacts permits tracking at a moment (RL-05).
Permitting = Callable[[Collection[int], datetime], Collection[int]]
ASKED_ANEW: Permitting = partial(consent_queries.permitting, purpose="tracking")


# What becomes of a knock: the message for which it is kept, if it is, and where its link leads.
Kept = tuple[Sent | None, str | None]
NOTHING: Kept = (None, None)


def record_open(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> bool:
    """The picture was loaded. Kept only while the contact permits tracking, also for old mails (RL-05)."""
    return _record(OPEN, token, now, user_agent, address, method)[0] is not None


def record_click(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> str | None:
    """A link was followed: its target, or None for a token that was not signed here (RS-25)."""
    return _record(CLICK, token, now, user_agent, address, method)[1]


def record_trap(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> bool:
    """The link that no reader sees was followed (RP-41)."""
    return _record(TRAP, token, now, user_agent, address, method)[0] is not None


def _record(kind: str, token: str, now: datetime, user_agent: str, address: str, method: str) -> Kept:
    knock = knock_of(kind, token, settings.SECRET_KEY, now.timestamp(), method, user_agent, address)
    if knock is None:
        return NOTHING
    [(sent, target)] = decide([knock])
    if sent is not None:
        hitbook.write([draft_of(knock, sent)])
    return sent, target


def knock_of(kind: str, token: str, secret: str, at: float, method: str, user_agent: str, address: str) -> Knock | None:
    """The request as it is kept; None for a token that was not signed here."""
    try:
        message_id, index = _told(secret, kind, token)
    except signing.BadToken:
        return None
    return Knock(message_id, kind, index, at, method[:8], network_of(address), user_agent[:300].replace("\0", ""))


@lru_cache(maxsize=8192)
def _told(secret: str, kind: str, token: str) -> tuple[int, int | None]:
    """Message and link. Raises BadToken for what was not signed here, of which nothing stays in memory."""
    if kind == CLICK and token[:1].isdecimal():
        return signing.unsign_part(secret, PURPOSES[kind], token)
    head, colon, tail = signing.unsign(secret, PURPOSES[kind], token).partition(":")
    if not (head.isdecimal() and (tail.isdecimal() if kind == CLICK else not colon)):
        raise signing.BadToken
    return int(head), int(tail) if colon else None


def payload_of(purpose: str, token: str) -> str:
    """What the token carries; empty for one that was not signed here."""
    try:
        return signing.unsign(settings.SECRET_KEY, purpose, token)
    except signing.BadToken:
        return ""


def decide(knocks: Sequence[Knock], permitting_among: Permitting = ASKED_ANEW) -> list[Kept]:
    """Which of these may be kept at this moment, and where their links lead; changes nothing. They stand in the order
    in which they came.
    """
    found, origins = SHELF.find({knock.message_id for knock in knocks}), SHELF.origins()
    sent = [found.get(knock.message_id) for knock in knocks]
    permitting: Collection[int] = ()
    # It matters for a picture, and for the mark of a link to the firm's own pages.
    if found and (origins or any(knock.kind == OPEN for knock in knocks)):
        permitting = permitting_among({each.contact_id for each in sent if each is not None}, knocks[-1].moment())
    return [
        _decide(knock, each, permitting, origins) if each is not None else NOTHING
        for knock, each in zip(knocks, sent, strict=True)
    ]


def _decide(knock: Knock, sent: Sent, permitting: Collection[int], origins: frozenset[str]) -> Kept:
    _, kind, index, at, _, _, _ = knock
    contact_id, urls, _, heard_until = sent
    is_heard = at <= heard_until
    if kind != CLICK:
        return (sent, None) if is_heard and (kind != OPEN or contact_id in permitting) else NOTHING
    if index is None or index >= len(urls):
        return NOTHING
    target = urls[index]
    if is_heard and contact_id in permitting and links.leads_home(target, origins) and not _is_machine(knock, sent):
        target = links.with_mark(target, contact_id=contact_id, now=knock.moment())
    return (sent if is_heard else None), target


def draft_of(knock: Knock, sent: Sent) -> Draft:
    """The hit with what it shows by itself."""
    verdict = _judge(knock, sent)
    return Draft(
        knock.message_id, knock.kind, knock.link_index, knock.moment(), knock.method, verdict.verdict, verdict.rule,
        RULES_VERSION, knock.network, knock.user_agent,
    )  # fmt: skip


def _is_machine(knock: Knock, sent: Sent) -> bool:
    return _judge(knock, sent).verdict == MACHINE


def _judge(knock: Knock, sent: Sent) -> Verdict:
    return judge_alone(
        Visit(
            knock.kind, knock.moment(), knock.method, knock.user_agent, knock.link_index, sent.accepted_at,
            knock.network,
        )
    )  # fmt: skip


def note(knocks: Sequence[Knock], book: Notebook, permitting_among: Permitting = ASKED_ANEW) -> list[Kept]:
    """Keep what may be kept of these in the notebook, on disk when this returns, and say where they lead."""
    answers = decide(knocks, permitting_among)
    kept = [knock for knock, (sent, _) in zip(knocks, answers, strict=True) if sent is not None]
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
