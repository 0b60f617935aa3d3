"""How a customer is looked after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from guanxi.care.models import Gift, StageCheck, TeamMember
from guanxi.care.treatments import Item, policy, reply_hours
from guanxi.desk import queries as desk_queries
from guanxi.desk.models import Task
from guanxi.ledger.models import Customer
from guanxi.offers import quoting
from guanxi.offers.pricing import Quote
from guanxi.offers.rules import Basket
from guanxi.supply import queries as supply_queries
from guanxi.supply.models import Agreement
from guanxi.supply.queries import ProjectState
from guanxi.tiering.models import Standing
from guanxi.tiering.sleeping import is_asleep


@dataclass(frozen=True, slots=True)
class Checklist:
    """The needs of a stage; `done` holds the ticked lines with when and by whom."""

    item: Item
    done: dict[str, StageCheck]

    @property
    def is_complete(self) -> bool:
        return len(self.done) == len(self.item.lines)


@dataclass(frozen=True, slots=True)
class Care:
    """Everything a customer's page tells of his treatment. `is_dormant`: nothing costly any more (M-14)."""

    entitlements: list[Item]
    contacts: list[Item]
    checklists: list[Checklist]
    reply_hours: int
    is_first_in_line: bool
    is_dormant: bool
    team: list[TeamMember]
    tasks: list[Task]
    agreements: list[Agreement]
    projects: list[ProjectState]
    gifts: list[Gift]


def standings_by_scheme(customer_id: int) -> dict[str, str]:
    """His tier in every scheme that is in use."""
    rows = Standing.objects.filter(customer_id=customer_id, scheme__is_active=True)
    return dict(rows.values_list("scheme__name", "tier"))


def care_of(customer: Customer, *, now: datetime) -> Care:
    """A fixed number of queries."""
    standings = standings_by_scheme(customer.pk)
    items = policy().items_for(standings, customer.kind)
    done: dict[str, dict[str, StageCheck]] = {}
    for check in StageCheck.objects.filter(customer=customer).select_related("done_by"):
        done.setdefault(check.item, {})[check.line] = check
    return Care(
        entitlements=[item for item in items if item.sort == "entitlement"],
        contacts=[item for item in items if item.sort == "contact" and not item.per_tier],
        checklists=[Checklist(item, done.get(item.key, {})) for item in items if item.sort == "checklist"],
        reply_hours=reply_hours(items),
        is_first_in_line=any(item.facts.get("first_in_line") for item in items),
        is_dormant=is_asleep(standings),
        team=list(TeamMember.objects.filter(customer=customer).select_related("user").order_by("since_at")),
        tasks=list(desk_queries.tasks_of(customer.pk)[:20]),
        agreements=list(supply_queries.agreements_of(customer.pk, on=now.date())),
        projects=supply_queries.states_of(customer.projects.order_by("-accepted_at")[:5], now=now),
        gifts=list(Gift.objects.filter(contact__customer=customer).select_related("contact").order_by("-given_on")[:5]),
    )


def first_in_line() -> list[tuple[str, str]]:
    """The tiers whose orders are shipped first and get capacity first (T-36, T-43), as (scheme, tier)."""
    return sorted(
        place
        for treatment in policy().treatments
        if any(item.facts.get("first_in_line") for item in treatment.items)
        for place in treatment.tiers
    )


def quote_for(customer: Customer, basket: Basket, *, now: datetime, codes: Sequence[str] = ()) -> Quote:
    """What a basket comes to for this customer with the offers that hold now (P-15, T-50, T-54, CN-36)."""
    return quoting.quote_for(customer, basket, now=now, codes=codes)


def gifts_of_year(contact_id: int, year: int) -> Decimal:
    """The value of a person's gifts in a year, in whatever currency they were entered."""
    values = Gift.objects.filter(contact_id=contact_id, given_on__year=year).values_list("value", flat=True)
    return sum(values, Decimal(0))
