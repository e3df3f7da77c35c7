"""The steps of a batch of cases: the theorem's own, or values and shares of its range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.testing.search.cells import SearchCell
from auxtheory.testing.search.parameters import Values
from auxtheory.testing.search.rules import steps_of_theorem
from auxtheory.testing.search.shapes import shaped, spread
from auxtheory.testing.search.step_parameters import any_steps, step_parameters, tied
from auxtheory.theorems import Theorem
from auxtheory.theorems.step_range import Lengths, applies, ends_of_a, fits, largest_eta


def steps_of(
    theorem: Theorem, cell: SearchCell, values: Values, c: Any, size: int
) -> tuple[Steps, Any]:
    """The steps of a batch, and which of them lie within the theorem."""
    lengths = Lengths(K=cell.K, T=cell.T, B=cell.B)
    inside = applies(theorem, c, size)
    if cell.mode == "tuned":
        parameters = steps_of_theorem(theorem, cell, c, inside)
        eta = parameters.pop("eta")
        a = parameters.pop("a")
    else:
        parameters = _chosen_parameters(theorem, values, c)
        eta, a = _chosen_steps(theorem, values, c, lengths, parameters | cell.at_work)
    eta, inside = spread(eta, inside, 1e-12, 0.0)
    if a is not None:
        a, inside = spread(a, inside, 1.0, 0.0)
    usual: Any = any_steps(theorem.method)
    for name, value in parameters.items():
        parameters[name], inside = spread(value, inside, usual.parameter(name), -np.inf)
    lasting: dict[str, Any] = {"K": cell.K, "T": cell.T, "B": cell.B, "mode": cell.mode}
    steps = Steps(eta=eta, a=a, **lasting, **parameters, **cell.at_work)
    if cell.mode == "theorem":
        steps = shaped(steps, values)
        inside &= fits(theorem, c, steps.eta, steps.a, lengths, parameters=steps.parameters)
    return steps, inside


def _chosen_parameters(theorem: Theorem, values: Values, c: Any) -> dict[str, Any]:
    """The further step parameters."""
    names = step_parameters(theorem.method)
    chosen = {name: values[key] for name, key in names.items() if key in values}
    return chosen | tied(theorem, c)


def _chosen_steps(
    theorem: Theorem, values: Values, c: Any, lengths: Lengths, parameters: Mapping[str, Any]
) -> tuple[Any, Any]:
    """η and a where they are values themselves, otherwise as shares of the theorem's range."""
    eta = values.get("eta")
    a = values.get("a")
    if eta is None:
        eta = largest_eta(theorem, c, lengths, parameters) * values["step"]
    if a is None and theorem.method.uses_a:
        most, least = ends_of_a(theorem, c, eta, lengths, parameters)
        a = np.minimum(most * (least / most) ** values["momentum"], most)
    return eta, a
