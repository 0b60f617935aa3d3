"""Which of two to four letters was better, or that nobody can tell. Pure; docs/explanation/algorithms/winner.md.

Every pair of letters is compared by Newcombe's hybrid score interval of the difference of two proportions (Statistics
in Medicine 17, 1998, method 10), built from Wilson's intervals. The error is divided by the number of pairs
(Bonferroni), since the letter in front is chosen after the answers are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import NormalDist

ERROR = 0.05
POWER = 0.8
CLEAR, NO_DIFFERENCE, TOO_FEW = OUTCOMES = ("clear", "no_difference", "too_few")


@dataclass(frozen=True, slots=True)
class Arm:
    """One letter of the test: to how many it went, and how many of them answered as asked."""

    label: str
    sent: int
    answered: int

    @property
    def rate(self) -> float:
        return self.answered / self.sent if self.sent else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`first` minus `second`, as shares, with the interval that decides."""

    first: str
    second: str
    difference: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Decision:
    """`winner` is the label of a letter that is clearly better than every other, else empty; `reason` of OUTCOMES."""

    winner: str
    reason: str
    comparisons: tuple[Comparison, ...] = ()


def decide(arms: Sequence[Arm], *, least_sample: int, error: float = ERROR) -> Decision:
    """The answer of a test whose observation is over; it must not be asked before."""
    pairs = list(combinations(arms, 2))
    z = _quantile(error / len(pairs))
    comparisons = tuple(_compare(first, second, z) for first, second in pairs)
    if any(arm.sent < least_sample for arm in arms):
        return Decision("", TOO_FEW, comparisons)
    for arm in arms:
        if all(_is_better(arm, each) for each in comparisons if arm.label in (each.first, each.second)):
            return Decision(arm.label, CLEAR, comparisons)
    return Decision("", NO_DIFFERENCE, comparisons)


def interval_of(arm: Arm, *, error: float = ERROR) -> tuple[float, float]:
    """Wilson's interval of one letter's share."""
    return _wilson(arm, _quantile(error))


def detectable(*, sent: int, base: float, arms: int = 2, error: float = ERROR, power: float = POWER) -> float:
    """By how much a letter must be better than `base` to be found out with `sent` readers of each, four times in five.

    The usual sample size formula for two proportions, solved by halving.
    """
    if sent <= 0:
        return 1.0
    z = _quantile(error / (arms * (arms - 1) / 2)) + NormalDist().inv_cdf(power)
    low, high = 0.0, 1.0 - base
    for _ in range(40):
        middle = (low + high) / 2
        other = base + middle
        spread = base * (1 - base) + other * (1 - other)
        low, high = (low, middle) if middle * middle * sent >= z * z * spread else (middle, high)
    return high


def _compare(first: Arm, second: Arm, z: float) -> Comparison:
    difference = first.rate - second.rate
    (low_1, high_1), (low_2, high_2) = _wilson(first, z), _wilson(second, z)
    low = difference - sqrt((first.rate - low_1) ** 2 + (high_2 - second.rate) ** 2)
    high = difference + sqrt((high_1 - first.rate) ** 2 + (second.rate - low_2) ** 2)
    return Comparison(first.label, second.label, difference, low, high)


def _is_better(arm: Arm, comparison: Comparison) -> bool:
    return comparison.low > 0 if comparison.first == arm.label else comparison.high < 0


def _wilson(arm: Arm, z: float) -> tuple[float, float]:
    if not arm.sent:
        return 0.0, 1.0
    rate, sent, square = arm.rate, arm.sent, z * z
    middle = (rate + square / (2 * sent)) / (1 + square / sent)
    reach = z * sqrt(rate * (1 - rate) / sent + square / (4 * sent * sent)) / (1 + square / sent)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _quantile(error: float) -> float:
    return NormalDist().inv_cdf(1 - error / 2)
