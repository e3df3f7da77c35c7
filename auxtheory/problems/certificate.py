"""The constants of a pair measured from values and gradients at points, without looking at what it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from auxtheory.constants import Constants
from auxtheory.errors import Checks
from auxtheory.problems.base import DIFFERENCES, Certificate, Check, Gradients, Pair
from auxtheory.units import FloatArray

ROUNDING = 1e-12  # what differences of gradients leave of a zero, relative
Spectrum: TypeAlias = tuple[FloatArray, FloatArray]  # eigenvalues and, as columns, eigenvectors
STEP = 1 / 16  # of the differences below, whose error is STEP⁸/630 where a gradient varies like sin x


def certificate(
    measure: Callable[[Pair, int, int], Iterator[Check]], pair: Pair, samples: int, seed: int
) -> Certificate:
    """What a measurement finds at `samples` random points of a named seed; InputError if these are no such numbers."""
    checks = Checks()
    samples = checks.whole("samples", samples)
    seed = checks.whole("seed", seed, low=0)
    checks.done()
    notes: tuple[str, ...] = ()
    if not pair.infimum_known:
        most = float(np.max(pair.gap(np.broadcast_to(pair.x_star, (len(pair.x0), 1, pair.dim)))))
        notes = (f"x* is the lowest point that a search found, at most {most:.6g} above inf f; F₀ is an upper bound",)
    return Certificate(tuple(measure(pair, samples, seed)), notes)


def compared(stated: Constants, values: dict[str, float], i: int, size: dict[str, float]) -> Iterator[Check]:
    """Measured values of configuration i beside the stated ones; an error is relative to these, or to `size`."""
    for name, value in values.items():
        own = float(np.ravel(getattr(stated, name))[i if np.ndim(getattr(stated, name)) else 0])
        scale = max(size.get(name, 0.0), abs(own) if np.isfinite(own) else 0.0)
        yield Check(name, i, own, value, "certified" if name == "beta" else stated.kinds[name], scale)


def covered(beta: FloatArray | float, lengths: FloatArray) -> FloatArray:
    """β‖∇f‖² from ‖∇f‖², 0 where this is 0, even at β = ∞."""
    zero = lengths == 0
    return np.where(zero, 0.0, beta * np.where(zero, 1.0, lengths))


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
    """Of each Hessian, given by rows, the eigenvectors; and for eigenvalues, how ∇f (`rest` at x*) grows along them over
    a distance of `scale`: of second order in an eigenvector's error, which keeps the digits that small eigenvalues of a
    matrix lose."""
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


def measure_separable(pair: Pair, samples: int, seed: int) -> Iterator[Check]:
    """L and δ as the largest Hessians at x*, x⁰, the worst point that a search finds and random ones; ζ as the largest
    excess ‖∇r‖² − β‖∇f‖², β as the least that the stated ζ asks for and μ as the least ½‖∇f‖²/(f − f*) at these and
    along a line; F0 by integrating ∇f from x* to x⁰. NaN: δ if ∇r is not ∇f − ∇h; F0 if `gap` is not such an integral
    or x* no minimum.

    Made for gradients that vary like sin x. Where Hessians are not diagonal their norms come out too large.
    """
    g, count, stated, centre = pair.gradients(), len(pair.x0), pair.constants(), pair.x_star
    beta, zeta = (np.broadcast_to(v, (count,))[:, None] for v in (stated.beta, stated.zeta))
    rng = np.random.default_rng(seed)
    x = _points(pair, g, beta, rng.uniform(-2 * np.pi, 2 * np.pi, (samples, pair.dim)))
    f, h, r = g.f(x), g.h(x), g.r(x)
    lengths, squares = np.sum(f * f, axis=-1), np.sum(r * r, axis=-1)
    L, delta = _largest_curvatures(g, x[:, : 3 + samples], rng)
    most = np.max(np.abs(f) + np.abs(h) + np.abs(r), axis=(1, 2))
    apart = np.max(np.abs(f - h - r), axis=(1, 2)) > ROUNDING * most
    rises, gaps, far = heights(g, x, centre), pair.gap(x), np.max(np.abs(x), axis=(1, 2))
    blur = 1e-15 * (L * (1 + far))[:, None] * np.sum(np.abs(x - centre), axis=-1)  # of a height, as x is rounded
    sound = np.all((np.abs(rises - gaps) <= 1e-9 * np.abs(rises) + blur) & (rises >= -blur), axis=-1)
    F0 = np.where(sound & (lengths[:, 0] <= (1e-9 * L) ** 2), rises[:, 1], np.nan)
    missed = np.where(np.isfinite(beta[:, 0]), beta[:, 0], 0.0) * (L * 1e-15 * (1 + far)) ** 2
    floor, size = excess_floor(squares, covered(beta, lengths), missed)
    values = {
        "L": L, "mu": least_share(lengths, rises), "delta": np.where(apart, np.nan, delta),
        "beta": needed(squares, lengths, zeta), "zeta": floor, "F0": F0,
    }  # fmt: skip
    sizes = {"mu": L, "delta": 1e-5 * most, "zeta": size, "F0": 1e9 * blur[:, 1]}
    for i in range(count):
        own, scale = ({name: float(v[i]) for name, v in row.items()} for row in (values, sizes))
        yield from compared(stated, own, i, scale)


def _points(pair: Pair, g: Gradients, beta: FloatArray, random: FloatArray) -> FloatArray:
    """x*, x⁰, the worst point, random ones and a line through x*, shape (C, points, d).

    The worst point is where ‖∇r‖² − β‖∇f‖² is largest if it is a sum over coordinates: each is searched by itself.
    """
    centre, width = pair.x_star + np.zeros((len(pair.x0), 1, pair.dim)), np.pi
    grid = np.linspace(-1.0, 1.0, 65)[:, None]
    worst = centre
    for _ in range(14):  # down to rounding: where ζ is far below δ, so is the way from x*
        tried = worst + width * grid
        f, r = g.f(tried), g.r(tried)
        best = np.argmax(r * r - covered(beta[:, :, None], f * f), axis=1)
        worst, width = np.take_along_axis(tried, best[:, None], axis=1), width / 16
    line = centre + np.pi * grid
    return np.concatenate([centre, pair.x0[:, None], worst, centre + random, line], axis=1)


def _largest_curvatures(g: Gradients, x: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The largest ‖∇²f‖ and ‖∇²r‖ as absolute row sums, shape (2, C): all rows at three points, some at the others."""
    d, most = x.shape[-1], np.zeros((2, len(x)))
    for j in range(x.shape[1]):
        rows = np.arange(d) if j < 3 else rng.choice(d, min(d, 8), replace=False)
        shift = STEP * np.eye(d)[rows]
        A = R = np.zeros(())
        for k, weight in DIFFERENCES:
            for step in (k, -k):
                p = x[:, j, None] + step * shift
                share = np.copysign(weight, weight * step) / STEP
                A, R = A + share * g.f(p), R + share * g.r(p)
        most = np.maximum(most, [np.max(np.sum(np.abs(M), axis=-1), axis=-1) for M in (A, R)])
        if j < 3:  # a Hessian that is not symmetric is that of no f
            skew = np.max(np.abs(A - np.swapaxes(A, 1, 2)), axis=(1, 2)) > 1e-9 * most[0]
            most[0, skew] = np.nan
    return most


