"""The exact engine against a recursion in 120 digits, on pairs whose condition numbers go to
10¹²."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import precise
import pytest
from engine_input import engine_input, task_of
from hypothesis import given, settings
from hypothesis import strategies as st
from variants import variant

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.problems.spectra import orthogonal

METHODS: dict[str, Any] = {m.name: m for m in methods.ALL} | {
    "FineTuning": methods.fine_tuning(2, eta_f=0.2),
    "LocalSGD": variant(methods.SGD, "LocalSGD", single_step=False),
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
    d = draw(st.integers(2 if dense else 1, 3))
    condition = draw(decades(0, 12))
    rotation = draw(st.sampled_from([None, *range(4)])) if dense else None
    own = (
        draw(st.sampled_from([None, *range(4)]))
        if rotation is not None
        else draw(st.sampled_from(range(4)))
    )
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
        delta,
        draw(st.sampled_from([0.0, 1.0, 1e3])),
        gap=draw(st.sampled_from(["signs", "uniform"])),
        rotation=own if dense else None,
    )


@st.composite
def noises(draw: Any) -> Gaussian:
    return Gaussian(
        sigma_f=draw(maybe(decades(-6, 1))),
        sigma_h=draw(maybe(decades(-6, 1))),
        correlation=draw(st.sampled_from([0.0, -1.0, 1.0, 0.5])),
        s=draw(maybe(decades(-6, 0.3))),
    )


def assert_precise(
    method: Any, pair: QuadraticPair, noise: Gaussian, steps: Steps, **options: Any
) -> None:
    expected = precise.run(method, pair, noise, steps)
    trace = exact.run(
        *engine_input(method, pair, noise, steps, record=range(1, steps.T + 1), **options)
    )
    for name in MEASURES:
        np.testing.assert_allclose(
            getattr(trace, name)[:, 0], expected[name], rtol=RTOL, atol=0, err_msg=name
        )


@pytest.mark.parametrize("dense", [False, True], ids=["diagonal", "dense"])
@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_expectations_are_right_to_ten_digits(name: str, dense: bool, data: Any) -> None:
    """Otherwise an ill-conditioned pair gets a number, and a theorem a verdict, that rounding has
    made."""
    method = METHODS[name]
    K = 1 if getattr(method, "single_step", False) else data.draw(st.integers(1, 5))
    steps = Steps(
        eta=data.draw(decades(-3, -0.05)),
        a=data.draw(decades(-7, 0)),
        K=K,
        T=4,
        B=data.draw(st.sampled_from([1, 3, math.inf])),
    )
    pair = data.draw(pairs(dense))
    noise = data.draw(noises())
    reason = exact.refuses(task_of(method, pair, noise, steps))
    if reason is None:
        assert_precise(method, pair, noise, steps)
    else:
        assert dense and name == "LocalSGD" and "only at K = 1" in reason


# -- what an ill-conditioned dense pair says of itself
# -------------------------------------------------


def on_a_flat_eigenvector(condition: float) -> QuadraticPair:
    f: dict[str, Any] = {
        "L": 1.0,
        "mu": 1 / condition,
        "dim": 3,
        "spectrum": "geometric",
        "rotation": 1,
    }
    return Quadratic(**f, x0=math.sqrt(2 * condition) * Quadratic(**f).basis[:, 0]).with_helper(0.0)


def by_hand(pair: QuadraticPair) -> QuadraticPair:
    """The same numbers, as matrices alone."""
    return replace(pair, basis=None, gap_eigenvalues=None)


@pytest.mark.parametrize("condition", [1e8, 1e10, 1e12])
def test_a_start_on_a_flat_eigenvector(condition: float) -> None:
    """Otherwise ‖∇f‖² as tr(A² E zzᵀ) cancels: −1.2e-7 for 2e-10 at κ = 10¹⁰."""
    pair = on_a_flat_eigenvector(condition)
    steps = Steps(eta=0.1, a=1.0, K=1, T=1)
    assert_precise(methods.AuxMOM, pair, Gaussian(), steps)
    trace = exact.run(*engine_input(methods.AuxMOM, pair, Gaussian(), steps))
    assert trace.G[0, 0] == pytest.approx(2 / condition, rel=1e-7)
    assert pair.constants().F0 == pytest.approx(1.0, rel=1e-12)
    gradient = pair.gradients().f(pair.x0[:, None])[0, 0]
    assert gradient @ gradient == pytest.approx(2 / condition, rel=1e-6)


@pytest.mark.parametrize("own", [None, 2])
@pytest.mark.parametrize("condition", [1e3, 1e8, 1e10, 1e12])
def test_a_certificate_sees_what_rounding_took(condition: float, own: int | None) -> None:
    """Otherwise a pair whose matrix no longer knows its μ passes for one that does."""
    f = Quadratic(L=1.0, mu=1 / condition, dim=3, spectrum="geometric", rotation=1, x_star=1.5)
    pair = f.with_helper(0.3, 0.5, rotation=own)
    assert pair.basis is not None and pair.certify(), str(pair.certify())
    certificate = by_hand(pair).certify()
    failed = {check.name for check in certificate.checks if not check.holds}
    assert failed >= {"mu"} if condition > 1e7 else not failed


@pytest.mark.parametrize("condition", [1e8, 1e10, 1e12, 1e15])
def test_nothing_is_negative_on_a_pair_made_by_hand(condition: float) -> None:
    """Otherwise a squared norm or a height above the minimum is less than 0 where a matrix holds
    rounding alone."""
    pair = by_hand(on_a_flat_eigenvector(condition))
    steps = Steps(eta=0.1, a=1.0, K=2, T=5)
    for stated in (pair.eigenvalues, 2 * pair.eigenvalues):
        trace = exact.run(
            *engine_input(methods.AuxMOM, replace(pair, eigenvalues=stated), Gaussian(), steps)
        )
        assert min(trace.G[0, 0], trace.gap[0, 0], trace.grad_sq[0, 0]) >= 0


def test_a_basis_that_does_not_fit_the_matrices_is_not_used() -> None:
    """Otherwise a pair with another matrix put in runs, and is certified, as the one it was made
    from."""
    pair = Quadratic(L=1.0, mu=0.5, dim=3, rotation=1).with_helper(0.3)
    assert pair.basis is not None and pair.gap_eigenvalues is not None
    assert replace(pair, A=pair.A * (1 + 1e-9)).basis is None
    assert replace(pair, eigenvalues=pair.eigenvalues * (1 + 1e-9)).basis is None
    other = replace(pair, R=pair.R * (1 + 1e-9))
    assert other.basis is not None and other.gap_eigenvalues is None
    assert Quadratic(L=1.0, dim=3, rotation=1).with_helper(0.3, rotation=2).gap_eigenvalues is None


# -- local steps whose own part grows, which the buffer takes away again
# ------------------------------


@st.composite
def stretched(draw: Any) -> QuadraticPair:
    """Diagonal pairs and rotated ones in f's axes, with δ to 3 L; the first also along a flat
    direction."""
    d = draw(st.integers(2, 3))
    rotation = draw(st.sampled_from([None, 1]))
    delta = draw(st.floats(0.5, 3.0))
    x_star = draw(st.sampled_from([0.0, 1.0]))
    f: dict[str, Any] = {
        "L": 1.0,
        "mu": 1 / draw(decades(1, 12)),
        "dim": d,
        "rotation": rotation,
        "x_star": x_star,
    }
    if rotation is None and draw(st.booleans()):
        f["x0"] = x_star + 1e6 * np.eye(d)[0]
    gap = [
        delta * draw(st.sampled_from([-1.0, 1.0])),
        *(delta * draw(st.floats(-1.0, 1.0)) for _ in range(d - 1)),
    ]
    return Quadratic(**f).with_helper(
        delta, draw(st.sampled_from([0.0, 1.0])), gap=gap, rotation=rotation
    )


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", ["ExactCorrection", "AuxMOM", "AuxMVR", "Naive", "FineTuning"])
@settings(max_examples=2 * EXAMPLES)
@given(pair=stretched(), data=st.data())
def test_many_local_steps_that_grow_keep_their_digits(
    name: str, compiled: bool, pair: QuadraticPair, data: Any
) -> None:
    """Otherwise P z and S w, each of them |1 − η(A − R)|^K times what they leave, are squared before
    they cancel."""
    steps = Steps(
        eta=data.draw(st.floats(0.3, 2.0)),
        a=data.draw(decades(-3, 0)),
        K=data.draw(st.integers(6, 60)),
        T=2,
        B=3,
    )
    noise = data.draw(noises()) if pair.basis is None else replace(data.draw(noises()), s=0.0)
    assert_precise(METHODS[name], pair, noise, steps, compiled=compiled and pair.diagonal)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("condition", "gap", "eta", "K", "T", "G"),
    [
        (1e12, 2.0, 1.0, 31, 1, 7.512700e-10),
        (1e12, 2.0, 1.0, 43, 1, 156.6167),
        (1e8, 2.0, 1.5, 20, 1, 1.01e-3),
        (1e10, -1.5, 1.9, 33, 2, 9.58e-11),
        (1e3, 2.0, 1.0, 8, 1, None),
    ],
)
def test_a_flat_direction_of_which_the_helper_sees_too_much(
    condition: float, gap: float, eta: float, K: int, T: int, G: float | None, compiled: bool
) -> None:
    """Otherwise a run from a height of 1 gets 1.2 for 7.5e-10, and a true theorem fails."""
    pair = Quadratic(spectrum=[1 / condition, 1.0], x0=[math.sqrt(2 * condition), 0.0])
    pair = pair.with_helper(abs(gap), gap=[gap, 0.0])
    steps = Steps(eta=eta, a=1.0, K=K, T=T)
    assert_precise(methods.ExactCorrection, pair, Gaussian(), steps, compiled=compiled)
    trace = exact.run(
        *engine_input(methods.ExactCorrection, pair, Gaussian(), steps, compiled=compiled)
    )
    assert trace.provenance["by_coordinates"] == "1 of 1"
    if G is not None and condition == 1e12:
        assert trace.G[-1, 0] == pytest.approx(G, rel=1e-5)


def test_configurations_that_cancel_do_not_change_the_others() -> None:
    """Otherwise a grid gives what neither of its points gives."""
    pair = Quadratic(L=1.0, mu=1e-6, dim=3).with_helper(2.0, 0.5, gap=[2.0, 1.0, 0.0])
    noise = Gaussian(sigma_f=0.1, sigma_h=0.2, s=0.1)
    etas = np.array([0.01, 1.0, 0.02, 0.9])
    for compiled in (False, True):
        grid = exact.run(
            *engine_input(
                methods.AuxMVR, pair, noise, Steps(eta=etas, a=0.3, K=12, T=9), compiled=compiled
            )
        )
        assert grid.provenance["by_coordinates"] == "2 of 4"
        for i, eta in enumerate(etas):
            alone = exact.run(
                *engine_input(
                    methods.AuxMVR, pair, noise, Steps(eta=eta, a=0.3, K=12, T=9), compiled=compiled
                )
            )
            for name in MEASURES:
                np.testing.assert_allclose(
                    getattr(grid, name)[:, i], getattr(alone, name)[:, 0], rtol=1e-13
                )
