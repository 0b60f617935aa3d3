"""Moves readers under way to the live version, by choice: where each would land, and who cannot be moved and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.layout import steps_ahead
from guanxi.journeys.models import Enrolment, Journey, Visit

GONE, TAKEN = "gone", "taken"
MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Landing:
    """Readers of one version who wait at one step: `to` is where they land, or `refusal` says why they stay."""

    version: int
    step: str
    to: str
    enrolments: tuple[Enrolment, ...]
    refusal: str = ""

    @property
    def named(self) -> Sequence[Enrolment]:
        return self.enrolments[:MOST_NAMED]


def on_older_versions(journey: Journey) -> QuerySet[Enrolment]:
    """Those under way who entered before the live version was published."""
    rows = Enrolment.objects.filter(journey=journey, state="active").exclude(version=journey.live_version_id)
    return rows.select_related("version", "contact", "customer").order_by("version__number", "step", "id")


def preview(journey: Journey, *, instead: Mapping[str, str] | None = None) -> list[Landing]:
    """Where each of them would land; `instead` names another step for one that is gone."""
    if journey.live_version is None:
        return []
    rows = list(on_older_versions(journey))
    graph, chosen = read_graph(journey.live_version.text), instead or {}
    taken = _taken(rows)
    found: dict[tuple[int, str, str, str], list[Enrolment]] = defaultdict(list)
    for each in rows:
        to = each.step if each.step in graph.steps else chosen.get(each.step, "")
        refusal = _refusal(graph, to, taken[each.pk])
        found[each.version.number, each.step, to if not refusal else "", refusal].append(each)
    return [
        Landing(version, step, to, tuple(some), refusal)
        for (version, step, to, refusal), some in sorted(found.items(), key=lambda item: item[0])
    ]


def move(*, journey: Journey, now: datetime, instead: Mapping[str, str] | None = None) -> int:
    """Move everybody who lands somewhere; the others stay on their version. Returns how many moved.

    Whatever the new version says of their step is looked at anew in the next turn; the time they have waited counts.
    """
    moved = 0
    with transaction.atomic():
        locked = Journey.objects.select_for_update(of=("self",)).select_related("live_version").get(pk=journey.pk)
        steps = read_graph(locked.live_version.text).steps if locked.live_version else {}
        for landing in preview(locked, instead=instead):
            for each in landing.enrolments if landing.to else ():
                moved += Enrolment.objects.filter(
                    pk=each.pk, state="active", version=each.version, step=each.step
                ).update(
                    version=locked.live_version, step=landing.to, due_at=now,
                    heard=[name for name in each.heard if name in steps],
                )  # fmt: skip
    return moved


def _refusal(graph: Graph, to: str, taken: set[str]) -> str:
    """A step that was taken in this round is never taken again, so nobody is put above one."""
    if to not in graph.steps:
        return GONE
    return TAKEN if steps_ahead(graph.steps, to) & taken else ""


def _taken(rows: Iterable[Enrolment]) -> dict[int, set[str]]:
    """The steps each has taken in the round he is in."""
    rounds = {each.pk: each.occurrence for each in rows}
    found: dict[int, set[str]] = defaultdict(set)
    visits = Visit.objects.filter(enrolment__in=rounds).values_list("enrolment_id", "step", "occurrence")
    for enrolment_id, step, occurrence in visits:
        if rounds[enrolment_id] == occurrence:
            found[enrolment_id].add(step)
    return found
