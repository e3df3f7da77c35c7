"""What a study is: theorems, a target, a noise, and axes whose product they are held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import category

import numpy as np

from auxtheory.bounds.constants import Mode
from auxtheory.defaults import FALSE_ALARM, REPLICAS
from auxtheory.engines import check_settings
from auxtheory.errors import Checks
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.printing import brief, listed, wrapped
from auxtheory.problems import Pair, Target
from auxtheory.study.checks import allowed, check_steps, check_target, ignored, single
from auxtheory.study.grid import DEFAULTS, HELPER, NOISE, TARGET, Axes, Grid, checked
from auxtheory.theorems import Theorem

if TYPE_CHECKING:
    from auxtheory.study.rerun import Again
    from auxtheory.study.results.results import Results


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Study:
    """Each theorem on every cell of a grid over named axes, at its own step sizes or at given ones.

    Axes, each a number or a sequence: L, mu, F0, dim (of the target), delta, zeta (of its helper),
    sigma_f, sigma_h, correlation, s (of the noise), K, T, B, seed, engine, and eta with a, which
    replace the theorems' own steps. mode "unsafe" then also runs cells outside a theorem's range.
    Methods with single steps run at K = 1. A cell outside a theorem's assumptions has status
    "outside". A method without a theorem is `at.claim(float("inf"), method=…)`.
    helper: further arguments of `with_helper`. false_alarm: the chance that any cell is wrongly
    "violated" (or any wrongly "pass", as far as three moments tell) under Monte Carlo. InputError
    lists everything that is wrong.
    """

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
        given = {**DEFAULTS, **axes}
        if "K" not in axes and single(theorems):
            given["K"] = 1
        grid = checked(checks, given, allowed(target))
        listed = isinstance(theorems, list | tuple) and len(theorems) > 0
        if not listed or not all(isinstance(theorem, Theorem) for theorem in theorems):
            checks.complain(
                "theorems", theorems, "must be a list of theorems, such as [at.theorems.AuxMOM()]"
            )
        else:
            check_steps(checks, theorems, grid, mode)
        check_target(checks, target, {} if helper is None else helper, grid)
        checks.instance(
            "noise", noise, (Noise, type(None)), "a noise, such as at.Gaussian(sigma_f=1.0)"
        )
        for name in NOISE:
            if isinstance(getattr(noise, name, None), np.ndarray):
                checks.complain(
                    name, getattr(noise, name), "must be one number; several belong on an axis"
                )
        check_settings(checks, replicas=replicas)
        checks.number("false_alarm", false_alarm, above=True, high=0.5)
        if not isinstance(title, str) or any(
            category(character) in ("Cc", "Cs") for character in title
        ):
            checks.complain("title", title, "must be a text without control characters")
        checks.done()
        for name, value in {
            "theorems": tuple(theorems),
            "target": target,
            "noise": Gaussian() if noise is None else noise,
            "helper": dict(helper or {}),
            "axes": grid,
            "mode": None if mode == "tuned" else mode,
            "several": frozenset(
                n for n, v in given.items() if isinstance(v, list | tuple | range) or np.ndim(v)
            ),
            "replicas": int(replicas),
            "false_alarm": float(false_alarm),
            "title": title,
        }.items():
            object.__setattr__(self, name, value)

    @property
    def grid(self) -> Grid:
        """The cells by number."""
        return Grid(
            self.axes, tuple(ignored(theorem) & set(self.axes) for theorem in self.theorems)
        )

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """What it is made of; `results.definition` is the call that makes it."""
        kinds = ", ".join(f"{theorem.name} ({theorem.label})" for theorem in self.theorems)
        axes = "; ".join(f"{name} = {listed(values)}" for name, values in self.axes.items())
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

    @cached_property
    def compiled(self) -> bool | None:
        """Whether the exact engine compiles its loop, which changes no bit: where the whole study
        is worth it."""
        from auxtheory.study.plan import long

        return long(self)

    def problem(self, fixed: Mapping[str, Any], labels: Mapping[str, Any]) -> tuple[Pair, Noise]:
        """The pair and the noise of a block's configurations."""
        given = {**fixed, **labels}
        target, helper, noise = (
            {n: given[n] for n in names if n in given} for names in (TARGET, HELPER, NOISE)
        )
        own = replace(self.noise, **noise) if noise else self.noise
        if isinstance(self.target, Pair):
            return self.target, own
        if "dim" in fixed:
            target["dim"] = fixed["dim"]
        if not helper:
            helper["delta"] = 0.0 * np.asarray(next(iter(labels.values()), 0.0))[()]
        # A target as it stands keeps what it has computed, such as its minimum.
        dialled = replace(self.target, **target) if target else self.target
        return dialled.with_helper(**helper, **self.helper), own

    def run(
        self,
        path: str | Path | None = None,
        *,
        executor: Executor | None = None,
        processes: int | None = None,
        part: tuple[int, int] = (1, 1),
        progress: Callable[[int, int], None] | None = None,
    ) -> Results:
        """Run every cell that has not been run yet; the results are read when they are first asked
        for.

        path: the file (.study) that keeps each batch of cells once it is done, and where a stopped
        study goes on; None keeps them in memory. executor: any of `concurrent.futures`, such as
        Dask's `Client.get_executor()`;
        processes: a pool of so many, which end with this one. part: (i, n) runs the i-th of n parts
        of the batches, for `merge`. progress(done, all): called with numbers of cells. StudyError
        if it cannot be finished, or if the file cannot be used.
        """
        from auxtheory.study.running.execution import run

        return run(self, path, executor=executor, processes=processes, part=part, progress=progress)

    @classmethod
    def open(cls, path: str | Path, *, theorems: Sequence[str] = ()) -> Study:
        """The study in a .study file, to go on with it: `at.Study.open("a.study").run("a.study")`.

        What it has of your own modules is imported, if it lies in or below the folder of the file
        or the present one, or is installed; theorems: `FILE.py:NAME` of what lies elsewhere.
        StudyError where the file does not hold all of its study, such as functions of a script, or
        where such a theorem is another one now.
        """
        from auxtheory.study.rerun import study_in
        from auxtheory.study.storage.database import reading

        with reading(Path(path)) as store:
            return study_in(store, theorems)

    def cell(self, path: str | Path, number: int) -> Again:
        """Run one cell of this study, kept in a .study file, again: its verdict, and whether the
        bits are the same.

        number: as tables and pages give it. StudyError if the file does not hold that cell of this
        study.
        """
        from auxtheory.study.rerun import cell_again
        from auxtheory.study.storage.database import reading

        with reading(Path(path)) as store:
            return cell_again(store, self, number)
