"""Gamma-Gamma: what an order of a customer is worth, pulled towards the mean of all as far as his orders are few.

The amounts of a customer scatter around his own mean as a Gamma(`p`, ·) does, the means as a Gamma(`q`, `v`).
Fader, Hardie (2013), "The Gamma-Gamma Model of Monetary Value", note 025. It supposes that how much somebody spends
does not depend on how often he orders; `dependence` measures that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from guanxi.scoring.prediction import fitting
from guanxi.scoring.prediction.fitting import Fit, Floats, dot
from guanxi.scoring.prediction.groups import Integers

NAMES = ("p", "q", "v")
LEAST_REPEATERS = 20
LARGEST_DEPENDENCE = 0.3
ROUGH_SAMPLE = 10_000


@dataclass(frozen=True, slots=True)
class Model:
    p: float
    q: float
    v: float

    def expected_amount(self, repeats: ArrayLike, repeat_spend_average: ArrayLike) -> Floats:
        """The mean amount of a customer's orders to come; NaN without a repeat order when the mean of all is infinite.

        `repeat_spend_average` is the mean amount of his repeat order days, which nobody reads when there is none.
        """
        count = np.atleast_1d(np.asarray(repeats, dtype=float))
        spent = np.where(count > 0, count * np.asarray(repeat_spend_average, dtype=float), 0.0)
        strength = self.p * count + self.q - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(strength > 0, self.p * (self.v + spent) / strength, np.nan)


def fit(*, repeats: Integers, repeat_spend_average: Floats) -> Fit:
    """The parameters that make the mean amounts of repeat orders most likely; means of nothing are left out."""
    told = (repeats > 0) & (repeat_spend_average > 0)
    count, mean = repeats[told], repeat_spend_average[told]
    if len(count) < LEAST_REPEATERS:
        return Fit(notes=(f"too few data: {len(count)} with a repeat order; the model asks for {LEAST_REPEATERS}",))
    # In units of the mean amount the search does not depend on the currency.
    scale = float(mean.mean())
    rough = None
    if len(count) >= 2 * ROUGH_SAMPLE:
        some = slice(None, None, len(count) // ROUGH_SAMPLE)
        rough = _Loss(count[some], mean[some] / scale)
    starts = [(5.0, 3.5, 0.6), (1.0, 2.0, 1.0)]
    found = fitting.fit(_Loss(count, mean / scale), names=NAMES, starts=starts, count=len(count), rough=rough)
    parameters = {**found.parameters, "v": found.parameters["v"] * scale}
    errors = dict(found.standard_errors)
    if "v" in errors:
        errors["v"] *= scale
    likelihood = (found.log_likelihood or 0.0) - len(count) * float(np.log(scale))
    return Fit(parameters, errors, likelihood, found.converged, (*found.notes, *_warnings(count, mean, parameters)))


def model_of(fit: Fit) -> Model | None:
    """None when the fit found no optimum."""
    return Model(**fit.parameters) if fit.converged else None


def dependence(repeats: Integers, repeat_spend_average: Floats) -> float:
    """The correlation between how often and how much; the model wants it near 0."""
    if len(repeats) < 2 or np.ptp(repeats) == 0 or np.ptp(repeat_spend_average) == 0:
        return 0.0
    return float(np.corrcoef(repeats, repeat_spend_average)[0, 1])


def _warnings(count: Integers, mean: Floats, parameters: dict[str, float]) -> tuple[str, ...]:
    found = []
    linked = dependence(count, mean)
    if abs(linked) > LARGEST_DEPENDENCE:
        found.append(
            f"amounts depend on how often somebody orders (correlation {linked:.2f}), which the model does not know"
        )
    if parameters["q"] <= 1:
        found.append("amounts scatter so widely that the mean of a customer without a repeat order is not finite")
    return tuple(found)


class _Loss:
    """The mean negative log-likelihood with its gradient; sums by count are computed once."""

    def __init__(self, count: Integers, mean: Floats) -> None:
        self.customers = float(len(count))
        self.counts = np.flatnonzero(np.bincount(count)).astype(float)
        self.heads = np.bincount(count)[self.counts.astype(int)].astype(float)
        self.repeats, self.spent = count.astype(float), count * mean
        self.log_mean = float(np.log(mean).sum())
        self.repeats_log = dot(self.repeats, np.log(self.spent))

    def __call__(self, values: Floats) -> tuple[float, Floats]:
        p, q, v = values
        counts, heads, customers = self.counts, self.heads, self.customers
        shifted = self.spent + v
        log_shifted = np.log(shifted)
        sum_log, weighted_log = float(log_shifted.sum()), dot(self.repeats, log_shifted)
        level = (
            dot(heads, gammaln(p * counts + q) - gammaln(p * counts)) - customers * (gammaln(q) - q * np.log(v))
            + p * self.repeats_log - self.log_mean - p * weighted_log - q * sum_log
        )  # fmt: skip
        joint = digamma(p * counts + q)
        by_p = dot(heads, counts * (joint - digamma(p * counts))) + self.repeats_log - weighted_log
        by_q = dot(heads, joint) - customers * (digamma(q) - np.log(v)) - sum_log
        inverse = 1 / shifted
        by_v = customers * q / v - p * dot(self.repeats, inverse) - q * float(inverse.sum())
        return -level / customers, -np.array([by_p, by_q, by_v]) / customers
