"""The past as a rehearsal needs it: who the customers were, what happened, where they stood. Reads, writes nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from guanxi.consent import queries as consent_queries
from guanxi.consent.paces import paces_of
from guanxi.consent.rules import MARKETING, Choices, Stand
from guanxi.culture.profiles import profile_of
from guanxi.firm.models import Firm
from guanxi.journeys.graph import Graph
from guanxi.journeys.occasions import Happening
from guanxi.kernel.money import NoRate
from guanxi.kernel.parts import in_parts
from guanxi.ledger.models import Contact, Customer, Order, Trait
from guanxi.rehearsal.notes import Note
from guanxi.segments.models import Membership
from guanxi.staff.models import User
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering import replay, replaying
from guanxi.tiering.models import Standing
from guanxi.tiering.rules import Scheme

# By scheme and customer, in order of time: since when in which tier.
Standings = Mapping[str, dict[int, list[tuple[datetime, str]]]]
CONTACT, CONSENT, LANGUAGE = ASSUMPTIONS = ("contact", "consent", "language")
MADE_UP = "reader{}@assumed.invalid"
# What is worth saying about facts that some journey asks.
NOTED = {
    "task_waits": "tasks_done", "proposal": "reviews_as_they_were", "project": "projects_as_they_were",
    "permits": "channels_as_today", "prefers": "channels_as_today",
}  # fmt: skip
# A year before the first day tells where everybody stood when the rehearsal begins.
RUN_UP = timedelta(days=365)
WEEK = timedelta(days=7)
MOST_WEEKS = 60
OPENED, SOLVED = "complaint.opened", "complaint.solved"
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened to a customer at a moment."""

    at: datetime
    customer_id: int
    happening: Happening
    contact_id: int | None = None


@dataclass(slots=True)
class Past:
    """Customers, readers and orders by customer; `told` in order of time.

    `standings` are the moves of each scheme that somebody asks about, by customer and in order of time; `tasks` the
    deadlines of the play's own tasks, by customer and kind.
    """

    firm: Firm
    zone: ZoneInfo
    begin: datetime
    end: datetime
    now: datetime
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
    choices: dict[int, Choices] = field(default_factory=dict)
    paces: dict[int, int] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    known: dict[Any, Any] = field(default_factory=dict)
    tasks: dict[tuple[int, str], datetime] = field(default_factory=dict)
    begins: dict[date, datetime] = field(default_factory=dict)
    complaints: dict[int, list[Told]] = field(default_factory=lambda: defaultdict(list))
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

    def note(self, code: str, **values: Any) -> None:
        """Say once what was made up, derived or taken as it is today."""
        if (told := Note(code, values)) not in self.notes:
            self.notes.append(told)

    def begin_of(self, day: date) -> datetime:
        """The beginning of the firm's day, in UTC: moments of one zone compare fastest."""
        if day not in self.begins:
            self.begins[day] = datetime.combine(day, time(), self.zone).astimezone(UTC)
        return self.begins[day]

    def day_of(self, moment: datetime) -> date:
        """The firm's day."""
        return moment.astimezone(self.zone).date()


def read_past(
    *, firm: Firm, first: date, last: date, graphs: Sequence[Graph], assume: frozenset[str], now: datetime,
    like: Past | None = None,
) -> Past:  # fmt: skip
    """Everything `graphs` may ask about from `first` to the end of `last`; `assume` is of ASSUMPTIONS.

    `like` is the past of another rehearsal of the same span: tiers replayed for it are taken over.
    """
    zone = ZoneInfo(firm.time_zone)
    begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last + timedelta(days=1)))
    customers = {each.pk: each for each in Customer.objects.filter(merged_into__isnull=True)}
    readers = _readers(customers, firm, assume)
    past = Past(
        firm=firm, zone=zone, begin=begin, end=end, now=now, customers=customers, readers=readers,
        orders=_orders(end, customers), told=[], standings={}, default_scheme="", stands={}, suppressions={},
        segments=_segments(), traits=_traits(), people=_people(),
    )  # fmt: skip
    _note_assumptions(past, assume, graphs)
    _permissions(past, assume)
    _standings(past, graphs, now, like.standings if like else {})
    return past


def lacking() -> list[str]:
    """Of ASSUMPTIONS what this workspace has not got at all: whoever rehearses there sees nothing without them."""
    there = {
        CONTACT: Contact.objects.filter(email_key__isnull=False).exists(),
        CONSENT: consent_queries.anybody_said_something(),
        LANGUAGE: Contact.objects.exclude(language="").exists(),
    }
    return [each for each in ASSUMPTIONS if not there[each]]


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
    for some in in_parts(ids, AT_ONCE):
        past.stands |= consent_queries.stands_of(some)
        # A rest that somebody takes today was none in the past.
        choices = consent_queries.choices_of(some)
        past.choices |= {key: replace(each, paused_until=None) for key, each in choices.items()}
    for keys in in_parts([each.email_key for each in contacts if each.pk > 0 and each.email_key], AT_ONCE):
        past.suppressions |= consent_queries.suppressions_of(keys)
    for some in in_parts(past.customers, AT_ONCE):
        past.paces |= paces_of(some)
    if CONSENT in assume:
        for contact in contacts:
            past.stands.setdefault((contact.pk, MARKETING), Stand("granted"))


