"""Cosine pairs have exactly the constants asked for, everywhere, and theorems hold on them."""

from __future__ import annotations

import math
from typing import Any

import array_api_strict
import numpy as np
import pytest
from cosine_strategies import lying, pairs
from hypothesis import given
from hypothesis import strategies as st
from quadratic_strategies import dim_of, seeds

import auxtheory as at
from auxtheory.bounds.constants import Constants
from auxtheory.problems import Cosine, CosinePair


def points(pair: CosinePair, count: int, seed: int, reach: float = 7.0) -> np.ndarray:
    return pair.x_star + np.random.default_rng(seed).uniform(-reach, reach, (1, count, pair.dim))


@given(made=pairs())
def test_constants_are_exactly_those_asked_for(made: Any) -> None:
    """Otherwise a sweep over δ, say, is a sweep over something else."""
    pair, target, helper = made
    c = pair.constants()
    top = target["L"] if "L" in target else max(target["spectrum"])
    assert (c.L, c.mu, c.delta) == (top, 0.0, helper["delta"])
    assert c.kinds["zeta"] == "exact" and c.kinds["beta"] == "certified"
    z = pair.x0[0] - pair.x_star
    gap = 2 * np.sum(pair.amplitudes) * 0.75 if "F0" not in target else target["F0"]
    if "x0" in target:
        assert pair.x0.tolist() == [target["x0"]]
        gap = float(np.sum(pair.amplitudes * (1 - np.cos(z))))
    else:
        np.testing.assert_allclose(z, z[0], atol=1e-12)
    assert c.F0 == pytest.approx(gap, rel=1e-11)
    assert np.linalg.norm(pair.b) == pytest.approx(helper["zeta"], rel=1e-12)
    if pair.dim > 1 and "bias" not in helper and isinstance(helper["gap"], str):
        assert (c.beta, c.zeta) == (np.max((pair.r / pair.amplitudes) ** 2), helper["zeta"])
    assert pair.single and pair.dim == dim_of(target)


@given(made=pairs(), seed=seeds)
def test_gradients_are_those_of_the_values_and_of_the_formulas(made: Any, seed: int) -> None:
    """Otherwise an engine descends another function than the constants describe, on NumPy or on another
    library."""
    pair = made[0]
    x = points(made[0], 4, seed)
    a = pair.amplitudes
    r = pair.r
    b = pair.b
    z = x - pair.x_star
    size = 1e-12 * (np.max(a) + np.max(np.abs(r)) + np.max(np.abs(b)))
    for xp in (np, array_api_strict):
        g = pair.gradients(xp)
        there = xp.asarray(x)
        for function, wanted in (
            (g.f, a * np.sin(z)),
            (g.h, (a - r) * np.sin(z) - b),
            (g.r, r * np.sin(z) + b),
        ):
            np.testing.assert_allclose(np.asarray(function(there)), wanted, atol=size)
        np.testing.assert_allclose(
            np.asarray(pair.gap(there, xp)), np.sum(a * (1 - np.cos(z)), -1), atol=9 * size
        )
    step = 1e-3 * np.eye(pair.dim)
    ahead, behind = (
        pair.gap((x[:, :, None] + s * step).reshape(1, -1, pair.dim)).reshape(4, -1)
        for s in (1, -1)
    )
    np.testing.assert_allclose(
        (ahead - behind) / 2e-3, pair.gradients().f(x)[0], atol=1e-6 * np.max(a)
    )
    near = pair.gap(1e-9 + np.zeros((1, 1, pair.dim)) + pair.x_star) / np.sum(pair.amplitudes)
    assert np.any(pair.x_star != 0) or near == pytest.approx(5e-19, rel=1e-12, abs=0), (
        "1 − cos z was lost to rounding"
    )


