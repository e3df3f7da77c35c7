"""The fused passes of the momentum update: bit for bit what the engine `numpy` does with the same
gradients."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from crossed import crossed
from engine_input import engine_input, task_of
from variants import variant

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.monte_carlo import cupy, dense
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.errors import RefusedError
from auxtheory.kernels.arguments import LocalStep, Refresh, Squares
from auxtheory.methods.two_rules import rules_of
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.problems import Gradients, Quadratic
from auxtheory.random.counter import Index

GRID = np.array([0.2, 0.6])
SEED = 2**40 + 11
ROUND = 3
FIRST = 5
METHODS = {
    "AuxMOM": methods.AuxMOM,
    "AuxMVR": methods.AuxMVR,
    "SGD": methods.SGD,
    "MVR": methods.MVR,
}
LAWS = {
    "gaussian": Gaussian(sigma_f=0.7, sigma_h=0.3, correlation=0.4),
    "one": Gaussian(sigma_f=0.7, sigma_h=0.3, correlation=-1.0),
    "none": Gaussian(),
    "single": Gaussian(sigma_f=0.7, sigma_h=0.3, bits=24),
    "multiplicative": Gaussian(sigma_f=0.7, sigma_h=0.3, s=0.5),
    "signs": RandomSign(sigma_f=0.7, sigma_h=0.3, correlation=-0.6, s=0.2),
    "grid": Gaussian(sigma_f=GRID, sigma_h=2 * GRID, correlation=-GRID, s=GRID[::-1]),
    "additive grid": Gaussian(sigma_f=GRID, sigma_h=2 * GRID, correlation=-GRID),
}
PAIRS = {
    "dense": Quadratic(L=1.0, mu=0.1, dim=7, rotation=1, F0=2.0).with_helper(0.3, 0.5, rotation=2),
    "shifted": Quadratic(L=2.0, dim=3, x_star=[1.0, -2.0, 5.0], rotation=3).with_helper(0.3, 0.5),
    "grid": Quadratic(L=1.0, mu=0.1, dim=3, F0=GRID, rotation=1).with_helper(GRID, 0.5),
}


def numbers(count: int, replicas: int, dim: int) -> Any:
    """Some state and gradients: arrays (m, diff, diff_prev, x, x_prev) and x*."""
    some = np.random.default_rng(7).standard_normal((5, count, replicas, dim))
    return [np.ascontiguousarray(array) for array in some], np.linspace(-1, 1, dim)


def by_arrays(method: Any, noise: Any, state: Any, centre: Any, a: Any, eta: Any) -> Any:
    """(m, y, ‖∇f‖²) after a refresh and a local step of the reference, where diff = ∇r(x) = ∇h(x) =
    ∇f(x)."""
    m, diff, diff_prev, x, x_prev = state
    rules = rules_of(method)
    index = Index(SEED, FIRST, FIRST + m.shape[1], ROUND, 0)
    a, eta = (np.reshape(level, (-1, 1, 1)) for level in (a, eta))

    def gradient(y: Any) -> Any:
        return diff_prev if y is x_prev else diff

    at_both = [diff, diff_prev]
    if not method.exact_refresh:
        at_both = noise.refreshed(gradient, [x, x_prev], index, method.helper, centre, np)
    m = rules.refresh(m, *at_both, a) + np.zeros(m.shape)
    grad = noise.stepped(gradient, x, index, method.helper, centre, np)
    return m, rules.local_step(x, grad, m, eta), np.sum(diff**2, axis=-1)


def by_passes(
    update: Any, method: Any, noise: Any, state: Any, centre: Any, a: Any, eta: Any
) -> Any:
    """The same by an update's two passes."""
    m, diff, diff_prev, x, x_prev = (array.copy() for array in state)
    pair: Any = SimpleNamespace(separable=None, single=False, x0=m[:, 0], dim=centre.size)
    steps = Steps(eta=eta, a=a, K=1, T=ROUND)
    phases = variant(method, method.name, single_step=False).phases(steps)
    task: Any = SimpleNamespace(pair=pair, noise=noise, phases=phases, count=len(m))
    update.begin(dense.parts(task)[0])
    energy = np.ones(m.shape[:2])
    square = np.full(m.shape[:2], np.nan)
    update.refresh(Refresh(m, diff, diff_prev, x, x_prev), ROUND)
    update.local(LocalStep(x, diff, diff, m), Squares(energy, square), ROUND, 0)
    np.testing.assert_array_equal(energy, 1 + square)
    return m, x, square


