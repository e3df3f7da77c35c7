"""Engine `numpy`: Monte Carlo on any pair, written against the array-API namespace; statistics are
streamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from auxtheory.engines import foreign, rules
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo.statistics import Simulate, over_chunks, too_long, without_G
from auxtheory.engines.task import DEFAULT, Sampling, Task, accepts_old_arguments
from auxtheory.errors import RefusedError
from auxtheory.methods import Phase
from auxtheory.problems import Gradients
from auxtheory.random.counter import Index
from auxtheory.typing import Array, FloatArray

name = "numpy"
DTYPES = ("float64",)
OPTIONS = ("replicas", "seed", "first_replica", "keep_paths", "keep_local", "follow_G")
NUMBERS_AT_ONCE = 16384  # numbers in one array of the state, so that a step's arrays stay in cache


@accepts_old_arguments
def refuses(task: Task) -> str | None:
    """Why this case cannot be simulated, or None."""
    return (
        rules.impure(task.method, task.pair.dim)
        or too_long(task.phases, name)
        or foreign.impure(task.pair, task.noise, task.steps)
    )


@accepts_old_arguments
def run(task: Task, sampling: Sampling = DEFAULT, *, xp: Any = np) -> Trace:
    """Means and standard errors over replicas first_replica, first_replica + 1, …; configurations
    share samples.

    Args:
        task: what to run.
        sampling: replicas, seed, first_replica, keep_paths, keep_local and follow_G are read.
        xp: the array-API namespace in which the replicas are simulated.

    Returns:
        The `Trace`; its G is not a number where ∇f at local steps was not computed.

    Raises:
        RefusedError: with the reason why the task cannot be simulated.
    """
    reason = refuses(task)
    if reason:
        raise RefusedError(reason)
    follow_G = sampling.follow_G or sampling.keep_local

    def chunk(start: int, stop: int) -> Chunk:
        return Chunk(task, sampling, start, stop, xp, follow_G=follow_G)

    size = replicas_at_once(task, NUMBERS_AT_ONCE)
    result = over_chunks(
        name, task, sampling, simulated(task, sampling, chunk), size, library=xp.__name__
    )
    return result if follow_G else without_G(result)


def replicas_at_once(task: Task, numbers: int) -> int:
    """The number of replicas of all configurations whose x has at most `numbers` entries; at least
    one."""
    return max(1, numbers // (task.count * task.pair.dim))


def simulated(task: Task, sampling: Sampling, chunk: Callable[[int, int], Chunk]) -> Simulate:
    """The function that simulates replicas from start to stop, with a chunk of them."""
    keep_local = task.longest if sampling.keep_local else 0

    def simulate(start: int, stop: int) -> tuple[FloatArray, Any]:
        with np.errstate(all="ignore"):
            replicas = chunk(start, stop)
            replicas.run(task.phases, task.rounds, sampling.keep_paths, keep_local)
        return np.moveaxis(np.array(replicas.rows), 0, 1), np.array(replicas.paths)

    return simulate


class Chunk:
    """Some replicas of every configuration, simulated from start to end; arrays of shape (C,
    replicas, d).

    Faster engines override `_refresh` and `_local_steps`.
    """

    def __init__(
        self,
        task: Task,
        sampling: Sampling,
        start: int,
        stop: int,
        xp: Any,
        *,
        follow_G: bool = True,
    ) -> None:
        self.follow_G = follow_G
        pair = task.pair
        self.pair = pair
        self.noise = task.noise
        self.xp = xp
        self.seed = sampling.seed
        self.start = start
        self.stop = stop
        count = task.count
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
            gradients = self._begin(phase)
            eta = self._level(phase.steps.eta)
            a = self._level(phase.steps.momentum)
            x_prev = m = self.x
            for t in range(1, phase.steps.T + 1):
                round_ = before + t
                if t == 1:
                    m = self._first_buffer(phase, gradients, round_)
                else:
                    m = self._refresh(phase, gradients, m, x_prev, a, round_)
                if np.any(self.noise.s) or round_ == 1:
                    z = self.x - self.centre
                    self.spread = self.spread + self.xp.sum(z * z, axis=-1)
                x_prev = self.x
                self.squares: list[Array] = []
                self.x = self._local_steps(phase, gradients, m, eta, round_)
                if round_ in rounds:
                    self._record(keep_paths, keep_local)
            before += phase.steps.T

    def _begin(self, phase: Phase) -> Gradients:
        """The gradients as the phase's method sees them."""
        return self.gradients.seen(phase.method.helper, self.xp)

    def _sample(
        self, phase: Phase, gradients: Gradients, points: list[Array], round_: int, step: int
    ) -> list[Array]:
        """g_r at each of the points with the same sample; ∇r for an exact refresh."""
        if phase.method.exact_refresh:
            return [gradients.r(x) for x in points]
        index = Index(self.seed, self.start, self.stop, round_, step)
        return self.noise.refreshed(
            gradients.r, points, index, phase.method.helper, self.centre, self.xp
        )

    def _first_buffer(self, phase: Phase, gradients: Gradients, round_: int) -> Array:
        batch = phase.first_samples
        if phase.first_buffer_exact:
            mean = gradients.r(self.x)
        else:
            total = self._sample(phase, gradients, [self.x], round_, 0)[0]
            for b in range(1, batch):
                total = total + self._sample(phase, gradients, [self.x], round_, b)[0]
            mean = total / batch
        return phase.method.refresh(mean, mean, mean, 1.0)

    def _refresh(
        self, phase: Phase, gradients: Gradients, m: Array, x_prev: Array, a: Array, round_: int
    ) -> Array:
        diff, diff_prev = self._sample(phase, gradients, [self.x, x_prev], round_, 0)
        return phase.method.refresh(m, diff, diff_prev, a)

    def _local_steps(
        self, phase: Phase, gradients: Gradients, m: Array, eta: Array, round_: int
    ) -> Array:
        y = self.x
        for k in range(phase.steps.K):
            if self.follow_G:
                grad_f = self.gradients.f(y)
                self.squares.append(self.xp.sum(grad_f * grad_f, axis=-1))
                self.energy = self.energy + self.squares[-1]
            index = Index(self.seed, self.start, self.stop, round_, k)
            helper = phase.method.helper
            grad = self.noise.stepped(gradients.h, y, index, helper, self.centre, self.xp)
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
