"""The CUDA engine, on a device or in Numba's simulator, does what the NumPy engine does; kernels
compile for sm_90."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cuda_cases import small_blocks
from engine_input import engine_input, task_of

from auxtheory import engines, methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.monte_carlo import cuda
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.errors import RefusedError
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Quadratic
from auxtheory.random import philox

MEASURES = ("G", "gap", "grad_sq", "spread", "G_se", "gap_se", "grad_sq_se")
GRID = np.array([0.05, 0.2])
PLAIN = Quadratic(L=1.0, mu=0.1, dim=5).with_helper(0.3, 0.5)
WIDE = Quadratic(L=1.0, mu=0.1, dim=21).with_helper(0.3, 0.5)
CELLS = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(GRID, GRID)
GAUSSIAN = Gaussian(sigma_f=1.0, sigma_h=0.5, correlation=0.3)
SCALED = Gaussian(sigma_f=1.0, sigma_h=0.5, correlation=0.3, s=0.3)
CASES: dict[str, tuple[Any, Any, Noise, dict[str, Any]]] = {
    "AuxMVR": (methods.AuxMVR, WIDE, GAUSSIAN, {}),
    "AuxMVR-scaled": (methods.AuxMVR, PLAIN, SCALED, {"B": 2}),
    "AuxMVR-signs": (
        methods.AuxMVR,
        PLAIN,
        RandomSign(sigma_f=1.0, sigma_h=0.5, correlation=0.3),
        {},
    ),
    "AuxMVR-single": (methods.AuxMVR, WIDE, Gaussian(sigma_f=1.0, sigma_h=0.5, bits=24), {}),
    "AuxMOM-grid": (methods.AuxMOM, CELLS, SCALED, {"eta": GRID, "a": 2 * GRID}),
    "SGD": (methods.SGD, PLAIN, SCALED, {"K": 1}),
    "FineTuning": (methods.fine_tuning(1), PLAIN, GAUSSIAN, {}),
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch)


def steps(**changes: Any) -> Steps:
    return Steps(**{"eta": 0.05, "a": 0.4, "K": 2, "T": 2, **changes})


@pytest.mark.parametrize("case", CASES)
def test_measures_equal_those_of_the_numpy_engine(case: str, small: None) -> None:
    """Otherwise a GPU computes something else. Samples and steps round alike (no product is fused with a
    sum), and sums
    over d coordinates and R replicas are taken in another order: eps·d·R, here below 1e-13
    relative."""
    method, pair, noise, changes = CASES[case]
    settings: dict[str, Any] = {
        "record": [1, 2],
        "replicas": 3,
        "seed": 2**40 + 7,
        "first_replica": 5,
    }
    got = cuda.run(*engine_input(method, pair, noise, steps(**changes), **settings))
    expected = numpy_engine.run(*engine_input(method, pair, noise, steps(**changes), **settings))
    for measure in MEASURES:
        np.testing.assert_allclose(
            getattr(got, measure), getattr(expected, measure), rtol=1e-13, err_msg=measure
        )
    assert got.provenance["device"] in ("simulator", "GPU") and got.provenance["seed"] == 2**40 + 7


def test_chunks_of_replicas_do_not_matter(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise results depend on how much memory a card has: bitwise."""
    from auxtheory.kernels.cuda import device

    settings: dict[str, Any] = {"replicas": 5, "seed": 1}
    task, _ = engine_input(methods.AuxMOM, PLAIN, GAUSSIAN, steps(), **settings)
    whole = cuda.run(*engine_input(methods.AuxMOM, PLAIN, GAUSSIAN, steps(), **settings))
    two = 2 * cuda.bytes_of(task, 1) / cuda.SHARE + 1
    monkeypatch.setattr(device, "free_memory", lambda: two)
    cut = cuda.run(*engine_input(methods.AuxMOM, PLAIN, GAUSSIAN, steps(), **settings))
    for measure in MEASURES:
        np.testing.assert_array_equal(getattr(cut, measure), getattr(whole, measure))