def heights(g: Gradients, x: FloatArray, centre: FloatArray, panel_length: float = np.pi) -> FloatArray:
    """f(x) − f(x*) by Gauss–Legendre quadrature of ∇f along the line from x*, 16 points to a panel."""
    v = x - centre
    panels = max(1, int(np.ceil(np.max(np.abs(v)) / panel_length)))
    nodes, weights = np.polynomial.legendre.leggauss(16)
    total = np.zeros(x.shape[:2])
    for panel in range(panels):
        for node, weight in zip(nodes, weights, strict=True):
            slope = g.f(centre + (panel + (1 + node) / 2) / panels * v)
            total += weight / (2 * panels) * np.sum(slope * v, axis=-1)
    return total


def excess_floor(squares: FloatArray, cover: FloatArray, missed: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ζ, the root of the largest excess of ‖∇r‖² over what β covers, and 10⁹ times its error: from rounding, and from
    what was missed as the worst point is rounded."""
    noise = 1e-14 * (squares + cover)
    excess = squares - cover - noise
    best = np.argmax(excess, axis=-1)[:, None]
    excess, noise = (np.take_along_axis(v, best, axis=-1)[:, 0] for v in (excess, noise))
    zeta = np.sqrt(np.maximum(excess, 0.0))
    return zeta, np.divide(1e9 * (noise + missed), zeta, out=np.zeros_like(zeta), where=zeta > 0)


def needed(squares: FloatArray, lengths: FloatArray, zeta: FloatArray) -> FloatArray:
    """The least β ≥ 0 with ‖∇r‖² ≤ β‖∇f‖² + ζ² at every point."""
    above = squares - zeta**2 - 1e-14 * (squares + zeta**2)
    ratio = np.divide(above, lengths, out=np.where(above > 0, np.inf, 0.0), where=lengths > 0)
    return np.asarray(np.maximum(np.max(ratio, axis=-1), 0.0))


def least_share(lengths: FloatArray, rises: FloatArray) -> FloatArray:
    """The least ½‖∇f‖²/(f − f*) over the points that lie above the minimum by more than rounding."""
    above = rises > 1e-6 * np.max(rises, axis=-1, keepdims=True)
    return np.asarray(np.min(np.divide(lengths / 2, rises, out=np.full_like(rises, np.inf), where=above), axis=-1))
