"""What the rooms ask about permissions and suppressions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from guanxi.consent import chain
from guanxi.consent.models import Permission, ReaderChoice, Removal, SignUpForm, Suppression, Topic
from guanxi.consent.rules import (
    ERASED,
    GRANTED,
    MARKETING,
    PROFILING,
    WITHDRAWN,
    Choices,
    Stand,
    is_barred,
    is_in_force,
)  # fmt: skip
from guanxi.kernel import keys, signing
from guanxi.kernel.fetching import among, moment_of, rows_about
from guanxi.kernel.questions import Question, Rows
from guanxi.ledger import identity


def address_key(email_key: str) -> str:
    """The fingerprint under which a canonical address is suppressed (RL-10)."""
    return signing.blind(keys.ring().pepper, "suppression", email_key)


def address_keys(email_keys: Collection[str]) -> dict[str, str]:
    """The fingerprint of each of these canonical addresses."""
    pepper = keys.ring().pepper
    return {email_key: signing.blind(pepper, "suppression", email_key) for email_key in email_keys}


def permission_of(contact_id: int, purpose: str, channel: str = "email", topic: str = "") -> Permission | None:
    """The statement in force: the newest by the moment at which the contact made it."""
    return (
        Permission.objects.filter(contact_id=contact_id, channel=channel, purpose=purpose, topic=topic)
        .order_by("-obtained_at", "-id")
        .first()
    )


def history_of(contact_id: int) -> list[Permission]:
    """Every statement of the contact, newest first."""
    return history_of_all([contact_id])


def history_of_all(contact_ids: Collection[int]) -> list[Permission]:
    """Every statement of these contacts, newest first, in one query."""
    rows = Permission.objects.filter(contact_id__in=contact_ids).select_related("actor")
    return list(rows.order_by("-obtained_at", "-id"))


def source_of(contact_id: int) -> str:
    """Where an address came from that its owner did not give us himself, such as the list of a fair (RL-07)."""
    listed = Permission.objects.filter(contact_id=contact_id, method="import").exclude(source="")
    return listed.order_by("id").values_list("source", flat=True).first() or ""


def stands_of(contact_ids: Collection[int], channel: str = "email") -> dict[tuple[int, str], Stand]:
    """The statement in force per (contact, purpose), in one query for all of them."""
    return {(row[0], row[1]): Stand(*row[2:]) for row in _statements(contact_ids, channel)}


@Question
def _statements(contact_ids: Any, channel: Any) -> Rows:
    rows = Permission.objects.filter(among("contact_id", contact_ids), channel=channel, topic="")
    columns = ("contact_id", "purpose", "state", "basis", "jurisdiction", "expires_at", "id")
    return rows.order_by("obtained_at", "id").values_list(*columns)


def anybody_said_something() -> bool:
    """Whether there is any statement about marketing by mail."""
    return Permission.objects.filter(channel="email", topic="", purpose=MARKETING).exists()


# Asked for every picture that is loaded, where building the question took ten times as long as its answer.
STATEMENTS = (
    "FROM consent_permission WHERE contact_id {these} AND channel = 'email' AND topic = '' AND purpose = ?"
    " ORDER BY obtained_at, id"
)


# State and end.
Statement = tuple[str, datetime | None]


def permitting(contact_ids: Collection[int], now: datetime, *, purpose: str) -> set[int]:
    """Which of these contacts permit `purpose` at this moment."""
    newest = newest_statements(contact_ids, purpose=purpose)
    permit = in_force(set(newest.values()), now)
    return {contact_id for contact_id, each in newest.items() if each in permit}


def newest_statements(contact_ids: Collection[int], *, purpose: str) -> dict[int, Statement]:
    """What each of these contacts, as far as they said anything, said last about `purpose`."""
    rows = rows_about(contact_ids, "contact_id, state, expires_at", STATEMENTS, purpose)
    # The newest statement comes last.
    return {contact_id: (state, moment_of(ends)) for contact_id, state, ends in rows}


def in_force(statements: Collection[Statement | None], now: datetime) -> set[Statement]:
    """Those of these that permit something at `now`; most contacts say the same."""
    return {each for each in statements if each is not None and is_in_force(Stand(each[0], expires_at=each[1]), now)}


def stand_of(contact_id: int, purpose: str, channel: str = "email") -> Stand | None:
    return stands_of([contact_id], channel).get((contact_id, purpose))


def refusing_profiling(contact_ids: Collection[int]) -> set[int]:
    """Who of these said that mails shall not be chosen by what he bought or looked at (RL-03)."""
    return {key[0] for key, stand in stands_of(contact_ids).items() if key[1] == PROFILING and stand.state == WITHDRAWN}


def is_suppressed(email_key: str, scope: str = "marketing") -> bool:
    """Whether this canonical address gets no mail of this scope; a suppression of `all` covers every scope."""
    scopes = suppressions_of([email_key])[email_key]
    return is_barred(kind=scope, suppressions=scopes)


def suppressions_of(email_keys: Collection[str]) -> dict[str, frozenset[str]]:
    """The suppression scopes per canonical address, in one query; empty for an address without any.

    Who was erased has the scope `erased` (rules.ERASED).
    """
    return scopes_of(address_keys(email_keys))


def scopes_of(fingerprints: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The same of addresses whose fingerprints are known."""
    by_fingerprint = {fingerprint: email_key for email_key, fingerprint in fingerprints.items()}
    found = dict.fromkeys(fingerprints, frozenset[str]())
    for fingerprint, scope, reason in _suppressed(by_fingerprint):
        found[by_fingerprint[fingerprint]] |= {ERASED if reason == ERASED else scope}
    return found


