"""The claims about mails, their answers and the record of permissions (F-10 to F-13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q

from guanxi.consent.models import Permission, SubjectRequest, YearlyCheck
from guanxi.firm.models import Benchmark
from guanxi.insights import holdouts
from guanxi.insights.claims.cells import Cell, Share, Table
from guanxi.insights.claims.data import Data
from guanxi.journeys.models import Journey
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from guanxi.tracking.models import Hit


def replies(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Mails that a person answered, of those delivered, in the region and elsewhere."""
    delivered = Message.objects.filter(state="accepted", accepted_at__lte=data.now)
    answered = set(
        Event.objects.filter(name="email.replied", object_kind="message").values_list("object_id", flat=True)
    )
    counts: dict[str, list[int]] = {"region": [0, 0], "elsewhere": [0, 0]}
    for pk, own, country in delivered.values_list("pk", "contact__country", "customer__country").iterator():
        found = counts["region" if (own or country) in wishes["region"] else "elsewhere"]
        found[0] += str(pk) in answered
        found[1] += 1
    return ("region", "reply_rate"), [(name, Share(*pair)) for name, pair in counts.items()]


def inspection(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Contacts with a dated basis, contacts asked about their data within the months, requests answered in time."""
    contacts = Contact.objects.count()
    dated = Permission.objects.filter(obtained_at__isnull=False).values("contact").distinct().count()
    since = data.now - timedelta(days=round(wishes["months"] * 30.44))
    fresh = YearlyCheck.objects.filter(Q(asked_at__gte=since) | Q(answered_at__gte=since)).values("contact").distinct()
    young = Contact.objects.filter(created_at__gte=since).exclude(pk__in=fresh)
    requests = list(SubjectRequest.objects.values_list("due_at", "closed_at"))
    late = sum((closed or data.now) > due for due, closed in requests)
    return ("check", "share"), [
        ("dated_basis", Share(min(dated, contacts), contacts)),
        ("confirmed_lately", Share(min(fresh.count() + young.count(), contacts), contacts)),
        ("requests_in_time", Share(len(requests) - late, len(requests))),
    ]


def reactivated(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Mailed before their next cycle against held out: who ordered within the days."""
    return ("journey", "reached", "held_out"), reached_and_held_out(data, [wishes["source"]], wishes["days"])


def reached_and_held_out(data: Data, sources: Sequence[str], days: int) -> list[Sequence[Cell]]:
    """Of each journey of these sources: who ordered within the days, reached by it and held out of it."""
    rows: list[Sequence[Cell]] = []
    for journey in Journey.objects.filter(source__in=sources).order_by("key"):
        found = holdouts.of_journey(journey, days=days, now=data.now)
        row = found.rows[2]
        rows.append((
            journey.key, Share(round(row.treated.mean * found.treated), found.treated),
            Share(round(row.held_out.mean * found.held_out), found.held_out),
        ))  # fmt: skip
    return rows


def letter_answers(data: Data, wishes: Mapping[str, Any]) -> Table:
    """Mails of these letters: opened by people, clicked by people, ordered after; machines taken out. Beside each the
    benchmark somebody has entered, and whether the whole interval lies above or below it.
    """
    mails = Message.objects.filter(state="accepted", template__key__startswith=wishes["prefix"])
    hits = Hit.objects.filter(message__in=mails, verdict="human").order_by().values_list("kind")
    seen = dict(hits.annotate(n=Count("message", distinct=True)))
    span, total, ordered = timedelta(days=wishes["days"]), 0, 0
    for customer_id, at in mails.values_list("customer_id", "accepted_at"):
        total += 1
        ordered += at is not None and any(at <= each.at < at + span for each in data.by_customer.get(customer_id, []))
    found = {"opened": seen.get("open", 0), "clicked": seen.get("click", 0), "ordered": ordered}
    others = {each.figure: each for each in Benchmark.objects.filter(report=wishes["report"])}
    return ("answer", "share", "benchmark", "against_it", "source"), [
        (name, Share(hits, total), *_against(Share(hits, total), others.get(name))) for name, hits in found.items()
    ]


def _against(share: Share, benchmark: Benchmark | None) -> tuple[Cell, Cell, Cell]:
    """The benchmark, how the share stands to it, and who says so; the source is plain text of a person's."""
    if benchmark is None:
        return None, None, None
    line, bounds = float(benchmark.percent) / 100, share.bounds
    verdict = "cannot_tell"
    if bounds is not None and not bounds[1] <= line <= bounds[2]:
        verdict = "above" if line < bounds[1] else "below"
    return f"{benchmark.percent.normalize():f} %", verdict, benchmark.source
