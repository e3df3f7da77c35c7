"""The constants of a quadratic pair measured from gradients at points, without looking at what it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from auxtheory.problems.base import Check, Gradients, Pair
from auxtheory.problems.certificate import ROUNDING, compared, covered
from auxtheory.units import FloatArray

Spectrum: TypeAlias = tuple[FloatArray, FloatArray]  # eigenvalues (d,), and eigenvectors as columns (d, d)


def bias_map(
    A: FloatArray, R: FloatArray, spectrum: Spectrum | None = None, floor: float = 1e-13
) -> tuple[FloatArray, float]:
    """(C, κ): C = RA⁻¹ on A's range, in A's eigenbasis, and κ = ‖C‖, ∞ if R does not vanish where A does.

    Diagonal A and R as vectors give C as a vector; matrices give C with a column for each eigenvector kept: those with
    an eigenvalue above `floor` of the largest. spectrum: where it is known better than by A's rounded entries.
    """
    if A.ndim == 1:
        C, kappa = diagonal_map(A, R)
        return C, float(kappa)
    values, vectors = np.linalg.eigh(A) if spectrum is None else spectrum
    kept = values > floor * np.max(values)
    C = R @ vectors[:, kept] / values[kept]
    if np.linalg.norm(R @ vectors[:, ~kept]) > ROUNDING * np.linalg.norm(R):
        return C, float("inf")
    return C, float(np.linalg.norm(C, ord=2))


def diagonal_map(A: FloatArray, R: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`bias_map` of diagonals, shape (..., d): C of that shape and κ of shape (...)."""
    outside = np.any((A == 0) & (R != 0), axis=-1, keepdims=True)
    C = np.divide(R, A, out=np.zeros_like(A), where=(A != 0) & ~outside)
    return C, np.where(outside[..., 0], np.inf, np.max(np.abs(C), axis=-1))


def worst_bias(C: FloatArray, b: FloatArray, beta: float) -> FloatArray:
    """u = (βI − CᵀC)⁻¹Cᵀb, the gradient ∇f (in A's eigenbasis) at which ‖∇r‖² − β‖∇f‖² is largest."""
    if C.ndim == 1:
        slack = beta - C**2
        return np.divide(C * b, slack, out=np.zeros(len(b)), where=C * b != 0)
    return np.asarray(np.linalg.lstsq(beta * np.eye(C.shape[1]) - C.T @ C, C.T @ b, rcond=None)[0])


def measure(pair: Pair, samples: int, seed: int) -> Iterator[Check]:
    """Hessians by gradient differences; L, δ by their eigenvalues, μ by the curvature along A's eigenvectors; ζ as the
    largest excess ‖∇r‖² − β‖∇f‖² over random points and the worst one; F0 by integrating ∇f from x* to x⁰, and NaN
    where `gap` says otherwise. A matrix that is too coarsely rounded to tell μ to 10⁻⁹ of itself fails."""
    d, g, count, stated = pair.dim, pair.gradients(), len(pair.x0), pair.constants()
    beta = np.broadcast_to(stated.beta, (count,))
    random = np.random.default_rng(seed).standard_normal((samples, d))
    # As far from x* as the start is, or as ∇f takes to outgrow the bias, so that differences keep their digits.
    far = np.max(np.abs(pair.x0 - pair.x_star), axis=-1)
    scale = np.maximum(far, np.asarray(stated.zeta) / np.asarray(stated.L))
    points = pair.x_star + scale[:, None, None] * np.vstack([np.eye(d), np.zeros((1, d)), random])
    f, h = g.f(points), g.h(points)
    spectra = _spectra(g, pair.x_star, (f[:, :d] - f[:, d, None]) / scale[:, None, None], f[:, d], scale)
    worst = pair.x_star + np.zeros((count, 1, d))
    for i in range(count):
        A, R = (f[i, :d] - f[i, d]) / scale[i], ((f[i, :d] - h[i, :d]) - (f[i, d] - h[i, d])) / scale[i]
        worst[i, 0] += _worst_point((A + A.T) / 2, (R + R.T) / 2, f[i, d] - h[i, d], beta[i], spectra[i])
    f, h = np.concatenate([f, g.f(worst)], axis=1), np.concatenate([h, g.h(worst)], axis=1)
    slope = np.sum((pair.x0 - pair.x_star) * g.f(pair.x0[:, None])[:, 0], axis=-1) / 2
    blur = 8 * np.finfo(float).eps * np.sqrt(d) * (1 + np.max(np.abs(pair.x_star)) / scale)  # of a direction from x*
    for i in range(count):
        values = _constants(f[i], f[i] - h[i], d, beta[i], spectra[i], scale[i])
        rest = float(np.linalg.norm(f[i, d])), float(abs(slope[i] - pair.gap(pair.x0[:, None])[i, 0]))
        sound = rest[0] <= 1e-9 * values["L"] * scale[i] and rest[1] <= 1e-9 * slope[i]
        values["F0"] = float(slope[i]) if sound else float("nan")
        off = 1e-5 * values["L"] * float(np.linalg.norm(worst[i, 0] - pair.x_star))
        flat = 1e9 * (blur[i] * abs(values["mu"]) + blur[i] ** 2 * values["L"])
        size = {"mu": flat, "delta": values["L"] + values["delta"], "zeta": off}
        if not np.ravel(stated.mu)[i if np.ndim(stated.mu) else 0]:
            size["mu"] = values["L"]  # that μ is 0 promises nothing
        yield from compared(stated, values, i, size)


