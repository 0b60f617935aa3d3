"""Who is in a segment, who of them may be mailed, and what a rule would find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, QuerySet

from guanxi.consent import queries as consent_queries
from guanxi.consent import rules as consent_rules
from guanxi.engine import connection
from guanxi.firm.queries import the_firm
from guanxi.kernel.parts import in_parts
from guanxi.ledger.models import Contact, Customer
from guanxi.segments import frames, grammar, reading
from guanxi.segments.compiler import member_query
from guanxi.segments.models import CONTACT, RULE, DayCount, Membership, Segment
from guanxi.segments.tree import Level, Rule, RuleMistake, segments_in
from guanxi.tiering import documents
from guanxi.tiering.models import Scheme

AT_ONCE = 5_000
SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a mail to a segment would reach: `contact_ids` may get it; `refused` counts the others by reason.

    Reasons are those of consent.rules, and `no_address`. `customers_without_contact` have nobody to write to.
    """

    segment: str
    kind: str
    contact_ids: list[int]
    refused: Mapping[str, int] = field(default_factory=dict)
    customers_without_contact: int = 0

    @property
    def total(self) -> int:
        return len(self.contact_ids) + sum(self.refused.values())


@dataclass(frozen=True, slots=True)
class Sample:
    """One who fulfils a rule; `contact` is empty in a segment of customers."""

    customer_id: int
    customer: str
    country: str
    contact: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule finds on the frames of `written_at`: how many of how many, who may be mailed, some of them."""

    count: int
    population: int
    mailable: int
    samples: list[Sample]
    as_of_on: date
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Everybody a rule finds, or who is in a segment; `rows` reads them out some thousand at a time."""

    level: str
    ids: list[int]
    mailable: int
    as_of_on: date

    @property
    def count(self) -> int:
        return len(self.ids)

    def rows(self) -> Iterator[tuple[int, str, str, int | None, str, str]]:
        """Customer's id, name and country; contact's id, name and address when it is of contacts."""
        for some in in_parts(self.ids, AT_ONCE):
            if self.level == CONTACT:
                for each in Contact.objects.filter(pk__in=some).select_related("customer").order_by("pk"):
                    country = each.country or each.customer.country
                    yield each.customer_id, each.customer.name, country, each.pk, str(each), each.email
            else:
                for customer in Customer.objects.filter(pk__in=some).order_by("pk"):
                    yield customer.pk, customer.name, customer.country, None, "", ""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many customers a segment shares with another one."""

    segment: Segment
    customers: int


def all_segments() -> QuerySet[Segment]:
    """Segments and lists, by title."""
    return Segment.objects.order_by("title", "key")


def segment_named(key: str) -> Segment | None:
    return Segment.objects.filter(key=key).first()


def resting_on_profile(keys: Collection[str]) -> set[str]:
    """Which of these segments choose by what customers bought or did, or ask for one that does (RL-03)."""
    reads = dict(Segment.objects.filter(kind=RULE).values_list("key", "reads"))
    found = {key for key, facts in reads.items() if reading.rests_on_profile(facts)}
    while more := {key for key, facts in reads.items() if {f"segment:{each}" for each in found} & set(facts)} - found:
        found |= more
    return found & set(keys)


def members_of(segment: Segment) -> QuerySet[Membership]:
    """Who is in it now, with customer and contact; the newest first."""
    return Membership.objects.filter(segment=segment).select_related("customer", "contact").order_by("-since_at", "-id")


def segments_of(*, customer_id: int, contact_id: int | None = None) -> list[Membership]:
    """The segments of a customer (through himself or any contact), or those of one contact and of his customer."""
    rows = Membership.objects.filter(customer_id=customer_id).select_related("segment").order_by("segment__title")
    return [row for row in rows if contact_id is None or row.contact_id in (None, contact_id)]


def first_contacts(customer_ids: Collection[int]) -> dict[int, int]:
    """Per customer the contact we write to first: the primary one with an address, else the oldest with one."""
    found: dict[int, int] = {}
    for some in in_parts(customer_ids, AT_ONCE):
        rows = Contact.objects.filter(customer_id__in=some, email_key__isnull=False).order_by("-is_primary", "id")
        for customer_id, contact_id in rows.values_list("customer_id", "pk"):
            found.setdefault(customer_id, contact_id)
    return found


def audience_of(segment: Segment, *, now: datetime, kind: str = consent_rules.MARKETING) -> Audience:
    """The contacts a mail of `kind` to this segment may reach now, and why the others may not be (D-21, T-64).

    Mails go to contacts: of a segment of customers the one of each whom we write to first.
    """
    members = Membership.objects.filter(segment=segment)
    homeless = 0
    if segment.level == CONTACT:
        contact_ids = list(members.order_by("contact_id").values_list("contact_id", flat=True))
    else:
        customer_ids = list(members.order_by("customer_id").values_list("customer_id", flat=True))
        first = first_contacts(customer_ids)
        contact_ids = sorted(first.values())
        homeless = len(customer_ids) - len(first)
    allowed, refused = _judged([each for each in contact_ids if each is not None], kind, now)
    return Audience(segment.key, kind, allowed, dict(refused), homeless)


def _judged(contact_ids: list[int], kind: str, now: datetime) -> tuple[list[int], Counter[str]]:
    allowed: list[int] = []
    refused: Counter[str] = Counter()
    purpose = consent_rules.purpose_of(kind)
    for some in in_parts(contact_ids, AT_ONCE):
        keys = dict(Contact.objects.filter(pk__in=some).values_list("pk", "email_key"))
        stands = consent_queries.stands_of(some) if purpose else {}
        barred = consent_queries.suppressions_of([key for key in keys.values() if key])
        for contact_id in some:
            email_key = keys.get(contact_id)
            if not email_key:
                refused["no_address"] += 1
                continue
            answer = consent_rules.may_send(
                kind=kind,
                permission=stands.get((contact_id, purpose or "")),
                suppressions=barred[email_key],
                now=now,
            )
            if answer.allowed:
                allowed.append(contact_id)
            else:
                refused[answer.reason] += 1
    return allowed, refused


# Rules


def known_names(*, own_key: str = "") -> grammar.Known:
    """What a rule may name: the schemes with their tiers, the segments with their level, the reporting currency."""
    schemes = {
        scheme.name: tuple(documents.read_scheme(scheme.document).tiers) for scheme in Scheme.objects.order_by("name")
    }
    segments: dict[str, Level] = dict(Segment.objects.values_list("key", "level"))  # type: ignore[arg-type]
    return grammar.Known(schemes, segments, the_firm().reporting_currency, own_key)


def asked_segments() -> dict[str, frozenset[str]]:
    """Per segment the keys its rule asks for."""
    prefix = "segment:"
    rows = Segment.objects.filter(kind=RULE).values_list("key", "reads")
    return {
        key: frozenset(each.removeprefix(prefix) for each in reads if each.startswith(prefix)) for key, reads in rows
    }


def used_by(segment: Segment) -> list[Segment]:
    """The segments whose rules ask for this one."""
    keys = [key for key, asked in asked_segments().items() if segment.key in asked]
    return list(Segment.objects.filter(key__in=keys).order_by("title"))


def preview(document: object, *, now: datetime, own_key: str = "", samples: int = SAMPLES) -> Preview:
    """What the rule finds, on frames of the last minutes. Raises RuleMistake."""
    rule = grammar.read_rule(document, known=known_names(own_key=own_key))
    return preview_of(rule, now=now, samples=samples)


def preview_of(rule: Rule, *, now: datetime, samples: int = SAMPLES) -> Preview:
    """The same for a rule that is read already."""
    found = frames.refresh(now=now, fresh_for=frames.FRESH_FOR)
    with frames.open_frames(found, segments=segments_in(rule), now=now) as engine:
        members = member_query(rule, as_of_on=found.as_of_on)
        engine.execute(f"CREATE TEMP TABLE members AS {members}")
        table, key = ("contacts", "contact_id") if rule.level == "contact" else ("customers", "customer_id")
        reached = (
            f"contact_id IN ({MEMBERS})" if rule.level == "contact" else f"is_first AND customer_id IN ({MEMBERS})"
        )
        count, population, mailable = connection.one_row(
            engine,
            f"SELECT (SELECT COUNT(*) FROM members), (SELECT COUNT(*) FROM {table}), "
            f"(SELECT COUNT(*) FROM contacts WHERE is_mailable AND {reached})",
        ) or (0, 0, 0)
        # The best customers first: they are the ones a reader knows by name.
        ids = engine.execute(
            f"SELECT {key} FROM {table} LEFT JOIN scores USING (customer_id) WHERE {key} IN ({MEMBERS}) "
            f"ORDER BY spend_total DESC NULLS LAST, {key} LIMIT {int(samples)}"
        ).fetchall()
    shown = _samples(rule.level, [each for (each,) in ids])
    return Preview(count, population, mailable, shown, found.as_of_on, found.written_at)


MEMBERS = "SELECT member_id FROM members"


def found_by(document: object, *, now: datetime) -> Found:
    """Everybody the rule finds now. Raises RuleMistake."""
    rule = grammar.read_rule(document, known=known_names())
    found = frames.refresh(now=now)
    with frames.open_frames(found, segments=segments_in(rule), now=now) as engine:
        engine.execute(f"CREATE TEMP TABLE members AS {member_query(rule, as_of_on=found.as_of_on)}")
        ids = [each for (each,) in engine.execute(f"{MEMBERS} ORDER BY 1").fetchall()]
        reached = (
            f"contact_id IN ({MEMBERS})" if rule.level == "contact" else f"is_first AND customer_id IN ({MEMBERS})"
        )
        row = connection.one_row(engine, f"SELECT COUNT(*) FROM contacts WHERE is_mailable AND {reached}")
    return Found(rule.level, ids, row[0] if row else 0, found.as_of_on)


def found_in(segment: Segment, *, now: datetime) -> Found:
    """Who is in a kept segment."""
    column = "contact_id" if segment.level == CONTACT else "customer_id"
    ids = list(Membership.objects.filter(segment=segment).order_by(column).values_list(column, flat=True))
    mailable = len(audience_of(segment, now=now).contact_ids)
    return Found(segment.level, ids, mailable, (segment.refreshed_at or now).date())


def _samples(level: Level, ids: list[int]) -> list[Sample]:
    wanted = {each: place for place, each in enumerate(ids)}
    if level == "contact":
        contacts = Contact.objects.filter(pk__in=ids).select_related("customer")
        return [
            Sample(each.customer_id, each.customer.name, each.country or each.customer.country, str(each), each.email)
            for each in sorted(contacts, key=lambda each: wanted[each.pk])
        ]
    customers = Customer.objects.filter(pk__in=ids)
    return [
        Sample(each.pk, each.name, each.country) for each in sorted(customers, key=lambda each: wanted[each.pk])
    ]  # fmt: skip


def mistake_in(document: object, *, own_key: str = "") -> RuleMistake | None:
    """What is wrong with a rule, or nothing."""
    try:
        grammar.read_rule(document, known=known_names(own_key=own_key))
    except RuleMistake as mistake:
        return mistake
    return None


# Over time and beside others


def growth(segment: Segment) -> list[DayCount]:
    """The counts of each day on which it was refreshed, the oldest first."""
    return list(DayCount.objects.filter(segment=segment).order_by("on"))


def overlaps(segment: Segment, *, most: int = 8) -> list[Overlap]:
    """The segments that share customers with this one, the largest share first."""
    own = Membership.objects.filter(segment=segment).values("customer_id")
    rows = (
        Membership.objects.filter(customer_id__in=own)
        .exclude(segment=segment)
        .values("segment_id")
        .annotate(customers=Count("customer_id", distinct=True))
        .order_by("-customers", "segment_id")[:most]
    )
    counts = {row["segment_id"]: row["customers"] for row in rows}
    found = Segment.objects.in_bulk(list(counts))
    return [Overlap(found[key], customers) for key, customers in counts.items()]
