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
from auxtheory.problems.certificate_coordinates import Tally, drawn, mixes, parts
from auxtheory.progress import Work
from auxtheory.typing import FloatArray

BEYOND = 4.0  # how far past its reach f is measured
LINE = 257  # points of a line through x*
LINES = 4  # random points to which ∇f is integrated from x*
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


def measure_secants(pair: Any, samples: int, seed: int, work: Work) -> Iterator[Check]:
    """Measure L and δ as the steepest secants of ∇f and ∇r in any coordinate, along a line through
    x* and over steps of 1 from all points; ζ, β and μ at these points; F0 by integrating ∇f from x*
    to x⁰. NaN: L and δ if ∇f, ∇r couples coordinates; δ if ∇r is not ∇f − ∇h; F0 if `gap` is not
    such an integral. The number of gradients does not grow with d."""
    g = pair.gradients()
    count, d = len(pair.x0), pair.dim
    stated = pair.constants()
    work.begin("measuring the pair, coordinate by coordinate", 4)
    beta, zeta = (np.broadcast_to(v, (count,))[:, None] for v in (stated.beta, stated.zeta))
    far = pair.reach[:, None, None] + BEYOND
    rng = np.random.default_rng(seed)
    centre = np.broadcast_to(pair.x_star, (count, d))
    tally = Tally(pair)
    steepest = np.zeros((2, count))

    def add(x: FloatArray, step: FloatArray | float = 1.0) -> None:
        tally.add(x)
        for i, gradient in enumerate((g.f, g.r)):
            change = np.abs(gradient(x + step) - gradient(x)) / step
            steepest[i] = np.maximum(steepest[i], np.max(change, axis=(1, 2)))

    add(np.stack([centre, pair.x0], axis=1))
    work.done()
    some: list[FloatArray] = []
    for unit in drawn(lambda k: rng.uniform(-1.0, 1.0, (k, d)), samples, count * d):
        add(pair.x_star + unit * far)
        some += [*unit[: max(0, LINES - len(some))]]
    for part in parts(np.linspace(-1.0, 1.0, LINE), count * d):
        x = pair.x_star + part[:, None] * far * np.ones(d)
        add(x)
        add(x, far * 2 / (LINE - 1))
    work.done()
    ends = [pair.x0] + [centre + unit * far[:, 0] for unit in some]
    for i, gradient in enumerate((g.f, g.r)):
        alone = mixes(gradient, centre + 0.9 * far[:, 0], ends[-1], rng)
        steepest[i] = np.where(alone, steepest[i], np.nan)
    work.done()
    lengths, squares, suboptimality, _ = tally.rows()
    apart = tally.apart > GRADIENT_ROUNDING * tally.largest
    rises = _integrals(g.f, np.stack(ends, axis=1), pair.x_star, pair.reach)
    blur = 1e-13 * np.max(np.abs(suboptimality), axis=-1)
    sound = np.all(
        np.abs(rises - pair.gap(np.stack(ends, axis=1))) <= 1e-10 * rises + 1e-3 * blur[:, None],
        axis=-1,
    )
    floor, size = excess_floor(squares, covered(beta, lengths), np.zeros(count))
    work.done()
    yield from compared(
        stated,
        {
            "L": steepest[0],
            "mu": least_share(lengths, suboptimality),
            "delta": np.where(apart, np.nan, steepest[1]),
            "beta": needed(squares, lengths, zeta),
            "zeta": floor,
            "F0": np.where(sound, rises[:, 0], np.nan),
        },
        {"mu": steepest[0], "delta": 1e-5 * tally.largest, "zeta": size},
    )


def _integrals(
    gradient: Gradient, x: FloatArray, centre: FloatArray, reach: FloatArray
) -> FloatArray:
    """f(x) − f(x*), shape (C, points), by quadrature of ∇f along the coordinates, one after the
    other, in panels that end where the third derivative jumps."""
    z = x - centre
    total = np.zeros(z.shape[:2])
    rest = gradient(centre + 0.0 * z)
    size = np.abs(z)
    inner = np.minimum(size, reach[:, None, None])
    for start, length in ((np.zeros_like(z), inner), (inner, size - inner)):
        panels = max(1, int(np.ceil(np.max(length))))
        for panel in range(panels):
            for node, weight in zip(NODES, WEIGHTS, strict=True):
                at = start + (panel + (1 + node) / 2) / panels * length
                slope = gradient(centre + np.sign(z) * at) - rest
                total += weight / (2 * panels) * np.sum(slope * np.sign(z) * length, axis=-1)
    return total
