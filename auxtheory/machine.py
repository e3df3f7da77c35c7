"""The machine that numbers are measured on: processor, cores, GPU, and versions."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "scipy", "numba", "jax", "jaxlib", "torch", "cupy")


def machine() -> dict[str, Any]:
    """The machine on which numbers are measured, and the versions of packages.

    There is no date, so that the same machine gives the same text.

    Returns:
        The facts by name.

    Example:
        >>> from auxtheory.bench import machine
        >>> machine()["cores"] >= 1
        True
    """
    from auxtheory.version import __version__

    model, flags = _processor()
    return {
        "processor": model,
        "architecture": platform.machine(),
        "cores": len(cores()),
        "avx2": "avx2" in flags,
        "avx512": "avx512f" in flags,
        "gpu": _gpu(),
        "system": platform.system(),
        "python": platform.python_version(),
        "auxtheory": __version__,
        **{name: installed for name in PACKAGES if (installed := _version(name))},
    }


def cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _processor() -> tuple[str, set[str]]:
    """The model's name and its flags, as Linux reports them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown", set()
    facts = {
        key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)
    }
    return facts.get("model name", platform.processor() or "unknown"), set(
        facts.get("flags", "").split()
    )


def _gpu() -> str:
    if not shutil.which("nvidia-smi"):
        return "none"
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True)
    return "; ".join(done.stdout.split("\n")).strip("; ") if done.returncode == 0 else "none"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
