"""The minimum of a logistic objective, by a trust-region Newton method or, without regulariser, in
the coordinates on which samples depend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from auxtheory.errors import InputError
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.reduction import Reduction, reduction
from auxtheory.problems.logistic.separation import ALONG, lone_feature, margins, recession
from auxtheory.problems.logistic.unregularised import EXPLICIT, Point, apart, duality_gap, newton
from auxtheory.typing import FloatArray

NEAR = 1e-12  # allowed f − f* at the result, relative to f(0) where that is larger than 1
CLOSE = 1e-8  # share of NEAR within which another method's point is taken
AGREE = 1e-6  # relative distance up to which two points count as the same
STARTS = 8  # starts of a search for the lowest of several minima
POLISH = 4  # the most Newton steps
WORK = 1e13  # limit of floating-point operations without regulariser: some minutes
# The farthest move of a score by which f is tried for a fall without end.
FAR = 40.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Minimum:
    """x*; f(x*); `below`, a certified lower bound of f, equal to f(x*) where x* minimises f, up to
    `error`; and whether no other point is stationary."""

    x: FloatArray
    value: float
    below: float
    error: float
    unique: bool


def minimise(f: LogisticLoss) -> Minimum:
    """Minimise f. Where f is convex, as with the non-convex regulariser at ν < 2 l2, `value` and
    `below` are equal, and are inf f up to NEAR. Otherwise x* is the lowest point that a search
    found, and the bound is the minimum of f without that regulariser, which is not negative. Of
    many minimisers, x* is the nearest to x0.

    InputError if a convex f does not attain its infimum, as without regulariser on data that a
    plane separates.
    """
    if f.nonconvex == 0:
        return _convex(f)
    if f.convexity > 0:
        x, value = _descend(f, np.zeros(f.dim))
        error = beyond(f, x)
        if error <= _near(f):
            return Minimum(x=x, value=value, below=value, error=error, unique=True)
    convex = np.zeros(f.dim)
    below = 0.0
    if f.l2:
        plain = f.replace(nonconvex=0.0)
        convex, value = _descend(plain, np.zeros(f.dim))
        below = max(0.0, value - _strongly(plain, convex))
    random = np.random.default_rng(0)
    starts = [np.zeros(f.dim), convex, f.x0] + [
        random.standard_normal(f.dim) for _ in range(STARTS)
    ]
    x, value = min((_descend(f, start) for start in starts), key=lambda descent: descent[1])
    below = min(below, float(np.nextafter(value, -np.inf)))
    return Minimum(x=x, value=value, below=below, error=value - below, unique=False)


def _convex(f: LogisticLoss) -> Minimum:
    """The minimum without the non-convex regulariser: by the trust region where l2 bounds the
    distance, otherwise in the coordinates on which samples depend. Refused if a direction separates
    the classes and l2 = 0."""
    lone = None if f.l2 else lone_feature(f)
    if lone is not None:
        raise _refusal(
            f, f"f has no minimiser: {lone}, so f keeps falling as its weight grows without end"
        )
    x = np.zeros(f.dim)
    value = 0.0
    error = np.inf
    if f.l2:
        x, value = _descend(f, x)
        error = beyond(f, x)
    if error <= _near(f):
        return Minimum(x=x, value=value, below=value, error=error, unique=True)
    reduced = reduction(f)
    if reduced.loss is None:  # f is constant
        value = float(f.functions()[0](f.x0))
        return Minimum(x=np.array(f.x0), value=value, below=value, error=0.0, unique=False)
    if f.l2 and reduced.rank is None:
        raise _refusal(f, f"f comes no closer than {error:.3g} to its infimum, {value:.6g} or less")
    return _reduced_minimum(f, reduced, x if f.l2 else None)


def _reduced_minimum(f: LogisticLoss, reduced: Reduction, other: FloatArray | None) -> Minimum:
    """The minimum in the coordinates on which samples depend; at the other point if that is as
    low."""
    assert reduced.loss is not None
    end = newton(reduced.loss, WORK)
    value_of = reduced.loss.functions()[0]
    value = float(value_of(end.y))
    near = _near(f) if f.l2 else NEAR * float(value_of(np.zeros(reduced.loss.dim)))
    if end.error > near or (not f.l2 and _falls_without_end(reduced.loss, end, value)):
        raise _refusal(f, _no_minimiser(reduced.loss, end, value))
    unique = reduced.unique or f.l2 > 0
    if reduced.unique and other is None:
        other = _descend(f, np.zeros(f.dim))[0]
    x = reduced.nearest(end.y)
    error = _after(f, reduced, end, x)
    if other is not None and np.linalg.norm(other - x) <= AGREE * np.linalg.norm(x):
        # The trust region's result is kept if it is the minimum, since stored studies contain it.
        away = _after(f, reduced, end, other) + f.l2 / 2 * float(np.sum((other - x) ** 2))
        if away <= max(CLOSE * near, 4 * error):
            value = float(f.functions()[0](other))
            return Minimum(x=other, value=value, below=value, error=away, unique=unique)
    if error > near:
        raise _refusal(
            f,
            f"the features are nearly dependent, with condition number {reduced.condition:.2g}: "
            "the minimiser has "
            f"length {np.linalg.norm(x):.2g}, and rounding leaves f {error:.2g} above its "
            f"infimum, {value:.6g}",
        )
    return Minimum(x=x, value=value, below=value, error=error, unique=unique)


def _falls_without_end(f: LogisticLoss, end: Point, value: float) -> bool:
    """Whether Newton's method stopped only because the losses that still fall are below rounding:
    along the direction in which losses grow least, f is no higher even far away."""
    moved, growth = recession(f, end.away)
    if moved == 0 or growth > ALONG:
        return False
    # At a minimum f would be visibly higher there: a loss grows as its score moves.
    far = FAR / float(np.max(np.abs(margins(f, end.away))))
    return float(f.functions()[0](end.y + far * end.away)) <= value


def _after(f: LogisticLoss, reduced: Reduction, end: Point, x: FloatArray) -> float:
    """A bound on f(x) − inf f for x near the point where Newton's method ended."""
    assert reduced.loss is not None
    if not np.all(np.isfinite(x)):
        return np.inf
    ends = reduced.loss.features @ end.y.reshape(f.rows, -1).T
    moves = np.asarray((reduced.samples @ x.reshape(f.rows, -1).T - ends).T)
    return float((np.sqrt(end.error) + np.sqrt(apart(reduced.loss, end.y, moves))) ** 2)


