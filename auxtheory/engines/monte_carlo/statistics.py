"""Code shared by the Monte Carlo engines: the loop over chunks of replicas, and means with standard
errors over replicas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from auxtheory.engines.base import Trace, costs_at, provenance, start_of
from auxtheory.engines.task import Sampling, Task
from auxtheory.methods import Phase
from auxtheory.random.counter import MAX_STEP
from auxtheory.typing import FloatArray

# The first measures of a replica, followed by the task's further measures and by ‖∇f(y_k)‖² for k <
# K if requested.
ENERGY, GAP, GRAD_SQ, SPREAD = range(4)
# The least sum of squares where replicas differ, in squares of the unit of a measure.
MIN_SQUARES = 1e-290
BLOCK = 256  # replicas whose mean is taken at once; fixed, so that results do not depend on chunks


def too_long(phases: Sequence[Phase], name: str) -> str | None:
    """Why the counter of the noise cannot number the samples of a round, or None."""
    for phase in phases:
        longest = max(phase.steps.K, phase.first_samples)
        if longest >= MAX_STEP:
            return (
                f"{name} counts local steps and first samples up to {MAX_STEP}, and {longest} "
                "were asked for"
            )
    return None


# (first replica, end) → measures of shape (measures, records, C, replicas), and x^t of the replicas
# at the records, shape (records, C, replicas, d), which is read where paths are kept.
Simulate: TypeAlias = Callable[[int, int], tuple[FloatArray, Any]]


def over_chunks(
    engine: str, task: Task, sampling: Sampling, simulate: Simulate, size: int, **source: Any
) -> Trace:
    """Statistics over all replicas, simulated `size` at a time; source: for the provenance."""
    statistics = Statistics(
        4 + len(task.extra) + task.longest * sampling.keep_local, len(task.rounds), task.count
    )
    first = sampling.first_replica
    stop = first + sampling.replicas
    kept = []
    for start in range(first, stop, size):
        values, paths = simulate(start, min(start + size, stop))
        statistics.add(values)
        if sampling.keep_paths:
            kept.append(paths)
    paths = np.concatenate(kept, axis=2) if sampling.keep_paths else None
    source = {"seed": sampling.seed, "first_replica": first, **source}
    return trace(engine, statistics, task, paths, **source)


class Statistics:
    """Streaming mean, variance and skewness over replicas, block after block (Chan, Golub, LeVeque;
    the third moment: Pébay, SAND2008-6212), whatever the chunks."""

    def __init__(self, measures: int, records: int, count: int) -> None:
        self.replicas = 0
        # Powers of 2 near the first block, so that cubes do not overflow.
        self.unit = np.ones((measures, records, count))
        self._mean = np.zeros((measures, records, count))
        self.squares = np.zeros((measures, records, count))
        self.cubes = np.zeros((measures, records, count))
        # The first replica, and whether any differs from it.
        self.first = np.zeros((measures, records, count, 1))
        self.moved = np.zeros((measures, records, count), dtype=bool)
        self.diverged = np.zeros(count)
        self.waiting = np.zeros((measures, records, count, 0))

    def add(self, values: FloatArray) -> None:
        """Values of shape (measures, records, C, replicas); a replica that is not finite counts as
        ∞."""
        self.waiting = np.concatenate([self.waiting, values], axis=-1)
        whole = self.waiting.shape[-1] // BLOCK * BLOCK
        for start in range(0, whole, BLOCK):
            self._merge(self.waiting[..., start : start + BLOCK])
        self.waiting = self.waiting[..., whole:]

    def done(self) -> None:
        """Count the last, shorter block."""
        if self.waiting.shape[-1]:
            self._merge(self.waiting)
        self.waiting = self.waiting[..., :0]

    def _merge(self, values: FloatArray) -> None:
        if not self.replicas:
            self.unit = _unit_near(values)
        values = np.ascontiguousarray(values / self.unit[..., None])
        finite = np.isfinite(values)
        self.first = self.first if self.replicas else values[..., :1]
        self.moved |= np.any(values != self.first, axis=-1)
        self.diverged += np.sum(~np.all(finite, axis=(0, 1)), axis=-1)
        n = values.shape[-1]
        with np.errstate(all="ignore"):
            values = np.where(finite, values, np.inf)
            mean = np.mean(values, axis=-1)
            off = values - mean[..., None]
            square = off**2
            squares = np.sum(square, axis=-1)
            cubes = np.sum(square * off, axis=-1)
            shift = mean - self._mean
            total = self.replicas + n
            self.cubes += cubes + shift**3 * (self.replicas * n * (self.replicas - n) / total**2)
            self.cubes += 3 * shift * (self.replicas * squares - n * self.squares) / total
            self.squares += squares + shift**2 * (self.replicas * n / total)
            self._mean += shift * (n / total)
        self._mean[~np.isfinite(mean) | ~np.isfinite(self._mean)] = np.inf
        self.replicas = total

    @property
    def mean(self) -> FloatArray:
        """The mean over replicas; ∞ where one diverged."""
        return self._mean * self.unit

    @property
    def standard_error(self) -> FloatArray:
        """√(sample variance / replicas); ∞ where a replica diverged."""
        squares = np.where(self.moved, np.maximum(self.squares, MIN_SQUARES), 0.0)
        error = np.sqrt(squares / (self.replicas * (self.replicas - 1))) * self.unit
        return np.where(np.isfinite(self._mean) & ~np.isnan(error), error, np.inf)

    @property
    def skewness(self) -> FloatArray:
        """The sample's third central moment over its variance to the 3/2; 0 where that is not a
        finite number."""
        with np.errstate(all="ignore"):
            skewness = np.nan_to_num(
                np.sqrt(self.replicas) * self.cubes / self.squares**1.5, posinf=0.0, neginf=0.0
            )
        return np.where(self.moved, skewness, 0.0)


def _unit_near(values: FloatArray) -> FloatArray:
    """The power of 2 next to the largest finite value of a block of replicas; 1 where all are 0."""
    most = np.max(np.where(np.isfinite(values), np.abs(values), 0.0), axis=-1)
    return np.where(most > 0, np.ldexp(1.0, np.clip(np.frexp(most)[1], -1000, 1000)), 1.0)


def trace(
    name: str,
    statistics: Statistics,
    task: Task,
    paths: Any = None,
    **source: Any,
) -> Trace:
    """The trace of an engine that simulated replicas; `source`: for the provenance."""
    statistics.done()
    mean = statistics.mean
    error = statistics.standard_error
    skew = statistics.skewness
    spread, largest = _spreads(mean[SPREAD], task)
    end = SPREAD + 1 + len(task.extra)
    local = mean.shape[0] > end
    measured = {
        measure.key: (mean[i], error[i], skew[i])
        for i, measure in enumerate(task.extra, start=SPREAD + 1)
    }
    return Trace(
        engine=name,
        rounds=task.rounds,
        G=mean[ENERGY],
        gap=mean[GAP],
        grad_sq=mean[GRAD_SQ],
        spread=spread,
        largest_spread=largest,
        start=start_of(task.pair, mean.shape[-1]),
        G_se=error[ENERGY],
        gap_se=error[GAP],
        grad_sq_se=error[GRAD_SQ],
        G_skew=skew[ENERGY],
        gap_skew=skew[GAP],
        grad_sq_skew=skew[GRAD_SQ],
        costs=costs_at(task.phases, task.rounds, task.pair),
        diverged=statistics.diverged,
        replicas=statistics.replicas,
        provenance=provenance(name, **source),
        paths=paths,
        measured=measured,
        local_sq=np.moveaxis(mean[end:], 0, 1) if local else None,
        local_sq_se=np.moveaxis(error[end:], 0, 1) if local else None,
    )


def _spreads(sums: FloatArray, task: Task) -> tuple[FloatArray, FloatArray]:
    """The mean of E‖x^{t−1} − x*‖² up to each record, and the largest, which is NaN unless every
    round is recorded; without multiplicative noise only the first round was followed."""
    noise = task.noise
    rounds = task.rounds
    if not np.any(noise.s):
        return sums, sums
    largest = np.full_like(sums, np.nan)
    if any(
        phase.steps.K > 1 and np.any(noise.levels(phase.method.helper).s_local)
        for phase in task.phases
    ):
        return largest, largest  # samples are taken at points that were not followed
    if rounds == tuple(range(1, len(rounds) + 1)):
        with np.errstate(all="ignore"):
            each = np.diff(sums, axis=0, prepend=np.zeros_like(sums[:1]))
        largest = np.maximum.accumulate(np.where(np.isfinite(sums), each, np.inf), axis=0)
    return sums / np.array(rounds, dtype=float)[:, None], largest


def without_G(trace: Trace) -> Trace:
    """A trace whose engine did not follow ‖∇f‖² at local steps."""
    nothing = np.full_like(trace.G, np.nan)
    return replace(trace, G=nothing, G_se=nothing, G_skew=nothing)


def iterates(task: Task) -> FloatArray:
    """The number of local iterates up to each of the rounds."""
    K = np.concatenate([np.full(phase.steps.T, phase.steps.K) for phase in task.phases])
    return np.cumsum(K, dtype=float)[np.array(task.rounds) - 1]
