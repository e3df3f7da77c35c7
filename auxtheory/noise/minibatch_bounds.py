"""Certified bounds on the variance of minibatch gradients of a logistic pair at all x."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy

from auxtheory.problems.logistic.features import squared_lengths
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.pair import LogisticPair
from auxtheory.typing import FloatArray

MAX_NUMBERS = 2**21  # numbers in the gradients of single samples in memory at once


def share(batch: int, replacement: bool, n: int) -> float:
    """The variance of a batch's mean over that of one sample: 1/b, or (n − b)/(b(n − 1)) without
    replacement."""
    if replacement:
        return 1 / batch
    return 0.0 if n == 1 else (n - batch) / (batch * (n - 1))


def bounds(pair: LogisticPair, order: Any, batch: int, replacement: bool) -> dict[str, float]:
    """Certified bounds of σ_f, σ_h, σ_r at all x, and of what sampling adds to δ in mean square;
    order: the sample of g that goes with each of f, or None.

    One sample of f has length at most q n cᵢ‖aᵢ‖, q = 1 for two classes and √2 for more, and E‖g −
    Eg‖² ≤ E‖g‖². Of r, with equal features, a sample is n((c − w)p − (cy − wy′)) ⊗ a with
    probabilities p, at most n(ρ|c − w| + ‖(c − w)p̄ − (cy − wy′)‖)‖a‖ where p̄ is even and ρ the
    farthest from it; where c = w it is a constant, whose variance is exact. Otherwise σ_r ≤ σ_f +
    σ_g (at ρ = −1), or √(σ_f² + σ_g²) if independent. Mean square: a sample of r has curvature at
    most n|c − w| q̃‖a‖², or the sum of both.
    """
    theta = float(pair.theta[0])
    n = len(pair.f.labels)
    m = len(pair.g.labels)
    part = share(batch, replacement, n)
    other = share(batch, replacement, m)
    f, g = (np.sqrt(p * np.mean(_lengths(o) ** 2)) for o, p in ((pair.f, part), (pair.g, other)))
    bent = curvatures(pair.f), curvatures(pair.g)
    if order is None:
        r = np.hypot(f, g)
        bends = np.sqrt(part * np.mean(bent[0] ** 2) + other * np.mean(bent[1] ** 2))
    elif pair.g.features is pair.f.features and np.array_equal(order, np.arange(n)):
        r, bends = _same(pair, part)
    else:
        r = f + g
        bends = np.sqrt(part * np.mean((bent[0] + bent[1][order]) ** 2))
    h = f if theta == 0 else (1 - theta) * f + theta * g
    return {
        "sigma_f": float(f),
        "sigma_h": float(h),
        "bound_r": float(theta * r),
        "mean_square": float(theta * bends),
    }


def _same(pair: LogisticPair, part: float) -> tuple[float, float]:
    """σ_r and the mean-square curvature of r with equal features and equal indices."""
    f = pair.f
    g = pair.g
    n = len(pair.f.labels)
    difference = f.weights - g.weights
    rho = 0.5 if f.rows == 1 else float(np.sqrt(1 - 1 / f.rows))
    zero = np.zeros(f.dim)

    def still(some: Any) -> tuple[Any, ...]:
        return (f.each(zero, some) - g.each(zero, some),)

    if not np.any(difference):
        return float(np.sqrt(part * sample_variances(still, f)[0])), 0.0
    lengths = np.concatenate([np.sqrt(squared_lengths(still(some)[0])) for some in pieces(f)])
    lengths += n * rho * np.abs(difference) * np.sqrt(f.squared_lengths)
    bends = n * np.abs(difference) * f.steepest * f.squared_lengths
    return float(np.sqrt(part * np.mean(lengths**2))), float(np.sqrt(part * np.mean(bends**2)))


def _lengths(objective: LogisticLoss) -> FloatArray:
    """The largest length of each sample's gradient, (n,)."""
    reach = 1.0 if objective.rows == 1 else np.sqrt(2.0)
    return np.asarray(
        len(objective.labels) * objective.weights * reach * np.sqrt(objective.squared_lengths)
    )


def curvatures(objective: LogisticLoss) -> FloatArray:
    """The largest curvature of each sample, (n,)."""
    n = len(objective.labels)
    return np.asarray(n * objective.weights * objective.steepest * objective.squared_lengths)


def sample_variances(parts: Callable[[Any], Sequence[Any]], objective: LogisticLoss) -> list[float]:
    """The variance of the vector of one sample, drawn evenly: the mean squared distance from the
    mean.

    parts(some) returns vectors of some samples of the objective, (samples, d) each; it is called
    for pieces, to limit memory.
    """
    n = len(objective.labels)
    places = pieces(objective)
    first = parts(places[0])
    totals = [_sums(vectors) for vectors in first]
    for some in places[1:]:
        totals = [
            total + _sums(vectors) for total, vectors in zip(totals, parts(some), strict=True)
        ]
    squares: list[list[FloatArray]] = [[] for _ in totals]
    for some in places:
        for column, vectors, total in zip(
            squares, parts(some) if places[1:] else first, totals, strict=True
        ):
            column.append(_squares(vectors, total / n))
    return [float(np.mean(np.concatenate(column))) for column in squares]


def pieces(objective: LogisticLoss) -> list[slice]:
    """Slices of the samples whose gradients have at most MAX_NUMBERS entries, but with at least one
    sample each."""
    n, p = objective.features.shape
    features = objective.features
    per_sample = objective.rows * (features.nnz / n if scipy.sparse.issparse(features) else p)
    step = max(1, int(MAX_NUMBERS / max(1, per_sample)))
    return [slice(first, first + step) for first in range(0, n, step)]


def _sums(vectors: Any) -> FloatArray:
    return np.asarray(vectors.sum(axis=0)).reshape(-1)


def _squares(vectors: Any, mean: FloatArray) -> FloatArray:
    """‖v − mean‖² of each vector."""
    if scipy.sparse.issparse(vectors):
        return np.maximum(squared_lengths(vectors) - 2 * (vectors @ mean) + mean @ mean, 0.0)
    return np.asarray(np.sum((vectors - mean) ** 2, axis=1))
