"""Takes the steps that are due, a batch at a time: looks at all readers first, then writes each kind of row at once."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, TypeAlias

from django.db import transaction

from guanxi.consent import actions as consent_actions
from guanxi.content import queries as content_queries
from guanxi.desk import actions as desk_actions
from guanxi.journeys import enrolment as rules
from guanxi.journeys import entering, giving, queries
from guanxi.journeys.graph import Graph
from guanxi.journeys.models import Enrolment, Visit
from guanxi.journeys.queries import Circumstances
from guanxi.journeys.steps.base import (
    END,
    HEARD,
    AnyWish,
    ChangeWish,
    GiveUpWish,
    OfferWish,
    Outcome,
    SignalWish,
    Situation,
    StartWish,
    TaskWish,
    Wish,
    look_at,
)
from guanxi.journeys.values import letter_values
from guanxi.kernel.bulk import insert_rows, update_rows
from guanxi.kernel.fetching import among
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import profile as ledger_profile
from guanxi.ledger.models import Event
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.models import Message
from guanxi.outbox.proposals import Proposal
from guanxi.papers import actions as papers_actions
from guanxi.papers import queries as papers_queries
from guanxi.papers.queries import Cabinet
from guanxi.tiering import plain

logger = logging.getLogger(__name__)

BATCH = 500
MOST_FAILURES = 5
FIRST_PAUSE = timedelta(minutes=15)
CHANGING = (
    "state", "step", "occurrence", "due_at", "step_since_at", "ended_at", "end_reason", "heard", "failures",
)  # fmt: skip
_CHANGED = attrgetter("id", *CHANGING)
VISITED = ("enrolment_id", "step", "occurrence", "outcome", "reason", "detail", "message_id", "at")


@dataclass(slots=True)
class Taken:
    """One step of one reader that is over, with the key of the message it proposed."""

    step: str
    occurrence: int
    outcome: Outcome
    message_key: str = ""


@dataclass(slots=True)
class Walk:
    """How far one reader comes now: the enrolment as it will be, the steps taken, what they wish for.

    `hands_out`: the journey has a step that hands out codes, which its letters may name.
    """

    enrolment: Enrolment
    around: Circumstances
    hands_out: bool = False
    taken: list[Taken] = field(default_factory=list)

    def counts(self) -> Iterator[str]:
        """What happened, a word each time, as `advance_due` counts it."""
        yield "advanced"
        yield "waiting" if self.enrolment.state == "active" else self.enrolment.state
        for each in self.taken:
            if each.outcome.verdict == "skipped":
                yield "skipped"
            elif isinstance(each.outcome.wish, Wish):
                yield "proposed"
            elif isinstance(each.outcome.wish, TaskWish):
                yield "tasks"


# Whose wish it is, by which step.
Wished: TypeAlias = tuple[Walk, Taken, Any]


def advance_due(*, now: datetime, limit: int = BATCH) -> Counter[str]:
    """Take the steps that are due for at most `limit` readers, in one transaction.

    Claim, visit, message and the move to the next step are committed together or not at all, so a worker that dies
    leaves nothing half done and several workers never take a step twice (RD-09, RD-11). Counts `advanced`, `waiting`,
    `proposed`, `tasks`, `skipped`, `done`, `left` and `failed`.
    """
    counts: Counter[str] = Counter()
    with transaction.atomic():
        due = queries.due_enrolments(now=now, limit=limit)
        if not due:
            return counts
        graphs = queries.graphs_of(due)
        around = queries.circumstances_of(due, graphs, now=now)
        walks = []
        for enrolment in due:
            try:
                walks.append(walk(enrolment, graphs[enrolment.version_id], around[enrolment.id], now))
            except Exception:  # one reader's failure never stops another's (RD-05)
                logger.exception("step %s of enrolment %s failed", enrolment.step, enrolment.pk)
                counts += _set_aside(enrolment, now)
        counts += _write_all(walks, graphs, now)
    return counts


def walk(enrolment: Enrolment, graph: Graph, around: Circumstances, now: datetime) -> Walk:
    """Take steps until one waits or the journey ends; the exits are tested first (CN-49). Changes `enrolment` only."""
    found = Walk(enrolment, around, graph.hands_out)
    if reason := _reason_to_leave(graph, enrolment, around):
        found.taken.append(Taken(enrolment.step, enrolment.occurrence, Outcome("left", reason=reason)))
        _end(enrolment, "left", reason, now)
        return found
    while enrolment.step != END:
        outcome = look_at(graph.steps[enrolment.step], situation_of(enrolment, around, now))
        if outcome.until is not None:
            enrolment.due_at, enrolment.failures = outcome.until, 0
            return found
        key = f"journey:{enrolment.pk}:{enrolment.step}:{enrolment.occurrence}"
        found.taken.append(Taken(enrolment.step, enrolment.occurrence, outcome, key))
        _move_on(enrolment, outcome, graph, now)
        if outcome.stops_here and enrolment.step != END:
            enrolment.due_at = now
            return found
    last = found.taken[-1].outcome if found.taken else Outcome("done")
    _end(enrolment, "done", last.reason if last.ends_with_reason else "finished", now)
    return found


def situation_of(enrolment: Enrolment, around: Circumstances, now: datetime) -> Situation:
    """What the step of this reader that is due may know."""
    return Situation(
        now=now,
        anchor_at=enrolment.anchor_at + enrolment.stood_still,
        since_at=enrolment.step_since_at,
        occurrence=enrolment.occurrence,
        heard=frozenset(enrolment.heard),
        facts=around.facts,
        zone=around.zone,
        seed=str(enrolment.pk),
    )


def _reason_to_leave(graph: Graph, enrolment: Enrolment, around: Circumstances) -> str:
    if enrolment.journey.state == "off":
        return "switched_off"
    return rules.reason_to_leave(
        graph,
        facts=around.facts,
        unread=around.unread,
        object_kind=enrolment.object_kind,
        object_id=enrolment.object_id,
        is_blocked=enrolment.customer.is_blocked,
        has_address=bool(enrolment.contact.email_key),
    )


def _move_on(enrolment: Enrolment, outcome: Outcome, graph: Graph, now: datetime) -> None:
    over = {enrolment.step, *(graph.waits_like(enrolment.step) if outcome.reason == HEARD else ())}
    enrolment.heard = [step for step in enrolment.heard if step not in over]
    enrolment.step, enrolment.step_since_at, enrolment.failures = outcome.go, now, 0
    enrolment.occurrence += outcome.next_round


def _end(enrolment: Enrolment, state: str, reason: str, now: datetime) -> None:
    enrolment.state, enrolment.end_reason, enrolment.ended_at = state, reason, now


# Writing


def _write_all(walks: Sequence[Walk], graphs: Mapping[int, Graph], now: datetime) -> Counter[str]:
    """All at once; when that breaks, one by one, so that only the reader whose rows broke it is set aside."""
    try:
        with transaction.atomic():
            _write(walks, now)
    except Exception:
        if len(walks) == 1:
            logger.exception("step %s of enrolment %s failed", walks[0].taken[-1:], walks[0].enrolment.pk)
            return _set_aside(walks[0].enrolment, now)
        logger.warning("a batch of %s readers could not be written at once; taking them one by one", len(walks))
    else:
        counts: Counter[str] = Counter()
        for each in walks:
            counts.update(each.counts())
        return counts
    counts = Counter()
    for each in walks:
        enrolment = queries.as_stored(each.enrolment)
        again = walk(enrolment, graphs[enrolment.version_id], each.around, now)
        counts += _write_all([again], graphs, now)
    return counts


def _write(walks: Sequence[Walk], now: datetime) -> None:
    wishes = _wishes_of(walks)
    _grant(wishes[OfferWish], now)
    message_ids = _propose(wishes[Wish], now)
    _open_tasks(wishes[TaskWish], now)
    _change_records(wishes[ChangeWish], now)
    _give_up(wishes[GiveUpWish], now)
    insert_rows(Visit, VISITED, [
        (each.enrolment.id, taken.step, taken.occurrence, taken.outcome.verdict, taken.outcome.reason, {},
         message_ids.get(taken.message_key), now)
        for each in walks
        for taken in each.taken
    ])  # fmt: skip
    update_rows(Enrolment, CHANGING, [_CHANGED(each.enrolment) for each in walks])
    _tell(walks, wishes[SignalWish], now)
    entering.start_others([(each.enrolment, wish.journey_key) for each, _, wish in wishes[StartWish]], now=now)


def _wishes_of(walks: Sequence[Walk]) -> Mapping[type[AnyWish], list[Wished]]:
    """What the steps that were taken wish for, by kind."""
    found: defaultdict[type[AnyWish], list[Wished]] = defaultdict(list)
    for each in walks:
        for taken in each.taken:
            if taken.outcome.wish is not None:
                found[type(taken.outcome.wish)].append((each, taken, taken.outcome.wish))
    return found


def _grant(wanted: Sequence[Wished], now: datetime) -> None:
    """Hand out codes; a step that got none is written down as skipped with the offer's reason."""
    refused = giving.grant_offers([(each.enrolment, taken.message_key, wish) for each, taken, wish in wanted], now=now)
    for _, taken, _ in wanted:
        if reason := refused.get(taken.message_key):
            taken.outcome = giving.as_refused(taken.outcome, reason)


