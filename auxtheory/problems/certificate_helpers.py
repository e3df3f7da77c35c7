"""Measuring the constants of several helpers, or of clients, from gradients at points,
independently of how they were made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from auxtheory.problems.base import Check, Pair
from auxtheory.problems.clients import BLOCK, Helpers
from auxtheory.progress import Work
from auxtheory.typing import FloatArray

SAME = 1e-10  # share of the gradients up to which the mean of the ∇h_i may differ from ∇h
FLOOR = 1e-5  # share of L below which a δ_i is lost in the difference of ∇f and ∇h_i
ULPS = 64 * float(np.finfo(float).eps)  # relative rounding of a coordinate of a gradient
STEPS = 12  # power iterations of a Hessian that differs from point to point


def measure_helpers(pair: Pair, seed: int, work: Work) -> Iterator[Check]:
    """Checks of N, δ_m, δ̄, δ_A, ℓ, ζ̄ and ζ₀ of each configuration; ζ̄ is NaN where the mean of the
    ∇h_i is not ∇h."""
    h = pair.helpers
    assert h is not None
    work.begin("measuring the helpers", 1)
    whole = _of_coordinates if getattr(h, "diagonal", False) else _of_matrices
    values = (whole if h.exact else _of_directions)(pair, h, seed)
    work.done()
    slopes = _slopes(pair, h, np.stack([np.broadcast_to(pair.x_star, pair.x0.shape), pair.x0]))
    zetas = np.sqrt(np.sum(slopes**2, axis=-1) @ h.shares)
    values["zeta_bar"] = np.where(_mean_is_h(pair, h, seed), zetas[0], np.nan)
    values["zeta_0"] = zetas[1]
    stated = {
        "delta_m": h.delta_m,
        "delta_bar": h.delta_bar,
        "delta_A": h.delta_A,
        "ell": h.ell,
        "zeta_bar": h.zeta(np.broadcast_to(pair.x_star, (len(pair.x0), 1, pair.dim)))[:, 0],
        "zeta_0": h.zeta(pair.x0[:, None])[:, 0],
    }
    L = np.broadcast_to(pair.constants().L, len(pair.x0))
    far = np.max(np.linalg.norm(pair.x0 - pair.x_star, axis=-1))
    for i in range(len(pair.x0)):
        N = float(np.sum(h.counts))
        yield Check("N", i, float(h.N), N, "exact", N)
        for name, value in values.items():
            size = FLOOR * L[i] * (far if name.startswith("zeta") else 1.0)
            known = h.exact or name.startswith("zeta")
            yield Check(
                name,
                i,
                float(stated[name][i]),
                float(value[i]),
                "exact" if known else "certified",
                max(size, float(stated[name][i])),
            )


def _slopes(pair: Pair, h: Helpers, points: FloatArray) -> FloatArray:
    """∇f − ∇h_i of every group at points (n, C, d), shape (n, C, g, d)."""
    found = []
    for x in points:
        at_all = np.broadcast_to(x[:, None], (len(x), h.groups, x.shape[-1]))
        f = pair.gradients().f(x[:, None])
        found.append(f - h.gradient(np.arange(h.groups), at_all))
    return np.stack(found)


def _mean_is_h(pair: Pair, h: Helpers, seed: int) -> FloatArray:
    """Whether the weighted mean of the ∇h_i is ∇h at random points of each configuration, and at
    x*."""
    random = np.random.default_rng(seed)
    far = np.linalg.norm(pair.x0 - pair.x_star, axis=-1, keepdims=True)
    good = np.ones(len(pair.x0), dtype=bool)
    for turn in range(3):
        x = pair.x_star + turn * far * random.standard_normal(pair.x0.shape) / np.sqrt(pair.dim)
        at_all = np.broadcast_to(x[:, None], (len(x), h.groups, x.shape[-1]))
        each = h.gradient(np.arange(h.groups), at_all)
        size = np.max(np.abs(each), axis=(1, 2))
        mean = np.tensordot(h.shares, each, (0, 1))
        apart = np.max(np.abs(mean - pair.gradients().h(x[:, None])[:, 0]), axis=-1)
        good &= apart <= SAME * size + 1e-300
    return good


def _of_matrices(pair: Pair, h: Helpers, seed: int) -> dict[str, FloatArray]:
    """The constants from Hessians of f and of each h_i by differences of gradients, which are the
    same everywhere."""
    C, d = pair.x0.shape
    far = np.maximum(np.linalg.norm(pair.x0 - pair.x_star, axis=-1), np.max(np.abs(pair.x_star)))[
        :, None, None
    ]
    ends = np.vstack([np.eye(d), np.zeros((1, d))])
    x = pair.x_star + far * ends
    f = pair.gradients().f(x)
    A = (f[:, :d] - f[:, d:]) / far
    deltas, tops = np.empty((C, h.groups)), np.empty((C, h.groups))
    squares = np.zeros((C, d, d))
    size = max(1, BLOCK // max(1, C * (d + 1) * d * (1 if _flat(h) else d)))
    for start in range(0, h.groups, size):
        group = np.arange(start, min(start + size, h.groups))
        g = h.gradient(np.repeat(group, d + 1), np.tile(x, (1, len(group), 1)))
        g = g.reshape(C, len(group), d + 1, d)
        H = (g[:, :, :d] - g[:, :, d:]) / far[:, None]
        R = A[:, None] - H
        H, R = (0.5 * (M + np.swapaxes(M, -1, -2)) for M in (H, R))
        squares += np.tensordot(h.shares[group], R @ R, (0, 1))
        for M, norms in ((R, deltas), (H, tops)):
            values = np.linalg.eigvalsh(M)
            norms[:, group] = np.maximum(values[..., -1], -values[..., 0])
    return {
        "delta_m": np.max(deltas, axis=-1),
        "delta_bar": np.sqrt(deltas**2 @ h.shares),
        "delta_A": np.sqrt(np.linalg.eigvalsh(squares)[:, -1]),
        "ell": np.max(tops, axis=-1),
    }


def _of_coordinates(pair: Pair, h: Helpers, seed: int) -> dict[str, FloatArray]:
    """The constants from Hessians that are stated to be diagonal, as quotients of gradients in each
    coordinate at one point; NaN where the gradients at a random point are not their products."""
    random = np.random.default_rng(seed)
    C, d = pair.x0.shape
    far = np.maximum(np.linalg.norm(pair.x0 - pair.x_star, axis=-1), np.max(np.abs(pair.x_star)))
    ways = np.stack([random.choice([-1.0, 1.0], d), random.standard_normal(d)])
    x = pair.x_star + far[:, None, None] * np.vstack([np.zeros((1, d)), ways])
    z = x - pair.x_star
    f = pair.gradients().f(x)
    A = (f[:, 1] - f[:, 0]) / z[:, 1]
    deltas, tops = np.empty((C, h.groups)), np.empty((C, h.groups))
    squares = np.zeros((C, d))
    size = max(1, BLOCK // max(1, 3 * C * d))
    for start in range(0, h.groups, size):
        group = np.arange(start, min(start + size, h.groups))
        g = h.gradient(np.repeat(group, 3), np.tile(x, (1, len(group), 1)))
        g = g.reshape(C, len(group), 3, d)
        H = (g[:, :, 1] - g[:, :, 0]) / z[:, None, 1]
        R = A[:, None] - H
        squares += np.tensordot(h.shares[group], R * R, (0, 1))
        product = H * z[:, None, 2]
        error = np.abs(g[:, :, 2] - g[:, :, 0] - product)
        # A − R_i may be a difference of larger numbers.
        rounding = ULPS * (
            np.abs(product) + np.abs(A[:, None] * z[:, None, 2]) + np.abs(g[:, :, 0])
        )
        coupled = np.any(error > rounding, axis=-1)
        for M, norms in ((R, deltas), (H, tops)):
            norms[:, group] = np.where(coupled, np.nan, np.max(np.abs(M), axis=-1))
    return {
        "delta_m": np.max(deltas, axis=-1),
        "delta_bar": np.sqrt(deltas**2 @ h.shares),
        "delta_A": np.sqrt(np.max(squares, axis=-1)),
        "ell": np.max(tops, axis=-1),
    }


def _flat(h: Any) -> bool:
    """Whether gradients of many replicas need no matrix for each."""
    return bool(getattr(h, "diagonal", True))


def _of_directions(pair: Pair, h: Helpers, seed: int) -> dict[str, FloatArray]:
    """Lower bounds of the constants from differences of gradients along directions, which power
    iterations turn towards the largest differences, at x*, at x⁰ and at random points."""
    random = np.random.default_rng(seed)
    C, d = pair.x0.shape
    far = np.linalg.norm(pair.x0 - pair.x_star, axis=-1, keepdims=True)
    points = [np.broadcast_to(pair.x_star, (C, d)), pair.x0]
    points += [pair.x_star + far * random.standard_normal((C, d)) / np.sqrt(d) for _ in range(2)]
    deltas, tops = np.zeros((C, h.groups)), np.zeros((C, h.groups))
    average = np.zeros(C)
    for x in points:
        start = random.standard_normal((C, h.groups, d))
        for which, lengths in ((0, deltas), (1, tops)):
            v = start
            for _ in range(STEPS):
                v = _along(pair, h, x, _unit(v))[which]
                lengths[:] = np.maximum(lengths, np.linalg.norm(v, axis=-1))
        v = start[:, :1]
        for _ in range(STEPS):
            Rv = _along(pair, h, x, np.broadcast_to(_unit(v), start.shape))[0]
            average = np.maximum(average, np.sqrt(np.sum(Rv**2, axis=-1) @ h.shares))
            size = np.linalg.norm(Rv, axis=-1, keepdims=True)
            again = _along(pair, h, x, _unit(Rv))[0] * size
            v = np.tensordot(h.shares, again, (0, 1))[:, None]
    return {
        "delta_m": np.max(deltas, axis=-1),
        "delta_bar": np.sqrt(deltas**2 @ h.shares),
        "delta_A": average,
        "ell": np.max(tops, axis=-1),
    }


def _along(pair: Pair, h: Helpers, x: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """∇²r_i(x) v and ∇²h_i(x) v of every group by differences of gradients, shape (C, g, d) as v;
    0 where rounding is all."""
    step = pair.length / 16
    group = np.arange(h.groups)
    ends = [x[:, None] + sign * step * v for sign in (1.0, -1.0)]
    of_h = [h.gradient(group, end) for end in ends]
    of_f = [pair.gradients().f(end) for end in ends]
    H = (of_h[0] - of_h[1]) / (2 * step)
    R = (of_f[0] - of_f[1]) / (2 * step) - H
    rounding = 64 * np.finfo(float).eps * (np.abs(of_f[0]).max() + np.abs(of_h[0]).max()) / step
    return np.where(np.linalg.norm(R, axis=-1, keepdims=True) > rounding, R, 0.0), H


def _unit(v: FloatArray) -> FloatArray:
    size = np.linalg.norm(v, axis=-1, keepdims=True)
    return np.asarray(np.divide(v, size, out=np.zeros(v.shape), where=size > 0))
