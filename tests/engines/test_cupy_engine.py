"""The engine `cupy` with NumPy standing in for CuPy: what it refuses, how it chooses, and its
results."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cosines import Cosines
from cupy_stand_in import stand_in
from engine_input import engine_input, task_of

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.monte_carlo import cupy
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.errors import RefusedError
from auxtheory.kernels.cuda import device
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.problems import Quadratic

DENSE = Quadratic(L=1.0, mu=0.1, dim=5, rotation=1, F0=2.0).with_helper(0.3, 0.5, rotation=2)
GRID = Quadratic(L=1.0, mu=0.1, dim=3, F0=[0.2, 0.6]).with_helper([0.2, 0.6], 0.5)
NOISE = Gaussian(sigma_f=0.7, sigma_h=0.3, correlation=0.4, s=0.2)
SIGNS = RandomSign(sigma_f=0.7, sigma_h=0.3, correlation=-0.6)
STEPS = Steps(eta=0.1, a=0.3, K=2, T=3, B=2)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A device that is there for CuPy, and not for Numba."""
    monkeypatch.setattr(device, "missing", lambda: "no Numba here")

    def use(**what: Any) -> None:
        monkeypatch.setitem(sys.modules, "cupy", stand_in(**what))

    use()
    return use


def test_without_cupy_the_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a user without CuPy meets an ImportError, and `auto` ends there."""
    monkeypatch.setitem(sys.modules, "cupy", None)  # what makes an import fail
    line = (
        "the package cupy is not installed: pip install 'auxtheory[cuda]' on a machine with an "
        "NVIDIA GPU"
    )
    assert cupy.missing() == line == cupy.refuses(task_of(methods.AuxMOM, DENSE, NOISE, STEPS))
    with pytest.raises(RefusedError, match="cupy is not installed"):
        cupy.run(*engine_input(methods.AuxMOM, DENSE, NOISE, STEPS))


def test_without_a_device_none_is_touched(gpu: Any) -> None:
    """Otherwise CuPy without a driver raises CUDARuntimeError: here even to ask for memory is an
    AttributeError."""
    gpu(available=False)
    reason = cupy.refuses(task_of(methods.AuxMOM, DENSE, NOISE, STEPS))
    assert reason is not None and reason.startswith("no CUDA device was found: pip install")


def test_a_pair_beyond_the_memory_is_refused_with_both_sizes(gpu: Any) -> None:
    """Otherwise the device runs out of memory in the middle of a run."""
    need = cupy.fixed_bytes(DENSE) + cupy.replica_bytes(1, 5)
    gpu(free=need / cupy.SHARE, held=0)
    assert cupy.refuses(task_of(methods.AuxMOM, DENSE, NOISE, STEPS)) is None
    gpu(free=need / cupy.SHARE - 64, held=64)  # which CuPy holds, but does not use
    assert cupy.refuses(task_of(methods.AuxMOM, DENSE, NOISE, STEPS)) is None
    gpu(free=need / cupy.SHARE - 64)
    reason = cupy.refuses(task_of(methods.AuxMOM, DENSE, NOISE, STEPS))
    assert (
        reason is not None
        and "one replica needs" in reason
        and "GiB of the device's memory" in reason
    )
    with pytest.raises(RefusedError, match="one replica needs"):
        cupy.run(*engine_input(methods.AuxMOM, DENSE, NOISE, STEPS))


def test_what_a_pair_takes_is_its_arrays(gpu: Any) -> None:
    """Otherwise the matrices of a dense pair, which a replica does not have, are forgotten."""
    assert cupy.fixed_bytes(DENSE) >= 3 * 2 * 8 * 5 * 5
    assert cupy.replica_bytes(7, 5) == 7 * cupy.replica_bytes(1, 5) >= 7 * 10 * 8 * 5


def test_too_many_steps_for_the_counter_are_refused(gpu: Any) -> None:
    """Otherwise a sample's number overflows."""
    assert "cupy counts local steps" in str(
        cupy.refuses(task_of(methods.AuxMOM, DENSE, NOISE, STEPS.replace(B=2**29)))
    )


