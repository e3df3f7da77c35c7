"""Sums of gradients of a generalised linear model over samples with dense features: the scores of
eight samples in one pass over x, and the sum of their gradients in one over the gradient.

A point has a row of scores for each class, or one for two classes; each row of the point fills
whole cache lines (`Model.width`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.cpu import vector
from auxtheory.kernels.cpu.draw import cleared
from auxtheory.kernels.cpu.slopes import BLOCK, slopes
from auxtheory.kernels.cpu.vector import EIGHT
from auxtheory.kernels.jit import known

alike: Any = vector.alike
load: Any = vector.load
plus: Any = vector.plus
store: Any = vector.store
total: Any = vector.total
totals: Any = vector.totals
GROUP = EIGHT  # samples at a pass


class Model(NamedTuple):
    """The samples of an objective.

    features: dense rows of `width` numbers end to end, or the numbers of sparse ones, whose columns
    and first places are next; marked: c and the mark, ±1 or
    the class, of each sample in turn; lengths: ‖a‖²; order: 0 … n − 1.
    """

    features: Any
    columns: Any
    starts: Any
    marked: Any
    lengths: Any
    order: Any
    width: int


class Term(NamedTuple):
    """A sum over the samples numbered in `rows`: `weight` times one model, and `other_weight` times
    another of the same features if that is not 0.

    scale: of x, which is added if `fresh`; otherwise the sum is added to what is there. squares:
    whether the squares of the single gradients are summed too.
    """

    model: Any
    other: Any
    weight: float
    other_weight: float
    rows: Any
    scale: float
    fresh: int
    squares: int


def padded_width(p: int) -> int:
    """The numbers in whole cache lines that hold p."""
    return -(-p // GROUP) * GROUP


def padded(features: Any) -> Any:
    """Dense features as the loop takes them."""
    n, p = features.shape
    rows = cleared(n * padded_width(p))
    rows.reshape(n, -1)[:, :p] = features
    return rows


def score(out: Any, q: int, features: Any, at: Any, x: Any) -> None:
    """aᵀx of eight samples."""
    i0, i1, i2, i3 = at[0], at[1], at[2], at[3]
    i4, i5, i6, i7 = at[4], at[5], at[6], at[7]
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = alike(0.0)
    for j in range(0, x.size, EIGHT):
        v = load(x, j)
        s0 = plus(s0, load(features, i0 + j), v)
        s1 = plus(s1, load(features, i1 + j), v)
        s2 = plus(s2, load(features, i2 + j), v)
        s3 = plus(s3, load(features, i3 + j), v)
        s4 = plus(s4, load(features, i4 + j), v)
        s5 = plus(s5, load(features, i5 + j), v)
        s6 = plus(s6, load(features, i6 + j), v)
        s7 = plus(s7, load(features, i7 + j), v)
    store(out, q, totals(s0, s1, s2, s3, s4, s5, s6, s7))


def combine(out: Any, base: Any, scale: float, features: Any, at: Any, c: Any) -> None:
    """out = scale base + Σ c a over eight samples."""
    i0, i1, i2, i3 = at[0], at[1], at[2], at[3]
    i4, i5, i6, i7 = at[4], at[5], at[6], at[7]
    c0, c1, c2, c3 = alike(c[0]), alike(c[1]), alike(c[2]), alike(c[3])
    c4, c5, c6, c7 = alike(c[4]), alike(c[5]), alike(c[6]), alike(c[7])
    scales = alike(scale)
    for j in range(0, out.size, EIGHT):
        v = plus(alike(0.0), load(base, j), scales)
        v = plus(plus(v, load(features, i0 + j), c0), load(features, i1 + j), c1)
        v = plus(plus(v, load(features, i2 + j), c2), load(features, i3 + j), c3)
        v = plus(plus(v, load(features, i4 + j), c4), load(features, i5 + j), c5)
        store(out, j, plus(plus(v, load(features, i6 + j), c6), load(features, i7 + j), c7))


def weigh(term: Any, work: Any, first: int, count: int, whole: int) -> None:
    """Copy places, weights and marks of a block; samples past the end repeat the last, with the
    weight 0."""
    model = term.model
    # Unsigned, since compiled code then does not look for indices from the end.
    width = np.uint64(model.width)
    row = np.uint64(0)
    for i in range(count):
        row = np.uint64(term.rows[np.uint64(first + i)])
        work.offsets[np.uint64(i)] = np.int64(row * width)
        work.weights[np.uint64(i)] = term.weight * model.marked[row + row]
        work.marks[np.uint64(i)] = model.marked[row + row + np.uint64(1)]
    for i in range(count, whole):
        work.offsets[i] = np.int64(row * width)
        work.weights[i] = 0.0
        work.marks[i] = model.marked[row + row + np.uint64(1)]


def slope(term: Any, work: Any, first: int, count: int, whole: int) -> float:
    """Compute the coefficients of a block from its scores; the sum of the squares of its single
    gradients, if asked for."""
    slopes(work, whole, 0)
    if term.other_weight:
        for i in range(count):
            row = term.rows[first + i]
            work.weights[i] = term.other_weight * term.other.marked[2 * row]
            work.marks[i] = term.other.marked[2 * row + 1]
        slopes(work, whole, 1)
    squares = 0.0
    if term.squares:
        for i in range(count):
            length = term.model.lengths[term.rows[first + i]]
            for at in range(i, work.coefficients.size, BLOCK):
                squares += work.coefficients[at] * work.coefficients[at] * length
    return squares


def add_dense(out: Any, x: Any, term: Any, work: Any) -> float:
    """Add a term at x to out; return the sum of the squares of single gradients, if asked for."""
    features = term.model.features
    width = term.model.width
    offsets = work.offsets
    squares = 0.0
    for first in range(0, term.rows.size, BLOCK):
        count = min(BLOCK, term.rows.size - first)
        whole = -(-count // GROUP) * GROUP
        weigh(term, work, first, count, whole)
        for k in range(x.size // width):
            point = x[k * width : (k + 1) * width]
            for q in range(0, whole, GROUP):
                score(work.scores, k * BLOCK + q, features, offsets[q:], point)
        squares += slope(term, work, first, count, whole)
        for k in range(x.size // width):
            part = out[k * width : (k + 1) * width]
            for q in range(0, whole, GROUP):
                c = work.coefficients[k * BLOCK + q :]
                begun = first or q or not term.fresh
                base = part if begun else x[k * width : (k + 1) * width]
                combine(part, base, 1.0 if begun else term.scale, features, offsets[q:], c)
    return squares


def add_sparse(out: Any, x: Any, term: Any, work: Any) -> float:
    """`add_dense` of sparse features: a sample costs as much as it has entries."""
    features = term.model.features
    columns = term.model.columns
    starts = term.model.starts
    width = term.model.width
    squares = 0.0
    if term.fresh:
        for j in range(x.size):
            out[j] = term.scale * x[j]
    for first in range(0, term.rows.size, BLOCK):
        count = min(BLOCK, term.rows.size - first)
        weigh(term, work, first, count, count)
        for i in range(count):
            row = term.rows[first + i]
            for k in range(x.size // width):
                point = x[k * width : (k + 1) * width]
                score_ = 0.0
                for e in range(starts[row], starts[row + 1]):
                    score_ += features[e] * point[columns[e]]
                work.scores[k * BLOCK + i] = score_
        squares += slope(term, work, first, count, count)
        for i in range(count):
            row = term.rows[first + i]
            for k in range(x.size // width):
                part = out[k * width : (k + 1) * width]
                c = work.coefficients[k * BLOCK + i]
                for e in range(starts[row], starts[row + 1]):
                    part[columns[e]] += c * features[e]
    return squares


def dot(u: Any, v: Any) -> float:
    """uᵀv of vectors in whole cache lines."""
    s = alike(0.0)
    for j in range(0, u.size, EIGHT):
        s = plus(s, load(u, j), load(v, j))
    return float(total(s))


for _piece in (score, combine, weigh, slope, add_dense, add_sparse):
    known(_piece, inline=False, merged=True)
known(dot, inline=False)
