"""Newton's method on a logistic objective with little or no regulariser, and a bound on the
distance to its infimum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import scipy

from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.separation import recession, separable
from auxtheory.typing import Array, FloatArray

End: TypeAlias = Literal["converged", "separable", "stuck", "work"]

EXPLICIT = 1000  # the most coordinates for which Hessians are formed
STEPS = 100  # the most steps of Newton's method
ENOUGH = 1e-28  # share of f(0): no further step is taken below this error
SHORT = 0.25  # the largest change of scores for which full steps converge
ARMIJO = 0.1  # required share of the decrease along the tangent
SMALLEST_PART = 1e-12
# residuals of conjugate gradients, relative
EXACT = 1e-8
LOOSE = 0.1
SERIES = 1e-3  # up to here e + (1 − e) ln(1 − e) loses digits as a sum


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """The end of Newton's method: y, a bound on f(y) − inf f (∞ if unknown), the step along which
    the losses of samples grow least, and why it ended: "converged", all samples classified
    correctly ("separable"), no progress ("stuck"), too much "work"."""

    y: FloatArray
    error: float
    away: FloatArray
    end: End


def newton(f: LogisticLoss, work: float) -> Point:
    """Newton's method from 0 on a convex f whose features have full column rank, or are many: full
    steps where scores change little, otherwise steps that are halved until f decreases. work: the
    most floating-point operations."""
    value, gradient = f.functions()
    y = np.zeros(f.dim)
    away = np.zeros(f.dim)
    grows = np.inf
    end: End = "stuck"
    first = float(value(y))
    steepest = float(np.linalg.norm(gradient(y)))
    best = y
    least = np.inf
    for _ in range(STEPS):
        grad = _centred(f, gradient(y))
        step, spent = newton_step(f, y, grad, steepest)
        work -= spent
        error, size = duality_gap(f, y, step)
        if size <= SHORT:
            end = "converged"
            if not error < least:
                break  # rounding
            best = y
            least = error
        growth = recession(f, -step)[1]
        away, grows = (step, growth) if growth < grows else (away, grows)
        part = 1.0 if size <= SHORT else _part(value, y, step, float(grad @ step))
        if least <= ENOUGH * first or part == 0:
            break
        end = "separable" if not f.l2 and separable(f, y) else "work" if work < 0 else end
        if end in ("separable", "work"):
            break
        y = y - part * step
    return Point(y=best if end == "converged" else y, error=least, away=-away, end=end)


def _part(value: Callable[[Array], Array], y: FloatArray, step: FloatArray, slope: float) -> float:
    """The share of a step that decreases f sufficiently; 0 if none does, as where f is constant up
    to rounding."""
    start = float(value(y))
    part = 1.0 if np.isfinite(slope) else 0.0
    while part > SMALLEST_PART:
        if float(value(y - part * step)) < start - ARMIJO * part * slope:
            return part
        part /= 2
    return 0.0


def _centred(f: LogisticLoss, v: FloatArray) -> FloatArray:
    """v without the part that is equal in all classes, on which f does not depend."""
    if f.rows == 1:
        return v
    rows = v.reshape(f.rows, -1)
    return np.asarray((rows - np.mean(rows, axis=0)).reshape(-1))


def newton_step(
    f: LogisticLoss, y: FloatArray, grad: FloatArray, steepest: float
) -> tuple[FloatArray, float]:
    """The shortest v with ∇²f(y)v = grad, NaN if it cannot be computed, and the number of
    operations used."""
    n, p = f.features.shape
    if f.dim > EXPLICIT:
        return _by_products(f, y, grad, steepest)
    H = f.hessian(y)
    if f.rows > 1:  # gives the common shift of all classes a curvature
        blocks = H.reshape(f.rows, p, f.rows, p)
        blocks += np.trace(H) / f.dim * np.eye(p)[None, :, None, :]
    scale = 1 / np.sqrt(np.maximum(np.diag(H), 1e-300))
    try:
        step = scale * scipy.linalg.cho_solve(
            scipy.linalg.cho_factor(scale[:, None] * H * scale), scale * grad
        )
    except (scipy.linalg.LinAlgError, ValueError):
        step = np.full(f.dim, np.nan)
    return _centred(f, step), n * float(f.dim) ** 2 + float(f.dim) ** 3


def _by_products(
    f: LogisticLoss, y: FloatArray, grad: FloatArray, steepest: float
) -> tuple[FloatArray, float]:
    """`newton_step` by conjugate gradients, with more accuracy closer to the minimum, down to
    rounding."""
    count = 0

    def product(v: FloatArray) -> FloatArray:
        nonlocal count
        count += 1
        return f.hessian_product(y, v.reshape(-1))

    operator = scipy.sparse.linalg.LinearOperator((f.dim, f.dim), matvec=product, dtype=float)
    size = max(float(np.linalg.norm(grad)), 1e-300)
    rtol = max(EXACT, min(LOOSE, size / steepest), 1e-15 * steepest / size)
    step = _centred(f, scipy.sparse.linalg.cg(operator, grad, rtol=rtol, maxiter=1000)[0])
    entries = f.features.size if isinstance(f.features, np.ndarray) else f.features.nnz
    return step, 4.0 * count * entries * f.rows


def duality_gap(f: LogisticLoss, y: FloatArray, step: FloatArray) -> tuple[float, float]:
    """A bound on f(y) − inf f, from the Newton step at y; and the largest change of a score by the
    step.

    p being the probabilities at y and u the scores of the step, p′ = p(1 − e) with e = u − Σ pₖuₖ
    has the moments of the labels, Σ cᵢ p′ᵢaᵢᵀ = Σ cᵢ bᵢaᵢᵀ, which is the equation of the step. If
    p′ > 0, the minimum is attained, and by Fenchel's duality not below Σ cᵢ H(p′ᵢ), H being the
    entropy, which f(y) exceeds by Σ cᵢ KL(p′ᵢ‖pᵢ) = Σ cᵢ Σₖ pₖψ(eₖ), ψ(e) = e + (1 − e) ln(1 − e) ≈
    e²/2. Small curvatures and dependent features do not make the bound worse. Otherwise it is ∞. A
    regulariser adds (l2/2)‖step‖².
    """
    p, u = (_scores(f, v) for v in (y, step))
    p = scipy.special.softmax(p, axis=0)
    e = u - np.sum(p * u, axis=0)
    used = f.weights > 0
    size = float(np.max(np.abs(e[:, used]), initial=0.0))
    if not size < 1:
        return np.inf, size
    near = e * e / 2 * (1 + e / 3 + e * e / 6)
    psi = np.where(np.abs(e) <= SERIES, near, e + (1 - e) * np.log1p(-np.where(used, e, 0.0)))
    return float(np.sum(p * psi, axis=0)[used] @ f.weights[used]) + f.l2 / 2 * float(
        step @ step
    ), size


def _scores(f: LogisticLoss, x: FloatArray) -> FloatArray:
    """One score for each class, also for two classes, (C, n)."""
    scores = np.asarray((f.features @ x.reshape(f.rows, -1).T).T)
    return np.concatenate([np.zeros_like(scores), scores]) if f.rows == 1 else scores


def apart(f: LogisticLoss, y: FloatArray, moves: FloatArray) -> float:
    """½ Σ cᵢ Var(uᵢ) under the probabilities at y: the increase of f from its minimum by small
    moves u of the scores, (rows, n); ∞ for moves that are not small."""
    p = scipy.special.softmax(_scores(f, y), axis=0)
    u = np.concatenate([np.zeros_like(moves), moves]) if f.rows == 1 else moves
    away = u - np.sum(p * u, axis=0)
    return (
        float(np.sum(p * away**2, axis=0) @ f.weights) / 2
        if np.max(np.abs(away), initial=0.0) <= SHORT
        else np.inf
    )
