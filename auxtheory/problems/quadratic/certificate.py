"""Measuring the constants of a quadratic pair from gradients at points, independently of how it was
made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.problems.base import Check, Gradients, Pair
from auxtheory.problems.certificate import GRADIENT_ROUNDING, compared, covered, excess_floor
from auxtheory.problems.spectral import rounding
from auxtheory.typing import FloatArray

# Eigenvalues (d,), and eigenvectors as columns (d, d).
Spectrum: TypeAlias = tuple[FloatArray, FloatArray]

# Distance at which ∇r is measured, in units of the scale of all other points, so that a small gap
# is visible next to a bias.
FARTHEST = 1e60


def bias_map(
    A: FloatArray, R: FloatArray, spectrum: Spectrum | None = None, floor: float = 1e-13
) -> tuple[FloatArray, float]:
    """(C, κ): C = RA⁻¹ on A's range, in A's eigenbasis, and κ = ‖C‖, ∞ if R does not vanish where A
    does.

    Diagonal A and R as vectors give C as a vector; matrices give C with a column for each
    eigenvector kept: those with an eigenvalue above `floor` of the largest. spectrum: eigenvalues
    and eigenvectors of A, if known more accurately than from its rounded entries.
    """
    if A.ndim == 1:
        C, kappa = diagonal_map(A, R)
        return C, float(kappa)
    values, vectors = np.linalg.eigh(A) if spectrum is None else spectrum
    kept = values > floor * np.max(values)
    with np.errstate(over="ignore"):
        C = R @ vectors[:, kept] / values[kept]
    if not np.all(np.isfinite(C)):
        return C, float("inf")
    if np.linalg.norm(R @ vectors[:, ~kept]) > GRADIENT_ROUNDING * np.linalg.norm(R):
        return C, float("inf")
    return C, float(np.linalg.norm(C, ord=2))


def diagonal_map(A: FloatArray, R: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`bias_map` of diagonal matrices, shape (..., d): C of that shape and κ of shape (...)."""
    outside = np.any((A == 0) & (R != 0), axis=-1, keepdims=True)
    with np.errstate(over="ignore"):
        C = np.divide(R, A, out=np.zeros_like(A), where=(A != 0) & ~outside)
    return C, np.where(outside[..., 0], np.inf, np.max(np.abs(C), axis=-1))


def worst_bias(C: FloatArray, b: FloatArray, beta: float) -> FloatArray:
    """u = (βI − CᵀC)⁻¹Cᵀb, the gradient ∇f (in A's eigenbasis) at which ‖∇r‖² − β‖∇f‖² is
    largest."""
    if C.ndim == 1:
        slack = beta - C**2
        return np.divide(C * b, slack, out=np.zeros(len(b)), where=C * b != 0)
    return np.asarray(np.linalg.lstsq(beta * np.eye(C.shape[1]) - C.T @ C, C.T @ b, rcond=None)[0])


def measure(pair: Pair, samples: int, seed: int) -> Iterator[Check]:
    """Measure Hessians by gradient differences; L, δ by their eigenvalues, μ by the curvature
    along A's eigenvectors; ζ as the largest excess ‖∇r‖² − β‖∇f‖² over random points and the
    worst one; F0 by integrating ∇f from x* to x⁰. NaN: δ where ∇r is not ∇f − ∇h up to rounding,
    F0 where `gap` differs from it. A matrix whose rounding does not determine μ to 10⁻⁹ of its
    value fails."""
    d = pair.dim
    g = pair.gradients()
    count = len(pair.x0)
    stated = pair.constants()
    beta = np.broadcast_to(stated.beta, (count,))
    random = np.random.default_rng(seed).standard_normal((samples, d))
    # The largest of the start's distance from x*, of the distance at which ∇f exceeds the bias, and
    # of ‖x*‖, so that differences keep digits
    far = np.max(np.abs(pair.x0 - pair.x_star), axis=-1)
    away = np.max(np.abs(pair.x_star))
    scale = np.maximum(np.maximum(far, np.asarray(stated.zeta) / np.asarray(stated.L)), away)
    points = pair.x_star + scale[:, None, None] * np.vstack([np.eye(d), np.zeros((1, d)), random])
    f = g.f(points)
    gaps = _gap_hessians(g, pair.x_star, stated, scale)
    spectra = _spectra(
        g, pair.x_star, (f[:, :d] - f[:, d, None]) / scale[:, None, None], f[:, d], scale
    )
    bias = g.r(points[:, d : d + 1])[:, 0]
    ways = np.array(
        [_worst_way((gaps[i] + gaps[i].T) / 2, bias[i], beta[i], spectra[i]) for i in range(count)]
    )
    # The worst point may be too close to x* for floats; gradients are linear, so a point farther
    # out serves as well.
    share = np.minimum(np.linalg.norm(ways, axis=-1) / scale, 1.0)[:, None]
    way = np.divide(ways, share, out=np.zeros_like(ways), where=share > 0)
    worst = pair.x_star + way[:, None]
    x = np.concatenate([points, worst], axis=1)
    f = g.f(x)
    h = g.h(x)
    r = g.r(x)
    slope = np.sum((pair.x0 - pair.x_star) * g.f(pair.x0[:, None])[:, 0], axis=-1) / 2
    blur = 8 * np.finfo(float).eps * np.sqrt(d) * (1 + away / scale)  # of a direction
    for i in range(count):
        missed = share[i] * (worst[i, 0] - pair.x_star - way[i])  # since the worst point is rounded
        near_f, near_r = (
            np.vstack([v[:-1], v[d] + share[i] * (v[-1] - v[d])]) for v in (f[i], r[i])
        )
        values, size = _constants(near_f, near_r, gaps[i], beta[i], spectra[i], (scale[i], missed))
        steep = (values["L"] + values["delta"]) * np.linalg.norm(
            x[i] - pair.x_star, axis=-1, keepdims=True
        )
        if np.any(
            np.abs(f[i] - h[i] - r[i])
            > rounding(d) * (steep + np.abs(f[i]) + np.abs(h[i]) + np.abs(r[i]))
        ):
            values["delta"] = float("nan")
        rest = (
            float(np.linalg.norm(f[i, d])),
            float(abs(slope[i] - pair.gap(pair.x0[:, None])[i, 0])),
        )
        sound = rest[0] <= 1e-9 * values["L"] * far[i] and rest[1] <= 1e-9 * slope[i]
        values["F0"] = float(slope[i]) if sound else float("nan")
        size["zeta"] += 1e-5 * values["L"] * float(np.linalg.norm(ways[i]))
        size["mu"] = 1e9 * (blur[i] * abs(values["mu"]) + blur[i] ** 2 * values["L"])
        if not np.ravel(stated.mu)[i if np.ndim(stated.mu) else 0]:
            size["mu"] = values["L"]  # μ = 0 claims nothing
        yield from compared(stated, values, i, size)


