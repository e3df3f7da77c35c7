"""The measure that a theorem bounds, as a value and by name, and the values of its steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from auxtheory.bounds.black_box import BlackBox, together
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.schedules import PerRound
from auxtheory.errors import Checks, InputError
from auxtheory.measures import G, Measure, gap_last, named
from auxtheory.methods import MethodType

MEASURES = ("G", "gap")
# The names in results of the two measures that have names in theorems.
NAMES = {G.key: "G", gap_last.key: "gap"}


def measure_of(theorem: Any) -> Measure:
    """The measure of a theorem, or of a class of theorems, as a value."""
    measure = named(theorem.measure)
    assert measure is not None
    return measure


def measure_name(theorem: Any) -> str:
    """The name of a theorem's measure in tables and files: "G", "gap", or what the measure is."""
    measure = measure_of(theorem)
    return NAMES.get(measure.key, measure.name)


def check_measure(checks: Checks, name: str, measure: Any, method: Any) -> None:
    """Check that this is a measure of a state variable of the method."""
    if not isinstance(measure, Measure) and not (isinstance(measure, str) and measure in MEASURES):
        checks.complain(
            name, measure, "must be one of G, gap, or a measure such as at.measures.distance_last"
        )
    elif isinstance(measure, Measure) and isinstance(method, MethodType):
        state = method.program.state
        if measure.of not in state:
            allowed = f"must be of a state variable of {method.name}, which has {', '.join(state)}"
            checks.complain(name, measure, allowed)


def check_variance(checks: Checks, name: str, variance: Any, measure: Any) -> None:
    """Check that proofs about the measure may use this level of the noise."""
    checks.member(name, variance, ("largest", "mean"))
    value = measure if isinstance(measure, Measure) else named(measure)
    if variance == "mean" and value is not None and variance not in value.variances:
        checks.complain(name, variance, "must be 'largest' for a last iterate")


def step_values(method: MethodType, steps: Steps) -> dict[str, Any]:
    """The steps by name, schedules too, with the defaults of the method's parameters."""
    values = steps.values() | {name: steps.parameter(name) for name in steps.scheduled}
    for name, default in method.parameters.items():
        if default is not None and values.get(name) is None:
            values[name] = default
    if in_lengths(method):
        values["eta_x"] = values.get("eta")
    return values


def formula_values(method: MethodType, constants: Constants, steps: Steps) -> dict[str, Any]:
    """Constants and steps by name, as bounds and conditions on the steps take them."""
    return everyone(together(constants.values(), step_values(method, steps)))


def everyone(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a formula, in which S = ∞ helpers at work are all N of them."""
    if "S" in values and "N" in values:
        values["S"] = np.minimum(values["S"], values["N"])
    return values


def in_lengths(method: MethodType) -> bool:
    """Whether the step size of a method is a length, which formulas call η_x."""
    return bool(method.parameter_units.get("eta") == GLOSSARY["eta_x"].unit)


def check_step_sizes(checks: Checks, name: str, method: Any, parts: Iterable[Any]) -> None:
    """Check that formulas name the step size by the symbol of its unit: η, or η_x for a length."""
    if not isinstance(method, MethodType):
        return
    right, wrong = ("eta_x", "eta") if in_lengths(method) else ("eta", "eta_x")
    for part in parts:
        if not isinstance(part, BlackBox) and wrong in getattr(part, "names", ()):
            unit = method.parameter_units.get("eta", GLOSSARY["eta"].unit)
            complaint = (
                f"{name}: {part}: must name the step size of {method.name} {right}, "
                f"its unit is {unit}"
            )
            checks.complaints += [] if complaint in checks.complaints else [complaint]


def further(values: Mapping[str, Any]) -> dict[str, Any]:
    """The step parameters other than η and a."""
    return {name: value for name, value in values.items() if name not in ("eta", "a")}


def check_schedules(theorem: Any, steps: Steps, parts: Iterable[Any]) -> None:
    """InputError if a bound among the parts names a parameter that has another value in each round,
    and does not take schedules."""
    parts = tuple(parts)
    for name in steps.scheduled:
        if complaint := schedule_named(theorem, name, steps.parameter(name), parts):
            raise InputError.listing([complaint])


def schedule_named(theorem: Any, name: str, value: Any, parts: Iterable[Any]) -> str | None:
    """The complaint if one of these bounds names this parameter, whose value is a schedule, and
    does not take schedules; None if none does."""
    for part in parts:
        function = isinstance(part, BlackBox)
        if isinstance(part, BlackBox):
            named = part.number is None and not part.per_round
        else:
            named = name in part.names
        if named:
            how = "is a function, which takes single numbers" if function else "names it"
            return (
                f"{name} = {value!r}: must be one number over all rounds, since a formula of "
                f"{theorem.name} {how}: {part}"
            )
    return None


def scheduled_texts(steps: Steps, name: str) -> list[str]:
    """A schedule among the steps as tables show it; that of each configuration if they differ."""
    value = steps.parameter(name)
    if not isinstance(value, PerRound):
        return [str(value)]
    return [value.at(i).shown(steps.T) for i in range(max((1, *value.grid)))]


def scheduled(value: Any) -> bool:
    """Whether a step parameter has another value in each round."""
    return isinstance(value, PerRound)
