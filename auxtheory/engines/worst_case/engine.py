"""Engine `worst_case`: the tight worst case of a noiseless method over all f and h, by semidefinite
programming.

The method's own rules run on PEPit's points; the solver's multipliers come back as a `Proof` that
needs no solver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.engines.rules import impure, not_affine
from auxtheory.engines.worst_case.instance import Instance, largest
from auxtheory.engines.worst_case.interpolation import (
    CLASSES,
    MEASURES,
    Case,
    FunctionClass,
    Measure,
    drift,
)
from auxtheory.engines.worst_case.proof import CANCELS, Proof
from auxtheory.engines.worst_case.semidefinite import Solution, solve
from auxtheory.errors import Checks, RefusedError, shown
from auxtheory.methods import Method
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.typing import FloatArray

name = "worst_case"
MOST_POINTS = 16  # of which a single one takes a minute
NOISES = ("sigma_f", "sigma_h", "sigma_r")

Status: TypeAlias = Literal["optimal", "inaccurate", "failed"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WorstCase:
    """The largest measure over the class, in the measure's unit; NaN unless the status is
    "optimal".

    value: proven by `proof` (whose units are L = F0 = 1); example: what the solver's functions
    reach; kind: "upper" where the inequalities only follow from the class (PL), else "tight".
    dimension: of the example, the rank of its Gram matrix; x, grad_f, grad_r: its points and
    gradients, shape (points, dimension), with x⁰ = 0 and ∇r(x⁰) = 0. Status "inaccurate": the
    solver stopped early, or proof and example differ by more than 1e-5, or the proof fails.
    """

    value: float
    example: float
    status: Status
    kind: Literal["tight", "upper"]
    case: Case
    proof: Proof | None
    dimension: int
    x: FloatArray
    grad_f: FloatArray
    grad_r: FloatArray
    solver: str
    solver_status: str
    L: float
    F0: float
    provenance: Mapping[str, Any]

    @property
    def gap(self) -> float:
        """(value − example)/value."""
        return (self.value - self.example) / self.value

    @property
    def instance(self) -> Instance:
        """The one-dimensional quadratic pair whose measure is largest, in units L = F0 = 1."""
        return largest(self.case)

    def pair(self, rtol: float = 1e-4) -> QuadraticPair | None:
        """A quadratic pair that attains the value, to replay on any engine; None if none does."""
        found = self.instance
        scale = self.F0 if self.case.measure == "gap" else self.L * self.F0
        if not found.value * scale >= (1 - rtol) * self.value:
            return None
        f = Quadratic(L=found.l * self.L, dim=1, F0=found.start * self.F0)
        return f.with_helper(delta=abs(found.rho) * self.L, gap=[found.rho * self.L])

    def __str__(self) -> str:
        case = self.case
        of = "at most" if self.kind == "upper" else "worst"
        return (
            f"{of} {case.measure} of {case.method.name}, {case.function_class} f: "
            f"{self.value:.8g}\n"
            f"  at {case.described()}; L = {self.L:g}, F₀ = {self.F0:g}\n"
            f"  example: {self.example:.8g} in {self.dimension} dimensions; "
            f"proof: {'none' if self.proof is None else 'check it with proof.verify()'}\n"
            f"  {self.status} ({self.solver}: {self.solver_status})"
        )

    def __repr__(self) -> str:
        return str(self)


def worst_case(
    method: Method,
    constants: Constants,
    steps: Steps,
    *,
    measure: Measure = "G",
    function_class: FunctionClass = "smooth",
    decrease: bool = False,
    simplest: bool = False,
    solver: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> WorstCase:
    """The largest measure over all L-smooth f with f(x⁰) − inf f ≤ F0 and all h with ∇(f − h)
    δ-Lipschitz.

    measure: "G", the mean of ‖∇f‖² over all local iterates; "last", ‖∇f(x^T)‖²; or "gap", f(x^T) −
    inf f.
    function_class: smooth, convex, strongly convex (with mu), or PL (mu; an upper bound). decrease:
    F0 bounds f(x⁰) − f(x^T) instead, for methods without memory; the value at T = 1, divided by T,
    then holds at every T. simplest: look for an example of few dimensions. solver, options:
    CVXPY's. Raises InputError; RefusedError with the reason.
    """
    case = _case(method, constants, steps, measure, function_class, decrease)
    reason = missing() or refuses(case, constants)
    if reason:
        raise RefusedError(reason)
    return _judged(
        case,
        solve(case, solver, dict(options or {}), simplest),
        float(constants.L),
        float(constants.F0),
    )


def _judged(case: Case, found: Solution, L: float, F0: float) -> WorstCase:
    """The result: a number only where proof and example agree."""
    fine = found.settled
    status: Status = "optimal" if fine else "failed" if found.proof is None else "inaccurate"
    proven = found.proof.value if found.proof is not None else np.nan
    scale = F0 if case.measure == "gap" else L * F0
    return WorstCase(
        value=scale * proven if fine else np.nan,
        example=scale * found.example if fine else np.nan,
        status=status,
        kind="upper" if case.function_class == "PL" else "tight",
        case=case,
        proof=found.proof if fine else None,
        dimension=found.x.shape[1],
        x=found.x * np.sqrt(F0 / L),
        grad_f=found.grad_f * np.sqrt(L * F0),
        grad_r=found.grad_r * np.sqrt(L * F0),
        solver=found.solver,
        solver_status=found.status,
        L=L,
        F0=F0,
        provenance=found.provenance,
    )


def missing() -> str | None:
    """What is not installed, and how to install it; or None."""
    return None if find_spec("PEPit") else "worst_case needs PEPit: pip install 'auxtheory[pep]'"


def refuses(case: Case, constants: Constants) -> str | None:
    """Why the worst case cannot be computed, or None."""
    noisy = [
        f"{n} = {shown(getattr(constants, n))}" for n in NOISES if np.any(getattr(constants, n))
    ]
    if noisy:
        return f"worst_case knows no noise: {', '.join(noisy)}"
    if case.points > MOST_POINTS:
        return (
            f"worst_case takes at most {MOST_POINTS} points, and this run of K·T steps has "
            f"{case.points}"
        )
    reason = impure(case.method) or not_affine(case.method, case.a, case.eta)
    if reason:
        return f"worst_case: {reason}"
    if drift(case) > CANCELS:
        return (
            f"worst_case: ∇(f − h)(x⁰) does not cancel from the steps of {case.method.name}, "
            "and nothing bounds it"
        )
    return None


def _case(
    method: Any, constants: Any, steps: Any, measure: Any, function_class: Any, decrease: Any
) -> Case:
    """The case in units L = F0 = 1; InputError listing everything that is wrong."""
    checks = Checks()
    checks.instance("method", method, Method, "a method, such as at.methods.AuxMOM")
    checks.instance("constants", constants, Constants, "at.Constants(L=…, F0=…, delta=…)")
    checks.instance("steps", steps, Steps, "at.Steps(eta=…, K=…, T=…)")
    checks.member("measure", measure, MEASURES)
    checks.member("function_class", function_class, CLASSES)
    checks.instance("decrease", decrease, bool, "True or False")
    checks.done()
    for owner, names in ((constants, ("L", "F0", "delta", "mu")), (steps, ("eta", "a"))):
        for field in names:
            if np.ndim(getattr(owner, field)):
                checks.complain(field, getattr(owner, field), "must be one number")
    checks.done()
    steps = method.checked(steps)
    L = float(constants.L)
    a = float(steps.momentum)
    if function_class in ("strongly convex", "PL") and not 0 < constants.mu < L:
        checks.complain(
            "mu", constants.mu, f"must be in (0, {L:g}), below L, for a {function_class} f"
        )
    if decrease and (method.refresh(1.0, 0.0, 0.0, a) or method.refresh(0.0, 0.0, 1.0, a)):
        checks.complain(
            "decrease",
            decrease,
            f"must be False, since {method.name} remembers its buffer at a = {a:g}",
        )
    checks.done()
    return Case(
        method=method,
        eta=float(steps.eta) * L,
        a=a,
        K=steps.K,
        T=steps.T,
        delta=float(constants.delta) / L,
        mu=float(constants.mu) / L,
        measure=measure,
        function_class=function_class,
        decrease=decrease,
    )
