"""A customer's growth file: what he bought by quarter, and what he needed and planned, in one line of time (D-15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Count, Sum
from django.db.models.functions import TruncQuarter

from guanxi.firm import queries as firm_queries
from guanxi.ledger.models import NOT_ORDERED, Customer, Note, Order, Trait
from guanxi.supply.models import Agreement, Project
from guanxi.tiering.models import StandingChange

NOTES_SHOWN = 200
Kind = Literal["need", "plan", "note", "project", "agreement", "standing"]


@dataclass(frozen=True, slots=True)
class Quarter:
    """Orders placed in a quarter of the calendar; `growth` is the factor against the quarter before, None without."""

    begins_at: datetime
    orders: int
    spend: Decimal
    growth: Decimal | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that tells of needs or plans. `text` is what a person wrote, `code` what pages have words for."""

    at: datetime
    kind: Kind
    code: str
    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class GrowthFile:
    """Spend is in `currency`, the reporting currency. Entries are the newest first."""

    currency: str
    quarters: list[Quarter]
    entries: list[Entry]


def growth_file(customer: Customer) -> GrowthFile:
    """The file of a customer the reader may see."""
    return GrowthFile(
        currency=firm_queries.the_firm().reporting_currency,
        quarters=_quarters(customer),
        entries=sorted(_entries(customer), key=lambda each: each.at, reverse=True),
    )


def _quarters(customer: Customer) -> list[Quarter]:
    rows: Any = (
        Order.objects.filter(customer=customer)
        .exclude(stage__in=NOT_ORDERED)
        .annotate(quarter=TruncQuarter("placed_at"))
        .values("quarter")
        .annotate(spend=Sum("amount_reporting"), orders=Count("id"))
        .order_by("quarter")
    )
    found: list[Quarter] = []
    for row in rows:
        spend = row["spend"] or Decimal(0)
        before = found[-1].spend if found and _is_next(found[-1].begins_at, row["quarter"]) else Decimal(0)
        growth = round(spend / before, 2) if before > 0 else None
        found.append(Quarter(row["quarter"], row["orders"], spend, growth))
    return found


def _is_next(quarter: datetime, later: datetime) -> bool:
    return (later.year - quarter.year) * 12 + later.month - quarter.month == 3


def _entries(customer: Customer) -> list[Entry]:
    traits = Trait.objects.filter(customer=customer).select_related("set_by")
    notes = Note.objects.filter(customer=customer).select_related("author").order_by("-happened_at")[:NOTES_SHOWN]
    changes = StandingChange.objects.filter(customer=customer, scheme__is_active=True).exclude(from_tier="")
    return [
        *(
            Entry(each.set_at, "need" if "custom" in each.name else "plan", each.name, each.reason, _name(each.set_by))
            for each in traits
            if each.value
        ),
        *(Entry(each.happened_at, "note", each.kind, each.text, _name(each.author)) for each in notes),
        *(Entry(each.accepted_at, "project", "", each.title) for each in Project.objects.filter(customer=customer)),
        *(Entry(each.created_at, "agreement", each.kind, each.title) for each in _agreements(customer)),
        *(Entry(each.at, "standing", each.cause, f"{each.from_tier} → {each.to_tier}") for each in changes),
    ]


def _agreements(customer: Customer) -> list[Agreement]:
    return list(Agreement.objects.filter(customer=customer))


def _name(user: Any) -> str:
    return str(user) if user else ""
