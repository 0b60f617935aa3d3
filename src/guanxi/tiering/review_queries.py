"""Reviews and what they propose, within a reader's scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Min, QuerySet, When

from guanxi.ledger import queries as ledger_queries
from guanxi.staff.models import User
from guanxi.staff.roles import Right
from guanxi.tiering.models import Proposal, Review

STATES = ("open", "accepted", "kept", "declined", "outdated")
DECIDED = ("accepted", "kept", "declined")
NOBODY = "none"
MOST_PRESSING = ("lower", "win_back", "raise", "need", "dormant", "candidate", "member")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of proposals is narrowed to; empty words narrow nothing. `owner` is an id, or NOBODY."""

    state: str = "open"
    kind: str = ""
    scheme: str = ""
    tier: str = ""
    country: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How a review stands for this reader: proposals by state, the open ones by kind."""

    states: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        return self.states.get("open", 0)

    @property
    def decided(self) -> int:
        return sum(self.states.get(state, 0) for state in DECIDED)


def all_reviews() -> QuerySet[Review]:
    """The newest period first, the quarterly review before the screen of the same day."""
    return Review.objects.order_by("-period_until_on", "-kind")


def proposals_for(user: User, review: Review) -> QuerySet[Proposal]:
    """Those about customers that `user` may see (RS-15)."""
    rows = Proposal.objects.filter(review=review).select_related("customer__owner", "scheme", "decided_by")
    return rows if _sees_all(user) else rows.filter(customer__in=ledger_queries.customers_for(user))


def narrowed(proposals: QuerySet[Proposal], asked: Asked) -> QuerySet[Proposal]:
    """The order of the worklist: what threatens first, then by kind, the customers by name."""
    wanted = {
        "kind": asked.kind,
        "scheme__name": asked.scheme,
        "from_tier": asked.tier,
        "customer__country": asked.country,
        "state": "" if asked.state == "decided" else asked.state,
    }
    rows = proposals.filter(**{name: value for name, value in wanted.items() if value})
    if asked.state == "decided":
        rows = rows.filter(state__in=DECIDED)
    if asked.owner == NOBODY:
        rows = rows.filter(customer__owner=None)
    elif asked.owner:
        rows = rows.filter(customer__owner=int(asked.owner))
    place = Case(*(When(kind=kind, then=number) for number, kind in enumerate(MOST_PRESSING)), default=99)
    return rows.order_by(place, "scheme__name", "customer__name", "id")


def tally_of(proposals: QuerySet[Proposal]) -> Tally:
    rows = proposals.order_by().values_list("state", "kind").annotate(count=Count("id"))
    states: dict[str, int] = {}
    kinds: dict[str, int] = {}
    for state, kind, count in rows:
        states[state] = states.get(state, 0) + count
        if state == "open":
            kinds[kind] = kinds.get(kind, 0) + count
    return Tally(states, kinds)


def choices_of(proposals: QuerySet[Proposal]) -> dict[str, list[Any]]:
    """Countries, owners (id and name), schemes and tiers that occur, for the filters."""
    rows = proposals.order_by()
    owners = rows.exclude(customer__owner=None).values_list("customer__owner__id", "customer__owner__name").distinct()
    return {
        "countries": sorted(filter(None, rows.values_list("customer__country", flat=True).distinct())),
        "owners": sorted(owners, key=lambda each: str(each[1])),
        "schemes": sorted(rows.values_list("scheme__name", flat=True).distinct()),
        "tiers": sorted(rows.values_list("scheme__name", "from_tier").distinct()),
    }


def waiting_for(user: User) -> tuple[int, datetime | None]:
    """How many proposals of open reviews wait for a decision, and since when the oldest does."""
    rows = Proposal.objects.filter(review__closed_at=None, state="open")
    if not _sees_all(user):
        rows = rows.filter(customer__in=ledger_queries.customers_for(user))
    found = rows.aggregate(count=Count("id"), since=Min("proposed_at"))
    return found["count"], found["since"]


def _sees_all(user: User) -> bool:
    return user.may(Right.SEE_ALL)


def proposals_of(customer_id: int) -> list[tuple[str, datetime, datetime | None]]:
    """Every proposal there ever was for a customer: its kind, since when it was open, and until when."""
    rows = Proposal.objects.filter(customer_id=customer_id).order_by("proposed_at", "id")
    return [
        (kind, since, min((end for end in (decided_at, closed_at) if end), default=None))
        for kind, since, decided_at, closed_at in rows.values_list(
            "kind", "proposed_at", "decided_at", "review__closed_at"
        )
    ]


def open_kinds_of(customer_ids: Iterable[int]) -> dict[int, set[str]]:
    """Kinds of the proposals that nobody has decided on yet, by customer."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = Proposal.objects.filter(customer_id__in=set(customer_ids), state="open", review__closed_at=None)
    for customer_id, kind in rows.values_list("customer_id", "kind"):
        found[customer_id].add(kind)
    return found
