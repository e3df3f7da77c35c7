"""The exact engine against a recursion in 120 digits, on pairs whose condition numbers go to 10¹²."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import precise
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auxtheory import methods
from auxtheory.constants import Steps
from auxtheory.engines import exact
from auxtheory.noise import Gaussian
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.problems.spectra import orthogonal

METHODS: dict[str, Any] = {m.name: m for m in methods.ALL} | {
    "FineTuning": methods.fine_tuning(2, eta_f=0.2),
    "FineTuning-m": methods.fine_tuning(2, then=methods.SGDMomentum, eta_f=0.2),
}
MEASURES = precise.MEASURES
EXAMPLES = max(6, settings().max_examples // 6)
RTOL = 1e-10


def decades(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda e: 10.0**e)


def maybe(values: st.SearchStrategy[float]) -> st.SearchStrategy[float]:
    return st.one_of(st.just(0.0), values)


@st.composite
def pairs(draw: Any, dense: bool) -> QuadraticPair:
    """Pairs with L = 1: flat, steep and mixed starts; the gap in f's axes or in its own."""
    d, condition = draw(st.integers(2 if dense else 1, 3)), draw(decades(0, 12))
    rotation = draw(st.sampled_from([None, *range(4)])) if dense else None
    own = draw(st.sampled_from([None, *range(4)])) if rotation is not None else draw(st.sampled_from(range(4)))
    f: dict[str, Any] = {"L": 1.0, "mu": 1 / condition, "dim": d, "rotation": rotation}
    f["spectrum"] = draw(st.sampled_from(["geometric", "uniform", "two-cluster"]))
    f["mu"] = 1.0 if d == 1 else f["mu"]
    f["x_star"] = draw(st.sampled_from([0.0, 1.0, -3.7]))
    start = draw(st.sampled_from(["even", "flat", "steep", "any"]))
    if start != "even":
        basis = np.eye(d) if rotation is None else orthogonal(d, rotation)
        along = {"flat": basis[:, 0], "steep": basis[:, -1], "any": np.ones(d)}[start]
        f["x0"] = f["x_star"] + draw(st.sampled_from([1.0, 1e6])) * along
    delta = draw(maybe(decades(-6, 0.5)))
    return Quadratic(**f).with_helper(
        delta, draw(st.sampled_from([0.0, 1.0, 1e3])), gap=draw(st.sampled_from(["signs", "uniform"])),
        rotation=own if dense else None,
    )  # fmt: skip


@st.composite
def noises(draw: Any) -> Gaussian:
    return Gaussian(
        sigma_f=draw(maybe(decades(-6, 1))), sigma_h=draw(maybe(decades(-6, 1))),
        correlation=draw(st.sampled_from([0.0, -1.0, 1.0, 0.5])), s=draw(maybe(decades(-6, 0.3))),
    )  # fmt: skip


def assert_precise(method: Any, pair: QuadraticPair, noise: Gaussian, steps: Steps, **options: Any) -> None:
    expected = precise.run(method, pair, noise, steps)
    trace = exact.run(method, pair, noise, steps, record=range(1, steps.T + 1), **options)
    for name in MEASURES:
        np.testing.assert_allclose(getattr(trace, name)[:, 0], expected[name], rtol=RTOL, atol=0, err_msg=name)


@pytest.mark.parametrize("dense", [False, True], ids=["diagonal", "dense"])
@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_expectations_are_right_to_ten_digits(name: str, dense: bool, data: Any) -> None:
    """Else an ill-conditioned pair gets a number, and a theorem a verdict, that rounding has made."""
    method = METHODS[name]
    K = 1 if getattr(method, "single_step", False) else data.draw(st.integers(1, 5))
    steps = Steps(
        eta=data.draw(decades(-3, -0.05)), a=data.draw(decades(-7, 0)), K=K, T=4,
        B=data.draw(st.sampled_from([1, 3, math.inf])),
    )  # fmt: skip
    assert_precise(method, data.draw(pairs(dense)), data.draw(noises()), steps)
