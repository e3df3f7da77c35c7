"""The values of measures at given points."""

from __future__ import annotations

from typing import Any

from auxtheory.measures.measure import Measure
from auxtheory.typing import Array


def quantity(measure: Measure, value: Array, pair: Any, xp: Any) -> Array:
    """What a measure measures, at a state variable of shape (C, R, d).

    Args:
        measure: the measure.
        value: the variable.
        pair: the pair.
        xp: the array namespace.

    Returns:
        An array of shape (C, R).
    """
    if measure.form == "gap":
        return pair.gap(value, xp)
    if measure.form in ("grad", "norm"):
        grad = pair.gradients(xp).f(value)
        square = xp.sum(grad * grad, axis=-1)
        return square if measure.form == "grad" else xp.sqrt(square)
    if measure.form == "square":
        return xp.sum(value * value, axis=-1)
    if measure.form == "dissimilarity":
        return xp.asarray(pair.helpers.zeta(value) ** 2)
    z = value - xp.asarray(pair.x_star)
    if measure.form == "distance":
        return xp.sum(z * z, axis=-1)
    W = xp.asarray(measure.matrix)
    return xp.sum(z * (W * z if W.ndim == 1 else z @ W), axis=-1)
