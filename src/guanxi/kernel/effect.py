"""What an experiment says: difference and ratio of two means with their intervals. Pure.

The difference is Welch's (unequal variances; Biometrika 34, 1947), with the degrees of freedom of Satterthwaite. The
ratio is the delta method's on the logarithm of the means. For shares (outcomes of 0 and 1) both are the large-sample
intervals. No correction is made for looking at several arms or outcomes; the caller says how many there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Sample:
    """How many were measured, their mean, and the variance with n - 1 in the denominator (0 for a single one)."""

    count: int
    mean: float
    variance: float

    @property
    def squared_error(self) -> float:
        """The variance of the mean."""
        return self.variance / self.count if self.count else math.inf


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate between its bounds; None where the data cannot say."""

    estimate: float | None
    low: float | None = None
    high: float | None = None

    @property
    def tells(self) -> bool:
        return self.low is not None


@dataclass(frozen=True, slots=True)
class Effect:
    """`difference` is in the unit of the outcome, `ratio` 1.05 means 5 % more than the control.

    `p_value` is two-sided, of "no difference".
    """

    difference: Interval
    ratio: Interval
    p_value: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval of the difference leaves zero out."""
        low, high = self.difference.low, self.difference.high
        return low is not None and high is not None and (low > 0 or high < 0)


def effect_of(arm: Sample, control: Sample, *, level: float = 0.95, pooled: bool = False) -> Effect:
    """The effect of `arm` against `control` at a confidence `level` between 0 and 1. Raises ValueError for another.

    `pooled` takes one variance for both (Student's), which a small hold-out of a skewed outcome needs
    (docs/explanation/algorithms/effects.md).
    """
    if not 0 < level < 1:
        raise ValueError(f"A confidence level lies between 0 and 1, not at {level}.")
    if not arm.count or not control.count:
        return Effect(Interval(None), Interval(None), None)
    difference = arm.mean - control.mean
    degrees = None
    if pooled and (together := arm.count + control.count - 2) > 0:
        variance = ((arm.count - 1) * arm.variance + (control.count - 1) * control.variance) / together
        arm, control = replace(arm, variance=variance), replace(control, variance=variance)
        degrees = float(together)
    error = math.sqrt(arm.squared_error + control.squared_error)
    if min(arm.count, control.count) < 2 or error == 0:
        return Effect(Interval(difference), _ratio(arm, control, None), None)
    quantile, p_value = _student(difference / error, degrees or _degrees_of_freedom(arm, control), level)
    reach = quantile * error
    return Effect(
        Interval(difference, difference - reach, difference + reach), _ratio(arm, control, _normal(level)), p_value
    )


def share_interval(hits: int, count: int, *, level: float = 0.95) -> tuple[float, float, float] | None:
    """A share between its bounds (Wilson, JASA 22, 1927); None of nothing."""
    if not count:
        return None
    z = _normal(level)
    share, weight = hits / count, z * z / count
    middle = (share + weight / 2) / (1 + weight)
    reach = z * math.sqrt(share * (1 - share) / count + weight / (4 * count)) / (1 + weight)
    return share, max(middle - reach, 0.0), min(middle + reach, 1.0)


def detectable(base: float, arm: int, control: int, *, level: float = 0.95, power: float = 0.8) -> float | None:
    """The smallest difference from a share `base` that groups of this size show so often; None when they cannot."""
    if not arm or not control or not 0 < base < 1:
        return None
    from statistics import NormalDist

    return (_normal(level) + NormalDist().inv_cdf(power)) * math.sqrt(base * (1 - base) * (1 / arm + 1 / control))


def needed(base: float, difference: float, *, level: float = 0.95, power: float = 0.8) -> int | None:
    """How many each of two equal groups must count to show a difference from a share `base` so often (two-sided)."""
    target = base + difference
    if not 0 < base < 1 or not 0 < target < 1 or not difference:
        return None
    from statistics import NormalDist

    reach = _normal(level) + NormalDist().inv_cdf(power)
    return math.ceil(reach**2 * (base * (1 - base) + target * (1 - target)) / difference**2)


def _ratio(arm: Sample, control: Sample, quantile: float | None) -> Interval:
    if control.mean <= 0:
        return Interval(None)
    ratio = arm.mean / control.mean
    if quantile is None or arm.mean <= 0:
        return Interval(ratio)
    reach = quantile * math.sqrt(arm.squared_error / arm.mean**2 + control.squared_error / control.mean**2)
    return Interval(ratio, ratio * math.exp(-reach), ratio * math.exp(reach))


def _degrees_of_freedom(arm: Sample, control: Sample) -> float:
    total = (arm.squared_error + control.squared_error) ** 2
    parts = arm.squared_error**2 / (arm.count - 1) + control.squared_error**2 / (control.count - 1)
    return total / parts


def _student(statistic: float, degrees: float, level: float) -> tuple[float, float]:
    from scipy.special import stdtr, stdtrit  # a quarter of a second that only an answer needs

    return float(stdtrit(degrees, (1 + level) / 2)), float(2 * stdtr(degrees, -abs(statistic)))


def _normal(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + level) / 2)
