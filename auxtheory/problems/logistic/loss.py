"""The logistic loss of samples as a function of their scores, for two classes (one score, marks ±1)
and more (a score for each class, marks 0 and 1), on any array namespace, without overflow."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any, TypeAlias

from auxtheory.typing import Array

Function: TypeAlias = Callable[[Array, Array, Any], Array]

# Up to this |v|, exp(v) − 1 − v would lose digits as a difference, and is computed as a series of
# ORDER terms.
CLOSE = 0.1
ORDER = 10


def of_classes(rows: int) -> tuple[Function, Function]:
    """The functions for slopes and losses, with one row of scores or with one for each class."""
    return (slopes, losses) if rows > 1 else (binary_slopes, binary_losses)


def excess_of_classes(rows: int) -> Function:
    """The function for the excess of a sample's loss over its tangent, with one row of scores or
    with one for each class."""
    return excess if rows > 1 else binary_excess


def sigmoid(t: Array, xp: Any) -> Array:
    """1/(1 + e⁻ᵗ), without a power that overflows."""
    small = xp.exp(-xp.abs(t))
    return xp.where(t >= 0, 1 / (1 + small), small / (1 + small))


def binary_losses(scores: Array, signs: Array, xp: Any) -> Array:
    """ln(1 + e⁻ᵐ) of the margins m, (…, n)."""
    margins = (signs * scores)[..., 0, :]
    return xp.where(margins < 0, -margins, xp.zeros_like(margins)) + xp.log1p(
        xp.exp(-xp.abs(margins))
    )


def binary_slopes(scores: Array, signs: Array, xp: Any) -> Array:
    """The derivative of the loss in the score, (…, 1, n)."""
    return -signs * sigmoid(-signs * scores, xp)


def losses(scores: Array, marks: Array, xp: Any) -> Array:
    """−ln softmax at the class of each sample, (…, n)."""
    shifted = scores - xp.max(scores, axis=-2, keepdims=True)
    return xp.log(xp.sum(xp.exp(shifted), axis=-2)) - xp.sum(marks * shifted, axis=-2)


def slopes(scores: Array, marks: Array, xp: Any) -> Array:
    """The derivative of the loss in the scores: softmax − marks, (…, C, n)."""
    powers = xp.exp(scores - xp.max(scores, axis=-2, keepdims=True))
    return powers / xp.sum(powers, axis=-2, keepdims=True) - marks


def binary_excess(scores: Array, moves: Array, xp: Any) -> Array:
    """The loss at scores + moves minus its tangent at the scores, (…, n), which is at least 0 and
    the same for both labels.

    With p and q = 1 − p the probabilities and u the move it is ln(1 + pφ(qu) + qφ(−pu)), φ(v) =
    exp(v) − 1 − v, without differences of nearly equal numbers. Where |u| > 1 plain differences are
    accurate.
    """
    p = sigmoid(scores, xp)[..., 0, :]
    q = sigmoid(-scores, xp)[..., 0, :]
    u = moves[..., 0, :]
    score = scores[..., 0, :]
    near = xp.log1p(p * rest(q * u, xp) + q * rest(-p * u, xp))
    if not bool(xp.any(xp.abs(u) > 1)):
        return near
    return xp.where(xp.abs(u) <= 1, near, softplus(score + u, xp) - softplus(score, xp) - p * u)


def excess(scores: Array, moves: Array, xp: Any) -> Array:
    """`binary_excess` for a row of scores for each class: ln(1 + Σ pₖφ(vₖ)) with v = u − Σ pₖuₖ,
    and plain differences where max |v| > 1."""
    shifted = scores - xp.max(scores, axis=-2, keepdims=True)
    powers = xp.exp(shifted)
    total = xp.sum(powers, axis=-2, keepdims=True)
    p = powers / total
    mean = xp.sum(p * moves, axis=-2, keepdims=True)
    v = moves - mean
    near = xp.log1p(xp.sum(p * rest(v, xp), axis=-2))
    ends = shifted + moves
    highest = xp.max(ends, axis=-2, keepdims=True)
    far = (
        xp.log(xp.sum(xp.exp(ends - highest), axis=-2))
        + (highest - xp.log(total) - mean)[..., 0, :]
    )
    return xp.where(xp.max(xp.abs(v), axis=-2) <= 1, near, far)


def softplus(t: Array, xp: Any) -> Array:
    """ln(1 + eᵗ), without a power that overflows."""
    return xp.where(t > 0, t, xp.zeros_like(t)) + xp.log1p(xp.exp(-xp.abs(t)))


def rest(v: Array, xp: Any) -> Array:
    """φ(v) = exp(v) − 1 − v for v ≤ 1, to rounding; larger v count as 1."""
    low = xp.where(v > 1, xp.ones_like(v), v)
    # In place, which takes half the time.
    series = low * (1 / factorial(ORDER)) + 1 / factorial(ORDER - 1)
    for n in range(ORDER - 2, 1, -1):
        series *= low
        series += 1 / factorial(n)
    series *= low
    series *= low
    far = xp.expm1(low)
    far -= low
    return xp.where(xp.abs(low) <= CLOSE, series, far)
