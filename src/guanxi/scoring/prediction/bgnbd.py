"""BG/NBD: customers order at random at their own rate, and after each order some stop for good.

Rates differ between customers as a Gamma(`r`, `alpha`) does, the chance of stopping after an order as a Beta(`a`, `b`).
Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).

All spans are in one unit, days or weeks: `age_at_last` from the first order day to the last one, `observed` from the
first order day until today. `repeats` are the order days after the first. Who has no repeat order counts as alive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, expit, gammaln, hyp2f1

from guanxi.scoring.prediction import fitting
from guanxi.scoring.prediction.fitting import Fit, Floats, dot
from guanxi.scoring.prediction.groups import Groups

NAMES = ("r", "alpha", "a", "b")
LEAST_CUSTOMERS = 50
LEAST_REPEATERS = 20
ROUGH_SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class Model:
    r: float
    alpha: float
    a: float
    b: float

    def chance_alive(self, repeats: ArrayLike, age_at_last: ArrayLike, observed: ArrayLike) -> Floats:
        """The chance that a customer will order again at all."""
        count, age, span = _arrays(repeats, age_at_last, observed)
        stopped = np.log(self.a / np.maximum(self.b + count - 1, 1e-300)) + (self.r + count) * np.log(
            (self.alpha + span) / (self.alpha + age)
        )
        return np.where(count > 0, expit(-stopped), 1.0)

    def expected_orders(self, ahead: float, repeats: ArrayLike, age_at_last: ArrayLike, observed: ArrayLike) -> Floats:
        """How many order days the next `ahead` units of time will bring, equation (10) of the paper."""
        count, age, span = _arrays(repeats, age_at_last, observed)
        return self._mean_orders(ahead, count, self.alpha + span) * self.chance_alive(count, age, span)

    def expected_of_a_new_customer(self, spans: ArrayLike) -> Floats:
        """Repeat order days in the first `spans` units after the first order, equation (9) of the paper."""
        found = [
            self._mean_orders(float(span), np.zeros(1), np.full(1, self.alpha))[0] for span in np.atleast_1d(spans)
        ]
        return np.asarray(found, dtype=float)

    def chance_of_order(self, ahead: float, repeats: ArrayLike, age_at_last: ArrayLike, observed: ArrayLike) -> Floats:
        """The chance of at least one order in the next `ahead` units: alive, and not waiting longer than that."""
        count, age, span = _arrays(repeats, age_at_last, observed)
        waits = (self.r + count) * np.log((self.alpha + span) / (self.alpha + span + ahead))
        return -np.expm1(waits) * self.chance_alive(count, age, span)

    def _mean_orders(self, ahead: float, count: Floats, scale: Floats) -> Floats:
        """Mean of a customer who is alive. Euler's transformation keeps the hypergeometric function near 1."""
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6
        passed = ahead / (scale + ahead)
        total = a + self.b + count - 1
        grown = hyp2f1(a + self.b - 1 - self.r, a - 1, total, passed)
        found: Floats = total / (a - 1) * -np.expm1((a - 1) * np.log1p(-passed) + np.log(grown))
        return found


def fit(groups: Groups) -> Fit:
    """The parameters that make the groups most likely."""
    repeaters = int(groups.weights[groups.repeats > 0].sum())
    if groups.customers < LEAST_CUSTOMERS or repeaters < LEAST_REPEATERS:
        told = f"{groups.customers} customers in all, {repeaters} with a repeat order"
        return Fit(notes=(f"too few data: {told}; the model asks for {LEAST_CUSTOMERS} and {LEAST_REPEATERS}",))
    span = max(float(np.average(groups.observed, weights=groups.weights)), 1e-6)
    starts = [(0.5, span / 5, 0.8, 2.0), (2.0, span, 0.3, 5.0)]
    rough = (
        _Loss(groups.every(len(groups.weights) // ROUGH_SAMPLE)) if len(groups.weights) >= 2 * ROUGH_SAMPLE else None
    )
    return fitting.fit(_Loss(groups), names=NAMES, starts=starts, count=groups.customers, rough=rough)


def log_likelihood(groups: Groups, values: Floats) -> float:
    """Of any parameters, in the order of NAMES."""
    return -_Loss(groups)(values)[0] * groups.customers


def model_of(fit: Fit) -> Model | None:
    """None when the fit found no optimum."""
    return Model(**fit.parameters) if fit.converged else None


class _Loss:
    """The mean negative log-likelihood with its gradient.

    Logarithms are taken of the distinct spans and counts only; what does not depend on the parameters is summed once.
    """

    def __init__(self, groups: Groups) -> None:
        self.customers = float(groups.weights.sum())
        self.counts, count_of = np.unique(groups.repeats.astype(float), return_inverse=True)
        self.heads: Floats = np.bincount(count_of, weights=groups.weights).astype(float)
        self.spans, span_of = np.unique(groups.observed, return_inverse=True)
        self.span_heads: Floats = np.bincount(span_of, weights=groups.weights).astype(float)
        self.span_orders = np.bincount(span_of, weights=groups.weights * groups.repeats)
        again = groups.repeats > 0
        self.weights, self.span_of, self.count_of = groups.weights[again], span_of[again], count_of[again]
        self.ages, self.age_of = np.unique(groups.age_at_last[again], return_inverse=True)

    def __call__(self, values: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = values
        counts, heads = self.counts, self.heads
        level = dot(
            heads,
            gammaln(r + counts) - gammaln(r) + r * np.log(alpha)
            + gammaln(a + b) + gammaln(b + counts) - gammaln(b) - gammaln(a + b + counts),
        )  # fmt: skip
        by_r = dot(heads, digamma(r + counts) - digamma(r) + np.log(alpha))
        both = dot(heads, digamma(a + b) - digamma(a + b + counts))
        by_a, by_b = both, both + dot(heads, digamma(b + counts) - digamma(b))
        by_alpha = heads.sum() * r / alpha

        scales, rates = alpha + self.spans, r * self.span_heads + self.span_orders
        log_scales = np.log(scales)
        level -= dot(rates, log_scales)
        by_r -= dot(self.span_heads, log_scales)
        by_alpha -= float((rates / scales).sum())

        # Who has repeated may have stopped right after the last order.
        since, chances = alpha + self.ages, np.maximum(b + counts - 1, 1e-300)
        gap = log_scales[self.span_of] - np.log(since)[self.age_of]
        rate = (r + counts)[self.count_of]
        odds = np.log(a / chances)[self.count_of] + rate * gap
        small = np.exp(-np.abs(odds))
        level += dot(self.weights, np.maximum(odds, 0) + np.log1p(small))
        stopped = np.where(odds > 0, 1, small) / (1 + small) * self.weights
        by_r += dot(stopped, gap)
        by_alpha += dot(stopped * rate, (1 / scales)[self.span_of] - (1 / since)[self.age_of])
        by_a += stopped.sum() / a
        by_b -= dot(stopped, (1 / chances)[self.count_of])
        return -level / self.customers, -np.array([by_r, by_alpha, by_a, by_b]) / self.customers


def _arrays(*values: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, dtype=float)) for each in values)))
