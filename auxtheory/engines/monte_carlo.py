"""Engine `numpy`: Monte Carlo on any pair, written against the array-API namespace; statistics are streamed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from auxtheory.constants import Steps
from auxtheory.engines.base import AnyMethod, Trace, configurations, costs_at, provenance, recorded, start_of
from auxtheory.errors import Checks
from auxtheory.methods import Phase
from auxtheory.noise import MAX_STEP, Array, Index, Noise
from auxtheory.problems import Gradients, Pair
from auxtheory.units import FloatArray

name = "numpy"
NUMBERS_AT_ONCE = 16384  # numbers in one array of the state, so that a step's arrays stay in cache


def refuses(method: AnyMethod, pair: Pair, noise: Noise, steps: Steps) -> str | None:
    """Why this case cannot be simulated, or None."""
    for phase in method.phases(steps):
        longest = max(phase.steps.K, 0 if np.isinf(phase.steps.B) else phase.steps.B)
        if longest >= MAX_STEP:
            return f"numpy counts local steps and first samples up to {MAX_STEP}, and {longest} were asked for"
    return None


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
    xp: Any = np,
) -> Trace:
    """Means and standard errors over replicas first_replica, first_replica + 1, …; configurations share samples.

    keep_paths: also return x^t at the recorded rounds, shape (records, C, replicas, d).
    """
    checks = Checks()
    check(checks, replicas=replicas, seed=seed, first_replica=first_replica)
    checks.done()
    seed, replicas = int(seed), int(replicas)
    rounds, phases = recorded(steps, record), method.phases(steps)
    count = configurations(pair, noise, steps)
    size = max(1, NUMBERS_AT_ONCE // (count * pair.dim))
    statistics = Statistics(len(rounds), count)
    spreads, paths = np.zeros((steps.T, count)), []
    for start in range(first_replica, first_replica + replicas, size):
        stop = min(start + size, first_replica + replicas)
        with np.errstate(all="ignore"):
            chunk = Chunk(pair, noise, seed, start, stop, count, xp)
            chunk.run(phases, rounds, keep_paths)
        statistics.add(np.array(chunk.rows))
        spreads += np.array(chunk.spreads)
        paths.append(chunk.paths)
    (G, gap, grad_sq), (G_se, gap_se, grad_sq_se) = statistics.mean, statistics.standard_error
    spread = (np.cumsum(spreads, axis=0) / replicas)[[r - 1 for r in rounds]] / np.array(rounds)[:, None]
    return Trace(
        engine=name, rounds=rounds, G=G, gap=gap, grad_sq=grad_sq, spread=np.nan_to_num(spread, nan=np.inf),
        start=start_of(pair, count), G_se=G_se, gap_se=gap_se, grad_sq_se=grad_sq_se, costs=costs_at(phases, rounds),
        diverged=statistics.diverged, replicas=replicas,
        provenance=provenance(name, seed=seed, first_replica=first_replica, library=xp.__name__),
        paths=np.concatenate([np.array(p) for p in paths], axis=2) if keep_paths else None,
    )  # fmt: skip


def check(checks: Checks, *, replicas: Any, seed: Any, first_replica: Any = 0) -> None:
    """Check what only this engine is asked."""
    checks.whole("replicas", replicas, low=2, high=2**32)
    checks.whole("first_replica", first_replica, low=0, high=2**31)
    checks.whole("seed", seed, low=0, high=2**64 - 1)
    if isinstance(replicas, int) and isinstance(first_replica, int) and first_replica + replicas > 2**32:
        checks.complain("first_replica + replicas", first_replica + replicas, "must be at most 2^32")


class Chunk:
    """Some replicas of every configuration, simulated from start to end; arrays of shape (C, replicas, d)."""

    def __init__(self, pair: Pair, noise: Noise, seed: int, start: int, stop: int, count: int, xp: Any) -> None:
        self.pair, self.noise, self.xp = pair, noise, xp
        self.seed, self.start, self.stop, self.count = seed, start, stop, count
        self.gradients = pair.gradients(xp)
        self.centre = xp.asarray(pair.x_star)
        x0 = np.broadcast_to(pair.x0[:, None, :], (count, stop - start, pair.dim))
        self.x = xp.asarray(x0.copy())
        self.energy = xp.zeros((count, stop - start), dtype=xp.float64)
        self.iterates = 0
        self.rows: list[FloatArray] = []
        self.spreads: list[FloatArray] = []
        self.paths: list[FloatArray] = []

    def run(self, phases: tuple[Phase, ...], rounds: tuple[int, ...], keep_paths: bool) -> None:
        before = 0
        for phase in phases:
            seen = self.gradients.seen(phase.method.helper, self.xp)
            eta, a = self._level(phase.steps.eta), self._level(1.0 if phase.steps.a is None else phase.steps.a)
            x_prev = m = self.x
            for t in range(1, phase.steps.T + 1):
                round_ = before + t
                if t == 1:
                    m = self._first_buffer(phase, seen, round_)
                else:
                    m = self._refresh(phase, seen, m, x_prev, a, round_)
                self.spreads.append(np.asarray(self._mean_square(self.x - self.centre)))
                x_prev = self.x
                self.x = self._local_steps(phase, seen, m, eta, round_)
                if round_ in rounds:
                    self._record(keep_paths)
            before += phase.steps.T

    def _sample(self, phase: Phase, seen: Gradients, points: list[Array], round_: int, step: int) -> list[Array]:
        """g_r at each of the points with one and the same sample; ∇r itself for an exact refresh."""
        if phase.method.exact_refresh:
            return [seen.r(x) for x in points]
        index = Index(self.seed, self.start, self.stop, round_, step)
        additive, curvature = self.noise.refresh(index, phase.method.helper, self.pair.dim, self.xp)
        samples = [seen.r(x) + additive for x in points]
        if curvature is None:
            return samples
        return [g + curvature * (x - self.centre) for g, x in zip(samples, points, strict=True)]

    def _first_buffer(self, phase: Phase, seen: Gradients, round_: int) -> Array:
        if np.isinf(phase.steps.B):
            mean = seen.r(self.x)
        else:
            batch = int(phase.steps.B)
            total = self._sample(phase, seen, [self.x], round_, 0)[0]
            for b in range(1, 1 if phase.method.exact_refresh else batch):
                total = total + self._sample(phase, seen, [self.x], round_, b)[0]
            mean = total if phase.method.exact_refresh else total / batch
        return phase.method.refresh(mean, mean, mean, 1.0)

    def _refresh(self, phase: Phase, seen: Gradients, m: Array, x_prev: Array, a: Array, round_: int) -> Array:
        diff, diff_prev = self._sample(phase, seen, [self.x, x_prev], round_, 0)
        return phase.method.refresh(m, diff, diff_prev, a)

    def _local_steps(self, phase: Phase, seen: Gradients, m: Array, eta: Array, round_: int) -> Array:
        y = self.x
        for k in range(phase.steps.K):
            grad_f = self.gradients.f(y)
            self.energy = self.energy + self.xp.sum(grad_f * grad_f, axis=-1)
            grad = seen.h(y)
            index = Index(self.seed, self.start, self.stop, round_, k)
            additive, curvature = self.noise.local(index, phase.method.helper, self.pair.dim, self.xp)
            if additive is not None:
                grad = grad + additive
            if curvature is not None:
                grad = grad + curvature * (y - self.centre)
            y = phase.method.local_step(y, grad, m, eta)
        self.iterates += phase.steps.K
        return y

    def _record(self, keep_paths: bool) -> None:
        grad = self.gradients.f(self.x)
        row = self.energy / self.iterates, self.pair.gap(self.x, self.xp), self.xp.sum(grad * grad, axis=-1)
        self.rows.append(np.stack([_to_numpy(value) for value in row]))
        if keep_paths:
            self.paths.append(_to_numpy(self.x))

    def _mean_square(self, z: Array) -> FloatArray:
        """Σ over the chunk's replicas of ‖z‖²; after the first round only where multiplicative noise asks for it."""
        if self.spreads and not np.any(self.noise.s):
            return self.spreads[0]
        return _to_numpy(self.xp.sum(z * z, axis=(-1, -2)))

    def _level(self, value: Any) -> Array:
        array = np.asarray(value, dtype=float)
        return self.xp.asarray(array.reshape((*array.shape, 1, 1)) if array.ndim else array)


