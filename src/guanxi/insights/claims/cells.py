"""What a table of a report is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from guanxi.insights.claims.data import Data
from guanxi.kernel.effect import share_interval


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the bounds of Wilson's interval."""

    hits: int
    count: int

    @property
    def bounds(self) -> tuple[float, float, float] | None:
        return share_interval(self.hits, self.count)


@dataclass(frozen=True, slots=True)
class Money:
    """In the reporting currency."""

    amount: float


Cell = str | int | float | date | Share | Money | None
Table = tuple[Sequence[str], list[Sequence[Cell]]]
Measure = Callable[[Data, Mapping[str, Any]], Table]