def _propose(wanted: Sequence[Wished], now: datetime) -> dict[str, int]:
    """Hand the letters to the outbox; the ids of the messages by their keys."""
    if not wanted:
        return {}
    cabinet = _hand_out([(each, wish.document) for each, _, wish in wanted if wish.document], now)
    local_help = papers_queries.local_lines_of() if any(each.around.order for each, _, _ in wanted) else {}
    proposals = [_proposal(each, taken, wish, cabinet, local_help) for each, taken, wish in wanted]
    told = giving.offers_of(str(each.enrolment.pk) for each, _, _ in wanted if each.hands_out)
    proposals = [
        replace(each, values={**told[each.origin_id], **each.values}) if each.origin_id in told else each
        for each in proposals
    ]
    outbox_actions.propose_many(proposals=_with_standing(proposals), now=now)
    keys = [each.idempotency_key for each in proposals]
    return dict(Message.objects.filter(among("idempotency_key", keys)).values_list("idempotency_key", "pk"))


def _with_standing(proposals: list[Proposal]) -> list[Proposal]:
    """Where a letter asks for the customer's tier, stage or need, it is told (X-01)."""
    asking = content_queries.asking_for({each.template_key for each in proposals}, plain.NAMES)
    if not asking:
        return proposals
    told = plain.standing_values({each.contact.customer_id for each in proposals if each.template_key in asking})
    return [
        replace(each, values=plain.beside(each.values, told.get(each.contact.customer_id)))
        if each.template_key in asking else each
        for each in proposals
    ]  # fmt: skip


