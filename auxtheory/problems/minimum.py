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
    """(x*, f(x*), a certified lower bound of f). The two values are equal where the bound is inf f, up to NEAR: where f
    is convex, as with the non-convex regulariser at ν < 2 l2. Else x* is the lowest point that a search found, and the
    bound is the minimum of f without that regulariser, which is not negative.

    InputError if a convex f does not attain its infimum, as without regulariser on data that a plane separates.
    """
    if f.nonconvex == 0 or f.convexity > 0:
        x, value = _descend(f, np.zeros(f.dim))
        error = beyond(f, x)
        if error <= _near(f):
            return x, value, value
        if f.nonconvex == 0:
            told = f"must be larger, for f comes no closer than {error:.3g} to its infimum, {value:.3g} or less"
            raise InputError.listing([f"l2 = {f.l2}: {told}"])
    convex, below = np.zeros(f.dim), 0.0
    if f.l2:
        plain = f.replace(nonconvex=0.0)
        convex, value = _descend(plain, np.zeros(f.dim))
        below = max(0.0, value - _strongly(plain, convex))
    random = np.random.default_rng(0)
    starts = [np.zeros(f.dim), convex, f.x0] + [random.standard_normal(f.dim) for _ in range(STARTS)]
    x, value = min((_descend(f, start) for start in starts), key=lambda found: found[1])
    return x, value, min(below, np.nextafter(value, -np.inf))


def beyond(f: LogisticLoss, x: FloatArray) -> float:
    """How far f(x) may lie above the infimum of a convex f, by strong convexity or by Newton's decrement."""
    grad = f.functions()[1](x)
    error = _strongly(f, x)
    if f.convexity <= 0 or f.dim <= EXPLICIT:
        decrement = 0.5 * float(grad @ _newton_step(f, x, grad)) if np.any(grad) else 0.0
        error = min(error, decrement if decrement >= 0 else np.inf)
    return error


def _strongly(f: LogisticLoss, x: FloatArray) -> float:
    """The bound ‖∇f(x)‖²/(2μ) on f(x) − inf f, ∞ where f is not strongly convex."""
    return float(np.sum(f.functions()[1](x) ** 2)) / (2 * f.convexity) if f.convexity > 0 else np.inf


def _near(f: LogisticLoss) -> float:
    return NEAR * max(1.0, float(f.functions()[0](np.zeros(f.dim))))


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
