"""What a study is made of, checked: its target with its helper, its theorems with their steps, and
which axes fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from auxtheory.bounds.constants import GIVEN, MODES
from auxtheory.errors import Checks
from auxtheory.problems import Pair, Target
from auxtheory.problems.target import named
from auxtheory.study.grid import HELPER, NAMES, TARGET, Axes
from auxtheory.theorems import Theorem


def allowed(target: Any) -> tuple[str, ...]:
    """The axes that a target can have."""
    if isinstance(target, Pair):
        return tuple(name for name in NAMES if name not in (*TARGET, *HELPER, "dim"))
    own = target.axes() if isinstance(target, Target) else (*TARGET, "dim")
    return tuple(name for name in NAMES if name in own or name not in (*TARGET, "dim"))


def single(theorems: Any) -> bool:
    """Whether no method has more than one local step, so that K need not be given."""
    listed = theorems if isinstance(theorems, list | tuple) and theorems else [None]
    return all(isinstance(theorem, Theorem) and theorem.method.single_step for theorem in listed)


def ignored(theorem: Theorem) -> frozenset[str]:
    """The axes that make no difference to a theorem."""
    method = theorem.method
    return frozenset({"K"} if method.single_step else set()) | frozenset(
        set() if method.uses_a else {"a"}
    )


def check_target(checks: Checks, target: Any, helper: Any, grid: Axes) -> None:
    if not isinstance(target, Target | Pair):
        return checks.complain(
            "target",
            target,
            f"must be {named()}, whose helper the axes delta and zeta make, or a pair",
        )
    for name in TARGET if not isinstance(target, Pair) else ():
        if isinstance(getattr(target, name, None), np.ndarray | list | tuple):
            checks.complain(
                name, getattr(target, name), "must be one number; several belong on an axis"
            )
    if isinstance(target, Pair) and not target.single:
        checks.complain("target", target, "must be a single pair, not a grid of them")
    spectrum = getattr(target, "spectrum", "")
    if not isinstance(spectrum, str) and {"L", "mu", "dim"} & set(grid):
        checks.complain("spectrum", spectrum, "must be a named one when L, mu or dim is an axis")
    if not isinstance(helper, Mapping):
        checks.complain(
            "helper",
            helper,
            "must be a dict of arguments of with_helper, such as {'gap': 'uniform'}",
        )
    elif isinstance(target, Pair) and helper:
        checks.complain("helper", helper, "must be left out where the target is a pair")
    elif not isinstance(target, Pair):
        _check_helper(checks, target, helper, grid)
    return None


def _check_helper(checks: Checks, target: Any, helper: Mapping[str, Any], grid: Axes) -> None:
    for name in set(helper) & {*HELPER}:
        checks.complain(f"helper[{name!r}]", helper[name], f"must be an axis, {name}=…")
    own = Checks()
    deltas = grid.get("delta") or (0.0,)
    own.number("delta", list(deltas))
    # A given gap must suit them all.
    ends = deltas[:1] if own.complaints else sorted({min(deltas), max(deltas)})
    given = {
        "zeta": (grid.get("zeta") or (0.0,))[0],
        **{n: v for n, v in helper.items() if n not in HELPER},
    }
    try:
        for delta in (
            ends if isinstance(given.get("gap", ""), list | tuple | np.ndarray) else deltas[:1]
        ):
            own.attempt(target.with_helper, delta=delta, **given)
    except TypeError as error:
        own.complain("helper", helper, f"must be arguments of with_helper ({error})")
    told = tuple(f"{name} = " for name in HELPER)  # with the axes
    checks.complaints += [
        text for text in dict.fromkeys(own.complaints) if not text.startswith(told)
    ]


def check_steps(checks: Checks, theorems: Sequence[Theorem], grid: Axes, mode: Any) -> None:
    names = [theorem.name for theorem in theorems]
    for name in sorted({name for name in names if names.count(name) > 1}):
        checks.complain(
            "theorems", name, "must not be there twice; give one of them a name of its own"
        )
    checks.member("mode", "tuned" if mode is None else mode, MODES)
    mode = mode if isinstance(mode, str) else None
    uses_a = any(theorem.method.uses_a for theorem in theorems)
    if "eta" not in grid and mode in GIVEN:
        checks.complain("eta", None, f"must be an axis in mode {mode}")
    free = [theorem.name for theorem in theorems if "tuned" not in theorem.regimes]
    if "eta" not in grid and mode in (None, "tuned") and free:
        checks.complain(
            "eta", None, f"must be an axis, since {', '.join(free)} prescribes no steps"
        )
    if "eta" not in grid and "a" in grid:
        checks.complain("a", list(grid["a"]), "must be left out when the theorems choose eta")
    if "eta" in grid and mode == "tuned":
        checks.complain("eta", list(grid["eta"]), "must be left out in mode tuned")
    if "eta" in grid and "a" not in grid and uses_a:
        checks.complain("a", None, "must be an axis beside eta for methods with momentum")
    if "a" in grid and not uses_a:
        checks.complain("a", list(grid["a"]), "must be left out, since no method here has momentum")
