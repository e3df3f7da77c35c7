"""Random subsets of 0 … N − 1 as functions of an index, in work that grows like their size."""

from __future__ import annotations

import numpy as np

from auxtheory.random.philox import uniforms
from auxtheory.typing import Array


def subsets(
    replicas: tuple[int, int], round_: int, step: int, seed: int, size: int, N: int
) -> Array:
    """A uniformly random set of `size` of the numbers 0 … N − 1 for each replica, ascending.

    The first different ones of a sequence of random numbers are such a set. Of more than half of
    the numbers, those that are left out are drawn.

    Args:
        replicas: the first replica, and one past the last.
        round_: the round t.
        step: the step within the round and the oracle, as in `counter`.
        seed: a whole number in [0, 2⁶⁴).
        size: the numbers in a set, from 0 to N.
        N: of how many numbers.

    Returns:
        An array of whole numbers, shape (replicas, size).
    """
    few = min(size, N - size)
    count = replicas[1] - replicas[0]
    chosen = np.zeros((count, 0), dtype=np.int64)
    drawn = 2 * few + 16
    while few:
        u = uniforms(*replicas, round_, step, seed, drawn)
        numbers = np.minimum((u * N).astype(np.int64), N - 1)
        new = _new(numbers)
        so_far = np.cumsum(new, axis=-1)
        if np.all(so_far[:, -1] >= few):
            chosen = np.sort(numbers[new & (so_far <= few)].reshape(count, few), axis=-1)
            break
        drawn *= 2
    if few == size:
        return chosen
    left = np.ones((count, N), dtype=bool)
    left[np.arange(count)[:, None], chosen] = False
    return np.nonzero(left)[1].reshape(count, size)


def _new(numbers: Array) -> Array:
    """Whether each number of a row is there for the first time."""
    order = np.argsort(numbers, axis=-1, kind="stable")
    ascending = np.take_along_axis(numbers, order, axis=-1)
    first = np.ones_like(numbers, dtype=bool)
    first[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
    new = np.empty_like(first)
    np.put_along_axis(new, order, first, axis=-1)
    return new
