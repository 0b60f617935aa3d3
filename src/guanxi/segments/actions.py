"""Save, fill by hand, refresh, delete; who joins and who leaves becomes an event of the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from guanxi.firm.queries import the_firm
from guanxi.ledger.models import Contact, Customer, Event
from guanxi.segments import grammar, membership, queries, reading, refreshing, testing
from guanxi.segments.models import CONTACT, CUSTOMER, LEVELS, LIST, RULE, Membership, Segment
from guanxi.segments.testing import Member
from guanxi.segments.tree import RuleMistake, find_cycle, segments_in
from guanxi.staff.models import User

LONGEST_KEY = 60
# Words of the console's own addresses.
RESERVED = frozenset({"new", "new-list", "preview", "fields", "schema"})


class SegmentMistake(ValueError):
    """A segment cannot be kept as it was given; the text names the field and the remedy."""


class KeyTaken(SegmentMistake):
    """Another segment or list has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"There is a segment {key!r} already; choose another key or edit that one.")


class SegmentInUse(SegmentMistake):
    """Rules ask for this segment."""

    def __init__(self, users: Sequence[str]) -> None:
        self.users = list(users)
        super().__init__(f"It is used by {', '.join(users)}; take it out there first.")


class NotAList(SegmentMistake):
    """The members of a rule are found by the rule."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key!r} is kept by its rule; change the rule, or make a list for members by hand.")


def save_segment(
    *, title: str, document: object, now: datetime, key: str = "", note: str = "", by: User | None = None
) -> Segment:
    """A new segment with this rule; `key` is made of the title unless given. Raises RuleMistake, SegmentMistake."""
    title = _title(title)
    rule = grammar.read_rule(document, known=queries.known_names())
    with transaction.atomic():
        return Segment.objects.create(
            key=_free_key(key, title), title=title, note=note, kind=RULE, level=rule.level,
            rule=grammar.as_document(rule), reads=reading.reads_of(rule), created_by=by, created_at=now,
            updated_at=now,
        )  # fmt: skip


def change_segment(
    *, segment: Segment, now: datetime, title: str | None = None, note: str | None = None, document: object = None
) -> Segment:
    """Another title, note or rule; another rule is a new version, whose first members start nothing.

    Raises RuleMistake (also for a circle of segments) and SegmentMistake.
    """
    if title is not None:
        segment.title = _title(title)
    if note is not None:
        segment.note = note
    if document is not None:
        _change_rule(segment, document)
    segment.updated_at = now
    segment.save()
    return segment


def _change_rule(segment: Segment, document: object) -> None:
    if segment.kind != RULE:
        raise SegmentMistake(f"{segment.key!r} is a list kept by hand and has no rule.")
    rule = grammar.read_rule(document, known=queries.known_names(own_key=segment.key))
    if rule.level != segment.level:
        raise RuleMistake("level", f"this segment is of {segment.level}s; make a new one for the other level.")
    asks = {**queries.asked_segments(), segment.key: segments_in(rule)}
    circle = find_cycle(segment.key, asks)
    if circle:
        raise RuleMistake("where", f"the segments ask for each other in a circle ({' → '.join(circle)}); break it.")
    written = grammar.as_document(rule)
    if written != segment.rule:
        segment.rule, segment.reads, segment.problem = written, reading.reads_of(rule), ""
        segment.version += 1


def make_list(
    *, title: str, level: str, now: datetime, key: str = "", note: str = "", by: User | None = None
) -> Segment:
    """An empty list whose members people put in. Raises SegmentMistake."""
    if level not in LEVELS:
        raise SegmentMistake(f"level: {level!r} is none of {', '.join(LEVELS)}.")
    title = _title(title)
    with transaction.atomic():
        return Segment.objects.create(
            key=_free_key(key, title), title=title, note=note, kind=LIST, level=level, created_by=by,
            created_at=now, updated_at=now, refreshed_at=now, refreshed_version=1,
        )  # fmt: skip


def _title(title: str) -> str:
    title = title.strip()
    if not title or len(title) > 120:
        raise SegmentMistake("title: write one of at most 120 characters.")
    return title


def _free_key(key: str, title: str) -> str:
    """The key as given, or one made of the title; Chinese titles get a plain word and a number."""
    if key:
        if slugify(key) != key or len(key) > LONGEST_KEY:
            raise SegmentMistake(
                f"key: {key!r} will not do; use small letters, digits and hyphens, at most {LONGEST_KEY}."
            )
        if key in RESERVED or Segment.objects.filter(key=key).exists():
            raise KeyTaken(key)
        return key
    stem = slugify(title)[: LONGEST_KEY - 5].strip("-") or "segment"
    taken = RESERVED | set(Segment.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(
        each for number in range(1, 10_000) if (each := stem if number == 1 else f"{stem}-{number}") not in taken
    )


def delete_segment(*, segment: Segment) -> None:
    """Delete it with its memberships; the events of who was in it stay. Raises SegmentInUse."""
    users = queries.used_by(segment)
    if users:
        raise SegmentInUse([each.title for each in users])
    segment.delete()


# Lists


def add_members(
    *,
    segment: Segment,
    now: datetime,
    customer_ids: Collection[int] = (),
    contact_ids: Collection[int] = (),
    source: str = "console",
    historical: bool = False,
) -> int:
    """Put customers or contacts on a list; answers how many are new.

    On a list of contacts a customer stands for the contact we write to first; on one of customers a contact stands for
    his customer. Raises NotAList.
    """
    members = _members(segment, customer_ids, contact_ids)
    joined = membership.write_joined(segment, members, now=now, source=source, historical=historical)
    _count(segment, joined=joined, left=0, now=now)
    return joined


def add_import(*, segment: Segment, run_id: int, now: datetime) -> int:
    """Put on a list whomever an import brought; answers how many are new. Their joining starts nothing (RD-13)."""
    if segment.level == CONTACT:
        contact_ids = list(Contact.objects.filter(batch=run_id).values_list("pk", flat=True))
        return add_members(
            segment=segment, contact_ids=contact_ids, now=now, source=f"import:{run_id}", historical=True
        )
    customer_ids = list(Customer.objects.filter(batch=run_id).values_list("pk", flat=True))
    return add_members(segment=segment, customer_ids=customer_ids, now=now, source=f"import:{run_id}", historical=True)


def remove_members(
    *, segment: Segment, now: datetime, customer_ids: Collection[int] = (), contact_ids: Collection[int] = ()
) -> int:
    """Take customers or contacts off a list; answers how many were on it. Raises NotAList."""
    left = membership.write_left(segment, _members(segment, customer_ids, contact_ids), now=now)
    _count(segment, joined=0, left=left, now=now)
    return left


def _members(segment: Segment, customer_ids: Collection[int], contact_ids: Collection[int]) -> list[Member]:
    if segment.kind != LIST:
        raise NotAList(segment.key)
    contacts = Contact.objects.filter(pk__in=list(contact_ids)).values_list("customer_id", "pk")
    if segment.level == CUSTOMER:
        return [(customer_id, None) for customer_id in dict.fromkeys([*customer_ids, *(each for each, _ in contacts)])]
    first = queries.first_contacts(customer_ids)
    return list(dict.fromkeys([*contacts, *first.items()]))


def _count(segment: Segment, *, joined: int, left: int, now: datetime) -> None:
    segment.member_count = Membership.objects.filter(segment=segment).count()
    segment.mailable_count = len(queries.audience_of(segment, now=now).contact_ids)
    segment.refreshed_at = now
    segment.save(update_fields=["member_count", "mailable_count", "refreshed_at"])
    membership.count_day(segment, joined=joined, left=left, now=now, zone=the_firm().zone)


# Refresh


def refresh_all(*, now: datetime) -> dict[str, dict[str, Any]]:
    """Every segment, as of `now`: one query of the engine each, and only the differences written."""
    segments = list(Segment.objects.order_by("key"))
    return refreshing.refresh(segments, known=queries.known_names(), now=now) if segments else {}


def refresh(*, segment: Segment, now: datetime) -> dict[str, Any]:
    """One segment alone; answers members, joined, left and mailable, or its problem."""
    return refreshing.refresh([segment], known=queries.known_names(), now=now)[segment.key]


def react_to(*, events: Sequence[Event], now: datetime) -> Counter[str]:
    """Test the customers of these events against the segments whose facts may have changed.

    Answers how many came and went. Call it inside the transaction that claims the events. What it writes are events
    again, read by the next turn; so a segment that asks for another one follows after it.
    """
    changed: dict[int, frozenset[str]] = {}
    for event in events:
        if event.customer_id is not None:
            own = changed.get(event.customer_id, frozenset())
            changed[event.customer_id] = own | reading.changed_by(event.name, event.object_id)
    concerned = _concerned(changed)
    if not concerned:
        return Counter()
    rules = {segment.key: grammar.read_rule(segment.rule) for segment in concerned}
    customer_ids = sorted({customer_id for ids in concerned.values() for customer_id in ids})
    facts = testing.load_facts(rules.values(), customer_ids, now=now)
    counts: Counter[str] = Counter()
    for segment, ids in concerned.items():
        found = testing.members_among(rules[segment.key], facts, ids)
        present = set(
            Membership.objects.filter(segment=segment, customer_id__in=ids).values_list("customer_id", "contact_id")
        )
        joined = membership.write_joined(segment, sorted(found - present, key=str), now=now, source=RULE)
        left = membership.write_left(segment, sorted(present - found, key=str), now=now)
        if joined or left:
            _moved(segment, joined=joined, left=left, now=now)
        counts += Counter(segments_joined=joined, segments_left=left)
    return counts


def _concerned(changed: Mapping[int, frozenset[str]]) -> dict[Segment, list[int]]:
    """The segments to look at, each with the customers to test; the cheap question that most turns end with."""
    everything = frozenset[str]().union(*changed.values()) if changed else frozenset()
    if not everything:
        return {}
    found = {}
    for segment in Segment.objects.filter(kind=RULE, problem=""):
        reads = frozenset(segment.reads)
        if reads & everything and segment.refreshed_version == segment.version:
            found[segment] = [customer_id for customer_id, facts in changed.items() if facts & reads]
    return found


def _moved(segment: Segment, *, joined: int, left: int, now: datetime) -> None:
    """The counts after one customer; who may be mailed is counted by the night."""
    segment.member_count = max(0, segment.member_count + joined - left)
    segment.save(update_fields=["member_count"])
    membership.count_day(segment, joined=joined, left=left, now=now, zone=the_firm().zone)
