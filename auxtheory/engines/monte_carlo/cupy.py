"""Engine `cupy`: Monte Carlo on any pair on an NVIDIA GPU, with gradients by CuPy and the rest in
fused passes if possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from auxtheory.engines import foreign
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import clients, dense
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.engines.monte_carlo.compiled import Part
from auxtheory.engines.monte_carlo.statistics import over_chunks, too_long
from auxtheory.engines.task import DEFAULT, Sampling, Task, accepts_old_arguments
from auxtheory.errors import RefusedError
from auxtheory.kernels.arguments import LocalStep, Refresh, Squares
from auxtheory.problems import Pair
from auxtheory.random.philox import key
from auxtheory.typing import Array

name = "cupy"
DTYPES = ("float64",)
OPTIONS = ("replicas", "seed", "first_replica", "keep_paths", "keep_local")
ADVICE = "pip install 'auxtheory[cuda]' on a machine with an NVIDIA GPU"
SHARE = 0.5  # share of the device's free memory that a chunk of replicas may take
# Memory of a step at most, in multiples of the state's size: state, gradients, noise, and
# intermediate arrays.
ARRAYS = 16
# Memory of a pair's arrays on the device, in multiples of their size: the arrays, and those that
# gradients and gaps form.
COPIES = 3


def missing() -> str | None:
    """Why there is no device to run on, with what to install; None if there is one."""
    try:
        import cupy
    except ImportError:
        return f"the package cupy is not installed: {ADVICE}"
    return None if cupy.is_available() else f"no CUDA device was found: {ADVICE}"


@accepts_old_arguments
def refuses(task: Task) -> str | None:
    """Why this case cannot run on a device here, or None."""
    reason = (
        missing()
        or numpy_engine.not_a_text(task)
        or numpy_engine.no_components(task)
        or clients.refuses(name, task)
        or too_long(task.phases, name)
        or foreign.impure(task.pair, task.noise, task.steps)
    )
    if reason:
        return reason
    need: float = fixed_bytes(task.pair) + replica_bytes(task.count, task.pair.dim)
    free = SHARE * free_memory()
    if need <= free:
        return None
    need = need / 2**30
    free = free / 2**30
    return (
        f"one replica needs {need:.3g} GiB, and {name} may take {free:.3g} GiB of the device's "
        "memory"
    )


def fixed_bytes(pair: Pair) -> int:
    """The device memory of a pair's arrays, in bytes, independent of the replicas."""
    return COPIES * sum(
        value.nbytes for value in vars(pair).values() if isinstance(value, np.ndarray)
    )


def replica_bytes(count: int, dim: int) -> int:
    """The device memory of one replica of every configuration, in bytes."""
    return 8 * ARRAYS * count * dim


def free_memory() -> float:
    """Bytes that can be allocated on the device, including memory that CuPy holds unused."""
    import cupy

    return float(cupy.cuda.Device().mem_info[0] + cupy.get_default_memory_pool().free_bytes())


def not_fused(task: Task) -> str | None:
    """Why the update runs as CuPy array code rather than in fused passes, or None."""
    try:
        from auxtheory.kernels.cuda import device
    except ImportError as error:
        return f"Numba cannot be used ({error})"
    return device.missing() or dense.refuses(name, task)


class Update:
    """The passes as kernels on CuPy's arrays, without a copy."""

    def __init__(self, pair: Pair, seed: int, first: int, xp: Any) -> None:
        self.xp = xp
        self.key = key(seed)
        self.first = first
        self.centre = _device(xp.array(pair.x_star, dtype=xp.float64))

    def begin(self, part: Part) -> None:
        from auxtheory.kernels.arguments import Levels, Plan
        from auxtheory.kernels.cuda import update as device_update

        rules = part.rules
        self.refresh_pass = device_update.refresh_pass(rules.refresh, rules.correlate, *part.laws)
        self.sample_pass = device_update.refresh_pass(dense.add, rules.correlate, *part.laws)
        self.local_pass = device_update.local_pass(rules.local_step, part.laws[0])
        levels = Levels(*(_device(self.xp.asarray(level)) for level in part.levels.values()))
        self.settings = Plan(**part.plan), levels

    def refresh(self, arrays: Refresh, round_: int) -> None:
        self._launch(self.refresh_pass, arrays, (), round_, 0)

    def sample(self, total: Array, diff: Array, x: Array, round_: int, b: int) -> None:
        self._launch(self.sample_pass, Refresh(total, diff, diff, x, x), (), round_, b)

    def local(self, arrays: LocalStep, squares: Squares, round_: int, k: int) -> None:
        of_device = Squares(*map(_device, squares))
        self._launch(self.local_pass, arrays, (of_device,), round_, k)

    def _launch(
        self,
        kernel: Any,
        arrays: Refresh | LocalStep,
        squares: tuple[Squares, ...],
        round_: int,
        step: int,
    ) -> None:
        from auxtheory.kernels.cuda.device import uncontracted
        from auxtheory.kernels.cuda.trajectory import grid
        from auxtheory.kernels.cuda.update import Step

        count, replicas, dim = arrays[0].shape
        of_device = type(arrays)(*map(_device, arrays))
        current = Step(self.first, round_, step)
        with uncontracted():
            kernel[grid(count * replicas, dim)](
                *self.settings, of_device, *squares, self.centre, self.key, current
            )


def _device(array: Array) -> Any:
    """A CuPy array as Numba takes it, without synchronising, since both use the default stream in
    order."""
    from auxtheory.kernels.cuda.device import SIMULATED, cuda

    return array if SIMULATED else cuda.as_cuda_array(array, sync=False)


@accepts_old_arguments
def run(task: Task, sampling: Sampling = DEFAULT) -> Trace:
    """Means and standard errors over replicas, sample by sample those of the engine `numpy`.

    Args:
        task: what to run.
        sampling: replicas, seed, first_replica, keep_paths and keep_local are read.

    Returns:
        The `Trace`.

    Raises:
        RefusedError: with the reason why the task cannot run on a device here.
    """
    reason = refuses(task)
    if reason:
        raise RefusedError(reason)
    import cupy

    why = not_fused(task)
    room = SHARE * free_memory() - fixed_bytes(task.pair)
    size = int(max(1, room // replica_bytes(task.count, task.pair.dim)))
    with cupy.cuda.Stream.null:
        return over_chunks(
            name,
            task,
            sampling,
            numpy_engine.simulated(task, sampling, chunks(task, sampling, cupy, why is None)),
            size,
            library="cupy",
            cupy=cupy.__version__,
            update=why or "fused",
        )


def chunks(
    task: Task, sampling: Sampling, xp: Any, fused: bool
) -> Callable[[int, int], numpy_engine.Chunk]:
    """The function that makes a chunk of replicas [start, stop), with fused passes or with array
    code only."""
    parts = dense.parts(task) if fused else []

    def chunk(start: int, stop: int) -> numpy_engine.Chunk:
        if task.has_clients:
            return clients.ClientChunk(task, sampling, start, stop, xp)
        if not fused:
            return numpy_engine.Chunk(task, sampling, start, stop, xp)
        update = Update(task.pair, sampling.seed, start, xp)
        return dense.Chunk(task, sampling, start, stop, xp, parts, update)

    return chunk
