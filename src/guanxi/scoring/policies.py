"""What a measure is computed with: the day, the window. Frozen, and kept with every run (house B4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal, TypeAlias

POLICY_VERSION = 2
WINDOW_DAYS = 365
YEAR_DAYS = 365
QUARTERS = 8
LIFETIME_FROM = date(1, 1, 1)
# Credits lower the spend (CN-41), or are left out as if they had never been.
Returns: TypeAlias = Literal["net", "ignore"]
# `whole`: a cut is the interpolated quantile rounded up to a whole day, order or currency unit, and belongs to the
# lower score. `interpolated`: the quantile plus one, belonging to the upper score, as the R package rfm 0.3.0 bins.
ScoreCuts: TypeAlias = Literal["whole", "interpolated"]


@dataclass(frozen=True, slots=True)
class Policy:
    """`window_days` is the trailing window of the `…_window` figures; None means the whole lifetime (CN-07).

    The window holds exactly `window_days` days, of which `as_of_on` is the last. Orders after `as_of_on` are unseen.
    """

    as_of_on: date
    window_days: int | None = WINDOW_DAYS
    score_cuts: ScoreCuts = "whole"

    def __post_init__(self) -> None:
        if self.window_days is not None and self.window_days < 1:
            raise ValueError(f"A window of {self.window_days} days holds nothing; take at least 1.")

    @property
    def window_from_on(self) -> date:
        """The first day inside the window."""
        if self.window_days is None or self.window_days >= self.as_of_on.toordinal():
            return LIFETIME_FROM
        return self.as_of_on - timedelta(days=self.window_days - 1)

    @property
    def year_from_on(self) -> date:
        """The first of the 365 days that end with `as_of_on`, whatever the window is."""
        return self.as_of_on - timedelta(days=YEAR_DAYS - 1)

    def closed_quarters(self) -> list[tuple[date, date]]:
        """First and last day of the latest `QUARTERS` calendar quarters that are over by the end of `as_of_on`."""
        next_day = self.as_of_on + timedelta(days=1)
        begins = [_quarter_begin(next_day, quarters_ago) for quarters_ago in range(QUARTERS + 1)]
        return [(begin, after - timedelta(days=1)) for after, begin in pairwise(begins)]

    def as_document(self) -> dict[str, Any]:
        """What a ScoreRun keeps of it."""
        return {
            "version": POLICY_VERSION,
            "as_of_on": self.as_of_on.isoformat(),
            "window_days": self.window_days,
            "score_cuts": self.score_cuts,
        }


def _quarter_begin(day: date, quarters_ago: int) -> date:
    quarter = day.year * 4 + (day.month - 1) // 3 - quarters_ago
    return date(quarter // 4, quarter % 4 * 3 + 1, 1)
