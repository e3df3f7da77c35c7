"""Engine `cuda`: Monte Carlo on a separable pair, whole trajectories in one launch on an NVIDIA
GPU."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import compiled, generated
from auxtheory.engines.monte_carlo.device_source import COORDINATES, source
from auxtheory.engines.monte_carlo.generated import GeneratedPhase, Target
from auxtheory.engines.monte_carlo.layout import Layout
from auxtheory.engines.monte_carlo.statistics import ENERGY, SPREAD, iterates, over_chunks
from auxtheory.engines.reach import ours
from auxtheory.engines.task import DEFAULT, Sampling, Task, accepts_old_arguments
from auxtheory.errors import RefusedError
from auxtheory.methods.generate import compiled_source
from auxtheory.typing import FloatArray

name = "cuda"
DTYPES = ("float64",)
OPTIONS = ("replicas", "seed", "first_replica")
ARGUMENTS = 4  # of a gradient of one coordinate, and of a law that correlates two samples
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
    reason = missing() or compiled.refuses(name, task) or generated.refuses(name, task)
    reason = reason or _not_for_a_device(task)
    if reason:
        return reason
    from auxtheory.kernels.cuda.device import free_memory

    need = bytes_of(task, 1)
    free = free_memory()
    if need > free:
        return (
            f"one replica needs {need / 2**30:.3g} GiB, and the device has {free / 2**30:.3g} "
            "GiB free"
        )
    return None


def _not_for_a_device(task: Task) -> str | None:
    """Why a device's compiler does not take a user's gradient or law, or None."""
    from auxtheory.kernels.cuda.device import complaint

    for phase in task.phases:
        functions, _ = generated.functions_of(task, phase.method.helper)
        for function in functions:
            reason = None if ours(function) else complaint(function, ARGUMENTS)
            if reason:
                return f"{name} cannot use {function.__name__!r}: {reason}"
    return None


def bytes_of(task: Task, replicas: int) -> int:
    """The device memory of a chunk of replicas, in bytes: x, parameters and constants, measures."""
    measures = 4 + len(task.extra)
    each = task.pair.dim + measures * (len(task.rounds) + 1)
    return 8 * (task.count * (replicas * each + 3 * task.pair.dim) + task.pair.dim)


def loop(layout: Layout, functions: tuple[Any, ...], laws: tuple[str, str]) -> Any:
    """The kernel of a phase."""
    return _kernel(source(layout), functions, laws, layout.rows, layout.sample_rows)


@cache
def _kernel(
    text: str, functions: tuple[Any, ...], laws: tuple[str, str], rows: int, samples: int
) -> Any:
    from auxtheory.kernels.cuda.device import known
    from auxtheory.kernels.cuda.draw import DRAW
    from auxtheory.kernels.cuda.trajectory import Hooks, trajectory

    for function in functions:
        known(function)
    make = compiled_source("make", text)
    hooks = Hooks(*make(known, *functions, *(DRAW[law] for law in laws)))
    return trajectory(hooks, rows, samples)


DEVICE = Target("float64", COORDINATES, loop)


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

    rounds = task.rounds
    size = int(min(sampling.replicas, max(1, SHARE * free_memory() // bytes_of(task, 1))))
    phases = generated.phases_for(DEVICE, task, rounds, sampling.seed)
    shares = generated.shares(task, rounds)

    def simulate(start: int, stop: int) -> tuple[FloatArray, None]:
        values = chunk(task, phases, start, stop - start)
        with np.errstate(all="ignore"):
            values[ENERGY] /= iterates(task)[:, None, None]
            values[4:] /= shares[:, :, None, None]
        return values, None

    where = "simulator" if SIMULATED else "GPU"
    return over_chunks(name, task, sampling, simulate, size, numba=version, device=where)


def chunk(task: Task, phases: list[GeneratedPhase], first: int, replicas: int) -> FloatArray:
    """The measures of some replicas, shape (measures, records, C, replicas)."""
    from auxtheory.kernels.cpu.trajectory import PairArrays, Plan, State
    from auxtheory.kernels.cuda.device import uncontracted
    from auxtheory.kernels.cuda.trajectory import Due, Keys, grid

    pair = task.pair
    assert pair.separable is not None
    shape = task.count, replicas, pair.dim
    records = 4 + len(task.extra), len(task.rounds), *shape[:2]
    summed = sum(measure.over != "last" for measure in task.extra)
    x = _device(np.broadcast_to(pair.x0[:, None, :], shape))
    state = State(x, x, _device(np.zeros((2 + summed, *shape[:2]))))
    parameters = _device(
        np.stack([np.broadcast_to(v, (task.count, pair.dim)) for v in pair.separable.parameters])
    )
    centre = _device(pair.x_star)
    sums = _device(np.zeros(records))
    values = np.zeros(records)
    for phase in phases:
        along = np.array([ENERGY, SPREAD, *(4 + np.flatnonzero(phase.further >= 0))])
        values[along, phase.records] = state.totals.copy_to_host()[:, None]
        with uncontracted():
            phase.loop[grid(task.count * replicas, pair.dim)](
                Plan(**phase.plan),
                _on_device(phase.numbers),
                Keys(*(_device(np.reshape(keys, (-1, 2)), np.uint64) for keys in phase.keys)),
                state,
                Due(_device(phase.rounds), phase.records.start, sums, _device(along)),
                PairArrays(parameters, centre, _device(phase.constants)),
                first,
            )
    return values + sums.copy_to_host()


def _device(array: Any, dtype: Any = None) -> Any:
    """A copy of an array on the device; an axis without entries becomes one of zeros, since a
    device has no empty arrays."""
    from auxtheory.kernels.cuda.device import cuda

    array = np.array(array, dtype=dtype)
    if not array.size:
        array = np.zeros([max(1, n) for n in array.shape], dtype=array.dtype)
    return cuda.to_device(array)


def _on_device(values: Any) -> Any:
    """A named tuple of arrays and of such tuples, with its arrays on the device."""
    if isinstance(values, tuple):
        return type(values)(*map(_on_device, values))
    return _device(values)