def _no_minimiser(f: LogisticLoss, end: Point, value: float) -> str:
    """Why the minimum of f, in the coordinates on which its samples depend, was not found."""
    n = len(f.labels)
    near = f"f comes no closer than {end.error:.3g} to its infimum, {value:.6g} or less"
    if not np.isfinite(end.error):
        near = f"rounding hides how near f comes to its infimum, {value:.6g} or less"
    if f.l2:
        return near
    if end.end == "separable":
        how = (
            "a plane separates the two classes"
            if f.rows == 1
            else "planes separate every class from each other"
        )
        return (
            f"f has no minimiser: the data are separable ({how}), and f approaches its "
            "infimum, 0, only at infinity"
        )
    if end.end == "work":
        size = f"{n} samples, {f.features.shape[1]} features and {f.classes} classes"
        return f"{size} take more than {WORK:.0e} operations to minimise f; f reached {value:.6g}"
    moved, growth = recession(f, end.away)
    if growth <= ALONG:
        return (
            "f has no minimiser: the data are quasi-separable (along one direction the losses of "
            f"{moved} of {n} "
            "samples keep falling and no other loss rises), and f approaches its infimum, "
            f"{value:.6g} or less, only at infinity"
        )
    return near


def _refusal(f: LogisticLoss, reason: str) -> InputError:
    return InputError.listing([f"l2 = {f.l2}: must be larger, for {reason}"])


