"""Sums over all samples of a logistic objective, in blocks of samples whose features stay in a
processor's cache, so that working memory does not grow with the number of samples.

Up to `WHOLE` samples are one block. With more, the sums of the blocks are added one after another,
which changes a result by its rounding error and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from auxtheory.problems.logistic.features import products
from auxtheory.typing import Array

Part = TypeVar("Part")
WHOLE = 4096  # samples
FEATURES = 2**17  # numbers of features of a block, 1 MB
LEAST = 256  # samples of a block, so that calls do not dominate


class Block(NamedTuple):
    """Some samples: x ↦ xAᵀ and u ↦ uA, their weights (n,) and marks (rows, n)."""

    forward: Callable[[Array], Array]
    back: Callable[[Array], Array]
    weights: Array
    marks: Array


def length_of_block(n: int, p: int) -> int:
    """The number of samples of a block, of n with p features each."""
    return n if n <= WHOLE else min(WHOLE, max(LEAST, FEATURES // p))


def blocks(features: Any, weights: Array, marks: Array, xp: Any) -> Sequence[Block]:
    """The samples in blocks; on another namespace than NumPy, whose device has no such caches, in
    one."""
    n, p = features.shape
    length = length_of_block(n, p) if xp is np else n
    return [
        Block(
            # The matrix itself keeps its identity, and a sparse one is not copied.
            *products(features if length == n else features[start : start + length], xp),
            xp.asarray(weights[start : start + length]),
            xp.asarray(marks[:, start : start + length]),
        )
        for start in range(0, n, length)
    ]


def total(of_block: Callable[[Part], Array], parts: Sequence[Part]) -> Array:
    """The sum of an array over the blocks, or over what goes with each."""
    first, *others = parts
    result = of_block(first)
    for block in others:
        result = result + of_block(block)
    return result