@given(made=pairs(), seed=seeds, reach=st.sampled_from([1e-3, 0.3, 7.0]))
def test_L_and_delta_hold_everywhere_and_are_attained(made: Any, seed: int, reach: float) -> None:
    """Otherwise theorems are asked about an L or δ that the pair exceeds, or need not have."""
    pair = made[0]
    c = made[0].constants()
    g = made[0].gradients()
    x = points(pair, 200, seed)
    y = x + points(pair, 200, seed + 1, reach) - pair.x_star
    near = pair.x_star + 1e-4 * np.eye(pair.dim)[None]
    for gradient, most in ((g.f, c.L), (g.r, c.delta)):
        quotient = np.linalg.norm(gradient(x) - gradient(y), axis=-1) / np.linalg.norm(
            x - y, axis=-1
        )
        assert np.all(quotient <= most * (1 + 1e-9) + 1e-12 * (c.zeta + 1) / reach)
        rise = np.linalg.norm(gradient(near) - gradient(pair.x_star[None, None]), axis=-1) / 1e-4
        assert np.max(rise) == pytest.approx(most, rel=1e-7, abs=1e-11 * (c.zeta + 1))


@given(made=pairs(), seed=seeds)
def test_the_bias_bound_holds_everywhere_and_for_no_smaller_zeta(made: Any, seed: int) -> None:
    """Otherwise S2 is asked about constants that the pair does not have: ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ²."""
    pair = made[0]
    c = made[0].constants()
    g = made[0].gradients()
    x = points(pair, 200, seed)
    left = np.sum((g.f(x) - g.h(x)) ** 2, -1)
    right = c.beta * np.sum(g.f(x) ** 2, -1)
    assert np.all(left <= (right + c.zeta**2) * (1 + 1e-9))
    u = np.linspace(-1.0, 1.0, 20001)[:, None]
    excess = (pair.r * u + pair.b) ** 2 - c.beta * (pair.amplitudes * u) ** 2
    size = 1e-12 * np.max(pair.r**2) + 1e-8 * np.max(np.abs(excess))
    assert np.sum(np.max(excess, axis=0)) == pytest.approx(c.zeta**2, rel=1e-8, abs=size)


def test_a_cluster_at_L_is_not_above_it() -> None:
    """Otherwise L is not the one asked for but an ulp more: low + (L − low) rounds up here."""
    f = Cosine(L=5.108901589583714, dim=5, spectrum="two-cluster")
    assert f.with_helper().constants().L == 5.108901589583714


def test_no_mu_makes_f_polyak_lojasiewicz() -> None:
    """Otherwise μ = 0 is stated of an f that has a better one."""
    pair = Cosine(L=2.0, dim=3).with_helper(0.1)
    peak = np.array([[[math.pi, 0.0, 0.0]]])
    assert np.max(np.abs(pair.gradients().f(peak))) < 1e-13 and pair.gap(peak)[
        0, 0
    ] == pytest.approx(4 / 3)
    assert np.all(np.cos(pair.x0) < -0.49), "the run does not start where f curves downwards"


def test_one_coordinate_has_the_bias_of_its_formula() -> None:
    """Otherwise the sup is not over |sin z| ≤ 1: inside it ζ² = b²/(1 − κ), at its end (δ + b)² − βl²,
    at κ ≥ 1 β = 2κ²."""
    cases = (
        (0.5, 0.2, 0.5, 0.08),
        (0.5, 3.0, 0.5, 11.75),
        (1.0, 0.5, 2.0, 0.5),
        (2.0, 9.0, 8.0, 113.0),
    )
    for delta, zeta, beta, square in cases:
        c = Cosine(L=1.0, dim=1).with_helper(delta, zeta).constants()
        assert (c.beta, c.zeta**2) == pytest.approx((beta, square), rel=1e-12)
    pair = Cosine(L=1e99, low=1e-100, dim=3).with_helper(1e90, 2.0, bias=[1, 0, 0])
    assert (pair.constants().beta, pair.constants().zeta) == (math.inf, 2.0) and pair.certify()


