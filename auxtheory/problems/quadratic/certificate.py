"""Measuring the constants of a dense quadratic pair from gradients at points, independently of how
it was made.

It takes the eigenvectors of the Hessian of f, the eigenvalues of r's and of CᵀC with C = RA⁻¹, and
one solve with βI − CᵀC; memory is a few d². `diagonal_certificate` measures diagonal pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy

from auxtheory.bounds.constants import Constants
from auxtheory.problems.base import Check, Gradient, Gradients, Pair
from auxtheory.problems.certificate import GRADIENT_ROUNDING, compared, covered, excess_floor
from auxtheory.problems.spectral import rounding
from auxtheory.progress import Work
from auxtheory.typing import FloatArray

# Distance at which ∇r is measured, in units of the scale of all other points, so that a small gap
# is visible next to a bias.
FARTHEST = 1e60
BLOCK = 256  # points along coordinates whose gradients are evaluated at once
WIDE = 1000  # coordinates from which the rounding of a whole matrix grows with them
FLOOR = 1e-13  # share of f's largest eigenvalue up to which one counts as 0


def measure(pair: Pair, samples: int, seed: int, work: Work) -> Iterator[Check]:
    """Measure Hessians by gradient differences; L, δ by their eigenvalues, μ by the curvature
    along A's eigenvectors; ζ as the largest excess ‖∇r‖² − β‖∇f‖² over random points and the
    worst one; F0 by integrating ∇f from x* to x⁰. NaN: L where ∇f is not the Hessian's product at
    random points, δ where ∇r is not ∇f − ∇h, up to rounding, μ and δ where a Hessian is not
    symmetric, F0 where `gap` differs from the integral. A matrix whose
    rounding does not determine μ to 10⁻⁹ of its value fails."""
    d = pair.dim
    count = len(pair.x0)
    stated = pair.constants()
    # The largest of the start's distance from x*, of the distance at which ∇f exceeds the bias, and
    # of ‖x*‖, so that differences keep digits
    far = np.max(np.abs(pair.x0 - pair.x_star), axis=-1)
    away = np.max(np.abs(pair.x_star))
    scale = np.maximum(np.maximum(far, np.asarray(stated.zeta) / np.asarray(stated.L)), away)
    work.begin("measuring Hessians", 3 * -(-d // BLOCK) + count + 1)
    random = np.random.default_rng(seed).standard_normal((samples, d))
    rays = scale[:, None, None] * np.vstack([np.zeros((1, d)), random])
    points = _Points(pair.gradients(), pair.x_star, rays)
    hessians = _hessians(points, points.g.f, scale, work)
    gaps = _hessians(points, points.g.r, _gap_scale(stated, scale), work)
    values, vectors = _spectra(points, hessians, scale, work)
    bends = np.linalg.eigvalsh((gaps + np.swapaxes(gaps, 1, 2)) / 2)
    L, delta = (np.max(np.abs(v), axis=-1) for v in (values, bends))
    beta = np.broadcast_to(np.asarray(stated.beta, dtype=float), (count,))
    kappa2, ways = np.empty(count), np.empty((count, d))
    for i in range(count):
        spectrum = values[i], vectors[i]
        kappa2[i], ways[i] = _bias(gaps[i], delta[i], points.r[i, 0], beta[i], spectrum)
        work.done()
    floor, size = _floor(points, ways, beta, scale, hessians)
    skew, skew_r = (_skew(M, size) for M, size in ((hessians, L), (gaps, delta)))
    bent = _bent(rays, points.f, hessians, L)
    slope = np.sum((pair.x0 - pair.x_star) * points.g.f(pair.x0[:, None])[:, 0], axis=-1) / 2
    sound = np.linalg.norm(points.f[:, 0], axis=-1) <= 1e-9 * L * far
    sound &= np.abs(slope - pair.gap(pair.x0[:, None])[:, 0]) <= 1e-9 * slope
    mu = np.min(values, axis=-1)
    blur = 8 * np.finfo(float).eps * np.sqrt(d) * (1 + away / scale)  # of a direction
    work.done()
    yield from compared(
        stated,
        {
            "L": np.where(bent, np.nan, L),
            "mu": np.where(skew, np.nan, mu),
            "delta": np.where(skew_r | (points.apart > rounding(d) * (L + delta)), np.nan, delta),
            "beta": kappa2,
            "zeta": floor,
            "F0": np.where(sound, slope, np.nan),
        },
        {
            # μ = 0 claims nothing.
            "mu": np.where(np.asarray(stated.mu) == 0, L, 1e9 * (blur * np.abs(mu) + blur**2 * L)),
            "zeta": size + 1e-5 * L * np.linalg.norm(ways, axis=-1),
        },
    )


class _Points:
    """∇f and ∇r at x* and at further points x* + rays, (C, points, d), and whether ∇r was ∇f − ∇h
    wherever it was evaluated, up to the size of the curvatures measured so far."""

    def __init__(self, g: Gradients, centre: FloatArray, rays: FloatArray) -> None:
        self.g = g
        self.centre = centre
        # The largest |f − h − r| − rounding · (|f| + |h| + |r|), in units of the distance.
        self.apart = np.zeros(len(rays))
        self.f, self.r = self.at(rays)

    def at(self, rays: FloatArray) -> tuple[FloatArray, FloatArray]:
        x = self.centre + rays
        f, h, r = (np.broadcast_to(v(x), x.shape) for v in (self.g.f, self.g.h, self.g.r))
        error = np.abs(f - h - r) - rounding(x.shape[-1]) * (np.abs(f) + np.abs(h) + np.abs(r))
        length = np.linalg.norm(x - self.centre, axis=-1)
        error = np.max(error, axis=-1)
        steep = np.divide(error, length, out=np.where(error > 0, np.inf, 0.0), where=length > 0)
        self.apart = np.maximum(self.apart, np.max(steep, axis=-1))
        return f, r


def _gap_scale(stated: Constants, scale: FloatArray) -> FloatArray:
    """The distance from x* at which ∇r exceeds the bias, since in ∇f − ∇h, or next to a bias, a
    small gap would be lost to rounding."""
    delta = np.asarray(stated.delta)
    far = np.divide(stated.zeta, delta, out=np.zeros_like(scale), where=delta > 0)
    return np.maximum(scale, np.minimum(far, FARTHEST * scale))


def _hessians(points: _Points, gradient: Gradient, scale: FloatArray, work: Work) -> FloatArray:
    """The Hessian of each configuration by differences over a distance of `scale` along every
    coordinate, by rows, (C, d, d)."""
    count, d = len(scale), len(points.centre)
    of_f = gradient is points.g.f
    rest = gradient(np.broadcast_to(points.centre, (count, 1, d)))
    rows = np.empty((count, d, d))
    for start in range(0, d, BLOCK):
        block = np.arange(start, min(start + BLOCK, d))
        rays = scale[:, None, None] * np.eye(len(block), d, start)
        there = points.at(rays)[0] if of_f else gradient(points.centre + rays)
        rows[:, block] = (there - rest) / scale[:, None, None]
        work.done()
    return rows


def _spectra(
    points: _Points, hessians: FloatArray, scale: FloatArray, work: Work
) -> tuple[FloatArray, FloatArray]:
    """The eigenvectors of each Hessian as columns, and as eigenvalues the growth of ∇f along them
    over a distance of `scale`. Their error is of second order in the eigenvector's, so they keep
    the digits that small eigenvalues of a matrix lose."""
    vectors: FloatArray = np.linalg.eigh((hessians + np.swapaxes(hessians, 1, 2)) / 2)[1]
    values = np.empty(points.f[:, 0].shape)
    for start in range(0, len(points.centre), BLOCK):
        some = slice(start, start + BLOCK)
        directions = np.swapaxes(vectors[:, :, some], 1, 2)
        grown = points.g.f(points.centre + scale[:, None, None] * directions) - points.f[:, :1]
        values[:, some] = np.sum(directions * grown, axis=-1) / scale[:, None]
        work.done()
    return values, vectors


def _bias(
    R: FloatArray,
    size: float,
    b: FloatArray,
    beta: float,
    spectrum: tuple[FloatArray, FloatArray],
) -> tuple[float, FloatArray]:
    """κ², κ the norm of C = RA⁻¹, and x − x* at which ‖∇r‖² − β‖∇f‖² is largest, 0 if there is no
    gap; ∇f there is (βI − CᵀC)⁻¹Cᵀb in A's eigenbasis. size: the norm of R; b: ∇r(x*)."""
    values, vectors = spectrum
    nowhere = np.zeros(len(b))
    kept = values > FLOOR * np.max(values)
    with np.errstate(over="ignore"):
        turned = (R + R.T) / 2 @ vectors
        C = turned[:, kept] / values[kept]
    outside = np.linalg.norm(turned[:, ~kept]) > GRADIENT_ROUNDING * np.linalg.norm(R)
    if outside or not np.all(np.isfinite(C)):
        return np.inf, nowhere
    unit = float(np.max(np.abs(C), initial=0.0)) or 1.0
    square = (C / unit).T @ (C / unit)
    kappa2 = unit * unit * float(np.linalg.eigvalsh(square)[-1])
    length = float(np.linalg.norm(b))
    if not size or not length or not np.isfinite(beta):
        return kappa2, nowhere
    if np.linalg.norm((R / size) @ (b / length)) <= 1e-9:
        return kappa2, nowhere
    M = beta / unit**2 * np.eye(len(square)) - square
    right = C.T @ b / unit**2
    try:
        u = scipy.linalg.cho_solve(scipy.linalg.cho_factor(M), right)
    except scipy.linalg.LinAlgError:  # β is too small, or the smallest
        u = np.linalg.lstsq(M, right, rcond=None)[0]
    return kappa2, np.asarray(vectors[:, kept] @ (u / values[kept]))


