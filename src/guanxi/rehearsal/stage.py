"""The play itself: a clock that jumps from moment to moment, readers who enter and walk, letters that are judged.

Entering, walking and judging are the live ones (journeys.enrolment, journeys.advancing.walk, outbox.judgement); only
where their facts come from and where their outcomes go is the rehearsal's own.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, cast

from guanxi.journeys import enrolment as rules
from guanxi.journeys.advancing import Taken, Walk, walk
from guanxi.journeys.facts.asking import Subject
from guanxi.journeys.graph import ONCE_PER_OBJECT, Graph
from guanxi.journeys.models import Enrolment
from guanxi.journeys.occasions import Happening
from guanxi.journeys.queries import Circumstances, applicant
from guanxi.journeys.steps.base import ChangeWish, OfferWish, StartWish, TaskWish, Wish
from guanxi.journeys.steps.send import Send
from guanxi.journeys.steps.wait import Wait
from guanxi.ledger.models import Contact, Customer
from guanxi.outbox.facts import place_of
from guanxi.outbox.letterbook import country_of
from guanxi.rehearsal.coupons import Coupons
from guanxi.rehearsal.facts import Asked, facts_of
from guanxi.rehearsal.moments import moments_in
from guanxi.rehearsal.papers import Papers
from guanxi.rehearsal.past import Past, Told
from guanxi.rehearsal.play import Chore, Letter, Mail, Part, Play, Traveller
from guanxi.rehearsal.post import Post

EVENT, STEP, LETTER = range(3)


class Stage:
    """One run of the play over one past."""

    def __init__(self, past: Past, parts: Sequence[Part]) -> None:
        self.past, self.parts, self.play = past, parts, Play()
        self.graphs = {part.journey.id: part.graph for part in parts}
        self.asked = {part.journey.id: part.graph.asked for part in parts}
        self.ends_by = {part.journey.id: ending_events(part.graph) for part in parts}
        self.concerned: dict[str, list[Part]] = defaultdict(list)
        for part in parts:
            for name in frozenset().union(*(trigger.occasion.names for trigger in part.graph.triggers)):
                self.concerned[name].append(part)
        self.keys = count(1)
        self.agenda: list[tuple[datetime, int, int, int, Any]] = []
        self.entries: dict[tuple[str, int, str], list[Traveller]] = defaultdict(list)
        self.under_way: dict[int, list[Traveller]] = defaultdict(list)
        self.stages: dict[str, str] = {}
        self.news: dict[str, str] = {}
        self.orders = {str(order.id): order for some in past.orders.values() for order in some}
        self.zones: dict[int, str] = {}
        readers = (each for some in past.readers.values() for each in some)
        self.papers = Papers(readers, document_kinds(self.graphs.values()), past.now)
        self.coupons = Coupons(past)
        self.post = Post(past, self.play, self.coupons, self.papers)

    def run(self) -> Play:
        told = [*self.past.told, *moments_in(self.past, self.parts)]
        self.agenda = [(each.at, EVENT, 0, next(self.keys), each) for each in told]
        heapq.heapify(self.agenda)
        while self.agenda:
            at, what, _, _, item = heapq.heappop(self.agenda)
            if at >= self.past.end:
                break
            if what == EVENT:
                self._hear(item, at)
            elif what == STEP:
                self._walk(item, at)
            else:
                self._judge(item, at)
        return self.play

    def _note(self, at: datetime, what: int, item: Any, priority: int = 0) -> None:
        heapq.heappush(self.agenda, (at, what, priority, next(self.keys), item))

    def _judge(self, item: tuple[Mail, Letter, Traveller], now: datetime) -> None:
        mail, letter, traveller = item
        if again := self.post.judge(mail, letter, traveller, now):
            self._note(again, LETTER, item, traveller.journey.priority)

    # Events

    def _hear(self, told: Told, now: datetime) -> None:
        """Those under way hear of it first, then the doors; what happened before the first day opens none."""
        happening = told.happening
        if happening.name in {"order.placed", "order.stage_changed"}:
            self.stages[happening.object_id] = str(happening.properties.get("stage", ""))
        if happening.name == "order.news":
            self.news[happening.object_id] = str(happening.properties.get("text", ""))[:2000]
        if now < self.past.begin:
            return
        if under_way := self.under_way.get(told.customer_id):
            for traveller in under_way:
                self._tell(traveller, told, now)
            under_way[:] = [each for each in under_way if each.state == "active"]
        for part in self.concerned.get(happening.name, ()):
            if rules.is_concerned(part.graph, happening):
                self._knock(part, told, now)

    def _tell(self, traveller: Traveller, told: Told, now: datetime) -> None:
        if traveller.state != "active" or told.happening.name not in self.ends_by[traveller.journey_id]:
            return
        graph = self.graphs[traveller.journey_id]
        about = {"object_kind": traveller.object_kind, "object_id": traveller.object_id}
        if reason := graph.exit_for(told.happening, **about):
            traveller.state, traveller.end_reason, traveller.ended_at = "left", reason, now
            return
        if waits := graph.waits_for(told.happening, **about):
            traveller.heard = sorted({*traveller.heard, *waits})
            if traveller.step in waits:
                traveller.due_at = now
                self._note(now, STEP, traveller)

    def _knock(self, part: Part, told: Told, now: datetime) -> None:
        customer = self.past.customers.get(told.customer_id)
        if customer is None:
            return
        reader = self._reader(told)
        happening = told.happening
        facts = {}
        if reader is not None and part.graph.asked_at_the_door:
            subject = Subject(customer, reader, now, happening.object_kind, happening.object_id)
            facts = self._facts(subject, part.graph.asked_at_the_door, now)
        trigger = rules.trigger_for(part.graph, happening, facts)
        if trigger is None:
            return
        who = applicant(customer, self._entered(part, customer, happening), reader=reader)
        admission = rules.admit(part.graph, trigger, happening, who, age=timedelta(), now=now)
        if admission.refusal:
            self.play.refused.append((part.journey.key, admission.refusal))
        elif admission.entry_key and reader is not None:
            occasion = rules.occasion_of(trigger, happening)
            begins = rules.begins_at(trigger, happening, known_at=now, zone=self._zone(reader))
            self._enter(part, reader, happening, admission.entry_key, occasion, now, max(begins, now))

    def _entered(self, part: Part, customer: Customer, happening: Happening) -> list[Enrolment]:
        """The entries the rules ask about: his earlier ones here, and of a lifecycle flow the others under way."""
        found = list(self.entries.get(_door(part, customer.id, happening), ()))
        if part.graph.is_lifecycle:
            others = self.under_way.get(customer.id, ())
            found += [each for each in others if each.journey.is_lifecycle and each.journey_id != part.journey.id]
        return cast(list[Enrolment], found)

    def _enter(
        self, part: Part, reader: Contact, happening: Happening, entry_key: str, occasion: dict[str, Any],
        now: datetime, begins_at: datetime,
    ) -> None:  # fmt: skip
        about = part.graph.about
        is_held_out = rules.is_held_out(
            journey_key=part.journey.key, contact_id=reader.pk, percent=part.journey.holdout_percent
        )
        traveller = Traveller(
            pk=next(self.keys), journey=part.journey, contact=reader, customer=reader.customer, object_kind=about,
            object_id=happening.object_id if about else "", entry_key=entry_key,
            state=rules.HELD_OUT if is_held_out else "active", step=part.graph.first, entered_at=now,
            due_at=begins_at, anchor_at=begins_at, step_since_at=begins_at, occasion=occasion,
        )  # fmt: skip
        self.entries[_door(part, reader.customer_id, happening)].append(traveller)
        if is_held_out:
            self.play.held_out[part.journey.key] += 1
            return
        self.under_way[reader.customer_id].append(traveller)
        self.play.entered.append((part.journey.key, reader.customer_id, now))
        self._note(begins_at, STEP, traveller)

    def _reader(self, told: Told) -> Contact | None:
        """Whom to write to, as live: the contact of the event, else the primary one, else the oldest."""
        readers = self.past.readers.get(told.customer_id, [])
        return next((each for each in readers if each.pk == told.contact_id), readers[0] if readers else None)

    # Steps

    def _walk(self, traveller: Traveller, now: datetime) -> None:
        if traveller.state != "active" or traveller.due_at != now:
            return
        graph = self.graphs[traveller.journey_id]
        around = self._around(traveller, graph, now)
        found = walk(cast(Enrolment, traveller), graph, around, now)
        for taken in found.taken:
            self._note_step(found, taken, traveller, now)
        if traveller.state == "active":
            self._note(traveller.due_at, STEP, traveller)

    def _around(self, traveller: Traveller, graph: Graph, now: datetime) -> Circumstances:
        order = self.orders.get(traveller.object_id) if traveller.object_kind == "order" else None
        subject = Subject(
            traveller.customer, traveller.contact, traveller.anchor_at, traveller.object_kind, traveller.object_id,
            traveller.occasion,
        )  # fmt: skip
        return Circumstances(
            facts=self._facts(subject, self.asked[traveller.journey_id], now),
            unread=(),
            order=order,
            news=self.news.pop(traveller.object_id, "") if order else "",
            zone=self._zone(traveller.contact),
        )

    def _facts(self, subject: Subject, names: frozenset[str], now: datetime) -> dict[str, Any]:
        order = self.orders.get(subject.object_id) if subject.object_kind == "order" else None
        stage = self.stages.get(subject.object_id) or (order.stage if order else "")
        under_way = self.under_way.get(subject.customer.id, ())
        asked = Asked(
            self.past, subject, order, stage, now, papers=self.papers, under_way=under_way, coupons=self.coupons
        )
        return facts_of(asked, names)

    def _zone(self, contact: Contact) -> str:
        if contact.id not in self.zones:
            self.zones[contact.id] = place_of(contact, fallback=self.past.firm.time_zone).name
        return self.zones[contact.id]

    def _note_step(self, found: Walk, taken: Taken, traveller: Traveller, now: datetime) -> None:
        journey, customer, wish = traveller.journey.key, traveller.customer, taken.outcome.wish
        if taken.outcome.verdict == "skipped":
            self.play.passed_over.append((journey, taken.step, taken.outcome.reason))
            if taken.outcome.reason == "no_document":
                self._note_document(traveller, taken.step)
        elif isinstance(wish, Wish):
            if mail := self.post.propose(found, taken, wish, now):
                self._note(max(now, wish.not_before), LETTER, (*mail, traveller), traveller.journey.priority)
        elif isinstance(wish, TaskWish):
            self.past.tasks[customer.id, wish.kind] = wish.due_at
            at = now.astimezone(self.past.zone)
            self.play.chores.append(Chore(journey, taken.step, wish.kind, customer.id, customer.owner_id, at))
        elif isinstance(wish, StartWish):
            self._go_on(traveller, wish, now)
        elif isinstance(wish, OfferWish):
            reason, cost = self.coupons.give(found.enrolment, wish, now)
            if reason:
                self.play.passed_over.append((journey, taken.step, reason))
            else:
                self.play.codes.append((journey, wish.offer_name, cost))
        elif isinstance(wish, ChangeWish):
            _change(customer, wish)

    def _go_on(self, traveller: Traveller, wish: StartWish, now: datetime) -> None:
        part = next((each for each in self.parts if each.journey.key == wish.journey_key), None)
        if part is None:
            return
        happening = Happening("journey.signalled", traveller.object_kind, traveller.object_id)
        earlier = self._entered(part, traveller.customer, happening)
        who = applicant(traveller.customer, earlier, reader=traveller.contact)
        trigger = part.graph.triggers[0]
        admission = rules.admit(part.graph, trigger, happening, who, age=timedelta(), now=now)
        if admission.entry_key:
            occasion = {"by": happening.name, "told": traveller.occasion.get("told", {})}
            self._enter(part, traveller.contact, happening, admission.entry_key, occasion, now, now)

    def _note_document(self, traveller: Traveller, step: str) -> None:
        contact, sends = traveller.contact, self.graphs[traveller.journey_id].steps[step]
        if isinstance(sends, Send):
            self.play.missing_documents[
                traveller.journey.key, step, sends.document, country_of(contact), self.post.language(contact)
            ] += 1


def document_kinds(graphs: Iterable[Graph]) -> set[str]:
    """What kinds of documents these journeys hand over or ask about."""
    asked = frozenset().union(*(graph.asked | graph.asked_at_the_door for graph in graphs))
    return {name.removeprefix("document.") for name in asked if name.startswith("document.")}


def ending_events(graph: Graph) -> frozenset[str]:
    """The events that end the journey or one of its waits."""
    waits = (step for step in graph.steps.values() if isinstance(step, Wait))
    return graph.event_names.union(*(each.names for wait in waits for each in wait.until))


def _door(part: Part, customer_id: int, happening: Happening) -> tuple[str, int, str]:
    """Under which entries lie that the rule of entry asks about: of one object alone where it says once per object."""
    about = happening.object_id if part.graph.entry.rule == ONCE_PER_OBJECT else ""
    return part.journey.key, customer_id, about


def _change(customer: Customer, wish: ChangeWish) -> None:
    """What later conditions will ask; the row itself stays as it is."""
    customer.tags = [tag for tag in [*customer.tags, wish.tag] if tag and tag != wish.untag]
    customer.fields = {**customer.fields, **wish.fields}
