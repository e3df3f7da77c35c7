"""The logistic loss of samples in their scores, for two classes (one score, marks ±1) and more (a score for each class,
marks 0 and 1), on any array namespace, without powers that overflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from auxtheory.elementary import exp_minus
from auxtheory.noise import Array

Function: TypeAlias = Callable[[Array, Array, Any], Array]


def of_classes(rows: int) -> tuple[Function, Function]:
    """Slopes and losses for one row of scores, or for one a class."""
    return (slopes, losses) if rows > 1 else (binary_slopes, binary_losses)


def sigmoid(t: Array, xp: Any) -> Array:
    """1/(1 + e⁻ᵗ), without a power that overflows."""
    small = xp.exp(-xp.abs(t))
    return xp.where(t >= 0, 1 / (1 + small), small / (1 + small))


def binary_losses(scores: Array, signs: Array, xp: Any) -> Array:
    """ln(1 + e⁻ᵐ) of the margins m, (…, n)."""
    margins = (signs * scores)[..., 0, :]
    return xp.where(margins < 0, -margins, xp.zeros_like(margins)) + xp.log1p(xp.exp(-xp.abs(margins)))


def binary_slopes(scores: Array, signs: Array, xp: Any) -> Array:
    """The derivative of the loss in the score, (…, 1, n)."""
    return -signs * sigmoid(-signs * scores, xp)


def binary_slope(score: Any, sign: Any) -> Any:
    """The same of one sample, in compiled loops."""
    return -sign / (1.0 + exp_minus(-sign * score))


def losses(scores: Array, marks: Array, xp: Any) -> Array:
    """−ln softmax at each sample's own class, (…, n)."""
    shifted = scores - xp.max(scores, axis=-2, keepdims=True)
    return xp.log(xp.sum(xp.exp(shifted), axis=-2)) - xp.sum(marks * shifted, axis=-2)


def slopes(scores: Array, marks: Array, xp: Any) -> Array:
    """The derivative of the loss in the scores: softmax − marks, (…, C, n)."""
    powers = xp.exp(scores - xp.max(scores, axis=-2, keepdims=True))
    return powers / xp.sum(powers, axis=-2, keepdims=True) - marks
