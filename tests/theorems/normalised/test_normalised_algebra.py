"""The steps of the proofs about normalised methods, on numbers."""

from __future__ import annotations

import numpy as np
import pytest

import auxtheory as at
from auxtheory import theorems
from auxtheory.bounds.constants import lambda_K
from auxtheory.theorems.normalised.adagrad import largest_root
from auxtheory.theorems.normalised.growth import mean_growth, tail
from auxtheory.theorems.normalised.quantities import largest_gradient, least_decrease

L1, eta_x = at.symbols("L1 eta_x")


def test_the_rational_bounds_of_exponential_means() -> None:
    """Otherwise A or E₁ of the statements is too small."""
    u = np.linspace(1e-3, 1.9, 50)
    values = {"L1": u, "eta_x": 1.0}
    above = tail(L1 * eta_x).value(values), mean_growth(L1 * eta_x).value(values)
    exact = (np.expm1(u) - u) / u**2, np.expm1(u) / u
    for bound, value in zip(above, exact, strict=True):
        assert np.all(bound >= value) and bound[0] == pytest.approx(value[0], rel=1e-3)
    assert u[0] * above[0][0] < 1 and 1.2565 * (np.expm1(1.2565) - 1.2565) / 1.2565**2 > 1


def test_the_norm_of_the_triangle_is_at_least_that_of_its_mean() -> None:
    """Otherwise the longest step of S1-L0L1 is longer than stated."""
    K = np.arange(2, 400)
    values = np.array([lambda_K(int(k)) for k in K])
    assert np.all(values >= K**2 / 4 * (1 - 1e-12)) and values[0] == pytest.approx(1.0)


def test_what_a_step_gains_at_least() -> None:
    """Otherwise Γ₀ is too small: ψ is the largest over lengths of gain minus growth."""
    g, L0 = 3.0, 0.7
    s = np.linspace(1e-4, 8.0, 200_001)
    for growth in (1e-3, 0.1, 1.0, 5.0):
        gain = g * s - (L0 + growth * g) * (np.expm1(growth * s) - growth * s) / growth**2
        assert least_decrease(np.array(g), L0, growth) == pytest.approx(np.max(gain), rel=1e-6)
    # The series, the direct form, and no growth agree where they meet.
    near = least_decrease(np.array(g), L0, np.array([0.0, 1e-9, 2.33e-5, 2.34e-5]))
    np.testing.assert_allclose(near, g**2 / (2 * L0), rtol=2e-4)
    assert near[2] == pytest.approx(near[3], rel=1e-6)


def test_no_gradient_is_larger_below_the_start() -> None:
    """Otherwise a run of S1-L0L1 leaves the set on which its constants hold."""
    for L in (2.0, 50.0, 1e5):
        pair = at.Exponential(L=L, L0=1.0, dim=1).with_helper()
        assert L - 1 <= largest_gradient(pair)[0] <= 3 * L
    plain = at.Quadratic(L=2.0, dim=1, F0=3.0).with_helper()
    assert largest_gradient(plain)[0] == pytest.approx(np.sqrt(12), rel=1e-12)


def test_the_root_of_adagrad_is_the_largest() -> None:
    """Otherwise the sum of squares may pass the bound."""
    for slope, log_factor, inverse, constant, b in (
        (1.0, 2.0, 0.0, 0.01, 0.001),
        (1.0, 0.1, 0.0, 5.0, 3.0),
        (2.0, 1.0, 0.3, 0.5, 0.6),
    ):
        u = largest_root(slope, log_factor, inverse, constant, b)
        beyond = u * np.linspace(1, 50, 5_000)
        rest = slope * (beyond - b) - log_factor * np.log(beyond / b)
        rest = rest - inverse * (1 / b - 1 / beyond) - constant
        assert abs(rest[0]) < 1e-9 * (1 + u) and np.all(rest[1:] > 0)


def test_the_tuned_form_is_at_least_the_bound() -> None:
    """Otherwise the closed form of AuxMOM-normalised-L is proved for other steps."""
    rng = np.random.default_rng(0)
    size = 20_000
    theorem = theorems.NormalisedAuxMOMSmooth()
    draws = 10 ** rng.uniform(-3, 3, (4, size))
    c = at.Constants(L=draws[0], F0=draws[1], delta=draws[2], sigma_r=draws[3])
    for K, T, B in ((1, 1, 1.0), (7, 30, np.inf), (50, 10_000, 4.0)):
        tuned = theorem.tune(c, K, T, B)
        inside = at.Steps(eta=tuned.eta, a=tuned.a, K=K, T=T, B=B)
        ratio = theorem.value(c, inside) / theorem.value(c, tuned)
        assert np.all(ratio <= 1 + 1e-12) and np.max(ratio) > 0.8


def test_prescribed_steps_leave_half_of_the_factor() -> None:
    """Otherwise a prescribed step is out of range where L₁ or δ₁ is large."""
    rng = np.random.default_rng(1)
    draws = 10 ** rng.uniform(-3, 3, (7, 5_000))
    names = ("L0", "L1", "delta0", "delta1")
    more = {**dict(zip(names, draws[:4], strict=True)), "Gamma0": draws[0]}
    c = at.Constants(L=draws[0], F0=draws[5], delta=0.0 * draws[0], sigma_r=draws[6], more=more)
    for kind in (theorems.NormalisedAuxMOM, theorems.NormalisedMomentum):
        theorem = kind()
        K = 1 if kind is theorems.NormalisedMomentum else 5
        tuned = theorem.tune(c, K=K, T=100)
        inside = at.Steps(eta=tuned.eta, a=tuned.a, K=K, T=100)
        assert not theorem.unmet(c, inside)
        assert np.all(np.isfinite(theorem.value(c, inside)))
