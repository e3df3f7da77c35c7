"""Measuring the constants of an exponential pair from values and gradients: secants never exceed a
Lipschitz constant, also where the third derivative jumps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from auxtheory.problems.base import Check, Gradient
from auxtheory.problems.certificate import (
    GRADIENT_ROUNDING,
    compared,
    covered,
    excess_floor,
    least_share,
    needed,
)
from auxtheory.progress import Work
from auxtheory.typing import FloatArray

BEYOND = 4.0  # how far past its reach f is measured
LINE = 257  # points of a line through x*
NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)


def measure_secants(pair: Any, samples: int, seed: int, work: Work) -> Iterator[Check]:
    """Measure L and δ as the steepest secants of ∇f and ∇r, along the coordinates, of a line
    through x* and of steps from random points; ζ, β and μ at these points; F0 by integrating ∇f
    from x* to x⁰. NaN: δ if ∇r is not ∇f − ∇h; F0 if `gap` is not such an integral."""
    g = pair.gradients()
    count, d = len(pair.x0), pair.dim
    stated = pair.constants()
    beta, zeta = (np.broadcast_to(v, (count,))[:, None] for v in (stated.beta, stated.zeta))
    far = pair.reach[:, None, None] + BEYOND
    line = pair.x_star + np.linspace(-1.0, 1.0, LINE)[:, None] * far * np.ones(d)
    rng = np.random.default_rng(seed)
    random = pair.x_star + rng.uniform(-1.0, 1.0, (samples, d)) * far
    centre = np.broadcast_to(pair.x_star, (count, 1, d))
    x = np.concatenate([centre, pair.x0[:, None], random, line], axis=1)
    f, h, r = g.f(x), g.h(x), g.r(x)
    lengths, squares = np.sum(f * f, axis=-1), np.sum(r * r, axis=-1)
    largest = np.max(np.abs(f) + np.abs(h) + np.abs(r), axis=(1, 2))
    apart = np.max(np.abs(f - h - r), axis=(1, 2)) > GRADIENT_ROUNDING * largest
    delta = np.where(apart, np.nan, _steepest(g.r, x, line))
    suboptimality = pair.gap(x)
    rises = _integrals(g.f, x, pair.x_star, pair.reach)
    blur = 1e-13 * np.max(np.abs(suboptimality), axis=-1)
    sound = np.all(np.abs(rises - suboptimality) <= 1e-10 * rises + 1e-3 * blur[:, None], axis=-1)
    floor, size = excess_floor(squares, covered(beta, lengths), np.zeros(count))
    values = {
        "L": _steepest(g.f, x, line),
        "mu": least_share(lengths, suboptimality),
        "delta": delta,
        "beta": needed(squares, lengths, zeta),
        "zeta": floor,
        "F0": np.where(sound, rises[:, 1], np.nan),
    }
    sizes = {"mu": values["L"], "delta": 1e-5 * largest, "zeta": size, "F0": np.zeros(count)}
    yield from compared(stated, values, sizes)


def _steepest(gradient: Gradient, x: FloatArray, line: FloatArray) -> FloatArray:
    """The steepest secant of a gradient, shape (C,): the norm of its change over a step of 1 along
    a coordinate from each point, and between neighbours of a line."""
    d = x.shape[-1]
    steps = np.sqrt(np.sum((line[:, 1:] - line[:, :-1]) ** 2, axis=-1))
    change = gradient(line[:, 1:]) - gradient(line[:, :-1])
    steepest = np.max(np.sqrt(np.sum(change**2, axis=-1)) / steps, axis=-1)
    for j in range(d):
        change = gradient(x + np.eye(d)[j]) - gradient(x)
        slopes = np.sqrt(np.sum(change**2, axis=-1))
        steepest = np.maximum(steepest, np.max(slopes, axis=-1))
    return np.asarray(steepest)


def _integrals(
    gradient: Gradient, x: FloatArray, centre: FloatArray, reach: FloatArray
) -> FloatArray:
    """f(x) − f(x*), shape (C, points), by quadrature of ∇f along the coordinates, one after the
    other, in panels that end where the third derivative jumps."""
    z = x - centre
    total = np.zeros(z.shape[:2])
    size = np.abs(z)
    inner = np.minimum(size, reach[:, None, None])
    for start, length in ((np.zeros_like(z), inner), (inner, size - inner)):
        panels = max(1, int(np.ceil(np.max(length))))
        for panel in range(panels):
            for node, weight in zip(NODES, WEIGHTS, strict=True):
                at = start + (panel + (1 + node) / 2) / panels * length
                slope = gradient(centre + np.sign(z) * at) - gradient(centre + 0.0 * z)
                total += weight / (2 * panels) * np.sum(slope * np.sign(z) * length, axis=-1)
    return total
