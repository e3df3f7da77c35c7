"""Quadratic pairs print as code and refuse bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from complaints import assert_lists
from hypothesis import given
from hypothesis import strategies as st
from quadratic_strategies import dim_of, helpers, targets

import auxtheory
from auxtheory.errors import InputError
from auxtheory.problems import Quadratic, QuadraticPair, toy

ARRAYS = "A", "R", "b", "start", "minimiser", "eigenvalues", "gap_norm"


# -- printing
# -----------------------------------------------------------------------------------------


@given(target=targets(), data=st.data())
def test_a_pair_prints_as_the_code_that_makes_it(target: dict[str, Any], data: Any) -> None:
    """Otherwise a counterexample's snippet does not run, or makes another pair."""
    f = Quadratic(**target)
    pair = f.with_helper(**data.draw(helpers(dim_of(target))))
    again = eval(repr(pair), {"at": auxtheory})
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(again, name), getattr(pair, name))
    assert repr(again) == repr(pair) and repr(eval(repr(f), {"at": auxtheory})) == repr(f)


@pytest.mark.parametrize(
    "pair",
    [
        toy(delta=0.3, zeta=2.0),
        toy(delta=np.array([0.1, 0.2]), zeta=0.0, x0=-3.0),
        Quadratic(spectrum=np.array([1.0, 2.0]), x0=np.array([1.0, 1.0])).with_helper(
            np.float64(0.1), bias=np.ones(2)
        ),
        Quadratic(L=np.array([1.0, 2.0]), dim=2, F0=[3.0, 4.0], rotation=np.int64(2)).with_helper(
            0.1, [1.0, 2.0]
        ),
        Quadratic(L=1, dim=2, x_star=np.array([1.0, 2.0])).with_helper(gap=[0.0, 0.0]),
    ],
    ids=str,
)
def test_arrays_print_as_code_too(pair: QuadraticPair) -> None:
    """Otherwise a pair made from arrays prints names that mean nothing to the reader's interpreter."""
    again = eval(repr(pair), {"at": auxtheory})
    for name in (*ARRAYS, "grid"):
        np.testing.assert_array_equal(getattr(again, name), getattr(pair, name))


def test_lists_of_numpy_numbers_print_as_code() -> None:
    """Otherwise toy(x0=np.float64(2)) has a repr that needs `np`."""
    eval(repr(toy(delta=0.1, zeta=0.0, x0=np.float64(2.0))), {"at": auxtheory})


# -- bad input
# ----------------------------------------------------------------------------------------

BAD_TARGETS = [
    ({"L": -1.0, "dim": 2}, ["L = -1.0: must be a finite number in [1e-100, 1e+100]"]),
    ({"L": 0.0, "dim": 2}, ["L = 0.0: must be a finite number in [1e-100, 1e+100]"]),
    (
        {"L": math.nan, "mu": -1.0, "dim": 0, "F0": 0.0},
        ["L = nan", "mu = -1.0", "dim = 0", "F0 = 0.0"],
    ),
    (
        {"L": "1", "dim": 2.5, "F0": math.inf, "rotation": -1},
        ["L = '1'", "dim = 2.5", "F0 = inf", "rotation = -1"],
    ),
    ({}, ["L = None", "dim = None"]),
    ({"L": 1.0, "dim": 2, "mu": 1.5}, ["mu = 1.5: must be at most L = 1.0"]),
    ({"L": 1.0, "dim": 1, "mu": 0.5}, ["mu = 0.5: must equal L = 1.0 when dim = 1"]),
    (
        {"L": 1.0, "dim": 2, "spectrum": "geometric"},
        ["mu = None: must be > 0 for a geometric spectrum"],
    ),
    (
        {"L": 1.0, "dim": 2, "spectrum": "unifrom"},
        ["spectrum = 'unifrom'", "did you mean 'uniform'"],
    ),
    ({"spectrum": [1.0, -1.0]}, ["spectrum = -1.0: must be a finite number in [0, 1e+100]"]),
    ({"spectrum": [0.0, 0.0]}, ["spectrum = [0., 0.]: must hold a positive eigenvalue"]),
    ({"spectrum": [[1.0]]}, ["spectrum = [[1.0]]: must be a name or a list of d eigenvalues"]),
    ({"spectrum": []}, ["spectrum = []: must not be empty"]),
    (
        {"spectrum": [1.0, 2.0], "L": 3.0, "mu": 0.5, "dim": 4},
        ["L = 3.0", "mu = 0.5", "dim = 4", "the spectrum's, 2"],
    ),
    (
        {"L": 1.0, "dim": 2, "x0": [1.0], "x_star": [math.nan, 0.0]},
        ["x0 = [1.0]: must be 2 finite", "x_star = "],
    ),
    ({"L": 1.0, "dim": 2, "x_star": math.inf}, ["x_star = inf: must be 2 finite numbers"]),
    ({"L": 1.0, "dim": 2, "x0": "ab"}, ["x0 = 'ab': must be 2 finite numbers"]),
    (
        {"L": 1.0, "dim": 2, "x0": [3.0, 3.0], "x_star": 3.0},
        ["x0 = [3.0, 3.0]: must not minimise f"],
    ),
    (
        {"L": 1.0, "mu": 1.0, "dim": 2, "x0": [1.0, 1.0], "F0": 2.0},
        ["F0 = 2.0: must be left out or equal f(x0) − inf f = [1.]"],
    ),
    ({"L": np.array([1.0, 2.0]), "dim": 2, "F0": np.ones(3)}, ["shapes of L, F0"]),
    ({"L": np.ones((2, 2)), "dim": 2}, ["shapes of L"]),
]


