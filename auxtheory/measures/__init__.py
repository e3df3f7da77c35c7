"""Measures as values: what theorems bound and runs report.

Example:
    >>> import auxtheory as at
    >>> at.measures.G.unit == at.measures.grad_last.unit, at.measures.gap_last.over
    (True, 'last')
"""

from __future__ import annotations

from typing import Any

from auxtheory.bounds.units import Unit, unit_of
from auxtheory.measures.measure import ONE, Measure, Over, Weights
from auxtheory.measures.values import quantity

__all__ = [
    "G",
    "G_avg",
    "G_x",
    "Measure",
    "distance",
    "distance_last",
    "gap",
    "gap_last",
    "gap_mean",
    "grad",
    "grad_last",
    "named",
    "norm",
    "quadratic",
    "quantity",
    "square",
]

G = Measure(form="grad", over="local", label="G")
G_avg = Measure(form="grad", over="average", label="G_avg")
G_x = Measure(form="grad", over="starts", label="G_x")
grad_last = Measure(form="grad", label="grad_last")
gap_last = Measure(form="gap", label="gap_last")
gap_mean = Measure(form="gap", over="local", label="gap_mean")
distance_last = Measure(form="distance", label="distance_last")
# The names of measures in theorems and results.
NAMES = {
    "G": G,
    "gap": gap_last,
    "grad_sq": grad_last,
    **{m.label: m for m in (G_avg, G_x, grad_last, gap_last, gap_mean, distance_last)},
}


def grad(of: str = "x", over: Over = "last", weights: Weights | None = None) -> Measure:
    """E‖∇f(v)‖², in (F/X)².

    Args:
        of: the state variable v.
        over: "last", "rounds" or "local".
        weights: w_t, for a weighted mean: a function of the array t = 1.0, …, T, T values, or the
            name of a step parameter.

    Returns:
        The measure.
    """
    return Measure(form="grad", of=of, over=over, weights=weights)


def norm(of: str = "x", over: Over = "last", weights: Weights | None = None) -> Measure:
    """E‖∇f(v)‖, in F/X: the mean of the norm itself, which engines that simulate replicas measure.

    Args:
        of: the state variable v.
        over: "last", "rounds" or "local".
        weights: w_t, for a weighted mean: a function of the array t = 1.0, …, T, or T values.

    Returns:
        The measure.
    """
    return Measure(form="norm", of=of, over=over, weights=weights)


def gap(of: str = "x", over: Over = "last", weights: Weights | None = None) -> Measure:
    """E f(v) − inf f, in F.

    Args:
        of: the state variable v.
        over: "last", "rounds" or "local".
        weights: w_t, for a weighted mean: a function of the array t = 1.0, …, T, T values, or the
            name of a step parameter.

    Returns:
        The measure.
    """
    return Measure(form="gap", of=of, over=over, weights=weights)


def distance(of: str = "x", over: Over = "last", weights: Weights | None = None) -> Measure:
    """E‖v − x*‖², in X².

    Args:
        of: the state variable v.
        over: "last", "rounds" or "local".
        weights: w_t, for a weighted mean: a function of the array t = 1.0, …, T, T values, or the
            name of a step parameter.

    Returns:
        The measure.
    """
    return Measure(form="distance", of=of, over=over, weights=weights)


def square(of: str, over: Over = "last", unit: Unit | str = ONE) -> Measure:
    """E‖v‖² of a state variable that is not a point, such as a buffer.

    Args:
        of: the state variable v.
        over: "last", "rounds" or "local".
        unit: its unit, such as "F^2/X^2".

    Returns:
        The measure.
    """
    return Measure(form="square", of=of, over=over, unit=unit_of(unit))


def quadratic(matrix: Any, of: str = "x", over: Over = "last", unit: Unit | str = ONE) -> Measure:
    """E (v − x*)ᵀW(v − x*).

    Args:
        matrix: W, of shape (d,) for a diagonal one, or (d, d).
        of: the state variable v.
        over: "last", "rounds" or "local".
        unit: its unit, such as "F^2/X^2".

    Returns:
        The measure.
    """
    return Measure(form="quadratic", of=of, over=over, matrix=matrix, unit=unit_of(unit))


def named(value: Any) -> Measure | None:
    """The measure of this name, or the measure itself; None if there is none.

    Args:
        value: a measure, or "G", "gap", "grad_sq" or the name of one of this module.

    Returns:
        The measure.
    """
    return (
        value
        if isinstance(value, Measure)
        else NAMES.get(value)
        if isinstance(value, str)
        else None
    )
