"""Engine `cupy`: Monte Carlo on any pair on an NVIDIA GPU; gradients by CuPy, the rest in fused
passes if it can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from auxtheory.constants import Steps
from auxtheory.engines import foreign, matmul, monte_carlo
from auxtheory.engines.base import AnyMethod, Trace, configurations
from auxtheory.engines.fused import Part
from auxtheory.engines.rules import impure
from auxtheory.engines.sampling import too_long
from auxtheory.errors import RefusedError
from auxtheory.noise import Array, Noise
from auxtheory.philox import key
from auxtheory.problems import Pair

name = "cupy"
DTYPES = ("float64",)
ADVICE = "pip install 'auxtheory[cuda]' on a machine with an NVIDIA GPU"
SHARE = 0.5  # of the device's free memory that a chunk of replicas may take
# Of the state's size, at most, that a step holds at once: state, gradients, noise, and on the way
# to them.
ARRAYS = 16
# Of a pair's own arrays on the device: themselves, and what gradients and gaps form of them.
COPIES = 3


def missing() -> str | None:
    """Why there is no device to run on, with what to install; None if there is one."""
    try:
        import cupy
    except ImportError:
        return f"the package cupy is not installed: {ADVICE}"
    return None if cupy.is_available() else f"no CUDA device was found: {ADVICE}"


def refuses(method: AnyMethod, pair: Pair, noise: Noise, steps: Steps) -> str | None:
    """Why this case cannot run on a device here, or None."""
    reason = (
        missing()
        or impure(method)
        or too_long(method.phases(steps), name)
        or foreign.impure(pair, noise, steps)
    )
    if reason:
        return reason
    need: float = fixed_bytes(pair) + replica_bytes(configurations(pair, noise, steps), pair.dim)
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
    """What a pair's arrays take of the device's memory, whatever the replicas."""
    return COPIES * sum(
        value.nbytes for value in vars(pair).values() if isinstance(value, np.ndarray)
    )


def replica_bytes(count: int, dim: int) -> int:
    """What one replica of every configuration takes."""
    return 8 * ARRAYS * count * dim


def free_memory() -> float:
    """Bytes that can be allocated on the device, those that CuPy holds unused among them."""
    import cupy

    return float(cupy.cuda.Device().mem_info[0] + cupy.get_default_memory_pool().free_bytes())


def not_fused(method: AnyMethod, noise: Noise, steps: Steps) -> str | None:
    """Why the update runs as CuPy array code rather than in fused passes, or None."""
    try:
        from auxtheory.kernels import device
    except ImportError as error:
        return f"Numba cannot be used ({error})"
    return device.missing() or matmul.refuses(name, method, noise, steps)


class Update:
    """The passes as kernels on CuPy's arrays, without a copy."""

    def __init__(self, pair: Pair, seed: int, first: int, xp: Any) -> None:
        self.xp = xp
        self.key = key(seed)
        self.first = first
        self.centre = _device(xp.array(pair.x_star, dtype=xp.float64))

    def begin(self, part: Part) -> None:
        from auxtheory.kernels import device_update, tile

        refresh, local_step, *_, correlate, standard, second = part.functions
        self.refresh_pass = device_update.refresh_pass(refresh, correlate, standard, second)
        self.sample_pass = device_update.refresh_pass(matmul.add, correlate, standard, second)
        self.local_pass = device_update.local_pass(local_step, standard)
        levels = tile.Levels(*(_device(self.xp.asarray(level)) for level in part.levels.values()))
        self.settings = tile.Plan(**part.plan), levels

    def refresh(
        self, m: Array, diff: Array, diff_prev: Array, x: Array, x_prev: Array, round_: int
    ) -> None:
        self._launch(self.refresh_pass, (m, diff, diff_prev, x, x_prev), (), round_, 0)

    def sample(self, total: Array, diff: Array, x: Array, round_: int, b: int) -> None:
        self._launch(self.sample_pass, (total, diff, diff, x, x), (), round_, b)

    def local(
        self,
        y: Array,
        grad_f: Array,
        grad: Array,
        m: Array,
        energy: Array,
        square: Array,
        round_: int,
        k: int,
    ) -> None:
        self._launch(self.local_pass, (y, grad_f, grad, m), (energy, square), round_, k)

    def _launch(
        self, kernel: Any, state: tuple[Array, ...], sums: tuple[Array, ...], round_: int, step: int
    ) -> None:
        from auxtheory.kernels.device import uncontracted
        from auxtheory.kernels.device_trajectory import grid

        count, replicas, dim = state[0].shape
        arrays = *map(_device, state), self.centre, *map(_device, sums)
        with uncontracted():
            kernel[grid(count * replicas, dim)](
                *self.settings, *arrays, self.key, self.first, round_, step
            )


def _device(array: Array) -> Any:
    """CuPy's array as Numba takes it, with no wait: both work on the default stream, one after the
    other."""
    from auxtheory.kernels.device import SIMULATED, cuda

    return array if SIMULATED else cuda.as_cuda_array(array, sync=False)


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
) -> Trace:
    """Means and standard errors over replicas, sample by sample those of the engine `numpy`."""
    reason = refuses(method, pair, noise, steps)
    if reason:
        raise RefusedError(reason)
    import cupy

    why = not_fused(method, noise, steps)
    count = configurations(pair, noise, steps)
    room = SHARE * free_memory() - fixed_bytes(pair)
    numbers = int(max(1, room // replica_bytes(count, pair.dim))) * count * pair.dim
    with cupy.cuda.Stream.null:
        return monte_carlo.over_chunks(
            name,
            method,
            pair,
            noise,
            steps,
            chunks(method, pair, noise, steps, seed, cupy, why is None),
            numbers,
            record=record,
            replicas=replicas,
            seed=seed,
            first_replica=first_replica,
            keep_paths=keep_paths,
            keep_local=keep_local,
            library="cupy",
            cupy=cupy.__version__,
            update=why or "fused",
        )


def chunks(
    method: AnyMethod, pair: Pair, noise: Noise, steps: Steps, seed: int, xp: Any, fused: bool
) -> Callable[[int, int, int], monte_carlo.Chunk]:
    """What makes a chunk of replicas [start, stop): with fused passes, or of array code alone."""
    parts = matmul.parts(method, pair, noise, steps) if fused else []

    def chunk(start: int, stop: int, count: int) -> monte_carlo.Chunk:
        if not fused:
            return monte_carlo.Chunk(pair, noise, int(seed), start, stop, count, xp)
        update = Update(pair, int(seed), start, xp)
        return matmul.Chunk(pair, noise, int(seed), start, stop, count, xp, parts, update)

    return chunk
