"""Worst cases as linear algebra: a run over unknown gradients, and every inequality that the
functions' class imposes.

A run of N points is a linear map from a few unknown vectors (∇f and ∇r at each point) to the
points. With their Gram matrix G and the function values F, each inequality of the class reads ⟨Q,
G⟩ + b·F + c ≥ 0. Units: L = F0 = 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.bounds.constants import check_lengths, check_quantity
from auxtheory.engines.worst_case.client_run import walk_clients
from auxtheory.engines.worst_case.run import Lengths, Oracle, Walk, walk
from auxtheory.engines.worst_case.sought import (
    MEASURES,
    name_of,
    shares,
    unmeasurable,
    value_of,
)
from auxtheory.errors import Checks
from auxtheory.measures import Measure
from auxtheory.methods import MethodType
from auxtheory.methods.dimensions import PARAMETERS
from auxtheory.typing import FloatArray

FunctionClass: TypeAlias = Literal["smooth", "convex", "strongly convex", "PL"]

SHIFT = 1e-9  # rounding error of the coefficient of x⁰ in a point, which is 1
CLASSES = ("smooth", "convex", "strongly convex", "PL")


@dataclass(frozen=True, kw_only=True)
class WorstCaseSpec:
    """The problem of a worst case, in units L = F0 = 1: a method at its steps, and a class of f
    and r.

    decrease: F0 bounds f(x⁰) − f(x^T) instead of f(x⁰) − inf f, so that rounds of a method without
    memory add up.
    parameters: further step parameters and schedules, each a name and a number or T numbers.
    N: of a method with clients, 1 for one helper or 2 for two clients with r_2 = −r_1; otherwise 0.
    zeta: a bound on ‖∇r‖ at the points that are measured, and x⁰ if it is one; 0 for no bound.
    """

    method: MethodType
    eta: float
    K: int
    T: int
    a: float = 1.0
    delta: float = 0.0
    mu: float = 0.0
    measure: str | Measure = "G"
    function_class: FunctionClass = "smooth"
    decrease: bool = False
    parameters: tuple[tuple[str, float | tuple[float, ...]], ...] = ()
    N: int = 0
    zeta: float = 0.0

    def __post_init__(self) -> None:
        checks = Checks()
        checks.instance("method", self.method, MethodType, "a method, such as at.methods.AuxMOM")
        check_quantity(checks, "eta", self.eta)
        check_quantity(checks, "a", self.a)
        check_quantity(checks, "delta", self.delta)
        check_lengths(checks, K=self.K, T=self.T, B=1)
        check_measure(checks, self.measure, self.method)
        check_quantity(checks, "zeta", self.zeta)
        has_clients = (
            isinstance(self.method, MethodType) and self.method.program.clients is not None
        )
        if self.N not in ((1, 2) if has_clients else (0,)):
            allowed = "must be 1, a helper, or 2 clients" if has_clients else "needs clients"
            checks.complain("N", self.N, allowed)
        checks.member("function_class", self.function_class, CLASSES)
        checks.instance("decrease", self.decrease, bool, "True or False")
        if self.function_class in ("strongly convex", "PL") and not 0 < self.mu < 1:
            checks.complain("mu/L", self.mu, f"must be in (0, 1) for a {self.function_class} f")
        reason = (
            None
            if checks.complaints
            else unmeasurable(self.measure, self.method, self.function_class)
        )
        if reason:
            checks.complain("measure", name_of(self.measure), f"has no worst case: {reason}")
        if self.decrease and self.measure != "G":
            checks.complain("measure", self.measure, "must be 'G' with decrease=True")
        checks.done()

    def described(self) -> str:
        """The steps, and the constants relative to L."""
        a = f", a = {self.a:.6g}" if self.method.uses_a else ""
        mu = f", μ = {self.mu:.6g} L" if self.mu else ""
        more = "".join(
            f", {name} = {value:.6g}" if isinstance(value, float) else f", {name} by rounds"
            for name, value in self.parameters
        )
        return (
            f"η = {self.eta:.6g}/L{a}{more}, K = {self.K}, T = {self.T}, δ = {self.delta:.6g} L{mu}"
        )

    @cached_property
    def lengths(self) -> Lengths:
        """K, T and the parameters of the run."""
        values = {"eta": self.eta, "a": self.a, **dict(self.parameters)}
        return Lengths(K=self.K, T=self.T, parameters=values)

    @cached_property
    def layout(self) -> Walk:
        """The number of the run's points, which are measured, and the order of the calls."""
        return _laid_out(self)

    @cached_property
    def quantity(self) -> Measure:
        """What is measured."""
        return value_of(self.measure)

    @cached_property
    def shares(self) -> FloatArray:
        """The weights of the measured points."""
        return shares(self.measure, self.K, self.T, self.N or 1)

    @property
    def measured(self) -> tuple[int, ...]:
        """The numbers of the points at which f or ∇f is measured, one for each of the shares."""
        return tuple(self.layout.measured)

    @property
    def bounded(self) -> tuple[int, ...]:
        """The numbers of the points at which ‖∇r‖ ≤ ζ, those that are measured."""
        return tuple(dict.fromkeys(self.measured)) if self.zeta and self.curved else ()

    @property
    def end(self) -> int:
        """The number of x^T; of the last point where x^T is not one of them."""
        return self.points - 1 if self.layout.last is None else self.layout.last

    @property
    def points(self) -> int:
        """The number of points at which f is evaluated."""
        return len(self.layout.points)

    @property
    def curved(self) -> bool:
        """Whether ∇r is unknown: h is neither f nor 0, and δ > 0; r = δ·length·ρ then, with a
        1/length-smooth ρ."""
        uses = any(call.kind != "f" for call in self.method.program.calls)
        return bool(self.method.role.alpha) and uses and self.delta > 0

    @property
    def length(self) -> float:
        """The length of a run, η (or the γ of proximal steps) times its steps; in units of it,
        gradients of f and ρ have the same size."""
        if "eta" in self.method.parameters:
            return self.eta * self.points
        units = self.method.parameter_units
        steps = [
            max(np.atleast_1d(v)) for name, v in self.parameters if units[name] == PARAMETERS["eta"]
        ]
        return float(max(steps, default=self.eta)) * self.points

    @property
    def has_minimiser(self) -> bool:
        """Whether the minimiser is one of the points: only a strongly convex f must have one."""
        return self.function_class == "strongly convex"

    @property
    def reach(self) -> float:
        """The largest distance from x⁰ to the minimiser of a strongly convex f, used as the unit of
        that unknown."""
        return math.sqrt(2 / self.mu)

    @property
    def curvature(self) -> float:
        """The least curvature of f, in units of L."""
        return {"convex": 0.0, "strongly convex": self.mu}.get(self.function_class, -1.0)


