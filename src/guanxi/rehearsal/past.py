"""The past as a rehearsal needs it: who the customers were, what happened, where they stood. Reads, writes nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, pairwise
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

from guanxi.consent import queries as consent_queries
from guanxi.consent.rules import MARKETING, Stand
from guanxi.culture.profiles import profile_of
from guanxi.firm.models import Firm
from guanxi.journeys.graph import Graph
from guanxi.journeys.occasions import Happening
from guanxi.kernel.money import NoRate
from guanxi.ledger.models import Contact, Customer, Event, Order, Trait
from guanxi.papers import queries as papers_queries
from guanxi.papers.queries import Cabinet
from guanxi.scoring.alerts import SLOWED_CYCLES
from guanxi.scoring.forecasts import LEAD_DAYS, LEAD_SHARE, LEAST_GAPS
from guanxi.segments.models import Membership
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering import replay, replaying
from guanxi.tiering.models import Standing

CONTACT, CONSENT, LANGUAGE = ASSUMPTIONS = ("contact", "consent", "language")
MADE_UP = "reader{}@assumed.invalid"
# A year before the first day tells where everybody stood when the rehearsal begins.
RUN_UP = timedelta(days=365)
MOST_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened to a customer at a moment."""

    at: datetime
    customer_id: int
    happening: Happening
    contact_id: int | None = None


@dataclass(slots=True)
class Past:
    """Customers, readers and orders by customer; `told` in order of time; `notes` say what was made up or derived.

    `standings` are the moves of each scheme that somebody asks about, by customer and in order of time.
    """

    firm: Firm
    zone: ZoneInfo
    begin: datetime
    end: datetime
    customers: dict[int, Customer]
    readers: dict[int, list[Contact]]
    orders: dict[int, list[Order]]
    told: list[Told]
    standings: dict[str, dict[int, list[tuple[datetime, str]]]]
    default_scheme: str
    stands: dict[tuple[int, str], Stand]
    suppressions: dict[str, frozenset[str]]
    segments: dict[int, list[tuple[str, int | None]]]
    traits: dict[int, list[Trait]]
    cabinet: Cabinet  # the documents as they are today
    notes: list[str] = field(default_factory=list)
    told_to: dict[int, list[Told]] = field(default_factory=lambda: defaultdict(list))

    def tier_of(self, customer_id: int, scheme: str, at: datetime) -> str:
        moves = self.standings.get(scheme, {}).get(customer_id, [])
        place = bisect_right(moves, at, key=lambda move: move[0])
        return moves[place - 1][1] if place else ""

    def orders_between(self, customer_id: int, after: datetime | None, until: datetime) -> list[Order]:
        """Orders after one moment and up to another."""
        orders = self.orders.get(customer_id, [])
        begin = bisect_right(orders, after, key=lambda order: order.placed_at) if after else 0
        return orders[begin : bisect_right(orders, until, key=lambda order: order.placed_at)]

    def told_between(self, customer_id: int, after: datetime, until: datetime) -> list[Told]:
        told = self.told_to.get(customer_id, [])
        begin = bisect_right(told, after, key=lambda each: each.at)
        return told[begin : bisect_right(told, until, key=lambda each: each.at)]

    def begin_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def read_past(
    *, firm: Firm, first: date, last: date, graphs: Sequence[Graph], assume: frozenset[str], now: datetime
) -> Past:
    """Everything `graphs` may ask about from `first` to the end of `last`; `assume` is of ASSUMPTIONS."""
    zone = ZoneInfo(firm.time_zone)
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    customers = {each.pk: each for each in Customer.objects.filter(merged_into__isnull=True)}
    readers = _readers(customers, firm, assume)
    past = Past(
        firm=firm, zone=zone, begin=begin, end=end, customers=customers, readers=readers,
        orders=_orders(end), told=[], standings={}, default_scheme="", stands={}, suppressions={},
        segments=_segments(), traits=_traits(),
        cabinet=papers_queries.cabinet(chain.from_iterable(readers.values()), now=now),
    )  # fmt: skip
    _note_assumptions(past, assume)
    _permissions(past, assume)
    _standings(past, graphs, now)
    past.told = sorted([*_events(past, graphs), *_rhythms(past, graphs)], key=lambda each: each.at)
    for each in past.told:
        past.told_to[each.customer_id].append(each)
    return past


# Who reads