def _hand_out(asked: Sequence[tuple[Walk, str]], now: datetime) -> Cabinet | None:
    """Write down who gets which document; the cabinet they were taken from, None when nobody gets one."""
    if not asked:
        return None
    kinds = {kind for _, kind in asked}
    cabinet = papers_queries.cabinet((each.enrolment.contact for each, _ in asked), kinds=kinds, now=now)
    chosen = [(each.enrolment.contact_id, cabinet.fit(each.enrolment.contact_id, kind)) for each, kind in asked]
    papers_actions.give(chosen=[(contact_id, fit) for contact_id, fit in chosen if fit], now=now)
    return cabinet


def _proposal(
    found: Walk, taken: Taken, wish: Wish, cabinet: Cabinet | None, local_help: Mapping[str, str]
) -> Proposal:
    enrolment, around = found.enrolment, found.around
    values = letter_values(
        enrolment=enrolment, wanted=wish.values, order=around.order, news=around.news, survey=wish.survey,
        local_help=local_help, facts=around.facts, zone=around.zone,
    )  # fmt: skip
    if cabinet is not None and wish.document:
        values["document"] = cabinet.values(enrolment.contact_id, wish.document)
    return Proposal(
        contact=enrolment.contact,
        template_key=wish.template_key,
        values=values,
        origin_kind="journey",
        origin_id=str(enrolment.id),
        idempotency_key=taken.message_key,
        not_before=wish.not_before,
        expires_at=wish.expires_at,
        priority=enrolment.journey.priority,
    )


