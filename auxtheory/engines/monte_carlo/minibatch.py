"""Engine `cpu` on minibatches: whole trajectories in one compiled loop, a replica at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import scipy

from auxtheory.engines import foreign
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import compiled, estimate
from auxtheory.engines.monte_carlo.statistics import (
    ENERGY,
    GAP,
    GRAD_SQ,
    SPREAD,
    iterates,
    over_chunks,
    too_long,
    without_G,
)
from auxtheory.engines.reach import current
from auxtheory.engines.task import Sampling, Task
from auxtheory.methods import Phase
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.pair import LogisticPair
from auxtheory.random.philox import key
from auxtheory.typing import FloatArray

NUMBERS_AT_ONCE = 2**21  # numbers of recorded x in memory at once
SCORES_AT_ONCE = 2**15  # scores of recorded x in one array


def refuses(name: str, task: Task) -> str | None:
    """Why this loop cannot run these rules and samples, or None."""
    noise = task.noise
    assert isinstance(noise, Minibatch)
    other = foreign.overridden(noise.pair, LogisticPair) or foreign.unlike(noise, Minibatch)
    return (
        other
        or compiled.not_correction(name, task)
        or compiled.unusable(name, compiled.rules(task.phases))
        or too_long(task.phases, name)
    )


def run(name: str, task: Task, sampling: Sampling) -> Trace:
    """Means and standard errors over replicas, sample by sample those of the engine `numpy`."""
    from auxtheory.kernels.jit import config, version

    rounds = task.rounds
    measured = 2 if sampling.keep_local else int(sampling.follow_G)
    local = task.longest if sampling.keep_local else 0
    threads = sampling.threads or int(config.NUMBA_NUM_THREADS)
    size = max(threads, NUMBERS_AT_ONCE // (task.count * task.pair.dim * len(rounds)))
    how = sampling.G_rows or 0, sampling.G_every
    with ThreadPoolExecutor(threads) as pool:

        def simulate(start: int, stop: int) -> tuple[FloatArray, FloatArray]:
            chunk = Chunk(task, stop - start, measured, local, how)
            values = chunk.run(pool, threads, start, sampling.seed)
            values[ENERGY] /= iterates(task)[:, None, None]
            return values, chunk.paths

        source = {"dtype": "float64", "numba": version, **estimate.source(sampling)}
        result = over_chunks(name, task, sampling, simulate, size, **source)
    return result if measured else without_G(result)


def paths(task: Task, sampling: Sampling) -> Iterator[FloatArray]:
    """x^t at the records of some replicas at a time, shape (records, C, some, d); nothing is
    measured there."""
    from auxtheory.kernels.jit import config

    threads = sampling.threads or int(config.NUMBA_NUM_THREADS)
    size = max(threads, NUMBERS_AT_ONCE // (task.count * task.pair.dim * len(task.rounds)))
    first = sampling.first_replica
    stop = first + sampling.replicas
    with ThreadPoolExecutor(threads) as pool:
        for start in range(first, stop, size):
            chunk = Chunk(task, min(size, stop - start), 0, 0, (0, 1))
            chunk.simulate(pool, threads, start, sampling.seed)
            yield chunk.paths


class Chunk:
    """Some replicas of every configuration, from start to end."""

    def __init__(
        self, task: Task, replicas: int, measured: int, longest: int, how: tuple[int, int]
    ) -> None:
        from auxtheory.kernels.cpu import linear, minibatch

        noise = task.noise
        assert isinstance(noise, Minibatch)
        rounds = task.rounds
        count = task.count
        pair = noise.pair
        self.noise = noise
        self.pair = pair
        self.shape = (count, replicas, pair.dim)
        thin = any(scipy.sparse.issparse(o.features) for o in (pair.f, pair.g))
        f, g = (_model(objective, thin=thin) for objective in (pair.f, pair.g))
        if pair.f.features is pair.g.features:
            g = g._replace(features=f.features, columns=f.columns, starts=f.starts)
        self.models = minibatch.Models(f, g)
        features = int(pair.f.features.shape[1])
        width = linear.padded_width(features)
        self.size = minibatch.Size(pair.f.rows, features, width, noise.batch, how[0])
        self.paths = np.zeros((len(rounds), *self.shape))
        self.energy = np.zeros((len(rounds), *self.shape[:2]))
        self.local = np.zeros((len(rounds), longest, *self.shape[:2]))
        self.calls = []
        before = 0
        for phase in task.phases:
            steps = phase.steps
            plan = _plan(noise, phase, before, measured, how)
            recorded = [t for t in rounds if before < t <= before + steps.T]
            first = sum(t <= before for t in rounds)
            records = minibatch.Records(
                np.array(recorded, dtype=np.int64), first, self.paths, self.energy, self.local
            )
            assert phase.correction is not None
            rules = phase.correction.refresh, phase.correction.local_step
            loop = minibatch.trajectory(*map(current, rules))
            levels = (np.broadcast_to(v, (count,)) for v in (steps.eta, steps.momentum))
            arrays = minibatch.Levels(*(np.array(level, dtype=float) for level in levels))
            self.calls.append((loop, plan, arrays, records))
            before += steps.T

    def run(
        self, pool: ThreadPoolExecutor, threads: int, first_replica: int, seed: int
    ) -> FloatArray:
        """The measures of every replica, shape (measures, records, C, replicas)."""
        self.simulate(pool, threads, first_replica, seed)
        ends = np.zeros((SPREAD + 1, *self.energy.shape))
        ends[ENERGY] = self.energy
        self._evaluate(pool, ends)
        ends[SPREAD] = np.sum((self.pair.x0 - self.pair.x_star) ** 2)
        return np.concatenate([ends, np.moveaxis(self.local, 1, 0)])

    def simulate(
        self, pool: ThreadPoolExecutor, threads: int, first_replica: int, seed: int
    ) -> None:
        """Run every replica, into `paths`, `energy` and `local`."""
        from auxtheory.kernels.cpu import minibatch

        pair = self.pair
        order = self.noise.order
        partner = (
            np.arange(len(pair.f.labels)) if order is None else np.array(order, dtype=np.int64)
        )
        x0 = np.broadcast_to(pair.x0[:, None, :], (self.shape[0], 1, pair.dim))
        replicas = self.shape[1]
        state = minibatch.State(np.repeat(x0, replicas, axis=1), np.zeros(self.shape[:2]))

        def task(r0: int, r1: int) -> None:
            vectors = pair.x_star, pair.R[0], pair.b[0]
            room = minibatch.room(self.size, vectors, partner, key(seed))
            place = minibatch.Place(first_replica, r0, r1)
            for loop, plan, levels, records in self.calls:
                loop(plan, levels, self.models, state, records, room, place)

        bounds = [replicas * i // threads for i in range(threads + 1)]
        for done in [pool.submit(task, *ends) for ends in pairwise(bounds) if ends[0] < ends[1]]:
            done.result()

    def _evaluate(self, pool: ThreadPoolExecutor, ends: FloatArray) -> None:
        """Compute gap and ‖∇f‖² at the records, of some replicas at once, so that the scores of all
        samples stay in cache."""
        pair = self.pair
        records, count, replicas, _ = self.paths.shape
        size = max(1, SCORES_AT_ONCE // (records * count * len(pair.f.labels)))
        gradient = pair.gradients().f

        def task(start: int) -> None:
            part = slice(start, start + size)
            paths = self.paths[:, :, part]
            with np.errstate(all="ignore"):
                grad = gradient(paths)
                ends[GAP, :, :, part] = pair.gap(paths)
                ends[GRAD_SQ, :, :, part] = np.sum(grad * grad, axis=-1)

        for done in [pool.submit(task, start) for start in range(0, replicas, size)]:
            done.result()


def _model(objective: LogisticLoss, *, thin: bool) -> Any:
    """The samples of an objective as the loop takes them; thin: as sparse ones."""
    from auxtheory.kernels.cpu import linear

    features = objective.features
    n, p = features.shape
    none = np.zeros(0, dtype=np.int64)
    matrix = scipy.sparse.csr_array(features) if thin else None
    marks = objective.labels if objective.rows > 1 else objective.marks
    return linear.Model(
        linear.padded(features) if matrix is None else np.array(matrix.data, dtype=float),
        none if matrix is None else matrix.indices.astype(np.int64),
        none if matrix is None else matrix.indptr.astype(np.int64),
        np.stack([objective.weights, np.reshape(marks, -1)], axis=-1, dtype=float).reshape(-1),
        objective.squared_lengths,
        np.arange(n),
        linear.padded_width(p),
    )


def _plan(noise: Minibatch, phase: Phase, before: int, measured: int, how: tuple[int, int]) -> Any:
    """One phase in whole numbers and gradients."""
    from auxtheory.kernels.cpu import minibatch

    method = phase.method
    steps = phase.steps
    theta = float(noise.pair.theta[0])
    assert phase.correction is not None
    needs = phase.correction.points
    f = (1.0, 0.0, 0.0)
    zero = (0.0, 0.0, 0.0)
    h = method.role.h((1.0 - theta, theta, -1.0), f, zero)
    used = method.role.r((theta, -theta, 1.0), f, zero) if needs else zero
    return minibatch.Plan(
        steps.K,
        steps.T,
        phase.first_samples,
        before,
        needs,
        noise.batch,
        int(noise.replacement),
        int(noise.order is None),
        measured,
        _mix(noise, used, drawn=not method.exact_refresh),
        _mix(noise, h, drawn=True),
        _mix(noise, used, drawn=False),
        _whole(noise, f, how[0]),
        noise.pair.f.l2,
        noise.pair.f.nonconvex,
        int(_moves_zeros(phase)),
        how[1],
    )


def _whole(noise: Minibatch, f: tuple[float, float, float], G_rows: int) -> Any:
    """The mix of ∇f, or of the sum of samples from which ‖∇f‖² is estimated."""
    from auxtheory.kernels.cpu import minibatch

    samples = len(noise.pair.f.labels)
    if G_rows:
        return minibatch.Mix(float(samples), 0.0, 0.0, 0.0, 0.0, G_rows, 0, 1)
    return _mix(noise, f, drawn=False)


def _moves_zeros(phase: Phase) -> bool:
    """Whether the local rule moves a number that is 0 where its gradient and buffer are, as those
    are that fill up cache lines."""
    assert phase.correction is not None
    with np.errstate(all="ignore"):
        zero = np.zeros(1)
        return bool(np.any(phase.correction.local_step(zero, zero, zero, phase.steps.eta) != 0))


def _mix(noise: Minibatch, shares: tuple[float, float, float], *, drawn: bool) -> Any:
    """The mix of ∇f, of ∇g and of the quadratic gap's gradient with these shares."""
    from auxtheory.kernels.cpu import minibatch

    f, g, dial = shares
    pair = noise.pair
    drawn = drawn and bool(f or g)
    scales = (len(o.labels) / noise.batch if drawn else 1.0 for o in (pair.f, pair.g))
    f_scaled, g_scaled = (share * scale for share, scale in zip((f, g), scales, strict=True))
    dialled = float(bool(np.any(pair.R) or np.any(pair.b)))
    l2 = f * pair.f.l2 + g * pair.g.l2
    bend = f * pair.f.nonconvex + g * pair.g.nonconvex
    same = pair.f.features is pair.g.features and np.array_equal(
        noise.order, np.arange(len(pair.f.labels))
    )
    return minibatch.Mix(
        f_scaled,
        g_scaled,
        dial * dialled,
        l2,
        bend,
        noise.batch if drawn else 0,
        int(same and bool(f)),
        0,
    )
