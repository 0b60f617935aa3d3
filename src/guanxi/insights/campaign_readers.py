"""Every reader of a campaign: why he got a mail or did not, when, and on whose permission."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from guanxi.campaigns.models import Campaign, Recipient
from guanxi.consent.models import Permission
from guanxi.insights.campaign_results import NOT_PROPOSED
from guanxi.insights.timeline import newest_verdicts
from guanxi.ledger import queries as ledger_queries
from guanxi.outbox import reasons
from guanxi.outbox.judgement import ALL
from guanxi.outbox.models import Message, Verdict
from guanxi.outbox.reasons import PERMISSION, VerdictLine
from guanxi.tracking.models import Hit
from guanxi.tracking.verdicts import HUMAN

PAGE_SIZE = 25
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Basis:
    """The permission a mail rested on when it was judged last: a code, and the contact's own statement where asked."""

    reason: str
    basis: str = ""
    method: str = ""
    source: str = ""
    obtained_at: datetime | None = None
    permission_id: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One reader. `at` is when the mail left, `planned_at` his own moment; `why` decides a mail that did not leave."""

    id: int
    customer_id: int
    customer: str
    contact: str
    email: str
    country: str
    language: str
    zone: str
    tier: str
    letter: str
    message_id: int | None
    state: str
    planned_at: datetime | None
    at: datetime | None
    why: str
    detail: dict[str, Any] = field(default_factory=dict)
    basis: Basis | None = None
    clicked: bool = False
    opened: bool = False


def readers_of(
    campaign: Campaign, *, user: Any, state: str = "", country: str = "", search: str = ""
) -> QuerySet[Recipient]:
    """The readers among the customers `user` may see, in the order they were written down."""
    places = Recipient.objects.filter(campaign=campaign, customer__in=ledger_queries.customers_for(user))
    if state == NOT_PROPOSED:
        places = places.filter(message__isnull=True)
    elif state:
        places = places.filter(message__state=state)
    if country:
        places = places.filter(country=country)
    if search:
        places = places.filter(Q(contact__email__icontains=search) | Q(customer__name__icontains=search))
    return places.select_related("contact", "customer", "message", "variant").order_by("id")


def page_of(places: QuerySet[Recipient], *, page: int) -> Page[Any]:
    """One page of rows; a fixed number of queries."""
    found: Page[Any] = Paginator(places, PAGE_SIZE).get_page(page)
    found.object_list = rows_of(list(found.object_list))
    return found


def all_rows(places: QuerySet[Recipient]) -> Iterator[Row]:
    """Every row, some at a time, so that a million readers fit into a file and not into memory."""
    rows = places.iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        yield from rows_of(some)


def rows_of(places: Sequence[Recipient]) -> list[Row]:
    messages = [each.message for each in places if each.message]
    ids = [each.pk for each in messages]
    verdicts, bases = newest_verdicts(ids), bases_of(messages)
    hits = set(Hit.objects.filter(message__in=ids, verdict=HUMAN).values_list("message_id", "kind"))
    return [_row(each, verdicts, bases, hits) for each in places]


def _row(place: Recipient, verdicts: dict[int, Verdict], bases: dict[int, Basis], hits: set[tuple[int, str]]) -> Row:
    message, key = place.message, place.message_id or 0
    decisive = verdicts.get(key)
    return Row(
        id=place.pk, customer_id=place.customer_id, customer=place.customer.name, contact=str(place.contact),
        email=place.contact.email, country=place.country,
        language=(message.language if message else "") or place.language, zone=place.zone, tier=place.tier,
        letter=place.variant.label if place.variant else "", message_id=place.message_id,
        state=message.state if message else NOT_PROPOSED, planned_at=place.not_before,
        at=message.accepted_at if message else None, why=decisive.reason if decisive else "",
        detail=dict(decisive.detail) if decisive else {}, basis=bases.get(key), clicked=(key, "click") in hits,
        opened=(key, "open") in hits,
    )  # fmt: skip


def bases_of(messages: Sequence[Message]) -> dict[int, Basis]:
    """What the gate of permission said last about each, with the statement it rested on."""
    rows = Verdict.objects.filter(message__in=[each.pk for each in messages], gate__in=(PERMISSION, ALL))
    said = {
        verdict.message_id: line
        for verdict in rows.order_by("at", "id") for line in reasons.lines_of(verdict) if line.gate == PERMISSION
    }  # fmt: skip
    statements = _statements({each.contact_id for each in messages}, {each.kind for each in messages})
    found = {}
    for message in messages:
        if message.pk in said:
            line = said[message.pk]
            at = message.handed_at or line.at
            found[message.pk] = _basis(line, statements[message.contact_id, message.kind], at)
    return found


def _statements(contact_ids: set[int], kinds: set[str]) -> defaultdict[tuple[int, str], list[Permission]]:
    found: defaultdict[tuple[int, str], list[Permission]] = defaultdict(list)
    rows = Permission.objects.filter(contact_id__in=contact_ids, channel="email", purpose__in=kinds)
    for row in rows.order_by("obtained_at", "id"):
        found[row.contact_id, row.purpose].append(row)
    return found


def _basis(line: VerdictLine, statements: list[Permission], at: datetime) -> Basis:
    before = [each for each in statements if each.obtained_at <= at]
    newest = before[-1] if before else None
    basis = str(line.detail.get("basis", ""))
    if newest is None:
        return Basis(line.reason, basis)
    return Basis(line.reason, basis, newest.method, newest.source, newest.obtained_at, newest.pk)
