"""A dry run: one contact's whole way through a journey from now on, before anything is live; writes nothing.

The steps are taken by the engine's own walk and the letters judged by the outbox's own preview. What nobody can know is
assumed and said: the trigger has been pulled as it stands there, no other event comes, nothing ends the journey early,
offers are handed out, and all other facts stay as they are today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from guanxi.content.dialect import BadLetter
from guanxi.content.models import Template
from guanxi.content.queries import NoLetter
from guanxi.content.render import MissingValues
from guanxi.journeys import queries as journeys_queries
from guanxi.journeys.advancing import Taken, walk
from guanxi.journeys.graph import Graph, Trigger
from guanxi.journeys.models import Enrolment, Journey
from guanxi.journeys.steps.base import OfferWish, TaskWish, Wish
from guanxi.journeys.steps.wait import Wait
from guanxi.ledger.models import Contact, Order
from guanxi.outbox import previews
from guanxi.outbox.previews import Preview

MOST_STOPS = 60
LONGEST = timedelta(days=800)
# The chance of a branch is drawn from the enrolment's number, which there is none of yet.
NOBODY = 0
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Stop:
    """One step taken at `at`. A letter has its preview, or `trouble` says why it cannot be written."""

    step: str
    round: int
    at: datetime
    outcome: str
    reason: str
    letter: str = ""
    preview: Preview | None = None
    trouble: str = ""
    task: TaskWish | None = None
    offer: str = ""


@dataclass(slots=True)
class Path:
    """`stops` in order of time; `ends` is the reason of the end, empty when the path was too long to follow.

    `since` says when each step came up, by its id, for the first round.
    """

    stops: list[Stop] = field(default_factory=list)
    ends: str = ""
    ends_at: datetime | None = None
    since: dict[str, datetime] = field(default_factory=dict)

    def stop_at(self, step: str) -> Stop | None:
        return next((stop for stop in self.stops if stop.step == step), None)


def dry_run(*, graph: Graph, contact: Contact, order: Order | None = None, now: datetime) -> Path:
    """Let `contact` enter now and follow him to the end, or as far as MOST_STOPS and LONGEST go."""
    graph, assumed = replace(graph, exits=()), _assumed(graph.triggers[0])
    enrolment, path, clock = _entered(graph, contact, order, now), Path(), now
    while enrolment.state == "active" and len(path.stops) < MOST_STOPS and clock - now < LONGEST:
        around = journeys_queries.circumstances_of([enrolment], {NOBODY: graph}, now=clock)[NOBODY]
        around = around._replace(facts={**around.facts, **assumed})
        path.since.setdefault(enrolment.step, enrolment.step_since_at)
        for taken in walk(enrolment, graph, around, clock).taken:
            path.since.setdefault(taken.step, clock)
            path.stops.append(_stop(taken, contact, clock))
            if isinstance(taken.outcome.wish, OfferWish):
                assumed[f"offer.{taken.outcome.wish.offer_name}"] = OPEN
        clock = max(enrolment.due_at, clock)
    if enrolment.state != "active":
        path.ends, path.ends_at = enrolment.end_reason, enrolment.ended_at
    return path


def leaves_after(graph: Graph, step: str) -> timedelta | None:
    """How long after the one before it a step is taken at the earliest, as far as the text says it."""
    found = graph.steps[step]
    if isinstance(found, Wait) and found.span:
        return found.span
    return found.frame.times.not_before or None


def _entered(graph: Graph, contact: Contact, order: Order | None, now: datetime) -> Enrolment:
    journey = Journey(pk=NOBODY, key=graph.key, title=graph.title, state="live")
    trigger = graph.triggers[0]
    return Enrolment(
        pk=NOBODY, journey=journey, version_id=NOBODY, contact=contact, customer=contact.customer,
        object_kind=graph.about, object_id=str(order.pk) if order and graph.about == "order" else "", state="active",
        step=graph.first, due_at=now, anchor_at=now, step_since_at=now, entered_at=now,
        occasion={"by": trigger.name or min(trigger.occasion.names), "told": _told(trigger)},
    )  # fmt: skip


def _told(trigger: Trigger) -> dict[str, Any]:
    """What the event would have told, as far as the trigger asks for it."""
    return {test.name: test.values[0] for test in trigger.occasion.where.tests if test.values and not test.negated}


def _assumed(trigger: Trigger) -> dict[str, Any]:
    """The facts that hold when the trigger has just been pulled."""
    facts = {test.name: test.values[0] for test in trigger.when.tests if test.values and not test.negated}
    told = _told(trigger)
    if "to" in told and "standing.changed" in trigger.occasion.names:
        facts[f"standing.{told['scheme']}" if "scheme" in told else "tier"] = told["to"]
    if "stage" in told:
        facts["stage"] = told["stage"]
    return facts


def _stop(taken: Taken, contact: Contact, at: datetime) -> Stop:
    outcome, wish = taken.outcome, taken.outcome.wish
    told: dict[str, Any] = {}
    if isinstance(wish, Wish):
        told = {"letter": wish.template_key, **_letter(wish, contact, max(at, wish.not_before))}
    elif isinstance(wish, TaskWish):
        told = {"task": wish}
    elif isinstance(wish, OfferWish):
        told = {"offer": wish.offer_name}
    return Stop(taken.step, taken.occurrence, at, outcome.verdict, outcome.reason, **told)


def _letter(wish: Wish, contact: Contact, at: datetime) -> Mapping[str, Any]:
    template = Template.objects.filter(key=wish.template_key).first()
    if template is None:
        return {"trouble": "no_template"}
    try:
        found = previews.preview(template=template, contact=contact, at=at)
    except NoLetter:
        return {"trouble": "no_letter"}
    except (BadLetter, MissingValues) as problem:
        return {"trouble": str(problem)}
    is_late = found.leaves_at is not None and found.leaves_at > wish.expires_at
    return {"preview": found, "trouble": "hold_outlasts_expiry" if is_late else ""}
