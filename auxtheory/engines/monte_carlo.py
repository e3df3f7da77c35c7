"""Engine `numpy`: Monte Carlo on any pair, written against the array-API namespace; statistics are
streamed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from auxtheory.constants import Steps
from auxtheory.engines import foreign, rules
from auxtheory.engines.base import AnyMethod, Trace, configurations, recorded
from auxtheory.engines.sampling import Statistics, check, too_long, trace, without_G
from auxtheory.errors import Checks, RefusedError
from auxtheory.methods import Phase
from auxtheory.noise import Array, Index, Noise
from auxtheory.problems import Gradients, Pair
from auxtheory.units import FloatArray

name = "numpy"
DTYPES = ("float64",)
NUMBERS_AT_ONCE = 16384  # numbers in one array of the state, so that a step's arrays stay in cache


def refuses(method: AnyMethod, pair: Pair, noise: Noise, steps: Steps) -> str | None:
    """Why this case cannot be simulated, or None."""
    return (
        rules.impure(method, pair.dim)
        or too_long(method.phases(steps), name)
        or foreign.impure(pair, noise, steps)
    )


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
    xp: Any = np,
) -> Trace:
    """Means and standard errors over replicas first_replica, first_replica + 1, …; configurations
    share samples.

    keep_paths, keep_local: also return the trace's paths and local_sq. follow_G: without it, ∇f is
    not computed at local steps and G is not a number. RefusedError with the reason if it cannot.
    """
    reason = refuses(method, pair, noise, steps)
    if reason:
        raise RefusedError(reason)

    def chunk(start: int, stop: int, count: int) -> Chunk:
        return Chunk(
            pair, noise, int(seed), start, stop, count, xp, follow_G=follow_G or keep_local
        )

    found = over_chunks(
        name,
        method,
        pair,
        noise,
        steps,
        chunk,
        NUMBERS_AT_ONCE,
        record=record,
        replicas=replicas,
        seed=seed,
        first_replica=first_replica,
        keep_paths=keep_paths,
        keep_local=keep_local,
        library=xp.__name__,
    )
    return found if follow_G or keep_local else without_G(found)


def over_chunks(
    engine: str,
    method: AnyMethod,
    pair: Pair,
    noise: Noise,
    steps: Steps,
    chunk: Callable[[int, int, int], Chunk],
    numbers: int,
    *,
    record: Sequence[int] | None,
    replicas: int,
    seed: int,
    first_replica: int,
    keep_paths: bool,
    keep_local: bool,
    **source: Any,
) -> Trace:
    """Statistics over chunk(start, stop, C) of replicas, of at most so many numbers of x; `source`:
    for provenance."""
    checks = Checks()
    replicas, seed, first_replica = check(
        checks, replicas=replicas, seed=seed, first_replica=first_replica
    )
    checks.done()
    rounds = recorded(steps, record)
    phases = method.phases(steps)
    count = configurations(pair, noise, steps)
    longest = max(phase.steps.K for phase in phases)
    size = max(1, numbers // (count * pair.dim))
    statistics = Statistics(4 + longest * keep_local, len(rounds), count)
    paths = []
    for start in range(first_replica, first_replica + replicas, size):
        with np.errstate(all="ignore"):
            some = chunk(start, min(start + size, first_replica + replicas), count)
            some.run(phases, rounds, keep_paths, longest if keep_local else 0)
        statistics.add(np.moveaxis(np.array(some.rows), 0, 1))
        paths.append(some.paths)
    kept = np.concatenate([np.array(p) for p in paths], axis=2) if keep_paths else None
    source = {"seed": seed, "first_replica": first_replica, **source}
    return trace(engine, statistics, phases, rounds, pair, noise, kept, **source)


class Chunk:
    """Some replicas of every configuration, simulated from start to end; arrays of shape (C,
    replicas, d).

    `_refresh` and `_local_steps` are what faster engines replace.
    """

    def __init__(
        self,
        pair: Pair,
        noise: Noise,
        seed: int,
        start: int,
        stop: int,
        count: int,
        xp: Any,
        *,
        follow_G: bool = True,
    ) -> None:
        self.follow_G = follow_G
        self.pair = pair
        self.noise = noise
        self.xp = xp
        self.seed = seed
        self.start = start
        self.stop = stop
        self.count = count
        self.gradients = pair.gradients(xp)
        self.centre = xp.asarray(pair.x_star)
        x0 = np.broadcast_to(pair.x0[:, None, :], (count, stop - start, pair.dim))
        self.x = xp.asarray(x0.copy())
        self.energy = xp.zeros((count, stop - start), dtype=xp.float64)
        self.iterates = 0
        self.spread = xp.zeros((count, stop - start), dtype=xp.float64)
        self.rows: list[FloatArray] = []
        self.paths: list[FloatArray] = []

    def run(
        self, phases: tuple[Phase, ...], rounds: tuple[int, ...], keep_paths: bool, keep_local: int
    ) -> None:
        before = 0
        for phase in phases:
            seen = self._begin(phase)
            eta = self._level(phase.steps.eta)
            a = self._level(phase.steps.momentum)
            x_prev = m = self.x
            for t in range(1, phase.steps.T + 1):
                round_ = before + t
                if t == 1:
                    m = self._first_buffer(phase, seen, round_)
                else:
                    m = self._refresh(phase, seen, m, x_prev, a, round_)
                if np.any(self.noise.s) or round_ == 1:
                    z = self.x - self.centre
                    self.spread = self.spread + self.xp.sum(z * z, axis=-1)
                x_prev = self.x
                self.squares: list[Array] = []
                self.x = self._local_steps(phase, seen, m, eta, round_)
                if round_ in rounds:
                    self._record(keep_paths, keep_local)
            before += phase.steps.T

    def _begin(self, phase: Phase) -> Gradients:
        """The gradients as the phase's method sees them."""
        return self.gradients.seen(phase.method.helper, self.xp)

    def _sample(
        self, phase: Phase, seen: Gradients, points: list[Array], round_: int, step: int
    ) -> list[Array]:
        """g_r at each of the points with one and the same sample; ∇r itself for an exact
        refresh."""
        if phase.method.exact_refresh:
            return [seen.r(x) for x in points]
        index = Index(self.seed, self.start, self.stop, round_, step)
        return self.noise.refreshed(
            seen.r, points, index, phase.method.helper, self.centre, self.xp
        )

    def _first_buffer(self, phase: Phase, seen: Gradients, round_: int) -> Array:
        batch = phase.first_samples
        if phase.first_buffer_exact:
            mean = seen.r(self.x)
        else:
            total = self._sample(phase, seen, [self.x], round_, 0)[0]
            for b in range(1, batch):
                total = total + self._sample(phase, seen, [self.x], round_, b)[0]
            mean = total / batch
        return phase.method.refresh(mean, mean, mean, 1.0)

    def _refresh(
        self, phase: Phase, seen: Gradients, m: Array, x_prev: Array, a: Array, round_: int
    ) -> Array:
        diff, diff_prev = self._sample(phase, seen, [self.x, x_prev], round_, 0)
        return phase.method.refresh(m, diff, diff_prev, a)

    def _local_steps(
        self, phase: Phase, seen: Gradients, m: Array, eta: Array, round_: int
    ) -> Array:
        y = self.x
        for k in range(phase.steps.K):
            if self.follow_G:
                grad_f = self.gradients.f(y)
                self.squares.append(self.xp.sum(grad_f * grad_f, axis=-1))
                self.energy = self.energy + self.squares[-1]
            index = Index(self.seed, self.start, self.stop, round_, k)
            grad = self.noise.stepped(seen.h, y, index, phase.method.helper, self.centre, self.xp)
            y = phase.method.local_step(y, grad, m, eta)
        self.iterates += phase.steps.K
        return y

    def _record(self, keep_paths: bool, keep_local: int) -> None:
        grad = self.gradients.f(self.x)
        gap = self.pair.gap(self.x, self.xp)
        grad_sq = self.xp.sum(grad * grad, axis=-1)
        row = [self.energy / self.iterates, gap, grad_sq, self.spread]
        if keep_local:
            row += self.squares + [self.spread * 0.0] * (keep_local - len(self.squares))
        self.rows.append(np.stack([_to_numpy(value) for value in row]))
        if keep_paths:
            self.paths.append(_to_numpy(self.x))

    def _level(self, value: Any) -> Array:
        array = np.asarray(value, dtype=float)
        return self.xp.asarray(array.reshape((*array.shape, 1, 1)) if array.ndim else array)


def _to_numpy(array: Array) -> FloatArray:
    return np.asarray(array.get() if hasattr(array, "get") else array)
