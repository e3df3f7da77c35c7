"""The constants of a quadratic pair measured from values and gradients at points, without looking at its matrices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auxtheory.problems.base import Check, Pair
from auxtheory.units import FloatArray

ROUNDING = 1e-12  # what differences of gradients leave of a zero, relative


def bias_map(A: FloatArray, R: FloatArray) -> tuple[FloatArray, float]:
    """(C, κ): C = RA⁻¹ on A's range, in A's eigenbasis, and κ = ‖C‖, ∞ if R does not vanish where A does.

    Diagonal A and R as vectors give C as a vector; matrices give C with a column for each eigenvector kept.
    """
    if A.ndim == 1:
        if np.any((A == 0) & (R != 0)):
            return np.zeros_like(A), float("inf")
        ratios = np.divide(R, A, out=np.zeros(len(A)), where=A != 0)
        return ratios, float(np.max(np.abs(ratios)))
    values, vectors = np.linalg.eigh(A)
    kept = values > 1e-13 * values[-1]
    C = R @ vectors[:, kept] / values[kept]
    if np.linalg.norm(R @ vectors[:, ~kept]) > ROUNDING * np.linalg.norm(R):
        return C, float("inf")
    return C, float(np.linalg.norm(C, ord=2))


def worst_bias(C: FloatArray, b: FloatArray, beta: float) -> FloatArray:
    """u = (βI − CᵀC)⁻¹Cᵀb, the gradient ∇f (in A's eigenbasis) at which ‖∇r‖² − β‖∇f‖² is largest."""
    if C.ndim == 1:
        slack = beta - C**2
        return np.divide(C * b, slack, out=np.zeros(len(b)), where=C * b != 0)
    return np.asarray(np.linalg.lstsq(beta * np.eye(C.shape[1]) - C.T @ C, C.T @ b, rcond=None)[0])


def measure(pair: Pair, samples: int, seed: int) -> Iterator[Check]:
    """Hessians by gradient differences; L, μ, δ by their eigenvalues; ζ as the largest excess ‖∇r‖² − β‖∇f‖² over
    random points and the worst one; F0 by integrating ∇f from x* to x⁰, and NaN where `gap` says otherwise."""
    d, g, count, stated = pair.dim, pair.gradients(), len(pair.x0), pair.constants()
    told = {name: np.broadcast_to(getattr(stated, name), (count,)) for name in stated.names()}
    random = np.random.default_rng(seed).standard_normal((samples, d))
    points = pair.x_star + np.vstack([np.eye(d), np.zeros((1, d)), random])
    everywhere = np.broadcast_to(points, (count, *points.shape))
    f, h = g.f(everywhere), g.h(everywhere)
    worst = pair.x_star + np.zeros((count, 1, d))
    for i in range(count):
        A, R = f[i, :d] - f[i, d], (f[i, :d] - h[i, :d]) - (f[i, d] - h[i, d])
        worst[i, 0] += _worst_point((A + A.T) / 2, (R + R.T) / 2, f[i, d] - h[i, d], told["beta"][i])
    f, h = np.concatenate([f, g.f(worst)], axis=1), np.concatenate([h, g.h(worst)], axis=1)
    slope = np.sum((pair.x0 - pair.x_star) * g.f(pair.x0[:, None])[:, 0], axis=-1) / 2
    for i in range(count):
        values = _constants(f[i], f[i] - h[i], d, told["beta"][i])
        rest = float(np.linalg.norm(f[i, d])), float(abs(slope[i] - pair.gap(pair.x0[:, None])[i, 0]))
        sound = rest[0] <= 1e-9 * values["L"] and rest[1] <= 1e-9 * slope[i]
        values["F0"] = float(slope[i]) if sound else float("nan")
        far = 1e-5 * values["L"] * float(np.linalg.norm(worst[i, 0] - pair.x_star))
        size = {"mu": values["L"], "delta": values["L"] + values["delta"], "zeta": far}
        for name, value in values.items():
            own = float(told[name][i])
            scale = max(size.get(name, 0.0), abs(own) if np.isfinite(own) else 0.0)
            yield Check(name, i, own, value, "certified" if name == "beta" else stated.kinds[name], scale)


def _worst_point(A: FloatArray, R: FloatArray, b: FloatArray, beta: float) -> FloatArray:
    """x − x* at which ‖∇r‖² − β‖∇f‖² is largest; 0 where there is no gap to speak of."""
    C, kappa = bias_map(A, R)
    small = np.linalg.norm(R, 2) <= ROUNDING * np.linalg.norm(A, 2)
    if small or not np.isfinite(kappa) or not np.isfinite(beta) or np.linalg.norm(R @ b) <= 1e-9 * np.linalg.norm(b):
        return np.zeros(len(b))
    values, vectors = np.linalg.eigh(A)
    kept = values > 1e-13 * values[-1]
    return np.asarray(vectors[:, kept] @ (worst_bias(C, b, beta) / values[kept]))


def _constants(f: FloatArray, r: FloatArray, d: int, beta: float) -> dict[str, float]:
    """L, μ, δ, κ² and ζ of one configuration from gradients at x* + eᵢ, x*, and further points."""
    A, R = f[:d] - f[d], r[:d] - r[d]
    L, delta = float(np.linalg.norm(A, 2)), float(np.linalg.norm(R, 2))
    symmetric = np.linalg.norm(A - A.T, 2) <= ROUNDING * L  # else ∇f is no gradient
    gap = (R + R.T) / 2 * (delta > ROUNDING * L)
    squares, lengths = np.sum(r[d:] ** 2, -1), np.sum(f[d:] ** 2, -1)
    covered = np.where(lengths == 0, 0.0, beta * np.where(lengths == 0, 1.0, lengths))
    excess = float(np.max(squares - covered))
    return {
        "L": L,
        "mu": float(np.linalg.eigvalsh((A + A.T) / 2)[0]) if symmetric else float("nan"),
        "delta": delta,
        "beta": bias_map((A + A.T) / 2, gap)[1] ** 2,
        "zeta": float(np.sqrt(excess)) if excess > ROUNDING * float(np.max(squares)) else 0.0,
    }
