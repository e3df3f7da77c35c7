"""The compiled form of the exact recursion equals its array form, however it is cut and on however
many threads."""

from __future__ import annotations

import math
import re
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_input import engine_input, task_of
from hypothesis import given
from hypothesis import strategies as st

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact, run
from auxtheory.engines.base import Trace
from auxtheory.engines.exact import diagonal, engine
from auxtheory.kernels.cpu import moments
from auxtheory.kernels.cpu.threads import spread_over_threads
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair

MEASURES = "G", "gap", "grad_sq", "spread", "largest_spread"
OWN = (
    replace(methods.AuxMOM, name="Damped", refresh=lambda m, d, p, a: (1 - a) * m + a * d / 2),
    replace(methods.AuxMOM, name="Extrapolated", refresh=lambda m, d, p, a: d + a * (d - p)),
    replace(
        methods.AuxMOM,
        name="Shrunk",
        local_step=lambda y, g, m, eta: y - eta * (g + m) - eta * y / 10,
    ),
    replace(methods.SGD, name="LocalSGD", single_step=False),
    replace(
        methods.AuxMVR, name="HalfTrusted", local_step=lambda y, g, m, eta: y - eta * (g + m / 2)
    ),
)
SCHEDULES = (methods.fine_tuning(2), methods.fine_tuning(3, then=methods.MVR, eta_f=0.2))
METHODS: dict[str, Any] = {method.name: method for method in (*methods.ALL, *OWN)} | {
    "FineTuning": SCHEDULES[0],
    "FineTuning-MVR": SCHEDULES[1],
}
# Around the lanes of a tile and of a vector.
DIMS = 1, 2, 3, 5, 16, 17, 63, 64, 65, 127, 128, 129, 200, 300
RANGES = {
    "L": (0.5, 2.0),
    "F0": (0.1, 5.0),
    "delta": (0.0, 1.5),
    "zeta": (0.0, 2.0),
    "sigma_f": (0.0, 2.0),
    "sigma_h": (0.0, 2.0),
    "correlation": (-1.0, 1.0),
    "s": (0.0, 1.0),
    "eta": (0.01, 0.6),
    "a": (0.05, 1.0),
}

Case = tuple[Any, QuadraticPair, Noise, Steps]


def case(
    name: str,
    count: int,
    dim: int,
    grid: set[str],
    off: set[str],
    seed: int,
    K: int = 3,
    T: int = 8,
    B: float = 2,
    x_star: float = 0.0,
) -> Case:
    """A case whose levels in `grid` differ from configuration to configuration, and those in `off`
    are 0."""
    generator = np.random.default_rng(seed)
    method = METHODS[name]
    v: dict[str, Any] = {}
    for level, (low, high) in RANGES.items():
        values = generator.uniform(low, high, count)
        v[level] = 0.0 if level in off else values if level in grid else float(values[0])
    f = Quadratic(L=v["L"], mu=None, dim=dim, F0=v["F0"], x_star=x_star)
    noise = Gaussian(**{level: v[level] for level in ("sigma_f", "sigma_h", "correlation", "s")})
    K = 1 if getattr(method, "single_step", False) else K
    return (
        method,
        f.with_helper(v["delta"], v["zeta"]),
        noise,
        Steps(eta=v["eta"], a=v["a"], K=K, T=T, B=B),
    )


def assert_same(one: Trace, two: Trace, rtol: float) -> None:
    np.testing.assert_array_equal(one.diverged, two.diverged)
    for name in MEASURES:
        np.testing.assert_allclose(
            getattr(one, name), getattr(two, name), rtol=rtol, atol=0, err_msg=name
        )


