"""Who gets which treatment: reads treatments.yaml and picks what fits a customer's standings and type. Pure.

Tier and customer type are independent, so a treatment may ask for either (CN-59).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from guanxi.kernel.titles import in_language
from guanxi.tiering.sleeping import is_asleep

DOCUMENT = Path(__file__).parent / "treatments.yaml"
REPLY_HOURS = 24  # for everybody (S-02)

Sort = Literal["entitlement", "contact", "checklist"]
Titles = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One treatment. A contact may be made `begins` after the last one and is late `ends` after it."""

    key: str
    sort: Sort
    title: Titles
    source: tuple[str, ...]
    begins: Span | None = None
    ends: Span | None = None
    is_once: bool = False
    per_tier: bool = False
    is_costly: bool = False
    checklist: tuple[str, ...] = ()
    lines: Mapping[str, Titles] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    months: int = 0
    days: int = 0

    def after(self, moment: datetime) -> datetime:
        """The moment so much later; a month ends on its last day at the latest."""
        month = moment.month - 1 + self.months
        year, month = moment.year + month // 12, month % 12 + 1
        return moment.replace(year=year, month=month, day=min(moment.day, _days_in(year, month))) + timedelta(self.days)


@dataclass(frozen=True, slots=True)
class Treatment:
    """Items for whoever stands in one of these tiers, or for a type of customer."""

    tiers: frozenset[tuple[str, str]]
    kind: str
    items: tuple[Item, ...]

    def fits(self, standings: Mapping[str, str], kind: str) -> bool:
        if self.kind:
            return self.kind == kind
        return not self.tiers.isdisjoint(standings.items())


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole document. `occasions` are the words of tasks that an event brings about."""

    items: Mapping[str, Item]
    treatments: tuple[Treatment, ...]
    occasions: Mapping[str, Titles]

    def items_for(self, standings: Mapping[str, str], kind: str = "unknown") -> list[Item]:
        """What a customer gets, each once, in the order of the document; nothing costly once he is dormant (M-14)."""
        fitting = [each for each in self.treatments if each.fits(standings, kind)]
        found = {item.key: item for each in fitting for item in each.items}
        is_dormant = is_asleep(standings)
        return [item for item in found.values() if not (item.is_costly and is_dormant)]

    def title_of(self, kind: str, language: str) -> str:
        """The words of a task's kind; empty for a kind that a person wrote down."""
        return in_language(self.items[kind].title if kind in self.items else self.occasions.get(kind, {}), language)


def reply_hours(items: Iterable[Item]) -> int:
    """Within how many hours a mail of such a customer is answered: the best of his treatments, else a day."""
    return min((item.facts["reply_hours"] for item in items if "reply_hours" in item.facts), default=REPLY_HOURS)


@cache
def policy() -> Policy:
    """The shipped policy."""
    return read_policy(DOCUMENT.read_text(encoding="utf-8"))


def read_policy(text: str) -> Policy:
    """Raises KeyError for an item that is not described, which the house's tests would find."""
    document = yaml.safe_load(text)
    items = {key: _item(key, found) for key, found in document["items"].items()}
    return Policy(
        items=items,
        treatments=tuple(
            Treatment(_tiers(found.get("for", {})), found.get("kind", ""), tuple(items[key] for key in found["items"]))
            for found in document["treatments"]
        ),
        occasions=document["occasions"],
    )


def _item(key: str, found: dict[str, Any]) -> Item:
    known = {"sort", "title", "source", "from_days", "to_days", "from_months", "to_months", "once", "per", "costly",
             "checklist", "lines"}  # fmt: skip
    is_contact = found["sort"] == "contact"
    return Item(
        key=key,
        sort=found["sort"],
        title=found["title"],
        source=tuple(found["source"]),
        begins=Span(found.get("from_months", 0), found.get("from_days", 0)) if is_contact else None,
        ends=Span(found.get("to_months", 0), found.get("to_days", 0)) if is_contact else None,
        is_once=found.get("once", False),
        per_tier=found.get("per") == "tier",
        is_costly=found.get("costly", False),
        checklist=tuple(found.get("checklist", ())),
        lines=found.get("lines", {}),
        facts={name: value for name, value in found.items() if name not in known},
    )


def _tiers(found: Mapping[str, list[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((scheme, tier) for scheme, tiers in found.items() for tier in tiers)


def _days_in(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1)  # noqa: DTZ001 (a calendar question)
    return (following - timedelta(days=1)).day
