"""The step parameters of a method, besides η and a, as parameters of a search."""

from __future__ import annotations

from typing import Any

from auxtheory.bounds.constants import Steps
from auxtheory.bounds.units import Unit
from auxtheory.engines import Task
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.testing.search.parameters import ENTRIES, PARAMETERS, Parameter
from auxtheory.theorems import Theorem
from auxtheory.theorems.measured import further, measure_of

# Names of other values of a case.
TAKEN = frozenset((*PARAMETERS, *ENTRIES, "eta", "a", "dim", "K", "T", "B", "absolute"))
PROBABILITY = Parameter("steps", 1.0, 1e-3, 1.0, "log")
# Such as momentum, for which 1 is excluded.
SHARE = Parameter("steps", 0.0, 0.0, 0.999, "even")
LEVEL = Parameter("steps", 1.0, 1e-3, 1e3, "log")


def step_parameters(method: MethodType) -> dict[str, str]:
    """The names of the further step parameters, and those that they have in a search."""
    names = further(dict(method.parameters))
    return {name: f"{name}_of_step" if name in TAKEN else name for name in names}


def parameter_named(key: str, method: MethodType) -> Parameter:
    """A parameter of the search: of the pair, of the noise, or of the steps of the method.

    A probability is above 0 and at most 1, another number without unit at least 0 and below 1, and
    a level with a unit above 0.
    """
    if key in PARAMETERS:
        return PARAMETERS[key]
    name = next(name for name, known in step_parameters(method).items() if known == key)
    if name in _probabilities(method):
        return PROBABILITY
    return SHARE if method.parameter_units[name] == Unit() else LEVEL


def _probabilities(method: MethodType) -> set[str]:
    """The names of the parameters that are probabilities of coins."""
    names = set()
    for hook in method.program.hooks.values():
        pending = list(hook.outputs)
        known: set[int] = set()
        while pending:
            node = pending.pop()
            if id(node) in known:
                continue
            known.add(id(node))
            pending += node.args
            if node.op == "coin":
                names |= {part.data for part in node.args if part.op == "parameter"}
    return names


def any_steps(method: MethodType) -> Steps:
    """Steps that the method can take."""
    values: dict[str, Any] = {
        name: parameter_named(k, method).high for name, k in step_parameters(method).items()
    }
    return Steps(eta=1e-3, a=1.0 if method.uses_a else None, K=1, T=1, **values)


def task_of(theorem: Theorem, pair: Pair, noise: Noise, steps: Steps, **more: Any) -> Task:
    """The run that measures what a theorem bounds."""
    return Task(
        method=theorem.method,
        pair=pair,
        noise=noise,
        steps=steps,
        measures=(measure_of(theorem),),
        **more,
    )
