"""Engine `cuda`: Monte Carlo on a separable pair, whole trajectories in one launch on an NVIDIA
GPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import compiled
from auxtheory.engines.monte_carlo.compiled import Part
from auxtheory.engines.monte_carlo.statistics import ENERGY, SPREAD, iterates, over_chunks
from auxtheory.engines.task import DEFAULT, Sampling, Task, accepts_old_arguments
from auxtheory.errors import RefusedError
from auxtheory.problems import Pair
from auxtheory.random.philox import key
from auxtheory.typing import FloatArray

name = "cuda"
DTYPES = ("float64",)
OPTIONS = ("replicas", "seed", "first_replica")
SHARE = 0.5  # share of the device's free memory that a chunk of replicas may take


def missing() -> str | None:
    """Why there is no device to run on, with what to install; None if there is one."""
    from auxtheory.kernels.cuda import device

    return device.missing()


def simulated() -> bool:
    """Whether kernels run in Numba's simulator."""
    from auxtheory.kernels.cuda import device

    return device.SIMULATED


@accepts_old_arguments
def refuses(task: Task) -> str | None:
    """Why this case cannot run on a device here, or None."""
    reason = (
        missing()
        or compiled.refuses(name, task)
        or compiled.not_correction(name, task)
        or compiled.unusable(name, compiled.rules(task.phases))
    )
    if reason:
        return reason
    from auxtheory.kernels.cuda.device import free_memory

    need = bytes_of(task.count, task.pair.dim, 1)
    free = free_memory()
    if need > free:
        return (
            f"one replica needs {need / 2**30:.3g} GiB, and the device has {free / 2**30:.3g} "
            "GiB free"
        )
    return None


def bytes_of(count: int, dim: int, replicas: int, records: int = 1) -> int:
    """The device memory of a chunk of replicas, in bytes: x, parameters, measures."""
    return 8 * (count * dim * (replicas + 3) + dim + count * (9 + replicas * (4 * records + 2)))


@accepts_old_arguments
def run(task: Task, sampling: Sampling = DEFAULT) -> Trace:
    """Means and standard errors over replicas, sample by sample those of the engine `numpy`.

    Args:
        task: what to run.
        sampling: replicas, seed and first_replica are read.

    Returns:
        The `Trace`.

    Raises:
        RefusedError: with the reason why the task cannot run on a device here.
        InputError: where paths or local steps are to be kept, which this engine does not do.
    """
    sampling.check_engine(name, OPTIONS)
    reason = refuses(task)
    if reason:
        raise RefusedError(reason)
    from auxtheory.kernels.cuda.device import SIMULATED, free_memory
    from auxtheory.kernels.jit import version

    pair = task.pair
    rounds = task.rounds
    one = bytes_of(task.count, pair.dim, 1, len(rounds))
    size = int(min(sampling.replicas, max(1, SHARE * free_memory() // one)))
    parts = list(compiled.parts(task, rounds))

    def simulate(start: int, stop: int) -> tuple[FloatArray, None]:
        values = chunk(
            parts, pair, key(sampling.seed), start, stop - start, task.count, len(rounds)
        )
        values[ENERGY] /= iterates(task)[:, None, None]
        return values, None

    where = "simulator" if SIMULATED else "GPU"
    return over_chunks(name, task, sampling, simulate, size, numba=version, device=where)


def chunk(
    parts: list[Part], pair: Pair, key: Any, first: int, replicas: int, count: int, records: int
) -> FloatArray:
    """The measures of some replicas, shape (4, records, C, replicas)."""
    from auxtheory.kernels.arguments import Due, Levels, PairArrays, Plan, State
    from auxtheory.kernels.cuda.device import cuda, uncontracted
    from auxtheory.kernels.cuda.trajectory import grid, trajectory

    assert pair.separable is not None
    shape = count, replicas, pair.dim
    x = np.ascontiguousarray(np.broadcast_to(pair.x0[:, None, :], shape))
    state = State(
        *(cuda.to_device(array) for array in (x, np.zeros(shape[:2]), np.zeros(shape[:2])))
    )
    parameters = np.stack(
        [np.broadcast_to(v, (count, pair.dim)) for v in pair.separable.parameters]
    )
    sums = cuda.to_device(np.zeros((4, records, *shape[:2])))
    arrays = PairArrays(cuda.to_device(parameters), cuda.to_device(np.array(pair.x_star)))
    values = np.zeros((4, records, *shape[:2]))
    for part in parts:
        values[ENERGY, part.records] = state.energy.copy_to_host()
        values[SPREAD, part.records] = state.spread.copy_to_host()
        levels = Levels(*(cuda.to_device(v) for v in part.levels.values()))
        due = Due(cuda.to_device(part.rounds), part.records.start, sums)
        with uncontracted():
            trajectory(part.rules, *part.laws)[grid(count * replicas, pair.dim)](
                Plan(**part.plan), levels, state, due, arrays, key, first
            )
    return values + sums.copy_to_host()
