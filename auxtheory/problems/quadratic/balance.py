"""Numbers and vectors of given lengths whose weighted mean is 0."""

from __future__ import annotations

from collections import deque

import numpy as np

from auxtheory.typing import FloatArray

ROUNDING = 1e-12  # share by which the largest of some lengths may exceed the sum of the others


def closes(lengths: FloatArray) -> bool:
    """Whether vectors of these lengths can sum to 0: none is longer than the others together."""
    return bool(2 * np.max(lengths) <= np.sum(lengths) * (1 + ROUNDING))


def signs(lengths: FloatArray, random: np.random.Generator) -> tuple[FloatArray, int | None]:
    """Factors s in [−1, 1] with Σ s · lengths = 0, all but at most one of them ±1, and that one's
    index.

    The longest come first, each against the sum so far; the last that changed the sign of the sum
    is at least as long as what remains, and is shortened by it.
    """
    g = len(lengths)
    order = np.lexsort((random.random(g), -lengths))
    s = np.zeros(g)
    total, last = 0.0, int(order[0])
    for i in order:
        s[i] = -1.0 if total > 0 else 1.0
        if total <= 0 < total + s[i] * lengths[i] or total >= 0 > total + s[i] * lengths[i]:
            last = int(i)
        total += s[i] * lengths[i]
    if abs(total) > ROUNDING * np.sum(lengths):
        s[last] *= 1 - abs(total) / lengths[last]
        short: int | None = last
    else:
        short = None
    return (s if random.random() < 0.5 else -s), short


def scaled_sides(s: FloatArray, lengths: FloatArray) -> FloatArray:
    """Factors (g, n), of which those on the heavier side are scaled such that Σ s · lengths = 0 in
    each column; 0 where a side is empty."""
    up = lengths @ np.maximum(s, 0.0)
    down = lengths @ np.maximum(-s, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Sums of equal numbers may differ in their last digit.
        apart = np.abs(up - down) > 1e-15 * (up + down)
        lower = np.where(apart & (up > down), down / up, 1.0)
        raised = np.where(apart & (down > up), up / down, 1.0)
    return np.asarray(s * np.where(s > 0, lower, raised))


def random_signs(lengths: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    """Factors in [−1, 1], shape (g, n), with Σ s · lengths = 0 in each of n columns, as many of
    them ±1 as a random order allows."""
    g = len(lengths)
    order = random.permuted(np.broadcast_to(np.arange(g), (n, g)), axis=1).T
    flips = random.choice([-1.0, 1.0], size=n)
    s = np.empty((g, n))
    total = np.zeros(n)
    columns = np.arange(n)
    for row in order:
        sign = np.where(total > 0, -1.0, np.where(total < 0, 1.0, flips))
        s[row, columns] = sign
        total = total + sign * lengths[row]
    return scaled_sides(s, lengths)


def closed_polygon(lengths: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    """Unit vectors u in n ≥ 2 dimensions, shape (g, n), with Σ lengths · u = 0 if the lengths
    close; otherwise the longest is shortened.

    Equal lengths point in opposite random directions, two by two; the others are the sides of a
    triangle in a random plane.
    """
    g = len(lengths)
    # Queues, since taking the first of a list takes as long as the list.
    order = deque(int(i) for i in np.lexsort((random.random(g), -lengths)))
    pairs: deque[tuple[int, int]] = deque()
    rest: list[int] = []
    while order:
        i = order.popleft()
        if order and lengths[order[0]] == lengths[i]:
            pairs.append((i, order.popleft()))
        else:
            rest.append(i)
    while rest and pairs and not closes(lengths[rest]):
        rest += pairs.popleft()
    u = np.zeros((g, n))
    for i, j in pairs:
        u[i] = _unit(random, n)
        u[j] = -u[i]
    if rest:
        u[rest] = _triangle(lengths[rest], random) @ _plane(random, n)
    return u


def _triangle(lengths: FloatArray, random: np.random.Generator) -> FloatArray:
    """Vectors in the plane along the three sides of a triangle, each of which several lengths make
    up, shape (g, 2)."""
    sides = np.zeros(3)
    side = np.empty(len(lengths), dtype=int)
    for i in np.lexsort((random.random(len(lengths)), -lengths)):
        side[i] = int(np.argmin(sides))
        sides[side[i]] += lengths[i]
    order = np.argsort(-sides)
    a, b, c = sides[order]
    if a == 0:
        return np.broadcast_to([1.0, 0.0], (len(lengths), 2)).copy()
    if a >= b + c:
        # Degenerate up to rounding, or not closed: then the long side is shortened.
        vectors = np.array([[-min(1.0, (b + c) / a), 0.0], [1.0, 0.0], [1.0, 0.0]])
    else:
        along = (a * a + b * b - c * c) / (2 * a)
        height = np.sqrt(max(b * b - along * along, 0.0))
        vectors = np.array([[-1.0, 0.0], [along / b, height / b], [(a - along) / c, -height / c]])
    turned = np.empty((3, 2))
    turned[order] = vectors
    return np.asarray(turned[side])


def _unit(random: np.random.Generator, n: int) -> FloatArray:
    v = random.standard_normal(n)
    return np.asarray(v / np.linalg.norm(v))


def _plane(random: np.random.Generator, n: int) -> FloatArray:
    """Two orthonormal vectors of a random plane, shape (2, n)."""
    return np.ascontiguousarray(np.linalg.qr(random.standard_normal((n, 2)))[0].T)


def evenly(lengths: FloatArray) -> bool:
    """Whether the signs that `signs` finds make the sum 0."""
    return signs(lengths, np.random.default_rng(0))[1] is None
