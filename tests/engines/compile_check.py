"""Compile the CUDA kernels for sm_90 without a GPU; prints, as JSON, what ptxas says of each.

Run in a process of its own without the simulator: PYTHONPATH=.:tests python tests/engines/compile_check.py
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import compile_trajectory
import compile_update
import numba
import numpy as np
from cpu_cases import LAWS

from auxtheory import methods
from auxtheory.kernels.cuda.device import complaint, cuda, uncontracted

numba.cuda.dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=(9, 0))


def halved(z: Any, p: Any, q: Any, s: Any) -> Any:
    """A user's gradient that a GPU's compiler takes."""
    return p * z / 2.0


def rooted(z: Any, p: Any, q: Any, s: Any) -> Any:
    """A user's gradient that it does not take, although that for CPUs does."""
    return p * z + np.sqrt(q * q)


def report(ptx: str) -> dict[str, int]:
    """Registers, spills and fused products of a kernel's machine code."""
    ptxas = Path(find_spec("nvidia").submodule_search_locations[0], "cu13", "bin", "ptxas")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "kernel.ptx")
        source.write_text(ptx)
        command = [
            str(ptxas),
            "-arch=sm_90",
            "-v",
            str(source),
            "-o",
            str(Path(folder, "kernel.cubin")),
        ]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    numbers = {
        name: max(int(n) for n in re.findall(pattern, text))
        for name, pattern in (
            ("registers", r"Used (\d+) registers"),
            ("spills", r"(\d+) bytes spill"),
            ("stack", r"(\d+) bytes stack frame"),
        )
    }
    return numbers | {"fused": len(re.findall(r"\bfma\.", ptx))}


def main() -> None:
    found = {}
    kernels = {
        f"trajectory {name}": (kernel, compile_trajectory.SIGNATURE)
        for name, kernel in compile_trajectory.kernels()
    }
    for law, noise in LAWS.items():
        kernels[f"refresh {law}"] = compile_update.refresh_pass(methods.AuxMVR, noise().draws)
        kernels[f"local {law}"] = compile_update.local_pass(methods.AuxMVR, noise().draws)
    for name, (kernel, signature) in kernels.items():
        with uncontracted():
            ptx, _ = cuda.compile_ptx(kernel.py_func, signature, cc=(9, 0))
        found[name] = report(ptx)
    complaints = [complaint(function, 4) for function in (halved, rooted)]
    result = {"version": cuda.implementation, "kernels": found, "complaints": complaints}
    json.dump(result, sys.stdout, indent=1)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
