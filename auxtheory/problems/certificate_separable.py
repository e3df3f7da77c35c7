"""Measuring the constants of a separable pair from values and gradients at points, as sums over
coordinates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auxtheory.problems.base import Check, Gradients, Pair
from auxtheory.problems.certificate import (
    GRADIENT_ROUNDING,
    compared,
    covered,
    excess_floor,
    heights,
    least_share,
    needed,
)
from auxtheory.problems.certificate_coordinates import Tally, drawn, mixes, parts, slopes
from auxtheory.progress import Work
from auxtheory.typing import FloatArray

# Step of the differences, whose error is STEP⁸/630 where a gradient varies like sin x.
STEP = 1 / 16
CURVED = 5  # random points at which Hessians are measured
LINES = 4  # random points to which ∇f is integrated from x*
# Points of the first grid and of finer ones, by which these shrink, and the finest of them: down to
# rounding, since a small ζ brings the worst point close to x*.
WIDE_GRID = 65
GRID = 9
SHRINK = 1 / 3
FINEST = 1e-16


def measure_separable(pair: Pair, samples: int, seed: int, work: Work) -> Iterator[Check]:
    """Measure L and δ as the largest Hessian norms at x*, x⁰, the worst point that a search finds
    and random points; ζ as the largest excess ‖∇r‖² − β‖∇f‖², β as the least that the stated ζ
    requires and μ as the least ½‖∇f‖²/(f − f*) at these points and along a line; F0 by integrating
    ∇f from x* to x⁰. NaN: L and δ if ∇f, ∇r couples coordinates; δ if ∇r is not ∇f − ∇h; F0 if
    `gap` is not such an integral or x* no minimum.

    It assumes gradients that vary like sin x. Their number does not grow with d.
    """
    g = pair.gradients()
    count = len(pair.x0)
    stated = pair.constants()
    work.begin("measuring the pair, coordinate by coordinate", 5)
    centre = np.broadcast_to(pair.x_star, pair.x0.shape)
    beta, zeta = (np.broadcast_to(v, (count,))[:, None] for v in (stated.beta, stated.zeta))
    rng = np.random.default_rng(seed)
    worst = _worst(g, centre, beta)
    work.done()
    tally = Tally(pair)
    tally.add(np.stack([centre, pair.x0, worst], axis=1))
    some: list[FloatArray] = []

    def draw(k: int) -> FloatArray:
        return rng.uniform(-2 * np.pi, 2 * np.pi, (k, pair.dim))

    for random in drawn(draw, samples, count * pair.dim):
        tally.add(pair.x_star + random[None])
        some += [*random[: max(0, CURVED - len(some))]]
    for part in parts(np.linspace(-1.0, 1.0, WIDE_GRID), count * pair.dim):
        tally.add((pair.x_star + np.pi * part[:, None])[None])
    work.done()
    lengths, squares, suboptimality, away = tally.rows()
    points = [centre, pair.x0, worst] + [centre + v for v in some]
    L, delta = _curvatures(g, points, rng)
    work.done()
    apart = tally.apart > GRADIENT_ROUNDING * tally.largest
    # The error of f − f*, since x is rounded.
    blur = 1e-15 * (L * (1 + tally.far))[:, None] * away
    ends = np.stack([centre, pair.x0] + [centre + v for v in some[:LINES]], axis=1)
    rises = heights(g, ends, centre[:, None])
    work.done()
    places = [0, 1, *range(3, 3 + len(some[:LINES]))]
    sound = np.all(
        np.abs(rises - suboptimality[:, places]) <= 1e-9 * np.abs(rises) + blur[:, places], axis=-1
    )
    sound &= np.all(suboptimality >= -blur, axis=-1)
    F0 = np.where(sound & (lengths[:, 0] <= (1e-9 * L) ** 2), rises[:, 1], np.nan)
    far, largest = tally.far, tally.largest
    missed = np.where(np.isfinite(beta[:, 0]), beta[:, 0], 0.0) * (L * 1e-15 * (1 + far)) ** 2
    floor, size = excess_floor(squares, covered(beta, lengths), missed)
    values = {
        "L": L,
        "mu": least_share(lengths, suboptimality),
        "delta": np.where(apart, np.nan, delta),
        "beta": needed(squares, lengths, zeta),
        "zeta": floor,
        "F0": F0,
    }
    sizes = {"mu": L, "delta": 1e-5 * largest, "zeta": size, "F0": 1e9 * blur[:, 1]}
    yield from compared(stated, values, sizes)


def _worst(g: Gradients, centre: FloatArray, beta: FloatArray) -> FloatArray:
    """Where ‖∇r‖² − β‖∇f‖² is largest, if it is a sum over coordinates, each of which is searched
    on finer and finer grids, (C, d)."""
    worst = centre
    width = np.pi
    while width > FINEST:
        best = np.full(worst.shape, -np.inf)
        place = worst
        grid = np.linspace(-1.0, 1.0, WIDE_GRID if width == np.pi else GRID)
        for some in parts(grid, worst.size):
            tried = worst[:, None] + width * some[:, None]
            f, r = g.f(tried), g.r(tried)
            excess = r * r - covered(beta[:, :, None], f * f)
            top = np.argmax(excess, axis=1)[:, None]
            most, there = (np.take_along_axis(v, top, axis=1)[:, 0] for v in (excess, tried))
            place = np.where(most > best, there, place)
            best = np.maximum(best, most)
        worst = place
        width = width * (4 / WIDE_GRID if width == np.pi else SHRINK)
    return worst


def _curvatures(g: Gradients, points: list[FloatArray], random: np.random.Generator) -> FloatArray:
    """The largest ‖∇²f‖ and ‖∇²r‖ over points (C, d), shape (2, C), as those of diagonal matrices;
    NaN where a gradient couples coordinates."""
    largest = np.zeros((2, len(points[0])))
    for i, gradient in enumerate((g.f, g.r)):
        for x in points:
            largest[i] = np.maximum(largest[i], np.max(np.abs(slopes(gradient, x, STEP)), axis=-1))
        alone = mixes(gradient, points[1], points[-1], random)
        largest[i] = np.where(alone, largest[i], np.nan)
    return largest
