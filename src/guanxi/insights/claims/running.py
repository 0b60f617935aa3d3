"""Runs a saved definition: its table, or which data it still needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from guanxi.insights.claims.cells import Cell
from guanxi.insights.claims.data import Data, lacking
from guanxi.insights.claims.definitions import Definition, definitions
from guanxi.insights.claims.measures import MEASURES
from guanxi.kernel.effect import needed


@dataclass(frozen=True, slots=True)
class Report:
    """`lacks` names what is missing; a report that lacks the first thing it needs has no rows.

    `group_size` is how many customers each of two equal groups must count to prove the claim (80 %).
    """

    definition: Definition
    as_of: date
    lacks: tuple[str, ...] = ()
    heading: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    group_size: int | None = None

    @property
    def runs(self) -> bool:
        return bool(self.heading)


def run(claim_id: str, *, now: datetime) -> Report:
    """Raises KeyError for an id that is no claim."""
    definition = definitions()[claim_id]
    data, lacks = Data(now), tuple(lacking(definition.needs))
    sample = definition.sample
    size = needed(sample["base"], sample["base"] * sample["change"]) if sample else None
    if definition.needs[0] in lacks:
        return Report(definition, now.date(), lacks, group_size=size)
    heading, rows = MEASURES[definition.measure](data, definition.wishes)
    return Report(definition, data.as_of.date(), lacks, heading, rows, size)


def overview() -> list[tuple[Definition, list[str]]]:
    """Every definition, and what of its data is not there."""
    return [(each, lacking(each.needs)) for each in definitions().values()]
