"""Questions to the journeys: the facts of a batch of due readers, where everybody is, one reader's path."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet

from guanxi.firm import queries as firm_queries
from guanxi.journeys import facts
from guanxi.journeys.enrolment import Applicant, Earlier
from guanxi.journeys.facts.asking import Subject
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.models import Enrolment, Journey, Refusal, Version, Visit
from guanxi.journeys.occasions import Happening
from guanxi.journeys.steps.base import Step
from guanxi.kernel.fetching import among, fetched
from guanxi.kernel.instances import made
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact, Customer, Event, Order
from guanxi.outbox.facts import place_of
from guanxi.tiering.models import Scheme

NEWS_IS_FRESH_FOR = timedelta(days=7)
MOST_VERSIONS = 20


def graph_of(enrolment: Enrolment) -> Graph:
    """The graph of the version this reader entered on."""
    return read_graph(enrolment.version.text)


# For the reaction to events


def default_scheme_name() -> str:
    return Scheme.objects.filter(is_default=True).values_list("name", flat=True).first() or ""


def happening_of(event: Event, *, default_scheme: str) -> Happening:
    """The event as the grammar sees it, with `in_default_scheme` beside its own properties."""
    properties = dict(event.properties)
    if "scheme" in properties:
        properties["in_default_scheme"] = properties["scheme"] == default_scheme
    return Happening(event.name, event.object_kind, event.object_id, properties)


@dataclass(frozen=True, slots=True)
class Door:
    """A live journey as somebody may enter it."""

    journey: Journey
    version: Version
    graph: Graph


def open_doors() -> list[Door]:
    """The live journeys, most urgent first."""
    versions = Version.objects.filter(pk__in=Journey.objects.filter(state="live").values("live_version"))
    rows = versions.select_related("journey").order_by("journey__priority", "journey__key")
    return [Door(version.journey, version, read_graph(version.text)) for version in rows]


def enrolments_of(
    customer_ids: Collection[int], *, and_ended_of: Collection[int] | None = None
) -> dict[int, list[Enrolment]]:  # fmt: skip
    """Every enrolment of these customers, locked where the database can, oldest first; journeys and versions are of all
    in common. With `and_ended_of` those that have ended are of these customers only."""
    rows = Enrolment.objects.filter(among("customer_id", customer_ids)).order_by("id")
    if and_ended_of is not None:
        rows = rows.filter(Q(state="active") | Q(among("customer_id", and_ended_of)))
    found = list(rows.select_for_update(of=("self",)))
    journeys = Journey.objects.in_bulk({each.journey_id for each in found})
    versions = Version.objects.in_bulk({each.version_id for each in found})
    for each in found:
        each.journey, each.version = journeys[each.journey_id], versions[each.version_id]
    return _grouped(found, lambda enrolment: enrolment.customer_id)


def readers_of(customer_ids: Collection[int]) -> dict[int, list[Contact]]:
    """The contacts a letter can reach: the primary one first, then the oldest."""
    rows = Contact.objects.filter(among("customer_id", customer_ids), email_key__isnull=False)
    return _grouped(rows.order_by("-is_primary", "id"), lambda contact: contact.customer_id)


def applicant(customer: Customer, enrolments: Sequence[Enrolment], *, reader: Contact | None) -> Applicant:
    """The customer at the door, with his earlier entries."""
    earlier = [
        Earlier(
            journey_key=each.journey.key,
            entry_key=each.entry_key,
            entered_at=each.entered_at,
            is_active=each.state == "active",
            is_lifecycle=each.journey.is_lifecycle,
            contact_id=each.contact_id,
        )
        for each in enrolments
    ]
    return Applicant(customer.pk, customer.is_blocked, reader is not None, earlier, reader.pk if reader else 0)


# For the steps that are due


# What steps, facts and letters read of a reader; anything else is fetched when it is read.
_OF_ENROLMENT = (
    "id", "version_id", "journey_id", "contact_id", "customer_id", "object_kind", "object_id", "state", "step",
    "occurrence", "due_at", "anchor_at", "step_since_at", "ended_at", "end_reason", "heard", "occasion", "stood_still",
    "failures",
)  # fmt: skip
_OF_CONTACT = (
    "id", "customer_id", "email", "email_key", "phone", "language", "country", "city", "time_zone", "fields",
)  # fmt: skip
_OF_CUSTOMER = (
    "id", "name", "kind", "country", "region", "city", "trade", "tags", "fields", "is_blocked", "cooperation_since",
    "owner_id",
)  # fmt: skip
_COLUMNS = (
    *_OF_ENROLMENT, *(f"contact__{name}" for name in _OF_CONTACT), *(f"customer__{name}" for name in _OF_CUSTOMER),
)  # fmt: skip
_TO_CONTACT, _TO_CUSTOMER = len(_OF_ENROLMENT), len(_OF_ENROLMENT) + len(_OF_CONTACT)


def due_enrolments(*, now: datetime, limit: int) -> list[Enrolment]:
    """The due readers of the most urgent journeys, locked; rows another worker holds are passed over.

    Journey by journey, so that a million are not sorted for the sake of five hundred. Call it in a transaction.
    """
    found: list[Enrolment] = []
    urgent = Journey.objects.filter(state__in=["live", "off"]).order_by("priority", "key")
    for journey in urgent:
        due = _readers().filter(due_at__lte=now, journey=journey)[: limit - len(found)]
        found += [_due_enrolment(row, journey) for row in fetched(due)]
        if len(found) >= limit:
            break
    return found


@cache
def _readers() -> QuerySet[Enrolment, tuple[Any, ...]]:
    """Everybody under way, to be narrowed: the names of the columns are looked up once."""
    rows = Enrolment.objects.filter(state="active").order_by("due_at", "id").values_list(*_COLUMNS)
    return rows.select_for_update(skip_locked=True, of=("self",))


def _due_enrolment(row: Sequence[Any], journey: Journey) -> Enrolment:
    customer = made(Customer, _OF_CUSTOMER, row[_TO_CUSTOMER:])
    contact = made(Contact, _OF_CONTACT, row[_TO_CONTACT:_TO_CUSTOMER], customer=customer)
    return made(Enrolment, _OF_ENROLMENT, row[:_TO_CONTACT], journey=journey, contact=contact, customer=customer)


def as_stored(enrolment: Enrolment) -> Enrolment:
    """The row as the database has it, whatever was written into the object."""
    return Enrolment.objects.select_related("journey", "contact", "customer").get(pk=enrolment.pk)


class Circumstances(NamedTuple):
    """What holds for one enrolment now: the facts its journey asks for, unread events, the order it is about, its
    news, the time zone of the reader where a step tells time, else the firm's."""

    facts: Mapping[str, Any]
    unread: Sequence[Happening]
    order: Order | None
    news: str
    zone: str


