"""The prescribed steps of a theorem as expressions, as far as they are known: for print alone."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import getattr_static
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.glossary import GLOSSARY, ONE, symbols
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.bounds.schedules import PerRound
from auxtheory.typing import Values

# The steps by name, for each case, such as "σ_r > 0"; "" if there is one case only.
Rule: TypeAlias = Mapping[str, Mapping[str, Posynomial]]
# The number of the round, in prescribed steps that change from round to round.
ROUND_NAME = "t"
ROUND = Posynomial.symbol(ROUND_NAME, "t", ONE)
# Where a rule that was read off a function is compared with the function.
POINTS = (
    {"L": 2.0, "mu": 0.3, "delta": 0.7, "beta": 0.4, "zeta": 0.6, "F0": 1.7, "sigma_f": 1.3},
    {"L": 0.5, "mu": 0.1, "delta": 0.02, "beta": 0.2, "zeta": 0.3, "F0": 40.0, "sigma_f": 0.1},
)
NOISES = ({"sigma_h": 0.9, "sigma_r": 1.1}, {"sigma_h": 0.05, "sigma_r": 3.0})
LENGTHS = ({"K": 3, "T": 50, "B": 4.0}, {"K": 12, "T": 700, "B": 90.0})


def rule_of(theorem: Any) -> Rule | None:
    """The rule of a theorem: the one that its class states as `prescribed` or, of a function that
    takes expressions in place of numbers, what it returns for them. None if it is not known."""
    # Of a claim. A function would become a method of the theorem if it were read from that.
    steps = getattr_static(theorem, "_steps", None)
    if steps is not None and not callable(steps):
        return rule_of(steps)
    if steps is None:
        home = next((c for c in type(theorem).__mro__ if "step_sizes" in vars(c)), None)
        stated = vars(home).get("prescribed") if home is not None else None
        if stated is not None:
            return dict(stated)
    return _read(steps if steps is not None else theorem.step_sizes)


def over_rounds(expression: Posynomial, values: Values, T: int) -> PerRound:
    """The schedule of a prescribed step that names `ROUND`.

    Args:
        expression: The step in round t.
        values: A number, or an array of shape (C,), for each other symbol.
        T: The number of rounds.

    Returns:
        The schedule, of values of shape (T,) or (T, C).
    """
    axes = max((np.ndim(value) for value in values.values()), default=0)
    t = np.arange(1.0, T + 1.0).reshape(-1, *(1,) * axes)
    rounds = expression.value({**values, "T": T, ROUND_NAME: t})
    return PerRound(np.broadcast_to(rounds, (T, *rounds.shape[1:])))


def _read(function: Any) -> Rule | None:
    """What a function returns for symbols, if it has the same values as the function; else None."""
    names = (*Constants.names(), "K", "T", "B")
    letters = dict(zip(names, symbols(names), strict=True))
    constants = SimpleNamespace(**{name: letters[name] for name in Constants.names()})
    try:
        returned = function(constants, letters["K"], letters["T"], letters["B"])
        steps = {n: _expression(v) for n, v in _by_name(returned).items() if v is not None}
        right = all(map(_same, [function] * 2, [steps] * 2, POINTS, NOISES, LENGTHS))
    except Exception:  # a user's function may raise anything
        return None
    return {"": steps} if steps and right else None


def _by_name(returned: Any) -> dict[str, Any]:
    if isinstance(returned, Mapping):
        return dict(returned)
    several = returned if isinstance(returned, tuple | list) else (returned,)
    return dict(zip(("eta", "a"), several, strict=False))


def _expression(value: Any) -> Posynomial:
    """A number or an expression as an expression; TypeError for anything else."""
    value = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    return value if isinstance(value, Posynomial) else GLOSSARY["L"].symbol.coerced(float(value))


def _same(
    function: Any,
    steps: Mapping[str, Posynomial],
    point: Mapping[str, float],
    noise: Mapping[str, float],
    lengths: Mapping[str, Any],
) -> bool:
    """Whether the expressions have the values of the function at one point."""
    constants: dict[str, Any] = {**point, **noise}
    numbers = _by_name(function(Constants(**constants), *lengths.values()))
    return all(
        np.allclose(expression.value({**constants, **lengths}), numbers[name], rtol=1e-12, atol=0)
        for name, expression in steps.items()
    )
