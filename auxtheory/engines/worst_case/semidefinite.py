"""The semidefinite program of a worst case, built with PEPit, and its solution: a proof and an
example."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import SimpleNamespace
from typing import Any

import numpy as np

from auxtheory.engines.base import provenance
from auxtheory.engines.worst_case.interpolation import WorstCaseSpec, walked
from auxtheory.engines.worst_case.proof import Proof, balanced
from auxtheory.errors import Checks
from auxtheory.typing import FloatArray

SOLVER = "CLARABEL"
# (margin, tolerance), tried in turn until proof and example agree. The proof's matrix is made
# positive definite by the margin, at the price of about as much of the value; the accuracy of a
# number is determined from proof and example, never from these.
ATTEMPTS = ((1e-7, 1e-8), (1e-7, 1e-7), (5e-7, 1e-7))
CLOSE = 1e-5  # the largest relative gap between a proof and its example that counts as one number
RANK = 1e-4  # eigenvalues of the Gram matrix below this part of the largest are 0
SIMPLEST = {"dimension_reduction_heuristic": "logdet2", "tol_dimension_reduction": 1e-6}


@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """The result of the solver. status: as the solver reports it; proof: from its multipliers, None
    if it returned none; example: the measure that its functions reach; x, grad_f, grad_r: their
    points and gradients, shape (points, dimension)."""

    status: str
    solver: str
    proof: Proof | None
    example: float
    x: FloatArray
    grad_f: FloatArray
    grad_r: FloatArray
    provenance: Mapping[str, Any]

    @property
    def optimal(self) -> bool:
        """Whether the solver reports an optimum, the proof holds, and proof and example agree."""
        if self.status != "optimal" or self.proof is None or not self.proof.verify():
            return False
        return abs(self.proof.value - self.example) <= CLOSE * self.proof.value


def solve(
    spec: WorstCaseSpec, solver: str | None, options: dict[str, Any], simplest: bool
) -> Solution:
    """Build and solve the program: once with the caller's options, otherwise until proof and
    example agree."""
    with _quiet(), _own_counters():
        checks = Checks()
        checks.member("solver", solver or SOLVER, _installed())
        checks.done()
        for margin, tolerance in ATTEMPTS[:1] if options else ATTEMPTS:
            settings = _settings(solver or SOLVER, tolerance) | (SIMPLEST if simplest else {})
            solution = _attempt(spec, margin, {"solver": solver or SOLVER} | settings | options)
            if solution.optimal:
                break
        return solution


def _installed() -> list[str]:
    from cvxpy import installed_solvers

    function: Any = installed_solvers
    return list(function())


def _settings(solver: str, tolerance: float) -> dict[str, Any]:
    if solver != SOLVER:
        return {}
    tolerances = {f"tol_{name}": tolerance for name in ("gap_abs", "gap_rel", "feas")}
    return tolerances | {"static_regularization_constant": 1e-7, "equilibrate_max_iter": 50}


def _attempt(spec: WorstCaseSpec, margin: float, options: dict[str, Any]) -> Solution:
    from cvxpy import SolverError

    posed = _pose(spec, margin)
    status = "failed"
    with contextlib.suppress(SolverError):
        status = _solved(posed.pep, **options)
    known: dict[str, Any] = {
        "solver": options["solver"],
        "provenance": _provenance(options["solver"]),
    }
    if posed.pep.residual is None or posed.pep.G_value is None:
        return Solution(status=status, proof=None, example=np.nan, **_nothing(), **known)
    return Solution(status=status, proof=_proof(spec, posed), **_example(spec, posed), **known)


def _provenance(solver: str) -> dict[str, Any]:
    versions = {}
    for package in ("PEPit", "cvxpy", solver.lower()):
        # CVXPY's names of solvers are not all packages.
        with contextlib.suppress(PackageNotFoundError):
            versions[package] = version(package)
    return provenance("worst_case", solver=solver, **versions)


def _solved(pep: Any, **options: Any) -> str:
    """Solve the program and return the solver's status."""
    try:
        pep.solve(verbose=0, **options)
    except (AssertionError, AttributeError, TypeError, ValueError):
        # PEPit reads the variables regardless of the status, and fails on those that were never
        # set.
        if pep.wrapper is None or pep.wrapper.prob.status in (None, "optimal"):
            raise
    return str(pep.wrapper.prob.status)


