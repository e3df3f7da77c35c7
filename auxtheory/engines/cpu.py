"""Engine `cpu`: Monte Carlo in compiled loops on all cores; on a separable pair, whole trajectories
in one loop."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from auxtheory.constants import Steps
from auxtheory.engines import foreign, fused, glm, matmul
from auxtheory.engines.base import AnyMethod, Trace, configurations, recorded
from auxtheory.engines.fused import Part
from auxtheory.engines.sampling import ENERGY, SPREAD, Statistics, check, iterates, trace
from auxtheory.errors import Checks, RefusedError
from auxtheory.minibatch import Minibatch
from auxtheory.noise import Noise
from auxtheory.philox import key
from auxtheory.problems import Pair
from auxtheory.units import FloatArray

name = "cpu"
DTYPES = ("float64", "float32")
CONFIGURATIONS_AT_ONCE = 16  # whose tiles share their samples and a second-level cache
NUMBERS_AT_ONCE = 2**22  # of x, held in memory at once
TASKS_PER_THREAD = 4


def refuses(method: AnyMethod, pair: Pair, noise: Noise, steps: Steps) -> str | None:
    """Why this case cannot be compiled, or None."""
    if isinstance(noise, Minibatch):
        return glm.refuses(name, method, noise, steps)
    if pair.separable is None:
        return matmul.refuses(name, method, noise, steps) or foreign.impure(pair, noise, steps)
    return fused.refuses(name, method, pair, noise, steps)


def run(
    method: AnyMethod,
    pair: Pair,
    noise: Noise,
    steps: Steps,
    *,
    record: Sequence[int] | None = None,
    replicas: int = 256,
    seed: int = 0,
    first_replica: int = 0,
    keep_paths: bool = False,
    keep_local: bool = False,
    follow_G: bool = True,
    dtype: str = "float64",
    threads: int | None = None,
) -> Trace:
    """Means and standard errors over replicas, sample by sample those of the engine `numpy`.

    dtype: of a separable pair's state between steps (float32 halves its room in cache; arithmetic
    stays float64).
    threads: all cores by default; results do not depend on their number. Others: as in `numpy`.
    """
    replicas, seed, first_replica, threads = _checked(dtype, threads, replicas, seed, first_replica)
    reason = refuses(method, pair, noise, steps)
    if dtype != "float64" and pair.separable is None:
        reason = (
            f"{name} keeps a state in {dtype} only for a separable pair, and this "
            f"{type(pair).__name__} is not one"
        )
    if reason:
        raise RefusedError(reason)
    asked: dict[str, Any] = {
        "record": record,
        "replicas": replicas,
        "seed": seed,
        "first_replica": first_replica,
        "keep_paths": keep_paths,
        "keep_local": keep_local,
        "threads": threads,
    }
    if isinstance(noise, Minibatch):
        return glm.run(name, method, noise, steps, follow_G=follow_G, **asked)
    if pair.separable is None:
        return matmul.run(name, method, pair, noise, steps, **asked)
    return _separable(method, pair, noise, steps, dtype=dtype, **asked)


def _separable(
    method: AnyMethod,
    pair: Pair,
    noise: Noise,
    steps: Steps,
    *,
    record: Sequence[int] | None,
    replicas: int,
    seed: int,
    first_replica: int,
    keep_paths: bool,
    keep_local: bool,
    dtype: str,
    threads: int | None,
) -> Trace:
    """The same for a pair that comes apart into coordinates."""
    from auxtheory.kernels.jit import config, version

    rounds = recorded(steps, record)
    phases = method.phases(steps)
    count = configurations(pair, noise, steps)
    longest = max(phase.steps.K for phase in phases)
    threads = threads or config.NUMBA_NUM_THREADS
    parts = list(fused.parts(phases, pair, noise, count, rounds))
    statistics = Statistics(4 + longest * keep_local, len(rounds), count)
    size = max(1, NUMBERS_AT_ONCE // (count * (pair.dim + 4 * len(rounds))))
    paths = []
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, replicas, size):
            chunk = Chunk(
                pair, noise, seed, first_replica + start, min(size, replicas - start), count, dtype
            )
            values = chunk.run(
                pool, threads, parts, rounds, keep_paths, longest if keep_local else 0
            )
            values[ENERGY] /= iterates(phases, rounds)[:, None, None]
            statistics.add(values)
            paths.append(chunk.paths)
    kept = np.concatenate(paths, axis=2) if keep_paths else None
    source = {"seed": seed, "first_replica": first_replica, "dtype": dtype, "numba": version}
    return trace(name, statistics, phases, rounds, pair, noise, kept, **source)


def _checked(
    dtype: Any, threads: Any, replicas: Any, seed: Any, first_replica: Any
) -> tuple[Any, ...]:
    """Replicas, seed, first replica and threads as whole numbers; InputError listing what is
    wrong."""
    checks = Checks()
    numbers = check(checks, replicas=replicas, seed=seed, first_replica=first_replica)
    checks.member("dtype", dtype, DTYPES)
    if threads is not None:
        threads = checks.whole("threads", threads)
    checks.done()
    return *numbers, threads


class Chunk:
    """Some replicas of every configuration, from start to end; tasks are slices of configurations
    and replicas."""

    def __init__(
        self, pair: Pair, noise: Noise, seed: int, first: int, replicas: int, count: int, dtype: str
    ) -> None:
        assert pair.separable is not None and noise.draws is not None
        self.draws = noise.draws
        self.key = key(seed)
        self.first = first
        self.dtype = dtype
        self.shape = count, replicas, pair.dim
        self.parameters = np.stack(
            [np.broadcast_to(v, (count, pair.dim)) for v in pair.separable.parameters]
        )
        # A copy: one type for the compiler, whether read-only or not.
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
        from auxtheory.kernels import trajectory

        count, replicas, dim = self.shape
        # made before the threads ask for them: each would compile its own
        loops = [trajectory.trajectory(*part.functions) for part in parts]
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
        """All phases of some configurations and replicas."""
        from auxtheory.kernels import draw, tile

        state = tile.State(self.x, self.energy, self.spread)
        rooms = [draw.room(0, self.key, kind) for kind in (self.draws.standard, self.draws.second)]
        samples = tile.samples()
        tiles = tile.tiles(c1 - c0, self.dtype)
        for part, loop in zip(parts, loops, strict=True):
            plan = tile.Plan(**part.plan)
            levels = tile.Levels(*(v[c0:c1] for v in part.levels.values()))
            records = tile.Records(
                part.rounds, part.records.start, self.sums, self.local, self.paths
            )
            before = self.energy[c0:c1, r0:r1].copy(), self.spread[c0:c1, r0:r1].copy()
            where = self.first, c0, r0, r1
            loop(
                plan,
                levels,
                state,
                records,
                self.parameters,
                self.centre,
                tiles,
                samples,
                *rooms,
                *where,
            )
            for measure, sofar in zip((ENERGY, SPREAD), before, strict=True):
                self.sums[measure, part.records, c0:c1, r0:r1] += sofar
