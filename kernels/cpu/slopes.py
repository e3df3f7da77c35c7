"""The derivatives of the logistic loss of a block of samples in their scores, times the samples'
weights, in compiled loops: for two classes and for more."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.elementary import exp_minus
from auxtheory.kernels.cpu.draw import cleared
from auxtheory.kernels.jit import known

BLOCK = 32  # samples whose features stay in a first-level cache


class Work(NamedTuple):
    """Working arrays for a block of samples: where their features begin, weights and marks; of each
    row of scores BLOCK scores and as many coefficients; the highest score and a sum of each
    sample."""

    offsets: Any
    weights: Any
    marks: Any
    scores: Any
    coefficients: Any
    highest: Any
    sums: Any


def work(rows: int) -> Work:
    """Room for one block with so many rows of scores."""
    one, other, highest, sums = (cleared(BLOCK) for _ in range(4))
    scores, coefficients = (cleared(rows * BLOCK) for _ in range(2))
    return Work(np.zeros(BLOCK, dtype=np.int64), one, other, scores, coefficients, highest, sums)


def binary_slope(score: Any, sign: Any) -> Any:
    """The derivative of ln(1 + exp(−sign · score)) in the score."""
    return -sign / (1.0 + exp_minus(-sign * score))


def two_classes(work: Any, count: int, more: int) -> None:
    """Compute the coefficients of the first `count` samples, or add to them if `more`."""
    for i in range(count):
        slope = binary_slope(work.scores[i], work.marks[i])
        before = work.coefficients[i] if more else 0.0
        work.coefficients[i] = before + work.weights[i] * slope


def many_classes(work: Any, count: int, more: int) -> None:
    """`two_classes` for a row of scores for each class: softmax − 1 at the sample's class."""
    scores = work.scores
    highest = work.highest
    sums = work.sums
    for i in range(count):
        highest[i] = scores[i]
        sums[i] = 0.0
    for k in range(BLOCK, scores.size, BLOCK):
        for i in range(count):
            highest[i] = scores[k + i] if scores[k + i] > highest[i] else highest[i]
    for k in range(0, scores.size, BLOCK):
        for i in range(count):
            sums[i] += exp_minus(highest[i] - scores[k + i])
    for k in range(scores.size // BLOCK):
        for i in range(count):
            power = exp_minus(highest[i] - scores[k * BLOCK + i])
            slope = power / sums[i] - (1.0 if work.marks[i] == k else 0.0)
            at = k * BLOCK + i
            before = work.coefficients[at] if more else 0.0
            work.coefficients[at] = before + work.weights[i] * slope


def slopes(work: Any, count: int, more: int) -> None:
    """`two_classes` or `many_classes`, as the scores have rows."""
    if work.scores.size > BLOCK:
        many_classes(work, count, more)
    else:
        two_classes(work, count, more)


known(binary_slope)
for _piece in (two_classes, many_classes):
    known(_piece, inline=False, fused=True)
known(slopes, inline=False)