def circumstances_of(
    enrolments: Sequence[Enrolment], graphs: Mapping[int, Graph], *, now: datetime
) -> dict[int, Circumstances]:
    """By enrolment id; one query per kind of fact, however many enrolments. `graphs` are by version id."""
    orders = facts.orders_of((each.object_kind, each.object_id) for each in enrolments)
    asked = frozenset().union(*(graphs[version_id].asked for version_id in {each.version_id for each in enrolments}))
    subjects = [
        Subject(each.customer, each.contact, each.anchor_at, each.object_kind, each.object_id, each.occasion)
        for each in enrolments
    ]
    gathered = facts.gather(subjects, asked, orders=orders, now=now)
    unread = _unread_of(enrolments, graphs)
    news = _news_of(orders.values(), now)
    firm_zone = firm_queries.the_firm().time_zone if enrolments else "UTC"
    return {
        each.id: Circumstances(
            facts=found,
            unread=unread.get(each.customer_id, []),
            order=orders.get(each.object_id) if each.object_kind == "order" else None,
            news=news.get(each.object_id, "") if each.object_kind == "order" else "",
            zone=_zone_of(each, graphs, firm_zone),
        )
        for each, found in zip(enrolments, gathered, strict=True)
    }


def facts_at_the_door(arrivals: Sequence[Subject], names: Collection[str], *, now: datetime) -> list[dict[str, Any]]:
    """What triggers ask about those who would enter, in order."""
    if not names or not arrivals:
        return [{} for _ in arrivals]
    orders = facts.orders_of((each.object_kind, each.object_id) for each in arrivals)
    return facts.gather(arrivals, names, orders=orders, now=now)


def graphs_of(enrolments: Iterable[Enrolment]) -> dict[int, Graph]:
    """The graphs these readers are on, by version id."""
    rows = Version.objects.filter(pk__in={each.version_id for each in enrolments})
    return {version_id: read_graph(text) for version_id, text in rows.values_list("pk", "text")}


def zone_of(reader: Contact) -> str:
    """Where this reader lives, else the firm's."""
    return place_of(reader, fallback=firm_queries.the_firm().time_zone).name


