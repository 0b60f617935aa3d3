"""Two rehearsals of the same span side by side: the version as it is published and the one that is tried. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

FIGURES = ("entered", "proposed", "left", "tasks", "held_out", "discount_at_most")
BY_REASON = ("held", "skipped", "refused")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one journey in both; `reason` where it is counted by reason."""

    journey: str
    figure: str
    reason: str
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before


def compare(published: Mapping[str, Any], tried: Mapping[str, Any]) -> list[Difference]:
    """Every figure that differs, journey by journey; both are documents of a Rehearsal."""
    journeys = dict.fromkeys([*tried["by_journey"], *published["by_journey"]])
    return [
        each
        for key in journeys
        for each in _of(key, published["by_journey"].get(key, {}), tried["by_journey"].get(key, {}))
        if each.change
    ]


def _of(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for figure in FIGURES:
        yield Difference(key, figure, "", Decimal(before.get(figure, 0)), Decimal(after.get(figure, 0)))
    for figure in BY_REASON:
        one, other = before.get(figure, {}), after.get(figure, {})
        for reason in dict.fromkeys([*other, *one]):
            yield Difference(key, figure, reason, Decimal(one.get(reason, 0)), Decimal(other.get(reason, 0)))
