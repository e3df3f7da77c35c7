"""Collapsed local steps in compiled loops: methods of a correction buffer on diagonal quadratics.

The maps of a round are those of the engine `exact`, computed once for each phase.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.engines.base import Trace
from auxtheory.engines.exact.diagonal import DiagonalMoments
from auxtheory.engines.exact.engine import arrays_of
from auxtheory.engines.exact.frame import frame_of
from auxtheory.engines.exact.moments import PhaseArrays
from auxtheory.engines.monte_carlo import compiled, generated, rao_blackwell
from auxtheory.engines.monte_carlo.statistics import ENERGY, iterates, over_chunks
from auxtheory.engines.monte_carlo.tasks import TASKS_PER_THREAD
from auxtheory.engines.task import Sampling, Task
from auxtheory.measures import Measure
from auxtheory.problems import QuadraticPair
from auxtheory.random.philox import key
from auxtheory.typing import FloatArray

CONFIGURATIONS_AT_ONCE = 16  # configurations whose tiles share samples
NUMBERS_AT_ONCE = 2**22  # numbers of x in memory at once
# What sums over local iterates, over the ends of rounds, and the last iterate come from.
G_SUM, SPREAD_SUM, LAST = 0, 1, -1


def refuses(name: str, task: Task) -> str | None:
    """Why the loop over collapsed rounds cannot run a task, or None."""
    reason = rao_blackwell.refuses(name, task)
    if reason:
        return reason
    for phase in task.phases:
        if phase.correction is None:
            return (
                f"{name} collapses local steps of methods of a correction buffer, and "
                f"{phase.method.name} is not one; numpy takes it"
            )
        if phase.steps.scheduled:
            return (
                f"{name} collapses steps of constant parameters, and {phase.steps.scheduled[0]} "
                "is not; numpy takes it"
            )
    for measure in task.extra:
        if measure.of != "x" or (measure.matrix is not None and measure.matrix.ndim != 1):
            return f"{name} measures sums of squares of x with collapsed steps, not {measure.name}"
    return compiled.undrawable(name, task.noise)


@dataclass(frozen=True, eq=False)
class Part:
    """One phase for the compiled loop: its named tuples, its share of the records, and what the
    noise of local steps adds to Σ E y² of each coordinate in a round."""

    loop: Any
    laws: tuple[str, str]
    plan: Any
    levels: Any
    maps: FloatArray
    records: slice
    rounds: FloatArray
    of_noise: FloatArray


def parts(task: Task) -> list[Part]:
    """The phases of a run, in order."""
    from auxtheory.kernels.cpu import collapsed_rounds as kernel

    pair = task.pair
    noise = task.noise
    assert isinstance(pair, QuadraticPair)
    frame = frame_of(pair, task.phases, noise)
    out = []
    for phase, part in zip(task.phases, compiled.parts(task, task.rounds), strict=True):
        arrays = arrays_of(phase, frame, noise, task.count)
        maps, of_noise = _maps(arrays)
        plan = part.plan
        local = plan["local"] or plan["local_multiplicative"]
        fields = {name: plan[name] for name in kernel.Plan._fields if name in plan}
        out.append(
            Part(
                kernel.rounds(part.rules.correlate, *part.laws),
                part.laws,
                kernel.Plan(**(fields | {"local": local})),
                _levels(kernel.LEVELS, arrays, part.levels),
                maps,
                part.records,
                part.rounds,
                of_noise,
            )
        )
    return out


def _maps(arrays: PhaseArrays) -> tuple[FloatArray, FloatArray]:
    """The maps of the coordinates (maps, C, d), and what noise adds to Σ E y²."""
    rules = arrays.rules
    c, R = rules.c, arrays.R
    moments = DiagonalMoments(arrays, (arrays.z0, np.zeros_like(arrays.z0)))
    *total, of_noise = moments.total
    maps = [
        c * rules.diff * R,
        c * rules.prev * R,
        c * arrays.refresh_drift,
        arrays.local_drift,
        moments.P,
        moments.S,
        np.sqrt(moments.noise),
        moments.noise,
        *moments.more,
        *total,
        c * rules.first * R,
        c * arrays.first_drift,
    ]
    return np.array([np.broadcast_to(v, arrays.z0.shape) for v in maps]), of_noise


def _levels(
    names: tuple[str, ...], arrays: PhaseArrays, levels: dict[str, FloatArray]
) -> FloatArray:
    """The numbers of each configuration, (C, levels)."""
    rules = arrays.rules
    c = rules.c
    s = levels["s_r"][:, None]
    values = {
        "m": rules.m,
        "first": c * rules.first,
        "additive": c * (rules.diff + rules.prev),
        "s_first": c * rules.first * s,
        "s_z": c * rules.diff * s,
        "s_p": c * rules.prev * s,
        **{name: levels[name][:, None] for name in ("scale_f", "scale_h", "rho", "rest")},
    }
    return np.concatenate([values[name] for name in names], axis=1)


class Weights:
    """The measures of a task as weighted sums of squares: Σ_j weight_j · z_j², or of a sum of them
    along the run.

    coordinates: the weights (measures, C, d); source: the number of the sum, or −1; by_round: the
    weights of the rounds in each sum, (T, sums); local: whether a sum is over local iterates.
    """

    def __init__(self, task: Task) -> None:
        A = np.broadcast_to(task.pair.A, (task.count, task.pair.dim))  # type: ignore[attr-defined]
        self.T = task.steps.T
        usual = [A * A, 0.5 * A, A * A, np.ones_like(A)]
        self.coordinates = np.array([*usual, *(_weight(m, A) for m in task.extra)])
        self.source = [G_SUM, LAST, LAST, SPREAD_SUM]
        rounds = [np.ones(self.T), np.ones(self.T)]
        self.local = [1, 0]
        for measure in task.extra:
            if measure.over == "last":
                self.source.append(LAST)
            else:
                self.source.append(len(rounds))
                rounds.append(measure.weights_of(self.T))
                self.local.append(int(measure.over == "local"))
        self.by_round = np.array(rounds).T.copy()

    def of_phase(self, kernel: Any, before: int, T: int) -> Any:
        """The measures as the loop takes them in the rounds after the first `before`."""
        return kernel.Measures(
            self.coordinates,
            np.array(self.source, dtype=np.int64),
            self.by_round[before : before + T].copy(),
            np.array(self.local, dtype=np.int64),
        )

    def of_noise(self, part: Part) -> FloatArray:
        """What the noise of local steps has added to each measure after each round of a phase,
        (measures, T, C)."""
        first = part.plan.before
        by_round = self.by_round[first : first + part.plan.T] * np.array(self.local)
        upto = np.cumsum(by_round, axis=0)
        each = np.sum(self.coordinates * part.of_noise, axis=-1)
        none = np.zeros(part.plan.T)
        share = [none if source == LAST else upto[:, source] for source in self.source]
        return np.array(share)[:, :, None] * each[:, None, :]


def _weight(measure: Measure, A: FloatArray) -> FloatArray:
    """The weight of z² of each coordinate in a quadratic of x."""
    if measure.form == "quadratic":
        return np.broadcast_to(np.asarray(measure.matrix), A.shape)
    return {"grad": A * A, "gap": 0.5 * A}.get(measure.form, np.ones_like(A))


def run(name: str, task: Task, sampling: Sampling) -> Trace:
    """Means and standard errors over replicas; the samples are those of the engine `numpy`."""
    from auxtheory.kernels.jit import config, version

    threads = sampling.threads or config.NUMBA_NUM_THREADS
    phases = parts(task)
    weights = Weights(task)
    measures = len(weights.source)
    size = max(1, NUMBERS_AT_ONCE // (task.count * (task.pair.dim + measures * len(task.rounds))))
    shares = generated.shares(task, task.rounds)
    with ThreadPoolExecutor(threads) as pool:

        def simulate(start: int, stop: int) -> tuple[FloatArray, FloatArray]:
            chunk = Chunk(task, sampling, start, stop - start)
            with np.errstate(all="ignore"):
                values = chunk.run(pool, threads, phases, weights)
                values[ENERGY] /= iterates(task)[:, None, None]
                values[4:] /= shares[:, :, None, None]
            return values, chunk.paths

        source = {"local_steps": rao_blackwell.STATED, "numba": version}
        return over_chunks(name, task, sampling, simulate, size, **source)


class Chunk:
    """Some replicas of every configuration; tasks are slices of configurations and replicas."""

    def __init__(self, task: Task, sampling: Sampling, first: int, replicas: int) -> None:
        pair = task.pair
        self.seed = sampling.seed
        self.first = first
        self.centre = np.asarray(pair.x_star)
        z0 = np.broadcast_to((pair.x0 - pair.x_star)[:, None, :], (task.count, 1, pair.dim))
        self.z = np.repeat(z0, replicas, axis=1)
        self.records = len(task.rounds)
        kept = self.records if sampling.keep_paths else 0
        self.paths = np.zeros((kept, task.count, replicas, pair.dim))

    def run(
        self, pool: ThreadPoolExecutor, threads: int, phases: list[Part], weights: Weights
    ) -> FloatArray:
        """The measures of every replica, (measures, records, C, replicas)."""
        count, replicas, _ = self.z.shape
        source = np.array(weights.source)
        values = np.zeros((len(source), self.records, count, replicas))
        before = np.zeros((len(source), count, replicas))
        for part in phases:
            totals = np.zeros_like(before)
            self._phase(pool, threads, part, weights, values, totals)
            of_noise = weights.of_noise(part)
            at = np.asarray(part.rounds) - part.plan.before - 1
            values[:, part.records] += before[:, None] + of_noise[:, at, :, None]
            before = before + (totals + of_noise[:, -1, :, None]) * (source >= 0)[:, None, None]
        self.paths += self.centre
        return values

    def _phase(
        self,
        pool: ThreadPoolExecutor,
        threads: int,
        part: Part,
        weights: Weights,
        values: FloatArray,
        totals: FloatArray,
    ) -> None:
        """Run a phase on all threads."""
        from auxtheory.kernels.cpu import collapsed_rounds as kernel
        from auxtheory.kernels.cpu.trajectory import Place

        count, replicas, _ = self.z.shape
        measures = weights.of_phase(kernel, part.plan.before, part.plan.T)
        records = kernel.Records(part.rounds, part.records.start, values, totals, self.paths)
        across = range(0, count, CONFIGURATIONS_AT_ONCE)
        size = max(1, -(-replicas * len(across) // (threads * TASKS_PER_THREAD)))

        def task(c: int, r: int) -> None:
            configurations = min(CONFIGURATIONS_AT_ONCE, count - c)
            sums = weights.by_round.shape[1]
            work = kernel.workspace(configurations, sums, part.laws, key(self.seed))
            place = Place(self.first, c, r, min(r + size, replicas))
            part.loop(part.plan, part.levels, part.maps, measures, self.z, records, work, place)

        tasks = [pool.submit(task, c, r) for c in across for r in range(0, replicas, size)]
        for each in tasks:
            each.result()
