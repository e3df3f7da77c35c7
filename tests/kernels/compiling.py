"""Processes that compile, and what they leave in the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from auxtheory.kernels import jit

ROOT = Path(__file__).resolve().parents[2]
SMALLEST = """
import auxtheory as at
from auxtheory.kernels.compile_cache import cache_folder
pair, steps = at.Quadratic(L=1.0, dim=2).with_helper(0.1), at.Steps(eta=0.1, K=2, T=2)
trace = at.run(at.methods.Naive, pair, at.RandomSign(sigma_h=1.0), steps, engine="cpu", replicas=3)
print(trace.G[0, 0].hex(), cache_folder())
"""


def process(
    code: str, folder: Path, *, path: Path = ROOT, **variables: Path | str
) -> tuple[list[str], list[str]]:
    """What a new process prints, word by word, and what it logs, line by line."""
    usual = {"PYTHONPATH": f"{path}{os.pathsep}{folder}", "PYTHONDONTWRITEBYTECODE": "1"}
    environment = os.environ | usual | {name: str(value) for name, value in variables.items()}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split(), done.stderr.splitlines()


def python(code: str, folder: Path, *, path: Path = ROOT, **variables: Path | str) -> list[str]:
    """What a new process prints, word by word."""
    return process(code, folder, path=path, **variables)[0]


def files(folder: Path) -> dict[Path, int]:
    """Every file below, and when it was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def double(x: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = 2.0 * x[i]


def doubled() -> tuple[list[float], Any]:
    """What a new compiled form of `double` finds, and that form."""
    out = np.zeros(2)
    loop = jit.compiled(double)
    loop(np.array([1.0, 3.0]), out)
    return out.tolist(), loop.stats
