"""The play itself: a clock that jumps from moment to moment, readers who enter and walk, letters that are judged.

Entering, walking and judging are the live ones (journeys.enrolment, journeys.advancing.walk, outbox.judgement); only
where their facts come from and where their outcomes go is the rehearsal's own.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, cast

from guanxi.content.models import Template
from guanxi.journeys import enrolment as rules
from guanxi.journeys.advancing import Taken, Walk, walk
from guanxi.journeys.facts import Subject
from guanxi.journeys.graph import Graph
from guanxi.journeys.models import Enrolment, Journey
from guanxi.journeys.occasions import Happening
from guanxi.journeys.queries import Circumstances, applicant
from guanxi.journeys.steps.base import ChangeWish, OfferWish, StartWish, TaskWish, Wish
from guanxi.journeys.steps.send import Send
from guanxi.journeys.values import letter_values
from guanxi.ledger.models import Contact, Customer
from guanxi.outbox.facts import FactTable, place_of, the_policy
from guanxi.outbox.gates.frequency import WEEK
from guanxi.outbox.judgement import judge
from guanxi.outbox.letterbook import LetterBook, languages_of
from guanxi.outbox.models import Message
from guanxi.outbox.routes import all_senders
from guanxi.outbox.states import EXPIRED, HELD, QUEUED, SUPPRESSED
from guanxi.papers import queries as papers_queries
from guanxi.rehearsal.coupons import Coupons
from guanxi.rehearsal.facts import Asked, facts_of
from guanxi.rehearsal.moments import moments_in
from guanxi.rehearsal.papers import Papers
from guanxi.rehearsal.past import Past, Told
from guanxi.tiering.plain import NAMES as STANDING_NAMES
from guanxi.tiering.plain import beside

# Nobody is asked for a sender or an address of the firm in a play; everything else a letter lacks counts.
NOT_ASKED = frozenset({"no_sender", "no_firm_name", "no_postal_address"})
EVENT, STEP, LETTER = range(3)


@dataclass(slots=True)
class Letter:
    """One proposed mail: what became of it, when it would have left (by the firm's clock), why it waited."""

    journey: str
    step: str
    customer_id: int
    contact_id: int
    country: str
    tier: str
    template: str
    kind: str
    language: str
    proposed_at: datetime
    left_at: datetime | None = None
    held_by: list[str] = field(default_factory=list)
    dropped_by: str = ""
    discount: str = ""


@dataclass(slots=True)
class Mail:
    """What the gates and the book of letters ask of an outbox.models.Message; a model's object costs ten times that."""

    contact: Contact
    customer: Customer
    template: Template
    kind: str
    origin_id: str
    expires_at: datetime
    values: dict[str, Any]
    origin_kind: str = "journey"
    chosen_by_profile: bool = False
    sender_id: int | None = None

    @property
    def contact_id(self) -> int:
        return self.contact.pk

    @property
    def customer_id(self) -> int:
        return self.customer.pk

    @property
    def template_id(self) -> int:
        return self.template.pk


@dataclass(slots=True)
class Chore:
    """One task a step would have opened."""

    journey: str
    step: str
    kind: str
    customer_id: int
    owner_id: int | None
    at: datetime


@dataclass(slots=True)
class Play:
    """Everything that would have happened: who entered what, why not, which steps were passed over, letters, chores."""

    letters: list[Letter] = field(default_factory=list)
    chores: list[Chore] = field(default_factory=list)
    entered: list[tuple[str, int, datetime]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    passed_over: list[tuple[str, str, str]] = field(default_factory=list)
    codes: list[tuple[str, str, Decimal]] = field(default_factory=list)
    held_out: Counter[str] = field(default_factory=Counter)
    missing_letters: Counter[tuple[str, str]] = field(default_factory=Counter)
    missing_documents: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Part:
    """One journey of the play."""

    journey: Journey
    graph: Graph


class _Lenient(FactTable):
    """The facts of the gates, without those a new workspace has not set up yet."""

    def _missing(self, message: Message) -> list[str]:
        return [each for each in super()._missing(message) if each not in NOT_ASKED]


def document_kinds(graphs: Iterable[Graph]) -> set[str]:
    """What kinds of documents these journeys hand over or ask about."""
    asked = frozenset().union(*(graph.asked | graph.asked_at_the_door for graph in graphs))
    return {name.removeprefix("document.") for name in asked if name.startswith("document.")}


class Stage:
    """One run of the play over one past."""

    def __init__(self, past: Past, parts: Sequence[Part]) -> None:
        self.past, self.parts, self.play = past, parts, Play()
        self.graphs = {part.journey.pk: part.graph for part in parts}
        self.asked = {part.journey.pk: part.graph.asked for part in parts}
        self.concerned: dict[str, list[Part]] = defaultdict(list)
        for part in parts:
            for name in frozenset().union(*(trigger.occasion.names for trigger in part.graph.triggers)):
                self.concerned[name].append(part)
        self.keys = count(1)
        self.agenda: list[tuple[datetime, int, int, Any]] = []
        self.enrolments: dict[int, list[Enrolment]] = defaultdict(list)
        self.under_way: dict[int, list[Enrolment]] = defaultdict(list)
        self.stages: dict[str, str] = {}
        self.news: dict[str, str] = {}
        self.orders = {str(order.pk): order for some in past.orders.values() for order in some}
        self.zones: dict[int, str] = {}
        readers = (each for some in past.readers.values() for each in some)
        self.papers = Papers(readers, document_kinds(self.graphs.values()), past.now)
        self.coupons, self.local_help = Coupons(past), papers_queries.local_lines_of()
        self.templates = {each.key: each for each in Template.objects.all()}
        self.gates = _Lenient(
            now=past.begin, firm=past.firm, policy=the_policy(), senders=all_senders(), pauses={},
            stands=past.stands, suppressions=past.suppressions, recent=defaultdict(list),
            book=LetterBook(past.firm.culture), customers_with_orders=frozenset(past.orders), choices=past.choices,
            paused_streams={}, paces=past.paces,
        )  # fmt: skip

    def run(self) -> Play:
        told = [*self.past.told, *moments_in(self.past, self.parts)]
        self.agenda = [(each.at, EVENT, next(self.keys), each) for each in told]
        heapq.heapify(self.agenda)
        while self.agenda:
            at, what, _, item = heapq.heappop(self.agenda)
            if at >= self.past.end:
                break
            if what == EVENT:
                self._hear(item, at)
            elif what == STEP:
                self._walk(item, at)
            else:
                self._judge(item[0], item[1], item[2], at)
        return self.play

    def _note(self, at: datetime, what: int, item: Any) -> None:
        heapq.heappush(self.agenda, (at, what, next(self.keys), item))

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
            for enrolment in under_way:
                self._tell(enrolment, told, now)
            under_way[:] = [each for each in under_way if each.state == "active"]
        for part in self.concerned[happening.name]:
            if rules.is_concerned(part.graph, happening):
                self._knock(part, told, now)

    def _tell(self, enrolment: Enrolment, told: Told, now: datetime) -> None:
        if enrolment.state != "active":
            return
        graph = self.graphs[enrolment.journey_id]
        about = {"object_kind": enrolment.object_kind, "object_id": enrolment.object_id}
        if reason := graph.exit_for(told.happening, **about):
            enrolment.state, enrolment.end_reason, enrolment.ended_at = "left", reason, now
            return
        if waits := graph.waits_for(told.happening, **about):
            enrolment.heard = sorted({*enrolment.heard, *waits})
            if enrolment.step in waits:
                enrolment.due_at = now
                self._note(now, STEP, enrolment)

    def _knock(self, part: Part, told: Told, now: datetime) -> None:
        customer = self.past.customers.get(told.customer_id)
        if customer is None:
            return
        reader = self._reader(told)
        mine = self.enrolments[customer.pk]
        happening = told.happening
        facts = {}
        if reader is not None and part.graph.asked_at_the_door:
            subject = Subject(customer, reader, now, happening.object_kind, happening.object_id)
            facts = self._facts(subject, part.graph.asked_at_the_door, now)
        trigger = rules.trigger_for(part.graph, happening, facts)
        if trigger is None:
            return
        who = applicant(customer, mine, reader=reader)
        admission = rules.admit(part.graph, trigger, happening, who, age=timedelta(), now=now)
        if admission.refusal:
            self.play.refused.append((part.journey.key, admission.refusal))
        elif admission.entry_key and reader is not None:
            occasion = rules.occasion_of(trigger, happening)
            self._enter(part, reader, happening.object_id, admission.entry_key, occasion, now)

    def _enter(
        self, part: Part, reader: Contact, object_id: str, entry_key: str, occasion: dict[str, Any], now: datetime
    ) -> None:  # fmt: skip
        about = part.graph.about
        is_held_out = rules.is_held_out(
            journey_key=part.journey.key, contact_id=reader.pk, percent=part.journey.holdout_percent
        )
        enrolment = Enrolment(
            pk=next(self.keys), journey=part.journey, contact=reader, customer=reader.customer, object_kind=about,
            object_id=object_id if about else "", entry_key=entry_key,
            state=rules.HELD_OUT if is_held_out else "active", step=part.graph.first, due_at=now, anchor_at=now,
            step_since_at=now, entered_at=now, occasion=occasion,
        )  # fmt: skip
        self.enrolments[reader.customer_id].append(enrolment)
        if is_held_out:
            self.play.held_out[part.journey.key] += 1
            return
        self.under_way[reader.customer_id].append(enrolment)
        self.play.entered.append((part.journey.key, reader.customer_id, now))
        self._note(now, STEP, enrolment)

    def _reader(self, told: Told) -> Contact | None:
        """Whom to write to, as live: the contact of the event, else the primary one, else the oldest."""
        readers = self.past.readers.get(told.customer_id, [])
        return next((each for each in readers if each.pk == told.contact_id), readers[0] if readers else None)

    # Steps

    def _walk(self, enrolment: Enrolment, now: datetime) -> None:
        if enrolment.state != "active" or enrolment.due_at != now:
            return
        graph = self.graphs[enrolment.journey_id]
        around = self._around(enrolment, graph, now)
        found = walk(enrolment, graph, around, now)
        for taken in found.taken:
            self._note_step(found, taken, now)
        if enrolment.state == "active":
            self._note(enrolment.due_at, STEP, enrolment)

    def _around(self, enrolment: Enrolment, graph: Graph, now: datetime) -> Circumstances:
        order = self.orders.get(enrolment.object_id) if enrolment.object_kind == "order" else None
        subject = Subject(
            enrolment.customer, enrolment.contact, enrolment.anchor_at, enrolment.object_kind, enrolment.object_id,
            enrolment.occasion,
        )  # fmt: skip
        return Circumstances(
            facts=self._facts(subject, self.asked[enrolment.journey_id], now),
            unread=(),
            order=order,
            news=self.news.pop(enrolment.object_id, "") if order else "",
            zone=self._zone(enrolment.contact),
        )

    def _facts(self, subject: Subject, names: frozenset[str], now: datetime) -> dict[str, Any]:
        order = self.orders.get(subject.object_id) if subject.object_kind == "order" else None
        stage = self.stages.get(subject.object_id) or (order.stage if order else "")
        enrolments = self.enrolments[subject.customer.pk]
        asked = Asked(
            self.past, subject, order, stage, now, papers=self.papers, enrolments=enrolments, coupons=self.coupons
        )
        return facts_of(asked, names)

    def _zone(self, contact: Contact) -> str:
        if contact.pk not in self.zones:
            self.zones[contact.pk] = place_of(contact, fallback=self.past.firm.time_zone).name
        return self.zones[contact.pk]

    def _note_step(self, found: Walk, taken: Taken, now: datetime) -> None:
        journey, wish = found.enrolment.journey.key, taken.outcome.wish
        if taken.outcome.verdict == "skipped":
            self.play.passed_over.append((journey, taken.step, taken.outcome.reason))
            if taken.outcome.reason == "no_document":
                self._note_document(found.enrolment, taken.step)
        elif isinstance(wish, Wish):
            self._propose(found, taken, wish, now)
        elif isinstance(wish, TaskWish):
            customer = found.enrolment.customer
            at = now.astimezone(self.past.zone)
            self.play.chores.append(Chore(journey, taken.step, wish.kind, customer.pk, customer.owner_id, at))
        elif isinstance(wish, StartWish):
            self._go_on(found.enrolment, wish, now)
        elif isinstance(wish, OfferWish):
            reason, cost = self.coupons.give(found.enrolment, wish, now)
            if reason:
                self.play.passed_over.append((journey, taken.step, reason))
            else:
                self.play.codes.append((journey, wish.offer_name, cost))
        elif isinstance(wish, ChangeWish):
            _change(found.enrolment.customer, wish)

    def _go_on(self, enrolment: Enrolment, wish: StartWish, now: datetime) -> None:
        part = next((each for each in self.parts if each.journey.key == wish.journey_key), None)
        if part is None:
            return
        happening = Happening("journey.signalled", enrolment.object_kind, enrolment.object_id)
        who = applicant(enrolment.customer, self.enrolments[enrolment.customer_id], reader=enrolment.contact)
        trigger = part.graph.triggers[0]
        admission = rules.admit(part.graph, trigger, happening, who, age=timedelta(), now=now)
        if admission.entry_key:
            occasion = {"by": happening.name, "told": enrolment.occasion.get("told", {})}
            self._enter(part, enrolment.contact, enrolment.object_id, admission.entry_key, occasion, now)

    # Letters

    def _propose(self, found: Walk, taken: Taken, wish: Wish, now: datetime) -> None:
        enrolment = found.enrolment
        template = self.templates.get(wish.template_key)
        letter = Letter(
            journey=enrolment.journey.key, step=taken.step, customer_id=enrolment.customer_id,
            contact_id=enrolment.contact.pk, country=enrolment.contact.country or enrolment.customer.country,
            tier=self.past.tier_of(enrolment.customer_id, self.past.default_scheme, now), template=wish.template_key,
            kind=template.kind if template else "", language=self._language(enrolment.contact),
            proposed_at=now.astimezone(self.past.zone), discount=str(self.coupons.costs.get(enrolment.pk, "")),
        )  # fmt: skip
        self.play.letters.append(letter)
        if template is None:
            letter.dropped_by = "no_template"
            return
        order = found.around.order
        values = self.coupons.values.get(enrolment.pk, {}) | letter_values(
            enrolment=enrolment, wanted=wish.values, order=order, news=found.around.news, survey=wish.survey,
            local_help=self.local_help, facts=found.around.facts,
        )  # fmt: skip
        if wish.document:
            values["document"] = self.papers.give(enrolment.contact.pk, wish.document)
        message = Mail(
            enrolment.contact, enrolment.customer, template, template.kind, str(enrolment.pk), wish.expires_at,
            beside(values, self._standing(enrolment.customer_id, now)),
        )  # fmt: skip
        self._note_language(template, message)
        self._note(max(now, wish.not_before), LETTER, (message, letter, enrolment))

    def _standing(self, customer_id: int, now: datetime) -> dict[str, str]:
        """What tiering.plain tells a letter of the customer, as of that moment."""
        schemes = {name.removeprefix("customer."): name.removeprefix("customer.") for name in STANDING_NAMES}
        schemes["tier"] = self.past.default_scheme
        told = {name: self.past.tier_of(customer_id, scheme, now) for name, scheme in schemes.items()}
        return {name: tier for name, tier in told.items() if tier}

    def _judge(self, message: Mail, letter: Letter, enrolment: Enrolment, now: datetime) -> None:
        if enrolment.state == "left":
            letter.dropped_by = f"recalled_{enrolment.end_reason}"
            return
        self.gates.now = now
        recent = self.gates.recent[message.contact.pk]
        recent[:] = [moment for moment in recent if moment > now - WEEK]
        judgement = judge(self.gates.facts_of(cast(Message, message)), expires_at=message.expires_at)
        if judgement.state == QUEUED:
            letter.left_at = now.astimezone(self.past.zone)
            self.gates.note_marketing(cast(Message, message))
        elif judgement.state == HELD:
            letter.held_by.append(_reason(judgement.opinions, "hold"))
            self._note(max(judgement.due_at, now + timedelta(minutes=1)), LETTER, (message, letter, enrolment))
        elif judgement.state in (SUPPRESSED, EXPIRED):
            letter.dropped_by = _reason(judgement.opinions, "drop")

    def _note_language(self, template: Template, message: Mail) -> None:
        """What the reader would have had to read in another language than his own."""
        letter = self.gates.book.letter_for(cast(Message, message))
        language = self._language(message.contact)
        if letter is None or (language and letter.language.partition("-")[0] != language.partition("-")[0]):
            self.play.missing_letters[template.key, language] += 1

    def _language(self, contact: Contact) -> str:
        """The one he would like to read best."""
        languages = languages_of(contact, self.past.firm.culture)
        return languages[0] if languages else ""

    def _note_document(self, enrolment: Enrolment, step: str) -> None:
        contact, sends = enrolment.contact, self.graphs[enrolment.journey_id].steps[step]
        country = contact.country or enrolment.customer.country
        if isinstance(sends, Send):
            self.play.missing_documents[
                enrolment.journey.key, step, sends.document, country, self._language(contact)
            ] += 1


def _change(customer: Customer, wish: ChangeWish) -> None:
    """What later conditions will ask; the row itself stays as it is."""
    customer.tags = [tag for tag in [*customer.tags, wish.tag] if tag and tag != wish.untag]
    customer.fields = {**customer.fields, **wish.fields}


def _reason(opinions: Sequence[tuple[str, Any]], outcome: str) -> str:
    """The code of the gate that decided: of several holds the one that lasts longest."""
    mine = [opinion for _, opinion in opinions if opinion.outcome == outcome]
    if outcome == "hold":
        mine = sorted(mine, key=lambda opinion: opinion.until.timestamp() if opinion.until else float("inf"))
        return str(mine[-1].reason)
    last = mine[-1]
    return str(last.detail.get("reason") or last.reason) if last.reason == "hold_outlasts_expiry" else str(last.reason)
