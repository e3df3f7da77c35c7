"""Checks of the parts of a study: its theorems with their steps, its target with its helper, its
noise, and which axes they allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unicodedata import category

import numpy as np

from auxtheory.bounds.clients_at_work import AT_WORK
from auxtheory.bounds.constants import GIVEN, MODES
from auxtheory.errors import Checks
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair, Target
from auxtheory.problems.target import named
from auxtheory.study.clients import axes_of, check_several, several
from auxtheory.study.grid import (
    CLIENTS,
    HELPER,
    NAMES,
    NOISE,
    TARGET,
    Axes,
    schedules,
    step_parameters,
)
from auxtheory.theorems import Theorem
from auxtheory.theorems.measured import further, schedule_named


def allowed(target: Any, theorems: Any = (), helper: Any = None) -> tuple[str, ...]:
    """The axes that a target, and the step parameters of the theorems' methods, can have."""
    if isinstance(target, Pair):
        numbers: tuple[str, ...] = ()
        excluded = {*TARGET, *HELPER, *CLIENTS, "dim"}
    else:
        numbers = target.axes() if isinstance(target, Target) else (*TARGET, "dim")
        excluded = {*TARGET, *CLIENTS, "dim"}
        if several(helper) is not None:
            excluded = (excluded | {*HELPER}) - {*axes_of(target, helper)}
    names = tuple(name for name in NAMES if name in numbers or name not in excluded)
    return (*names, *parameters_of(theorems))


def parameters_of(theorems: Any) -> tuple[str, ...]:
    """The step parameters of the theorems' methods besides η and a."""
    listed = theorems if isinstance(theorems, list | tuple) else ()
    known = [
        further(theorem.method.parameters) for theorem in listed if isinstance(theorem, Theorem)
    ]
    return tuple(dict.fromkeys(name for names in known for name in names))


def with_eta(theorems: Iterable[Theorem], axes: Iterable[str]) -> tuple[str, ...]:
    """The step parameters among the axes that are given with η only: all but S, the number of
    clients at work, which theorems take as given."""
    clients = any(theorem.method.program.clients is not None for theorem in theorems)
    return tuple(n for n in step_parameters(axes) if not (clients and n == AT_WORK))


def all_single_step(theorems: Any) -> bool:
    """Whether all methods have a single local step, so that K may be omitted."""
    listed = theorems if isinstance(theorems, list | tuple) and theorems else [None]
    return all(isinstance(theorem, Theorem) and theorem.method.single_step for theorem in listed)


def ignored(theorem: Theorem, axes: Iterable[str] = ()) -> frozenset[str]:
    """The axes that make no difference to a theorem; `axes` are those of step parameters."""
    method = theorem.method
    unused = {"a", *axes} - set(method.parameters)
    return frozenset({"K"} if method.single_step else set()) | frozenset(unused)


def check_noise(checks: Checks, noise: Any) -> None:
    """Complain about anything but a noise with a single number for each level."""
    checks.instance(
        "noise", noise, (Noise, type(None)), "a noise, such as at.Gaussian(sigma_f=1.0)"
    )
    for name in NOISE:
        level = getattr(noise, name, None)
        if isinstance(level, np.ndarray):
            checks.complain(name, level, "must be one number; several belong on an axis")


def check_title(checks: Checks, title: Any) -> None:
    """Complain about a title that is not a text or has control characters."""
    if not isinstance(title, str) or any(category(letter) in ("Cc", "Cs") for letter in title):
        checks.complain("title", title, "must be a text without control characters")


def check_target(checks: Checks, target: Any, helper: Any, grid: Axes) -> None:
    """Complain about a target that has no such helper or axes."""
    if not isinstance(target, Target | Pair):
        return checks.complain(
            "target",
            target,
            f"must be {named()}, whose helper the axes delta and zeta set, or a pair",
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
    elif several(helper) is not None:
        check_several(checks, target, helper, grid)
    elif not isinstance(target, Pair):
        _check_helper(checks, target, helper, grid)
    return None


def _check_helper(checks: Checks, target: Any, helper: Mapping[str, Any], grid: Axes) -> None:
    """Complain about arguments that `with_helper` does not take at all values of delta."""
    for name in set(helper) & {*HELPER}:
        checks.complain(f"helper[{name!r}]", helper[name], f"must be an axis, {name}=…")
    trial = Checks()
    deltas = grid.get("delta") or (0.0,)
    trial.number("delta", list(deltas))
    arguments = {
        "zeta": (grid.get("zeta") or (0.0,))[0],
        **{n: v for n, v in helper.items() if n not in HELPER},
    }
    # A gap of given eigenvalues must suit every delta.
    fixed_gap = isinstance(arguments.get("gap", ""), list | tuple | np.ndarray)
    several = fixed_gap and not trial.complaints
    try:
        for delta in sorted({min(deltas), max(deltas)}) if several else deltas[:1]:
            trial.attempt(target.with_helper, delta=delta, **arguments)
    except TypeError as error:
        trial.complain("helper", helper, f"must be arguments of with_helper ({error})")
    reported = tuple(f"{name} = " for name in HELPER)  # reported with the axes
    checks.complaints += [
        text for text in dict.fromkeys(trial.complaints) if not text.startswith(reported)
    ]


def check_theorems(checks: Checks, theorems: Any, grid: Axes, mode: Any) -> None:
    """Complain about anything but a list of theorems that go with the mode and the axes."""
    listed = isinstance(theorems, list | tuple) and len(theorems) > 0
    if not listed or not all(isinstance(theorem, Theorem) for theorem in theorems):
        checks.complain(
            "theorems", theorems, "must be a list of theorems, such as [at.theorems.AuxMOM()]"
        )
        return
    names = [theorem.name for theorem in theorems]
    for name in sorted({name for name in names if names.count(name) > 1}):
        checks.complain("theorems", name, "must not occur twice; give one of them another name")
    _check_steps(checks, theorems, grid, mode)


def _check_steps(checks: Checks, theorems: Sequence[Theorem], grid: Axes, mode: Any) -> None:
    """Complain about axes of step parameters that do not go with the mode and the theorems."""
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
    for name in ("a", *with_eta(theorems, grid)) if "eta" not in grid else ():
        if name in grid:
            checks.complain(name, list(grid[name]), "must be left out when the theorems choose eta")
    if "eta" in grid and mode == "tuned":
        checks.complain("eta", list(grid["eta"]), "must be left out in mode tuned")
    if "eta" in grid and "a" not in grid and uses_a:
        checks.complain("a", None, "must be an axis as well as eta, for methods with momentum")
    if "a" in grid and not uses_a:
        checks.complain("a", list(grid["a"]), "must be left out, since no method has momentum")
    if "eta" in grid:
        _check_parameters(checks, theorems, grid)


def _check_parameters(checks: Checks, theorems: Sequence[Theorem], grid: Axes) -> None:
    """Complain about a step parameter without a default that is no axis, and about a schedule that
    a formula names."""
    for name in parameters_of(theorems):
        needing = [t.name for t in theorems if t.method.parameters.get(name, 0.0) is None]
        if name not in grid and needing:
            text = f"must be an axis as well as eta, for {', '.join(needing)}"
            checks.complain(name, None, text)
    for name, schedule in schedules(grid).items():
        for theorem in theorems:
            if name in theorem.method.parameters and name != AT_WORK:
                complaint = schedule_named(theorem, name, schedule, (theorem.bound,))
                checks.complaints += filter(None, [complaint])