def _spectra(
    g: Gradients, centre: FloatArray, hessians: FloatArray, rest: FloatArray, scale: FloatArray
) -> list[Spectrum]:
    """Of each Hessian, given by rows, the eigenvectors; and for eigenvalues, how ∇f (`rest` at x*) grows along them
    over a distance of `scale`: of second order in an eigenvector's error, which keeps the digits that small eigenvalues
    of a matrix lose."""
    _, vectors = np.linalg.eigh((hessians + np.swapaxes(hessians, 1, 2)) / 2)
    directions = np.swapaxes(vectors, 1, 2)
    far = scale[:, None]
    values = np.sum(directions * (g.f(centre + far[..., None] * directions) - rest[:, None]), axis=-1) / far
    return list(zip(values, vectors, strict=True))


def _worst_point(A: FloatArray, R: FloatArray, b: FloatArray, beta: float, spectrum: Spectrum) -> FloatArray:
    """x − x* at which ‖∇r‖² − β‖∇f‖² is largest; 0 where there is no gap to speak of."""
    C, kappa = bias_map(A, R, spectrum)
    size, length = np.linalg.norm(R, 2), np.linalg.norm(b)
    if size <= ROUNDING * np.linalg.norm(A, 2) or not length or not np.isfinite(kappa) or not np.isfinite(beta):
        return np.zeros(len(b))
    if np.linalg.norm((R / size) @ (b / length)) <= 1e-9:
        return np.zeros(len(b))
    values, vectors = spectrum
    kept = values > 1e-13 * np.max(values)
    return np.asarray(vectors[:, kept] @ (worst_bias(C, b, beta) / values[kept]))


def _constants(
    f: FloatArray, r: FloatArray, d: int, beta: float, spectrum: Spectrum, scale: float
) -> dict[str, float]:
    """L, μ, δ, κ² and ζ of one configuration from gradients at x* + scale·eᵢ, x*, and further points."""
    A, R = (f[:d] - f[d]) / scale, (r[:d] - r[d]) / scale
    L, delta = float(np.linalg.norm(A, 2)), float(np.linalg.norm(R, 2))
    symmetric = np.linalg.norm(A - A.T, 2) <= ROUNDING * L  # else ∇f is no gradient
    gap = (R + R.T) / 2 * (delta > ROUNDING * L)
    squares, lengths = np.sum(r[d:] ** 2, -1), np.sum(f[d:] ** 2, -1)
    excess = float(np.max(squares - covered(beta, lengths)))
    return {
        "L": L,
        "mu": float(np.min(spectrum[0])) if symmetric else float("nan"),
        "delta": delta,
        "beta": bias_map((A + A.T) / 2, gap, spectrum)[1] ** 2,
        "zeta": float(np.sqrt(excess)) if excess > ROUNDING * float(np.max(squares)) else 0.0,
    }
