"""The noise laws: levels, correlation, and that a sample is a function of its index and of nothing
else."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import auxtheory
from auxtheory.bounds.constants import Constants
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian, Levels, Noise, RandomSign
from auxtheory.problems import toy
from auxtheory.random import philox
from auxtheory.random.counter import (
    CURVATURE_LOCAL,
    CURVATURE_R,
    F_SAMPLE,
    H_SAMPLE,
    LOCAL,
    MAX_STEP,
    Index,
)

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "noise.json").read_text())
LAWS = {"Gaussian": Gaussian, "Gaussian24": partial(Gaussian, bits=24), "RandomSign": RandomSign}
ORACLES = (F_SAMPLE, H_SAMPLE, LOCAL, CURVATURE_R, CURVATURE_LOCAL)
each_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
MANY = Index(seed=2024, start=0, stop=4000, round=3, step=1)

indices = st.builds(
    lambda seed, start, count, round_, step: Index(seed, start, start + count, round_, step),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**31),
    st.integers(1, 20),
    st.integers(1, 2**31),
    st.integers(0, 2**28),
)
levels = st.fixed_dictionaries(
    {
        "sigma_f": st.floats(0, 10),
        "sigma_h": st.floats(0, 10),
        "s": st.floats(0, 10),
        "correlation": st.one_of(st.floats(-1, 1), st.sampled_from([-1.0, 0.0, 1.0])),
    }
)


def parts(noise: Noise, index: Index, dim: int) -> list[Any]:
    """Everything the law gives at an index, for all three helpers."""
    calls = (noise.refresh, noise.local)
    return [x for helper in ("h", "f", "none") for call in calls for x in call(index, helper, dim)]


def apart(values: np.ndarray, mean: float) -> float:
    """How many standard errors the mean of independent values is from what it should be."""
    error = float(values.std(ddof=1)) / math.sqrt(values.size)
    # Rounding, for values that do not vary.
    return abs(float(np.mean(values)) - mean) / (error + 1e-13)


@each_law
@given(given_levels=levels, index=indices, dim=st.integers(1, 260), data=st.data())
def test_a_sample_depends_on_its_index_alone(
    law: Any, given_levels: Any, index: Index, dim: int, data: Any
) -> None:
    """Else results change with chunks of replicas, the order of calls, or the number of
    coordinates: bitwise."""
    noise = law(**given_levels)
    cut = data.draw(st.integers(index.start, index.stop - 1))
    whole = parts(noise, index, dim)
    pieces = [
        parts(noise, p, dim)
        for p in (replace(index, stop=cut), replace(index, start=cut))
        if p.stop > p.start
    ]
    for i, x in enumerate(whole):
        if x is not None and len(x) > 1:
            np.testing.assert_array_equal(np.concatenate([piece[i] for piece in pieces]), x)
    for x, y in zip(whole, parts(noise, index, dim), strict=True):
        np.testing.assert_array_equal(x, y)
    narrow = data.draw(st.integers(1, dim))
    for oracle in ORACLES:
        x, y = (noise.standard(index, oracle, d) for d in (dim, narrow))
        np.testing.assert_array_equal(x[:, :narrow], y)
        x, y = (noise.partner(v, index, d) for v, d in ((x, dim), (y, narrow)))
        np.testing.assert_array_equal(x[:, :narrow], y)


@each_law
def test_every_part_of_the_index_matters(law: Any) -> None:
    """Else two samples that the theory takes for independent are one and the same."""
    noise = law(sigma_f=1.0)
    seeds = (0, 1, 2**32, 2**63)
    rounds = (1, 2, 257)
    steps = (0, 1, 8, MAX_STEP - 1)
    seen = {}
    for seed, round_, step, oracle in product(seeds, rounds, steps, ORACLES):
        for replica, row in enumerate(noise.standard(Index(seed, 0, 3, round_, step), oracle, 128)):
            seen[row.tobytes()] = (seed, round_, step, oracle, replica)
    assert len(seen) == 4 * 3 * 4 * 5 * 3
    gaussian = Gaussian().standard(Index(0, 0, 50, 1, 0), F_SAMPLE, 50)
    assert len(np.unique(gaussian)) == 2500, "coordinates repeat"


def test_oracles_and_steps_do_not_collide() -> None:
    """Else a later step of one oracle is an earlier step of another: the counter's word is 8 · step
    + oracle."""
    assert sorted(ORACLES) == [0, 1, 2, 3, 4] and MAX_STEP * 8 == 2**32


@each_law
def test_the_five_oracles_are_uncorrelated(law: Any) -> None:
    """Else local noise leans on the refresh's, or ε on n, against the theory's independence."""
    samples = [law().standard(MANY, oracle, 25) for oracle in ORACLES]
    samples += [
        law().standard(index, F_SAMPLE, 25)
        for index in (replace(MANY, step=2), replace(MANY, round=4))
    ]
    for i, x in enumerate(samples):
        assert apart(x, 0.0) < 4
        for y in samples[:i]:
            assert apart(x * y, 0.0) < 4


def test_the_golden_noise() -> None:
    """Else runs published by earlier versions can no longer be reproduced: exactly, being made of +
    − × ÷ √."""
    assert {row["law"] for row in GOLDEN} == set(LAWS)
    for row in GOLDEN:
        noise = LAWS[row["law"]](**row["levels"])
        for x, wanted in zip(
            parts(noise, Index(**row["index"]), row["dim"]), row["parts"], strict=True
        ):
            assert (x is None) == (wanted is None)
            if x is not None:
                assert x.tolist() == wanted


@each_law
@given(given_levels=levels, index=indices, dim=st.integers(1, 140))
def test_other_array_libraries_get_the_same_numbers(
    law: Any, given_levels: Any, index: Index, dim: int
) -> None:
    """Else a run on another array library is another run: float64 arrays of its own, bitwise those
    of NumPy."""
    grid = {name: [value, value / 2] for name, value in given_levels.items()}
    for noise in (law(**given_levels), law(**grid)):
        for helper in ("h", "f", "none"):
            for call in (noise.refresh, noise.local):
                strict = call(index, helper, dim, array_api_strict)
                for x, y in zip(call(index, helper, dim), strict, strict=True):
                    assert (x is None) == (y is None)
                    if x is not None:
                        assert x.dtype == np.float64
                        assert (
                            type(y) is type(array_api_strict.zeros(1))
                            and y.dtype == array_api_strict.float64
                        )
                        np.testing.assert_array_equal(np.asarray(y), x)


@each_law
@given(
    rho=st.one_of(st.floats(-1, 1), st.sampled_from([-1.0, 0.0, 1.0])),
    index=indices,
    dim=st.integers(1, 140),
)
def test_compiled_engines_are_told_the_same_law(
    law: Any, rho: float, index: Index, dim: int
) -> None:
    """Else an engine that goes by `draws` runs with other noise than `standard` and `partner` make:
    bitwise."""
    noise = law(correlation=rho)
    names = {"Gaussian": "normals", "Gaussian24": "normals_single", "RandomSign": "signs"}
    assert noise.draws.standard == next(names[name] for name, made in LAWS.items() if made is law)

    def draw(name: str, oracle: int) -> Any:
        step = index.step * 8 + oracle
        return getattr(philox, name)(index.start, index.stop, index.round, step, index.seed, dim)

    for oracle in ORACLES:
        np.testing.assert_array_equal(
            draw(noise.draws.standard, oracle), noise.standard(index, oracle, dim)
        )
    first = noise.standard(index, F_SAMPLE, dim)
    second = draw(noise.draws.second, H_SAMPLE)
    rest = np.sqrt(1 - np.float64(rho) * rho)
    correlated = noise.draws.correlate(first, second, np.float64(rho), rest)
    np.testing.assert_array_equal(correlated, noise.partner(first, index, dim))


def test_a_law_of_ones_own_is_not_drawn_by_compiled_engines() -> None:
    """Else a user's law is silently replaced by one of the library's."""

    class Still(Noise):
        def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Any:
            return xp.ones((index.stop - index.start, dim))

        def partner(self, first: Any, index: Index, dim: int, xp: Any = np) -> Any:
            return self.correlation * first

    assert Still().draws is None
    assert Still(sigma_f=6.0).refresh(MANY, "h", 4)[0].tolist() == [[3.0] * 4] * 4000


@each_law
def test_full_correlation_is_exact(law: Any) -> None:
    """Else at ρ = ±1 a rare sample of h is not that of f or its negative, and an exact cancellation
    is not exact."""
    first = law().standard(MANY, F_SAMPLE, 25)
    for rho in (1.0, -1.0):
        np.testing.assert_array_equal(law(correlation=rho).partner(first, MANY, 25), rho * first)
    assert not np.any(law(sigma_f=2.0, sigma_h=2.0, correlation=1.0).refresh(MANY, "h", 25)[0])


@each_law
@pytest.mark.parametrize("rho", [-1.0, -0.3, 0.0, 0.8, 1.0])
def test_levels_and_correlation_are_those_asked_for(law: Any, rho: float) -> None:
    """Else a bound is compared with noise of another size: 4,000 samples in 5 dimensions, four
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
    """Else σ_r² is not σ_f² + σ_h² − 2ρσ_fσ_h, or rounding makes it NaN near ρ = 1, σ_f = σ_h."""
    sigma_r = Gaussian(sigma_f=f, sigma_h=h, correlation=rho).sigma_r
    assert isinstance(sigma_r, float)
    assert sigma_r**2 == pytest.approx(
        f**2 + h**2 - 2 * rho * f * h, rel=1e-9, abs=1e-12 * (f + h) ** 2
    )
    assert Gaussian(sigma_f=f, sigma_h=f, correlation=1.0).sigma_r == 0