def _gap_hessians(
    g: Gradients, centre: FloatArray, stated: Constants, scale: FloatArray
) -> FloatArray:
    """∇²r of each configuration, shape (C, d, d), from ∇r at points where it exceeds the bias,
    since in ∇f − ∇h a small gap would be lost to rounding."""
    delta = np.asarray(stated.delta)
    far = np.divide(stated.zeta, delta, out=np.zeros_like(scale), where=delta > 0)
    far = np.maximum(scale, np.minimum(far, FARTHEST * scale))[:, None, None]
    d = len(centre)
    r = g.r(centre + far * np.vstack([np.eye(d), np.zeros((1, d))]))
    return np.asarray((r[:, :d] - r[:, d, None]) / far)


def _spectra(
    g: Gradients, centre: FloatArray, hessians: FloatArray, rest: FloatArray, scale: FloatArray
) -> list[Spectrum]:
    """The eigenvectors of each Hessian, given by rows, and as eigenvalues the growth of ∇f (`rest`
    at x*) along them over a distance of `scale`. Their error is of second order in the
    eigenvector's, so they keep the digits that small eigenvalues of a matrix lose."""
    _, vectors = np.linalg.eigh((hessians + np.swapaxes(hessians, 1, 2)) / 2)
    directions = np.swapaxes(vectors, 1, 2)
    far = scale[:, None]
    values = (
        np.sum(directions * (g.f(centre + far[..., None] * directions) - rest[:, None]), axis=-1)
        / far
    )
    return list(zip(values, vectors, strict=True))


def _worst_way(R: FloatArray, b: FloatArray, beta: float, spectrum: Spectrum) -> FloatArray:
    """x − x* at which ‖∇r‖² − β‖∇f‖² is largest; 0 if there is no gap."""
    values, vectors = spectrum
    C, kappa = bias_map(np.diag(values), R, spectrum)
    size = np.linalg.norm(R, 2)
    length = np.linalg.norm(b)
    if not size or not length or not np.isfinite(kappa) or not np.isfinite(beta):
        return np.zeros(len(b))
    if np.linalg.norm((R / size) @ (b / length)) <= 1e-9:
        return np.zeros(len(b))
    kept = values > 1e-13 * np.max(values)
    return np.asarray(vectors[:, kept] @ (worst_bias(C, b, beta) / values[kept]))


def _constants(
    f: FloatArray,
    r: FloatArray,
    R: FloatArray,
    beta: float,
    spectrum: Spectrum,
    lengths: tuple[float, FloatArray],
) -> tuple[dict[str, float], dict[str, float]]:
    """L, μ, δ, κ² and ζ of one configuration from R and gradients at x* + scale·eᵢ, x*, and further
    points; and the size to which an error of ζ is relative, if larger than ζ. lengths: the scale,
    and the error of the worst point."""
    d = len(R)
    scale, missed = lengths
    A = (f[:d] - f[d]) / scale
    L = float(np.linalg.norm(A, 2))
    delta = float(np.linalg.norm(R, 2))
    symmetric = np.linalg.norm(A - A.T, 2) <= GRADIENT_ROUNDING * L  # true of any ∇f
    # Each point has its own rounding error, which is almost 0 at x*.
    squares = np.sum(r[d:] ** 2, -1)
    cover = covered(beta, np.sum(f[d:] ** 2, -1))
    lost = (
        covered(beta, np.sum((A @ missed) ** 2, keepdims=True))
        if np.isfinite(beta)
        else np.zeros(1)
    )
    zeta, size = excess_floor(squares[None], cover[None], 2 * lost)
    values = {
        "L": L,
        "mu": float(np.min(spectrum[0])) if symmetric else float("nan"),
        "delta": delta,
        "beta": bias_map(A, (R + R.T) / 2, spectrum)[1] ** 2,
        "zeta": float(zeta[0]),
    }
    return values, {"zeta": float(size[0])}