@Question
def _suppressed(fingerprints: Any) -> Rows:
    return Suppression.objects.filter(among("address_key", fingerprints)).values_list("address_key", "scope", "reason")


def suppressions(*, address: str = "", reason: str = "") -> QuerySet[Suppression]:
    """The list, newest first; of one address, given in full, or for one reason."""
    rows = Suppression.objects.select_related("contact__customer").order_by("-created_at", "-id")
    if address:
        rows = rows.filter(address_key=address_key(_canonical(address)))
    return rows.filter(reason=reason) if reason else rows


def _canonical(address: str) -> str:
    try:
        return identity.canonical_email(address)
    except identity.BadAddress:
        return address


def topics(*, only_active: bool = True) -> list[Topic]:
    """In the order in which readers see them."""
    return list(Topic.objects.filter(is_active=True) if only_active else Topic.objects.all())


def forms(*, only_active: bool = False) -> list[SignUpForm]:
    """The sign-up forms, oldest first."""
    found = SignUpForm.objects.order_by("id")
    return list(found.filter(is_active=True) if only_active else found)


def first_form() -> SignUpForm | None:
    """Where somebody is sent who wants to sign up and came by no form."""
    return SignUpForm.objects.filter(is_active=True).order_by("id").first()


def choices_of(contact_ids: Collection[int], *, with_topics: bool = True) -> dict[int, Choices]:
    """What these readers chose, in three queries for all of them (one without topics); every id has an answer.

    A topic that is not a default one counts as declined until the reader asks for it.
    """
    spoken, defaults = _said_of_topics(contact_ids) if with_topics else (defaultdict(dict), {})
    rhythms = {row[0]: (row[1], row[2]) for row in _rhythms(contact_ids)}
    found = dict.fromkeys(contact_ids, Choices(_declined(defaults)))
    for each in spoken.keys() | rhythms.keys():
        found[each] = Choices(_declined({**defaults, **spoken[each]}), *rhythms.get(each, (None, False)))
    return found


@Question
def _rhythms(contact_ids: Any) -> Rows:
    rows = ReaderChoice.objects.filter(among("contact_id", contact_ids))
    return rows.values_list("contact_id", "paused_until", "is_fewer")


def _declined(topics: Mapping[str, bool]) -> frozenset[str]:
    return frozenset(key for key, wanted in topics.items() if not wanted)


def _said_of_topics(contact_ids: Collection[int]) -> tuple[defaultdict[int, dict[str, bool]], dict[str, bool]]:
    """Per reader what he said of topics, and what counts for those of which he said nothing."""
    spoken: defaultdict[int, dict[str, bool]] = defaultdict(dict)
    for contact_id, topic, state in _on_topics(contact_ids):
        spoken[contact_id][topic] = state == GRANTED
    return spoken, dict(Topic.objects.values_list("key", "is_default"))


@Question
def _on_topics(contact_ids: Any) -> Rows:
    said = Permission.objects.filter(among("contact_id", contact_ids), purpose=MARKETING).exclude(topic="")
    return said.order_by("obtained_at", "id").values_list("contact_id", "topic", "state")


def broken_chains(contact_ids: Collection[int] | None = None) -> Iterator[chain.Break]:
    """Where consent records were changed or are missing: nothing when every chain is whole (RL-01)."""
    permissions, removals = Permission.objects.all(), Removal.objects.all()
    if contact_ids is not None:
        permissions = permissions.filter(contact_id__in=contact_ids)
        removals = removals.filter(contact_id__in=contact_ids)
    removed: defaultdict[int, list[chain.Link]] = defaultdict(list)
    for row in removals.values_list("contact_id", "permission_id", "previous_hash", "record_hash"):
        removed[row[0]].append(chain.Link(*row[1:], computed=None))
    rows = permissions.order_by("contact_id", "id").iterator(chunk_size=2000)
    for contact_id, written in groupby(rows, key=lambda row: row.contact_id):
        links = [_link(each) for each in written] + removed[contact_id]
        yield from chain.breaks_of(contact_id, sorted(links, key=lambda link: link.permission_id))


def _link(permission: Permission) -> chain.Link:
    computed = chain.hash_of(permission.said(), permission.previous_hash)
    return chain.Link(permission.pk, permission.previous_hash, permission.record_hash, computed)
