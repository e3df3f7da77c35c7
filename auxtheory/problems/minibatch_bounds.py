"""How much minibatch gradients of a logistic pair can vary: certified for all x from the samples alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.problems.features import squared_lengths
from auxtheory.problems.logistic_loss import LogisticLoss
from auxtheory.problems.logistic_pair import LogisticPair
from auxtheory.units import FloatArray


def share(batch: int, replacement: bool, n: int) -> float:
    """The variance of a batch's mean over that of one sample: 1/b, or (n − b)/(b(n − 1)) without replacement."""
    if replacement:
        return 1 / batch
    return 0.0 if n == 1 else (n - batch) / (batch * (n - 1))


def bounds(pair: LogisticPair, order: Any, batch: int, replacement: bool) -> dict[str, float]:
    """Certified bounds of σ_f, σ_h, σ_r at all x, and of what sampling adds to δ in mean square; order: the sample of g
    that goes with each of f, or None.

    One sample of f has length at most q n cᵢ‖aᵢ‖, q = 1 for two classes and √2 for more, and E‖g − Eg‖² ≤ E‖g‖². Of
    r, with equal features, a sample is n((c − w)p − (cy − wy′)) ⊗ a with probabilities p, at most n(ρ|c − w| +
    ‖(c − w)p̄ − (cy − wy′)‖)‖a‖ where p̄ is even and ρ the farthest from it; where c = w it is a constant, whose
    variance is exact. Else σ_r ≤ σ_f + σ_g (at ρ = −1), or √(σ_f² + σ_g²) if independent.
    Mean square: a sample of r has curvature at most n|c − w| q̃‖a‖², or the sum of both.
    """
    theta, n, m = float(pair.theta[0]), len(pair.f.labels), len(pair.g.labels)
    part, other = share(batch, replacement, n), share(batch, replacement, m)
    f, g = (np.sqrt(p * np.mean(_lengths(o) ** 2)) for o, p in ((pair.f, part), (pair.g, other)))
    bent = curvatures(pair.f), curvatures(pair.g)
    if order is None:
        r, bends = np.hypot(f, g), np.sqrt(part * np.mean(bent[0] ** 2) + other * np.mean(bent[1] ** 2))
    elif pair.g.features is pair.f.features and np.array_equal(order, np.arange(n)):
        r, bends = _same(pair, part)
    else:
        r, bends = f + g, np.sqrt(part * np.mean((bent[0] + bent[1][order]) ** 2))
    h = f if theta == 0 else (1 - theta) * f + theta * g
    return {"sigma_f": float(f), "sigma_h": float(h), "bound_r": float(theta * r), "mean_square": float(theta * bends)}


def _same(pair: LogisticPair, part: float) -> tuple[float, float]:
    """σ_r and the mean-square curvature of r with equal features and equal indices."""
    f, g, n = pair.f, pair.g, len(pair.f.labels)
    gap = f.weights - g.weights
    rho = 0.5 if f.rows == 1 else float(np.sqrt(1 - 1 / f.rows))
    still = f.each(np.zeros(f.dim)) - g.each(np.zeros(f.dim))
    if not np.any(gap):
        return float(np.sqrt(part * spread(still))), 0.0
    lengths = np.linalg.norm(still, axis=1) + n * rho * np.abs(gap) * np.sqrt(squared_lengths(f.features))
    bends = n * np.abs(gap) * f.steepest * squared_lengths(f.features)
    return float(np.sqrt(part * np.mean(lengths**2))), float(np.sqrt(part * np.mean(bends**2)))


def _lengths(objective: LogisticLoss) -> FloatArray:
    """The largest length of each sample's gradient, (n,)."""
    reach = 1.0 if objective.rows == 1 else np.sqrt(2.0)
    return np.asarray(len(objective.labels) * objective.weights * reach * np.sqrt(squared_lengths(objective.features)))


def curvatures(objective: LogisticLoss) -> FloatArray:
    """The largest curvature of each sample, (n,)."""
    n = len(objective.labels)
    return np.asarray(n * objective.weights * objective.steepest * squared_lengths(objective.features))


def spread(each: FloatArray) -> float:
    """The variance of one sample drawn evenly: the mean squared distance from the mean."""
    return float(np.mean(np.sum((each - np.mean(each, axis=0)) ** 2, axis=1)))