def on_host(threads: int, noise: Any, count: int, replicas: int, centre: Any) -> dense.HostUpdate:
    pair: Any = SimpleNamespace(dim=centre.size, x_star=centre)
    return dense.HostUpdate(
        ThreadPoolExecutor(threads), threads, noise.draws, pair, SEED, FIRST, (count, replicas)
    )


def assert_passes(update: Any, method: Any, noise: Any, state: Any, centre: Any) -> None:
    levels = (GRID, GRID / 4) if len(state[0]) == 2 else (0.3, 0.1)
    got = by_passes(update, method, noise, state, centre, *levels)
    wanted = by_arrays(method, noise, state, centre, *levels)
    np.testing.assert_array_equal(got[0], np.broadcast_to(wanted[0], got[0].shape))
    np.testing.assert_array_equal(got[1], wanted[1])
    np.testing.assert_allclose(got[2], wanted[2], rtol=1e-12)


@crossed({"name": METHODS, "law": LAWS}, {"name": "AuxMVR", "law": "gaussian"})
def test_both_passes_are_the_rules_on_arrays(name: str, law: str) -> None:
    """Otherwise a compiled run draws another number than the reference, or puts it elsewhere; bitwise,
    for every shape of
    tile: rows shorter and longer than a tile, of odd length, and more of them than a tile holds."""
    noise = LAWS[law]
    count = 2 if "grid" in law else 1
    for replicas, dim in ((300, 1), (90, 7), (3, 256), (2, 257), (2, 515)):
        state, centre = numbers(count, replicas, dim)
        assert_passes(
            on_host(1, noise, count, replicas, centre), METHODS[name], noise, state, centre
        )


