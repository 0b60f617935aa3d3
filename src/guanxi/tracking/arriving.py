"""The way of a hit, as short as it can be: token, message, one row, where to. Everything else waits for settling."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings

from guanxi.consent import queries as consent_queries
from guanxi.kernel import signing
from guanxi.outbox.addresses import CLICK, OPEN, TRAP
from guanxi.outbox.models import Message
from guanxi.tracking import links, verdicts
from guanxi.tracking.hitbook import Draft, Together, write
from guanxi.tracking.models import Site
from guanxi.tracking.verdicts import MACHINE, RULES_VERSION, Visit, judge_alone, network_of

# How long after its acceptance a mail is listened to (RS-26).
LISTENING = timedelta(days=180)
KNOWN_FOR_SECONDS = 60.0
ORIGINS_KNOWN_FOR_SECONDS = 5.0
MOST_KNOWN = 20_000


@dataclass(frozen=True, slots=True)
class Knock:
    """One request with a good token, before anything is known of its message."""

    message_id: int
    kind: str
    at: datetime
    method: str
    user_agent: str
    address: str
    link_index: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a knock: whether it is listened to, and where its link leads."""

    is_kept: bool = False
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a hit must know of its message."""

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
    rows = Message.objects.filter(pk__in=message_ids)
    return {
        pk: Sent(contact_id, tuple(urls), handed_at, accepted_at)
        for pk, contact_id, urls, handed_at, accepted_at in rows.values_list(
            "id", "contact_id", "links", "handed_at", "accepted_at"
        )
    }


def record_open(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> bool:
    """The picture was loaded. Kept only while the contact permits tracking, also for old mails (RL-05)."""
    number = _number(payload_of(OPEN, token))
    return number is not None and BOOK.ask(Knock(number, OPEN, now, method, user_agent, address)).is_kept


def record_click(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> str | None:
    """A link was followed: its target, or None for a token that was not signed here (RS-25)."""
    head, _, tail = payload_of(CLICK, token).partition(":")
    number, index = _number(head), _number(tail)
    if number is None or index is None:
        return None
    return BOOK.ask(Knock(number, CLICK, now, method, user_agent, address, index)).target


def record_trap(*, token: str, now: datetime, user_agent: str, address: str, method: str = "GET") -> bool:
    """The link that no reader sees was followed (RP-41)."""
    number = _number(payload_of(TRAP, token))
    return number is not None and BOOK.ask(Knock(number, verdicts.TRAP, now, method, user_agent, address)).is_kept


def payload_of(purpose: str, token: str) -> str:
    """What the token carries; empty for one that was not signed here."""
    try:
        return signing.unsign(settings.SECRET_KEY, purpose, token)
    except signing.BadToken:
        return ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def take(knocks: Sequence[Knock]) -> list[Kept]:
    """Keep what may be kept of these, in one transaction, and say where their links lead."""
    sent = SHELF.find({knock.message_id for knock in knocks})
    watched = _watched([knock for knock in knocks if knock.kind == OPEN], sent)
    kept: list[Kept] = []
    drafts: list[Draft] = []
    for knock in knocks:
        message = sent.get(knock.message_id)
        if message is None or (knock.link_index is not None and knock.link_index >= len(message.links)):
            kept.append(Kept())
            continue
        target = message.links[knock.link_index] if knock.link_index is not None else None
        draft = _draft(knock, message) if knock.kind != OPEN or message.contact_id in watched else None
        if draft is not None:
            drafts.append(draft)
            if target is not None and draft.verdict != MACHINE:
                target = links.with_mark(target, contact_id=message.contact_id, now=knock.at, origins=SHELF.origins())
        kept.append(Kept(draft is not None, target))
    if drafts:
        write(drafts)
    return kept


def _watched(opens: Sequence[Knock], sent: dict[int, Sent]) -> set[int]:
    """The contacts who permit tracking at this moment."""
    asked = {sent[knock.message_id].contact_id: knock.at for knock in opens if knock.message_id in sent}
    return consent_queries.permitting(list(asked), purpose="tracking", now=max(asked.values())) if asked else set()


def _draft(knock: Knock, message: Sent) -> Draft | None:
    """The hit with what it shows by itself; None when the mail is not listened to (any more)."""
    if message.handed_at is None or knock.at > (message.accepted_at or message.handed_at) + LISTENING:
        return None
    network, agent = network_of(knock.address), knock.user_agent[:300].replace("\0", "")
    visit = Visit(knock.kind, knock.at, knock.method, agent, knock.link_index, message.accepted_at, network)
    verdict = judge_alone(visit)
    return Draft(
        knock.message_id, knock.kind, knock.link_index, knock.at, knock.method[:8], verdict.verdict, verdict.rule,
        RULES_VERSION, network, agent,
    )  # fmt: skip


BOOK: Together[Knock, Kept] = Together(take)
