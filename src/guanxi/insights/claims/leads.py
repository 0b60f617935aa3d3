"""The claims about people before their first order (F-05, F-06, F-09)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from guanxi.insights.claims.cells import Cell, Share, Table
from guanxi.insights.claims.data import TOUCHES, Data, months_until
from guanxi.insights.holdouts import HELD_OUT
from guanxi.journeys.models import Enrolment
from guanxi.ledger.models import Customer, Event


def conversion_time(data: Data, wishes: Mapping[str, Any]) -> Table:
    """The median by survival (Kaplan and Meier): who has not ordered yet counts as long as he has been known.

    Of all prospects, and of those whom the nurture flow reached or chance kept out of it.
    """
    spans: dict[int, tuple[int, bool]] = {}
    for customer_id, at in first_touches().items():
        first = data.by_customer.get(customer_id)
        if first and first[0].at <= at:
            continue  # he bought before he was first touched
        end = first[0].at if first else data.as_of
        spans[customer_id] = (end - at).days, bool(first)
    rows: list[Sequence[Cell]] = []
    for group, ids in _groups(spans, wishes["sources"]):
        some = [spans[pk] for pk in ids]
        ordered = [days for days, did in some if did]
        rows.append(
            (group, len(some), len(ordered), survival_median(some), round(median(ordered)) if ordered else None)
        )
    return ("group", "prospects", "ordered", "median_days", "median_of_those_who_ordered"), rows


def survival_median(spans: Sequence[tuple[int, bool]]) -> int | None:
    """The day by which half have ordered; None while fewer than half would."""
    surviving, at_risk = 1.0, len(spans)
    for day in sorted({days for days, _ in spans}):
        did = sum(1 for days, ordered in spans if days == day and ordered)
        surviving *= 1 - did / at_risk
        if surviving <= 0.5:
            return day
        at_risk -= sum(1 for days, _ in spans if days == day)
    return None


def inquiries(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Inquiries of customers without an order by then, per 100 of them, month by month."""
    came = list(
        Event.objects.filter(name="inquiry.received", occurred_at__lte=data.as_of, customer__isnull=False)
        .order_by("occurred_at").values_list("customer_id", "occurred_at")
    )  # fmt: skip
    known = dict(Customer.objects.filter(merged_into__isnull=True).values_list("pk", "created_at"))
    rows: list[Sequence[Cell]] = []
    firsts = {pk: mine[0].at for pk, mine in data.by_customer.items()}
    for begin, end in months_until(data.as_of, wishes["months"]):
        prospects = {pk for pk, at in known.items() if at < end and (pk not in firsts or firsts[pk] >= begin)}
        asked = sum(begin <= at < end and pk in prospects for pk, at in came)
        share = round(100 * asked / len(prospects), 2) if prospects else None
        rows.append((begin.date(), len(prospects), asked, share))
    return ("month", "prospects", "inquiries", "per_100"), rows


def lead_conversion(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Leads known for so long, and who of them ordered within the days after the first touch.

    Of all leads, and of those whom the flows on behaviour reached or chance kept out of them.
    """
    span = timedelta(days=wishes["days"])
    leads = {
        pk: at for pk, at in first_touches().items()
        if at + span <= data.as_of and not (pk in data.by_customer and data.by_customer[pk][0].at <= at)
    }  # fmt: skip
    won = {pk for pk, at in leads.items() if pk in data.by_customer and data.by_customer[pk][0].at < at + span}
    rows: list[Sequence[Cell]] = [
        (group, len(ids), Share(len(won & set(ids)), len(ids))) for group, ids in _groups(leads, wishes["sources"])
    ]
    return ("group", "leads", "conversion"), rows


def _groups(customer_ids: Collection[int], sources: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """All of them; when somebody was held out of the journeys of `sources`, both groups too, without who is in both."""
    yield "all", list(customer_ids)
    entries = Enrolment.objects.filter(journey__source__in=sources).values_list("customer_id", "state").distinct()
    kept_out = {pk for pk, state in entries if state == HELD_OUT}
    reached = {pk for pk, state in entries if state != HELD_OUT}
    if kept_out:
        yield "reached", [pk for pk in customer_ids if pk in reached - kept_out]
        yield "held_out", [pk for pk in customer_ids if pk in kept_out - reached]


def first_touches() -> dict[int, datetime]:
    """When each customer was first heard of, by what he did or was sent."""
    rows = Event.objects.filter(name__in=TOUCHES, customer__isnull=False).order_by("-occurred_at")
    return {pk: at for pk, at in rows.values_list("customer_id", "occurred_at") if pk is not None}