@pytest.mark.parametrize(
    ("given_", "lines"), BAD_TARGETS, ids=lambda v: ",".join(v) if isinstance(v, dict) else ""
)
def test_a_bad_target_is_refused_in_one_message(given_: dict[str, Any], lines: list[str]) -> None:
    """Otherwise a pair without the constants asked for is made, or the message leaves out one offending
    value."""
    with pytest.raises(InputError) as caught:
        Quadratic(**given_)
    assert_lists(caught, lines)


def test_a_start_that_has_the_gap_asked_for_is_taken() -> None:
    """Otherwise x0 and F0 can never be given together."""
    assert (
        Quadratic(L=1.0, mu=1.0, dim=2, x0=[1.0, 1.0], F0=1.0).with_helper().constants().F0 == 1.0
    )


BAD_HELPERS = [
    ({"delta": -0.1}, ["delta = -0.1: must be a finite number in [0, 1e+100]"]),
    (
        {"delta": math.nan, "zeta": math.inf, "gap": "sings", "rotation": -1, "bias": [0, 0, 0]},
        [
            "delta = nan",
            "zeta = inf",
            "gap = 'sings'",
            "did you mean 'signs'",
            "rotation = -1",
            "bias = [0, 0, 0]: must not be the zero vector",
        ],
    ),
    ({"delta": 0.1, "gap": [0.1, 0.1]}, ["gap = [0.1, 0.1]: must be 3 finite numbers"]),
    (
        {"delta": 0.1, "gap": [0.1, 0.2, 0.1]},
        ["gap = [0.1, 0.2, 0.1]: must have a largest eigenvalue of size delta = 0.1"],
    ),
    ({"delta": 0.1, "gap": [0.1, math.nan, 0.1]}, ["gap = [0.1, nan, 0.1]"]),
    ({"bias": [1.0, math.inf, 0.0]}, ["bias = [1.0, inf, 0.0]: must be 3 finite numbers"]),
    ({"bias": [1.0]}, ["bias = [1.0]: must be 3 finite numbers"]),
    (
        {"rotation": 1.5, "zeta": -1.0},
        ["rotation = 1.5: must be a whole number of at least 0", "zeta = -1.0"],
    ),
    ({"delta": np.ones(2), "zeta": np.ones(3)}, ["shapes of delta, zeta"]),
]


@pytest.mark.parametrize(
    ("given_", "lines"), BAD_HELPERS, ids=lambda v: ",".join(v) if isinstance(v, dict) else ""
)
def test_a_bad_helper_is_refused_in_one_message(given_: dict[str, Any], lines: list[str]) -> None:
    """Otherwise a helper without the δ and ζ asked for is made, or the message leaves out one offending
    value."""
    with pytest.raises(InputError) as caught:
        Quadratic(L=1.0, dim=3).with_helper(**given_)
    assert_lists(caught, lines)


def test_mu_may_be_an_array() -> None:
    """Otherwise a grid in μ, which the docstring promises, needs a list."""
    mu = np.array([0.1, 0.2])
    np.testing.assert_array_equal(
        Quadratic(L=1.0, mu=mu, dim=3).with_helper(0.1).constants().mu, mu
    )


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: Quadratic(L=[1.0, 2.0], mu=[0.1, 0.2, 0.3], dim=3), "L, mu"),
        (lambda: Quadratic(L=1.0, dim=3, x_star="a"), "x_star = 'a'"),  # type: ignore[arg-type]
        (lambda: Quadratic(L=1.0, dim=3, x_star=None), "x_star = None"),  # type: ignore[arg-type]
        (lambda: Quadratic(L=1.0, dim=2).with_helper(np.array([[0.1, 0.2]])), "delta"),
        (lambda: Quadratic(L=1.0, dim=2).with_helper(0.1, gap=["a", "b"]), "gap = "),  # type: ignore[list-item]
        (
            lambda: Quadratic(L=1.0, dim=2).with_helper(np.array([0.1, 0.2]), gap=[0.2, -0.2]),
            "gap = ",
        ),
    ],
    ids=[
        "lengths",
        "x_star a string",
        "x_star None",
        "delta a matrix",
        "gap of strings",
        "gap beside a grid of delta",
    ],
)
def test_input_of_the_wrong_shape_or_kind_is_refused_by_name(make: Any, names: str) -> None:
    """Otherwise the message is NumPy's, about a line of the library, or a configuration has another δ
    than asked for."""
    with pytest.raises(InputError, match=rf"(?s)1 bad input.*{names}"):
        make()
