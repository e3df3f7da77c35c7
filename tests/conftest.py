"""How many examples Hypothesis draws: HYPOTHESIS_PROFILE = dev, ci or nightly (default ci where CI is set, else dev).

Without a CUDA device kernels run in Numba's simulator, which must be chosen before Numba is imported.
pyproject.toml makes warnings errors.
"""

from __future__ import annotations

import ctypes
import os

from hypothesis import settings

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, database=None, print_blob=True)
settings.register_profile("nightly", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def has_device() -> bool:
    """Whether NVIDIA's driver counts a device."""
    try:
        driver, count = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(0)
    except OSError:
        return False
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


if not has_device():
    os.environ["NUMBA_ENABLE_CUDASIM"] = "1"
