"""Measuring the constants of a separable pair from values and gradients at points, as sums over
coordinates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auxtheory.problems.base import DIFFERENCES, Check, Gradients, Pair
from auxtheory.problems.certificate import (
    GRADIENT_ROUNDING,
    compared,
    covered,
    excess_floor,
    heights,
    least_share,
    needed,
)
from auxtheory.progress import Work
from auxtheory.typing import FloatArray

# Step of the differences, whose error is STEP⁸/630 where a gradient varies like sin x.
STEP = 1 / 16


def measure_separable(pair: Pair, samples: int, seed: int, work: Work) -> Iterator[Check]:
    """Measure L and δ as the largest Hessian norms at x*, x⁰, the worst point that a search finds
    and random points; ζ as the largest excess ‖∇r‖² − β‖∇f‖², β as the least that the stated ζ
    requires and μ as the least ½‖∇f‖²/(f − f*) at these points and along a line; F0 by integrating
    ∇f from x* to x⁰. NaN: δ if ∇r is not ∇f − ∇h; F0 if `gap` is not such an integral or x* no
    minimum.

    It assumes gradients that vary like sin x. Norms of Hessians that are not diagonal come out too
    large.
    """
    g = pair.gradients()
    count = len(pair.x0)
    stated = pair.constants()
    centre = pair.x_star
    beta, zeta = (np.broadcast_to(v, (count,))[:, None] for v in (stated.beta, stated.zeta))
    rng = np.random.default_rng(seed)
    x = _points(pair, g, beta, rng.uniform(-2 * np.pi, 2 * np.pi, (samples, pair.dim)))
    f = g.f(x)
    h = g.h(x)
    r = g.r(x)
    lengths = np.sum(f * f, axis=-1)
    squares = np.sum(r * r, axis=-1)
    L, delta = _largest_curvatures(g, x[:, : 3 + samples], rng)
    largest = np.max(np.abs(f) + np.abs(h) + np.abs(r), axis=(1, 2))
    apart = np.max(np.abs(f - h - r), axis=(1, 2)) > GRADIENT_ROUNDING * largest
    rises = heights(g, x, centre)
    suboptimality = pair.gap(x)
    far = np.max(np.abs(x), axis=(1, 2))
    # The error of f − f*, since x is rounded.
    blur = 1e-15 * (L * (1 + far))[:, None] * np.sum(np.abs(x - centre), axis=-1)
    sound = np.all(
        (np.abs(rises - suboptimality) <= 1e-9 * np.abs(rises) + blur) & (rises >= -blur), axis=-1
    )
    F0 = np.where(sound & (lengths[:, 0] <= (1e-9 * L) ** 2), rises[:, 1], np.nan)
    missed = np.where(np.isfinite(beta[:, 0]), beta[:, 0], 0.0) * (L * 1e-15 * (1 + far)) ** 2
    floor, size = excess_floor(squares, covered(beta, lengths), missed)
    values = {
        "L": L,
        "mu": least_share(lengths, rises),
        "delta": np.where(apart, np.nan, delta),
        "beta": needed(squares, lengths, zeta),
        "zeta": floor,
        "F0": F0,
    }
    sizes = {"mu": L, "delta": 1e-5 * largest, "zeta": size, "F0": 1e9 * blur[:, 1]}
    yield from compared(stated, values, sizes)


def _points(pair: Pair, g: Gradients, beta: FloatArray, random: FloatArray) -> FloatArray:
    """x*, x⁰, the worst point, random ones and a line through x*, shape (C, points, d).

    The worst point is where ‖∇r‖² − β‖∇f‖² is largest, if it is a sum over coordinates; each
    coordinate is searched separately.
    """
    centre = pair.x_star + np.zeros((len(pair.x0), 1, pair.dim))
    width = np.pi
    grid = np.linspace(-1.0, 1.0, 65)[:, None]
    worst = centre
    for _ in range(14):  # down to rounding, since a small ζ brings the worst point close to x*
        tried = worst + width * grid
        f = g.f(tried)
        r = g.r(tried)
        best = np.argmax(r * r - covered(beta[:, :, None], f * f), axis=1)
        worst = np.take_along_axis(tried, best[:, None], axis=1)
        width = width / 16
    line = centre + np.pi * grid
    return np.concatenate([centre, pair.x0[:, None], worst, centre + random, line], axis=1)


def _largest_curvatures(g: Gradients, x: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The largest ‖∇²f‖ and ‖∇²r‖ as absolute row sums, shape (2, C): all rows at three points,
    some at the others."""
    d = x.shape[-1]
    largest = np.zeros((2, len(x)))
    for j in range(x.shape[1]):
        rows = np.arange(d) if j < 3 else rng.choice(d, min(d, 8), replace=False)
        shift = STEP * np.eye(d)[rows]
        A = R = np.zeros(())
        for k, weight in DIFFERENCES:
            for step in (k, -k):
                p = x[:, j, None] + step * shift
                share = np.copysign(weight, weight * step) / STEP
                A = A + share * g.f(p)
                R = R + share * g.r(p)
        largest = np.maximum(largest, [np.max(np.sum(np.abs(M), axis=-1), axis=-1) for M in (A, R)])
        if j < 3:  # no f has a Hessian that is not symmetric
            skew = np.max(np.abs(A - np.swapaxes(A, 1, 2)), axis=(1, 2)) > 1e-9 * largest[0]
            largest[0, skew] = np.nan
    return largest
