"""Functions within a compiled loop have no machine code of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba.core.codegen import CPUCodeLibrary, JITCPUCodegen

import auxtheory as at
from auxtheory.engines.monte_carlo import generated
from auxtheory.kernels import jit, notice
from auxtheory.kernels.cpu.draw import FILL, tosses


def cube(x: Any) -> Any:
    return x * x * x


def scaled(x: Any, factor: float) -> float:
    total = 0.0
    for i in range(x.size):
        total += factor * cube(x[i])
    return total


def shifted(x: Any, by: float) -> Any:
    return x + by


def summed(x: Any, out: Any) -> None:
    for i in range(out.size):
        out[i] = scaled(x, shifted(1.0 * i, 2.0)) + scaled(x, 0.5)


def counted(monkeypatch: pytest.MonkeyPatch, kind: Any, method: str) -> list[str]:
    """The names of the libraries or modules on which Numba calls this method from now on, without
    that of its runtime system, which it compiles with the first loop of a process."""
    calls: list[str] = []
    real = getattr(kind, method)

    def counting(self: Any, *args: Any) -> Any:
        name = (args[0] if args else self).name
        calls.extend([] if name == "nrt" else [name])
        return real(self, *args)

    monkeypatch.setattr(kind, method, counting)
    return calls


def test_a_loop_is_made_machine_code_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise each of its functions is, with all that it calls, which takes as long as the rest
    of the compilation; the result is that of plain Python."""
    for piece in (cube, scaled):
        jit.known(piece, inline=False)
    jit.known(shifted)
    made = counted(monkeypatch, JITCPUCodegen, "_add_module")
    optimised = counted(monkeypatch, CPUCodeLibrary, "_optimize_final_module")
    x, out, expected = np.linspace(-1.0, 2.0, 7), np.zeros(3), np.zeros(3)
    loop = jit.compiled(summed, keep=False)
    loop(x, out)
    summed(x, expected)
    assert np.allclose(out, expected, rtol=1e-14, atol=0.0)
    assert made == ["summed"] and sorted(optimised) == ["cube", "scaled", "summed"]


def test_a_loop_compiles_the_law_that_it_draws_and_no_other() -> None:
    """Otherwise every loop takes the time of all laws; random choices and samples of h are compiled
    where a method or the noise has them."""
    pair = at.Quadratic(L=1.0, dim=3).with_helper(0.1)
    steps = at.Steps(eta=0.1, a=0.5, K=2, T=2)
    functions = {}
    for noise in (at.Gaussian(sigma_f=1.0), at.RandomSign(sigma_f=1.0)):
        task = at.Task(method=at.methods.AuxMOM, pair=pair, noise=noise, steps=steps)
        (phase,) = generated.phases(task, (1, 2), "float64", seed=0)
        functions[noise] = notice.functions_in(phase.loop.py_func, jit.KNOWN)
    draws = {noise: {FILL[law] for law in FILL} & found for noise, found in functions.items()}
    assert list(draws.values()) == [{FILL["normals"]}, {FILL["bits"]}]
    assert not any(tosses in found for found in functions.values())