def assert_identical(one: Trace, two: Trace) -> None:
    for name in (*MEASURES, "diverged"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name


# -- against the array form
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
@given(data=st.data())
def test_compiled_equals_the_arrays(name: str, data: Any) -> None:
    """Else the two forms of the recursion are two recursions."""
    levels = sorted(RANGES)
    drawn = case(
        name,
        count=data.draw(st.integers(1, 30)),
        dim=data.draw(st.sampled_from(DIMS)),
        grid=data.draw(st.sets(st.sampled_from(levels))),
        off=data.draw(
            st.sets(st.sampled_from(["delta", "zeta", "sigma_f", "sigma_h", "correlation", "s"]))
        ),
        seed=data.draw(st.integers(0, 2**32)),
        K=data.draw(st.integers(1, 9)),
        T=(T := data.draw(st.integers(1, 12))),
        B=data.draw(st.sampled_from([1, 7, math.inf])),
        x_star=data.draw(st.sampled_from([0.0, -1.5])),
    )
    record = data.draw(st.sets(st.integers(1, T), min_size=1))
    if exact.refuses(task_of(*drawn)) is None:
        arrays, compiled = (
            exact.run(*engine_input(*drawn, record=list(record), compiled=c)) for c in (False, True)
        )
        assert_same(arrays, compiled, rtol=1e-12)


@pytest.mark.parametrize(
    "off", [{"s"}, {"s", "zeta"}, set()], ids=["additive", "no bias", "multiplicative"]
)
@pytest.mark.parametrize(
    "name", ["Naive", "AuxMOM", "AuxMVR", "Damped", "LocalSGD", "FineTuning-MVR"]
)
def test_a_long_run_stays_the_same(name: str, off: set[str]) -> None:
    """Else the forms drift apart over rounds, or a record late in a phase is read at the wrong
    round."""
    drawn = case(name, 7, 130, {"delta", "eta"}, off, seed=1, K=10, T=300)
    arrays, compiled = (
        exact.run(*engine_input(*drawn, record=[1, 2, 3, 4, 150, 299, 300], compiled=c))
        for c in (False, True)
    )
    assert_same(arrays, compiled, rtol=1e-12)


@pytest.mark.parametrize(
    "off", [set(), {"s"}, {"s", "zeta"}], ids=["multiplicative", "additive", "no bias"]
)
@pytest.mark.parametrize("name", METHODS)
def test_divergence_is_the_same_flag(name: str, off: set[str]) -> None:
    """Else an overflow is an infinity in one form and a number or a NaN in the other, or spoils its
    tile."""
    method, pair, noise, steps = case(name, 6, 20, {"delta"}, off, seed=2, T=200)
    if name == "FineTuning-MVR":
        method = methods.fine_tuning(3, then=methods.MVR)
    steps = steps.replace(eta=np.array([1e6, 0.1, 30.0, 0.2, 1e100, 0.1]))
    record = [1, 2, 10, 40, 80, 120, 200]
    arrays, compiled = (
        exact.run(*engine_input(method, pair, noise, steps, record=record, compiled=c))
        for c in (False, True)
    )
    assert compiled.diverged.tolist()[::2] == [1.0, 1.0, 1.0] and not np.any(
        compiled.diverged[1::2]
    )
    assert np.all(compiled.G[-1, ::2] == np.inf) and np.all(np.isfinite(compiled.G[:, 1::2]))
    assert_same(arrays, compiled, rtol=1e-12)


def test_a_phase_starts_from_the_one_before() -> None:
    """Else the second phase of a schedule starts at x⁰ again, and agreement would not show it if
    both forms did."""
    drawn = case(
        "FineTuning", 3, 4, {"eta"}, {"s", "delta", "zeta", "sigma_f", "sigma_h"}, seed=3, T=5
    )
    trace = exact.run(*engine_input(*drawn, record=[2, 3, 5], compiled=True))
    assert np.all(np.diff(trace.gap, axis=0) < 0)


# -- against itself
# -----------------------------------------------------------------------------------

CUT = [
    ("AuxMOM", 40, 3, set()),
    ("AuxMVR", 9, 129, {"s"}),
    ("Naive", 5, 300, {"s"}),
    ("SGDMomentum", 150, 1, {"s"}),
    ("FineTuning-MVR", 11, 64, set()),
]


@pytest.mark.parametrize(("name", "count", "dim", "off"), CUT)
def test_parts_and_threads_change_no_bit(
    name: str, count: int, dim: int, off: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a result depends on the machine it was computed on, or a lane on its neighbours."""
    drawn = case(name, count, dim, set(RANGES), off, seed=4, T=20)
    whole = exact.run(*engine_input(*drawn, record=[1, 7, 20], compiled=True, threads=1))
    for numbers in (1, 2 * dim, 777, 10**6):
        monkeypatch.setattr(engine, "NUMBERS_AT_ONCE", numbers)
        for threads in (None, 1, 2, 3):
            assert_identical(
                exact.run(*engine_input(*drawn, record=[1, 7, 20], compiled=True, threads=threads)),
                whole,
            )


@pytest.mark.parametrize("dim", [20, 200, 300])
@pytest.mark.parametrize("name", ["LocalSGD", "AuxMVR", "FineTuning"])
def test_what_is_kept_of_a_followed_run_changes_no_bit(
    name: str, dim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the largest spread depends on how many points fit the memory."""
    drawn = case(name, 6, dim, {"s", "eta"}, set(), seed=4, K=4, T=30)
    whole = exact.run(*engine_input(*drawn, record=[1, 7, 30], compiled=True))
    for points in (1, 2, 3, 4, 9, 119):
        monkeypatch.setattr(diagonal, "FOLLOWED_AT_ONCE", points)
        assert_identical(
            exact.run(*engine_input(*drawn, record=[1, 7, 30], compiled=True, threads=1)), whole
        )
    assert_same(
        exact.run(*engine_input(*drawn, record=[1, 7, 30], compiled=False)), whole, rtol=1e-12
    )


def test_local_points_are_followed_by_compiled_code_however_many_there_are() -> None:
    """Else a long run whose coordinates do not fit a tile walks through its points in Python."""
    drawn = case("LocalSGD", 1, 129, set(), {"delta"}, seed=4, K=5_000_000, T=1)
    assert exact.run(*engine_input(*drawn)).provenance["form"] == "compiled"


def test_long_parts_on_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else two threads work in one and the same tile, which only parts that take a while would
    show."""
    drawn = case("AuxMVR", 40, 64, {"delta", "a"}, {"s"}, seed=4, T=20_000)
    monkeypatch.setattr(engine, "NUMBERS_AT_ONCE", 64)
    assert_identical(
        *(exact.run(*engine_input(*drawn, compiled=True, threads=threads)) for threads in (1, 3))
    )


def test_more_records_change_no_bit() -> None:
    """Else reading a state off disturbs it."""
    drawn = case("AuxMVR", 4, 50, {"delta"}, set(), seed=5, T=9)
    every, last = (
        exact.run(*engine_input(*drawn, record=r, compiled=True)) for r in (range(1, 10), [9])
    )
    for name in MEASURES:
        assert getattr(every, name)[-1].tobytes() == getattr(last, name)[-1].tobytes()


# -- which form runs
# ----------------------------------------------------------------------------------


def test_the_form_is_chosen_by_the_work_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a result hangs on what else ran in the process, or a small validation waits for a
    compiler."""
    drawn = case("AuxMOM", 4, 8, {"delta"}, {"s"}, seed=6, T=10)
    assert exact.run(*engine_input(*drawn)).provenance["form"] == "arrays"
    rounds = engine.ENOUGH // (engine.CALL + 32) + 1
    monkeypatch.setattr(engine, "ENOUGH", engine.ENOUGH * 10 // rounds)
    assert run(*drawn).provenance["form"] == "compiled"
    assert exact.run(*engine_input(*drawn, compiled=False)).provenance["form"] == "arrays"
    monkeypatch.setattr(engine, "ENOUGH", 10 * (engine.CALL + 32))
    assert exact.run(*engine_input(*drawn)).provenance["form"] == "arrays"


def test_provenance_names_the_compiler() -> None:
    """Else a number cannot be traced to the code that made it."""
    drawn = case("AuxMOM", 1, 2, set(), {"s"}, seed=6)
    assert re.match(
        r"\d+\.\d+", exact.run(*engine_input(*drawn, compiled=True)).provenance["numba"]
    )
    assert "numba" not in exact.run(*engine_input(*drawn)).provenance


def test_a_dense_pair_has_no_compiled_form() -> None:
    """Else a pair whose coordinates see each other is run as if they did not."""
    pair = Quadratic(L=1.0, mu=0.2, dim=3, rotation=1).with_helper(0.4, 0.7)
    drawn = methods.AuxMOM, pair, Gaussian(sigma_f=1.0), Steps(eta=0.1, a=0.5, K=2, T=4)
    one, two = (exact.run(*engine_input(*drawn, compiled=c)) for c in (True, False))
    assert one.provenance["form"] == "arrays"
    assert_identical(one, two)


# -- threads and speed
# --------------------------------------------------------------------------------


def test_results_come_in_the_order_of_the_parts() -> None:
    """Else configurations are swapped when one thread overtakes another."""
    last = threading.Event()

    def task(part: int) -> int:
        if part == 0:
            assert last.wait(10)
        if part == 4:
            last.set()
        return part * part

    assert spread_over_threads(task, range(5), 2) == [0, 1, 4, 9, 16]
    assert spread_over_threads(task, range(1, 3)) == [1, 4]
    assert spread_over_threads(task, [], 3) == []


def test_two_parts_run_at_a_time() -> None:
    """Else the threads wait for each other."""
    barrier = threading.Barrier(2)
    assert len(spread_over_threads(lambda part: barrier.wait(10), range(2), 2)) == 2
    assert all(
        loop.targetoptions["nogil"]
        for loop in (moments.run_phase, moments.run_tile, moments.full_round)
    )


def test_a_failure_on_a_thread_is_raised() -> None:
    """Else a part that failed is left out, or hangs the others."""
    with pytest.raises(ZeroDivisionError):
        spread_over_threads(lambda part: 1 / part, [1, 0, 1], 2)


@pytest.mark.parametrize("name", ["plain_round", "remembering_round", "full_round", "collapse"])
def test_a_round_runs_several_lanes_at_a_time(name: str) -> None:
    """Else the compiled form is four times slower than it can be, and no result shows it."""
    exact.run(*engine_input(*case("AuxMOM", 1, 2, set(), {"s"}, seed=6), compiled=True))
    loop = moments.compiled(getattr(moments, name).py_func, keep=False)
    loop(moments.room()[0], 0, *([1] if name == "collapse" else []))
    (code,) = loop.inspect_llvm().values()
    products = [int(width) for width in re.findall(r"fmul <(\d+) x double>", code)]
    scalar = len(re.findall(r"fmul double", code))
    assert products and len(products) >= scalar
