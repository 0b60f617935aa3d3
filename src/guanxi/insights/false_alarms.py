"""How often this way of measuring calls chance an effect: customers split again and again, nothing done to any.

An A/A check: at a level of 95 % about five splits in a hundred should look clear, on one's own skewed revenue too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from guanxi.kernel.effect import Sample, effect_of

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Of `splits` splits so many looked clear, by outcome; the seed makes it happen again."""

    splits: int
    seed: int
    alarms: Mapping[str, int]

    def share(self, outcome: str) -> float:
        return self.alarms[outcome] / self.splits


def count_false_alarms(
    outcomes: Mapping[str, Sequence[float]], *, splits: int, percent: float, seed: int, level: float = 0.95
) -> FalseAlarms:
    """Split the same customers `splits` times, `percent` of them as if held out."""
    chance = np.random.default_rng(seed)
    names = list(outcomes)
    values = np.asarray([outcomes[name] for name in names], dtype=float).T
    alarms = dict.fromkeys(names, 0)
    for begin in range(0, splits, AT_ONCE):
        drawn = chance.random((min(AT_ONCE, splits - begin), len(values))) * 100 < percent
        kept_out, treated = _sums(drawn, values), _sums(~drawn, values)
        for number in range(len(drawn)):
            for place, name in enumerate(names):
                one, other = (_sample(some, number, place) for some in (treated, kept_out))
                alarms[name] += effect_of(one, other, level=level, pooled=True).is_clear
    return FalseAlarms(splits, seed, alarms)


def _sums(drawn: Any, values: Any) -> tuple[Any, Any, Any]:
    chosen = drawn.astype(float)
    return chosen.sum(axis=1), chosen @ values, chosen @ values**2


def _sample(sums: tuple[Any, Any, Any], number: int, place: int) -> Sample:
    count, total, squares = int(sums[0][number]), float(sums[1][number, place]), float(sums[2][number, place])
    mean = total / count if count else 0.0
    variance = (squares - count * mean**2) / (count - 1) if count > 1 else 0.0
    return Sample(count, mean, max(variance, 0.0))
