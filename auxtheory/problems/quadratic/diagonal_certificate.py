"""Measuring the constants of a diagonal quadratic pair, coordinate by coordinate, from gradients at
a number of points that does not grow with d.

Such a pair states that its Hessians are diagonal. One point with all coordinates moved then gives
every curvature, as a quotient in each coordinate, and random points refute anything else: with M
the Hessian and D the quotients, (M − D)u = 0 has probability 0 for a random u unless M = D. Each
coordinate is compared to its own rounding, so that a coupling of 10⁻¹³ of a curvature shows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auxtheory.problems.base import Check, Gradient, Gradients, Pair
from auxtheory.problems.certificate import compared, covered, excess_floor
from auxtheory.problems.quadratic.bias import diagonal_map
from auxtheory.progress import Work
from auxtheory.typing import FloatArray

PROBES = 8  # the most random points: each shows every coordinate
ULPS = 64 * float(np.finfo(float).eps)  # relative rounding error of a coordinate of a gradient
FARTHEST = 1e60  # the distance at which ∇r is measured, at most, in units of the other points'


class _Slopes:
    """∇f, ∇h and ∇r at x* and their quotients A, R, each of shape (C, d), and how well other points
    agree with them."""

    def __init__(self, pair: Pair, scale: FloatArray, far: FloatArray, signs: FloatArray) -> None:
        self.pair = pair
        self.g: Gradients = pair.gradients()
        self.linear = np.ones(len(scale), dtype=bool)
        self.linear_r = np.ones(len(scale), dtype=bool)
        self.sums = np.ones(len(scale), dtype=bool)
        centre = np.broadcast_to(pair.x_star, pair.x0.shape)
        self.rest = self._at(self.g.f, centre)
        self.bias = self._at(self.g.r, centre)
        self.A = self._quotients(self.g.f, self.rest, scale, signs)
        self.R = self._quotients(self.g.r, self.bias, far, signs)
        self.look(np.zeros(pair.dim))

    def _at(self, gradient: Gradient, x: FloatArray) -> FloatArray:
        return np.broadcast_to(gradient(x[:, None]), (len(x), 1, x.shape[-1]))[:, 0]

    def _quotients(
        self, gradient: Gradient, rest: FloatArray, size: FloatArray, signs: FloatArray
    ) -> FloatArray:
        x = self.pair.x_star + size[:, None] * signs
        return np.asarray((self._at(gradient, x) - rest) / (x - self.pair.x_star))

    def look(self, way: FloatArray) -> tuple[FloatArray, FloatArray]:
        """∇f and ∇r at x* + way, (C, d), which are compared with the quotients and ∇h."""
        x = self.pair.x_star + np.broadcast_to(way, self.pair.x0.shape)
        z = x - self.pair.x_star
        f, h, r = (self._at(gradient, x) for gradient in (self.g.f, self.g.h, self.g.r))
        of_f, of_r = self.A * z, self.R * z
        size = np.abs(of_f) + np.abs(self.rest)
        size_r = np.abs(of_r) + np.abs(self.bias)
        self.linear &= np.all(np.abs(f - self.rest - of_f) <= ULPS * size, axis=-1)
        self.linear_r &= np.all(np.abs(r - self.bias - of_r) <= ULPS * size_r, axis=-1)
        self.sums &= np.all(np.abs(f - h - r) <= ULPS * (size + size_r + np.abs(h)), axis=-1)
        return f, r


def measure_diagonal(pair: Pair, samples: int, seed: int, work: Work) -> Iterator[Check]:
    """Measure L, μ and δ as the largest and least quotients of gradients in any coordinate; ζ as
    the largest excess ‖∇r‖² − β‖∇f‖² over random points and the worst one; F0 by integrating ∇f
    from x* to x⁰. NaN: L and μ where ∇f, and δ where ∇r, is not these quotients times x − x* at
    random points, up to the rounding of each coordinate; δ where ∇r is not ∇f − ∇h; F0 where `gap`
    differs from the integral."""
    C, d = pair.x0.shape
    stated = pair.constants()
    beta, zeta, stated_delta, stated_L, stated_mu = (
        np.broadcast_to(np.asarray(v, dtype=float), (C,))
        for v in (stated.beta, stated.zeta, stated.delta, stated.L, stated.mu)
    )
    rng = np.random.default_rng(seed)
    probes = min(samples, PROBES)
    work.begin("measuring the pair", probes + 2)
    # As in `measure`: differences keep digits, and a small gap is visible next to a bias.
    start = np.max(np.abs(pair.x0 - pair.x_star), axis=-1)
    scale = np.maximum(np.maximum(start, zeta / stated_L), np.max(np.abs(pair.x_star)))
    far = np.divide(zeta, stated_delta, out=np.zeros(C), where=stated_delta > 0)
    far = np.maximum(scale, np.minimum(far, FARTHEST * scale))
    slopes = _Slopes(pair, scale, far, rng.choice([-1.0, 1.0], d))
    work.done()
    L, delta = (np.max(np.abs(v), axis=-1) for v in (slopes.A, slopes.R))
    kappa = diagonal_map(slopes.A, slopes.R)[1]
    # Of each point the squares ‖∇r‖² and ‖∇f‖²; at x* there is the bias.
    squares = [np.sum(slopes.bias**2, axis=-1)]
    lengths = [np.sum(slopes.rest**2, axis=-1)]
    for _ in range(probes):
        f, r = slopes.look(scale[:, None] * rng.standard_normal(d))
        squares.append(np.sum(r * r, axis=-1))
        lengths.append(np.sum(f * f, axis=-1))
        work.done()
    way = _worst_way(slopes, beta, kappa)
    length = np.linalg.norm(way, axis=-1)
    # The worst point may be too close to x* for floats; gradients are linear, so a point farther
    # out serves as well.
    share = np.minimum(length / scale, 1.0)[:, None]
    way = np.divide(way, share, out=way, where=share > 0)
    f, r = slopes.look(way)
    squares.append(np.sum((slopes.bias + share * (r - slopes.bias)) ** 2, axis=-1))
    lengths.append(np.sum((slopes.rest + share * (f - slopes.rest)) ** 2, axis=-1))
    missed = slopes.A * (share * ((pair.x_star + way) - pair.x_star - way))
    finite = np.isfinite(beta)
    lost = np.where(finite, covered(np.where(finite, beta, 0.0), np.sum(missed**2, axis=-1)), 0.0)
    cover = covered(beta[:, None], np.stack(lengths, axis=-1))
    floor, size = excess_floor(np.stack(squares, axis=-1), cover, 2 * lost)
    slope = np.sum((pair.x0 - pair.x_star) * slopes._at(slopes.g.f, pair.x0), axis=-1) / 2
    gap = pair.gap(pair.x0[:, None])[:, 0]
    at_rest = np.sqrt(lengths[0]) <= 1e-9 * L * start
    work.done()
    yield from compared(
        stated,
        {
            "L": np.where(slopes.linear, L, np.nan),
            "mu": np.where(slopes.linear, np.min(slopes.A, axis=-1), np.nan),
            "delta": np.where(slopes.linear_r & slopes.sums, delta, np.nan),
            "beta": kappa**2,
            "zeta": floor,
            "F0": np.where(at_rest & (np.abs(slope - gap) <= 1e-9 * slope), slope, np.nan),
        },
        # μ = 0 claims nothing.
        {"mu": np.where(stated_mu == 0, L, 0.0), "zeta": size + 1e-5 * L * length},
    )


def _worst_way(slopes: _Slopes, beta: FloatArray, kappa: FloatArray) -> FloatArray:
    """x − x* at which ‖∇r‖² − β‖∇f‖² is largest, (C, d); 0 if there is no gap, or no bias where the
    gap is."""
    A, R, b = slopes.A, slopes.R, slopes.bias
    unit = [np.max(np.abs(v), axis=-1, keepdims=True) for v in (R, b)]
    unit = [np.where(v > 0, v, 1.0) for v in unit]
    size_b = np.linalg.norm(b / unit[1], axis=-1)
    both = np.linalg.norm((R / unit[0]) * (b / unit[1]), axis=-1) > 1e-9 * size_b
    some = (both & np.isfinite(kappa) & np.isfinite(beta))[:, None]
    C = np.divide(R, A, out=np.zeros_like(R), where=some & (A != 0))
    slack = beta[:, None] - C**2
    u = np.divide(C * b, slack, out=np.zeros_like(b), where=some & (C * b != 0) & (slack != 0))
    return np.divide(u, A, out=np.zeros_like(u), where=A != 0)