@pytest.mark.parametrize("noise", [NOISE, SIGNS], ids=["normal", "sign"])
@pytest.mark.parametrize("pair", [DENSE, GRID, Cosines()], ids=["dense", "grid", "cosines"])
@pytest.mark.parametrize("free", [2**30, 20_000], ids="free={}".format)
def test_array_code_gives_the_reference(pair: Any, noise: Any, free: int, gpu: Any) -> None:
    """Otherwise a pair or a law runs otherwise than on the engine `numpy`, or a chunk takes another's
    replicas."""
    gpu(free=free)
    more: Any = {"replicas": 40, "record": [1, 3], "seed": 5, "first_replica": 2}
    got = cupy.run(*engine_input(methods.AuxMVR, pair, noise, STEPS, **more))
    assert (
        got.engine == "cupy"
        and got.provenance["update"] == "no Numba here"
        and got.provenance["library"] == "cupy"
    )
    same(got, numpy_engine.run(*engine_input(methods.AuxMVR, pair, noise, STEPS, **more)))


def same(got: Any, wanted: Any) -> None:
    for field in ("G", "gap", "grad_sq", "spread", "G_se", "diverged"):
        np.testing.assert_allclose(getattr(got, field), getattr(wanted, field), rtol=1e-10)


def test_chunks_fit_the_memory(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a run takes more of the device than it may, or far less: sizes of chunks are those that
    fit, and no more."""
    sizes = []
    chunk = numpy_engine.Chunk

    def counted(task: Any, sampling: Any, start: int, stop: int, *more: Any) -> Any:
        sizes.append(stop - start)
        return chunk(task, sampling, start, stop, *more)

    monkeypatch.setattr(numpy_engine, "Chunk", counted)
    gpu(free=(cupy.fixed_bytes(DENSE) + 7.5 * cupy.replica_bytes(1, 5)) / cupy.SHARE)
    cupy.run(*engine_input(methods.AuxMVR, DENSE, NOISE, STEPS, replicas=16))
    assert sizes == [7, 7, 2]


class Own(Gaussian):
    """A law that no compiled engine knows."""

    @property
    def draws(self) -> Any:
        return None


def weighted(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return np.arange(1.0, 1 + DENSE.dim) * diff  # a number for each coordinate


def test_the_fused_update_is_chosen_where_it_can_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a case that array code could run is refused or ends in a traceback, or a fast one runs
    slowly."""
    monkeypatch.setattr(device, "missing", lambda: None)
    mine = methods.from_rules(name="Mine", refresh=weighted)
    assert cupy.not_fused(task_of(methods.AuxMOM, DENSE, NOISE, STEPS)) is None
    assert "does not know how to draw Own" in str(
        cupy.not_fused(task_of(methods.AuxMOM, DENSE, Own(), STEPS))
    )
    assert "a correction buffer, and Mine is not one" in str(
        cupy.not_fused(task_of(mine, DENSE, NOISE, STEPS))
    )
    monkeypatch.setitem(sys.modules, "cupy", stand_in())
    for method, noise in ((methods.AuxMOM, Own(sigma_f=1.0)), (mine, NOISE)):
        got = cupy.run(*engine_input(method, DENSE, noise, STEPS, replicas=4))
        same(got, numpy_engine.run(*engine_input(method, DENSE, noise, STEPS, replicas=4)))


def simulate() -> None:
    """Run by a test in a process of its own, with Numba's simulator."""
    sys.modules["cupy"] = stand_in(free=7000.0)
    for method, pair in ((methods.AuxMVR, DENSE), (methods.fine_tuning(1), GRID)):
        more: Any = {"replicas": 3, "seed": 5, "first_replica": 2, "record": [1, 2]}
        steps = STEPS.replace(T=2)
        got = cupy.run(*engine_input(method, pair, NOISE, steps, **more))
        assert got.provenance["update"] == "fused"
        same(got, numpy_engine.run(*engine_input(method, pair, NOISE, steps, **more)))


def test_the_fused_update_in_the_simulator() -> None:
    """Otherwise array gradients and kernels are put together into another method on the GPU."""
    here = Path(__file__).parent
    paths = os.pathsep.join(
        [*map(str, (here, *here.parents[:2])), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import test_cupy_engine; test_cupy_engine.simulate(); print('done')",
        ],
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == "done", run.stderr
