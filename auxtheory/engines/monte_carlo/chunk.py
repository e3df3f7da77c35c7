"""Some replicas of every configuration, simulated from start to end in array operations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from auxtheory.engines.monte_carlo import estimate
from auxtheory.engines.monte_carlo.interpreter import Interpreter
from auxtheory.engines.monte_carlo.measured import Sums
from auxtheory.engines.monte_carlo.rao_blackwell import Collapsed
from auxtheory.engines.monte_carlo.watch import Watch
from auxtheory.engines.task import Sampling, Task
from auxtheory.measures import gap_last, grad_last
from auxtheory.methods import Phase
from auxtheory.random.counter import Index
from auxtheory.typing import Array, FloatArray

NUMBERS_AT_ONCE = 16384  # numbers in one array of the state, so that a step's arrays stay in cache


class Chunk:
    """Some replicas of every configuration, simulated from start to end; arrays of shape (C,
    replicas, d).

    Faster engines override `_start_round` and `_local_steps`.
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
        collapsed: Sequence[Collapsed] | None = None,
    ) -> None:
        self.follow_G = follow_G
        self.G_rows = sampling.G_rows
        self.G_every = sampling.G_every
        self.collapsed = None if collapsed is None else iter(collapsed)
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
        self.state = {"x": xp.asarray(x0.copy())}
        self.sums = Sums(task, pair, xp)
        self.energy = xp.zeros((count, stop - start), dtype=xp.float64)
        # The expectations of measures at the end of a round, given its start.
        self.ends: dict[str, Array] = {}
        self.iterates = 0
        self.spread = xp.zeros((count, stop - start), dtype=xp.float64)
        self.rows: list[FloatArray] = []
        self.paths: list[FloatArray] = []
        self.watch = Watch(task.region, (count, stop - start))

    def run(
        self, phases: tuple[Phase, ...], rounds: tuple[int, ...], keep_paths: bool, keep_local: int
    ) -> None:
        before = 0
        for phase in phases:
            self._begin(phase)
            for t in range(1, phase.steps.T + 1):
                round_ = before + t
                self._start_round(t, round_)
                if np.any(self.noise.s) or round_ == 1:
                    z = self.x - self.centre
                    self.spread = self.spread + self.xp.sum(z * z, axis=-1)
                self.squares: list[Array] = []
                self._local_steps(t, round_)
                self._finish(t, round_)
                self.watch.see(self.x)
                self.sums.round_done(self.state, round_, self.ends)
                if round_ in rounds:
                    self._record(keep_paths, keep_local)
            before += phase.steps.T

    @property
    def x(self) -> Array:
        """The iterate."""
        return self.state["x"]

    def _begin(self, phase: Phase) -> None:
        """Prepare for a phase."""
        self.phase = phase
        self.seen = self.gradients.seen(phase.method.helper, self.xp)
        self.interpreter = Interpreter(self, phase, self.seen)
        self.local_steps = None if self.collapsed is None else next(self.collapsed)

    def _start_round(self, t: int, round_: int) -> None:
        """The hooks `start` and `refresh`."""
        hooks = self.phase.method.program.hooks
        hook = hooks["start"] if t == 1 else hooks.get("refresh")
        if hook is not None:
            self.state = self.interpreter.run(hook, self.state, t, round_)

    def _local_steps(self, t: int, round_: int) -> None:
        self.iterates += self.phase.steps.K
        if self.local_steps is not None:
            index = Index(self.seed, self.start, self.stop, round_, 0)
            self.state, (sums, self.ends) = self.local_steps.run(self.state, t, index, self.xp)
            self.energy = self.energy + sums[0]
            self.sums.local_steps(sums[1:], round_, self.phase.steps.K)
            return
        hook = self.phase.method.program.hooks.get("step")
        for k in range(self.phase.steps.K):
            if self.follow_G:
                self.squares.append(self._square(self.x, round_, k))
                self.energy = self.energy + self.squares[-1]
            self.watch.see(self.x)
            self.sums.local_step(self.state, round_)
            if hook is not None:
                self.state = self.interpreter.run(hook, self.state, t, round_, k)

    def _square(self, x: Array, round_: int, k: int) -> Array:
        """‖∇f‖² at a local step, or its estimate, shape (C, R)."""
        if self.G_every > 1:
            index = Index(self.seed, self.start, self.stop, round_, 0)
            counts = estimate.offsets(index, self.G_every) == k % self.G_every
            return self._square_at(x, round_, k) * (self.G_every * counts)
        return self._square_at(x, round_, k)

    def _square_at(self, x: Array, round_: int, k: int) -> Array:
        if self.G_rows is not None:
            index = Index(self.seed, self.start, self.stop, round_, k)
            return estimate.square(self.noise, index, self.G_rows, x, self.xp)
        grad_f = self.gradients.f(x)
        return self.xp.sum(grad_f * grad_f, axis=-1)

    def _finish(self, t: int, round_: int) -> None:
        hook = self.phase.method.program.hooks.get("finish")
        if hook is not None:
            self.state = self.interpreter.run(hook, self.state, t, round_)

    def _record(self, keep_paths: bool, keep_local: int) -> None:
        grad = self.gradients.f(self.x)
        gap = self.pair.gap(self.x, self.xp)
        grad_sq = self.xp.sum(grad * grad, axis=-1)
        row = [
            self.energy / self.iterates,
            self.ends.get(gap_last.key, gap),
            self.ends.get(grad_last.key, grad_sq),
            self.spread,
            *self.sums.values(self.state, self.ends),
        ]
        if keep_local:
            row += self.squares + [self.spread * 0.0] * (keep_local - len(self.squares))
        self.rows.append(np.stack([_to_numpy(value) for value in row]))
        if keep_paths:
            self.paths.append(_to_numpy(self.x))

    @cached_property
    def components(self) -> Any:
        """The components of f."""
        return self.pair.components

    def level(self, value: Any) -> Array:
        array = np.asarray(value, dtype=float)
        return self.xp.asarray(array.reshape((*array.shape, 1, 1)) if array.ndim else array)


def _to_numpy(array: Array) -> FloatArray:
    return np.asarray(array.get() if hasattr(array, "get") else array)