def walked(spec: WorstCaseSpec, x0: Any, oracle: Oracle) -> Walk:
    """The run of a case on anything that adds and takes numbers."""
    return _walked(spec, x0, oracle, spec.layout.order)


def _walked(
    spec: WorstCaseSpec, x0: Any, oracle: Oracle, known: Sequence[int] | None = None
) -> Walk:
    if spec.N:
        return walk_clients(
            spec.method,
            spec.N,
            spec.lengths,
            x0,
            oracle,
            measure=spec.quantity,
            end=spec.decrease,
            known=known,
        )
    return walk(
        spec.method,
        spec.lengths,
        x0,
        oracle,
        measure=spec.quantity,
        end=spec.decrease,
        known=known,
    )


def _laid_out(spec: WorstCaseSpec) -> Walk:
    """The run on rows of coefficients, in which equal points are one."""
    nothing = np.zeros(0)
    most = len(_walked(spec, nothing, lambda y: (nothing + 0.0, nothing + 0.0)).points)
    unit = np.eye(2 * most + 1)
    asked = iter(range(most))

    def oracle(y: FloatArray) -> tuple[FloatArray, FloatArray]:
        i = next(asked)
        return unit[i], unit[most + i]

    return _walked(spec, np.zeros(2 * most + 1), oracle)