def _pose(spec: WorstCaseSpec, margin: float) -> SimpleNamespace:
    """The program in PEPit's terms: x⁰ = 0, ∇ρ(x⁰) = 0, ρ(x⁰) = 0 and f* = 0 without loss. The
    objective is the measure plus margin times the trace of the Gram matrix: the multipliers leave a
    definite matrix for the measure alone."""
    from PEPit import PEP, Point, null_expression

    pep = PEP()
    oracles = []
    # PEPit's counter keeps its value from one problem to the next.
    null_point = Point(is_leaf=False, decomposition_dict={})
    f, rho = _declared(pep, spec)
    if spec.curved and not spec.zeta:
        rho.add_point((null_point, null_point, null_expression))
    if spec.decrease:
        f.add_point((null_point, Point(), null_expression))

    def oracle(y: Any) -> tuple[Any, Any]:
        if callable(y):
            oracles.append(_implicit(spec, f, rho, y, null_point))
            return oracles[-1][0], spec.delta * spec.length * oracles[-1][1]
        oracles.append((f.gradient(y), rho.gradient(y) if spec.curved else null_point, f(y)))
        return oracles[-1][0], spec.delta * spec.length * oracles[-1][1]

    done = walked(spec, null_point, oracle)
    x = done.points
    g, s, values = (list(column) for column in zip(*oracles, strict=True))
    stars = []
    if spec.has_minimiser:
        stars = [Point()]
        f.add_point((spec.reach * stars[0], null_point, null_expression))
    start = values[0] - values[spec.end] if spec.decrease else values[0]
    above = []
    dominated = []
    if not spec.decrease and not spec.has_minimiser:
        above = [value >= gradient**2 / 2 for gradient, value in zip(g, values, strict=True)]
        if spec.function_class == "PL":
            dominated = [
                gradient**2 >= 2 * spec.mu * value
                for gradient, value in zip(g, values, strict=True)
            ]
    norms = [(spec.delta * spec.length * s[i]) ** 2 <= spec.zeta**2 for i in spec.bounded]
    rules = {"start": [start <= 1], "above": above, "PL": dominated, "zeta": norms}
    for constraint in (rule for several in rules.values() for rule in several):
        pep.add_constraint(constraint)
    unknown = g + (s[0 if spec.zeta else 1 :] if spec.curved else []) + stars
    star = spec.reach * stars[0] if stars else null_point
    measure = _measure(spec, done.vectors, star, g, values)
    pep.set_performance_metric(measure + margin * _total(unknown))
    return SimpleNamespace(
        pep=pep, f=f, rho=rho, rules=rules, x=x, g=g, s=s, unknown=unknown, measure=measure
    )


def _measure(
    spec: WorstCaseSpec, vectors: list[Any], star: Any, g: list[Any], values: list[Any]
) -> Any:
    """What is measured, as PEPit's expression."""
    from PEPit import null_expression

    if spec.quantity.form == "gap":
        terms = [values[i] for i in spec.measured]
    elif spec.quantity.form == "grad":
        terms = [g[i] ** 2 for i in spec.measured]
    else:
        centre = star if spec.quantity.form == "distance" else 0 * star
        terms = [(vector - centre) ** 2 for vector in vectors]
    return sum(
        (float(share) * term for share, term in zip(spec.shares, terms, strict=True)),
        null_expression,
    )


