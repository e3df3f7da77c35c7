"""The exact engine against itself: rotated, shifted, on a grid, recorded, in phases."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_input import engine_input
from exact_cases import (
    ADDITIVE,
    DIAGONAL,
    MEASURES,
    METHODS,
    MULTIPLICATIVE,
    PAIRS,
    assert_same,
    flattened,
    levels,
    steps,
)
from hypothesis import given
from hypothesis import strategies as st

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact
from auxtheory.engines.exact import engine
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair, toy


@pytest.mark.parametrize("name", METHODS)
@given(data=st.data())
def test_turning_the_axes_changes_nothing(name: str, data: Any) -> None:
    """Otherwise the dense engine computes something else than the diagonal one: G and gaps are rotation
    invariant."""
    d = data.draw(st.integers(2, 5))
    f = {"L": 1.0, "mu": data.draw(st.sampled_from([0.0, 0.1, 1.0])), "dim": d}
    h = {
        "delta": data.draw(st.floats(0.0, 1.0)),
        "zeta": data.draw(levels),
        "gap": data.draw(st.sampled_from(["signs", "uniform"])),
    }
    s = steps(
        METHODS[name],
        K=1 if name in ("SGD", "SGDMomentum", "MVR") else data.draw(st.integers(1, 5)),
    )
    straight = Quadratic(**f).with_helper(**h)
    turned = Quadratic(**f, rotation=data.draw(st.integers(0, 9))).with_helper(**h)
    assert straight.diagonal and not turned.diagonal
    record = [1, 2, 6]
    one, two = (
        exact.run(*engine_input(METHODS[name], pair, ADDITIVE, s, record=record))
        for pair in (straight, turned)
    )
    assert_same(one, two, fields=(*MEASURES, "spread"))


@pytest.mark.parametrize("noise", [ADDITIVE, MULTIPLICATIVE], ids=["additive", "multiplicative"])
@pytest.mark.parametrize("name", METHODS)
def test_a_diagonal_matrix_is_a_matrix(name: str, noise: Noise) -> None:
    """Otherwise diagonal and dense engine differ, multiplicative noise included, on the same numbers."""
    s = steps(METHODS[name])
    one, two = (
        exact.run(*engine_input(METHODS[name], p, noise, s, record=[1, 2, 6]))
        for p in (DIAGONAL, flattened(DIAGONAL))
    )
    assert_same(one, two, fields=(*MEASURES, "spread"))


@pytest.mark.parametrize("noise", [ADDITIVE, MULTIPLICATIVE], ids=["additive", "multiplicative"])
@pytest.mark.parametrize("rotation", [None, 4])
@pytest.mark.parametrize("name", ["ExactCorrection", "AuxMOM", "AuxMVR"])
def test_a_constant_of_a_billion_changes_no_digit(
    name: str, rotation: int | None, noise: Noise
) -> None:
    """Otherwise a constant in ∇h, which drops out of a corrected method, is carried along and rounds its
    moments away."""
    f = Quadratic(L=1.0, mu=0.1, dim=4, rotation=rotation)
    quiet, loud = (f.with_helper(0.3, zeta, rotation=rotation) for zeta in (1.0, 1e9))
    s = steps(METHODS[name], a=0.123, T=20)
    one, two = (
        exact.run(*engine_input(METHODS[name], pair, noise, s, record=[1, 20]))
        for pair in (quiet, loud)
    )
    assert_same(one, two, rtol=0)
    quiet, loud = (toy(delta=0.3, zeta=zeta) for zeta in (0.0, 1e9))
    assert_same(
        *(exact.run(*engine_input(METHODS[name], pair, noise, s)) for pair in (quiet, loud)), rtol=0
    )


def test_the_naive_method_does_see_that_constant() -> None:
    """Otherwise the test above could pass with the constant dropped for every method."""
    one, two = (
        exact.run(
            *engine_input(methods.Naive, toy(delta=0.3, zeta=z), ADDITIVE, steps(methods.Naive))
        )
        for z in (1.0, 1e9)
    )
    assert two.G[0, 0] > 1e15 * one.G[0, 0]


@pytest.mark.parametrize("rotation", [None, 4])
@pytest.mark.parametrize("name", METHODS)
def test_where_the_minimiser_lies_does_not_matter(name: str, rotation: int | None) -> None:
    """Otherwise the recursion is centred somewhere else than at x*."""
    centred, shifted = (
        Quadratic(L=1.0, mu=0.1, dim=3, F0=2.0, rotation=rotation, x_star=x).with_helper(0.3, 0.5)
        for x in (0.0, [3.0, -7.0, 11.0])
    )
    one, two = (
        exact.run(*engine_input(METHODS[name], p, MULTIPLICATIVE, steps(METHODS[name])))
        for p in (centred, shifted)
    )
    assert_same(one, two, fields=(*MEASURES, "spread"))


GRID = {
    name: np.array(values)
    for name, values in {
        "L": [1.0, 0.5, 2.0, 1.5, 1.0],
        "F0": [1.0, 2.0, 0.1, 5.0, 3.0],
        "delta": [0.1, 0.3, 0.0, 1.0, 0.7],
        "zeta": [1.0, 0.5, 2.0, 0.7, 0.1],
        "sigma_f": [1.0, 0.0, 0.5, 0.2, 0.9],
        "sigma_h": [0.0, 0.5, 1.5, 0.2, 1.0],
        "correlation": [0.0, 0.5, -1.0, 1.0, -0.3],
        "s": [0.0, 0.3, 0.1, 1.0, 0.2],
        "eta": [0.1, 0.3, 0.2, 0.05, 0.25],
        "a": [1.0, 0.1, 0.5, 0.3, 0.7],
    }.items()
}


def case(
    name: str, rotation: int | None, row: int | None
) -> tuple[Any, QuadraticPair, Noise, Steps]:
    """The grid, or one row of it as single numbers."""
    v = {key: values if row is None else float(values[row]) for key, values in GRID.items()}
    f = Quadratic(L=v["L"], dim=3, F0=v["F0"], rotation=rotation)
    noise = Gaussian(**{key: v[key] for key in ("sigma_f", "sigma_h", "correlation", "s")})
    return (
        METHODS[name],
        f.with_helper(v["delta"], v["zeta"]),
        noise,
        steps(METHODS[name], eta=v["eta"], a=v["a"]),
    )


@pytest.mark.parametrize("rotation", [None, 4])
@pytest.mark.parametrize("name", METHODS)
def test_a_grid_equals_its_configurations_one_by_one(
    name: str, rotation: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise configurations mix in a batch, or where a batch is cut into parts."""
    whole = exact.run(*engine_input(*case(name, rotation, None), record=[1, 6]))
    assert whole.G.shape == (2, 5) and whole.diverged.shape == (5,)
    for row in range(5):
        alone = exact.run(*engine_input(*case(name, rotation, row), record=[1, 6]))
        for field in MEASURES:
            np.testing.assert_allclose(
                getattr(whole, field)[:, [row]], getattr(alone, field), rtol=1e-13, atol=0
            )
    monkeypatch.setattr(engine, "NUMBERS_AT_ONCE", 6)
    assert_same(
        exact.run(*engine_input(*case(name, rotation, None), record=[1, 6])),
        whole,
        fields=(*MEASURES, "spread"),
    )


