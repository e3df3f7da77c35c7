"""Monte Carlo on pairs whose gradients are matrix products: gradients on arrays, and fused passes
for the rest.

In a step, the pair's gradients are computed on arrays (matmuls), and noise, rule and ‖∇f‖² in one
pass over memory. `Chunk` does this for any `Update`; `run` uses the compiled passes of
`auxtheory.kernels.cpu.update` on all cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import compiled
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.engines.monte_carlo.compiled import Part
from auxtheory.engines.monte_carlo.statistics import over_chunks, too_long
from auxtheory.engines.task import DEFAULT, Sampling, Task
from auxtheory.errors import RefusedError
from auxtheory.kernels.arguments import Levels, LocalStep, Plan, Refresh, Squares
from auxtheory.methods import Phase
from auxtheory.problems import Pair
from auxtheory.random.draws import Draws
from auxtheory.random.philox import key
from auxtheory.typing import Array

NUMBERS_AT_ONCE = 2**18  # numbers in an array of the state: a few megabytes, with enough rows
REPLICAS_AT_LEAST = 16  # fewest replicas at once, so that a matrix is not read for a row or two
NUMBERS_PER_TASK = 2**13


def refuses(name: str, task: Task) -> str | None:
    """Why compiled passes cannot run these rules and this law, or None."""
    reason = compiled.not_correction(name, task) or compiled.unusable(
        name, compiled.rules(task.phases)
    )
    return reason or compiled.undrawable(name, task.noise) or too_long(task.phases, name)


def parts(task: Task) -> list[Part]:
    """The phases as compiled passes take them; their gradients are not used."""
    return list(compiled.parts(task, ()))


def add(total: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """The rule that sums up the samples of a first buffer."""
    return total + diff


class Update(Protocol):
    """A refresh, a sample of a first buffer and a local step, in place, on arrays of shape (C, R,
    d)."""

    def begin(self, part: Part) -> None:
        """Prepare for a phase."""

    def refresh(self, arrays: Refresh, round_: int) -> None:
        """m ← refresh(m, g_r(x), g_r(x_prev), a), given ∇r at both points."""

    def sample(self, total: Array, diff: Array, x: Array, round_: int, b: int) -> None:
        """total ← total + g_r(x) with the b-th sample of a first buffer."""

    def local(self, arrays: LocalStep, squares: Squares, round_: int, k: int) -> None:
        """y ← local_step(y, g_h(y), m, η), given ∇f and ∇h; ‖∇f‖² into square (C, R), and added to
        energy."""


class Remembered:
    """A gradient that keeps its last value: ∇r(x) of one refresh is ∇r(x_prev) of the next."""

    def __init__(self, gradient: Callable[[Array], Array]) -> None:
        self.gradient = gradient
        self.point = None
        self.value = None

    def __call__(self, x: Array) -> Array:
        if x is not self.point:
            self.value = None  # frees its memory for the next one
            self.point = x
            self.value = self.gradient(x)
        return self.value


class Chunk(numpy_engine.Chunk):
    """Some replicas of every configuration: gradients by arrays, the rest by an update's passes."""

    def __init__(
        self,
        task: Task,
        sampling: Sampling,
        start: int,
        stop: int,
        xp: Any,
        parts: Sequence[Part],
        update: Update,
    ) -> None:
        super().__init__(task, sampling, start, stop, xp)
        self.parts: Iterator[Part] = iter(parts)
        self.update = update
        self.x_prev = self.x

    def _begin(self, phase: Phase) -> None:
        super()._begin(phase)
        self.update.begin(next(self.parts))
        self.seen = replace(self.seen, r=Remembered(self.seen.r))

    def _whole(self, array: Array) -> Array:
        """The array in full, (C, R, d), row after row."""
        full = array if array.shape == self.x.shape else self.xp.broadcast_to(array, self.x.shape)
        return self.xp.ascontiguousarray(full)

    def _start_round(self, t: int, round_: int) -> None:
        if t == 1:
            self.m = self._first_buffer(round_)
        else:
            before = self._whole(self.seen.r(self.x_prev))
            arrays = Refresh(self.m, self._whole(self.seen.r(self.x)), before, self.x, self.x_prev)
            self.update.refresh(arrays, round_)
        self.x_prev = self.x

    def _first_buffer(self, round_: int) -> Array:
        phase = self.phase
        assert phase.correction is not None
        if phase.first_buffer_exact:
            mean = self.seen.r(self.x)
        else:
            total = self.xp.zeros(self.x.shape, dtype=self.xp.float64)
            diff = self._whole(self.seen.r(self.x))
            for b in range(phase.first_samples):
                self.update.sample(total, diff, self.x, round_, b)
            mean = total / phase.first_samples
        m = phase.correction.refresh(mean, mean, mean, 1.0)
        # A copy, to be overwritten.
        return self.xp.array(self._whole(self.xp.asarray(m, dtype=self.xp.float64)))

    def _local_steps(self, t: int, round_: int) -> None:
        y = self.x.copy()
        for k in range(self.phase.steps.K):
            grad_f = self._whole(self.gradients.f(y))
            same = self.seen.h is self.gradients.f
            grad = grad_f if same else self._whole(self.seen.h(y))
            self.squares.append(self.xp.empty(self.energy.shape, dtype=self.xp.float64))
            squares = Squares(self.energy, self.squares[-1])
            self.update.local(LocalStep(y, grad_f, grad, self.m), squares, round_, k)
        self.iterates += self.phase.steps.K
        self.state = {"x": y}

    def _finish(self, t: int, round_: int) -> None:
        """Methods of this form do nothing at the end of a round."""


