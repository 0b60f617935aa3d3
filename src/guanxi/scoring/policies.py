"""What a measure is computed with: the day, the window. Frozen, and kept with every run (house B4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

POLICY_VERSION = 1
WINDOW_DAYS = 365
LIFETIME_FROM = date(1, 1, 1)
# Credits lower the spend (CN-41), or are left out as if they had never been.
Returns: TypeAlias = Literal["net", "ignore"]


@dataclass(frozen=True, slots=True)
class Policy:
    """`window_days` is the trailing window of the `…_window` figures; None means the whole lifetime (CN-07).

    The window holds exactly `window_days` days, of which `as_of_on` is the last. Orders after `as_of_on` are unseen.
    """

    as_of_on: date
    window_days: int | None = WINDOW_DAYS

    def __post_init__(self) -> None:
        if self.window_days is not None and self.window_days < 1:
            raise ValueError(f"A window of {self.window_days} days holds nothing; take at least 1.")

    @property
    def window_from_on(self) -> date:
        """The first day inside the window."""
        if self.window_days is None or self.window_days >= self.as_of_on.toordinal():
            return LIFETIME_FROM
        return self.as_of_on - timedelta(days=self.window_days - 1)

    def as_document(self) -> dict[str, Any]:
        """What a ScoreRun keeps of it."""
        return {
            "version": POLICY_VERSION,
            "as_of_on": self.as_of_on.isoformat(),
            "window_days": self.window_days,
        }
