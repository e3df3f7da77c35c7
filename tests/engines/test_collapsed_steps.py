"""K local steps collapsed by doubling equal K steps one after the other, for K up to ten
million."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from engine_input import engine_input
from hypothesis import given
from hypothesis import strategies as st

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact
from auxtheory.engines.exact.collapsed import Collapsed
from auxtheory.engines.exact.diagonal import _joined
from auxtheory.kernels import propagation
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

NAMES = "P - 1", "P", "S", "zz", "zw", "ww", "n", "t_zz", "t_zw", "t_ww", "t_n"
EXCESS = -1e-12, -1e-7, -0.3, -0.999999, -1.0, -1.4, -1.9999, -2.0, -2.01, 1e-9, 0.02
LONG = 10**7


def doubled(one: tuple[Any, ...], K: int) -> tuple[Any, ...]:
    steps = one
    for digit in f"{K:b}"[1:]:
        steps = _joined(steps, steps)
        steps = _joined(steps, one) if digit == "1" else steps
    return steps


def in_a_loop(excess: float, epsilon: float, variance: float, K: int) -> list[Any]:
    """One step after the other, in exact arithmetic but for 60 digits."""
    x = Decimal(excess)
    e = Decimal(epsilon)
    v = Decimal(variance)
    alpha = 1 + x
    P = Decimal(1)
    S = Decimal(0)
    zz = Decimal(0)
    zw = Decimal(0)
    ww = Decimal(0)
    n = Decimal(0)
    total = [Decimal(0)] * 4
    for _ in range(K):
        total = [
            a + b for a, b in zip(total, (P * P + zz, 2 * P * S + zw, S * S + ww, n), strict=True)
        ]
        grown = alpha * alpha + e
        zz = grown * zz + e * P * P
        zw = grown * zw + 2 * e * P * S
        ww = grown * ww + e * S * S
        n = grown * n + v
        P = alpha * P
        S = alpha * S + 1
    return [P - 1, P, S, zz, zw, ww, n, *total]


@given(
    excess=st.one_of(st.sampled_from(EXCESS), st.floats(-2.05, 0.05)),
    epsilon=st.sampled_from([0.0, 1e-6, 0.1, 2.0]),
    variance=st.sampled_from([0.0, 1.0]),
    K=st.integers(1, 300),
)
def test_doubling_equals_the_loop(excess: float, epsilon: float, variance: float, K: int) -> None:
    """Otherwise many local steps are not those of the method, or a sum of theirs cancels."""
    one = propagation.one_step(
        np.array(excess), np.array(1 + excess), np.array(epsilon), np.array(variance)
    )
    with localcontext(prec=60):
        # α is what is left of 1 + (α − 1) in floats: where α itself is tiny, the loop starts from
        # it.
        start = excess if abs(excess) < 0.5 else float(np.array(1 + excess)) - 1
        wanted = in_a_loop(start, epsilon, variance, K)
    # What alternates in sign is as exact as its largest terms.
    for name, value, right in zip(NAMES, doubled(one, K), wanted, strict=True):
        assert float(value) == pytest.approx(
            float(right), rel=1e-12, abs=1e-12 if excess < -1 else 1e-15
        ), name


def power(excess: float, epsilon: float, variance: float, K: int) -> list[float]:
    """K steps as the K-th power of a matrix on (E y², E y w, E w², 1, Σ E y²), and of (y, w); 60
    digits."""
    alpha = 1 + Decimal(excess)
    e = Decimal(epsilon)
    v = Decimal(variance)
    zero = Decimal(0)
    one = Decimal(1)
    square = np.array(
        [
            [alpha * alpha + e, 2 * alpha, one, v, zero],
            [zero, alpha, one, zero, zero],
            [zero, zero, one, zero, zero],
            [zero, zero, zero, one, zero],
            [one, zero, zero, zero, one],
        ]
    )
    first = np.array([[alpha, one], [zero, one]])
    many = np.linalg.matrix_power(square, K)
    mean = np.linalg.matrix_power(first, K)
    P, S = mean[0]
    weights = many[0, 0] - P * P, many[0, 1] - 2 * P * S, many[0, 2] - S * S, many[0, 3]
    return [float(v) for v in (P - 1, P, S, *weights, *many[4, :4])]


@pytest.mark.parametrize("K", [1023, 1024, LONG - 1, LONG])
@pytest.mark.parametrize("excess", [-1e-12, -3e-8, -1e-7, -1e-3, 1e-9])
@pytest.mark.parametrize("epsilon", [0.0, 1e-12, 1e-8])
def test_ten_million_steps(excess: float, epsilon: float, K: int) -> None:
    """Otherwise the error grows with K: P as a product of rounded factors alone would lose seven digits
    of sixteen."""
    one = propagation.one_step(
        np.array(excess), np.array(1 + excess), np.array(epsilon), np.array(1.0)
    )
    with localcontext(prec=60):
        wanted = power(excess, epsilon, 1.0, K)
    # Multiplicative noise enters through powers of α² + ε, and P far from 1, as products of rounded
    # factors.
    tolerance = 1e-13 if epsilon == 0 and K * abs(excess) < 1 else 1e-8
    for name, value, right in zip(NAMES, doubled(one, K), wanted, strict=True):
        if abs(right) > 1e-250:
            assert float(value) == pytest.approx(right, rel=tolerance), name


@pytest.mark.parametrize("s", [0.0, 1e-3])
def test_three_forms_agree_on_ten_million_steps(s: float) -> None:
    """Otherwise one of the forms still has a loop over K, or collapses other steps than the others."""
    straight = Quadratic(L=1.0, mu=1e-3, dim=3, spectrum="geometric").with_helper(0.2, 0.7)
    bent = Quadratic(L=1.0, mu=1e-3, dim=3, spectrum="geometric", rotation=1).with_helper(0.2, 0.7)
    noise = Gaussian(sigma_f=0.3, sigma_h=1.0, correlation=0.5, s=s)
    steps = Steps(eta=1e-8, a=0.3, K=LONG, T=3)
    for method in (methods.AuxMOM, methods.AuxMVR, methods.Naive):
        arrays, compiled = (
            exact.run(*engine_input(method, straight, noise, steps, compiled=c))
            for c in (False, True)
        )
        np.testing.assert_allclose(compiled.G, arrays.G, rtol=1e-12)
        if s == 0:
            np.testing.assert_allclose(
                exact.run(*engine_input(method, bent, noise, steps)).G, arrays.G, rtol=1e-10
            )


@pytest.mark.parametrize("K", [1, 2, 3, 7, 64, 1000])
def test_dense_steps_equal_the_loop(K: int) -> None:
    """Otherwise the collapse of steps that mix coordinates is not that of K steps."""
    rng = np.random.default_rng(K)
    d = 4
    eta = 0.3
    A = np.array([1e-6, 0.01, 0.5, 1.0])
    R = rng.standard_normal((d, d))
    X = -eta * (np.diag(A) - 0.2 * (R + R.T) / np.linalg.norm(R + R.T, 2) * (K < 100))
    steps = Collapsed.make(X[None], A[None], np.array([[0.3]]), K)
    P = np.eye(d)
    S = np.zeros((d, d))
    V = np.zeros((d, d))
    energy = np.zeros((2 * d, 2 * d))
    noise = 0.0
    for _ in range(K):
        rows = np.diag(A) @ np.hstack([np.eye(d), S])
        energy += rows.T @ rows
        noise += np.sum(A**2 * np.diag(V))
        P = P + X @ P
        S = S + X @ S + np.eye(d)
        V = (np.eye(d) + X) @ V @ (np.eye(d) + X).T + 0.3 * np.eye(d)
    for got, right in (
        (np.eye(d) + steps.M[0], P),
        (steps.S[0], S),
        (steps.V[0], V),
        (steps.energy[0].T @ steps.energy[0], energy),
    ):
        np.testing.assert_allclose(got, right, rtol=1e-10, atol=1e-12 * np.max(np.abs(right)))
    assert steps.energy_of_noise[0] == pytest.approx(noise, rel=1e-11)


def test_dense_pairs_do_not_loop_over_the_steps() -> None:
    """Otherwise ten million steps of a dense pair that does not commute take minutes, or overflow."""
    pair = Quadratic(L=1.0, mu=0.1, dim=3, rotation=1).with_helper(0.3, 0.5, rotation=2)
    steps = Steps(eta=0.1, a=0.5, K=LONG, T=2)
    trace = exact.run(*engine_input(methods.AuxMOM, pair, Gaussian(), steps))
    assert math.isfinite(trace.G[0, 0]) and trace.G[0, 0] > 0
