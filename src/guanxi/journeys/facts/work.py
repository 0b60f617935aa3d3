"""What is under way for him: tasks, projects, other journeys, and the papers at hand."""

from __future__ import annotations

from collections import defaultdict

from guanxi.desk.models import Task
from guanxi.journeys.facts.asking import Asked, Facts, is_about
from guanxi.journeys.models import Enrolment
from guanxi.kernel.fetching import among
from guanxi.papers import queries as papers_queries
from guanxi.supply import queries as supply_queries


def tasks(asked: Asked) -> list[Facts]:
    kinds = asked.below("task_waits.")
    rows = Task.objects.open().filter(among("customer_id", asked.customer_ids), kind__in=kinds)
    waiting = set(rows.values_list("customer_id", "kind"))
    return [{f"task_waits.{kind}": (each.customer.pk, kind) in waiting for kind in kinds} for each in asked.subjects]


def under_way(asked: Asked) -> list[Facts]:
    rows = Enrolment.objects.filter(among("contact_id", asked.contact_ids), state="active")
    found: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for contact_id, key, kind, object_id in rows.values_list("contact_id", "journey__key", "object_kind", "object_id"):
        found[contact_id].append((key, kind, object_id))
    return [
        {"under_way_in": tuple(key for key, kind, of in found[each.contact.pk] if is_about(each, kind, of))}
        for each in asked.subjects
    ]


def projects(asked: Asked) -> list[Facts]:
    ids = [int(each.object_id) for each in asked.subjects if each.object_kind == "project" and each.object_id.isdigit()]
    promises = supply_queries.promises_of(ids, now=asked.now)
    return [
        {
            f"project.{name}": state
            for name, state in promises.get(int(each.object_id), {}).items()
        } if each.object_kind == "project" and each.object_id.isdigit() else {}
        for each in asked.subjects
    ]  # fmt: skip


def documents(asked: Asked) -> list[Facts]:
    kinds = asked.below("document.")
    cabinet = papers_queries.cabinet((each.contact for each in asked.subjects), kinds=kinds, now=asked.now)
    return [
        {f"document.{kind}": cabinet.fit(each.contact.pk, kind) is not None for kind in kinds}
        for each in asked.subjects
    ]