@pytest.mark.parametrize("kind", ["normals", "normals_single", "signs", "uniforms"])
def test_two_coordinates_at_a_time_are_those_of_the_rows(kind: str) -> None:
    """Otherwise a GPU thread draws other noise than the NumPy engine: bitwise."""
    from auxtheory.kernels.cuda.draw import DRAW

    assert_draws(kind, DRAW[kind])


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("normals", marks=pytest.mark.slow),
        pytest.param("normals_single", marks=pytest.mark.slow),
        pytest.param("signs", marks=pytest.mark.slow),
        "uniforms",
    ],
)
def test_two_coordinates_at_a_time_are_those_of_the_rows_when_compiled(kind: str) -> None:
    """Otherwise a GPU thread draws other noise than the simulator."""
    from auxtheory.kernels.cuda.draw import DRAW
    from auxtheory.kernels.jit import compiled

    draw = DRAW[kind]

    def pair(b: Any, replica: Any, round_: Any, step: Any, k0: Any, k1: Any) -> Any:
        return draw(b, replica, round_, step, k0, k1)

    assert_draws(kind, compiled(pair, keep=False))


def assert_draws(kind: str, function: Any) -> None:
    U = np.uint64
    expected = getattr(philox, kind)(3, 4, 7, 11, 2**40 + 5, 300)[0]
    for b in (0, 1, 2, 17, 63, 64, 149):
        got = function(U(b), U(3), U(7), U(11), *philox.key(2**40 + 5))
        assert tuple(got) == tuple(expected[2 * b : 2 * b + 2]), b


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a case that cannot run on a device fails in the middle, or says nothing of what to
    install."""
    from auxtheory.kernels.cuda import device

    dense = Quadratic(L=1.0, mu=0.1, dim=3, rotation=0).with_helper(0.1)
    with pytest.raises(RefusedError, match=r"^cuda needs a separable pair"):
        engines.run(methods.AuxMOM, dense, GAUSSIAN, steps(), engine="cuda")
    with pytest.raises(RefusedError, match="cuda computes in float64 only"):
        engines.run(methods.AuxMOM, PLAIN, GAUSSIAN, steps(), engine="cuda", dtype="float32")
    monkeypatch.setattr(device, "free_memory", lambda: 100.0)
    with pytest.raises(
        RefusedError, match=r"one replica needs .* GiB, and the device has 9.31e-08 GiB free"
    ):
        engines.run(methods.AuxMOM, PLAIN, GAUSSIAN, steps(), engine="cuda")
    monkeypatch.setattr(
        device, "missing", lambda: "no CUDA device was found: pip install 'auxtheory[cuda]'"
    )
    with pytest.raises(
        RefusedError, match=r"no CUDA device was found: pip install 'auxtheory\[cuda\]'"
    ):
        engines.run(methods.AuxMOM, PLAIN, GAUSSIAN, steps(), engine="cuda")


def test_the_simulator_is_never_chosen() -> None:
    """Otherwise `auto` simulates a GPU, thread by thread."""
    if not cuda.simulated():
        pytest.skip("a CUDA device is here")
    step = steps()
    assert engines.choose("auto", task_of(methods.AuxMOM, PLAIN, Gaussian(), step)) == "exact"
    assert "cuda" in engines.ENGINES


@pytest.mark.slow
def test_kernels_compile_for_a_gpu_without_one() -> None:
    """Otherwise kernels that the simulator runs do not compile, spill, or fuse products into sums and
    round otherwise."""
    if not find_spec("nvidia") or not find_spec("numba_cuda"):
        pytest.skip(
            "numba-cuda and NVIDIA's compilers are not installed: pip install 'auxtheory[dev]'"
        )
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_ENABLE_CUDASIM"}
    root = Path(__file__).resolve().parents[2]
    environment["PYTHONPATH"] = os.pathsep.join([str(root), str(root / "tests")])
    command = [sys.executable, str(root / "tests" / "engines" / "compile_check.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["version"] == "NVIDIA" and len(report["kernels"]) >= 12
    assert report["complaints"] == [
        None,
        "a GPU's compiler does not take it (it has no np.sqrt)",
    ]
    for name, numbers in report["kernels"].items():
        assert numbers["spills"] == numbers["stack"] == 0, (name, numbers)
        # exp, log and powers are NVIDIA's code, which fuses.
        assert numbers["fused"] == 0 or name == "trajectory Functions", (name, numbers)
        of_the_paper = "Aux" in name or not name.startswith("trajectory")
        assert numbers["registers"] <= (168 if of_the_paper else 255), (name, numbers)