@given(f=st.floats(0.01, 100), h=st.floats(0.01, 100), dim=st.integers(1, 200), index=indices)
def test_random_signs_have_their_norm_surely(f: float, h: float, dim: int, index: Index) -> None:
    """Else the law that attains its level on every sample does not."""
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
    """Else E‖s ε ∘ z‖² = s²‖z‖² fails, coordinate by coordinate, or the two oracles share their
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
    """Else SGD's noise is put into a buffer, momentum on f alone sees h's noise, or absent noise is
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
    """Else a theorem is asked about other noise than the run has: σ as a helper sees it, and s in
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
    assert (on_f.sigma_h, on_f.sigma_r, on_f.delta) == (2.0, 0.0, 0.0)
    grid = Gaussian(s=np.array([0.0, 0.4])).constants(
        Constants(L=1.0, F0=1.0, delta=0.3), mean_square=True
    )
    np.testing.assert_allclose(grid.delta, [0.3, 0.5])


@each_law
def test_a_grid_of_levels_shares_its_samples(law: Any) -> None:
    """Else configurations of one grid are not comparable sample by sample, or take each other's
    level."""
    grid = {"sigma_f": [1.0, 2.0, 0.0], "sigma_h": [0.5, 0.0, 3.0], "correlation": [0.3, -1.0, 1.0]}
    grid["s"] = [0.0, 1.0, 0.2]
    many = law(**{name: np.array(v) for name, v in grid.items()})
    index = replace(MANY, stop=6)
    for helper in ("h", "f", "none"):
        for call in ("refresh", "local"):
            whole = getattr(many, call)(index, helper, 4)
            for c in range(3):
                alone = getattr(law(**{name: v[c] for name, v in grid.items()}), call)(
                    index, helper, 4
                )
                for x, y in zip(whole, alone, strict=True):
                    got = 0.0 if x is None else x if x.ndim == 2 else x[c]
                    got, wanted = (
                        np.broadcast_to(v, (6, 4)) for v in (got, 0.0 if y is None else y)
                    )
                    np.testing.assert_allclose(got, wanted, atol=1e-15)


@each_law
@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, "1", None, True, [0.1, -1.0]], ids=repr)
@pytest.mark.parametrize("name", ["sigma_f", "sigma_h", "s", "correlation"])
def test_bad_levels_are_named(law: Any, name: str, bad: Any) -> None:
    """Else noise of level NaN, or a correlation of two, runs without a word."""
    if name == "correlation":
        bad = {-0.1: -1.1}.get(bad, bad) if not isinstance(bad, list) else [0.1, -1.01]
    with pytest.raises(
        InputError, match=rf"1 bad input:\n  {name} = .*: must be a finite number in \["
    ):
        law(**{name: bad})


def test_all_bad_levels_are_listed_at_once() -> None:
    """Else a user mends them one run at a time."""
    with pytest.raises(
        InputError, match=r"(?s)4 bad inputs.*sigma_f = -1.*sigma_h = nan.*s = inf.*correlation = 2"
    ):
        Gaussian(sigma_f=-1.0, sigma_h=math.nan, s=math.inf, correlation=2.0)


@pytest.mark.parametrize("bad", [32, 0, -24, 53.5, "53", None, True, [24]], ids=repr)
def test_bad_bits_are_named(bad: Any) -> None:
    """Else a precision that does not exist is taken for one that does; bad levels are listed along
    with it."""
    with pytest.raises(InputError, match=r"1 bad input:\n  bits = .*: must be 53 or 24"):
        Gaussian(bits=bad)
    with pytest.raises(InputError, match=r"(?s)2 bad inputs.*bits = .*sigma_f = -1"):
        Gaussian(bits=bad, sigma_f=-1.0)


@each_law
@given(given_levels=levels)
def test_a_law_prints_as_the_code_that_makes_it(law: Any, given_levels: Any) -> None:
    """Else a counterexample's snippet does not run."""
    for noise in (law(**given_levels), law()):
        again = eval(repr(noise), {"at": auxtheory})
        assert type(again) is type(noise) and again.draws == noise.draws
        for name in given_levels:
            assert getattr(again, name) == getattr(noise, name)
