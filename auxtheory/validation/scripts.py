"""The code of a theorem for a script that reproduces one case, with the functions that it needs."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from auxtheory import theorems
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.derived import DERIVED
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.theorems import Theorem, claim
from auxtheory.theorems.claims import spelt_claim
from auxtheory.theorems.measured import measure_of
from auxtheory.validation.at_work import at_work
from auxtheory.validation.function_source import NoSourceError, Written

TAKEN = "pair", "noise", "theorem", "print"  # names that every script uses
TOLERANCE = 1e-12  # relative, of a bound and its value by the written source


def readable(theorem: Theorem) -> bool:
    """Whether the theorem's repr defines it completely."""
    if type(theorem) in theorems.LIBRARY:
        return True
    steps = getattr(theorem, "_steps", theorem)
    whole = (steps is None or type(steps) in theorems.LIBRARY) and not callable(
        measure_of(theorem).weights
    )
    formula = isinstance(theorem.bound, Posynomial) or is_number(theorem.bound)
    return whole and formula and hasattr(theorem, "_checked")


def is_number(bound: BlackBox) -> bool:
    """Whether a bound is what `at.claim` makes of a number."""
    return getattr(bound.function, "__module__", "") == claim.__module__


def function_named(theorem: Theorem) -> str | None:
    """The function that is the theorem's bound, as FILE.py:NAME or MODULE:NAME; None if the bound
    is not a function.
    """
    bounds = [theorem.bound, *(corollary.bound for corollary in theorem.corollaries)]
    functions = [
        bound.function for bound in bounds if isinstance(bound, BlackBox) and not is_number(bound)
    ]
    if not functions:
        return None
    module = getattr(functions[-1], "__module__", None) or "__main__"
    path = getattr(sys.modules.get(module), "__file__", None)
    home = Path(path).name if path and Path(path).stem == module else module
    return f"{home}:{getattr(functions[-1], '__qualname__', type(functions[-1]).__name__)}"


def as_claim(theorem: Theorem, pair: Pair, noise: Noise, steps: Steps) -> tuple[Theorem, Steps]:
    """An equivalent claim in this case, and its steps: a claim itself; for a subclass of a theorem
    of the library, its formula with the steps of that theorem; otherwise `as_inequality`."""
    if hasattr(theorem, "_checked"):
        return theorem, steps
    cls = type(theorem)
    prescribed = steps.mode == "tuned" and not np.any(noise.s) and cls.value is Theorem.value
    for kind in cls.__mro__ if prescribed else ():
        if kind in theorems.LIBRARY and kind.step_sizes is cls.step_sizes:
            c = theorem.constants(pair, noise)
            bound: Any = theorem.formula(c, steps)
            unit = isinstance(bound, Posynomial) and bound.unit == measure_of(theorem).unit
            bound = bound.function if isinstance(bound, BlackBox) else bound
            claimed = claim(bound, **_claim_options(theorem), steps=kind(), check_units=unit)
            working = at_work(claimed, pair, steps.parameters)
            if _equal(claimed.tune(c, steps.K, steps.T, steps.B, **working), steps):
                return claimed, steps
    return as_inequality(theorem, pair, noise, steps)


def as_inequality(
    theorem: Theorem,
    pair: Pair,
    noise: Noise,
    steps: Steps,
    number: float | None = None,
    listed: bool = False,
) -> tuple[Theorem, Steps]:
    """The inequality of this case as a claim at the values of the steps; its bound is a formula, a
    function, or the given number, and the weights of its measure are a list if `listed`."""
    general = steps.replace(mode="theorem") if np.any(noise.s) else steps
    bound: Any = theorem.formula(theorem.constants(pair, noise), general)
    if number is not None:
        bound = number
    elif isinstance(bound, BlackBox):
        bound = bound.function
    options = _claim_options(theorem)
    measure = measure_of(theorem)
    if listed and callable(measure.weights):
        options["measure"] = replace(measure, weights=measure.weights_of(steps.T).tolist())
    return claim(bound, **options, check_units=False), steps.replace(mode="unsafe")


def _claim_options(theorem: Theorem) -> dict[str, Any]:
    """The options of a claim other than its bound and its steps, taken from a theorem."""
    names = "method", "measure", "mean_square", "variance", "name"
    return {name: getattr(theorem, name) for name in names}


def _equal(one: Steps, other: Steps) -> bool:
    """Whether the step sizes are equal."""
    parameters = ({"eta": s.eta, "a": s.a, **s.parameters} for s in (one, other))
    first, second = parameters
    return all(v is None or bool(np.all(v == second.get(name))) for name, v in first.items())


def with_functions(theorem: Any, c: Constants, steps_of_case: Steps) -> tuple[str, Written]:
    """The claim as code, and the functions in it; NoSourceError if one of them can neither be
    written nor imported, or gives another bound in this case."""
    if readable(theorem):
        written = Written()
        for name in _symbols(theorem):
            written.symbol(name)
        return repr(theorem), written
    if isinstance(theorem._steps, Theorem) and type(theorem._steps) not in theorems.LIBRARY:
        raise NoSourceError(f"the steps are those of {theorem._steps.name}")
    used = _symbols(theorem)
    written = Written(names=dict.fromkeys(TAKEN, object()))
    for name in used:
        written.symbol(name)
    bound = None
    if isinstance(theorem.bound, BlackBox) and not is_number(theorem.bound):
        bound = written.function(theorem.bound.function, "bound")
    rule = type(theorem)._steps  # the class, since an instance binds functions
    steps = None if rule is None or isinstance(rule, Theorem) else written.function(rule, "rule")
    weigh = measure_of(theorem).weights
    weights = written.function(weigh, "weights") if callable(weigh) else None
    code = spelt_claim(theorem, bound, steps, weights)
    _check(theorem, c, steps_of_case, written, code)
    return code, written


def _symbols(theorem: Theorem) -> list[str]:
    """The symbols in the code of a theorem."""
    if type(theorem) in theorems.LIBRARY:
        return []
    names = set[str]().union(
        *(condition.names for condition in (*theorem.assumptions, *theorem.step_range))
    )
    names |= set(theorem.bound.names) if isinstance(theorem.bound, Posynomial) else set()
    return sorted(names | {symbol.name for symbol in type(theorem).__symbols__})


def _check(theorem: Theorem, c: Constants, steps: Steps, written: Written, code: str) -> None:
    """NoSourceError unless the code makes a theorem with the same bound in this case."""
    names: dict[str, Any] = {"_method": theorem.method}
    # The script names the method in its module.
    code = re.sub(rf"method={re.escape(repr(theorem.method))}(?=[,)])", "method=_method", code)
    try:
        exec("\n".join(["import auxtheory as at", *head(written), f"theorem = {code}"]), names)
        remade, bound = (
            float(np.ravel(one.value(c, steps))[0]) for one in (names["theorem"], theorem)
        )
    except Exception as error:  # a user's code may raise anything
        raise NoSourceError(
            f"its source does not run by itself ({type(error).__name__}: {error})"
        ) from None
    if not (remade == bound or abs(remade - bound) <= TOLERANCE * abs(bound)):
        raise NoSourceError("its source by itself gives another value")


def head(written: Written) -> list[str]:
    """The lines before the case: imports, symbols, functions."""
    names = [name for name in (*GLOSSARY, *DERIVED) if name in written.symbols]
    symbols = (
        f'{", ".join(names)}{"," if len(names) == 1 else ""} = at.symbols("{" ".join(names)}")'
    )
    imports = [line for line in written.imports if line != "import auxtheory as at"]
    return [*imports, *([symbols] if names else []), *written.lines]
