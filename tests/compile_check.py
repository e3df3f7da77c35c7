"""Compile the CUDA kernels for sm_90 without a GPU; prints, as JSON, what ptxas says of each.

Run in a process of its own without the simulator: python tests/compile_check.py
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

import compile_update
import numba
import numpy as np
from numba import float64, int64, uint64

from auxtheory import methods
from auxtheory.kernels import arguments
from auxtheory.kernels.cuda import trajectory as device_trajectory
from auxtheory.kernels.cuda.device import cuda, uncontracted
from auxtheory.methods.two_rules import rules_of
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.problems import Quadratic

numba.cuda.dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=(9, 0))

LAWS = {"normals": Gaussian(), "normals_single": Gaussian(bits=24), "signs": RandomSign()}


def named(kind: Any, members: list[Any]) -> Any:
    return numba.types.NamedTuple(members, kind)


def trajectory(method: Any, law: str) -> tuple[Any, tuple[Any, ...]]:
    """The kernel of whole trajectories and its signature."""
    s = Quadratic(L=1.0, dim=4).with_helper(0.1).separable
    draws = LAWS[law].draws
    own = rules_of(method)
    rules = arguments.Rules(own.refresh, own.local_step, s.f, s.h, s.r, s.value, draws.correlate)
    kernel = device_trajectory.trajectory(rules, draws.standard, draws.second)
    levels = [float64[::1]] * len(arguments.Levels._fields)
    state = [float64[:, :, ::1], float64[:, ::1], float64[:, ::1]]
    due = [int64[::1], int64, float64[:, :, :, ::1]]
    signature = (
        named(arguments.Plan, [int64] * len(arguments.Plan._fields)),
        named(arguments.Levels, levels),
        named(arguments.State, state),
        named(arguments.Due, due),
        named(arguments.PairArrays, [float64[:, :, ::1], float64[::1]]),
        numba.types.UniTuple(uint64, 2),
        int64,
    )
    return kernel, signature


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
    cases = [(method, law) for method in (methods.AuxMOM, methods.AuxMVR) for law in LAWS]
    kernels = {f"trajectory {method.name} {law}": trajectory(method, law) for method, law in cases}
    for law, noise in LAWS.items():
        kernels[f"refresh {law}"] = compile_update.refresh_pass(methods.AuxMVR, noise.draws)
        kernels[f"local {law}"] = compile_update.local_pass(methods.AuxMVR, noise.draws)
    for name, (kernel, signature) in kernels.items():
        with uncontracted():
            ptx, _ = cuda.compile_ptx(kernel.py_func, signature, cc=(9, 0))
        found[name] = report(ptx)
    json.dump({"version": cuda.implementation, "kernels": found}, sys.stdout, indent=1)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
