"""Measuring the constants of any smooth pair at sampled points, which bounds suprema from below."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auxtheory.problems.base import DIFFERENCES, Check, Gradient, Gradients, Pair
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

SCALES = 0.1, 1.0, 10.0  # scales of the random points, in units of the pair's length
PANELS = 2000  # the largest number of panels in the integral of ∇f from x*
NEAR_STARTS = 3  # random points near x* from which descents start
FAR_STARTS = 64  # other starts around 0: from the pair's length to REACH times as far as the points
REACH = 10.0
DESCENT = 200  # steps of a descent
GAP_EVERY = 10  # steps of a descent after each of which `gap` is evaluated
HESSIANS = 6  # random points at which whole Hessians are formed, in addition to 0, x* and x⁰


def measure_sampled(pair: Pair, samples: int, seed: int, work: Work) -> Iterator[Check]:
    """Measure L and δ as the largest Hessian norms by gradient differences, μ and (β, ζ) as in
    other certificates, at 0, x*, x⁰ and random points; F0 as the difference of `gap` at x⁰ and the
    least `gap` there and along descents. NaN: L if a Hessian is not symmetric, δ if ∇r is not ∇f −
    ∇h, F0 if `gap` is no integral of ∇f or, where inf f is known, is not 0 at x*."""
    g = pair.gradients()
    count = len(pair.x0)
    stated = pair.constants()
    centre = pair.x_star
    beta, zeta = (np.broadcast_to(v, (count,))[:, None] for v in (stated.beta, stated.zeta))
    rng = np.random.default_rng(seed)
    random = (
        rng.standard_normal((samples, pair.dim)) * pair.length * np.resize(SCALES, samples)[:, None]
    )
    some = np.vstack([np.zeros((1, pair.dim)), centre[None], centre + random])
    x = np.concatenate([pair.x0[:, None], np.broadcast_to(some, (count, *some.shape))], axis=1)
    f, h, r = (np.broadcast_to(gradient(x), x.shape) for gradient in (g.f, g.h, g.r))
    lengths = np.sum(f * f, axis=-1)
    squares = np.sum(r * r, axis=-1)
    largest = np.max(np.abs(f) + np.abs(h) + np.abs(r), axis=(1, 2))
    apart = np.max(np.abs(f - h - r), axis=(1, 2)) > 100 * GRADIENT_ROUNDING * largest
    points = x[:, : 3 + HESSIANS]
    L, delta = (_largest(gradient, points, pair.length, largest) for gradient in (g.f, g.r))
    suboptimality = pair.gap(x)
    at_minimum = pair.gap(np.broadcast_to(centre, (count, 1, pair.dim)))
    rises = heights(g, x, centre, max(pair.length, float(np.max(np.abs(x - centre))) / PANELS))
    blur = 1e-12 * (1 + np.max(np.abs(suboptimality)))
    sound = np.all(
        np.abs(rises + at_minimum - suboptimality) <= 1e-7 * np.abs(suboptimality) + blur, axis=-1
    )
    sound &= (np.abs(at_minimum[:, 0]) <= blur) | (not pair.infimum_known)
    low = np.minimum(np.min(suboptimality, axis=-1), _lowest(pair, g, x, L, rng))
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


def _lowest(
    pair: Pair, g: Gradients, x: FloatArray, L: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """The least `gap` along descents, shape (C,): from x⁰, 0, x* and points near it, which are the
    first of x (C, points, d), and from others around 0. The steps are those of Barzilai and
    Borwein, within the cube of `far`."""
    far = REACH * max(pair.length, float(np.max(np.abs(x))))
    sizes = np.geomspace(pair.length, far, FAR_STARTS)[:, None]
    about = np.broadcast_to(
        sizes * rng.standard_normal((FAR_STARTS, pair.dim)), (len(x), FAR_STARTS, pair.dim)
    )
    suboptimality = pair.gap(about)
    starts = np.concatenate([x[:, : 3 + NEAR_STARTS], about], axis=1)
    if np.all(suboptimality == suboptimality[:1]):  # the same f in all configurations, as in most
        starts = np.concatenate([np.unique(x[:, 0], axis=0)[None], starts[:1, 1:]], axis=1)
    count = len(starts)
    low = np.full(len(x), np.inf)
    point = starts
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
            if i % GAP_EVERY == GAP_EVERY - 1:
                low = np.fmin(low, np.fmin.reduce(pair.gap(point)[:count], axis=-1))
    return low


def _largest(gradient: Gradient, x: FloatArray, length: float, size: FloatArray) -> FloatArray:
    """The largest norm of the derivative of a gradient over the points x (C, points, d), shape
    (C,); size: the size of the terms whose difference the gradient is."""
    step = length / 16
    largest = np.zeros(len(x))
    shift = step * np.eye(x.shape[-1])
    for j in range(x.shape[1]):
        H = np.zeros((len(x), *shift.shape))
        for k, weight in DIFFERENCES:
            for sign in (1, -1):
                moved = gradient(x[:, j, None] + sign * k * shift)
                H = H + sign * weight / step * np.broadcast_to(moved, H.shape)
        symmetric = (H + np.swapaxes(H, 1, 2)) / 2
        norms = np.max(np.abs(np.linalg.eigvalsh(symmetric)), axis=-1)
        skew = np.max(np.abs(H - symmetric), axis=(1, 2)) > 1e-7 * norms + 1e-12 * size / step
        largest = np.maximum(largest, np.where(skew, np.nan, norms))
    return largest