def _readers(customers: Mapping[int, Customer], firm: Firm, assume: frozenset[str]) -> dict[int, list[Contact]]:
    readers: dict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(email_key__isnull=False).order_by("-is_primary", "id"):
        if contact.customer_id in customers:
            contact.customer = customers[contact.customer_id]
            readers[contact.customer_id].append(contact)
    if CONTACT in assume:
        for customer_id, customer in customers.items():
            if customer_id not in readers:
                readers[customer_id].append(_made_up(customer))
    if LANGUAGE in assume:
        for contact in (each for some in readers.values() for each in some if not each.language):
            country = contact.country or contact.customer.country
            contact.language = profile_of(country, firm.culture).languages[0]
    return readers


def _made_up(customer: Customer) -> Contact:
    """A reader whose key no row has."""
    address = MADE_UP.format(customer.pk)
    return Contact(
        pk=-customer.pk, customer=customer, full_name=customer.name, email=address, email_key=address, is_primary=True
    )


def _permissions(past: Past, assume: frozenset[str]) -> None:
    contacts = [each for some in past.readers.values() for each in some]
    ids = [each.pk for each in contacts if each.pk > 0]
    for some in _parts(ids):
        past.stands |= consent_queries.stands_of(some)
    for keys in _parts([each.email_key for each in contacts if each.pk > 0 and each.email_key]):
        past.suppressions |= consent_queries.suppressions_of(keys)
    if CONSENT in assume:
        for contact in contacts:
            past.stands.setdefault((contact.pk, MARKETING), Stand("granted"))


def _note_assumptions(past: Past, assume: frozenset[str]) -> None:
    made_up = sum(each.pk < 0 for some in past.readers.values() for each in some)
    if made_up:
        past.notes.append(f"Contacts are assumed for {made_up:,} customers who have none.")
    if CONSENT in assume:
        past.notes.append("Whoever has said nothing about marketing is assumed to permit it.")
    if LANGUAGE in assume:
        past.notes.append("Whose language is not known is assumed to read the first language of his country.")


# What happened


def _orders(end: datetime) -> dict[int, list[Order]]:
    orders: dict[int, list[Order]] = defaultdict(list)
    rows = Order.objects.filter(kind="order", placed_at__lt=end).order_by("placed_at", "id")
    for order in rows.iterator(chunk_size=5_000):
        orders[order.customer_id].append(order)
    return orders


def _events(past: Past, graphs: Sequence[Graph]) -> Iterator[Told]:
    """The ledger's own events that some journey would hear of; in a file of old orders they are all historical."""
    names = frozenset().union(*(heard_by(graph) for graph in graphs))
    replayed = {"standing.changed"} if past.standings else set()
    rows = Event.objects.filter(
        name__in=names - replayed, customer__isnull=False, occurred_at__gte=past.begin - RUN_UP,
        occurred_at__lt=past.end,
    ).order_by("occurred_at", "id")  # fmt: skip
    columns = ("occurred_at", "customer_id", "contact_id", "name", "object_kind", "object_id", "properties")
    for at, customer_id, contact_id, name, kind, object_id, properties in rows.values_list(*columns).iterator(
        chunk_size=10_000
    ):
        yield Told(at, customer_id, Happening(name, kind, object_id, properties), contact_id)
    if "standing.changed" in names:
        yield from _moves(past)


def heard_by(graph: Graph) -> frozenset[str]:
    """The names of all events one journey reacts to or asks about."""
    from guanxi.journeys.facts import ANSWERS
    from guanxi.journeys.steps.wait import Wait

    names = graph.event_names().union(*(trigger.occasion.names for trigger in graph.triggers))
    for step in graph.steps.values():
        if isinstance(step, Wait):
            names = names.union(*(each.names for each in step.until))
    asked = graph.asked | graph.asked_at_the_door
    names |= {name.removeprefix("happened.") for name in asked if name.startswith("happened.")}
    if "answered" in asked:
        names |= set(ANSWERS)
    if "open_complaint" in asked:
        names |= {"complaint.opened", "complaint.solved"}
    return names


def _moves(past: Past) -> Iterator[Told]:
    """The moves of the replayed schemes as the events they would have been; the first standing is none."""
    for scheme, by_customer in past.standings.items():
        for customer_id, moves in by_customer.items():
            for (_, before), (at, after) in pairwise(moves):
                told = {
                    "scheme": scheme,
                    "from": before,
                    "to": after,
                    "in_default_scheme": scheme == past.default_scheme,
                }
                yield Told(at, customer_id, Happening("standing.changed", properties=told))


