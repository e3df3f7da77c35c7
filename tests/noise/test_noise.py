"""The noise laws: a sample is a function of its index and of nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from noise_cases import LAWS, MANY, apart, each_law, indices

import auxtheory
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian, Noise
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
ORACLES = (F_SAMPLE, H_SAMPLE, LOCAL, CURVATURE_R, CURVATURE_LOCAL)
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


@each_law
@given(given_levels=levels, index=indices, dim=st.integers(1, 260), data=st.data())
def test_a_sample_depends_on_its_index_alone(
    law: Any, given_levels: Any, index: Index, dim: int, data: Any
) -> None:
    """Otherwise results change with chunks of replicas, the order of calls, or the number of
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
    """Otherwise two samples that the theory takes for independent are one and the same."""
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
    """Otherwise a later step of one oracle is an earlier step of another: the counter's word is 8 · step
    + oracle."""
    assert sorted(ORACLES) == [0, 1, 2, 3, 4] and MAX_STEP * 8 == 2**32


@each_law
def test_the_five_oracles_are_uncorrelated(law: Any) -> None:
    """Otherwise local noise leans on the refresh's, or ε on n, against the theory's independence."""
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
    """Otherwise runs published by earlier versions can no longer be reproduced: exactly, being made of +
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
    """Otherwise a run on another array library is another run: float64 arrays of its own, bitwise those
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
    """Otherwise an engine that goes by `draws` runs with other noise than `standard` and `partner` make:
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
    """Otherwise a user's law is silently replaced by one of the library's."""

    class Still(Noise):
        def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Any:
            return xp.ones((index.stop - index.start, dim))

        def partner(self, first: Any, index: Index, dim: int, xp: Any = np) -> Any:
            return self.correlation * first

    assert Still().draws is None
    assert Still(sigma_f=6.0).refresh(MANY, "h", 4)[0].tolist() == [[3.0] * 4] * 4000


@each_law
def test_a_grid_of_levels_shares_its_samples(law: Any) -> None:
    """Otherwise configurations of one grid are not comparable sample by sample, or take each other's
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


@pytest.mark.parametrize("bad", [32, 0, -24, 53.5, "53", None, True, [24]], ids=repr)
def test_bad_bits_are_named(bad: Any) -> None:
    """Otherwise a precision that does not exist is taken for one that does; bad levels are listed along
    with it."""
    with pytest.raises(InputError, match=r"1 bad input:\n  bits = .*: must be 53 or 24"):
        Gaussian(bits=bad)
    with pytest.raises(InputError, match=r"(?s)2 bad inputs.*bits = .*sigma_f = -1"):
        Gaussian(bits=bad, sigma_f=-1.0)


@each_law
@given(given_levels=levels)
def test_a_law_prints_as_the_code_that_makes_it(law: Any, given_levels: Any) -> None:
    """Otherwise a counterexample's snippet does not run."""
    for noise in (law(**given_levels), law()):
        again = eval(repr(noise), {"at": auxtheory})
        assert type(again) is type(noise) and again.draws == noise.draws
        for name in given_levels:
            assert getattr(again, name) == getattr(noise, name)
