"""The CUDA device, or its simulator (NUMBA_ENABLE_CUDASIM=1): the only file that imports
numba.cuda."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any

import numba
import numpy as np

from auxtheory.kernels.cuda import draw, functions, tile  # noqa: F401  register functions
from auxtheory.kernels.jit import KNOWN, config, in_one_line

if not hasattr(np, "row_stack"):  # numba-cuda asks NumPy ≥ 2.5 for a name it no longer has
    np.row_stack = np.vstack
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of NumPy ≥ 2.5, on importing numba-cuda
    import numba.cuda

cuda: Any = numba.cuda
SIMULATED = bool(config.ENABLE_CUDASIM)
# Whether the target is numba-cuda rather than Numba's built-in one, which is no longer maintained.
NVIDIA = getattr(cuda, "implementation", "Built-in") == "NVIDIA"
ADVICE = "pip install 'auxtheory[cuda]' on a machine with an NVIDIA GPU"
CAPABILITY = 9, 0  # of the device for which functions are compiled on trial
_compiling = Lock()


@cache
def known(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a function so that kernels can call it, and return it."""
    if not SIMULATED and NVIDIA:
        import_module("numba.cuda.extending").register_jitable(function)
    return function


def missing() -> str | None:
    """Why nothing can run on a device, with what to install; None if something can."""
    if SIMULATED:
        return None
    if not NVIDIA:
        return f"the package numba-cuda is not installed: {ADVICE}"
    return None if cuda.is_available() else f"no CUDA device was found: {ADVICE}"


@cache
def complaint(function: Callable[..., Any], arguments: int) -> str | None:
    """Why a device's compiler does not take a function of float64 arguments, in one line; None if
    it does. The simulator takes all."""
    if SIMULATED:
        return None
    try:
        types = (numba.float64,) * arguments
        cuda.compile_ptx(known(function), types, device=True, cc=CAPABILITY)
    except KeyError as error:
        name = getattr(error.args[0], "__name__", error.args[0])
        return f"a GPU's compiler does not take it (it has no np.{name})"
    except Exception as error:  # whatever a compiler raises is the reason
        return f"a GPU's compiler does not take it {in_one_line(error)}"
    return None


@contextmanager
def uncontracted() -> Iterator[None]:
    """Compile without fusing products and sums, so that every device rounds as a CPU does."""
    if SIMULATED:
        yield
        return
    nvvm: Any = import_module("numba.cuda.cudadrv.nvvm")
    with _compiling:
        usual = nvvm.compile_ir
        nvvm.compile_ir = lambda llvmir, **options: usual(llvmir, **{**options, "fma": False})
        try:
            yield
        finally:
            nvvm.compile_ir = usual


def free_memory() -> float:
    """Bytes that can be allocated on the device; without limit in the simulator."""
    return float(cuda.current_context().get_memory_info()[0])


for _function in KNOWN:
    known(_function)
