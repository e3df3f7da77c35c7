"""The minimum of a logistic objective, by a trust-region Newton method."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from auxtheory.errors import InputError
from auxtheory.problems.logistic_loss import LogisticLoss
from auxtheory.units import FloatArray

NEAR = 1e-12  # of f − f* at the point returned, relative to f(0) where that is larger than 1
EXPLICIT = 1000  # coordinates up to which Hessians are formed
STARTS = 8  # of a search with several valleys


def minimise(f: LogisticLoss) -> tuple[FloatArray, float, float]:
    """(x*, f*, a certified lower bound of f): a minimiser up to NEAR if f is convex, else the lowest point found.

    With the non-convex regulariser, which is not negative, the minimum of the rest is the bound. InputError if the
    infimum is not attained, as without regulariser on data that a plane separates.
    """
    if f.nonconvex == 0:
        x, value = _descend(f, np.zeros(f.dim))
        _check(f, x, value)
        return x, value, value
    convex, below = _descend(f.replace(nonconvex=0.0), np.zeros(f.dim)) if f.l2 else (np.zeros(f.dim), 0.0)
    random = np.random.default_rng(0)
    starts = [np.zeros(f.dim), convex, f.x0] + [random.standard_normal(f.dim) for _ in range(STARTS)]
    found = [_descend(f, start) for start in starts]
    x, value = min(found, key=lambda pair: pair[1])
    return x, value, below


def _descend(f: LogisticLoss, start: FloatArray) -> tuple[FloatArray, float]:
    """A stationary point, and f there."""
    value, gradient = f.functions()
    newton = {"method": "trust-exact", "hess": f.hessian} if f.dim <= EXPLICIT else {
        "method": "trust-krylov", "hessp": f.hessian_product,
    }  # fmt: skip
    scale = float(np.linalg.norm(gradient(np.zeros(f.dim))))
    options = {"gtol": 1e-9 * max(scale, 1e-300), "maxiter": 2000}
    with np.errstate(all="ignore"):
        found = minimize(value, start, jac=gradient, options=options, **newton)
    x = np.asarray(found.x)
    if f.dim <= EXPLICIT:  # the method stops where f no longer changes; two full steps go on where ∇f still does
        for _ in range(2):
            step = np.linalg.lstsq(f.hessian(x), gradient(x), rcond=None)[0]
            if np.linalg.norm(gradient(x - step)) < np.linalg.norm(gradient(x)):
                x = x - step
    return x, float(value(x))


def _check(f: LogisticLoss, x: FloatArray, value: float) -> None:
    """InputError unless f(x) − f* is within NEAR, by Newton's decrement or by strong convexity."""
    grad = f.functions()[1](x)
    if f.dim <= EXPLICIT:
        gap = 0.5 * float(grad @ np.linalg.lstsq(f.hessian(x), grad, rcond=1e-13)[0])
    else:
        gap = float(grad @ grad) / (2 * f.l2) if f.l2 else np.inf
    if not gap <= NEAR * max(1.0, float(f.functions()[0](np.zeros(f.dim)))):
        told = f"l2 = {f.l2}: must be larger, for f comes no closer than {gap:.3g} to its infimum, {value:.3g} or less"
        raise InputError.listing([told])
