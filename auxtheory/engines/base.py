"""The interface of an engine: refuses(task) → a reason or None, run(task, sampling) → Trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from auxtheory.columns import table
from auxtheory.engines.task import DEFAULT, Sampling, Task
from auxtheory.errors import Checks
from auxtheory.measures import G, Measure, gap_last, grad_last, named
from auxtheory.methods import Cost, Phase
from auxtheory.methods.cost import cost_of
from auxtheory.printing import ends, listed, wrapped
from auxtheory.problems import Pair
from auxtheory.typing import FloatArray

# The fields of a trace that hold the measures of every run.
USUAL = {"G": G, "gap": gap_last, "grad_sq": grad_last}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Trace:
    """The measures of a run, arrays of shape (records, C): at each recorded number of rounds, for
    each of C configurations.

    A diverged configuration or replica counts as ∞ in the means.

    Args:
        engine: the name of the engine.
        rounds: the recorded numbers of rounds.
        G: the mean of E‖∇f‖² over all local iterates so far, in (F/X)².
        gap: E f(x^t) − inf f, in F; an upper bound where `Pair.infimum_known` is False.
        grad_sq: E‖∇f(x^t)‖², in (F/X)².
        spread: the mean of E‖x − x*‖² over the points so far at which a noisy gradient was taken,
            in X²: the x^{t−1} of the refreshes or, where local steps have multiplicative noise, all
            local iterates. Without multiplicative noise: ‖x⁰ − x*‖².
        largest_spread: the largest E‖x − x*‖² of these points; NaN by sampling unless every round
            is recorded.
        start: ‖x⁰ − x*‖², in X², shape (C,).
        G_se: the standard error of G over replicas; 0 if exact.
        gap_se: the standard error of gap.
        grad_sq_se: the standard error of grad_sq.
        G_skew: the skewness of G over replicas; 0 if exact.
        gap_skew: the skewness of gap.
        grad_sq_skew: the skewness of grad_sq.
        costs: the calls of the two oracles up to each record.
        diverged: the number of diverged replicas (1 for an exact run that diverged), shape (C,).
        replicas: the number of replicas; None if exact.
        provenance: the engine, code, libraries and seed that the numbers come from.
        paths: x^t of every replica, shape (records, C, replicas, d); None unless requested.
        local_sq: E‖∇f(y_k)‖² at the local steps of each recorded round, shape (records, K, C); None
            unless requested.
        local_sq_se: the standard error of local_sq.
        passed_over: the faster engines that engine="auto" could not use, each with the reason.
        measured: the values, standard errors and skewness of further measures, by `Measure.key`.
        farthest: how far each replica went in the region of the task, the largest
            `Region.reach` of the points at which gradients were taken and of x^t, shape (C,
            replicas): above 1 if it left it; None without a region.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
        >>> steps = at.Steps(eta=0.5, a=1.0, K=2, T=10)
        >>> trace = at.run(at.methods.AuxMOM, pair, at.Gaussian(), steps, record=[1, 10])
        >>> trace.G.shape
        (2, 1)
    """

    engine: str
    rounds: tuple[int, ...]
    G: FloatArray
    gap: FloatArray
    grad_sq: FloatArray
    spread: FloatArray
    largest_spread: FloatArray
    start: FloatArray
    G_se: FloatArray
    gap_se: FloatArray
    grad_sq_se: FloatArray
    G_skew: FloatArray
    gap_skew: FloatArray
    grad_sq_skew: FloatArray
    costs: tuple[Cost, ...]
    diverged: FloatArray
    replicas: int | None
    provenance: Mapping[str, Any]
    paths: Any = None
    local_sq: FloatArray | None = None
    local_sq_se: FloatArray | None = None
    passed_over: tuple[str, ...] = ()
    measured: Mapping[str, tuple[FloatArray, FloatArray, FloatArray]] = field(default_factory=dict)
    farthest: FloatArray | None = None

    def measure(self, name: str | Measure) -> tuple[FloatArray, FloatArray]:
        """The values and standard errors of a measure.

        Args:
            name: "G", "gap", "grad_sq", or a measure of `at.measures` that was asked for.

        Returns:
            The values and their standard errors, shape (records, C) each.

        Raises:
            InputError: if the run has no such measure.
        """
        values, errors, _ = self._of(name)
        return values, errors

    def skewness(self, name: str | Measure) -> FloatArray:
        """The skewness of a measure over replicas.

        Args:
            name: "G", "gap", "grad_sq", or a measure of `at.measures` that was asked for.

        Returns:
            The skewness, shape (records, C); 0 if exact.
        """
        return self._of(name)[2]

    def _of(self, name: str | Measure) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The values of a measure, their standard errors and skewness."""
        measure = named(name)
        key = None if measure is None else measure.key
        held = next((f for f, usual in USUAL.items() if usual.key == key), None)
        if held is not None:
            return (
                getattr(self, held),
                getattr(self, f"{held}_se"),
                getattr(self, f"{held}_skew"),
            )
        if key not in self.measured:
            known = [*USUAL, *self.measured]
            checks = Checks()
            checks.complain("name", name, f"must be one of {', '.join(known)}, or be asked for")
            checks.done()
        return self.measured[str(key)]

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return text_of(self)


