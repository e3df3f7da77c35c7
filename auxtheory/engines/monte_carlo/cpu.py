"""Engine `cpu`: Monte Carlo in compiled loops on all cores; on a separable pair, whole trajectories
in one loop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from auxtheory.engines import foreign
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import compiled, dense, minibatch
from auxtheory.engines.monte_carlo.compiled import Part
from auxtheory.engines.monte_carlo.statistics import ENERGY, SPREAD, iterates, over_chunks
from auxtheory.engines.task import DEFAULT, FLOATS, Sampling, Task, accepts_old_arguments
from auxtheory.errors import RefusedError
from auxtheory.noise.minibatch import Minibatch
from auxtheory.random.philox import key
from auxtheory.typing import FloatArray

name = "cpu"
DTYPES = FLOATS
OPTIONS = (
    "replicas",
    "seed",
    "first_replica",
    "keep_paths",
    "keep_local",
    "follow_G",
    "dtype",
    "threads",
)
CONFIGURATIONS_AT_ONCE = 16  # configurations whose tiles share samples and a second-level cache
NUMBERS_AT_ONCE = 2**22  # numbers of x in memory at once
TASKS_PER_THREAD = 4


@accepts_old_arguments
def refuses(task: Task) -> str | None:
    """Why this case cannot be compiled, or None."""
    if isinstance(task.noise, Minibatch):
        return minibatch.refuses(name, task)
    if task.pair.separable is None:
        return dense.refuses(name, task) or foreign.impure(task.pair, task.noise, task.steps)
    return compiled.refuses(name, task)


@accepts_old_arguments
def run(task: Task, sampling: Sampling = DEFAULT) -> Trace:
    """Means and standard errors over replicas, sample by sample those of the engine `numpy`.

    Args:
        task: what to run.
        sampling: everything but `compiled` is read. dtype: of a separable pair's state between
            steps (float32 halves its room in cache); threads: results do not depend on it;
            follow_G: only for minibatches, since otherwise ∇f is cheap.

    Returns:
        The `Trace`.

    Raises:
        RefusedError: with the reason why the task cannot be compiled.
    """
    pair = task.pair
    reason = refuses(task)
    if sampling.dtype != "float64" and pair.separable is None:
        reason = (
            f"{name} keeps a state in {sampling.dtype} only for a separable pair, and this "
            f"{type(pair).__name__} is not one"
        )
    if reason:
        raise RefusedError(reason)
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
    parts = list(compiled.parts(task, rounds))
    size = max(1, NUMBERS_AT_ONCE // (task.count * (task.pair.dim + 4 * len(rounds))))
    local = task.longest if sampling.keep_local else 0
    with ThreadPoolExecutor(threads) as pool:

        def simulate(start: int, stop: int) -> tuple[FloatArray, FloatArray]:
            chunk = Chunk(task, sampling, start, stop - start)
            values = chunk.run(pool, threads, parts, rounds, sampling.keep_paths, local)
            values[ENERGY] /= iterates(task)[:, None, None]
            return values, chunk.paths

        return over_chunks(
            name, task, sampling, simulate, size, dtype=sampling.dtype, numba=version
        )


class Chunk:
    """Some replicas of every configuration, from start to end; tasks are slices of configurations
    and replicas."""

    def __init__(self, task: Task, sampling: Sampling, first: int, replicas: int) -> None:
        pair = task.pair
        count = task.count
        assert pair.separable is not None and task.noise.draws is not None
        self.draws = task.noise.draws
        self.key = key(sampling.seed)
        self.first = first
        self.dtype = sampling.dtype
        self.shape = count, replicas, pair.dim
        self.parameters = np.stack(
            [np.broadcast_to(v, (count, pair.dim)) for v in pair.separable.parameters]
        )
        # A copy, since the compiler treats read-only arrays as another type.
        self.centre = np.array(pair.x_star)
        start = np.broadcast_to(pair.x0[:, None, :], (count, 1, pair.dim))
        self.x = np.repeat(start, replicas, axis=1)
        self.energy = np.zeros(self.shape[:2])
        self.spread = np.zeros(self.shape[:2])

    def run(
        self,
        pool: ThreadPoolExecutor,
        threads: int,
        parts: list[Part],
        rounds: tuple[int, ...],
        paths: bool,
        local: int,
    ) -> FloatArray:
        """The measures of every replica, shape (measures, records, C, replicas)."""
        from auxtheory.kernels.cpu import trajectory

        count, replicas, dim = self.shape
        # made before the threads start, since each would compile it again
        loops = [trajectory.trajectory(part.rules, *part.laws) for part in parts]
        self.sums = np.zeros((4, len(rounds), count, replicas))
        self.local = np.zeros((len(rounds), local, count, replicas))
        self.paths = np.zeros((len(rounds) if paths else 0, count, replicas, dim))
        across = range(0, count, CONFIGURATIONS_AT_ONCE)
        size = max(1, -(-replicas * len(across) // (threads * TASKS_PER_THREAD)))
        tasks = [
            pool.submit(
                self._task,
                parts,
                loops,
                c,
                min(c + CONFIGURATIONS_AT_ONCE, count),
                r,
                min(r + size, replicas),
            )
            for c in across
            for r in range(0, replicas, size)
        ]
        for task in tasks:
            task.result()
        return np.concatenate([self.sums, np.moveaxis(self.local, 1, 0)])

    def _task(
        self, parts: list[Part], loops: list[Any], c0: int, c1: int, r0: int, r1: int
    ) -> None:
        """Run all phases of some configurations and replicas."""
        from auxtheory.kernels.arguments import Levels, PairArrays, Plan, Records, State
        from auxtheory.kernels.cpu import draw, tile
        from auxtheory.kernels.cpu.trajectory import Place

        state = State(self.x, self.energy, self.spread)
        rooms = [draw.room(0, self.key, kind) for kind in (self.draws.standard, self.draws.second)]
        work = tile.Workspace(tile.tiles(c1 - c0, self.dtype), tile.samples(), *rooms)
        pair = PairArrays(self.parameters, self.centre)
        place = Place(self.first, c0, r0, r1)
        for part, loop in zip(parts, loops, strict=True):
            plan = Plan(**part.plan)
            levels = Levels(*(v[c0:c1] for v in part.levels.values()))
            records = Records(part.rounds, part.records.start, self.sums, self.local, self.paths)
            before = self.energy[c0:c1, r0:r1].copy(), self.spread[c0:c1, r0:r1].copy()
            loop(plan, levels, pair, state, records, work, place)
            for measure, sofar in zip((ENERGY, SPREAD), before, strict=True):
                self.sums[measure, part.records, c0:c1, r0:r1] += sofar
