"""Measuring gradients of sums over coordinates, all coordinates at once, and refuting that they are
such sums.

A pair of a separable family states that ∇f acts on each coordinate alone. Its gradient at a mixture
of two points, each coordinate from one or the other, is then the mixture of the gradients, to the
last digits. A coupling of two coordinates shows in a mixture that takes them from different points,
as half of them do, so that MIXTURES random ones miss it with probability 2^−MIXTURES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from auxtheory.problems.base import DIFFERENCES, Gradient, Pair
from auxtheory.typing import FloatArray

MIXTURES = 24
ULPS = 64 * float(np.finfo(float).eps)  # relative rounding of a coordinate of a gradient
TOGETHER = 2**20  # the most coordinates of points at which gradients are evaluated at once


def mixes(
    gradient: Gradient, one: FloatArray, other: FloatArray, random: np.random.Generator
) -> FloatArray:
    """Whether a gradient at random mixtures of two points of each configuration, (C, d), is the
    mixture of the gradients, shape (C,)."""
    of_one, of_other = (_at(gradient, x) for x in (one, other))
    size = np.abs(of_one) + np.abs(of_other)
    good = np.ones(len(one), dtype=bool)
    for _ in range(MIXTURES):
        first = random.random(one.shape[-1]) < 0.5
        mixed = _at(gradient, np.where(first, one, other))
        apart = np.abs(mixed - np.where(first, of_one, of_other))
        good &= np.all(apart <= ULPS * size, axis=-1)
    return good


def slopes(gradient: Gradient, x: FloatArray, step: float) -> FloatArray:
    """The derivative of each coordinate's gradient in that coordinate at x (C, d), by central
    differences of eighth order."""
    total = np.zeros(x.shape)
    for k, weight in DIFFERENCES:
        total += weight / step * (_at(gradient, x + k * step) - _at(gradient, x - k * step))
    return total


def blocks(x: FloatArray) -> Iterator[FloatArray]:
    """Points (C, k, d), some at a time."""
    size = max(1, TOGETHER // max(1, len(x) * x.shape[-1]))
    for start in range(0, x.shape[1], size):
        yield x[:, start : start + size]


class Tally:
    """What gradients and gaps at points (C, k, d) amount to, point by point: ‖∇f‖², ‖∇r‖² and f −
    f*, and over all of them the largest entries of the gradients, of ∇f − ∇h − ∇r and of the
    points."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.g = pair.gradients()
        self.columns: list[list[FloatArray]] = [[], [], [], []]
        self.largest, self.apart, self.far = np.zeros((3, len(pair.x0)))

    def add(self, x: FloatArray) -> None:
        x = np.broadcast_to(x, (len(self.pair.x0), *x.shape[1:]))
        for some in blocks(x):
            f, h, r = (np.broadcast_to(v(some), some.shape) for v in (self.g.f, self.g.h, self.g.r))
            entries = (
                np.sum(f * f, axis=-1),
                np.sum(r * r, axis=-1),
                self.pair.gap(some),
                np.sum(np.abs(some - self.pair.x_star), axis=-1),
            )
            for column, entry in zip(self.columns, entries, strict=True):
                column.append(entry)
            sizes = np.abs(f) + np.abs(h) + np.abs(r), np.abs(f - h - r), np.abs(some)
            tops = [np.max(size, axis=(1, 2)) for size in sizes]
            self.largest = np.maximum(self.largest, tops[0])
            self.apart = np.maximum(self.apart, tops[1])
            self.far = np.maximum(self.far, tops[2])

    def rows(self) -> list[FloatArray]:
        """‖∇f‖², ‖∇r‖², f − f* and Σ|xᵢ − x*ᵢ| of all points, (C, points) each."""
        return [np.concatenate(column, axis=1) for column in self.columns]


def parts(numbers: FloatArray, coordinates: int) -> Iterator[FloatArray]:
    """Numbers, each of which makes a point of so many coordinates, some at a time."""
    size = max(1, TOGETHER // max(1, coordinates))
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def drawn(
    draw: Callable[[int], FloatArray], samples: int, coordinates: int
) -> Iterator[FloatArray]:
    """Random points from draw(count), some at a time, of so many coordinates each."""
    size = max(1, TOGETHER // max(1, coordinates))
    for start in range(0, samples, size):
        yield draw(min(size, samples - start))


def _at(gradient: Gradient, x: FloatArray) -> FloatArray:
    return np.asarray(np.broadcast_to(gradient(x[:, None])[:, 0], x.shape))
