"""The definition of a study: theorems, a target, a noise, and the axes whose product is the
grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Mode
from auxtheory.bounds.schedules import PerRound
from auxtheory.defaults import FALSE_ALARM, REPLICAS
from auxtheory.engines import check_settings
from auxtheory.errors import Checks
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.printing import brief, listed, wrapped
from auxtheory.problems import Pair, Target
from auxtheory.study.checks import (
    all_single_step,
    allowed,
    check_noise,
    check_target,
    check_theorems,
    check_title,
    ignored,
)
from auxtheory.study.clients import pair_of, several
from auxtheory.study.grid import (
    CLIENTS,
    DEFAULTS,
    HELPER,
    NOISE,
    TARGET,
    Axes,
    Grid,
    checked,
    step_parameters,
)
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import with_label


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Design:
    """The definition of a study; `Study`, which documents the arguments, is a design that can be
    run."""

    theorems: tuple[Theorem, ...]
    target: Target | Pair
    noise: Noise
    helper: Mapping[str, Any]
    axes: Axes
    several: frozenset[str]
    mode: Mode | None
    replicas: int
    false_alarm: float
    title: str

    def __init__(
        self,
        theorems: Sequence[Theorem],
        target: Target | Pair,
        noise: Noise | None = None,
        *,
        helper: Mapping[str, Any] | None = None,
        mode: Mode | None = None,
        replicas: int = REPLICAS,
        false_alarm: float = FALSE_ALARM,
        title: str = "",
        **axes: Any,
    ) -> None:
        checks = Checks()
        values = {**DEFAULTS, **axes}
        if "K" not in axes and all_single_step(theorems):
            values["K"] = 1
        grid = checked(checks, values, allowed(target, theorems, helper))
        check_theorems(checks, theorems, grid, mode)
        check_target(checks, target, {} if helper is None else helper, grid)
        check_noise(checks, noise)
        check_settings(checks, replicas=replicas)
        checks.number("false_alarm", false_alarm, above=True, high=0.5)
        check_title(checks, title)
        checks.done()
        for name, value in {
            "theorems": tuple(theorems),
            "target": target,
            "noise": Gaussian() if noise is None else noise,
            "helper": dict(helper or {}),
            "axes": grid,
            "mode": None if mode == "tuned" else mode,
            "several": frozenset(
                n for n, v in values.items() if isinstance(v, list | tuple | range) or np.ndim(v)
            ),
            "replicas": int(replicas),
            "false_alarm": float(false_alarm),
            "title": title,
        }.items():
            object.__setattr__(self, name, value)

    @property
    def grid(self) -> Grid:
        """The numbered cells."""
        parameters = step_parameters(self.axes)
        return Grid(
            self.axes,
            tuple(ignored(theorem, parameters) & set(self.axes) for theorem in self.theorems),
        )

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """A summary; `results.definition` is the Python call that makes the study."""
        kinds = ", ".join(with_label(theorem) for theorem in self.theorems)
        axes = "; ".join(f"{name} = {_listed(values)}" for name, values in self.axes.items())
        helper = f", helper {brief(dict(self.helper))}" if self.helper else ""
        return wrapped(
            "\n".join(
                [
                    f"{self.title or 'study'}: {self.grid.size:,} cells",
                    f"  theorems: {kinds}",
                    f"  target: {brief(self.target)}{helper}",
                    f"  noise: {brief(self.noise)}",
                    f"  axes: {axes}",
                    f"  steps: {self.mode or 'tuned'}; under Monte Carlo {self.replicas} "
                    "replicas, false alarms "
                    f"{self.false_alarm:g} over all cells",
                ]
            )
        )

    def problem(self, fixed: Mapping[str, Any], labels: Mapping[str, Any]) -> tuple[Pair, Noise]:
        """The pair and the noise of a block's configurations."""
        values = {**fixed, **labels}
        target, helper, noise, clients = (
            {n: values[n] for n in names if n in values}
            for names in (TARGET, HELPER, NOISE, CLIENTS)
        )
        new_noise = replace(self.noise, **noise) if noise else self.noise
        if isinstance(self.target, Pair):
            return self.target, new_noise
        if "dim" in fixed:
            target["dim"] = fixed["dim"]
        size = 0.0 * np.asarray(next(iter(labels.values()), 0.0))[()]
        # An unchanged target keeps its cached results, such as its minimum.
        new_target = replace(self.target, **target) if target else self.target
        if several(self.helper) is not None:
            return pair_of(new_target, self.helper, {**helper, **clients}, size), new_noise
        helper = helper or {"delta": size}
        return new_target.with_helper(**helper, **self.helper), new_noise


def _listed(values: tuple[Any, ...]) -> str:
    """The values of an axis in a summary."""
    one = values[0]
    return brief(one) if isinstance(one, PerRound) else listed(values)