def _open_tasks(wanted: Sequence[Wished], now: datetime) -> None:
    if not wanted:
        return
    asked = [(each.enrolment.contact, wish.document) for each, _, wish in wanted if wish.document]
    kinds = {kind for _, kind in asked}
    cabinet = papers_queries.cabinet((each for each, _ in asked), kinds=kinds, now=now) if asked else None
    desk_actions.open_tasks(
        wishes=[_task(each.enrolment, taken, wish, cabinet) for each, taken, wish in wanted], now=now
    )


def _task(enrolment: Enrolment, taken: Taken, wish: TaskWish, cabinet: Cabinet | None) -> desk_actions.Wish:
    fit = cabinet.fit(enrolment.contact_id, wish.document) if cabinet and wish.document else None
    return desk_actions.Wish(
        key=taken.message_key, kind=wish.kind, customer_id=enrolment.customer_id, due_at=wish.due_at,
        reason=f"journey {enrolment.journey.key}, step {taken.step}", title=wish.titles["en"],
        contact_id=enrolment.contact_id, expires_at=wish.expires_at, checklist=wish.checklist,
        details={
            "titles": dict(wish.titles), "journey": enrolment.journey.key, "step": taken.step,
            **({"document": fit.document_id} if fit else {}),
        },
        origin_kind="journey", origin_id=str(enrolment.pk),
    )  # fmt: skip


def _change_records(wanted: Sequence[Wished], now: datetime) -> None:
    for each, _, wish in wanted:
        customer = each.enrolment.customer
        tags = [tag for tag in customer.tags if tag != wish.untag]
        if wish.tag and wish.tag not in tags:
            tags.append(wish.tag)
        if tags != list(customer.tags):
            ledger_actions.set_tags(customer=customer, tags=tags, now=now)
        if wish.fields:
            changes = {"fields": {**customer.fields, **wish.fields}}
            ledger_actions.update_customer(customer=customer, changes=changes, now=now)
        if wish.trait:
            ledger_profile.set_trait(
                customer=customer, name=wish.trait, reason=f"journey {each.enrolment.journey.key}", now=now,
                source="journeys",
            )  # fmt: skip


def _give_up(wanted: Sequence[Wished], now: datetime) -> None:
    for each, taken, wish in wanted:
        contact = each.enrolment.contact
        if contact.email:
            consent_actions.suppress(
                address=contact.email, reason="sunset", now=now, contact=contact,
                detail=f"{wish.reason}: journey {each.enrolment.journey.key}, step {taken.step}",
            )  # fmt: skip


def _tell(walks: Sequence[Walk], signals: Sequence[Wished], now: datetime) -> None:
    """Record who left, take back what they would still have got, and pass on the signals."""
    ended = [each.enrolment for each in walks if each.enrolment.state != "active"]
    for enrolment in ended:
        if enrolment.state != "done":  # a letter still held must not follow the event that ended the journey
            outbox_actions.recall(
                origin_kind="journey", origin_id=str(enrolment.pk), reason=enrolment.end_reason, now=now
            )
    events = [entering.note("journey.left", enrolment, now) for enrolment in ended]
    events += [_signal(each.enrolment, taken, wish, now) for each, taken, wish in signals]
    if events:
        ledger_actions.record_events(events)


def _signal(enrolment: Enrolment, taken: Taken, wish: SignalWish, now: datetime) -> Event:
    event = entering.note("journey.signalled", enrolment, now)
    event.properties |= {"name": wish.name, "step": taken.step}
    return event


def _set_aside(enrolment: Enrolment, now: datetime) -> Counter[str]:
    """After an error: look again later, each time later; give up after MOST_FAILURES (RD-07)."""
    enrolment = queries.as_stored(enrolment)
    enrolment.failures += 1
    enrolment.due_at = now + FIRST_PAUSE * 2 ** (enrolment.failures - 1)
    enrolment.save(update_fields=["failures", "due_at"])
    if enrolment.failures >= MOST_FAILURES:
        entering.end(enrolment, state="failed", reason="error", now=now)
    return Counter(failed=1)
