"""Engine `cpu`: Monte Carlo in compiled loops on all cores; on a separable pair, whole trajectories
in one loop."""

from __future__ import annotations

import numpy as np

from auxtheory.engines import foreign
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import (
    client_loops,
    collapsed_rounds,
    compiled,
    dense,
    estimate,
    generated,
    minibatch,
)
from auxtheory.engines.monte_carlo.generated import GeneratedPhase
from auxtheory.engines.monte_carlo.numpy import OPTIONS as OPTIONS_OF_NUMPY
from auxtheory.engines.monte_carlo.statistics import ENERGY, SPREAD, iterates, over_chunks
from auxtheory.engines.monte_carlo.tasks import replicas_of_a_task
from auxtheory.engines.task import DEFAULT, FLOATS, Sampling, Task, accepts_old_arguments
from auxtheory.errors import RefusedError
from auxtheory.noise.minibatch import Minibatch
from auxtheory.typing import FloatArray

name = "cpu"
DTYPES = FLOATS
OPTIONS = (*OPTIONS_OF_NUMPY, "dtype", "threads")
CONFIGURATIONS_AT_ONCE = 16  # configurations whose tiles share samples and a second-level cache
NUMBERS_AT_ONCE = 2**22  # numbers of x in memory at once


@accepts_old_arguments
def refuses(task: Task) -> str | None:
    """Why this case cannot be compiled, or None."""
    if task.has_clients:
        return client_loops.refuses(name, task)
    if isinstance(task.noise, Minibatch):
        return minibatch.refuses(name, task)
    if task.pair.separable is None:
        return dense.refuses(name, task) or foreign.impure(task.pair, task.noise, task.steps)
    return compiled.refuses(name, task) or generated.refuses(name, task)


def refuses_collapsed(task: Task) -> str | None:
    """Why this case cannot be compiled with collapsed local steps, or None."""
    return refuses(task) or collapsed_rounds.refuses(name, task)


@accepts_old_arguments
def run(task: Task, sampling: Sampling = DEFAULT) -> Trace:
    """Means and standard errors over replicas, sample by sample those of the engine `numpy`.

    Args:
        task: what to run.
        sampling: everything but `compiled` is read. dtype: of a separable pair's state between
            steps (float32 halves its room in cache); threads: results do not depend on it;
            follow_G, G_rows and G_every: only for minibatches, since otherwise ∇f is cheap.

    Returns:
        The `Trace`.

    Raises:
        InputError: if G_rows or G_every is set and the noise is not minibatches.
        RefusedError: with the reason why the task cannot be compiled.
    """
    estimate.check(name, OPTIONS, task, sampling)
    pair = task.pair
    reason = refuses_collapsed(task) if sampling.rao_blackwell else refuses(task)
    if sampling.dtype != "float64" and pair.separable is None:
        reason = (
            f"{name} keeps a state in {sampling.dtype} only for a separable pair, and this "
            f"{type(pair).__name__} is not one"
        )
    if reason:
        raise RefusedError(reason)
    if sampling.rao_blackwell:
        return collapsed_rounds.run(name, task, sampling)
    if task.has_clients:
        return client_loops.run(name, task, sampling)
    if isinstance(task.noise, Minibatch):
        return minibatch.run(name, task, sampling)
    if pair.separable is None:
        return dense.run(name, task, sampling)
    return _separable(task, sampling)


def _separable(task: Task, sampling: Sampling) -> Trace:
    """`run` for a separable pair."""
    from auxtheory.kernels.jit import config, version

    rounds = task.rounds
    threads = sampling.threads or config.NUMBA_NUM_THREADS
    phases = generated.phases(task, rounds, sampling.dtype, sampling.seed)
    measures = 4 + len(task.extra)
    size = max(1, NUMBERS_AT_ONCE // (task.count * (task.pair.dim + measures * len(rounds))))
    local = task.longest if sampling.keep_local else 0
    shares = generated.shares(task, rounds)

    def simulate(start: int, stop: int) -> tuple[FloatArray, FloatArray]:
        chunk = Chunk(task, sampling, start, stop - start)
        values = chunk.run(threads, phases, local)
        with np.errstate(all="ignore"):
            values[ENERGY] /= iterates(task)[:, None, None]
            values[4:measures] /= shares[:, :, None, None]
        return values, chunk.paths

    return over_chunks(name, task, sampling, simulate, size, dtype=sampling.dtype, numba=version)


class Chunk:
    """Some replicas of every configuration, from start to end; tasks are slices of configurations
    and replicas."""

    def __init__(self, task: Task, sampling: Sampling, first: int, replicas: int) -> None:
        pair = task.pair
        count = task.count
        assert pair.separable is not None and task.noise.draws is not None
        self.draws = task.noise.draws
        self.first = first
        self.dtype = sampling.dtype
        self.shape = count, replicas, pair.dim
        self.parameters = np.stack(
            [np.broadcast_to(v, (count, pair.dim)) for v in pair.separable.parameters]
        )
        # A copy, since the compiler treats read-only arrays as another type.
        self.centre = np.array(pair.x_star)
        self.start = np.array(np.broadcast_to(pair.x0[:, None, :], (count, 1, pair.dim)))
        followed = len(task.phases) > 1
        self.x = np.zeros((count, replicas if followed else 0, pair.dim))
        summed = sum(measure.over != "last" for measure in task.extra)
        records = len(task.rounds)
        self.totals = np.zeros((2 + summed, count, replicas))
        self.sums = np.zeros((4 + len(task.extra), records, count, replicas))
        self.paths = np.zeros((records if sampling.keep_paths else 0, count, replicas, pair.dim))

    def run(self, threads: int, phases: list[GeneratedPhase], local: int) -> FloatArray:
        """The measures of every replica, shape (measures, records, C, replicas)."""
        from auxtheory.kernels.cpu.threads import spread_over_threads

        count, replicas, dim = self.shape
        self.local = np.zeros((self.sums.shape[1], local, count, replicas))
        across = range(0, count, CONFIGURATIONS_AT_ONCE)
        size = replicas_of_a_task(replicas * len(across), dim, threads)
        parts = [
            (c, min(c + CONFIGURATIONS_AT_ONCE, count), r, min(r + size, replicas))
            for c in across
            for r in range(0, replicas, size)
        ]
        spread_over_threads(lambda part: self._task(phases, *part), parts, threads)
        return np.concatenate([self.sums, np.moveaxis(self.local, 1, 0)])

    def _task(self, phases: list[GeneratedPhase], c0: int, c1: int, r0: int, r1: int) -> None:
        """Run all phases of some configurations and replicas."""
        from auxtheory.kernels.cpu.trajectory import PairArrays, Place, Plan, Records, State

        nowhere = self.x[:, :0]
        place = Place(self.first, c0, r0, r1)
        for number, phase in enumerate(phases):
            followed = number + 1 < len(phases)
            state = State(
                self.x if number else self.start, self.x if followed else nowhere, self.totals
            )
            pair = PairArrays(self.parameters, self.centre, phase.constants)
            records = Records(
                phase.rounds, phase.records.start, self.sums, phase.further, self.local, self.paths
            )
            before = self.totals[:, c0:c1, r0:r1].copy()
            phase.loop(
                Plan(**phase.plan),
                phase.numbers_of(c0, c1),
                pair,
                state,
                records,
                phase.workspace(c1 - c0, self.dtype, self.draws),
                place,
            )
            places = [ENERGY, SPREAD, *(4 + np.flatnonzero(phase.further >= 0))]
            for measure, sofar in zip(places, before, strict=True):
                self.sums[measure, phase.records, c0:c1, r0:r1] += sofar
