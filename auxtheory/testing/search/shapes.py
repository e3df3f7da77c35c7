"""Schedules in a search: step parameters with other values up to a round."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.constants import Steps
from auxtheory.bounds.schedules import PerRound
from auxtheory.testing.search.parameters import SHAPES, Values
from auxtheory.theorems import Theorem
from auxtheory.typing import FloatArray


def takes_schedules(theorem: Theorem) -> bool:
    """Whether a bound of the theorem does."""
    bounds = [theorem.bound, *(corollary.bound for corollary in theorem.corollaries)]
    return any(isinstance(bound, BlackBox) and bound.per_round for bound in bounds)


def without_shapes(theorem: Theorem) -> set[str]:
    """The parameters of schedules that a search for this theorem does not have."""
    if not takes_schedules(theorem):
        return set(SHAPES)
    return set() if theorem.method.uses_a else {"early_a"}


def shaped(steps: Steps, values: Values) -> Steps:
    """The steps with other values before round τ = T^switch: η smaller there or, if `early_eta` is
    above 1, later; a between its later value and max(a, 1/t)."""
    switch, eta, a = (np.asarray(values[name], dtype=float) for name in SHAPES)
    if not np.any(switch):
        return steps
    t = np.arange(1.0, steps.T + 1)[:, None]
    early = t < steps.T**switch
    factor = np.where(early, eta, 1.0) / np.maximum(1.0, eta)
    changed: dict[str, Any] = {"eta": PerRound(steps.eta * np.where(switch > 0, factor, 1.0))}
    if steps.a is not None:
        start = np.maximum(steps.a, 1 / t) - steps.a
        changed["a"] = PerRound(np.minimum(steps.a + np.where(early, a * start, 0.0), 1.0))
    return steps.replace(**changed)


def spread(values: Any, inside: Any, otherwise: float, least: float) -> tuple[Any, Any]:
    """A step parameter of a batch, with a harmless value outside, and where it is a number that is
    larger than `least` in every round."""
    held = values.values if isinstance(values, PerRound) else values
    rounds = np.asarray(held, dtype=float)
    rounds = rounds if isinstance(values, PerRound) else rounds[None]
    array: FloatArray = np.broadcast_to(rounds, (len(rounds), len(inside)))
    good = inside & np.all(np.isfinite(array) & (array > least), axis=0)
    array = np.where(good, array, otherwise)
    return (PerRound(array) if isinstance(values, PerRound) else array[0]), good


def single(value: Any) -> Any:
    """A step parameter of a batch of one case: a number or a schedule."""
    if value is None or isinstance(value, PerRound):
        return None if value is None else value.at(0)
    return float(np.ravel(value)[0])


def rounded(value: Any) -> Any:
    """A step parameter in twelve digits."""
    if isinstance(value, PerRound):
        assert value.values is not None
        return PerRound([float(f"{number:.12g}") for number in value.values])
    return value if value is None else float(f"{value:.12g}")
