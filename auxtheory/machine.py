"""The machine that numbers are measured on: processor, cores, GPU, and versions."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "jax", "jaxlib", "torch", "cupy")
PEAK = "AUXTHEORY_PEAK"
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


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
        "fma": "fma" in flags,
        "avx512 parts": " ".join(sorted(_part(f) for f in flags if f.startswith("avx512"))),
        **_topology(),
        "gpu": _gpu(),
        "system": platform.system(),
        "python": platform.python_version(),
        "auxtheory": __version__,
        **{name: installed for name in PACKAGES if (installed := _version(name))},
        "blas": _blas(),
    }


def cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def peak_megabytes() -> float:
    """The peak memory of this process in MB; NaN if the system does not report it."""
    return _of_this_process("VmHWM")


def memory_megabytes() -> float:
    """The memory of this process in MB; NaN if the system does not report it."""
    return _of_this_process("VmRSS")


def restart_peak() -> None:
    """Let the peak memory of this process begin at its present memory, if the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _of_this_process(name: str) -> float:
    lines = _read(Path("/proc/self/status")).splitlines()
    values = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return float(values[0]) * 1024 / 1e6 if values else float("nan")


def write_peak() -> None:
    """Write the peak memory into the file that the variable AUXTHEORY_PEAK names, if it is set."""
    if os.environ.get(PEAK):
        Path(os.environ[PEAK]).write_text(str(peak_megabytes()), encoding="utf-8")


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


def _part(flag: str) -> str:
    """The part of AVX-512 that a flag names."""
    return flag.removeprefix("avx512").removeprefix("_")


def _topology() -> dict[str, Any]:
    """Hardware threads a core, caches of the first core, and the governor of its frequency, as far
    as Linux reports them."""
    cpu = Path(f"/sys/devices/system/cpu/cpu{cores()[0]}")
    facts: dict[str, Any] = {}
    siblings = _read(cpu / "topology/thread_siblings_list")
    if siblings:
        facts["threads a core"] = sum(_length(part) for part in siblings.split(","))
    caches = [
        f"L{_read(each / 'level')}{letter} {_read(each / 'size')}"
        for each in sorted(cpu.glob("cache/index*"))
        if (letter := {"Data": "d", "Instruction": "i", "Unified": ""}.get(_read(each / "type")))
        is not None
    ]
    if caches:
        facts["caches"] = " ".join(caches)
    governor = _read(cpu / "cpufreq/scaling_governor")
    return facts | ({"governor": governor} if governor else {})


def _length(part: str) -> int:
    """The number of integers in a text such as "3" or "0-3"."""
    first, _, last = part.partition("-")
    return int(last or first) - int(first) + 1


def _read(path: Path) -> str:
    """The text of a file of the system; empty if there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _blas() -> str:
    """The library of linear algebra that NumPy calls, and its number of threads."""
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    library = config.get("Build Dependencies", {}).get("blas", {})
    named = [name for name in BLAS_THREADS if os.environ.get(name)]
    threads = f"{named[0]}={os.environ[named[0]]}" if named else "a thread for each core"
    return f"{library.get('name', 'unknown')} {library.get('version', '')} ({threads})"


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