def _zone_of(enrolment: Enrolment, graphs: Mapping[int, Graph], firm_zone: str) -> str:
    if not graphs[enrolment.version_id].tells_time:
        return firm_zone
    return place_of(enrolment.contact, fallback=firm_zone).name


def _news_of(orders: Collection[Order], now: datetime) -> dict[str, str]:
    """What was told about each order within a round of the timeline (CN-23), the newest words."""
    if not orders:
        return {}
    rows = Event.objects.filter(
        name="order.news", object_kind="order", customer_id__in={order.customer_id for order in orders},
        object_id__in={str(order.pk) for order in orders}, occurred_at__gt=now - NEWS_IS_FRESH_FOR,
    )  # fmt: skip
    return {event.object_id: str(event.properties.get("text", ""))[:2000] for event in rows.order_by("occurred_at")}


def _unread_of(enrolments: Sequence[Enrolment], graphs: Mapping[int, Graph]) -> dict[int, list[Happening]]:
    """Events that could end a journey and that no reaction has been made to yet."""
    names = frozenset().union(*(graph.event_names for graph in graphs.values()))
    # As a rule there is none; the events of so many customers would all be gone through for it.
    if not names or not ledger_queries.is_anything_unread():
        return {}
    rows = Event.objects.filter(
        among("customer_id", {each.customer_id for each in enrolments}), is_unread=True, name__in=names
    )
    found: dict[int, list[Happening]] = defaultdict(list)
    for event in rows:
        if event.customer_id is not None:
            found[event.customer_id].append(happening_of(event, default_scheme=""))
    return found


# For the console


@dataclass(frozen=True, slots=True)
class StepState:
    """One step of the live graph and what became of the readers at it."""

    step: Step
    here: int
    done: int
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JourneyState:
    """Where everybody is: at each step, and how the others ended."""

    steps: Sequence[StepState]
    ended: Mapping[tuple[str, str], int]
    refused: Mapping[str, int]


def where_is_everybody(journey: Journey) -> JourneyState:
    """Counts over all versions of `journey`, laid on the steps of the live one."""
    enrolments = Enrolment.objects.filter(journey=journey)
    here = _counted(enrolments.filter(state="active").values_list("step"))
    visits = Visit.objects.filter(enrolment__journey=journey)
    done = _counted(visits.filter(outcome="done").values_list("step"))
    skipped: dict[str, dict[str, int]] = defaultdict(dict)
    for step, reason, count in visits.filter(outcome="skipped").values_list("step", "reason").annotate(n=Count("id")):
        skipped[step][reason] = count
    graph = read_graph(journey.live_version.text) if journey.live_version else None
    steps = graph.steps.values() if graph else ()
    return JourneyState(
        steps=[
            StepState(step, here[step.frame.id], done[step.frame.id], skipped.get(step.frame.id, {})) for step in steps
        ],
        ended=_ended(journey),
        refused=_counted(Refusal.objects.filter(journey=journey).values_list("reason")),
    )


def _ended(journey: Journey) -> dict[tuple[str, str], int]:
    rows = Enrolment.objects.filter(journey=journey).exclude(state="active")
    counted = rows.values_list("state", "end_reason").annotate(count=Count("id")).order_by("-count")
    return {(state, reason): count for state, reason, count in counted}


def versions_of(journey: Journey) -> list[tuple[Version, int]]:
    """The newest versions, each with how many readers are under way on it."""
    under_way = Count("enrolments", filter=Q(enrolments__state="active"))
    rows = journey.versions.annotate(under_way=under_way).order_by("-number")
    return [(version, version.under_way) for version in rows[:MOST_VERSIONS]]


def path_of(enrolment: Enrolment) -> list[Visit]:
    """The steps one reader has taken, in order."""
    return list(enrolment.visits.order_by("id"))


def journeys_of(customer_id: int) -> list[Enrolment]:
    """The enrolments of one customer, those under way first, then the newest."""
    rows = Enrolment.objects.filter(customer_id=customer_id).select_related("journey", "contact")
    return list(rows.order_by(F("ended_at").desc(nulls_first=True), "-id"))


def count_due(now: datetime) -> int:
    return Enrolment.objects.filter(state="active", due_at__lte=now, journey__state__in=["live", "off"]).count()


def _counted(rows: Any) -> Counter[str]:
    return Counter(dict(rows.annotate(count=Count("id"))))


def _grouped(rows: Iterable[Any], key: Any) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups
