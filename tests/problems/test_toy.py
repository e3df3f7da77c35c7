"""The paper's toy pair, f = ½x² and ∇h = (1 + δ)x − ζ, whose every answer is a formula."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from engine_input import engine_input
from hypothesis import example, given
from hypothesis import strategies as st

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import toy

QUIET = Gaussian()
deltas = st.floats(0.0, 10.0)
zetas = st.sampled_from([0.0, 1e-3, 1.0, 1e9])


def contraction(delta: float, eta: float, K: int) -> float:
    """ρ = (δ + (1 − η(1+δ))^K)/(1+δ), by which one round of exact correction multiplies x."""
    return (delta + (1 - eta * (1 + delta)) ** K) / (1 + delta)


@pytest.mark.parametrize(
    ("delta", "eta", "rho"), [(0.1, 0.5, 0.09122), (1.0, 0.1, 0.55369), (10.0, 0.01, 0.93744)]
)
def test_the_contraction_of_exact_correction_in_figures(
    delta: float, eta: float, rho: float
) -> None:
    """Otherwise either the formula for ρ or the engine has lost its way: these were computed by hand for
    K = 10."""
    assert contraction(delta, eta, 10) == pytest.approx(rho, abs=5e-6)
    trace = exact.run(
        *engine_input(
            methods.ExactCorrection, toy(delta=delta, zeta=1.0), QUIET, Steps(eta=eta, K=10, T=1)
        )
    )
    assert math.sqrt(2 * trace.gap[0, 0]) == pytest.approx(rho, abs=5e-6)


@given(
    delta=deltas,
    zeta=zetas,
    fraction=st.floats(0.01, 1.0),
    K=st.integers(1, 30),
    x0=st.floats(0.1, 10.0),
)
@example(delta=1.0, zeta=1e9, fraction=0.2, K=10, x0=1.0)
def test_exact_correction_contracts_by_rho(
    delta: float, zeta: float, fraction: float, K: int, x0: float
) -> None:
    """Otherwise exact correction depends on ζ, or its K local steps are not those of the paper."""
    eta = fraction / (1 + delta)
    T = 7
    trace = exact.run(
        *engine_input(
            methods.ExactCorrection,
            toy(delta=delta, zeta=zeta, x0=x0),
            QUIET,
            Steps(eta=eta, K=K, T=T),
            record=range(1, T + 1),
        )
    )
    path = x0 * contraction(delta, eta, K) ** np.arange(T + 1)
    np.testing.assert_allclose(trace.gap[:, 0], 0.5 * path[1:] ** 2, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(trace.grad_sq[:, 0], path[1:] ** 2, rtol=1e-12, atol=1e-300)
    decay = (1 - eta * (1 + delta)) ** np.arange(K)
    local = path[:-1, None] * (delta + decay) / (1 + delta)
    np.testing.assert_allclose(trace.G[-1, 0], np.mean(local**2), rtol=1e-12, atol=1e-300)


def test_the_sampled_engine_contracts_by_rho_too() -> None:
    """Otherwise the two engines disagree on the simplest pair there is."""
    trace = numpy_engine.run(
        *engine_input(
            methods.ExactCorrection,
            toy(delta=1.0, zeta=1.0),
            QUIET,
            Steps(eta=0.1, K=10, T=5),
            record=range(1, 6),
            replicas=2,
            keep_paths=True,
        )
    )
    expected = contraction(1.0, 0.1, 10) ** np.arange(1, 6)
    np.testing.assert_allclose(
        trace.paths[:, 0, :, 0], np.stack([expected, expected], axis=1), rtol=1e-12
    )


@pytest.mark.parametrize("engine", [exact, numpy_engine], ids=["exact", "numpy"])
@given(
    delta=deltas,
    zeta=st.floats(0.01, 100.0),
    K=st.integers(1, 10),
    x0=st.sampled_from([-2.0, 1.0, 30.0]),
)
def test_naive_ends_at_its_floor(engine: Any, delta: float, zeta: float, K: int, x0: float) -> None:
    """Otherwise trusting a biased helper is reported as better or worse than ‖∇f‖² → ζ²/(1+δ)²."""
    pair = toy(delta=delta, zeta=zeta, x0=x0)
    steps = Steps(eta=0.5 / (1 + delta), K=K, T=80)
    trace = engine.run(*engine_input(methods.Naive, pair, QUIET, steps))
    np.testing.assert_allclose(trace.grad_sq, zeta**2 / (1 + delta) ** 2, rtol=1e-12)
    np.testing.assert_allclose(trace.gap, 0.5 * zeta**2 / (1 + delta) ** 2, rtol=1e-12)


def test_naive_approaches_its_floor_as_the_formula_says() -> None:
    """Otherwise the floor is right but the way there is not: x_n = ζ/(1+δ) + (x⁰ − ζ/(1+δ))(1 −
    η(1+δ))^n."""
    delta = 0.7
    zeta = 1.3
    eta = 0.2
    K = 3
    record = np.array([1, 2, 5])
    trace = exact.run(
        *engine_input(
            methods.Naive,
            toy(delta=delta, zeta=zeta, x0=2.0),
            QUIET,
            Steps(eta=eta, K=K, T=5),
            record=record.tolist(),
        )
    )
    floor = zeta / (1 + delta)
    x = floor + (2.0 - floor) * (1 - eta * (1 + delta)) ** (K * record)
    np.testing.assert_allclose(trace.grad_sq[:, 0], x**2, rtol=1e-12)


def aux_mom_matrix(delta: float, eta: float, a: float, K: int) -> np.ndarray:
    """One noiseless round as a matrix on (x, m − ζ): first the buffer, then K local steps."""
    refresh = np.array([[1.0, 0.0], [-a * delta, 1 - a]])
    local = np.array([[1 - eta * (1 + delta), -eta], [0.0, 1.0]])
    return np.linalg.matrix_power(local, K) @ refresh


def test_the_spectral_radius_of_aux_mom() -> None:
    """Otherwise momentum slows AuxMOM down by another amount than its 2 × 2 matrix says."""
    delta = 1.0
    eta = 0.1
    a = 0.1
    K = 10
    M = aux_mom_matrix(delta, eta, a, K)
    radius = float(np.max(np.abs(np.linalg.eigvals(M))))
    assert radius == pytest.approx(0.950316, abs=5e-7)
    trace = exact.run(
        *engine_input(
            methods.AuxMOM,
            toy(delta=delta, zeta=1.0),
            QUIET,
            Steps(eta=eta, a=a, K=K, T=600),
            record=[1, 2, 3, 599, 600],
        )
    )
    assert math.sqrt(trace.gap[4, 0] / trace.gap[3, 0]) == pytest.approx(radius, rel=1e-12)
    x = np.linalg.matrix_power(np.array([[1 - eta * (1 + delta), -eta], [0.0, 1.0]]), K) @ [
        1.0,
        -delta,
    ]
    for row in range(3):  # the first buffer is ∇r(x⁰), so that the first round is not M
        assert trace.gap[row, 0] == pytest.approx(0.5 * x[0] ** 2, rel=1e-12)
        x = M @ x


@given(delta=st.floats(0.0, 3.0), a=st.floats(0.05, 1.0), K=st.integers(1, 10), zeta=zetas)
def test_aux_mom_follows_its_matrix(delta: float, a: float, K: int, zeta: float) -> None:
    """Otherwise AuxMOM's rounds are not those of the matrix, for some δ, a, K or ζ."""
    eta = 0.3 / (1 + delta)
    trace = exact.run(
        *engine_input(
            methods.AuxMOM,
            toy(delta=delta, zeta=zeta),
            QUIET,
            Steps(eta=eta, a=a, K=K, T=8),
            record=range(1, 9),
        )
    )
    state = np.linalg.matrix_power(np.array([[1 - eta * (1 + delta), -eta], [0.0, 1.0]]), K) @ [
        1.0,
        -delta,
    ]
    for row in range(8):
        assert trace.grad_sq[row, 0] == pytest.approx(state[0] ** 2, rel=1e-10, abs=1e-14)
        state = aux_mom_matrix(delta, eta, a, K) @ state


def test_the_toy_is_the_pair_of_the_paper() -> None:
    """Otherwise signs or constants of the toy differ from f = ½x², ∇h = (1 + δ)x − ζ."""
    pair = toy(delta=0.3, zeta=1.7, x0=-2.0)
    x = np.array([[[-2.0], [0.5]]])
    g = pair.gradients()
    np.testing.assert_allclose(g.f(x), x, rtol=1e-15)
    np.testing.assert_allclose(g.h(x), 1.3 * x - 1.7, rtol=1e-15)
    np.testing.assert_allclose(g.r(x), g.f(x) - g.h(x), rtol=1e-13)
    np.testing.assert_allclose(pair.gap(x), [[2.0, 0.125]], rtol=1e-15)
    c = pair.constants()
    assert (c.L, c.mu, c.delta, c.F0) == (1.0, 1.0, 0.3, 2.0)
    assert pair.x0.tolist() == [[-2.0]] and pair.x_star.tolist() == [0.0]
    # theory.md, S2: for |s| = δ < 1, (β, ζ²β/(β − δ²)) is an admissible bias pair, and its best
    # floor is ζ²/(1 − δ)².
    assert c.beta == pytest.approx(0.3) and c.zeta**2 == pytest.approx(
        1.7**2 * 0.3 / (0.3 - 0.3**2)
    )
    assert c.zeta**2 / (1 - c.beta) == pytest.approx(1.7**2 / (1 - 0.3) ** 2)
