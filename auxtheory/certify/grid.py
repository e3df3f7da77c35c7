"""The grid of cases on which theorems are certified: local steps, rounds, δ, step sizes and
momentum inside the theorem's range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from auxtheory.bounds.constants import Constants, Steps, check_quantity
from auxtheory.engines.worst_case.engine import MAX_POINTS, WorstCase, worst_case
from auxtheory.engines.worst_case.interpolation import FunctionClass
from auxtheory.errors import Checks
from auxtheory.printing import number
from auxtheory.theorems import (
    MVR,
    SGD,
    AuxMOM,
    AuxMVR,
    ExactCorrection,
    ExactCorrectionPL,
    SGDMomentum,
    Theorem,
)
from auxtheory.theorems.measured import measure_name
from auxtheory.theorems.step_range import Lengths, ends_of_a, largest_eta
from auxtheory.typing import FloatArray

# Naive is left out: without noise its worst case depends on the bias, which r at a few points does
# not determine.
ALL: tuple[type[Theorem], ...] = (
    SGD,
    ExactCorrection,
    ExactCorrectionPL,
    AuxMOM,
    AuxMVR,
    SGDMomentum,
    MVR,
)
MU = 0.1  # μ of the theorems with a linear rate, in units of L
DEFAULT_POINTS = 10  # limit of K·T on the default grid; 16 where K or T is given


@dataclass(frozen=True, kw_only=True)
class GridCell:
    """One case of one theorem, in units L = F0 = 1.

    Args:
        theorem: the theorem.
        function_class: the class of f: "smooth", "strongly convex" or "PL".
        constants: the constants of the case.
        steps: the steps.
        decrease: whether F0 bounds f(x⁰) − f(x^T) of a single round, so that the bound holds for
            every T; otherwise it bounds f(x⁰) − inf f.

    Example:
        >>> from auxtheory import certify
        >>> cell = certify.cells(K=[1], T=[1], delta=[0.0])[0]
        >>> cell.function_class, cell.bound
        ('smooth', 2.0)
    """

    theorem: Theorem
    function_class: FunctionClass
    constants: Constants
    steps: Steps
    decrease: bool = False

    def __str__(self) -> str:
        start = "f(x⁰) − f(x^T)" if self.decrease else "f(x⁰) − inf f"
        details = f"δ = {number(self.constants.delta)} L, {self.steps}, F₀ bounds {start}"
        return f"{self.theorem.name} ({self.theorem.label}), {self.function_class} f, {details}"

    @property
    def bound(self) -> float:
        """The theorem's bound, before it is simplified by tuning."""
        return float(self.theorem.value(self.constants, self.steps))

    def solve(self) -> WorstCase:
        """Solve for the worst case.

        Returns:
            The worst case, with its proof if the solver is accurate enough.

        Raises:
            RefusedError: PEPit is not installed.
        """
        return worst_case(
            self.theorem.method,
            self.constants,
            self.steps,
            measure=cast(Any, measure_name(self.theorem)),
            function_class=self.function_class,
            decrease=self.decrease,
        )


def cells(
    theorems: Sequence[type[Theorem]] = ALL,
    *,
    K: Sequence[int] | None = None,
    T: Sequence[int] | None = None,
    delta: Sequence[float] = (0.0, 0.1, 0.3, 1.0),
    eta_points: int = 2,
) -> list[GridCell]:
    """Return a grid of cases of each theorem, inside its range of steps.

    η goes from the largest step of the theorem down to a quarter of it; the momentum parameter a is
    the least that the theorem allows, and 1. K·T is at most 10 by default, and 16 where K or T is
    given.

    Args:
        theorems: classes of theorems, among `ALL`.
        K: the numbers of local steps; by default 1, 2, 3 and 5.
        T: the numbers of rounds; by default 1, 2 and 3.
        delta: the values of δ, in units of L.
        eta_points: the number of step sizes, from 1 to 100.

    Returns:
        The cells, theorem by theorem.

    Raises:
        InputError: lists every argument that is out of range.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import certify
        >>> len(certify.cells([at.theorems.ExactCorrection], K=[1, 2], T=[1], delta=[0.0]))
        8
    """
    checks = Checks()
    K, T = (_lengths(checks, name, values) for name, values in (("K", K), ("T", T)))
    for size in checks.several("delta", delta, "numbers"):
        check_quantity(checks, "delta", size)
        if np.ndim(np.asarray(size, dtype=object)):
            checks.complain("delta", size, "must be one number")
    eta_points = checks.whole("eta_points", eta_points, high=100)
    names = ", ".join(kind.label for kind in ALL)
    for kind in checks.several("theorems", theorems, f"classes of theorems, among {names}"):
        if not isinstance(kind, type) or kind not in ALL:
            checks.complain("theorem", getattr(kind, "label", kind), f"must be among {names}")
    checks.done()
    longest = DEFAULT_POINTS if K is None and T is None else MAX_POINTS
    steps = np.geomspace(1.0, 0.25, eta_points)
    grid = []
    for kind in theorems:
        for local in (1,) if kind.method.single_step else K or (1, 2, 3, 5):
            for rounds in T or (1, 2, 3):
                if local * rounds + (kind.measure != "G") <= longest:
                    lone = not kind.method.role.alpha
                    for size in (0.0,) if lone else delta:
                        grid += list(_at(kind(), local, rounds, float(size), steps))
    return grid


def _lengths(checks: Checks, name: str, values: Any) -> Any:
    if values is None:
        return None
    return [checks.whole(name, value) for value in checks.several(name, values, "whole numbers")]


def _at(
    theorem: Theorem, K: int, T: int, delta: float, fractions: FloatArray
) -> Iterator[GridCell]:
    """The cells of one (K, T, δ)."""
    pl = theorem.measure == "gap"
    constants = Constants(
        L=1.0, F0=1.0, mu=MU if pl else 0.0, delta=theorem.method.role.r(delta, 1.0, delta)
    )
    classes: tuple[FunctionClass, ...] = ("strongly convex", "PL") if pl else ("smooth",)
    longest = float(largest_eta(theorem, constants, Lengths(K=K, T=T, B=np.inf)))
    memory = theorem.method.uses_a and T > 1
    for fraction in fractions:
        steps = Steps(eta=longest * float(fraction), K=K, T=T, mode="theorem")
        least = (
            float(ends_of_a(theorem, constants, steps.eta, Lengths(K=K, T=T, B=np.inf))[1])
            if memory
            else 1.0
        )
        for a in (least, 1.0) if least < 1 - 1e-9 else (1.0,):
            cell_steps = steps.replace(a=a) if theorem.method.uses_a else steps
            for function_class in classes:
                yield GridCell(
                    theorem=theorem,
                    function_class=function_class,
                    constants=constants,
                    steps=cell_steps,
                )
        if T == 1 and theorem.method.exact_refresh and not pl:
            yield GridCell(
                theorem=theorem,
                function_class="smooth",
                constants=constants,
                steps=steps,
                decrease=True,
            )
