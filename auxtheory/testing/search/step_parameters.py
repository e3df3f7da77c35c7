"""The step parameters of a method, besides η and a, as parameters of a search."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.posynomial import Condition
from auxtheory.bounds.units import Symbol, Unit
from auxtheory.engines import Task
from auxtheory.engines.exact import rounds
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.testing.search.clients import CLIENTS
from auxtheory.testing.search.parameters import (
    ENTRIES,
    NOISE,
    OF_COMPONENTS,
    OF_HELPER,
    PARAMETERS,
    Parameter,
    noise_of,
    pair_of,
)
from auxtheory.theorems import Theorem
from auxtheory.theorems.along import measures_of
from auxtheory.theorems.measured import further

# Names of other values of a case.
TAKEN = frozenset((*PARAMETERS, *ENTRIES, "eta", "a", "dim", "K", "T", "B", "N", "absolute"))
PROBABILITY = Parameter("steps", 1.0, 1e-3, 1.0, "log")
# Such as momentum, for which 1 is excluded.
SHARE = Parameter("steps", 0.0, 0.0, 0.999, "even")
LEVEL = Parameter("steps", 1.0, 1e-3, 1e3, "log")
# Such as the round of a switch.
COUNT = Parameter("steps", 0.0, 0.0, 10.0, "whole")
# Numbers of two digits, on which the range is found that conditions allow.
SHARES = np.unique([*np.linspace(0.0, 1.0, 101), 1e-3, 0.999])
WIDE = np.unique([*SHARES, *np.arange(1.0, 101.0)])
COUNTS = np.arange(101.0)
LEVELS = np.unique([float(f"{m / 10}e{k}") for k in range(-3, 4) for m in range(10, 100)])


def step_parameters(method: MethodType) -> dict[str, str]:
    """The names of the further step parameters, and those that they have in a search. How many
    clients work in a round is a matter of the cell."""
    names = further(dict(method.parameters))
    if method.program.clients is not None:
        names.pop("S")
    return {name: f"{name}_of_step" if name in TAKEN else name for name in sorted(names)}


def parameter_named(key: str, theorem: Theorem) -> Parameter:
    """A parameter of the search: of the pair, of the noise, or of the steps of the method.

    A probability is above 0 and at most 1, a level with a unit above 0, a whole number from 0 to
    10, another number at least 0 and below 1; within these, or as far as conditions on the
    parameter alone allow, which may allow a number without unit to be larger.
    """
    known = PARAMETERS.get(key) or CLIENTS.get(key)
    return _of_steps(key, type(theorem)) if known is None else known


@lru_cache(maxsize=256)
def _of_steps(key: str, kind: type[Theorem]) -> Parameter:
    method = kind.method
    name = next(name for name, known in step_parameters(method).items() if known == key)
    usual = SHARE if method.parameter_units[name] == Unit() else LEVEL
    usual = PROBABILITY if name in _probabilities(method) else usual
    usual = COUNT if name in method.whole else usual
    conditions = [c for c in (*kind.assumptions, *kind.step_range) if c.names == {name}]
    equal = [value for c in conditions if (value := _demanded(c)) is not None]
    if equal:
        return replace(usual, low=equal[0], high=equal[0], simple=equal[0], scale="even")
    grid = LEVELS if usual is LEVEL else SHARES if usual is PROBABILITY or not conditions else WIDE
    grid = COUNTS if usual is COUNT else grid
    held = [np.broadcast_to(c.holds({name: grid}), grid.shape) for c in conditions]
    allowed = grid[np.logical_and.reduce([np.ones(len(grid), dtype=bool), *held])]
    allowed = allowed[(allowed >= usual.low) & ((allowed <= usual.high) | (grid is WIDE))]
    if not conditions or not len(allowed):
        return usual
    low, high = float(allowed[0]), float(allowed[-1])
    return replace(usual, low=low, high=high, simple=min(max(usual.simple, low), high))


def tied(theorem: Theorem, c: Constants) -> dict[str, Any]:
    """The step parameters that a condition equates with constants of the pair, such as m = μ, with
    their values."""
    values: dict[str, Any] = {}
    for condition in (*theorem.assumptions, *theorem.step_range):
        for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
            symbol = side.alone
            if condition.sign != "=" or not isinstance(symbol, Symbol) or not other.names:
                continue
            if symbol.name in theorem.method.parameters and other.names <= c.values().keys():
                values[symbol.name] = other.value(c.values())
    return values


def _demanded(condition: Condition) -> float | None:
    """The number that a condition on one symbol alone demands of it, such as ½ in β = ½."""
    for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
        if condition.sign == "=" and isinstance(side.alone, Symbol) and not other.names:
            return float(other.value({}))
    return None


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


def varies(method: MethodType) -> bool:
    """Whether steps differ from one another, so that the exact engine takes them one by one."""
    return any(
        hook.reads("t") or hook.reads("k") or hook.choices for hook in method.program.hooks.values()
    )


def deterministic(method: MethodType, noise: Noise) -> bool:
    """Whether all replicas are the same, since nothing is drawn."""
    levels = (noise.sigma_f, noise.sigma_h, noise.s)
    chooses = method.program.clients is not None
    if method.implementation is not None or chooses or any(np.any(level) for level in levels):
        return False
    program = method.program
    return not program.components and not any(hook.choices for hook in program.hooks.values())


def without_effect(method: MethodType) -> set[str]:
    """The parameters of a search that cannot change what the method does."""
    if method.implementation is not None:
        return set()  # it is not known
    program = method.program
    names = set() if method.role.alpha else set(OF_HELPER)
    names -= set(OF_COMPONENTS) if program.components else set()
    return names | (set() if any(call.noisy for call in program.calls) else set(NOISE))


def any_steps(method: MethodType) -> Steps:
    """Steps that the method can take."""
    names = [name for name in step_parameters(method)]
    values: dict[str, Any] = {name: 1.0 if name in method.whole else 0.5 for name in names}
    return Steps(eta=1e-3, a=1.0 if method.uses_a else None, K=1, T=1, **values)


def combines_rounds(theorem: Theorem) -> bool:
    """Whether the rounds of a dense pair can be combined, so that long runs cost little."""
    values = {name: parameter.simple for name, parameter in PARAMETERS.items()}
    helper = {"delta": 0.5, "flat_gap": -1.0, "gap_angle": 30.0}
    pair = pair_of({**values, **helper}, 2, dense=True)
    return rounds.applies(task_of(theorem, pair, noise_of(values), any_steps(theorem.method)))


def task_of(theorem: Theorem, pair: Pair, noise: Noise, steps: Steps, **more: Any) -> Task:
    """The run that measures what a theorem bounds."""
    return Task(
        method=theorem.method,
        pair=pair,
        noise=noise,
        steps=steps,
        measures=measures_of(theorem),
        **more,
    )