def _floor(
    points: _Points,
    ways: FloatArray,
    beta: FloatArray,
    scale: FloatArray,
    hessians: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """ζ from the points and the worst one, x* + ways, and the size to which its error is
    relative."""
    # The worst point may be too close to x* for floats; gradients are linear, so a point farther
    # out serves as well.
    share = np.minimum(np.linalg.norm(ways, axis=-1) / scale, 1.0)[:, None]
    way = np.divide(ways, share, out=np.zeros_like(ways), where=share > 0)
    f, r = points.at(way[:, None])
    lengths, squares = (
        np.sum(np.concatenate([v, v[:, :1] + share[:, None] * (w - v[:, :1])], axis=1) ** 2, -1)
        for v, w in ((points.f, f), (points.r, r))
    )
    # Since the worst point is rounded.
    missed = share * ((points.centre + way) - points.centre - way)
    lost = np.sum((hessians @ missed[..., None])[..., 0] ** 2, axis=-1)
    lost = np.where(np.isfinite(beta), covered(np.where(np.isfinite(beta), beta, 0.0), lost), 0.0)
    return excess_floor(squares, covered(beta[:, None], lengths), 2 * lost)


def _skew(M: FloatArray, size: FloatArray) -> FloatArray:
    """Whether matrices (C, d, d) of a norm of `size` are not symmetric, as all Hessians are."""
    apart = np.sqrt(np.sum((M - np.swapaxes(M, 1, 2)) ** 2, axis=(1, 2)))
    return np.asarray(apart > GRADIENT_ROUNDING * max(1.0, M.shape[-1] / WIDE) * size)


def _bent(rays: FloatArray, f: FloatArray, hessians: FloatArray, L: FloatArray) -> FloatArray:
    """Whether ∇f is not its value at x*, which is the first point, plus the Hessian's product."""
    error = np.linalg.norm(f - f[:, :1] - rays @ np.swapaxes(hessians, 1, 2), axis=-1)
    size = L[:, None] * np.linalg.norm(rays, axis=-1) + np.linalg.norm(f, axis=-1)
    return np.any(error > 4 * rounding(rays.shape[-1]) * size, axis=-1)
