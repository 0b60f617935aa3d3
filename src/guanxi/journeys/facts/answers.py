"""What he said and did since his journey began."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from guanxi.journeys.facts.asking import Asked, Facts, is_about
from guanxi.kernel.fetching import among
from guanxi.ledger.models import Event

# What counts as an answer of a reader (CN-38): never a mail that was opened.
ANSWERS = (
    "email.clicked", "email.replied", "page.viewed", "inquiry.received", "order.placed", "note.written",
    "survey.answered",
)  # fmt: skip


def _answers(asked: Asked) -> list[Facts]:
    since = min(each.since_at for each in asked.subjects)
    rows = Event.objects.filter(
        among("customer_id", asked.customer_ids), name__in=ANSWERS, occurred_at__gt=since, is_historical=False
    ).values_list("customer_id", "contact_id", "name", "properties", "occurred_at")
    found: dict[int, list[tuple[int | None, datetime]]] = defaultdict(list)
    for customer_id, contact_id, name, properties, occurred_at in rows:
        if is_answer(name, properties):
            found[customer_id].append((contact_id, occurred_at))
    return [
        {
            "answered": any(
                contact_id in {None, each.contact.pk} and occurred_at > each.since_at
                for contact_id, occurred_at in found.get(each.customer.pk, [])
            )
        }
        for each in asked.subjects
    ]


def signs(asked: Asked) -> list[Facts]:
    """Whether each answered, and, where it is asked, opened; an answer counts as an open (CN-38): many programs never
    load the pixel.
    """
    answers = _answers(asked)
    if "opened" not in asked.names:
        return answers
    since = min(each.since_at for each in asked.subjects)
    rows = Event.objects.filter(
        among("contact_id", asked.contact_ids), name="email.opened", occurred_at__gt=since, properties__verdict="human"
    )
    found: dict[int | None, list[datetime]] = defaultdict(list)
    for contact_id, occurred_at in rows.values_list("contact_id", "occurred_at"):
        found[contact_id].append(occurred_at)
    return [
        {**said, "opened": said["answered"] or any(moment > each.since_at for moment in found[each.contact.pk])}
        for each, said in zip(asked.subjects, answers, strict=True)
    ]


def happenings(asked: Asked) -> list[Facts]:
    names = asked.below("happened.")
    since = min(each.since_at for each in asked.subjects)
    rows = Event.objects.filter(
        among("customer_id", asked.customer_ids), name__in=names, occurred_at__gt=since, is_historical=False
    ).values_list("customer_id", "name", "object_kind", "object_id", "occurred_at")
    found: dict[int, list[tuple[str, str, str, datetime]]] = defaultdict(list)
    for customer_id, name, kind, object_id, occurred_at in rows:
        if customer_id is not None:
            found[customer_id].append((name, kind, object_id, occurred_at))
    return [
        {
            f"happened.{name}": any(
                name == told and occurred_at > each.since_at and is_about(each, kind, object_id)
                for told, kind, object_id, occurred_at in found.get(each.customer.pk, [])
            )
            for name in names
        }
        for each in asked.subjects
    ]


def is_answer(name: str, properties: Mapping[str, Any]) -> bool:
    if name == "email.clicked":
        return properties.get("verdict") == "human"
    return name != "note.written" or properties.get("kind") in {"call", "meeting"}


def complaints(asked: Asked) -> list[Facts]:
    rows = Event.objects.filter(
        among("customer_id", asked.customer_ids), name__in=("complaint.opened", "complaint.solved")
    )
    told: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for customer_id, name, object_id in rows.values_list("customer_id", "name", "object_id"):
        told[name].add((customer_id, object_id))
    unhappy = {customer_id for customer_id, _ in told["complaint.opened"] - told["complaint.solved"]}
    return [{"open_complaint": each.customer.pk in unhappy} for each in asked.subjects]
