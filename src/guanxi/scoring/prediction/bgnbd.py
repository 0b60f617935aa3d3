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
from guanxi.scoring.prediction.fitting import Fit, Floats
from guanxi.scoring.prediction.groups import Groups

NAMES = ("r", "alpha", "a", "b")
LEAST_CUSTOMERS = 50
LEAST_REPEATERS = 20


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

    def expected_orders(
        self, ahead: float, repeats: ArrayLike, age_at_last: ArrayLike, observed: ArrayLike
    ) -> Floats:
        """How many order days the next `ahead` units of time will bring, equation (10) of the paper."""
        count, age, span = _arrays(repeats, age_at_last, observed)
        return self._mean_orders(ahead, count, self.alpha + span) * self.chance_alive(count, age, span)

    def expected_of_a_new_customer(self, spans: ArrayLike) -> Floats:
        """Repeat order days in the first `spans` units after the first order, equation (9) of the paper."""
        found = [self._mean_orders(float(span), np.zeros(1), np.full(1, self.alpha))[0] for span in np.atleast_1d(spans)]
        return np.asarray(found, dtype=float)

    def chance_of_order(
        self, ahead: float, repeats: ArrayLike, age_at_last: ArrayLike, observed: ArrayLike
    ) -> Floats:
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
        return total / (a - 1) * -np.expm1((a - 1) * np.log1p(-passed) + np.log(grown))


def fit(groups: Groups) -> Fit:
    """The parameters that make the groups most likely."""
    repeaters = int(groups.weights[groups.repeats > 0].sum())
    if groups.customers < LEAST_CUSTOMERS or repeaters < LEAST_REPEATERS:
        return Fit(
            notes=(
                f"too few data: {groups.customers} customers, {repeaters} of them with a repeat order; "
                f"the model asks for {LEAST_CUSTOMERS} and {LEAST_REPEATERS}",
            )
        )
    span = max(float(np.average(groups.observed, weights=groups.weights)), 1e-6)
    starts = [(0.5, span / 5, 0.8, 2.0), (2.0, span, 0.3, 5.0)]
    return fitting.fit(_Loss(groups), names=NAMES, starts=starts, count=groups.customers)


def model_of(fit: Fit) -> Model | None:
    """None when the fit found no optimum."""
    return Model(**fit.parameters) if fit.converged else None


class _Loss:
    """The mean negative log-likelihood with its gradient; what does not depend on the parameters is computed once."""

    def __init__(self, groups: Groups) -> None:
        self.customers = float(groups.customers)
        again = groups.repeats > 0
        self.counts = np.flatnonzero(np.bincount(groups.repeats)).astype(float)
        self.count_weights = np.bincount(groups.repeats, weights=groups.weights)[self.counts.astype(int)]
        self.observed, self.weights, self.repeats = groups.observed, groups.weights, groups.repeats.astype(float)
        self.again = again
        self.age, self.again_repeats, self.again_weights = (
            groups.age_at_last[again], self.repeats[again], self.weights[again],
        )  # fmt: skip

    def __call__(self, values: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = values
        counts, heads = self.counts, self.count_weights
        level = heads @ (
            gammaln(r + counts) - gammaln(r) + r * np.log(alpha)
            + gammaln(a + b) + gammaln(b + counts) - gammaln(b) - gammaln(a + b + counts)
        )  # fmt: skip
        by_r = heads @ (digamma(r + counts) - digamma(r) + np.log(alpha))
        both = heads @ (digamma(a + b) - digamma(a + b + counts))
        by_a, by_b = both, both + heads @ (digamma(b + counts) - digamma(b))
        by_alpha = heads.sum() * r / alpha

        scale = alpha + self.observed
        log_scale = np.log(scale)
        rate = (r + self.repeats) * self.weights
        level -= rate @ log_scale
        by_r -= self.weights @ log_scale
        by_alpha -= (rate / scale).sum()

        # Who has repeated may have stopped right after the last order.
        since = alpha + self.age
        gap = log_scale[self.again] - np.log(since)
        chance = b + self.again_repeats - 1
        odds = np.log(a / chance) + (r + self.again_repeats) * gap
        stopped = expit(odds) * self.again_weights
        level += self.again_weights @ np.logaddexp(0, odds)
        by_r += stopped @ gap
        by_alpha += (stopped * (r + self.again_repeats)) @ (1 / scale[self.again] - 1 / since)
        by_a += stopped.sum() / a
        by_b -= (stopped / chance).sum()
        return -level / self.customers, -np.array([by_r, by_alpha, by_a, by_b]) / self.customers


def _arrays(*values: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, dtype=float)) for each in values)))
