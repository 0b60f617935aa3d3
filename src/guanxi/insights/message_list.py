"""The outbox as a list, and one message with everything that was decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q

from guanxi.insights.timeline import newest_verdicts
from guanxi.journeys.models import Enrolment
from guanxi.outbox import queries as outbox_queries
from guanxi.outbox import reasons
from guanxi.outbox.models import Message, Verdict
from guanxi.outbox.reasons import VerdictLine
from guanxi.outbox.routes import mails_of
from guanxi.outbox.states import EXPIRED, HELD, STATES, SUPPRESSED
from guanxi.tracking.models import Hit

PAGE_SIZE = 25
KINDS = ("transactional", "service", "marketing")
KEPT = (HELD, SUPPRESSED, EXPIRED)


@dataclass(frozen=True, slots=True)
class Row:
    """One message of the list; `reason` is the code of the newest gate that did not let it pass."""

    id: int
    subject: str
    template: str
    kind: str
    state: str
    customer_id: int
    customer: str
    country: str
    contact: str
    language: str
    at: datetime
    due_at: datetime
    reason: str
    detail: dict[str, Any] = field(default_factory=dict)
    clicked: bool = False
    opened: bool = False


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """One hand-over to the mail server."""

    began_at: datetime
    ended_at: datetime | None
    phase: str
    code: int | None
    reply: str
    outcome: str


@dataclass(frozen=True, slots=True)
class HitFacts:
    """One opening or click with its verdict."""

    kind: str
    at: datetime
    verdict: str
    rule: str
    link: str


@dataclass(frozen=True, slots=True)
class Story:
    """Everything decided about one message, newest verdicts first, and the journey it came from."""

    verdicts: list[VerdictLine]
    attempts: list[AttemptFacts]
    hits: list[HitFacts]
    enrolment_id: int | None
    journey: Mapping[str, str]


def page_of(
    *, user: Any, state: str = "", kind: str = "", sender: str = "", reason: str = "", search: str = "", page: int = 1
) -> Page[Any]:
    """One page of the outbox, the newest first; a fixed number of queries. `reason` is one of `reasons_for`."""
    rows = outbox_queries.messages_for(
        user, state=state if state in STATES else "", kind=kind if kind in KINDS else ""
    )  # fmt: skip
    if sender.isdigit():
        rows = rows.filter(mails_of([int(sender)]))
    if reason:
        decided = Verdict.objects.filter(message=OuterRef("pk"), reason=reason[:40]).exclude(outcome="pass")
        rows = rows.filter(Exists(decided))
    if search:
        rows = rows.filter(
            Q(subject__icontains=search) | Q(customer__name__icontains=search) | Q(contact__email__icontains=search)
        )
    found: Page[Any] = Paginator(rows, PAGE_SIZE).get_page(page)
    messages = list(found.object_list)
    found.object_list = _rows(messages)
    return found


def reasons_for(*, user: Any) -> list[str]:
    """The codes that keep or kept a message which has not left, the most frequent first."""
    waiting = outbox_queries.messages_for(user).order_by().filter(state__in=KEPT)
    found = Verdict.objects.filter(message__in=waiting).exclude(outcome="pass").values_list("reason")
    return [reason for reason, _ in found.annotate(count=Count("id")).order_by("-count", "reason")[:20]]


def counts_for(*, user: Any) -> dict[str, int]:
    """How many messages are in each state."""
    counted = outbox_queries.messages_for(user).order_by().values_list("state").annotate(count=Count("id"))
    return dict(counted)


def story_of(message: Message) -> Story:
    """The verdicts, attempts and hits of one message."""
    enrolment = None
    if message.origin_kind == "journey" and message.origin_id.isdigit():
        enrolment = Enrolment.objects.select_related("journey").filter(pk=int(message.origin_id)).first()
    return Story(
        verdicts=reasons.read(message.verdicts.order_by("id")),
        attempts=[
            AttemptFacts(each.began_at, each.ended_at, each.phase, each.code, each.reply, each.outcome)
            for each in message.tries.order_by("epoch")
        ],
        hits=[_hit(each, message.links) for each in message.hits.order_by("at", "id")],
        enrolment_id=enrolment.pk if enrolment else None,
        journey=enrolment.journey.names if enrolment else {},
    )


def _rows(messages: list[Message]) -> list[Row]:
    keys = [each.pk for each in messages]
    verdicts = newest_verdicts(keys)
    hits = set(Hit.objects.filter(message__in=keys, verdict="human").values_list("message_id", "kind"))
    return [
        Row(
            id=each.pk,
            subject=each.subject or each.template.title,
            template=each.template.key,
            kind=each.kind,
            state=each.state,
            customer_id=each.customer_id,
            customer=each.customer.name,
            country=each.contact.country or each.customer.country,
            contact=str(each.contact),
            language=each.language,
            at=each.accepted_at or each.proposed_at,
            due_at=each.due_at,
            reason=verdicts[each.pk].reason if each.pk in verdicts else "",
            detail=dict(verdicts[each.pk].detail) if each.pk in verdicts else {},
            clicked=(each.pk, "click") in hits,
            opened=(each.pk, "open") in hits,
        )
        for each in messages
    ]


def _hit(hit: Hit, links: list[str]) -> HitFacts:
    index = hit.link_index
    link = links[index] if index is not None and index < len(links) else ""
    return HitFacts(hit.kind, hit.at, hit.verdict, hit.rule, link if isinstance(link, str) else str(link))
