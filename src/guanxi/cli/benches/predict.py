"""BG/NBD and Gamma-Gamma fitted and every customer predicted, against the package `lifetimes` on the same figures.

Reading the figures is not timed.
"""

from __future__ import annotations

import os
import warnings
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np

from guanxi.cli.benches.pairs import (
    LEAST_PAIRS,
    SIDES,
    Answer,
    Say,
    alternate,
    answer_one,
    medians,
    peak,
    peak_mb,
    summary,
)
from guanxi.cli.failure import fail

AHEAD_WEEKS = 52.0
WEEK = 7
# The two log-likelihoods agree to this many significant digits, or the bench says nothing.
DIGITS = 6
FILE = "customers.npz"


def measure(*, customers: int, pairs: int, say: Say) -> Answer:
    """Medians of alternating pairs; stops the command when the log-likelihoods differ or `lifetimes` is missing."""
    if not all(find_spec(name) for name in ("lifetimes", "pandas")):
        fail("the package to compare with is not installed; run: pip install 'guanxi[bench]'")
    with TemporaryDirectory(prefix="guanxi-bench-") as name:
        folder = Path(name)
        say(f"Making {customers:,} customers")
        make_data(folder, customers=customers)
        # One thread each: what is measured is the work, not who gets the cores.
        environ = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        found = alternate(__name__, folder, pairs=max(pairs, LEAST_PAIRS), say=say, environ=environ)
    likelihoods = {side: found[side][0]["log_likelihoods"] for side in SIDES}
    compare(likelihoods["product"], likelihoods["baseline"])
    seconds, baseline = medians(found, "seconds")
    cpu, baseline_cpu = medians(found, "cpu_seconds")
    return {
        "customers": customers,
        **summary(found),
        # The other way round than elsewhere: how many times as fast.
        "ratio": round(baseline / seconds, 2),
        "cpu_seconds": round(cpu, 4),
        "baseline_cpu_seconds": round(baseline_cpu, 4),
        "cpu_ratio": round(baseline_cpu / cpu, 2),
        "baseline_peak_mb": peak(found, "baseline"),
        "log_likelihoods": likelihoods,
        "baseline": found["baseline"][0]["versions"],
    }


def make_data(folder: Path, *, customers: int) -> None:
    """Customers drawn from the models themselves, with the parameters that CDNOW has, in whole days."""
    chance = np.random.default_rng(7)
    rate, leaves = chance.gamma(0.25, 1 / 4.4, customers) / WEEK, chance.beta(0.8, 2.4, customers)
    observed = chance.integers(27 * WEEK, 39 * WEEK, customers)
    repeats, latest = np.zeros(customers, dtype=np.int64), np.zeros(customers, dtype=np.int64)
    at, going = np.zeros(customers), np.arange(customers)
    while len(going):
        at[going] += chance.exponential(1 / np.maximum(rate[going], 1e-12))
        going = going[at[going] < observed[going]]
        day = at[going].astype(np.int64)
        fresh = going[day > latest[going]]
        repeats[fresh] += 1
        latest[going] = day
        going = going[chance.random(len(going)) >= leaves[going]]
    shape = np.maximum(6.25 * repeats, 1)
    means = 6.25 * 15.4 / chance.gamma(3.74, 1, customers)
    amounts = np.where(repeats > 0, np.round(chance.gamma(shape) / shape * means + 0.01, 2), 0)
    np.savez(folder / FILE, repeats=repeats, latest=latest, observed=observed, amounts=amounts)


def product(folder: Path) -> Answer:
    from guanxi.scoring.prediction import bgnbd, gammagamma
    from guanxi.scoring.prediction.groups import grouped

    repeats, latest, observed, amounts = _load(folder)
    start = _Watch()
    groups = grouped(repeats=repeats, age_at_last_days=latest, observed_days=observed, unit_days=WEEK)
    counting = bgnbd.fit(groups)
    spending = gammagamma.fit(repeats=repeats, repeat_spend_average=amounts)
    model, worth = bgnbd.Model(**counting.parameters), gammagamma.Model(**spending.parameters)
    spans = (groups.repeats, groups.age_at_last, groups.observed)
    alive = model.chance_alive(*spans)[groups.member_of]
    orders = model.expected_orders(AHEAD_WEEKS, *spans)[groups.member_of]
    value = orders * worth.expected_amount(repeats, amounts)
    taken = start.taken()
    return _told(taken, len(alive), value, counting.log_likelihood, spending.log_likelihood, {})


