"""Environments in which libraries use fewer instructions than the processor has, so that a machine
measures as an older one would.

A library reads its variable when it is imported, so that these reach new processes alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

FEATURES = ("all", "avx2")
# A processor that LLVM and OpenBLAS tune for: the first with AVX2.
NAME = "haswell"
# The groups of LLVM's features that such a processor lacks.
LATER = ("avx512", "amx", "avx10", "evex512")


def restricted(features: str) -> dict[str, str]:
    """The variables that restrict libraries to these features.

    NumPy, Numba, JAX, PyTorch and the libraries of linear algebra have one each.

    Args:
        features: "all", or "avx2" for the instructions of a processor without AVX-512.

    Returns:
        The values by name.

    Example:
        >>> from auxtheory.bench.features import restricted
        >>> restricted("all")
        {}
        >>> restricted("avx2")["OPENBLAS_CORETYPE"]
        'Haswell'
    """
    if features == "all":
        return {}
    xla = os.environ.get("XLA_FLAGS", "")
    return {
        **_numpy(),
        **_numba(),
        "XLA_FLAGS": f"{xla} --xla_cpu_max_isa=AVX2".strip(),
        "OPENBLAS_CORETYPE": "Haswell",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
    }


def _numpy() -> dict[str, str]:
    """NumPy warns of names that the processor or its build lacks, so these are those it uses."""
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    used = config.get("SIMD Extensions", {}).get("found", [])
    later = [name for name in used if name.startswith(("AVX512", "X86_V4"))]
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(later)} if later else {}


def _numba() -> dict[str, str]:
    """Numba takes the features of the host unless it is given all of them."""
    from importlib.util import find_spec

    if not find_spec("llvmlite"):
        return {}
    from llvmlite import binding

    return {"NUMBA_CPU_NAME": NAME, "NUMBA_CPU_FEATURES": ",".join(_signs(binding))}


def _signs(binding: Any) -> Iterator[str]:
    for name, present in sorted(binding.get_host_cpu_features().items()):
        yield f"{'+' if present and not name.startswith(LATER) else '-'}{name}"
