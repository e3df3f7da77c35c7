"""Sums of gradients of a generalised linear model over samples: eight scores in one pass over x,
and their sum in one over the gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.cpu import vector
from auxtheory.kernels.cpu.draw import cleared
from auxtheory.kernels.cpu.vector import FOUR
from auxtheory.kernels.jit import known

alike: Any = vector.alike
load: Any = vector.load
plus: Any = vector.plus
store: Any = vector.store
totals: Any = vector.totals
# samples at a pass; samples whose features stay in first-level cache
GROUP = 8
BLOCK = 32
# offsets in a block's array, after the scores
WEIGHT = BLOCK
MARK = 2 * BLOCK
COEFFICIENT = 3 * BLOCK


class Model(NamedTuple):
    """The samples of an objective: features as rows of whole cache lines end to end, c, marks, and
    0 … n − 1."""

    features: Any
    weights: Any
    marks: Any
    order: Any


class Work(NamedTuple):
    """Working arrays for a block of samples: where their features begin; scores, weights, marks and
    coefficients."""

    offsets: Any
    block: Any


def work() -> Work:
    """Room for one block."""
    return Work(np.zeros(BLOCK, dtype=np.int64), cleared(4 * BLOCK))


def model(features: Any, weights: Any, marks: Any) -> Model:
    """Samples as the loop takes them."""
    n, d = features.shape
    width = -(-d // GROUP) * GROUP
    padded = cleared(n * width)
    padded.reshape(n, width)[:, :d] = features
    return Model(
        padded,
        np.array(weights, dtype=float),
        np.array(marks, dtype=float).reshape(-1),
        np.arange(n),
    )


def score(out: Any, q: int, features: Any, at: Any, x: Any) -> None:
    """aᵀx of eight samples."""
    i0 = at[q]
    i1 = at[q + 1]
    i2 = at[q + 2]
    i3 = at[q + 3]
    i4 = at[q + 4]
    i5 = at[q + 5]
    i6 = at[q + 6]
    i7 = at[q + 7]
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = alike(0.0)
    for j in range(0, x.size, FOUR):
        v = load(x, j)
        s0 = plus(s0, load(features, i0 + j), v)
        s1 = plus(s1, load(features, i1 + j), v)
        s2 = plus(s2, load(features, i2 + j), v)
        s3 = plus(s3, load(features, i3 + j), v)
        s4 = plus(s4, load(features, i4 + j), v)
        s5 = plus(s5, load(features, i5 + j), v)
        s6 = plus(s6, load(features, i6 + j), v)
        s7 = plus(s7, load(features, i7 + j), v)
    store(out, q, totals(s0, s1, s2, s3))
    store(out, q + FOUR, totals(s4, s5, s6, s7))


def combine(out: Any, features: Any, at: Any, block: Any, q: int) -> None:
    """Add Σ c a over eight samples to out."""
    i0 = at[q]
    i1 = at[q + 1]
    i2 = at[q + 2]
    i3 = at[q + 3]
    i4 = at[q + 4]
    i5 = at[q + 5]
    i6 = at[q + 6]
    i7 = at[q + 7]
    c = block[COEFFICIENT + q : COEFFICIENT + q + GROUP]
    c0 = alike(c[0])
    c1 = alike(c[1])
    c2 = alike(c[2])
    c3 = alike(c[3])
    c4 = alike(c[4])
    c5 = alike(c[5])
    c6 = alike(c[6])
    c7 = alike(c[7])
    for j in range(0, out.size, FOUR):
        v = plus(plus(load(out, j), load(features, i0 + j), c0), load(features, i1 + j), c1)
        v = plus(plus(v, load(features, i2 + j), c2), load(features, i3 + j), c3)
        v = plus(plus(v, load(features, i4 + j), c4), load(features, i5 + j), c5)
        store(out, j, plus(plus(v, load(features, i6 + j), c6), load(features, i7 + j), c7))


def add_samples(
    slope: Any, out: Any, model: Any, other: Any, weights: Any, rows: Any, x: Any, work: Any
) -> None:
    """Add to out the sum over samples of weights[0] times one objective and weights[1] times
    another of the same features."""
    width = x.size
    weight, weight_other = weights
    offsets = work.offsets
    block = work.block
    for first in range(0, rows.size, BLOCK):
        count = min(BLOCK, rows.size - first)
        padded = -(-count // GROUP) * GROUP
        for i in range(padded):
            row = rows[first + min(i, count - 1)]
            offsets[i] = row * width
            block[WEIGHT + i] = weight * model.weights[row] if i < count else 0.0
            block[MARK + i] = model.marks[row]
        for q in range(0, padded, GROUP):
            score(block, q, model.features, offsets, x)
        for i in range(padded):
            block[COEFFICIENT + i] = block[WEIGHT + i] * slope(block[i], block[MARK + i])
        if weight_other:
            for i in range(count):
                row = rows[first + i]
                block[WEIGHT + i] = weight_other * other.weights[row]
                block[MARK + i] = other.marks[row]
            for i in range(padded):
                block[COEFFICIENT + i] += block[WEIGHT + i] * slope(block[i], block[MARK + i])
        for q in range(0, padded, GROUP):
            combine(out, model.features, offsets, block, q)


for _piece in (score, combine, add_samples):
    known(_piece, inline=False, merged=True)
