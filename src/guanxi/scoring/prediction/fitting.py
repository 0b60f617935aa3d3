"""Maximum likelihood for both models: L-BFGS over the logarithms of the parameters, standard errors, and a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats: TypeAlias = NDArray[np.float64]
# Parameters in, the mean negative log-likelihood and its gradient by the parameters out.
Loss: TypeAlias = Callable[[Floats], tuple[float, Floats]]

# Beyond these logarithms a parameter has run away: the likelihood only rises towards the edge.
LOG_BOUNDS = (-9.0, 13.0)
# A parameter with such a standard error, as a multiple of its value, is told only roughly by the data.
ROUGH_ERROR = 1.0
STEP = 1e-4


def dot(first: Floats, second: Floats) -> float:
    """The sum of products without BLAS, whose threads cost more than they give on arrays of this size."""
    return float(np.einsum("i,i", first, second))


@dataclass(frozen=True, slots=True)
class Fit:
    """`parameters` by name, with their standard errors where the likelihood has an inner optimum.

    `converged` is False when it has none or the data are too few; `notes` then say why, and nothing may be predicted.
    """

    parameters: dict[str, float] = field(default_factory=dict)
    standard_errors: dict[str, float] = field(default_factory=dict)
    log_likelihood: float | None = None
    converged: bool = False
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON tells it: the parameters beside log_likelihood and converged."""
        return {
            **self.parameters,
            "log_likelihood": self.log_likelihood,
            "converged": self.converged,
            "standard_errors": dict(self.standard_errors),
            "notes": list(self.notes),
        }


def fit(
    loss: Loss, *, names: Sequence[str], starts: Sequence[Sequence[float]], count: float, rough: Loss | None = None
) -> Fit:
    """The optimum seen from the first of `starts` that leads to one; `count` customers turn the mean into the sum.

    `rough` is the loss of a sample: its optimum and its curvature lead to those of the whole in a few steps.
    """
    if rough is not None:
        found = _fit_by_sample(np.asarray(starts[0], dtype=float), loss, rough, names, count)
        if found.converged:
            return found
    found = Fit()
    for start in starts:
        logs, value, success = _descend(loss, np.asarray(start, dtype=float))
        found = _judged(logs, value, success, loss, names, count)
        if found.converged:
            break
    return found


def _fit_by_sample(start: Floats, loss: Loss, rough: Loss, names: Sequence[str], count: float) -> Fit:
    logs, _level, _success = _descend(rough, start)
    curvature = _differences(_by_logs(rough), logs, np.full(len(logs), STEP))
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature).min() <= 0:
        return Fit()
    found = minimize(
        _by_logs(loss), logs, jac=True, method="BFGS",
        options={"gtol": 1e-7, "maxiter": 50, "hess_inv0": _symmetric(np.linalg.inv(curvature))},
    )  # fmt: skip
    # Where the level is flat to the last digit the line search gives up at the optimum.
    success = bool(found.success) or bool(np.abs(found.jac).max() < 1e-5)
    return _judged(found.x, float(found.fun), success, loss, names, count)


def _judged(logs: Floats, value: float, success: bool, loss: Loss, names: Sequence[str], count: float) -> Fit:
    values = np.exp(logs)
    named = dict(zip(names, map(float, values), strict=True))
    errors, trouble = _errors(loss, values, count)
    at_edge = [name for name, log in zip(names, logs, strict=True) if not _is_inside(log)]
    if at_edge:
        trouble = f"{' and '.join(at_edge)} run to the edge: the likelihood has no inner optimum"
    if not trouble and not success:
        trouble = "the search for the optimum did not come to an end"
    rough = [] if trouble else [name for name, share in zip(names, errors / values, strict=True) if share > ROUGH_ERROR]
    return Fit(
        parameters=named,
        standard_errors={} if trouble else dict(zip(names, map(float, errors), strict=True)),
        log_likelihood=-value * count,
        converged=not trouble,
        notes=(trouble,) if trouble else _roughness(rough),
    )


def _roughness(names: Sequence[str]) -> tuple[str, ...]:
    """The forecast rests on what the parameters make together, which may be sure when none of them is."""
    return (f"the data tell {' and '.join(names)} only roughly",) if names else ()


def _by_logs(loss: Loss) -> Loss:
    """The same loss of the logarithms of the parameters, which may be any numbers."""

    def by_logs(logs: Floats) -> tuple[float, Floats]:
        values = np.exp(logs)
        level, slope = loss(values)
        return level, slope * values

    return by_logs


def _descend(loss: Loss, start: Floats) -> tuple[Floats, float, bool]:
    found = minimize(
        _by_logs(loss), np.log(start), jac=True, method="L-BFGS-B", bounds=[LOG_BOUNDS] * len(start),
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7},
    )  # fmt: skip
    # The line search may give up where the level is flat to the last digit; the slope tells whether it is the optimum.
    success = bool(found.success) or bool(np.abs(found.jac).max() < 1e-5)
    return found.x, float(found.fun), success


def _is_inside(log: float) -> bool:
    low, high = LOG_BOUNDS
    return low + 0.01 < log < high - 0.01


def _differences(loss: Loss, values: Floats, steps: Floats) -> Floats:
    """The second derivatives, as differences of the analytic gradient."""
    rows = [(loss(values + step)[1] - loss(values - step)[1]) / (2 * step.max()) for step in np.diag(steps)]
    return _symmetric(np.array(rows))


def _symmetric(matrix: NDArray[np.floating[Any]]) -> Floats:
    return ((matrix + matrix.T) / 2).astype(np.float64)


def _errors(loss: Loss, values: Floats, count: float) -> tuple[Floats, str]:
    """Standard errors by the observed information."""
    information = _differences(loss, values, STEP * values)
    # In units of the parameters themselves the matrix is well scaled whatever the unit of time or money.
    scaled = information * np.outer(values, values) * count
    if not np.isfinite(scaled).all() or np.linalg.eigvalsh(scaled).min() <= 0:
        return np.full(len(values), np.nan), "the likelihood has no inner optimum"
    return np.sqrt(np.diag(np.linalg.inv(scaled))) * values, ""
