"""Customers with equal figures are one group with a weight: the likelihood costs by the group, not by the customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guanxi.scoring.prediction.fitting import Floats

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """Distinct (repeats, age at the last order, observed span), spans in the unit of the model.

    `weights` count the customers of each group, `member_of` gives each customer's group.
    """

    repeats: Integers
    age_at_last: Floats
    observed: Floats
    weights: Floats
    member_of: Integers

    @property
    def customers(self) -> int:
        return len(self.member_of)

    def every(self, step: int) -> Groups:
        """One group in `step`, with nobody's membership."""
        some = slice(None, None, step)
        return Groups(
            self.repeats[some], self.age_at_last[some], self.observed[some], self.weights[some], self.member_of[:0]
        )


def grouped(*, repeats: Integers, age_at_last_days: Integers, observed_days: Integers, unit_days: int = 1) -> Groups:
    """Group whole days, then turn them into units of `unit_days` days."""
    days = int(observed_days.max(initial=0)) + 1
    # Most customers have no repeat order; they differ by their span only and need no sorting.
    again = np.flatnonzero(repeats > 0)
    once = np.flatnonzero(repeats <= 0)
    spans = np.bincount(observed_days[once], minlength=days)
    once_days = np.flatnonzero(spans)
    keys = (repeats[again] * days + age_at_last_days[again]) * days + observed_days[again]
    distinct, places, weights = np.unique(keys, return_inverse=True, return_counts=True)
    rest, observed = np.divmod(distinct, days)
    counts, ages = np.divmod(rest, days)
    member_of = np.empty(len(repeats), dtype=np.int64)
    member_of[once] = (np.cumsum(spans > 0) - 1)[observed_days[once]]
    member_of[again] = places + len(once_days)
    zeros = np.zeros(len(once_days))
    return Groups(
        repeats=np.concatenate([zeros.astype(np.int64), counts]),
        age_at_last=np.concatenate([zeros, ages / unit_days]),
        observed=np.concatenate([once_days, observed]) / unit_days,
        weights=np.concatenate([spans[once_days], weights]).astype(float),
        member_of=member_of,
    )