def beyond(f: LogisticLoss, x: FloatArray) -> float:
    """A bound on f(x) − inf f, by strong convexity or by Newton's decrement."""
    error = _strongly(f, x)
    if f.dim > EXPLICIT:
        return error
    grad = f.functions()[1](x)
    step = _newton_step(f, x, grad) if np.any(grad) else np.zeros(f.dim)
    decrement = 0.5 * float(grad @ step)
    if f.nonconvex == 0:  # the remaining part of ∇f is l2 times the remaining distance
        left = grad - f.hessian_product(x, step) + f.l2 * step
        decrement = (
            duality_gap(f, x, step)[0]
            - f.l2 / 2 * float(step @ step)
            + float(left @ left) / (2 * f.l2)
        )
    return min(error, decrement if decrement >= 0 else np.inf)


def _strongly(f: LogisticLoss, x: FloatArray) -> float:
    """The bound ‖∇f(x)‖²/(2μ) on f(x) − inf f, ∞ where f is not strongly convex."""
    return (
        float(np.sum(f.functions()[1](x) ** 2)) / (2 * f.convexity) if f.convexity > 0 else np.inf
    )


def _near(f: LogisticLoss) -> float:
    return NEAR * max(1.0, float(f.functions()[0](np.zeros(f.dim))))


def _descend(f: LogisticLoss, start: FloatArray) -> tuple[FloatArray, float]:
    """Descend to a stationary point; returns it and f there."""
    value, gradient = f.functions()
    newton = (
        {"method": "trust-exact", "hess": f.hessian}
        if f.dim <= EXPLICIT
        else {
            "method": "trust-krylov",
            "hessp": _products(f),
        }
    )
    scale = float(np.linalg.norm(gradient(np.zeros(f.dim))))
    options = {"gtol": 1e-9 * max(scale, 1e-300), "maxiter": 2000}
    with np.errstate(all="ignore"):
        x = np.asarray(
            scipy.optimize.minimize(value, start, jac=gradient, options=options, **newton).x
        )
        # The method stops where f no longer changes; full steps go on where ∇f still does.
        for _ in range(POLISH):
            tried = x - _newton_step(f, x, gradient(x))
            if not np.linalg.norm(gradient(tried)) < np.linalg.norm(gradient(x)):
                break
            x = tried
    return x, float(value(x))


def _products(f: LogisticLoss) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """(x, v) ↦ ∇²f(x)v, which computes the probabilities at the last x once."""
    last: list[Any] = []

    def product(x: FloatArray, v: FloatArray) -> FloatArray:
        if not last or not np.array_equal(last[0], x):
            last[:] = [np.array(x), f.hessian_at(x)]
        return np.asarray(last[1](v))

    return product


def _newton_step(f: LogisticLoss, x: FloatArray, grad: FloatArray) -> FloatArray:
    """∇²f(x)⁻¹∇f(x), solved in coordinates scaled to curvature 1; NaN if there is no solution."""
    if f.dim > EXPLICIT:
        product = f.hessian_at(x)
        operator = scipy.sparse.linalg.LinearOperator(
            (f.dim, f.dim), matvec=lambda v: product(v.reshape(-1)), dtype=float
        )
        return np.asarray(scipy.sparse.linalg.cg(operator, grad, rtol=1e-10, maxiter=1000)[0])
    H = f.hessian(x)
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(H)), 1e-300))
    step = scale * np.linalg.lstsq(scale[:, None] * H * scale, scale * grad, rcond=1e-13)[0]
    unsolved = np.linalg.norm(scale * (H @ step - grad)) > 1e-3 * np.linalg.norm(scale * grad)
    return np.asarray(step * (np.nan if unsolved else 1.0))
