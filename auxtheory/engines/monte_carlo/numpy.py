"""Engine `numpy`: Monte Carlo on any pair, written against the array-API namespace; statistics are
streamed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from auxtheory.engines import foreign
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import estimate, rao_blackwell
from auxtheory.engines.monte_carlo.interpreter import Interpreter
from auxtheory.engines.monte_carlo.measured import Sums
from auxtheory.engines.monte_carlo.rao_blackwell import Collapsed
from auxtheory.engines.monte_carlo.statistics import Simulate, over_chunks, too_long, without_G
from auxtheory.engines.task import DEFAULT, Sampling, Task, accepts_old_arguments
from auxtheory.errors import RefusedError
from auxtheory.measures import gap_last, grad_last
from auxtheory.methods import Phase
from auxtheory.random.counter import Index
from auxtheory.typing import Array, FloatArray

name = "numpy"
DTYPES = ("float64",)
OPTIONS = (
    "replicas",
    "seed",
    "first_replica",
    "keep_paths",
    "keep_local",
    "follow_G",
    "G_rows",
    "G_every",
    "rao_blackwell",
)
NUMBERS_AT_ONCE = 16384  # numbers in one array of the state, so that a step's arrays stay in cache


@accepts_old_arguments
def refuses(task: Task) -> str | None:
    """Why this case cannot be simulated, or None."""
    return (
        not_a_text(task)
        or no_components(task)
        or too_long(task.phases, name)
        or foreign.impure(task.pair, task.noise, task.steps)
    )


def refuses_collapsed(task: Task) -> str | None:
    """Why this case cannot be simulated with collapsed local steps, or None."""
    return refuses(task) or rao_blackwell.refuses(name, task)


def not_a_text(task: Task) -> str | None:
    """Why a method without a text cannot run on arrays of replicas, or None."""
    for phase in task.phases:
        if phase.method.implementation is not None:
            return f"{phase.method.name} is an implementation, which the engine python runs"
    return None


def no_components(task: Task) -> str | None:
    """Why a method that needs the components of f cannot run on a pair, or None."""
    needs = [phase.method for phase in task.phases if phase.method.program.components]
    components = getattr(task.pair, "components", None)
    if not needs:
        return None
    if components is None:
        kind = type(task.pair).__name__
        return (
            f"{needs[0].name} needs f as a sum of components, and this {kind} has none: make the "
            "pair by with_components(N=…)"
        )
    for method in needs:
        for choice in method.program.choices:
            most = choice.size if choice.kind == "subset" else None
            if most is not None and most > components.N:
                return f"{method.name} takes {most} of {components.N} components"
            if choice.kind == "pick" and choice.size not in (None, components.N):
                return f"{method.name} picks one of {choice.size} components of {components.N}"
    return None


@accepts_old_arguments
def run(task: Task, sampling: Sampling = DEFAULT, *, xp: Any = np) -> Trace:
    """Means and standard errors over replicas first_replica, first_replica + 1, …; configurations
    share samples.

    Args:
        task: what to run.
        sampling: replicas, seed, first_replica, keep_paths, keep_local, follow_G, G_rows, G_every
            and rao_blackwell are read.
        xp: the array-API namespace in which the replicas are simulated.

    Returns:
        The `Trace`; its G is not a number where ∇f at local steps was not computed.

    Raises:
        InputError: if G_rows or G_every is set and the noise is not minibatches.
        RefusedError: with the reason why the task cannot be simulated.
    """
    estimate.check(name, OPTIONS, task, sampling)
    reason = refuses_collapsed(task) if sampling.rao_blackwell else refuses(task)
    if reason:
        raise RefusedError(reason)
    follow_G = sampling.follow_G or sampling.keep_local
    collapsed = rao_blackwell.collapsed(task) if sampling.rao_blackwell else None
    source: dict[str, Any] = {"local_steps": rao_blackwell.STATED} if sampling.rao_blackwell else {}

    def chunk(start: int, stop: int) -> Chunk:
        return Chunk(task, sampling, start, stop, xp, follow_G=follow_G, collapsed=collapsed)

    size = replicas_at_once(task, NUMBERS_AT_ONCE)
    source |= {"library": xp.__name__, **estimate.source(sampling)}
    result = over_chunks(name, task, sampling, simulated(task, sampling, chunk), size, **source)
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
