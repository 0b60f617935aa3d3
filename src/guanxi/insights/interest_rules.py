"""Visits and interests out of single sights. Pure.

The weights, the half-life and the pause that parts two visits are defaults of this program's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

VISIT_PAUSE = timedelta(minutes=30)
HALF_LIFE_DAYS = 30.0
# How much a deed says of interest in a category.
WEIGHTS = {"Product Viewed": 1.0, "Product List Viewed": 1.0, "page.viewed": 0.5, "Product Added": 3.0}


@dataclass(frozen=True, slots=True)
class Sight:
    """One browsing event as plain values; `seconds` is how long a page was in view."""

    at: datetime
    name: str
    contact_id: int = 0
    path: str = ""
    title: str = ""
    category: str = ""
    product: str = ""
    query: str = ""
    seconds: int = 0


@dataclass(slots=True)
class Visit:
    """Sights of one contact with less than half an hour between them; `pages` is the way he took (D-03)."""

    contact_id: int
    began_at: datetime
    ended_at: datetime
    seconds: int = 0
    pages: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CategoryInterest:
    """How much of a customer's interest lies in a category: percent of all weights, the newer the heavier (D-05)."""

    category: str
    percent: Decimal
    sights: int
    latest_at: datetime


def visits_of(sights: Iterable[Sight]) -> list[Visit]:
    """The visits, the newest first; `sights` in order of time."""
    found: list[Visit] = []
    latest: dict[int, Visit] = {}
    for sight in sights:
        visit = latest.get(sight.contact_id)
        if visit is None or sight.at - visit.ended_at > VISIT_PAUSE:
            visit = latest[sight.contact_id] = Visit(sight.contact_id, sight.at, sight.at)
            found.append(visit)
        visit.ended_at = sight.at
        visit.seconds += sight.seconds
        if sight.path and sight.name != "Page Left" and visit.pages[-1:] != [sight.path]:
            visit.pages.append(sight.path)
    return sorted(found, key=lambda each: each.ended_at, reverse=True)


def weight_of(name: str, at: datetime, now: datetime) -> float:
    """What a sight weighs today: half after 30 days, a quarter after 60."""
    days = max((now - at).total_seconds() / 86_400, 0.0)
    return WEIGHTS.get(name, 0.0) * float(0.5 ** (days / HALF_LIFE_DAYS))


def rank_categories(sights: Iterable[Sight], *, now: datetime) -> list[CategoryInterest]:
    """The categories, the most interesting first."""
    weights: dict[str, float] = {}
    seen: dict[str, list[datetime]] = {}
    for sight in sights:
        weight = weight_of(sight.name, sight.at, now)
        if sight.category and weight:
            weights[sight.category] = weights.get(sight.category, 0.0) + weight
            seen.setdefault(sight.category, []).append(sight.at)
    whole = sum(weights.values())
    ranked = sorted(weights.items(), key=lambda each: (-each[1], each[0]))
    return [
        CategoryInterest(name, round(Decimal(weight / whole * 100), 1), len(seen[name]), max(seen[name]))
        for name, weight in ranked
    ]