@dataclass(frozen=True, eq=False)
class Inequalities:
    """⟨Q, G⟩ + b·F + c ≥ 0, one a row: Q (m, n, n), b (m, values), c (m,), and their names.

    The unknown vectors are ∇f(y_0) …, then, where the spec has them, ∇ρ(y_1) … and
    minimiser/reach; ∇ρ(x⁰), f* and x⁰ are 0. The values are f(y_0) … and ρ(y_0) …. objective: the
    measure, ⟨Q, G⟩ + b·F.
    """

    names: tuple[tuple[str, int, int], ...]
    Q: FloatArray
    b: FloatArray
    c: FloatArray
    objective: tuple[FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Points, ∇f, ∇ρ and measured vectors as rows of coefficients of the unknown vectors."""

    x: FloatArray
    g: FloatArray
    s: FloatArray
    vectors: FloatArray


def drift(spec: WorstCaseSpec) -> float:
    """The coefficient of ∇r(x⁰) in the points and measured vectors: unless it cancels, nothing
    bounds the run."""
    return max(float(np.max(np.abs(rows[:, -1]), initial=0.0)) for rows in _run(spec))


def depends_on_origin(spec: WorstCaseSpec) -> bool:
    """Whether a run changes by more than a shift if f is shifted, as with weight decay, or whether
    what is measured changes, such as ‖x‖²; the worst case is of runs from x⁰ = 0."""
    done = walked(spec, np.ones(1), lambda y: (np.zeros(1), np.zeros(1)))
    shifted = [(point, 1.0) for point in done.points]
    shifted += [(vector, float(spec.quantity.form == "distance")) for vector in done.vectors]
    return any(abs(float(np.sum(row)) - wanted) > SHIFT for row, wanted in shifted)


def _run(spec: WorstCaseSpec) -> tuple[FloatArray, FloatArray]:
    """The points, and the measured vectors, over (∇f(y_0) …, ∇ρ(y_0) − ∇ρ(x⁰) …, ∇r(x⁰)), shapes
    (N, 2N + 1) and (measured, 2N + 1)."""
    N = spec.points
    unit = np.eye(2 * N + 1)
    step = iter(range(N))

    def oracle(y: FloatArray) -> tuple[FloatArray, FloatArray]:
        i = next(step)
        if spec.zeta and spec.curved:
            return unit[i], spec.delta * spec.length * unit[N + i]
        return unit[i], unit[-1] + (
            spec.delta * spec.length * unit[N + i] if spec.curved and i else 0.0
        )

    done = walked(spec, np.zeros(2 * N + 1), oracle)
    return np.array(done.points), np.array(done.vectors).reshape(-1, 2 * N + 1)


def coordinates(spec: WorstCaseSpec) -> Coordinates:
    """The run in the unknown vectors that matter, the minimiser being the last point and the last
    vector."""
    N = spec.points
    star = int(spec.has_minimiser)
    # Where ∇ρ(x⁰) is not bounded it cancels, and is 0.
    first = 0 if spec.zeta else 1
    kept = [*range(N), *(range(N + first, 2 * N) if spec.curved else ())]
    rows = np.zeros((N + star, len(kept) + star))
    points, measured = _run(spec)
    rows[:N, : len(kept)] = points[:, kept]
    g = np.zeros_like(rows)
    s = np.zeros_like(rows[:N])
    g[:N, :N] = np.eye(N)
    if spec.curved:
        s[first:, N : 2 * N - first] = np.eye(N - first)
    if star:
        rows[-1, -1] = spec.reach
    vectors = np.zeros((len(measured), rows.shape[1]))
    vectors[:, : len(kept)] = measured[:, kept]
    if spec.quantity.form == "distance":
        vectors = vectors - rows[-1]
    return Coordinates(rows, g, s, vectors)


def inequalities(spec: WorstCaseSpec) -> Inequalities:
    """All inequalities of the class: smooth interpolation of f and ρ at all pairs of points, f ≥ f*
    + ‖∇f‖²/(2L), and the start. They are necessary and sufficient for such f and r to exist (for
    "PL" only necessary)."""
    where = coordinates(spec)
    N = spec.points
    values = N * (1 + spec.curved)
    bend = 1 / spec.length
    unit = np.eye(values)
    # f* = 0
    f = [*unit[:N], np.zeros(values)]
    rho = unit[N:]
    rows: list[tuple[tuple[str, int, int], FloatArray, FloatArray, float]] = []
    end = f[spec.end] if spec.decrease else f[N]
    rows.append((("start", 0, 0), np.zeros((where.x.shape[1],) * 2), end - f[0], 1.0))
    for i, j in _pairs(len(where.x)):
        rows.append(
            (
                ("f", i, j),
                _interpolation(where.x, where.g, i, j, spec.curvature, 1.0),
                f[i] - f[j],
                0.0,
            )
        )
    for i, j in _pairs(N) if spec.curved else ():
        rows.append(
            (("r", i, j), _interpolation(where.x, where.s, i, j, -bend, bend), rho[i] - rho[j], 0.0)
        )
    for i in range(N) if not (spec.decrease or spec.has_minimiser) else ():
        square = np.outer(where.g[i], where.g[i])
        rows.append((("above", i, i), -square / 2, f[i], 0.0))
        if spec.function_class == "PL":
            rows.append((("PL", i, i), square / (2 * spec.mu), -f[i], 0.0))
    for i in spec.bounded:
        square = (spec.delta * spec.length) ** 2 * np.outer(where.s[i], where.s[i])
        rows.append((("zeta", i, i), -square, np.zeros(values), spec.zeta**2))
    names, Q, b, c = zip(*rows, strict=True)
    return Inequalities(
        names, np.array(Q), np.array(b), np.array(c), _objective(spec, where, np.array(f[:N]))
    )


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(count) for j in range(count) if i != j]


def _interpolation(
    x: FloatArray, g: FloatArray, i: int, j: int, low: float, high: float
) -> FloatArray:
    """Q of f_i − f_j ≥ g_j·Δ + (‖γ‖²/high + low‖Δ‖² − 2 (low/high) γ·Δ)/(2(1 − low/high)), where
    Δ = x_i − x_j and γ = g_i − g_j: curvatures from low to high."""
    dx = x[i] - x[j]
    dg = g[i] - g[j]
    curved = np.outer(dg, dg) / high + low * np.outer(dx, dx) - 2 * low / high * _sym(dg, dx)
    return np.asarray(-_sym(g[j], dx) - curved / (2 * (1 - low / high)))


def _sym(u: FloatArray, v: FloatArray) -> FloatArray:
    return np.asarray((np.outer(u, v) + np.outer(v, u)) / 2)


def _objective(
    spec: WorstCaseSpec, where: Coordinates, values: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The measure as ⟨Q, G⟩ + b·F; the rows of `values` are the unit vectors of f(y_0) …"""
    nothing = np.zeros(values.shape[1])
    if spec.quantity.form == "gap":
        square = np.zeros((where.g.shape[1],) * 2)
        return square, spec.shares @ values[list(spec.measured)] + nothing
    rows = where.g[list(spec.measured)] if spec.measured else where.vectors
    return rows.T @ (spec.shares[:, None] * rows), nothing


def check_measure(checks: Checks, measure: Any, method: Any) -> None:
    """Check that this is a measure of a state variable of the method."""
    if not isinstance(measure, Measure):
        checks.member("measure", measure, MEASURES)
    elif isinstance(method, MethodType) and measure.of not in method.program.state:
        state = ", ".join(method.program.state)
        allowed = f"must be of a state variable of {method.name}, which has {state}"
        checks.complain("measure", measure, allowed)
