"""Engine `worst_case`: the tight worst case of a noiseless method over all f and h, by semidefinite
programming.

The method's rules run on PEPit's points; the solver's multipliers are returned as a `Proof` that
needs no solver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.schedules import PerRound
from auxtheory.engines.worst_case.client_run import SIGNS, unreadable_exchange
from auxtheory.engines.worst_case.instance import Instance, largest
from auxtheory.engines.worst_case.interpolation import (
    CLASSES,
    FunctionClass,
    WorstCaseSpec,
    check_measure,
    depends_on_origin,
    drift,
)
from auxtheory.engines.worst_case.proof import CANCELS, Proof
from auxtheory.engines.worst_case.run import unreadable
from auxtheory.engines.worst_case.semidefinite import Solution, solve
from auxtheory.engines.worst_case.sought import canonical, name_of, scale
from auxtheory.errors import Checks, RefusedError, shown
from auxtheory.measures import Measure
from auxtheory.methods import MethodType
from auxtheory.methods.correction import correction_of
from auxtheory.printing import wrapped
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.typing import FloatArray

name = "worst_case"
MAX_STEPS = 1000  # of a run whose points are counted
MAX_POINTS = 16  # a worst case with this many points takes a minute
NOISES = ("sigma_f", "sigma_h", "sigma_r")

Status: TypeAlias = Literal["optimal", "inaccurate", "failed"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WorstCase:
    """The largest measure over a class of functions, in the measure's unit: (F/X)² for "G" and
    "last", F for "gap", X² for a squared distance.

    Args:
        value: the proven bound; NaN unless the status is "optimal".
        example: the measure that the solver's functions reach; NaN unless the status is "optimal".
        status: "optimal"; "inaccurate" if the solver stopped early, proof and example differ by
            more than 1e-5 relative, or the proof fails; "failed" if the solver returned nothing.
        kind: "upper" where the inequalities follow from the class but do not characterise it (PL),
            otherwise "tight".
        case: the method, its steps and the class, in units L = F0 = 1.
        proof: the `at.Proof` of the value, in units L = F0 = 1; None unless the status is
            "optimal".
        dimension: of the example: the rank of its Gram matrix.
        x: the points of the example, shape (points, dimension), in X, with x⁰ = 0.
        grad_f: ∇f at the points, shape (points, dimension), in F/X.
        grad_r: ∇r at the points, shape (points, dimension), in F/X, with ∇r(x⁰) = 0.
        solver: the name of the solver.
        solver_status: what the solver reported.
        L: smoothness of f, in F/X².
        F0: the bound on f(x⁰) − inf f, in F.
        provenance: the engine, code and libraries that the numbers come from.

    Example:
        >>> import auxtheory as at
        >>> constants = at.Constants(L=1.0, F0=1.0, delta=0.1)
        >>> steps = at.Steps(eta=0.5, a=1.0, K=1, T=1)
        >>> worst = at.worst_case(at.methods.AuxMOM, constants, steps)
        >>> abs(worst.gap) < 1e-5
        True
    """

    value: float
    example: float
    status: Status
    kind: Literal["tight", "upper"]
    case: WorstCaseSpec
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
        """The relative duality gap, (value − example)/value."""
        return (self.value - self.example) / self.value

    @property
    def instance(self) -> Instance:
        """The one-dimensional quadratic pair whose measure is largest, in units L = F0 = 1, and the
        measure."""
        return largest(self.case)

    def pair(self, rtol: float = 1e-4) -> QuadraticPair | None:
        """A quadratic pair that attains the value, to run on any engine.

        Args:
            rtol: the relative difference up to which the value counts as attained.

        Returns:
            The pair, in one dimension; None if no quadratic attains the value, or ∇r is bounded
            by ζ.
        """
        if self.case.zeta:
            return None
        worst = self.instance
        size = scale(self.case.measure, self.case.method, self.L, self.F0)
        if not worst.value * size >= (1 - rtol) * self.value:
            return None
        if self.case.N:
            return self._with_clients(worst)
        f = Quadratic(L=worst.l * self.L, dim=1, F0=worst.start * self.F0)
        return f.with_helper(delta=abs(worst.rho) * self.L, gap=[worst.rho * self.L])

    def _with_clients(self, worst: Instance) -> QuadraticPair:
        """The pair with one helper, or two clients."""
        x0 = [np.sqrt(2 * worst.start * self.F0 / (worst.l * self.L))]
        each = np.array([[worst.l - sign * worst.rho] for sign in SIGNS[self.case.N]]) * self.L
        if self.case.N == 1:
            return Quadratic.from_helpers([[worst.l * self.L]], each[..., None], x0=x0)
        return Quadratic.from_clients(each, x0=x0)

    def __str__(self) -> str:
        spec = self.case
        of = "at most" if self.kind == "upper" else "worst"
        dimensions = "dimension" if self.dimension == 1 else "dimensions"
        return wrapped(
            f"{of} {name_of(spec.measure)} of {spec.method.name}, {spec.function_class} f: "
            f"{self.value:.8g}\n"
            f"  at {spec.described()}; L = {self.L:g}, F₀ = {self.F0:g}\n"
            f"  example: {self.example:.8g} in {self.dimension} {dimensions}; "
            f"proof: {'none' if self.proof is None else 'check it with proof.verify()'}\n"
            f"  {self.status} ({self.solver}: {self.solver_status})"
        )

    def __repr__(self) -> str:
        return str(self)


def worst_case(
    method: MethodType,
    constants: Constants,
    steps: Steps,
    *,
    measure: Literal["G", "last", "gap", "G_avg", "G_x"] | Measure = "G",
    function_class: FunctionClass = "smooth",
    decrease: bool = False,
    simplest: bool = False,
    solver: str | None = None,
    options: Mapping[str, Any] | None = None,
    N: int | None = None,
) -> WorstCase:
    """The largest measure of a noiseless run, over all L-smooth f with f(x⁰) − inf f ≤ F0 and all h
    with ∇(f − h) δ-Lipschitz; of a method with clients, over two clients f_1, f_2 of which f is the
    mean, each with ∇(f − f_i) δ-Lipschitz, all at work in every round.

    It solves a semidefinite program (performance estimation, by PEPit) whose size grows with K·T.

    Args:
        method: an `at.Method`, with an affine text.
        constants: L, F0, delta and, for two of the classes, mu; all numbers, without noise.
        steps: η, a, K and T; numbers.
        measure: "G", the mean of ‖∇f‖² over all local iterates; "last", ‖∇f(x^T)‖²; "gap",
            f(x^T) − inf f; "G_avg" and "G_x" of a method with clients; or any of `at.measures` but
            those with a matrix, at any state variable. ‖v − x*‖² needs a strongly convex f.
        function_class: "smooth", "convex", "strongly convex" (needs mu) or "PL" (needs mu; the
            value is then an upper bound).
        decrease: whether F0 bounds f(x⁰) − f(x^T) instead of f(x⁰) − inf f, for measure "G" and
            methods without memory: the value at T = 1, divided by T, then holds at every T.
        simplest: whether to look for an example of few dimensions.
        solver: one of CVXPY's solvers; None: CLARABEL.
        options: the solver's options.
        N: 2 clients or 1 helper, of a method with clients; None: 2. As two groups of any size may
            stand for the two clients, the value for 2 is at most that for any even N.

    Returns:
        The `at.WorstCase`: a proven value, its proof, and an example that reaches it.

    Raises:
        InputError: lists everything that is wrong with the arguments.
        RefusedError: with the reason, if PEPit is not installed, there is noise, the run has too
            many points, or the rules are not affine.

    Example:
        >>> import auxtheory as at
        >>> constants = at.Constants(L=1.0, F0=1.0)
        >>> worst = at.worst_case(at.methods.SGD, constants, at.Steps(eta=1.0, K=1, T=1))
        >>> worst.status
        'optimal'
    """
    spec = specification(method, constants, steps, measure, function_class, decrease, N)
    reason = missing() or refuses(spec, constants)
    if reason:
        raise RefusedError(reason)
    solution = solve(spec, solver, dict(options or {}), simplest)
    return _result(spec, solution, float(constants.L), float(constants.F0))


def _result(spec: WorstCaseSpec, solution: Solution, L: float, F0: float) -> WorstCase:
    """The result: a number only where proof and example agree."""
    optimal = solution.optimal
    status: Status = "optimal" if optimal else "failed" if solution.proof is None else "inaccurate"
    proven = solution.proof.value if solution.proof is not None else np.nan
    size = scale(spec.measure, spec.method, L, F0)
    return WorstCase(
        value=size * proven if optimal else np.nan,
        example=size * solution.example if optimal else np.nan,
        status=status,
        kind="upper" if spec.function_class == "PL" else "tight",
        case=spec,
        proof=solution.proof if optimal else None,
        dimension=solution.x.shape[1],
        x=solution.x * np.sqrt(F0 / L),
        grad_f=solution.grad_f * np.sqrt(L * F0),
        grad_r=solution.grad_r * np.sqrt(L * F0),
        solver=solution.solver,
        solver_status=solution.status,
        L=L,
        F0=F0,
        provenance=solution.provenance,
    )


def missing() -> str | None:
    """The missing package and how to install it, or None."""
    return None if find_spec("PEPit") else "worst_case needs PEPit: pip install 'auxtheory[pep]'"


def refuses(spec: WorstCaseSpec, constants: Constants) -> str | None:
    """Why the worst case cannot be computed, or None."""
    noisy = [
        f"{n} = {shown(getattr(constants, n))}" for n in NOISES if np.any(getattr(constants, n))
    ]
    if noisy:
        return f"worst_case computes noiseless runs only: {', '.join(noisy)}"
    reason = unreadable(spec.method) or unreadable_exchange(spec.method)
    if reason:
        return f"worst_case: {reason}"
    # The points of long runs, which are at least about K·T, are not counted.
    points = spec.points if spec.K * spec.T <= MAX_STEPS else spec.K * spec.T
    if points > MAX_POINTS:
        return (
            f"worst_case takes at most {MAX_POINTS} points, and this run of K·T steps has {points}"
        )
    if depends_on_origin(spec):
        return (
            f"worst_case: the run of {spec.method.name}, or {name_of(spec.measure)}, depends on "
            "where the origin is, and x⁰ is anywhere"
        )
    if drift(spec) > CANCELS and spec.N:
        return (
            f"worst_case: ∇(f − f_i)(x⁰) does not cancel in the steps of {spec.method.name}; "
            "Constants(zeta=…) bounds it at the points that are measured"
        )
    if drift(spec) > CANCELS:
        return (
            f"worst_case: ∇(f − h)(x⁰) does not cancel in the steps of {spec.method.name} or in "
            "what is measured, and nothing bounds it"
        )
    return None


def specification(
    method: Any,
    constants: Any,
    steps: Any,
    measure: Any,
    function_class: Any,
    decrease: Any,
    N: Any = None,
) -> WorstCaseSpec:
    """The case in units L = F0 = 1; InputError listing everything that is wrong."""
    checks = Checks()
    checks.instance("method", method, MethodType, "a method, such as at.methods.AuxMOM")
    checks.instance("constants", constants, Constants, "at.Constants(L=…, F0=…, delta=…)")
    checks.instance("steps", steps, Steps, "at.Steps(eta=…, K=…, T=…)")
    check_measure(checks, measure, method)
    checks.member("function_class", function_class, CLASSES)
    checks.instance("decrease", decrease, bool, "True or False")
    checks.done()
    for owner, names in ((constants, ("L", "F0", "delta", "mu")), (steps, ("eta", "a"))):
        for field in names:
            value = getattr(owner, field)
            if not isinstance(value, PerRound) and np.ndim(value):
                checks.complain(field, value, "must be one number")
    checks.done()
    steps = method.checked(steps)
    L = float(constants.L)
    parameters = _parameters(checks, method, steps, constants)
    a = _least(parameters.get("a", steps.momentum))
    if function_class in ("strongly convex", "PL") and not 0 < constants.mu < L:
        checks.complain(
            "mu", constants.mu, f"must be in (0, {L:g}), below L, for a {function_class} f"
        )
    if decrease and _remembers(method, a):
        checks.complain(
            "decrease",
            decrease,
            f"must be False, since {method.name} keeps its buffer at a = {a:g}",
        )
    has_clients = method.program.clients is not None
    if N is not None and not (has_clients and N in (1, 2)):
        allowed = "must be 1, one helper, or 2, two clients of which f is the mean"
        none = f"must be left out: {method.name} has no clients"
        checks.complain("N", N, allowed if has_clients else none)
    S: Any = parameters.pop("S", None)
    if has_clients and S not in (np.inf, N or 2):
        checks.complain("S", S, "must be left out: all clients work in every round")
    checks.done()
    zeta = float(constants.zeta) / float(np.sqrt(L * constants.F0)) if has_clients else 0.0
    return WorstCaseSpec(
        method=method,
        eta=_largest(parameters.get("eta", 1.0)),
        a=a,
        K=steps.K,
        T=steps.T,
        delta=float(constants.delta) / L,
        mu=float(constants.mu) / L,
        measure=canonical(measure),
        function_class=function_class,
        decrease=decrease,
        N=(N or 2) if has_clients else 0,
        zeta=zeta,
        # η and a have fields of their own, unless they change from round to round.
        parameters=tuple(
            (name, value)
            for name, value in parameters.items()
            if name not in ("eta", "a") or isinstance(value, tuple)
        ),
    )


def _parameters(
    checks: Checks, method: MethodType, steps: Steps, constants: Constants
) -> dict[str, float | tuple[float, ...]]:
    """The step parameters in units L = F0 = 1: numbers, or one for each round."""
    (phase,) = method.phases(steps)
    L, F0 = float(constants.L), float(constants.F0)
    values: dict[str, float | tuple[float, ...]] = {}
    for name, unit in method.parameter_units.items():
        value = phase.parameter(name)
        # X² is F0/L; so a step size, of unit X²/F, is in units of 1/L to the last bit.
        scale = F0 ** float(unit.f + unit.x / 2) * L ** float(-unit.x / 2)
        if isinstance(value, PerRound):
            values[name] = tuple((value.over(name, steps.T) / scale).tolist())
        elif np.ndim(value):
            checks.complain(name, value, "must be one number, or a schedule")
        else:
            values[name] = float(value) / scale
    return values


def _largest(value: Any) -> float:
    return float(np.max(value))


def _least(value: Any) -> float:
    return float(np.min(value))


def _remembers(method: MethodType, a: float) -> bool:
    """Whether a round depends on more than the x that it starts from."""
    rules = correction_of(method.program)
    if rules is None:
        return method.program.state != ("x",)
    return bool(rules.refresh(1.0, 0.0, 0.0, a) or rules.refresh(0.0, 0.0, 1.0, a))