def test_a_grid_is_its_configurations() -> None:
    """Otherwise configurations of a grid have each other's constants."""
    values = [1.0, 2.0, 0.5], [3.0, 1.0, 2.0], [0.0, 0.4, 0.2], [1.0, 0.0, 5.0]
    L, F0, delta, zeta = (np.array(v) for v in values)
    for bias in (None, [1.0, 2.0, 3.0]):
        grid = Cosine(L=L, dim=3, F0=F0, x_star=1.0).with_helper(delta, zeta, bias=bias)
        assert not grid.single and grid.x0.shape == (3, 3)
        assert grid.certify(samples=8) and len(grid.certify(samples=8).checks) == 18
        x = points(grid, 4, 0)
        stated = grid.constants()
        for i in range(3):
            alone = Cosine(L=L[i], dim=3, F0=F0[i], x_star=1.0).with_helper(
                delta[i], zeta[i], bias=bias
            )
            for name in ("amplitudes", "r", "b", "start"):
                np.testing.assert_array_equal(getattr(grid, name)[i], getattr(alone, name)[0])
            for name in Constants.names():
                assert np.broadcast_to(getattr(stated, name), (3,))[i] == getattr(
                    alone.constants(), name
                )
            np.testing.assert_array_equal(grid.gradients().h(x)[i], alone.gradients().h(x)[0])
            np.testing.assert_array_equal(grid.gap(x)[i], alone.gap(x)[0])
    assert not Cosine(L=np.array([1.0]), dim=2).with_helper(0.1).single


SETTINGS: list[tuple[dict[str, Any], dict[str, Any], at.Noise]] = [
    ({"L": 1.0, "dim": 4}, {"delta": 0.05, "zeta": 0.5}, at.Gaussian(sigma_f=1.0, sigma_h=0.1)),
    (
        {"L": 1.0, "dim": 1, "F0": 1.9},
        {"delta": 0.5, "gap": [0.5]},
        at.RandomSign(sigma_f=0.3, sigma_h=0.3),
    ),
    (
        {"L": 2.0, "dim": 3, "F0": 0.1},
        {"delta": 0.5, "zeta": 3.0, "bias": [1, 1, 1]},
        at.Gaussian(s=0.2),
    ),
    ({"L": 1.0, "low": 0.5, "dim": 2, "x_star": 1.0}, {"delta": 0.2, "zeta": 0.1}, at.Gaussian()),
]


@pytest.mark.parametrize("i", range(len(SETTINGS)))
@pytest.mark.parametrize("name", ["SGD", "ExactCorrection", "Naive", "AuxMOM", "AuxMVR"])
def test_theorems_hold(name: str, i: int) -> None:
    """Otherwise a proof uses that f is quadratic or convex, or this pair's constants are not its own."""
    target, helper, noise = SETTINGS[i]
    pair = Cosine(**target).with_helper(**helper)
    theorem = getattr(at.theorems, name)()
    if name in ("Naive", "ExactCorrection"):  # S1 is about no noise
        noise = at.Gaussian(sigma_h=0.1 * (name == "Naive"))
    K = 1 if theorem.method.single_step else 4
    verdict = at.validate(theorem, pair, noise, K=K, T=[10, 100], engine="numpy", replicas=64)
    assert all(row["status"] != "violated" for row in verdict.table), str(verdict)


def test_the_floor_of_naive_is_attained_and_no_smaller_zeta_survives() -> None:
    """Otherwise a ζ that is 1 % too small goes unseen, or S2 is looser on cosines than its statement
    says."""
    pair = Cosine(L=1.0, dim=1, x0=[math.asin(0.4)]).with_helper(0.5, 0.2, gap=[0.5])
    for factor, violated in ((1.0, False), (0.99, True)):
        told = lying(pair, zeta=factor * pair.constants().zeta)
        verdict = at.validate(at.theorems.Naive(), told, K=10, T=100, engine="numpy", replicas=2)
        (row,) = verdict.table
        assert (row["status"] == "violated") == violated and row["measured"] == pytest.approx(
            0.16, rel=1e-12
        )
