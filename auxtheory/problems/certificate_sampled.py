"""Measuring the constants of any smooth pair at sampled points, which bounds suprema from below.

The number of gradients depends neither on d nor on the terms of f.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy

from auxtheory.problems.base import Check, Gradient, Gradients, Pair
from auxtheory.problems.certificate import (
    GRADIENT_ROUNDING,
    compared,
    covered,
    excess_floor,
    least_share,
    needed,
)
from auxtheory.problems.certificate_curvature import LONG, SHORT, ends
from auxtheory.progress import Work
from auxtheory.typing import FloatArray

SCALES = 0.1, 1.0, 10.0  # scales of the random points, in units of the pair's length
AWAY = 0.5, 4.0, 32.0  # distances from x* along the least curvature, in the same units
LINES = 8  # points to which ∇f is integrated from x*
INTERVALS = 1000  # the most intervals of the quadrature
INTEGRAL = 1e-9  # its error, relative to the gap
TOGETHER = 2**20  # the most coordinates of points at which gradients are evaluated at once
NEAR_STARTS = 3  # random points near x* from which descents start
# Other starts around 0, from the pair's length to REACH times as far as the points; few where f is
# stated to be convex, and its gradients are monotone at all points.
FAR_STARTS = 64
FEW_STARTS = 4
REACH = 10.0
DESCENT = 200  # steps of a descent
ENDED = 1e-10  # share of the steepest slope below which a descent has ended
GAP_EVERY = 10  # steps of a descent after each of which `gap` is evaluated
HESSIANS = 6  # random points at which Hessians are measured, in addition to 0, x* and x⁰


def measure_sampled(pair: Pair, samples: int, seed: int, work: Work) -> Iterator[Check]:
    """Measure L and δ as the largest Hessian norms by gradient differences, μ and (β, ζ) as in
    other certificates, at 0, x*, x⁰, random points and one where f rises least; F0 as the
    difference of `gap` at x⁰ and the least `gap` there and along descents. NaN: L if a Hessian is
    not symmetric, δ if ∇r is not ∇f − ∇h, F0 if `gap` is no integral of ∇f or, where inf f is
    known, is not 0 at x*.

    The number of gradients depends neither on d nor on the terms of f.
    """
    g = pair.gradients()
    count = len(pair.x0)
    stated = pair.constants()
    work.done()
    centre = pair.x_star
    beta, zeta = (np.broadcast_to(v, (count,))[:, None] for v in (stated.beta, stated.zeta))
    rng = np.random.default_rng(seed)
    random = (
        rng.standard_normal((samples, pair.dim)) * pair.length * np.resize(SCALES, samples)[:, None]
    )
    some = np.vstack([np.zeros((1, pair.dim)), centre[None], centre + random])
    x = np.concatenate([pair.x0[:, None], np.broadcast_to(some, (count, *some.shape))], axis=1)
    work.begin("evaluating gradients at points", 3)
    f, h, r = (_at(gradient, x, work) for gradient in (g.f, g.h, g.r))
    largest = np.max(np.abs(f) + np.abs(h) + np.abs(r), axis=(1, 2))
    apart = np.max(np.abs(f - h - r), axis=(1, 2)) > 100 * GRADIENT_ROUNDING * largest
    (L, delta), flat = _curvatures(pair, g, x[:, : 3 + HESSIANS], largest, rng, work)
    # Where f rises least from x*, as μ is the least share.
    way = centre + pair.length * np.array(AWAY)[:, None] * flat[:, None]
    x = np.concatenate([x, way], axis=1)
    of_way = [np.broadcast_to(v(way), way.shape) for v in (g.f, g.h, g.r)]
    f, h, r = (np.concatenate([v, w], axis=1) for v, w in zip((f, h, r), of_way, strict=True))
    lengths = np.sum(f * f, axis=-1)
    squares = np.sum(r * r, axis=-1)
    suboptimality = _at(pair.gap, x, work)
    at_minimum = pair.gap(np.broadcast_to(centre, (count, 1, pair.dim)))
    blur = 1e-12 * (1 + np.max(np.abs(suboptimality)))
    some_lines = x[:, :LINES]
    rises = _rises(g, some_lines, centre, suboptimality[:, :LINES] - at_minimum, blur, work)
    sound = np.all(
        np.abs(rises + at_minimum - suboptimality[:, :LINES])
        <= 1e-7 * np.abs(suboptimality[:, :LINES]) + blur,
        axis=-1,
    )
    sound &= (np.abs(at_minimum[:, 0]) <= blur) | (not pair.infimum_known)
    wide = np.any(pair.weak_convexity) or not _monotone(x, f)
    searched = _lowest(pair, g, x, L, rng, FAR_STARTS if wide else FEW_STARTS, work)
    low = np.minimum(np.min(suboptimality, axis=-1), searched)
    low = np.where((np.abs(low) <= blur) & pair.infimum_known, 0.0, low)
    height = suboptimality[:, 0] - np.minimum(low, 0.0)
    # The rounding error of ∇r, which is a difference.
    blurred = 1e-13 * np.sqrt(np.max(np.sum(f * f + h * h, axis=-1), axis=-1))[:, None]
    squares = np.maximum(np.sqrt(squares) - blurred, 0.0) ** 2
    floor, size = excess_floor(squares, covered(beta, lengths), np.zeros(count))
    values = {
        "L": L,
        "mu": least_share(lengths, suboptimality - low[:, None]),
        "delta": np.where(apart, np.nan, delta),
        "beta": needed(squares, lengths, zeta),
        "zeta": floor,
        "F0": np.where(sound, height, np.nan),
    }
    steep = largest / pair.length  # errors of gradient differences are relative to this
    sizes = {
        "mu": L,
        "L": L,
        "delta": L + 1e-4 * steep,
        "zeta": size + 1e-4 * largest + 1e9 * blurred[:, 0],
        "beta": np.ones(count),
        "F0": suboptimality[:, 0] + 1e-3,
    }
    yield from compared(stated, values, sizes)


def _at(function: Gradient, x: FloatArray, work: Work) -> FloatArray:
    """A gradient, or the gap, at points (C, points, d), some at a time."""
    size = max(1, TOGETHER // max(1, len(x) * x.shape[-1]))
    parts = []
    for start in range(0, x.shape[1], size):
        some = x[:, start : start + size]
        values = function(some)
        parts.append(np.broadcast_to(values, (len(x), some.shape[1], *values.shape[2:])))
    work.done()
    return np.concatenate(parts, axis=1)


def _curvatures(
    pair: Pair,
    g: Gradients,
    x: FloatArray,
    size: FloatArray,
    rng: np.random.Generator,
    work: Work,
) -> tuple[FloatArray, FloatArray]:
    """The largest ‖∇²f‖ and ‖∇²r‖ over the points, of which x⁰, 0 and x* come first, shape (2, C);
    and a direction of the least curvature of f at x*, (C, d)."""
    work.begin("measuring Hessians by gradient differences", 2 * x.shape[1])
    largest = np.zeros((2, len(x)))
    flat = np.zeros(x[:, 0].shape)
    for j in range(x.shape[1]):
        for i, gradient in enumerate((g.f, g.r)):
            steps = LONG if j < 3 else SHORT
            found = ends(gradient, x[:, j], pair.length, size, rng, steps=steps)
            largest[i] = np.maximum(largest[i], found.largest)
            if (i, j) == (0, 2):
                flat = found.way
            work.done()
    return largest, flat


def _rises(
    g: Gradients,
    x: FloatArray,
    centre: FloatArray,
    expected: FloatArray,
    blur: float,
    work: Work,
) -> FloatArray:
    """f(x) − f(x*) by adaptive quadrature of ∇f along the lines from x*, (C,
    points)."""
    way = x - centre
    unit = np.abs(expected) + blur

    def slope(t: float) -> FloatArray:
        work.done()
        return np.asarray(np.sum(g.f(centre + t * way) * way, axis=-1) / unit)

    work.begin("integrating ∇f along lines", 21)
    total, _ = scipy.integrate.quad_vec(
        slope, 0.0, 1.0, epsabs=INTEGRAL, epsrel=0.0, norm="max", limit=INTERVALS, quadrature="gk21"
    )
    return np.asarray(total * unit)


def _monotone(x: FloatArray, f: FloatArray) -> bool:
    """Whether ∇f is monotone between neighbouring points, as that of a convex f is."""
    ways, turns = (v[:, 1:] - v[:, :-1] for v in (x, f))
    size = np.linalg.norm(ways, axis=-1) * (np.linalg.norm(f, axis=-1)[:, 1:] + 1e-300)
    return bool(np.all(np.sum(ways * turns, axis=-1) >= -1e-9 * size))


def _lowest(
    pair: Pair,
    g: Gradients,
    x: FloatArray,
    L: FloatArray,
    rng: np.random.Generator,
    others: int,
    work: Work,
) -> FloatArray:
    """The least `gap` along descents, shape (C,): from x⁰, 0, x* and points near it, which are the
    first of x (C, points, d), and from others around 0. The steps are those of Barzilai and
    Borwein, within the cube of `far`."""
    far = REACH * max(pair.length, float(np.max(np.abs(x))))
    sizes = np.geomspace(pair.length, far, others)[:, None]
    about = np.broadcast_to(
        sizes * rng.standard_normal((others, pair.dim)), (len(x), others, pair.dim)
    )
    suboptimality = pair.gap(about)
    starts = np.concatenate([x[:, : 3 + NEAR_STARTS], about], axis=1)
    if np.all(suboptimality == suboptimality[:1]):  # the same f in all configurations, as in most
        starts = np.concatenate([np.unique(x[:, 0], axis=0)[None], starts[:1, 1:]], axis=1)
    count = len(starts)
    low = np.full(len(x), np.inf)
    point = starts
    work.begin("searching a point below x*", DESCENT)
    with np.errstate(all="ignore"):
        step = 1 / np.nan_to_num(L, nan=1.0)[:count, None, None]
        slope = np.broadcast_to(g.f(point)[:count], point.shape)
        for i in range(DESCENT):
            moved = np.clip(point - step * slope, -far, far)
            after = np.broadcast_to(g.f(moved)[:count], point.shape)
            way = moved - point
            turn = after - slope
            bend = np.sum(way * turn, axis=-1, keepdims=True)
            step = np.where(bend > 0, np.sum(way * way, axis=-1, keepdims=True) / bend, 4 * step)
            point = moved
            slope = after
            steep = np.linalg.norm(slope, axis=-1)
            if i == 0:
                steepest = steep
            work.done()
            if i % GAP_EVERY == GAP_EVERY - 1:
                low = np.fmin(low, np.fmin.reduce(pair.gap(point)[:count], axis=-1))
                if np.all(steep <= ENDED * np.max(steepest)):
                    break
    return low
