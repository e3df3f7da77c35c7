"""Engine `python`: Monte Carlo with a user's implementation, a step function or a client and a
server.

It is called on the arrays of all replicas at once if the replicas that are compared are then what
they are one by one, and otherwise for one replica after the other.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from auxtheory.bounds.clients_at_work import AT_WORK, check_at_work
from auxtheory.engines import foreign
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo.chunk import NUMBERS_AT_ONCE, Chunk
from auxtheory.engines.monte_carlo.numpy import replicas_at_once, simulated
from auxtheory.engines.monte_carlo.oracles import ClientOracles, Oracles, StepOracles
from auxtheory.engines.monte_carlo.statistics import over_chunks, too_long, without_G
from auxtheory.engines.task import DEFAULT, Sampling, Task, accepts_old_arguments
from auxtheory.errors import Checks, InputError, RefusedError
from auxtheory.implementations.calling import vector
from auxtheory.implementations.exchange import Broken, handed
from auxtheory.methods import Cost, Phase
from auxtheory.methods.opaque import is_federated
from auxtheory.problems import Pair
from auxtheory.typing import FloatArray

name = "python"
DTYPES = ("float64",)
OPTIONS = ("replicas", "seed", "first_replica", "keep_paths", "keep_local")
MOST_CLIENTS = 4096  # samples of so many clients have seeds of their own
COMPARED = 6  # replicas that are run alone too, to find out what takes arrays of all
TOLERANCE = 1e-9  # relative, of the same run made twice
AGAIN = (
    "gives another x for the same samples: it keeps values between runs, or draws random numbers "
    "itself; draw them from round.random"
)


@accepts_old_arguments
def refuses(task: Task) -> str | None:
    """Why this case cannot be simulated, or None."""
    for phase in task.phases:
        method = phase.method
        if method.implementation is None:
            return f"{name} runs implementations, and {method.name} is a text"
        if is_federated(method.implementation) and (reason := _without_clients(phase, task.pair)):
            return reason
    return too_long(task.phases, name) or foreign.impure(task.pair, task.noise, task.steps)


def _without_clients(phase: Phase, pair: Pair) -> str | None:
    """Why a pair has no clients for a client and a server, or too few or too many, or None."""
    name = phase.method.name
    if pair.helpers is None and pair.components is None:
        return (
            f"{name} needs a client for each component of f, and this {type(pair).__name__} has "
            "none: make the pair by with_clients(N=…) or with_components(N=…)"
        )
    N = pair.components.N if pair.helpers is None else pair.helpers.N  # type: ignore[union-attr]
    if N > MOST_CLIENTS:
        return f"{name} has one client after the other, and N = {N} is more than {MOST_CLIENTS}"
    check_at_work(checks := Checks(), phase.parameter(AT_WORK), N)
    return checks.complaints[0] if checks.complaints else None


@accepts_old_arguments
def run(task: Task, sampling: Sampling = DEFAULT) -> Trace:
    """Means and standard errors over replicas first_replica, first_replica + 1, …; configurations
    share samples.

    Local iterates are the points at which the samples of local steps are taken.

    Args:
        task: what to run.
        sampling: replicas, seed, first_replica, keep_paths and keep_local are read.

    Returns:
        The `Trace`; its G is not a number where local iterates are not shown.

    Raises:
        RefusedError: with the reason why the task cannot be simulated; or the implementation keeps
            state between runs; or local iterates are to be measured and not shown.
        InputError: the implementation raises, or does not return what it should.
    """
    reason = refuses(task)
    if reason:
        raise RefusedError(reason)
    trace = _tried_at_once(task, sampling)
    return trace if trace is not None else _run(task, sampling, OneByOne)[0]


def _tried_at_once(task: Task, sampling: Sampling) -> Trace | None:
    """The trace of all replicas at once; None if the implementation cannot take arrays of them."""
    if any(phase.method.xp not in (None, np) for phase in task.phases):
        return None
    try:
        trace, chunk = _run(task, sampling, AtOnce, check=False)
    except RefusedError:
        raise
    except Exception:  # whatever an implementation for vectors raises on arrays
        return None
    some = np.unique(np.linspace(chunk.start, chunk.stop - 1, COMPARED).astype(int))
    return trace if all(_alike(chunk, task, sampling, int(r)) for r in some) else None


def _run(
    task: Task, sampling: Sampling, kind: type[OneByOne], *, check: bool = True
) -> tuple[Trace, OneByOne]:
    """The trace, and the first chunk of replicas."""
    chunks: list[OneByOne] = []

    def chunk(start: int, stop: int) -> OneByOne:
        chunks.append(kind(task, sampling, start, stop, np))
        return chunks[-1]

    size = replicas_at_once(task, NUMBERS_AT_ONCE)
    trace = over_chunks(name, task, sampling, simulated(task, sampling, chunk), size)
    if check and not _alike(chunks[0], task, sampling, chunks[0].start):
        raise RefusedError(f"{task.phases[-1].method.name} {AGAIN}")
    if not all(each.followed for each in chunks):
        _check_measures(task)
        trace = replace(without_G(trace), local_sq=None, local_sq_se=None)
    return replace(trace, costs=tuple(chunks[0].costs)), chunks[0]


def _alike(chunk: OneByOne, task: Task, sampling: Sampling, replica: int) -> bool:
    """Whether a replica of a chunk is the same when it is run again, alone; of a grid, in the first
    and the last configuration."""
    again = OneByOne(task, sampling, replica, replica + 1, np)
    again.configurations = sorted({0, task.count - 1})
    with np.errstate(all="ignore"):
        again.run(task.phases, task.rounds, False, 0)
    before = chunk.x[again.configurations, replica - chunk.start]
    after = again.x[again.configurations, 0]
    finite = np.isfinite(before)
    scale = max(1.0, float(np.max(np.abs(before), where=finite, initial=0.0)))
    same = np.abs(before - after) <= TOLERANCE * scale
    return bool(np.all(same | ~(finite | np.isfinite(after))))


def _check_measures(task: Task) -> None:
    """RefusedError if a measure of local iterates is asked for that were not seen."""
    for measure in task.measures:
        if measure.over == "local":
            raise RefusedError(
                f"{measure.name} is a mean over local iterates, which "
                f"{task.phases[0].method.name} does not show: it must take a gradient at each of "
                "them, with the sample round.local[k], or K be 1"
            )


class OneByOne(Chunk):
    """Some replicas of every configuration, each with a state of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls = np.zeros(2)
        self.costs: list[Cost] = []
        # Whether every local step showed its iterate, by the point at which it took a sample.
        self.followed = True
        self.configurations = list(range(self.x.shape[0]))

    def _begin(self, phase: Phase) -> None:
        self.phase = phase
        self.kept = np.full(self.x.shape[:2], None, dtype=object)
        kind = ClientOracles if is_federated(phase.method.implementation) else StepOracles
        self.oracles: Oracles = kind(self, phase)
        self.oracles.calls = self.calls

    def _start_round(self, t: int, round_: int) -> None:
        self.oracles.start(t, round_)

    def _local_steps(self, t: int, round_: int) -> None:
        K = self.phase.steps.K
        # The start of the round, where a later local iterate is not shown.
        local = np.repeat(self.x[None], K, axis=0)
        after = self._stepped(self.x, local)
        for y in local:
            grad_f = self.gradients.f(y)
            self.squares.append(np.sum(grad_f * grad_f, axis=-1))
            self.energy = self.energy + self.squares[-1]
            self.sums.local_step({"x": y}, round_)
        self.iterates += K
        self.state = {"x": after}

    def _stepped(self, x: FloatArray, local: FloatArray) -> FloatArray:
        """x after the round, NaN where it diverged; the local iterates go into `local`."""
        after = np.full_like(x, np.nan)
        for c, r in product(self.configurations, range(x.shape[1])):
            if np.all(np.isfinite(x[c, r])):
                self.oracles.points.clear()
                after[c, r] = self._one(x[c, r], c, r)
                self._show(local[:, c, r])
        return after

    def _show(self, local: FloatArray) -> None:
        """Put the points at which local samples were taken into a view of the local iterates."""
        if len(local) > 1:
            points = self.oracles.points
            self.followed = self.followed and len(points) >= len(local)
            for k in points.keys() & set(range(len(local))):
                local[k] = points[k]

    def _one(self, x: FloatArray, c: int, r: int) -> Any:
        """x of one replica after the round, NaN where it diverged."""
        xp = self.oracles.xp
        step, round_ = self.oracles.step((c, r)), self.oracles.round((c, r))
        try:
            new, self.kept[c, r] = step(xp.asarray(x.copy()), self.kept[c, r], round_)
            array = vector(self.phase.method.name, "x", new, x.size)
            handed(new, xp)
        except Broken as error:
            if "must be finite" in str(error):
                return np.nan
            raise InputError.listing([str(error)]) from error.__cause__
        return array

    def _record(self, keep_paths: bool, keep_local: int) -> None:
        super()._record(keep_paths, keep_local)
        self.costs.append(Cost(float(self.calls[0]), float(self.calls[1])))


class AtOnce(OneByOne):
    """Some replicas of every configuration, whose arrays the implementation takes at once."""

    def _begin(self, phase: Phase) -> None:
        super()._begin(phase)
        self.together: Any = None

    def _stepped(self, x: FloatArray, local: FloatArray) -> FloatArray:
        self.oracles.points.clear()
        step, round_ = self.oracles.step(None), self.oracles.round(None)
        new, self.together = step(x.copy(), self.together, round_)
        if not isinstance(new, np.ndarray) or new.shape != x.shape:
            raise Broken("x has another shape")
        self._show(local)
        return np.array(new, dtype=float)
