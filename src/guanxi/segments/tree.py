"""The rule of a segment, read and checked: nested all / any / none over typed conditions. Pure.

A mistake names its place in the tree (`where.all[2].value`) and the remedy. docs/reference/segment-grammar.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from guanxi.segments.registry import Field

VERSION = 1
Level = Literal["customer", "contact"]
LEVELS: tuple[Level, ...] = ("customer", "contact")
Value = str | Decimal | int | date | tuple[str, ...] | tuple[Decimal, Decimal] | None


class RuleMistake(ValueError):
    """What is wrong with a rule, at `place` in the tree, and how to mend it."""

    def __init__(self, place: str, message: str) -> None:
        self.place, self.message = place, message
        super().__init__(f"{place}: {message}")


@dataclass(frozen=True, slots=True)
class Window:
    """Calendar days at the firm, both ends included; an open end is None.

    Relative ends are days before the day of asking: `last_days` 30 is today and the 29 days before it, as the windows
    of the figures are.
    """

    last_days: int | None = None
    days_ago: tuple[int, int] | None = None
    from_on: date | None = None
    to_on: date | None = None

    def span(self, as_of_on: date) -> tuple[date | None, date]:
        """First and last day. What lies in the future never counts."""
        if self.last_days is not None:
            return _before(as_of_on, self.last_days - 1), as_of_on
        if self.days_ago is not None:
            near, far = self.days_ago
            return _before(as_of_on, far), _before(as_of_on, near)
        return self.from_on, min(self.to_on or as_of_on, as_of_on)


def _before(day: date, days: int) -> date:
    return date.fromordinal(max(1, day.toordinal() - days))


EVER = Window()


@dataclass(frozen=True, slots=True)
class Filter:
    """A test of one property of an event or order line."""

    name: str
    op: str
    value: tuple[str, ...] | str | Decimal


@dataclass(frozen=True, slots=True)
class FieldTest:
    field: Field
    op: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class StandingTest:
    """Where the customer stands in a scheme, and since how many days at least."""

    scheme: str
    op: str
    tiers: tuple[str, ...] = ()
    for_days: int = 0


@dataclass(frozen=True, slots=True)
class EventCount:
    """How often something happened; `by` says whether the contact's own events count or all of his customer."""

    name: str
    op: str
    count: int
    window: Window = EVER
    filters: tuple[Filter, ...] = ()
    by: Level = "customer"


@dataclass(frozen=True, slots=True)
class OrderFigure:
    """Number of orders, or net amount in the reporting currency, of orders or (with a filter by article) of lines."""

    figure: Literal["count", "sum"]
    op: str
    value: Decimal
    window: Window = EVER
    filters: tuple[Filter, ...] = ()

    @property
    def is_of_lines(self) -> bool:
        return any(each.name in ("product", "category") for each in self.filters)


@dataclass(frozen=True, slots=True)
class MemberTest:
    segment: str
    is_in: bool


@dataclass(frozen=True, slots=True)
class Group:
    kind: Literal["all", "any", "none"]
    nodes: tuple[Node, ...]


Node = Group | FieldTest | StandingTest | EventCount | OrderFigure | MemberTest
Leaf = FieldTest | StandingTest | EventCount | OrderFigure | MemberTest


@dataclass(frozen=True, slots=True)
class Rule:
    """A whole rule. Amounts are in `currency`."""

    level: Level
    where: Group
    currency: str = ""


def leaves(node: Node) -> Iterator[Leaf]:
    """Every condition, in the order of the tree."""
    if isinstance(node, Group):
        for each in node.nodes:
            yield from leaves(each)
    else:
        yield node


def segments_in(rule: Rule) -> frozenset[str]:
    """The keys of the segments the rule asks for."""
    return frozenset(leaf.segment for leaf in leaves(rule.where) if isinstance(leaf, MemberTest))


def has_amounts(rule: Rule) -> bool:
    return any(
        (isinstance(leaf, FieldTest) and leaf.field.kind == "money" and leaf.value is not None)
        or (isinstance(leaf, OrderFigure) and leaf.figure == "sum")
        for leaf in leaves(rule.where)
    )


def find_cycle(key: str, asks: Mapping[str, Sequence[str] | frozenset[str]]) -> list[str]:
    """A way from `key` back to itself along `asks` (who asks for whom), or nothing."""
    ways = [[key, each] for each in sorted(asks.get(key, ()))]
    seen = set()
    while ways:
        way = ways.pop()
        if way[-1] == key:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, each] for each in sorted(asks.get(way[-1], ()))]
    return []


def in_order(asks: Mapping[str, frozenset[str]]) -> list[str]:
    """The keys so that each comes after those it asks for; `asks` must be free of cycles."""
    done: dict[str, None] = {}

    def put(key: str) -> None:
        if key in asks and key not in done:
            for each in sorted(asks[key] - {key}):
                put(each)
            done[key] = None

    for key in sorted(asks):
        put(key)
    return list(done)
