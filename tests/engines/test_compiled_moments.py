"""The compiled form of the exact recursion equals its array form, and is chosen by the work alone."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from engine_input import engine_input, task_of
from hypothesis import given
from hypothesis import strategies as st
from moment_cases import METHODS, RANGES, assert_identical, assert_same, case

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact, run
from auxtheory.engines.exact import engine
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

# Around the lanes of a tile and of a vector.
DIMS = 1, 2, 3, 5, 16, 17, 63, 64, 65, 127, 128, 129, 200, 300


# -- against the array form
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
@given(data=st.data())
def test_compiled_equals_the_arrays(name: str, data: Any) -> None:
    """Otherwise the two forms of the recursion are two recursions."""
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
    """Otherwise the forms drift apart over rounds, or a record late in a phase is read at the wrong
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
    """Otherwise an overflow is an infinity in one form and a number or a NaN in the other, or spoils its
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
    """Otherwise the second phase of a schedule starts at x⁰ again, and agreement would not show it if
    both forms did."""
    drawn = case(
        "FineTuning", 3, 4, {"eta"}, {"s", "delta", "zeta", "sigma_f", "sigma_h"}, seed=3, T=5
    )
    trace = exact.run(*engine_input(*drawn, record=[2, 3, 5], compiled=True))
    assert np.all(np.diff(trace.gap, axis=0) < 0)


# -- which form runs
# ----------------------------------------------------------------------------------


def test_the_form_is_chosen_by_the_work_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a result hangs on what else ran in the process, or a small validation waits for a
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
    """Otherwise a number cannot be traced to the code that made it."""
    drawn = case("AuxMOM", 1, 2, set(), {"s"}, seed=6)
    assert re.match(
        r"\d+\.\d+", exact.run(*engine_input(*drawn, compiled=True)).provenance["numba"]
    )
    assert "numba" not in exact.run(*engine_input(*drawn)).provenance


def test_a_dense_pair_has_no_compiled_form() -> None:
    """Otherwise a pair whose coordinates see each other is run as if they did not."""
    pair = Quadratic(L=1.0, mu=0.2, dim=3, rotation=1).with_helper(0.4, 0.7)
    drawn = methods.AuxMOM, pair, Gaussian(sigma_f=1.0), Steps(eta=0.1, a=0.5, K=2, T=4)
    one, two = (exact.run(*engine_input(*drawn, compiled=c)) for c in (True, False))
    assert one.provenance["form"] == "arrays"
    assert_identical(one, two)
