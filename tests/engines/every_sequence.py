"""The slow twin of exact moments with clients: every sequence of choices of clients, and values as
polynomials in independent draws of mean 0 and variance 1, each of which occurs at most once.

E v² of such a polynomial is the sum of the squares of its coefficients. The text of the method runs
on these values itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, count, product
from typing import Any

import numpy as np

import auxtheory as at


class Value:
    """A vector of d polynomials: for each set of draws the coefficients of their product, (d,)."""

    __array_ufunc__ = None

    def __init__(self, terms: dict[frozenset, np.ndarray]) -> None:
        self.terms = terms

    def __add__(self, other: Any) -> Value:
        if not isinstance(other, Value):
            assert np.all(np.asarray(other) == 0)
            return self
        merged = dict(self.terms)
        for key, value in other.terms.items():
            merged[key] = merged[key] + value if key in merged else value
        return Value(merged)

    __radd__ = __add__

    def __mul__(self, factor: float) -> Value:
        return Value({key: value * factor for key, value in self.terms.items()})

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Value:
        return self * (1 / divisor)

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Any) -> Value:
        return self + -1.0 * other

    def __rsub__(self, other: Any) -> Value:
        return -self + other

    def through(self, matrix: np.ndarray) -> Value:
        return Value({key: matrix @ value for key, value in self.terms.items()})

    def square(self, matrix: np.ndarray) -> float:
        """E of the quadratic form of a matrix."""
        return float(sum(value @ matrix @ value for value in self.terms.values()))


def constant(vector: Any) -> Value:
    return Value({frozenset(): np.asarray(vector, dtype=float)})


class Oracle:
    """One of o.f, o.h and o.r: the gradient of a quadratic with noise."""

    def __init__(self, run: Run, kind: str, group: int | None) -> None:
        self.run, self.kind, self.group = run, kind, group

    def __call__(self, *points: Value, exact: bool = False, batch: float = 1.0) -> Any:
        run = self.run
        A, b = run.coefficients(self.kind, self.group)
        scale = 0.0 if exact else 1 / np.sqrt(batch)
        number = next(run.draws)
        noise = {}
        for i, column in enumerate(run.roots[self.kind].T * scale):
            noise[frozenset({("n", number, i)})] = column
        found = []
        for point in points:
            z = point + constant(-run.x_star)
            value = z.through(A) + constant(b) + Value(noise if scale else {})
            if self.kind != "h" and run.s and scale:
                value = value + self._curved(z, number) * (run.s * scale)
            found.append(value)
        return found[0] if len(found) == 1 else tuple(found)

    def _curved(self, z: Value, number: int) -> Value:
        terms: dict[frozenset, np.ndarray] = {}
        for key, value in z.terms.items():
            for i in range(len(value)):
                draw = ("e", number, i)
                assert draw not in key
                unit = np.zeros(len(value))
                unit[i] = value[i]
                terms[key | {draw}] = unit
        return Value(terms)

    def prox(self, v: Value, gamma: float) -> Value:
        """argmin h(y) + ‖y − v‖²/(2γ)."""
        H, b = self.run.coefficients(self.kind, self.group)
        inverse = np.linalg.inv(np.eye(len(H)) + gamma * H)
        z = v + constant(-self.run.x_star - gamma * b)
        return z.through(inverse) + constant(self.run.x_star)


@dataclass
class Oracles:
    f: Oracle
    h: Oracle
    r: Oracle
    S: int
    N: int
    K: int
    T: int
    B: float
    t: int
    k: int = 0

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        return a if condition else b

    @staticmethod
    def maximum(a: float, b: float) -> float:
        return max(a, b)


@dataclass
class Run:
    """One run, for one sequence of choices."""

    method: Any
    pair: Any
    noise: Any
    steps: at.Steps
    measures: tuple[Any, ...]
    who: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    draws: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        helpers, d = self.pair.helpers, self.pair.dim
        self.groups = np.repeat(np.arange(len(helpers.counts)), helpers.counts.astype(int))
        self.p = helpers.weights[self.groups]
        self.x_star = self.pair.x_star
        self.s = float(self.noise.s)
        self.roots = {}
        for kind in "fhr":
            covariance = np.asarray(self.noise.additive(kind, d), dtype=float)
            if covariance.ndim < 2:
                covariance = covariance * np.eye(d)
            values, vectors = np.linalg.eigh(covariance)
            self.roots[kind] = vectors * np.sqrt(np.maximum(values, 0))
        self.totals: dict[str, float] = {}
        self.counts: dict[str, float] = {}

    def coefficients(self, kind: str, group: int | None) -> tuple[np.ndarray, np.ndarray]:
        """The Hessian of a function, and its gradient at x*."""

        def full(matrix: np.ndarray) -> np.ndarray:
            return np.diag(matrix) if matrix.ndim == 1 else matrix

        A = full(self.pair.A[0])
        helpers = self.pair.helpers
        R = full(self.pair.R[0] if group is None else helpers.R[0, group])
        b = self.pair.b[0] if group is None else helpers.b[0, group]
        return {"f": (A, 0 * b), "r": (R, b), "h": (A - R, -b)}[kind]

    def call(self, name: str, *inputs: Value, client: int | None = None, t: int, k: int = 0) -> Any:
        """A hook of the method, the values of its outputs as a tuple."""
        group = None if client is None else int(self.groups[client])
        o = Oracles(
            *(Oracle(self, kind, group) for kind in "fhr"),
            S=len(self.who[0][0]),
            N=len(self.groups),
            K=self.steps.K,
            T=self.steps.T,
            B=self.steps.B,
            t=t,
            k=k,
        )
        function = getattr(self.method, name)
        keywords = {
            p.name: self.parameter(p.name, t, p.default, group)
            for p in inspect.signature(function).parameters.values()
            if p.kind == p.KEYWORD_ONLY
        }
        return function(o, *inputs, **keywords)

    def parameter(self, name: str, t: int, default: Any, group: int | None) -> float:
        value = self.steps.parameter(name)
        if isinstance(value, at.PerClient):
            return float(value.over(name, self.pair.helpers)[group])
        if value is None:
            return default
        return value.over(name, self.steps.T)[t - 1] if hasattr(value, "over") else float(value)

    def mean(self, clients: tuple[int, ...], values: list[tuple[Value, ...]]) -> tuple[Value, ...]:
        weights = self.p[list(clients)] / np.sum(self.p[list(clients)])
        return tuple(
            sum((w * v[i] for w, v in zip(weights, values, strict=True)), Value({}))
            for i in range(len(values[0]))
        )

    def read(self, over: str, values: list[tuple[float, dict[str, Value]]], t: int) -> None:
        """Add values of variables, each with its weight."""
        for measure in self.measures:
            if measure.over != over:
                continue
            w = measure.weights_of(self.steps.T)[t - 1]
            each = [(weight, variables[measure.of]) for weight, variables in values]
            value = sum(weight * self.quantity(measure, v) for weight, v in each)
            self.totals[measure.key] = self.totals.get(measure.key, 0.0) + w * value
            self.counts[measure.key] = self.counts.get(measure.key, 0.0) + w

    def quantity(self, measure: Any, v: Value) -> float:
        A = self.coefficients("f", None)[0]
        if measure.form == "square":
            return v.square(np.eye(len(A)))
        z = v + constant(-self.x_star)
        if measure.form == "dissimilarity":
            total = 0.0
            for p, group in zip(self.p, self.groups, strict=True):
                R, b = self.coefficients("r", int(group))
                total += p * (z.through(R) + constant(b)).square(np.eye(len(A)))
            return total
        W = {"grad": A @ A, "gap": A / 2, "distance": np.eye(len(A))}.get(measure.form)
        if W is None:
            W = np.diag(measure.matrix) if measure.matrix.ndim == 1 else measure.matrix
        return z.square(W)

    def run(self) -> dict[str, float]:
        method, program = self.method, self.method.program
        exchange = program.clients
        names = program.state
        everyone = tuple(range(len(self.groups)))
        x = constant(self.pair.x0[0])
        server = _tuple(self.call("start", x, t=1)) if hasattr(method, "start") else (x,)
        clients: list[tuple[Value, ...]] = [() for _ in everyone]
        if exchange.state:
            given = hasattr(method, "client_start")
            for i in everyone:
                clients[i] = (
                    _tuple(self.call("client_start", *server, client=i, t=1))
                    if given
                    else tuple(0 * x for _ in exchange.state)
                )
        for t in range(1, self.steps.T + 1):
            self.read("starts", [(1.0, dict(zip(names, server, strict=True)))], t)
            server, clients = self.round(t, server, clients)
            self.read("rounds", [(1.0, dict(zip(names, server, strict=True)))], t)
        self.read("last", [(1.0, dict(zip(names, server, strict=True)))], self.steps.T)
        return {key: self.totals[key] / self.counts[key] for key in self.totals}

    def round(self, t: int, server: Any, clients: list[Any]) -> Any:
        method, exchange = self.method, self.method.program.clients
        everyone = tuple(range(len(self.groups)))
        work, other = self.who[t - 1]
        if hasattr(method, "refresh") and t > 1:
            for i in everyone if exchange.refreshed == "all" else work:
                clients[i] = _tuple(self.call("refresh", *server, *clients[i], client=i, t=t))
        if hasattr(method, "report") and t >= exchange.reports_from:
            who = {"sampled": work, "independent": other, "all": everyone}[exchange.reporting]
            sent = []
            for i in who:
                out = self.call("report", *server, *clients[i], client=i, t=t)
                messages, clients[i] = self.exchanged(out, clients[i])
                sent.append(messages)
            server = _tuple(self.call("collect", *server, *self.mean(who, sent), t=t))
        x = server[self.method.program.state.index("x")]
        ys = [x for _ in work]
        weights = self.p[list(work)] / np.sum(self.p[list(work)])
        for k in range(self.steps.K):
            variables = [
                dict(zip(self.method.program.state, server, strict=True)) | {"x": y} for y in ys
            ]
            self.read("local", list(zip(weights, variables, strict=True)), t)
            (mean,) = self.mean(work, [(y,) for y in ys])
            self.read("average", [(1.0, variables[0] | {"x": mean})], t)
            ys = [
                self.call("local", y, *server, *clients[i], client=i, t=t, k=k)
                for i, y in zip(work, ys, strict=True)
            ]
        sent = []
        for i, y in zip(work, ys, strict=True):
            if not hasattr(method, "send"):
                sent.append((y,))
                continue
            out = self.call("send", y, *server, *clients[i], client=i, t=t)
            messages, clients[i] = self.exchanged(out, clients[i])
            sent.append(messages)
        means = self.mean(work, sent)
        if hasattr(method, "server"):
            return _tuple(self.call("server", *server, *means, t=t)), clients
        at_x = self.method.program.state.index("x")
        return (*server[:at_x], means[0], *server[at_x + 1 :]), clients

    def exchanged(self, out: Any, kept: tuple[Value, ...]) -> tuple[Any, Any]:
        if not self.method.program.clients.state:
            return _tuple(out), kept
        messages, new = out
        return _tuple(messages), _tuple(new)


def _tuple(value: Any) -> tuple[Value, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def expected(task: at.Task) -> dict[str, float]:
    """The measures of a task of one configuration at its end, by `Measure.key`: the mean over all
    sequences of choices."""
    measures = (at.measures.G, at.measures.gap_last, at.measures.grad_last, *task.extra)
    N = int(np.sum(task.pair.helpers.counts))
    S = task.phases[0].parameter("S")
    S = N if S is None or np.isinf(S) else int(S)
    sets = list(combinations(range(N), S))
    exchange = task.phases[0].method.program.clients
    independent = "report" in task.phases[0].method.program.hooks
    independent = independent and exchange.reporting == "independent"
    pairs = list(product(sets, sets)) if independent else [(c, c) for c in sets]
    runs = [
        Run(task.method, task.pair, task.noise, task.steps, measures, who).run()
        for who in product(pairs, repeat=task.steps.T)
    ]
    return {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}
