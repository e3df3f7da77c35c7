"""The grid of cases on which theorems are certified: local steps, rounds, δ, step sizes and
momentum inside the theorem's range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from auxtheory.bounds.constants import Constants, Steps, check_quantity
from auxtheory.certify.cases import (
    MU,
    classes_of,
    constants_of,
    names_of,
    refusal,
    steps_of,
)
from auxtheory.engines.worst_case.engine import (
    MAX_POINTS,
    WorstCase,
    refuses,
    specification,
    worst_case,
)
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
from auxtheory.theorems.definition import with_label
from auxtheory.theorems.measured import measure_of
from auxtheory.theorems.step_range import Lengths, ends_of_a, largest_eta
from auxtheory.typing import FloatArray

# Naive is left out, since without noise its worst case depends on the bias, which r at a few points
# does not determine; ExactCorrectionNoise, since it is ExactCorrection there.
ALL: tuple[type[Theorem], ...] = (
    SGD,
    ExactCorrection,
    ExactCorrectionPL,
    AuxMOM,
    AuxMVR,
    SGDMomentum,
    MVR,
)
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
        return f"{with_label(self.theorem)}, {self.function_class} f, {details}"

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
            measure=measure_of(self.theorem),
            function_class=self.function_class,
            decrease=self.decrease,
        )


def cells(
    theorems: Sequence[type[Theorem] | Theorem] = ALL,
    *,
    K: Sequence[int] | None = None,
    T: Sequence[int] | None = None,
    delta: Sequence[float] = (0.0, 0.1, 0.3, 1.0),
    eta_points: int = 2,
    classes: Sequence[FunctionClass] | None = None,
) -> list[GridCell]:
    """Return a grid of cases of each theorem, inside its range of steps.

    η goes from the largest step of the theorem down to a quarter of it; the momentum parameter a is
    the least that the theorem allows, and 1; other step parameters have their default values. The
    number of points of a run is at most 10 by default, and 16 where K or T is given.

    Args:
        theorems: classes of theorems, or theorems, of the library or your own.
        K: the numbers of local steps; by default 1, 2, 3 and 5.
        T: the numbers of rounds; by default 1, 2 and 3.
        delta: the values of δ, in units of L.
        eta_points: the number of step sizes, from 1 to 100.
        classes: the classes of f; by default those that the theorem speaks of: strongly convex with
            μ = 0.1 L if it has a μ (and PL for a theorem of `ALL`), otherwise smooth.

    Returns:
        The cells, theorem by theorem.

    Raises:
        InputError: lists every argument that is out of range, and every theorem that cannot be
            certified, with the reasons.

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
    known = get_args(FunctionClass)
    for each in () if classes is None else checks.several("classes", classes, "classes of f"):
        checks.member("class", each, known)
    listed = checks.several("theorems", theorems, "theorems, such as at.theorems.AuxMOM")
    instances = [_instance(checks, each) for each in listed]
    checks.done()
    shape = Shape(
        K=K or (1, 2, 3, 5),
        T=T or (1, 2, 3),
        delta=tuple(map(float, delta)),
        fractions=np.geomspace(1.0, 0.25, eta_points),
        most=DEFAULT_POINTS if K is None and T is None else MAX_POINTS,
    )
    grid: list[GridCell] = []
    for theorem in filter(None, instances):
        if type(theorem) in ALL and classes is None:
            grid += _of_library(theorem, shape)
        else:
            grid += _of_user(checks, theorem, classes_of(theorem, classes), shape)
    checks.done()
    return grid


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The lengths, the values of δ, the step sizes over the largest, and the most points of a
    grid."""

    K: Sequence[int]
    T: Sequence[int]
    delta: Sequence[float]
    fractions: FloatArray
    most: int


def _instance(checks: Checks, theorem: Any) -> Theorem | None:
    """The theorem, which may be given as its class."""
    if isinstance(theorem, type) and issubclass(theorem, Theorem):
        return theorem()
    checks.instance("theorem", theorem, Theorem, "a theorem, such as at.theorems.AuxMOM")
    return theorem if isinstance(theorem, Theorem) else None


def _of_library(theorem: Theorem, shape: Shape) -> Iterator[GridCell]:
    """The cells of a theorem of `ALL`."""
    for local in (1,) if theorem.method.single_step else shape.K:
        for rounds in shape.T:
            if local * rounds + (theorem.measure != "G") <= shape.most:
                lone = not theorem.method.role.alpha
                for size in (0.0,) if lone else shape.delta:
                    yield from _at(theorem, local, rounds, size, shape.fractions)


def _of_user(
    checks: Checks, theorem: Theorem, classes: Sequence[FunctionClass], shape: Shape
) -> list[GridCell]:
    """The cells of any other theorem; a complaint if there are none."""
    reason = refusal(theorem, classes, shape.delta[0])
    grid = []
    reasons = dict[str, None]()
    for cell in () if reason else _candidates(theorem, classes, shape):
        method, constants, steps = theorem.method, cell.constants, cell.steps
        spec = specification(
            method, constants, steps, measure_of(theorem), cell.function_class, False
        )
        if spec.points > shape.most:
            reasons[f"a run of K = {steps.K}, T = {steps.T} has {spec.points} points"] = None
        elif refused := refuses(spec, constants):
            reason = refused.removeprefix("worst_case: ")
            break
        else:
            grid.append(cell)
    if not grid and not reason:
        reason = next(iter(reasons), "no K, T and η of the grid are in its range")
        reason += f", more than {shape.most}" if reasons else ""
    if reason:
        checks.complain("theorem", theorem.name, f"cannot be certified: {reason}")
        return []
    return grid


def _candidates(
    theorem: Theorem, classes: Sequence[FunctionClass], shape: Shape
) -> Iterator[GridCell]:
    """The cells of a theorem whose runs are short enough to be looked at."""
    kinds = {call.kind for call in theorem.method.program.calls}
    lone = not theorem.method.role.alpha or (kinds == {"f"} and "delta" not in names_of(theorem))
    for local in (1,) if theorem.method.single_step else shape.K:
        for rounds in (rounds for rounds in shape.T if local * rounds <= shape.most):
            for size in (0.0,) if lone else shape.delta:
                for function_class in classes:
                    constants = constants_of(theorem, function_class, size)
                    for steps in steps_of(theorem, constants, local, rounds, shape.fractions):
                        yield GridCell(
                            theorem=theorem,
                            function_class=function_class,
                            constants=constants,
                            steps=steps,
                        )


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