class HostUpdate:
    """The compiled passes, replicas split over threads; results do not depend on their number."""

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        threads: int,
        draws: Draws,
        pair: Pair,
        seed: int,
        first: int,
        shape: tuple[int, int],
    ) -> None:
        from auxtheory.kernels.cpu import draw, update

        count, replicas = shape
        tasks = max(1, min(threads, replicas, count * replicas * pair.dim // NUMBERS_PER_TASK))
        self.bounds = [(replicas * i // tasks, replicas * (i + 1) // tasks) for i in range(tasks)]
        self.pool = pool
        self.where = update.Where
        self.first = first
        self.centre = np.array(pair.x_star, dtype=float)
        laws = draws.standard, draws.second
        self.workspaces = [
            update.Workspace(update.buffers(), *(draw.room(law, [key(seed)]) for law in laws))
            for _ in range(tasks)
        ]

    def begin(self, part: Part) -> None:
        from auxtheory.kernels.cpu import update

        rules = part.rules
        self.refresh_pass = update.refresh_pass(rules.refresh, rules.correlate, *part.laws)
        self.sample_pass = update.refresh_pass(add, rules.correlate, *part.laws)
        self.local_pass = update.local_pass(rules.local_step, part.laws[0])
        self.settings = Plan(**part.plan), Levels(*part.levels.values())

    def refresh(self, arrays: Refresh, round_: int) -> None:
        self._refresh(self.refresh_pass, arrays, round_, 0)

    def sample(self, total: Array, diff: Array, x: Array, round_: int, b: int) -> None:
        self._refresh(self.sample_pass, Refresh(total, diff, diff, x, x), round_, b)

    def _refresh(self, over_tiles: Any, arrays: Refresh, round_: int, step: int) -> None:
        flat = _rows(*arrays)

        def task(i: int, where: Any) -> None:
            over_tiles(*self.settings, *flat, self.centre, self.workspaces[i], where)

        self._each(task, round_, step)

    def local(self, arrays: LocalStep, squares: Squares, round_: int, k: int) -> None:
        flat = _rows(*arrays)

        def task(i: int, where: Any) -> None:
            work = self.workspaces[i]
            self.local_pass(
                *self.settings, *flat, *squares, self.centre, work.buffers, work.room, where
            )

        self._each(task, round_, k)

    def _each(self, task: Callable[[int, Any], None], round_: int, step: int) -> None:
        wheres = [self.where(round_, step, self.first, *replicas) for replicas in self.bounds]
        if len(wheres) == 1:
            task(0, wheres[0])
        else:
            list(self.pool.map(task, range(len(wheres)), wheres))


def _rows(*arrays: Array) -> list[Array]:
    """Arrays (C, R, d) as (C, R·d)."""
    return [array.reshape(len(array), -1) for array in arrays]


def run(name: str, task: Task, sampling: Sampling = DEFAULT) -> Trace:
    """Means and standard errors over replicas, sample by sample those of the engine `numpy`;
    sampling.threads: of the passes."""
    reason = refuses(name, task)
    if reason:
        raise RefusedError(reason)
    import numba

    from auxtheory.kernels.jit import config

    pair = task.pair
    draws = task.noise.draws
    plan = parts(task)
    threads = sampling.threads or int(config.NUMBA_NUM_THREADS)
    assert draws is not None
    size = max(REPLICAS_AT_LEAST, numpy_engine.replicas_at_once(task, NUMBERS_AT_ONCE))
    with ThreadPoolExecutor(threads) as pool:

        def chunk(start: int, stop: int) -> Chunk:
            shape = task.count, stop - start
            update = HostUpdate(pool, threads, draws, pair, sampling.seed, start, shape)
            return Chunk(task, sampling, start, stop, np, plan, update)

        return over_chunks(
            name,
            task,
            sampling,
            numpy_engine.simulated(task, sampling, chunk),
            size,
            dtype="float64",
            numba=numba.__version__,
        )