def _note_assumptions(past: Past, assume: frozenset[str], graphs: Sequence[Graph]) -> None:
    """What was made up stands first."""
    made_up = sum(each.pk < 0 for some in past.readers.values() for each in some)
    if made_up:
        past.note("contacts_assumed", customers=made_up)
    if CONSENT in assume:
        past.note("consent_assumed")
    if LANGUAGE in assume:
        past.note("language_assumed")
    for code in ("as_today", "no_clicks", "sender_not_asked"):
        past.note(code)
    if any(graph.hands_out for graph in graphs):
        past.note("offers_on")
    heads = {name.partition(".")[0] for graph in graphs for name in graph.asked | graph.asked_at_the_door}
    for head, code in NOTED.items():
        if head in heads:
            past.note(code)


def _orders(end: datetime, customers: Mapping[int, Customer]) -> dict[int, list[Order]]:
    orders: dict[int, list[Order]] = defaultdict(list)
    rows = (
        Order.objects.filter(kind="order", placed_at__lt=end)
        .order_by("placed_at", "id")
        .prefetch_related("customs_papers")
    )
    for order in rows.iterator(chunk_size=5_000):
        if order.customer_id in customers:
            order.customer = customers[order.customer_id]
            orders[order.customer_id].append(order)
    return orders


# Where they stood


def _standings(past: Past, graphs: Sequence[Graph], now: datetime, known: Standings) -> None:
    """By replay: of the default scheme, by which letters are counted, and of those somebody asks about."""
    default = tiering_queries.default_scheme()
    past.default_scheme = default.name if default else ""
    wanted: list[tuple[Scheme, list[date]]] = []
    steps: dict[str, str] = {}
    replayed: dict[str, list[str]] = defaultdict(list)
    for name in sorted(_schemes_asked(graphs, past.default_scheme)):
        scheme = tiering_queries.scheme_named(name)
        if scheme is None:
            past.note("scheme_unknown", scheme=name)
            continue
        try:
            dates, steps[name] = _dates(past, scheme.recompute)
        except replay.BadSpan:
            _take_today(past, name)
            past.note("tiers_of_today", scheme=name)
            continue
        if name in known:
            past.standings[name] = known[name]
            replayed[steps[name]].append(name)
        else:
            wanted.append((scheme, dates))
    for name, played in replaying.replay_several(wanted, now=now).items():
        if isinstance(played, NoRate):
            _take_today(past, name)
            past.note("tiers_without_rate", scheme=name, currency=played.currency, into=played.into)
        else:
            past.standings[name] = _by_customer(past, played)
            replayed[steps[name]].append(name)
    for length, names in replayed.items():
        past.note("tiers_replayed", schemes=sorted(names), steps=length)


def _dates(past: Past, recompute: str) -> tuple[list[date], str]:
    """Month by month; of a scheme that is computed daily week by week in the span itself, when it is no longer than a
    year or so."""
    first, last = past.day_of(past.begin), past.day_of(past.end - timedelta(seconds=1))
    start = first - RUN_UP
    monthly = replay.dates_between(start, max(last, start + timedelta(days=31)), "month")
    if recompute != "daily" or last - first > MOST_WEEKS * WEEK or last - first < WEEK:
        return monthly, "month"
    weekly = replay.dates_between(first, last, "week")
    return [day for day in monthly if day < first] + weekly, "week"


def _schemes_asked(graphs: Sequence[Graph], default: str) -> set[str]:
    asked = {default}
    for graph in graphs:
        names = graph.asked | graph.asked_at_the_door
        asked |= {name.removeprefix("standing.") for name in names if name.startswith("standing.")}
        asked |= {
            scheme
            for trigger in graph.triggers
            for test in trigger.occasion.where.tests
            if test.name == "scheme" and not test.negated
            for scheme in test.values
        }
    return asked - {""}


def _by_customer(past: Past, played: replay.Replay) -> dict[int, list[tuple[datetime, str]]]:
    """Each customer's tiers from the first on; a move is known the morning after its day."""
    moves: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    start = played.dates[0].at
    for on, customer_id, tier in played.firsts:
        moves[customer_id].append((past.begin_of(on + timedelta(days=on > start)), tier))
    for move in played.moves:
        moves[move.customer_id].append((past.begin_of(move.at + timedelta(days=1)), move.to_tier))
    return moves


def _take_today(past: Past, scheme: str) -> None:
    rows = Standing.objects.filter(scheme__name=scheme).values_list("customer_id", "tier")
    past.standings[scheme] = {customer_id: [(past.begin - RUN_UP, tier)] for customer_id, tier in rows}


# What stays as it is today


def _segments() -> dict[int, list[tuple[str, int | None]]]:
    found: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    for customer_id, contact_id, key in Membership.objects.values_list("customer_id", "contact_id", "segment__key"):
        found[customer_id].append((key, contact_id))
    return found


def _people() -> dict[int, str]:
    """Who looks after customers, by name."""
    return {user.pk: str(user) for user in User.objects.all()}


def _traits() -> dict[int, list[Trait]]:
    found: dict[int, list[Trait]] = defaultdict(list)
    for trait in Trait.objects.filter(value=True):
        found[trait.customer_id].append(trait)
    return found


def mean_order(orders: Sequence[Order]) -> Decimal:
    """The mean of the orders whose worth is known, in the reporting currency."""
    known = [order.amount_reporting for order in orders if order.amount_reporting is not None]
    return (sum(known, Decimal(0)) / len(known)).quantize(Decimal("0.01")) if known else Decimal(0)
