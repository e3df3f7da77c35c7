"""What a worst case measures: at which points of a run, with which weights, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from auxtheory.bounds.units import Unit
from auxtheory.measures import G, G_avg, G_x, Measure, gap_last, grad_last
from auxtheory.measures.measure import OF_CLIENTS
from auxtheory.methods import MethodType
from auxtheory.typing import FloatArray

NAMED: Mapping[str, Measure] = MappingProxyType(
    {"G": G, "last": grad_last, "gap": gap_last, "G_avg": G_avg, "G_x": G_x}
)
MEASURES = tuple(NAMED)
GRID = 2.0**-36  # multipliers are whole multiples of it, so that their sums are exact
BOUNDED = "strongly convex"  # the class whose minimiser exists, at a bounded distance from x⁰


def canonical(measure: Any) -> Any:
    """The short name of one of `NAMED`; any other value as it is."""
    if not isinstance(measure, Measure):
        return measure
    return next((name for name, each in NAMED.items() if each.key == measure.key), measure)


def value_of(measure: str | Measure) -> Measure:
    """A measure, or the one with this short name."""
    return NAMED[measure] if isinstance(measure, str) else measure


def name_of(measure: str | Measure) -> str:
    """The name of a measure, as it is printed."""
    return measure if isinstance(measure, str) else measure.name


def unmeasurable(measure: str | Measure, method: MethodType, function_class: str) -> str | None:
    """Why a measure has no worst case over a class of functions, or None."""
    value = value_of(measure)
    if value.over in OF_CLIENTS and method.program.clients is None:
        return f"it is a mean over clients, and {method.name} has none"
    if value.form == "quadratic":
        return "its matrix has one size, and the worst case is over functions of any dimension"
    if value.form == "dissimilarity":
        return "the worst case is over pairs with one helper"
    if value.form == "norm":
        return "it is the root of a quadratic form; a bound on the square, such as G, is certified"
    if value.form == "distance" and function_class != BOUNDED:
        return (
            f"a {function_class} f has no minimiser within a known distance of x⁰; a strongly "
            "convex f has"
        )
    if value.of in method.program.scalars:
        return f"{value.of} is a number, and no vector"
    return None


def shares(measure: str | Measure, K: int, T: int, N: int = 1) -> FloatArray:
    """The weights of the measured points, which add up to 1: one for x^T, T for means over rounds,
    K·T for means over local steps, with N clients as many for each.

    Those of function values are rounded up to multiples of `GRID`: as f ≥ f*, the measure grows by
    that, at most by 2⁻³⁶ of the sum.
    """
    value = value_of(measure)
    if value.over == "last":
        return np.ones(1)
    each = value.weights_of(T)
    times = {"local": K * N, "average": K}.get(value.over, 1)
    each = np.repeat(each, times) if times > 1 else each
    parts = each / each.sum()
    return np.asarray(np.ceil(parts / GRID) * GRID if value.form == "gap" else parts)


def scale(measure: str | Measure, method: MethodType, L: float, F0: float) -> float:
    """The measure of a run, divided by that of the run in units L = F0 = 1."""
    value = value_of(measure)
    unit = value.unit
    if value.form == "square":
        unit = method.state_units.get(value.of, Unit()) ** Fraction(2)
    # X² is F0/L.
    return F0 ** float(unit.f + unit.x / 2) * L ** float(-unit.x / 2)


def as_json(measure: str | Measure, T: int) -> Any:
    """A measure as a value that JSON can hold."""
    if isinstance(measure, str):
        return measure
    plain: dict[str, Any] = {"form": measure.form, "of": measure.of, "over": measure.over}
    if measure.weights is not None:
        plain["weights"] = measure.weights_of(T).tolist()
    if measure.form == "square":
        plain["unit"] = str(measure.unit)
    return plain


def from_json(record: Any) -> Any:
    """The measure that `as_json` wrote; any other value as it is."""
    if not isinstance(record, Mapping):
        return record
    return Measure(**record)