def _rhythms(past: Past, graphs: Sequence[Graph]) -> Iterator[Told]:
    """What the nightly look at each customer's rhythm would have noticed (DP-04, DP-14), from the orders alone."""
    names = frozenset().union(*(heard_by(graph) for graph in graphs))
    wanted = names & {"rhythm.slowed", "purchase.expected"}
    if not wanted:
        return
    past.notes.append("Slowing rhythms and expected orders are derived from the orders, cycle by cycle.")
    for customer_id, orders in past.orders.items():
        days = sorted({order.placed_at.astimezone(past.zone).date() for order in orders})
        for place in range(LEAST_GAPS, len(days)):
            gaps = [(later - earlier).days for earlier, later in pairwise(days[: place + 1])]
            following = days[place + 1] if place + 1 < len(days) else None
            yield from _told_of_gap(past, customer_id, days[place], following, float(median(gaps)), wanted)


def _told_of_gap(
    past: Past, customer_id: int, latest: date, following: date | None, cycle: float, wanted: frozenset[str]
) -> Iterator[Told]:
    lead = min(max(LEAD_DAYS, round(LEAD_SHARE * cycle)), int(cycle / 2))
    moments = {
        "rhythm.slowed": latest + timedelta(days=int(float(SLOWED_CYCLES) * cycle) + 1),
        "purchase.expected": latest + timedelta(days=round(cycle) - lead),
    }
    for name in sorted(wanted):
        at = past.begin_of(moments[name])
        is_over = following is not None and following <= moments[name]
        if not is_over and past.begin - RUN_UP <= at < past.end:
            yield Told(at, customer_id, Happening(name, properties={"cycle_days": round(cycle)}))


# Where they stood


def _standings(past: Past, graphs: Sequence[Graph], now: datetime) -> None:
    """Month by month by replay; a scheme nobody asks about is left alone."""
    default = tiering_queries.default_scheme()
    past.default_scheme = default.name if default else ""
    for name in sorted(_schemes_asked(graphs, past.default_scheme)):
        scheme = tiering_queries.scheme_named(name)
        if scheme is None:
            past.notes.append(f"There is no scheme {name}; who asks for it finds nothing.")
            continue
        start = (past.begin - RUN_UP).date()
        last = (past.end - timedelta(days=1)).date()
        try:
            dates = replay.dates_between(start, max(last, start + timedelta(days=31)), "month")
            played = replaying.replay_workspace(scheme, dates=dates, now=now)
        except (replay.BadSpan, NoRate) as problem:
            past.notes.append(f"{name} could not be replayed ({problem}); today's tiers are taken instead.")
            past.standings[name] = _tiers_of_today(name, past.begin - RUN_UP)
            continue
        past.standings[name] = _by_customer(past, played)
        past.notes.append(f"Tiers of {name} are replayed month by month from the orders.")


def _schemes_asked(graphs: Sequence[Graph], default: str) -> set[str]:
    asked = set()
    for graph in graphs:
        names = graph.asked | graph.asked_at_the_door
        asked |= {name.removeprefix("standing.") for name in names if name.startswith("standing.")}
        if names & {"tier", "costly_treatment"} or "standing.changed" in heard_by(graph):
            asked.add(default)
    return asked - {""}


def _by_customer(past: Past, played: replay.Replay) -> dict[int, list[tuple[datetime, str]]]:
    """Each customer's tiers from the first on; a move is known the morning after its day."""
    moves: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for move in played.moves:
        at = past.begin_of(move.at + timedelta(days=1))
        mine = moves[move.customer_id]
        if not mine and move.from_tier:
            mine.append((past.begin - RUN_UP - timedelta(days=1), move.from_tier))
        mine.append((at, move.to_tier))
    return moves


def _tiers_of_today(scheme: str, since: datetime) -> dict[int, list[tuple[datetime, str]]]:
    rows = Standing.objects.filter(scheme__name=scheme).values_list("customer_id", "tier")
    return {customer_id: [(since, tier)] for customer_id, tier in rows}


# What stays as it is today


def _segments() -> dict[int, list[tuple[str, int | None]]]:
    found: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    for customer_id, contact_id, key in Membership.objects.values_list("customer_id", "contact_id", "segment__key"):
        found[customer_id].append((key, contact_id))
    return found


def _traits() -> dict[int, list[Trait]]:
    found: dict[int, list[Trait]] = defaultdict(list)
    for trait in Trait.objects.filter(value=True):
        found[trait.customer_id].append(trait)
    return found


def mean_order(orders: Sequence[Order]) -> Decimal:
    """The mean of the orders whose worth is known, in the reporting currency."""
    known = [order.amount_reporting for order in orders if order.amount_reporting is not None]
    return Decimal(mean(known)).quantize(Decimal("0.01")) if known else Decimal(0)


def _parts(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[at : at + 500] for at in range(0, len(rows), 500))