def _implicit(
    spec: WorstCaseSpec, f: Any, rho: Any, y: Any, null_point: Any
) -> tuple[Any, Any, Any]:
    """∇f, ∇ρ and f at a new point that is a function of ∇f and ∇r there."""
    from PEPit import Expression, Point

    g, value = Point(), Expression()
    s = Point() if spec.curved else null_point
    point = y(g, spec.delta * spec.length * s)
    f.add_point((point, g, value))
    if spec.curved:
        rho.add_point((point, s, Expression()))
    return g, s, value


def _declared(pep: Any, spec: WorstCaseSpec) -> tuple[Any, Any]:
    """Declare f of its class, and ρ = r/(δ·length) (None where it is not needed)."""
    from PEPit import functions

    if spec.function_class == "strongly convex":
        f = pep.declare_function(functions.SmoothStronglyConvexFunction, mu=spec.mu, L=1.0)
    else:
        convex = spec.function_class == "convex"
        f = pep.declare_function(
            functions.SmoothConvexFunction if convex else functions.SmoothFunction, L=1.0
        )
    return f, pep.declare_function(
        functions.SmoothFunction, L=1 / spec.length
    ) if spec.curved else None


def _total(vectors: list[Any]) -> Any:
    return sum((vector**2 for vector in vectors[1:]), vectors[0] ** 2)


def _proof(spec: WorstCaseSpec, posed: SimpleNamespace) -> Proof:
    """PEPit's multipliers in the order of `inequalities`."""
    inside = [
        posed.f.list_of_class_constraints,
        posed.rho.list_of_class_constraints if spec.curved else [],
    ]
    above = posed.rules["above"]
    dominated = posed.rules["PL"]
    paired = (
        [rule for pair in zip(above, dominated, strict=True) for rule in pair]
        if dominated
        else above
    )
    ordered = [*posed.rules["start"], *inside[0], *inside[1], *paired, *posed.rules["zeta"]]
    scales = np.ones(len(ordered))
    if dominated:
        # There f's value has this coefficient, in `inequalities` 1.
        last = len(ordered) - len(posed.rules["zeta"])
        scales[last - 2 * len(dominated) + 1 : last : 2] = 2 * spec.mu
    return balanced(spec, scales * np.array([float(rule.eval_dual()) for rule in ordered]))


def _example(spec: WorstCaseSpec, posed: SimpleNamespace) -> dict[str, Any]:
    """The measure that the solver's functions reach, and their points and gradients in the fewest
    coordinates."""
    unknown = np.array([vector.eval() for vector in posed.unknown])
    size, axes = np.linalg.eigh(unknown.T @ unknown)
    zero = np.zeros(len(axes))  # the null point's value is a number
    axes = axes[:, size > RANK * size[-1]]
    rows = {
        "x": posed.x,
        "grad_f": posed.g,
        "grad_r": [spec.delta * spec.length * s for s in posed.s],
    }
    coordinates = {
        key: np.array([zero + vector.eval() for vector in vectors]) @ axes
        for key, vectors in rows.items()
    }
    return {"example": float(posed.measure.eval()), **coordinates}


def _nothing() -> dict[str, Any]:
    return {key: np.zeros((0, 0)) for key in ("x", "grad_f", "grad_r")}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Suppress output, since PEPit prints at any verbosity, and CVXPY warns of what the status
    says."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _own_counters() -> Iterator[None]:
    """Restore PEPit's counters after the block: they are class attributes, and a new problem would
    reset those of an unfinished one."""
    from PEPit import PEP, BlockPartition, Constraint, Expression, Function, Point, PSDMatrix

    kinds = (PEP, BlockPartition, Constraint, Expression, Function, Point, PSDMatrix)
    lists = (
        "list_of_partitions",
        "list_of_leaf_expressions",
        "list_of_functions",
        "list_of_leaf_points",
    )
    kept = [
        (kind, name, vars(kind)[name])
        for kind in kinds
        for name in ("counter", *lists)
        if name in vars(kind)
    ]
    try:
        yield
    finally:
        for kind, name, value in kept:
            setattr(kind, name, value)
