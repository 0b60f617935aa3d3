"""What became of the readers of a journey: how many are under way, who stands where, what was sent and answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from guanxi.journeys import queries as journeys_queries
from guanxi.journeys.models import Enrolment, Journey, Visit
from guanxi.ledger import queries as ledger_queries
from guanxi.outbox.models import Message
from guanxi.tracking.models import Hit

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Row:
    """One journey of the list; `entered` and `letters` count the last 30 days, `answered` those of them that a
    person clicked."""

    key: str
    title: Mapping[str, str]
    source: str
    state: str
    under_way: int
    finished: int
    entered: int
    letters: int
    answered: int


@dataclass(frozen=True, slots=True)
class Traveller:
    """One enrolment of the table of where everybody is."""

    id: int
    customer_id: int
    customer: str
    country: str
    contact: str
    object_kind: str
    object_id: str
    state: str
    step: str
    due_at: datetime
    step_since_at: datetime
    entered_at: datetime
    ended_at: datetime | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One step on the path of one enrolment, with the state of the mail it led to."""

    step: str
    occurrence: int
    outcome: str
    reason: str
    at: datetime
    detail: dict[str, Any] = field(default_factory=dict)
    message_id: int | None = None
    message_state: str = ""
    message_subject: str = ""


def overview(*, now: datetime) -> list[Row]:
    """Every journey, most urgent first; four queries, whatever their number."""
    since = now - timedelta(days=30)
    enrolments: dict[int, Any] = {
        each["journey"]: each
        for each in Enrolment.objects.order_by()
        .values("journey")
        .annotate(
            under_way=Count("id", filter=Q(state="active")),
            finished=Count("id", filter=~Q(state="active")),
            entered=Count("id", filter=Q(entered_at__gte=since)),
        )
    }
    sent = Message.objects.filter(origin_kind="journey", accepted_at__gte=since)
    letters = _by_journey(sent)
    clicked = Hit.objects.filter(kind="click", verdict="human", message__in=sent).values("message")
    answered = _by_journey(sent.filter(pk__in=clicked))
    return [
        Row(
            key=each.key,
            title=each.names,
            source=each.source,
            state=each.state,
            under_way=enrolments.get(each.pk, {}).get("under_way", 0),
            finished=enrolments.get(each.pk, {}).get("finished", 0),
            entered=enrolments.get(each.pk, {}).get("entered", 0),
            letters=letters.get(each.pk, 0),
            answered=answered.get(each.pk, 0),
        )
        for each in Journey.objects.order_by("priority", "key")
    ]


def _by_journey(messages: QuerySet[Message]) -> dict[int, int]:
    visits = Visit.objects.filter(message_id__in=messages.order_by().values("pk"))
    return dict(visits.order_by().values_list("enrolment__journey").annotate(count=Count("id")))


def travellers(*, user: Any, journey: Journey, step: str = "", state: str = "active", page: int = 1) -> Page[Any]:
    """Where everybody is, the next due first; only customers whom `user` may see."""
    seen = ledger_queries.customers_for(user)
    rows = Enrolment.objects.filter(journey=journey, customer__in=seen).select_related("customer", "contact")
    rows = rows.filter(state="active") if state == "active" else rows.exclude(state="active")
    if step:
        rows = rows.filter(step=step)
    ordering = ("due_at", "id") if state == "active" else ("-ended_at", "-id")
    found: Page[Any] = Paginator(rows.order_by(*ordering), PAGE_SIZE).get_page(page)
    found.object_list = [_traveller(each) for each in found.object_list]
    return found


def _traveller(each: Enrolment) -> Traveller:
    return Traveller(
        id=each.pk, customer_id=each.customer_id, customer=each.customer.name, country=each.customer.country,
        contact=str(each.contact), object_kind=each.object_kind, object_id=each.object_id, state=each.state,
        step=each.step, due_at=each.due_at, step_since_at=each.step_since_at, entered_at=each.entered_at,
        ended_at=each.ended_at, end_reason=each.end_reason,
    )  # fmt: skip


def stops_of(enrolment: Enrolment) -> list[Stop]:
    """The path of one enrolment with its mails."""
    visits = journeys_queries.path_of(enrolment)
    messages = Message.objects.select_related("template").in_bulk([v.message_id for v in visits if v.message_id])
    return [
        Stop(
            step=visit.step, occurrence=visit.occurrence, outcome=visit.outcome, reason=visit.reason, at=visit.at,
            detail=dict(visit.detail), message_id=visit.message_id,
            message_state=messages[visit.message_id].state if visit.message_id in messages else "",
            message_subject=(messages[visit.message_id].subject or messages[visit.message_id].template.title)
            if visit.message_id in messages else "",
        )
        for visit in visits
    ]  # fmt: skip