class Statistics:
    """Streaming mean and variance over replicas, merged chunk by chunk (Chan, Golub, LeVeque)."""

    def __init__(self, records: int, count: int) -> None:
        self.seen = 0
        self.mean = np.zeros((3, records, count))
        self.squares = np.zeros((3, records, count))
        self.diverged = np.zeros(count)

    def add(self, rows: FloatArray) -> None:
        """Values of shape (records, 3, C, replicas); a replica that is not finite counts as ∞."""
        values = np.moveaxis(rows, 1, 0)
        finite = np.isfinite(values)
        self.diverged += np.sum(~np.all(finite, axis=(0, 1)), axis=-1)
        n = values.shape[-1]
        with np.errstate(all="ignore"):
            values = np.where(finite, values, np.inf)
            mean = np.mean(values, axis=-1)
            squares = np.sum((values - mean[..., None]) ** 2, axis=-1)
            shift = mean - self.mean
            total = self.seen + n
            self.squares += squares + shift**2 * (self.seen * n / total)
            self.mean += shift * (n / total)
        self.mean[~np.isfinite(mean) | ~np.isfinite(self.mean)] = np.inf
        self.seen = total

    @property
    def standard_error(self) -> FloatArray:
        """√(sample variance / replicas); ∞ where a replica diverged."""
        error = np.sqrt(self.squares / (self.seen * (self.seen - 1)))
        return np.where(np.isfinite(self.mean), error, np.inf)


def _to_numpy(array: Array) -> FloatArray:
    return np.asarray(array.get() if hasattr(array, "get") else array)