@pytest.mark.parametrize("law", ["grid", "signs"])
def test_threads_change_nothing(law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise results depend on the machine: bitwise the same for any number of threads, ‖∇f‖² too."""
    monkeypatch.setattr(dense, "NUMBERS_PER_TASK", 1)
    state, centre = numbers(2, 50, 7)
    updates = [on_host(threads, LAWS[law], 2, 50, centre) for threads in (1, 2, 3, 7, 50)]
    assert [len(update.workspaces) for update in updates] == [1, 2, 3, 7, 50]
    whole, *others = (
        by_passes(u, methods.AuxMVR, LAWS[law], state, centre, GRID, GRID) for u in updates
    )
    for other in others:
        for one, two in zip(whole, other, strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("B", [math.inf, 3], ids="B={}".format)
@crossed(
    {
        "name": ["AuxMOM", "AuxMVR", "SGD", "Naive"],
        "case": [
            ("dense", "gaussian"),
            ("dense", "multiplicative"),
            ("dense", "signs"),
            ("dense", "grid"),
            ("shifted", "gaussian"),
            ("shifted", "multiplicative"),
            ("shifted", "signs"),
            ("grid", "grid"),
            ("grid", "gaussian"),
        ],
    },
    {"name": "AuxMVR", "case": ("dense", "gaussian")},
)
def test_runs_on_dense_pairs_are_those_of_the_reference(
    name: str, case: tuple[str, str], B: float
) -> None:
    """Otherwise the passes are put together into another method: paths, local gradients and statistics
    agree."""
    method = getattr(methods, name)
    pair, law = case
    s = Steps(eta=0.1, a=0.3, K=1 if method.single_step else 3, T=5, B=B)
    same(method, PAIRS[pair], LAWS[law], s)


def same(method: Any, pair: Any, noise: Any, s: Steps) -> None:
    more: Any = {"replicas": 5, "record": range(1, s.T + 1), "seed": SEED, "first_replica": 3}
    more |= {"keep_paths": True, "keep_local": True}
    got = dense.run("cpu", *engine_input(method, pair, noise, s, **more))
    wanted = numpy_engine.run(*engine_input(method, pair, noise, s, **more))
    assert got.engine == "cpu"
    for field in ("paths", "local_sq", "G", "gap", "grad_sq", "spread"):
        w = getattr(wanted, field)
        np.testing.assert_allclose(
            getattr(got, field), w, rtol=1e-12, atol=1e-13 * np.max(np.abs(w)), err_msg=field
        )


def test_several_phases_and_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a second phase keeps the rules, levels or buffer of the first, or a chunk the replicas
    of another."""
    monkeypatch.setattr(dense, "NUMBERS_AT_ONCE", 1)
    monkeypatch.setattr(dense, "REPLICAS_AT_LEAST", 2)
    s = Steps(eta=0.1, a=0.3, K=3, T=5, B=2)
    same(
        methods.fine_tuning(2, then=methods.SGDMomentum, eta_f=0.05),
        PAIRS["dense"],
        LAWS["multiplicative"],
        s,
    )


def test_gradients_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise matmuls, which are what a step costs, are done twice: ∇r once a round, and ∇h not at all
    where it is ∇f."""
    calls = {"f": 0, "h": 0, "r": 0}
    gradients = type(PAIRS["dense"]).gradients

    def counted(self: Any, xp: Any) -> Gradients:
        def count(name: str, gradient: Any) -> Any:
            def call(x: Any) -> Any:
                calls[name] += 1
                return gradient(x)

            return call

        g = gradients(self, xp)
        return Gradients(count("f", g.f), count("h", g.h), count("r", g.r))

    monkeypatch.setattr(type(PAIRS["dense"]), "gradients", counted)
    monkeypatch.setattr(type(PAIRS["dense"]), "gap", lambda self, x, xp: xp.zeros(x.shape[:2]))
    s = Steps(eta=0.1, a=0.3, K=3, T=4, B=5)
    dense.run("cpu", *engine_input(methods.AuxMVR, PAIRS["dense"], LAWS["gaussian"], s, replicas=2))
    assert calls == {"f": 3 * 4 + 1, "h": 3 * 4, "r": 4}
    calls.update(f=0, h=0, r=0)
    dense.run(
        "cpu",
        *engine_input(
            methods.SGD, PAIRS["dense"], LAWS["gaussian"], Steps(eta=0.1, K=1, T=4), replicas=2
        ),
    )
    assert calls == {"f": 4 + 1, "h": 0, "r": 0}


def weighted(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return np.arange(1.0, 1 + PAIRS["dense"].dim) * diff  # a number for each coordinate


class Own(Gaussian):
    @property
    def draws(self) -> Any:
        return None


def test_refusals_name_the_rule_or_the_law() -> None:
    """Otherwise a law that cannot be drawn, or a rule that cannot be compiled, ends in a traceback of
    Numba's."""
    s = Steps(eta=0.1, a=0.3, K=1, T=1)
    mine = methods.from_rules(name="Mine", refresh=weighted)
    reason = dense.refuses("cpu", task_of(mine, PAIRS["dense"], Gaussian(), s))
    assert reason is not None and reason.startswith(
        "cpu runs methods of a correction buffer, and Mine is not one"
    )
    with pytest.raises(RefusedError, match="cpu does not know how to draw Own"):
        dense.run("cpu", *engine_input(methods.AuxMOM, PAIRS["dense"], Own(), s))
    with pytest.raises(ValueError, match="threads = 0"):
        dense.run("cpu", *engine_input(methods.AuxMOM, PAIRS["dense"], Gaussian(), s, threads=0))
    long = task_of(methods.AuxMOM, PAIRS["dense"], Gaussian(), s.replace(B=2**29))
    assert dense.refuses("cpu", long) is not None


def simulate() -> None:
    """Run by a test in a process of its own, with Numba's simulator."""
    from auxtheory.kernels.cuda import device
    from auxtheory.kernels.cuda import trajectory as device_trajectory

    assert device.SIMULATED
    device_trajectory.BLOCKS = 1  # so that rows are reached in strides
    for name, law in (
        ("AuxMOM", "gaussian"),
        ("AuxMVR", "grid"),
        ("SGD", "signs"),
        ("MVR", "single"),
    ):
        count = 2 if law == "grid" else 1
        for replicas, dim in ((3, 5), (2, 259)):
            state, centre = numbers(count, replicas, dim)
            pair: Any = SimpleNamespace(x_star=centre)
            assert_passes(
                cupy.Update(pair, SEED, FIRST, np), METHODS[name], LAWS[law], state, centre
            )


def test_simulated_kernels_are_the_rules_on_arrays() -> None:
    """Otherwise the GPU draws another number than the reference, or puts it elsewhere; bitwise."""
    folder = Path(__file__).parent
    paths = os.pathsep.join(
        [
            str(folder),
            str(folder.parent),
            str(folder.parents[1]),
            *filter(None, [os.environ.get("PYTHONPATH")]),
        ]
    )
    run = subprocess.run(
        [sys.executable, "-c", "import test_update; test_update.simulate(); print('done')"],
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == "done", run.stderr