@pytest.mark.parametrize("grid", ["pair", "noise", "eta"])
def test_a_grid_in_one_ingredient_alone(grid: str) -> None:
    """Otherwise a single pair is not broadcast over a grid of levels or of step sizes, or the other way
    round."""
    method, pair, noise, s = case("AuxMVR", None, 1)
    many = case("AuxMVR", None, None)
    mixed = {
        "pair": (many[1], noise, s),
        "noise": (pair, many[2], s),
        "eta": (pair, noise, many[3]),
    }[grid]
    whole = exact.run(*engine_input(method, *mixed))
    for row in range(5):
        one = case("AuxMVR", None, row)
        single = {
            "pair": (one[1], noise, s),
            "noise": (pair, one[2], s),
            "eta": (pair, noise, one[3]),
        }[grid]
        np.testing.assert_allclose(
            whole.G[:, [row]], exact.run(*engine_input(method, *single)).G, rtol=1e-13
        )


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", METHODS)
def test_recording_equals_separate_shorter_runs(name: str, pair: str) -> None:
    """Otherwise a recorded row is not the state after that many rounds."""
    record = (1, 2, 3, 6)
    whole = exact.run(
        *engine_input(
            METHODS[name], PAIRS[pair], MULTIPLICATIVE, steps(METHODS[name]), record=record[::-1]
        )
    )
    assert whole.rounds == record
    for i, T in enumerate(record):
        alone = exact.run(
            *engine_input(METHODS[name], PAIRS[pair], MULTIPLICATIVE, steps(METHODS[name], T=T))
        )
        for field in (*MEASURES, "spread"):
            np.testing.assert_array_equal(getattr(whole, field)[[i]], getattr(alone, field))
        assert whole.costs[i] == alone.costs[0]


def test_a_schedule_is_its_parts_in_a_row() -> None:
    """Otherwise a phase forgets where the one before ended, or its iterates are not counted in G."""
    pair = toy(delta=0.3, zeta=0.8)
    noise = Gaussian()
    s = Steps(eta=0.2, K=3, T=5)
    whole = exact.run(
        *engine_input(methods.fine_tuning(2, eta_f=0.5), pair, noise, s, record=[2, 5])
    )
    first = exact.run(*engine_input(methods.Naive, pair, noise, s.replace(T=2)))
    x = math.sqrt(2 * first.gap[0, 0])
    second = exact.run(
        *engine_input(methods.SGD, toy(delta=0.3, zeta=0.8, x0=x), noise, Steps(eta=0.5, K=1, T=3))
    )
    assert_same(replace(whole, G=whole.G[:1], gap=whole.gap[:1], grad_sq=whole.grad_sq[:1]), first)
    np.testing.assert_allclose(whole.gap[1], second.gap[0], rtol=1e-12)
    np.testing.assert_allclose(whole.G[1], (6 * first.G[0] + 3 * second.G[0]) / 9, rtol=1e-12)


def test_momentum_after_fine_tuning_starts_with_its_own_first_buffer() -> None:
    """Otherwise the buffer of the phase on h leaks into the phase on f, or B is forgotten there."""
    pair = toy(delta=0.3, zeta=0.8)
    noise = Gaussian(sigma_f=1.0)
    schedule = methods.fine_tuning(2, then=methods.SGDMomentum)
    s = Steps(eta=0.1, a=0.25, K=3, T=3)
    still = (
        exact.run(*engine_input(schedule, pair, noise, s.replace(B=math.inf))).gap
        - exact.run(*engine_input(schedule, pair, Gaussian(), s)).gap
    )
    noisy = (
        exact.run(*engine_input(schedule, pair, noise, s.replace(B=4))).gap
        - exact.run(*engine_input(schedule, pair, Gaussian(), s)).gap
    )
    np.testing.assert_allclose(still, 0, atol=1e-15)
    np.testing.assert_allclose(noisy, 0.5 * 0.1**2 / 4, rtol=1e-12)
