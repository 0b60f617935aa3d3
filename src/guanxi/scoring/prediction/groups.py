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


def grouped(*, repeats: Integers, age_at_last_days: Integers, observed_days: Integers, unit_days: int = 1) -> Groups:
    """Group whole days, then turn them into units of `unit_days` days."""
    days = int(observed_days.max(initial=0)) + 1
    keys = (repeats * days + age_at_last_days) * days + observed_days
    distinct, member_of, weights = np.unique(keys, return_inverse=True, return_counts=True)
    rest, observed = np.divmod(distinct, days)
    counts, ages = np.divmod(rest, days)
    return Groups(counts, ages / unit_days, observed / unit_days, weights.astype(float), member_of)