def baseline(folder: Path) -> Answer:
    """The same with lifetimes 0.11.3, whose fitters give the mean negative log-likelihood of weighted customers."""
    warnings.simplefilter("ignore")
    import lifetimes
    import pandas as pd
    import scipy

    repeats, latest, observed, amounts = (pd.Series(each) for each in _load(folder))
    latest, observed = latest / WEEK, observed / WEEK
    start = _Watch()
    counting = lifetimes.BetaGeoFitter(penalizer_coef=0.0)
    counting.fit(repeats, latest, observed)
    told = (repeats > 0) & (amounts > 0)
    spending = lifetimes.GammaGammaFitter(penalizer_coef=0.0)
    spending.fit(repeats[told], amounts[told])
    alive = counting.conditional_probability_alive(repeats, latest, observed)
    orders = counting.conditional_expected_number_of_purchases_up_to_time(AHEAD_WEEKS, repeats, latest, observed)
    value = orders * spending.conditional_expected_average_profit(repeats, amounts)
    taken = start.taken()
    versions = {"lifetimes": lifetimes.__version__, "pandas": pd.__version__, "numpy": np.__version__}
    return _told(
        taken, len(alive), value.to_numpy(), _likelihood_of(counting, repeats, latest, observed),
        -spending._negative_log_likelihood_ * int(told.sum()), versions | {"scipy": scipy.__version__},
    )  # fmt: skip


def _likelihood_of(counting: Any, repeats: Any, latest: Any, observed: Any) -> float:
    """Of the parameters that lifetimes found, by our own formula: its own figure is of rescaled time."""
    from guanxi.scoring.prediction import bgnbd
    from guanxi.scoring.prediction.groups import grouped

    days = [np.round(each.to_numpy() * WEEK).astype(np.int64) for each in (latest, observed)]
    groups = grouped(
        repeats=repeats.to_numpy(), age_at_last_days=days[0], observed_days=days[1], unit_days=WEEK
    )  # fmt: skip
    values = np.array([counting.params_[name] for name in bgnbd.NAMES], dtype=float)
    return bgnbd.log_likelihood(groups, values)


def _load(folder: Path) -> list[Any]:
    with np.load(folder / FILE, allow_pickle=False) as file:
        return [file[name] for name in ("repeats", "latest", "observed", "amounts")]


class _Watch:
    """Time of the wall and of the processor, which another program does not lengthen."""

    def __init__(self) -> None:
        self.wall, self.processor = perf_counter(), process_time()

    def taken(self) -> tuple[float, float]:
        return perf_counter() - self.wall, process_time() - self.processor


def _told(
    taken: tuple[float, float],
    customers: int,
    value: Any,
    counting: float | None,
    spending: float | None,
    versions: dict[str, str],
) -> Answer:
    return {
        "seconds": taken[0],
        "cpu_seconds": taken[1],
        "peak_mb": peak_mb(),
        "customers": customers,
        "value": float(np.sum(value)),
        "log_likelihoods": {"bgnbd": counting, "gammagamma": spending},
        "versions": versions,
    }


def compare(ours: dict[str, float], theirs: dict[str, float]) -> None:
    """Stops the command when the log-likelihoods differ within DIGITS digits."""
    for name, found in ours.items():
        if f"{found:.{DIGITS - 1}e}" != f"{theirs[name]:.{DIGITS - 1}e}":
            fail(f"the log-likelihoods of {name} differ ({found:.6f} and {theirs[name]:.6f}); the bench says nothing.")


if __name__ == "__main__":
    answer_one(product=product, baseline=baseline)
