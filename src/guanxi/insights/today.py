"""What the home page tells: what changed since yesterday and what needs a hand, within the reader's scope."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, QuerySet

from guanxi.culture import holds
from guanxi.culture.profiles import profile_of
from guanxi.firm import queries as firm_queries
from guanxi.insights import journey_results
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer
from guanxi.outbox import queries as outbox_queries
from guanxi.outbox.models import Message
from guanxi.staff.models import User
from guanxi.staff.roles import Right
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering import review_queries
from guanxi.tiering.models import Scheme, Standing, StandingChange

MOVES_SHOWN = 8
DAY, WEEK = timedelta(days=1), timedelta(days=7)
# A move down of the ladder is worth a look, one by the firm's own change of rules is not.
CAUSES = ("growth", "risk", "time", "person")


@dataclass(frozen=True, slots=True)
class Move:
    """A customer who changed his tier; `is_rise` compares the places on the scheme's ladder."""

    customer_id: int
    customer: str
    country: str
    from_tier: str
    to_tier: str
    cause: str
    is_rise: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """A span in which marketing mail to some countries waits now; `until` is its last day there."""

    code: str
    name: str
    countries: tuple[str, ...]
    customers: int
    until: date


@dataclass(frozen=True, slots=True)
class Need:
    """Things that wait for a person: how many, and since when the oldest."""

    count: int
    since: datetime | date | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """The first row of the home page: `rises` and `falls` of a day, the latest `moves` of a week."""

    moves: tuple[Move, ...]
    rises: int
    falls: int
    dormant: int | None
    inquiries: Need
    late_invoices: Need
    proposals: Need
    held: int
    uncertain: int
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """One tier of the pyramid; `change` is arrivals minus departures since yesterday."""

    tier: str
    title: str
    customers: int
    customer_share: float
    spend: Decimal
    spend_share: float
    change: int


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The tiers of the default scheme, the best first; amounts are lifetime net spend in `currency`."""

    title: str
    as_of: datetime
    currency: str
    customers: int
    spend: Decimal
    rungs: tuple[Rung, ...]


def today(*, user: User, now: datetime) -> Today:
    """What happened lately to the customers `user` may see, and what is open."""
    customers = ledger_queries.customers_for(user)
    scheme = tiering_queries.default_scheme()
    moves = _moves(customers, scheme, now) if scheme else []
    lately = [move.is_rise for move in moves if move.at > now - DAY]
    inquiries = ledger_queries.open_inquiries(customers)
    late = ledger_queries.late_invoices(customers, now=now)
    states = dict(
        Message.objects.filter(customer__in=customers, state__in=["held", "uncertain"])
        .order_by()
        .values_list("state")
        .annotate(count=Count("id"))
    )
    return Today(
        moves=tuple(moves[:MOVES_SHOWN]),
        rises=sum(lately),
        falls=len(lately) - sum(lately),
        dormant=_dormant(customers, scheme) if scheme else None,
        inquiries=Need(inquiries.count(), inquiries.values_list("occurred_at", flat=True).first()),
        late_invoices=Need(late.count(), late.values_list("due_on", flat=True).first()),
        proposals=Need(*review_queries.waiting_for(user)),
        held=states.get("held", 0),
        uncertain=states.get("uncertain", 0),
        holdings=holdings_now(customers, now=now),
    )


def pyramid(*, now: datetime, language: str) -> Pyramid | None:
    """None before the first run of scores. For readers of all customers only: the counts are not scoped."""
    scheme = tiering_queries.default_scheme()
    table = tiering_queries.tier_table(scheme) if scheme else None
    if scheme is None or table is None:
        return None
    titles = dict(tiering_queries.tiers_of(scheme, language))
    changes = _net_changes(scheme, now)
    return Pyramid(
        title=tiering_queries.title_of(scheme, language),
        as_of=table.as_of,
        currency=table.currency,
        customers=table.customers,
        spend=table.spend,
        rungs=tuple(
            Rung(
                row.tier,
                titles.get(row.tier, row.tier),
                row.customers,
                row.customer_share,
                row.spend,
                row.spend_share,
                changes[row.tier],
            )
            for row in table.rows
        ),
    )


def journeys_for(user: User, *, now: datetime) -> list[journey_results.Row]:
    """The journeys with their counts, for readers of all customers."""
    return journey_results.overview(now=now) if user.may(Right.SEE_ALL) else []


def holdings_now(customers: QuerySet[Customer], *, now: datetime) -> tuple[Holding, ...]:
    """Holds (not weekends) that rest mail today in the customers' countries, the longest first."""
    found: dict[tuple[str, str], list[tuple[str, int, date]]] = defaultdict(list)
    firm, shift = firm_queries.the_firm(), outbox_queries.policy().ramadan_shift_days
    for country, count in ledger_queries.countries_of(customers):
        calendar = holds.Calendar(profile_of(country, firm.culture), shift_days=shift)
        for rest in holds.rests(calendar, now.date()):
            if rest.code != "weekend":
                found[rest.code, rest.name].append((country, count, rest.until))
    rows = [
        Holding(
            code=code,
            name=name,
            countries=tuple(country for country, _count, _until in each),
            customers=sum(count for _country, count, _until in each),
            until=max(until for _country, _count, until in each),
        )
        for (code, name), each in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.until, row.customers), reverse=True))


def _moves(customers: QuerySet[Customer], scheme: Scheme, now: datetime) -> list[Move]:
    ladder = {tier: place for place, (tier, _title) in enumerate(tiering_queries.tiers_of(scheme))}
    changes = (
        StandingChange.objects.filter(scheme=scheme, at__gt=now - WEEK, at__lte=now, cause__in=CAUSES)
        .filter(customer__in=customers)
        .select_related("customer")
        .order_by("-at", "-id")
    )
    lowest = len(ladder)
    return [
        Move(
            customer_id=change.customer_id,
            customer=change.customer.name,
            country=change.customer.country,
            from_tier=change.from_tier,
            to_tier=change.to_tier,
            cause=change.cause,
            is_rise=ladder.get(change.to_tier, lowest) < ladder.get(change.from_tier, lowest),
            at=change.at,
        )
        for change in changes
    ]


def _net_changes(scheme: Scheme, now: datetime) -> defaultdict[str, int]:
    net: defaultdict[str, int] = defaultdict(int)
    rows = StandingChange.objects.filter(scheme=scheme, at__gt=now - DAY, at__lte=now)
    for before, after in rows.exclude(cause="first").values_list("from_tier", "to_tier"):
        net[before] -= 1
        net[after] += 1
    return net


def _dormant(customers: QuerySet[Customer], scheme: Scheme) -> int:
    return Standing.objects.filter(scheme=scheme, tier="dormant", customer__in=customers).count()
