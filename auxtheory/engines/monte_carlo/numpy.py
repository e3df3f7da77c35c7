"""Engine `numpy`: Monte Carlo on any pair, written against the array-API namespace; statistics are
streamed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from auxtheory.engines import foreign
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import clients, estimate, rao_blackwell
from auxtheory.engines.monte_carlo.chunk import NUMBERS_AT_ONCE as NUMBERS_AT_ONCE
from auxtheory.engines.monte_carlo.chunk import Chunk as Chunk
from auxtheory.engines.monte_carlo.client_sets import replicas_at_once as with_room_for_clients
from auxtheory.engines.monte_carlo.statistics import Simulate, over_chunks, too_long, without_G
from auxtheory.engines.monte_carlo.watch import Watch
from auxtheory.engines.task import DEFAULT, Sampling, Task, accepts_old_arguments
from auxtheory.errors import RefusedError
from auxtheory.typing import FloatArray

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
# Numbers in one array of a gradient, where that has more entries than x, and in the gathered
# features of batches: 1 MB and 8 MB.
GRADIENTS_AT_ONCE = 2**17
BATCHES_AT_ONCE = 2**20


@accepts_old_arguments
def refuses(task: Task) -> str | None:
    """Why this case cannot be simulated, or None."""
    return (
        not_a_text(task)
        or no_components(task)
        or clients.refuses(name, task)
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

    watches: list[Watch] = []

    def chunk(start: int, stop: int) -> Chunk:
        kind = clients.ClientChunk if task.has_clients else Chunk
        made = kind(task, sampling, start, stop, xp, follow_G=follow_G, collapsed=collapsed)
        watches.append(made.watch)
        return made

    size = replicas_at_once(task, NUMBERS_AT_ONCE)
    source |= {"library": xp.__name__, **estimate.source(sampling)}
    result = over_chunks(name, task, sampling, simulated(task, sampling, chunk), size, **source)
    if task.region is not None:
        result = replace(result, farthest=np.concatenate([w.farthest for w in watches], axis=1))
    return result if follow_G else without_G(result)


def replicas_at_once(task: Task, numbers: int) -> int:
    """The number of replicas of all configurations whose x has at most `numbers` entries, and for
    whose gradients, batches and clients there is room; at least one."""
    sizes = [
        (numbers, task.count * task.pair.dim),
        (GRADIENTS_AT_ONCE, task.count * getattr(task.pair, "numbers_at_once", 1)),
        (BATCHES_AT_ONCE, getattr(task.noise, "numbers_at_once", 1)),
    ]
    most = max(1, min(room // each for room, each in sizes))
    return min(most, with_room_for_clients(task)) if task.has_clients else most


def simulated(task: Task, sampling: Sampling, chunk: Callable[[int, int], Chunk]) -> Simulate:
    """The function that simulates replicas from start to stop, with a chunk of them."""
    keep_local = task.longest if sampling.keep_local else 0

    def simulate(start: int, stop: int) -> tuple[FloatArray, Any]:
        with np.errstate(all="ignore"):
            replicas = chunk(start, stop)
            replicas.run(task.phases, task.rounds, sampling.keep_paths, keep_local)
        return np.moveaxis(np.array(replicas.rows), 0, 1), np.array(replicas.paths)

    return simulate
