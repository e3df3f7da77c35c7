"""The minimum of a logistic objective, by a trust-region Newton method."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator, cg

from auxtheory.errors import InputError
from auxtheory.problems.logistic_loss import LogisticLoss
from auxtheory.units import FloatArray

NEAR = 1e-12  # of f − f* at the point returned, relative to f(0) where that is larger than 1
EXPLICIT = 1000  # coordinates up to which Hessians are formed
STARTS = 8  # of a search with several valleys
POLISH = 4  # Newton steps at most


def minimise(f: LogisticLoss) -> tuple[FloatArray, float, float]:
    """(x*, f*, a certified lower bound of f): a minimiser up to NEAR if f is convex, else the lowest point found.

    With the non-convex regulariser, which is not negative, the minimum of the rest is the bound. InputError if the
    infimum is not attained, as without regulariser on data that a plane separates.
    """
    if f.nonconvex == 0:
        x, value = _descend(f, np.zeros(f.dim))
        _check(f, x, value)
        return x, value, value
    convex, below = np.zeros(f.dim), 0.0
    if f.l2:  # f₀(x) − inf f₀ ≤ ‖∇f₀(x)‖²/(2 l2) for f₀ without that regulariser
        rest = f.replace(nonconvex=0.0)
        convex, value = _descend(rest, np.zeros(f.dim))
        below = max(0.0, value - float(np.sum(rest.functions()[1](convex) ** 2)) / (2 * f.l2))
    random = np.random.default_rng(0)
    starts = [np.zeros(f.dim), convex, f.x0] + [random.standard_normal(f.dim) for _ in range(STARTS)]
    x, value = min((_descend(f, start) for start in starts), key=lambda found: found[1])
    return x, value, min(below, value)


def _descend(f: LogisticLoss, start: FloatArray) -> tuple[FloatArray, float]:
    """A stationary point, and f there."""
    value, gradient = f.functions()
    newton = {"method": "trust-exact", "hess": f.hessian} if f.dim <= EXPLICIT else {
        "method": "trust-krylov", "hessp": f.hessian_product,
    }  # fmt: skip
    scale = float(np.linalg.norm(gradient(np.zeros(f.dim))))
    options = {"gtol": 1e-9 * max(scale, 1e-300), "maxiter": 2000}
    with np.errstate(all="ignore"):
        x = np.asarray(minimize(value, start, jac=gradient, options=options, **newton).x)
        for _ in range(POLISH):  # the method stops where f no longer changes; full steps go on where ∇f still does
            tried = x - _newton_step(f, x, gradient(x))
            if not np.linalg.norm(gradient(tried)) < np.linalg.norm(gradient(x)):
                break
            x = tried
    return x, float(value(x))


def _newton_step(f: LogisticLoss, x: FloatArray, grad: FloatArray) -> FloatArray:
    """∇²f(x)⁻¹∇f(x), in coordinates scaled so that each has curvature 1; not a number where that has no solution."""
    if f.dim > EXPLICIT:
        operator = LinearOperator((f.dim, f.dim), matvec=lambda v: f.hessian_product(x, v.reshape(-1)), dtype=float)
        return np.asarray(cg(operator, grad, rtol=1e-10, maxiter=1000)[0])
    H = f.hessian(x)
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(H)), 1e-300))
    step = scale * np.linalg.lstsq(scale[:, None] * H * scale, scale * grad, rcond=1e-13)[0]
    unsolved = np.linalg.norm(scale * (H @ step - grad)) > 1e-3 * np.linalg.norm(scale * grad)
    return np.asarray(step * (np.nan if unsolved else 1.0))


def _check(f: LogisticLoss, x: FloatArray, value: float) -> None:
    """InputError unless f(x) − f* is within NEAR, by strong convexity or by Newton's decrement."""
    grad = f.functions()[1](x)
    gap = float(grad @ grad) / (2 * f.l2) if f.l2 else np.inf
    if f.l2 == 0 or f.dim <= EXPLICIT:
        decrement = 0.5 * float(grad @ _newton_step(f, x, grad)) if np.any(grad) else 0.0
        gap = min(gap, decrement if decrement >= 0 else np.inf)
    if not gap <= NEAR * max(1.0, float(f.functions()[0](np.zeros(f.dim)))):
        told = f"l2 = {f.l2}: must be larger, for f comes no closer than {gap:.3g} to its infimum, {value:.3g} or less"
        raise InputError.listing([told])
