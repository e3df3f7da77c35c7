"""The noise laws have the levels and the correlation asked for."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from noise_cases import MANY, apart, each_law, indices

from auxtheory.bounds.constants import Constants
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian, Levels, RandomSign
from auxtheory.problems import toy
from auxtheory.random.counter import (
    F_SAMPLE,
    Index,
)


@each_law
def test_full_correlation_is_exact(law: Any) -> None:
    """Otherwise at ρ = ±1 a rare sample of h is not that of f or its negative, and an exact cancellation
    is not exact."""
    first = law().standard(MANY, F_SAMPLE, 25)
    for rho in (1.0, -1.0):
        np.testing.assert_array_equal(law(correlation=rho).partner(first, MANY, 25), rho * first)
    assert not np.any(law(sigma_f=2.0, sigma_h=2.0, correlation=1.0).refresh(MANY, "h", 25)[0])


@each_law
@pytest.mark.parametrize("rho", [-1.0, -0.3, 0.0, 0.8, 1.0])
def test_levels_and_correlation_are_those_asked_for(law: Any, rho: float) -> None:
    """Otherwise a bound is compared with noise of another size: 4,000 samples in 5 dimensions, four
    standard errors."""
    dim = 5
    f = 2.0
    h = 0.7
    n_f = law(sigma_f=f).refresh(MANY, "h", dim)[0]
    n_h = -law(sigma_h=h, correlation=rho).refresh(MANY, "h", dim)[0]
    n_r = law(sigma_f=f, sigma_h=h, correlation=rho).refresh(MANY, "h", dim)[0]
    np.testing.assert_allclose(n_r, n_f - n_h, rtol=1e-14, atol=1e-15)
    assert apart(np.sum(n_f**2, axis=1), f**2) < 4 and apart(np.sum(n_h**2, axis=1), h**2) < 4
    assert apart(np.sum(n_f * n_h, axis=1), rho * f * h) < 4
    sigma_r = math.sqrt(f**2 + h**2 - 2 * rho * f * h)
    assert law(sigma_f=f, sigma_h=h, correlation=rho).sigma_r == pytest.approx(sigma_r, rel=1e-14)
    assert apart(np.sum(n_r**2, axis=1), sigma_r**2) < 4
    for coordinate in n_r.T:
        assert apart(coordinate**2, sigma_r**2 / dim) < 4, "the noise is not isotropic"
    local = law(sigma_f=f, sigma_h=h, correlation=rho).local(MANY, "h", dim)[0]
    assert apart(np.sum(local**2, axis=1), h**2) < 4
    assert apart(np.sum(local * n_f, axis=1), 0.0) < 4, (
        "a local sample leans on the refresh of its own round"
    )


@given(f=st.floats(0, 1e6), h=st.floats(0, 1e6), rho=st.floats(-1, 1))
def test_sigma_r_is_the_level_of_the_difference(f: float, h: float, rho: float) -> None:
    """Otherwise σ_r² is not σ_f² + σ_h² − 2ρσ_fσ_h, or rounding makes it NaN near ρ = 1, σ_f = σ_h."""
    sigma_r = Gaussian(sigma_f=f, sigma_h=h, correlation=rho).sigma_r
    assert isinstance(sigma_r, float)
    assert sigma_r**2 == pytest.approx(
        f**2 + h**2 - 2 * rho * f * h, rel=1e-9, abs=1e-12 * (f + h) ** 2
    )
    assert Gaussian(sigma_f=f, sigma_h=f, correlation=1.0).sigma_r == 0


@given(f=st.floats(0.01, 100), h=st.floats(0.01, 100), dim=st.integers(1, 200), index=indices)
def test_random_signs_have_their_norm_surely(f: float, h: float, dim: int, index: Index) -> None:
    """Otherwise the law that attains its level on every sample does not."""
    noise = RandomSign(sigma_f=f, sigma_h=h)
    for sample, level in (
        (RandomSign(sigma_f=f).refresh(index, "h", dim)[0], f),
        (noise.local(index, "h", dim)[0], h),
    ):
        np.testing.assert_allclose(np.linalg.norm(sample, axis=1), level, rtol=1e-12)
    partner = RandomSign(sigma_h=h, correlation=0.3).refresh(index, "h", dim)[0]
    np.testing.assert_allclose(np.linalg.norm(partner, axis=1), h, rtol=1e-12)


@each_law
def test_multiplicative_noise_has_level_s(law: Any) -> None:
    """Otherwise E‖s ε ∘ z‖² = s²‖z‖² fails, coordinate by coordinate, or the two oracles share their
    ε."""
    noise = law(s=0.6)
    refresh = noise.refresh(MANY, "h", 5)[1]
    local = noise.local(MANY, "f", 5)[1]
    for curvature in (refresh, local):
        for coordinate in curvature.T:
            assert apart(coordinate, 0.0) < 4 and apart(coordinate**2, 0.36) < 4
    assert apart(refresh * local, 0.0) < 4
    np.testing.assert_array_equal(noise.refresh(MANY, "none", 5)[1], refresh)


@each_law
def test_what_each_helper_sees(law: Any) -> None:
    """Otherwise SGD's noise is put into a buffer, momentum on f alone sees h's noise, or absent noise is
    drawn."""
    noise = law(sigma_f=2.0, sigma_h=1.0, correlation=0.5, s=0.6)
    index = replace(MANY, stop=7)
    sigma_r = math.sqrt(3.0)
    assert noise.levels() == Levels(pytest.approx(sigma_r), 0.6, 1.0, 0.0)
    assert noise.levels("none") == Levels(2.0, 0.6, 0.0, 0.0)
    assert noise.levels("f") == Levels(0.0, 0.0, 2.0, 0.6)
    assert noise.levels("h", exact_refresh=True) == Levels(0.0, 0.0, 1.0, 0.0)
    assert noise.levels("none", exact_refresh=True) == Levels(0.0, 0.0, 0.0, 0.0)

    additive, curvature = noise.refresh(index, "f", 3)
    assert not np.any(additive) and curvature is None
    np.testing.assert_array_equal(
        noise.refresh(index, "none", 3)[0], law(sigma_f=2.0).refresh(index, "h", 3)[0]
    )
    assert noise.local(index, "none", 3) == (None, None)
    assert noise.local(index, "h", 3)[1] is None and noise.local(index, "f", 3)[1] is not None
    np.testing.assert_allclose(
        noise.local(index, "f", 3)[0], 2 * noise.local(index, "h", 3)[0], rtol=1e-15
    )
    silent = law().refresh(index, "h", 3)
    assert (
        not np.any(silent[0]) and silent[1] is None and law().local(index, "h", 3) == (None, None)
    )


def test_constants_are_completed() -> None:
    """Otherwise a theorem is asked about other noise than the run has: σ as a helper sees it, and s in
    the δ of samples."""
    noise = Gaussian(sigma_f=2.0, sigma_h=1.0, correlation=0.5, s=0.4)
    pair = toy(delta=0.3, zeta=1.0)
    c = noise.constants(pair.constants(), mean_square=True)
    assert noise.constants(pair.constants()).delta == 0.3
    assert (c.sigma_f, c.sigma_h, c.sigma_r) == (2.0, 1.0, noise.sigma_r)
    assert c.delta == pytest.approx(0.5) and isinstance(c.delta, float)
    assert (c.L, c.mu, c.zeta, c.F0) == (1.0, 1.0, pair.constants().zeta, 0.5)
    alone = noise.constants(pair.constants("none"), "none", mean_square=True)
    assert (alone.sigma_h, alone.sigma_r, alone.delta) == (
        0.0,
        2.0,
        pytest.approx(math.hypot(1.0, 0.4)),
    )
    exact = noise.constants(pair.constants(), exact_refresh=True, mean_square=True)
    assert (exact.sigma_h, exact.sigma_r, exact.delta) == (1.0, 0.0, 0.3)
    on_f = noise.constants(pair.constants("f"), "f", mean_square=True)
    assert (on_f.sigma_h, on_f.sigma_r, on_f.delta) == (2.0, 0.0, 0.4)
    grid = Gaussian(s=np.array([0.0, 0.4])).constants(
        Constants(L=1.0, F0=1.0, delta=0.3), mean_square=True
    )
    np.testing.assert_allclose(grid.delta, [0.3, 0.5])


@each_law
@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, "1", None, True, [0.1, -1.0]], ids=repr)
@pytest.mark.parametrize("name", ["sigma_f", "sigma_h", "s", "correlation"])
def test_bad_levels_are_named(law: Any, name: str, bad: Any) -> None:
    """Otherwise noise of level NaN, or a correlation of two, runs without a word."""
    if name == "correlation":
        bad = {-0.1: -1.1}.get(bad, bad) if not isinstance(bad, list) else [0.1, -1.01]
    with pytest.raises(
        InputError, match=rf"1 bad input:\n  {name} = .*: must be a finite number in \["
    ):
        law(**{name: bad})


def test_all_bad_levels_are_listed_at_once() -> None:
    """Otherwise a user mends them one run at a time."""
    with pytest.raises(
        InputError, match=r"(?s)4 bad inputs.*sigma_f = -1.*sigma_h = nan.*s = inf.*correlation = 2"
    ):
        Gaussian(sigma_f=-1.0, sigma_h=math.nan, s=math.inf, correlation=2.0)