def text_of(trace: Trace) -> str:
    """A summary of the run, and the measures at the first and last records."""
    count = trace.G.shape[1]
    how = "exact" if trace.replicas is None else f"{trace.replicas} replicas"
    how += ", collapsed local steps" if "local_steps" in trace.provenance else ""
    lines = [f"trace of engine {trace.engine} ({how}): T = {listed(trace.rounds)}"]
    lines[0] += f", {count:,} configurations" if count > 1 else ""
    lines += [f"  engine passed over: {reason}" for reason in trace.passed_over]
    lines += [f"  {text}" for text in estimated(trace.provenance)]
    for name in ("paths", "local_sq"):
        if getattr(trace, name) is not None:
            lines.append(f"  {name}: an array of shape {np.shape(getattr(trace, name))}")
    size = trace.G.size
    places = ends(size, 6)
    rows = []
    for i, j in (divmod(place, count) for place in places):
        cost = trace.costs[i]
        values = {n: getattr(trace, n)[i, j] for n in ("G", "gap", "grad_sq")}
        errors = (
            {f"{n} se": getattr(trace, f"{n}_se")[i, j] for n in values} if trace.replicas else {}
        )
        rows.append(
            {
                "T": trace.rounds[i],
                "configuration": j,
                **values,
                **errors,
                "calls_r": cost.calls_r,
                "calls_h": cost.calls_h,
                "diverged": trace.diverged[j],
            }
        )
    hidden = [
        *(["configuration"] if count == 1 else []),
        *([] if np.any(trace.diverged) else ["diverged"]),
    ]
    hidden += ["G", "G se"] if np.all(np.isnan(trace.G)) else []
    columns = [name for name in rows[0] if name not in hidden]
    return "\n".join([*map(wrapped, lines), table(rows, columns, size=size, places=places)])


def estimated(provenance: Mapping[str, Any]) -> list[str]:
    """What a result says about G if ‖∇f‖² at local steps was estimated."""
    rows = provenance.get("G_rows")
    every = provenance.get("G_every", 1)
    how = [] if rows is None else [f"from {rows} samples drawn for it"]
    if every > 1:
        how.append(f"at one local step of every {every}, with a random offset in each round")
    if not how:
        return []
    return [
        f"G is estimated without bias: ‖∇f‖² {', '.join(how)}; the standard error includes the "
        "variance of that"
    ]


class Engine(Protocol):
    """An engine, which computes what a method does on a pair.

    DTYPES: the types in which the state may be held; OPTIONS: the fields of `Sampling` it reads.
    """

    name: str
    DTYPES: tuple[str, ...]
    OPTIONS: tuple[str, ...]

    def refuses(self, task: Task) -> str | None:
        """Why this engine cannot run the task, or None."""

    def run(self, task: Task, sampling: Sampling = DEFAULT) -> Trace:
        """Run the task and record at its rounds."""


def without_clients(engine: str, task: Task) -> str | None:
    """That an engine does not run methods with clients, if the task has one, or None."""
    for phase in task.phases:
        if phase.method.program.clients is not None:
            return f"{engine} does not run methods with clients, such as {phase.method.name}"
    return None


def costs_at(
    phases: Sequence[Phase], rounds: Sequence[int], pair: Pair | None = None
) -> tuple[Cost, ...]:
    """The oracle calls made up to each of the rounds, over all clients; on a pair of N components,
    the gradient of one of them counts 1/N."""
    parts = None if pair is None else pair.components
    components = 1 if parts is None else parts.N
    clients = 1 if pair is None or pair.helpers is None else pair.helpers.N

    def upto(n: int) -> Cost:
        total = Cost(0.0, 0.0)
        before = 0
        for phase in phases:
            length = min(max(n - before, 0), phase.steps.T)
            total = total + cost_of(phase, length, components, clients)
            before += phase.steps.T
        return total

    return tuple(upto(n) for n in rounds)


def provenance(engine: str, **more: Any) -> dict[str, Any]:
    """The engine, code and libraries that a number comes from."""
    from auxtheory.version import __version__

    return {
        "engine": engine,
        "auxtheory": __version__,
        "numpy": np.__version__,
        "dtype": "float64",
        **more,
    }


def start_of(pair: Pair, count: int) -> FloatArray:
    """‖x⁰ − x*‖² of each configuration."""
    return np.broadcast_to(np.sum((pair.x0 - pair.x_star) ** 2, axis=-1), (count,))


def column(value: Any, count: int) -> FloatArray:
    """A number or an array over configurations, as shape (C, 1)."""
    return np.broadcast_to(np.asarray(value, dtype=float).reshape(-1, 1), (count, 1))
