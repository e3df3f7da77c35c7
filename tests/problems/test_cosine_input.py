"""Cosine pairs print as code and refuse bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from complaints import assert_lists
from cosine_strategies import pairs
from hypothesis import given

import auxtheory as at
from auxtheory.errors import InputError
from auxtheory.problems import Cosine

ARRAYS = "amplitudes", "r", "b", "start", "minimiser"


@given(made=pairs())
def test_a_pair_prints_as_the_code_that_makes_it(made: Any) -> None:
    """Otherwise a counterexample's snippet does not run, or makes another pair."""
    pair, target, _ = made
    again = eval(repr(pair), {"at": at})
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(again, name), getattr(pair, name))
    plain = Cosine(L=1.0, dim=8).with_helper(0.1, 0.5)
    assert repr(plain) == "at.Cosine(L=1.0, dim=8).with_helper(delta=0.1, zeta=0.5)"
    assert repr(again) == repr(pair) and repr(eval(repr(Cosine(**target)), {"at": at})) == repr(
        Cosine(**target)
    )


BAD_TARGETS = [
    ({}, ["L = None", "dim = None"]),
    (
        {"L": math.nan, "low": 0.0, "dim": 0, "F0": -1.0, "spectrum": "unifrom"},
        [
            "L = nan",
            "low = 0.0: must be a finite number in (0, 1e+100]",
            "dim = 0",
            "F0 = -1.0",
            "spectrum = 'unifrom'",
        ],
    ),
    ({"L": 1.0, "dim": 2, "low": 1.5}, ["low = 1.5: must be at most L = 1.0"]),
    ({"L": 1.0, "dim": 1, "low": 0.5}, ["low = 0.5: must equal L = 1.0 when dim = 1"]),
    ({"spectrum": [1.0, 0.0]}, ["spectrum = 0.0: must be a finite number in (0, 1e+100]"]),
    (
        {"spectrum": [1.0, 2.0], "L": 3.0, "low": 0.5, "dim": 4},
        ["L = 3.0", "low = 0.5", "dim = 4: must be left out or equal the spectrum's, 2"],
    ),
    (
        {"L": 1.0, "dim": 2, "F0": 3.1},
        ["F0 = 3.1: must be at most 2Σl = [3.], the largest value of f − inf f"],
    ),
    (
        {"L": 1.0, "dim": 2, "F0": 1e-40, "x_star": 5.0},
        ["F0 = 1e-40: must be large enough to tell x0 from x_star = 5.0"],
    ),
    (
        {"L": 1.0, "dim": 2, "x0": [1.0], "x_star": 2e3},
        [
            "x0 = [1.0]: must be 2 finite numbers in [-1000, 1000]",
            "x_star = 2000.0: must be 2 finite numbers in [-1000, 1000], or one",
        ],
    ),
    (
        {"L": 1.0, "dim": 2, "x0": [3.0, 3.0], "x_star": 3.0},
        ["x0 = [3.0, 3.0]: must not minimise f"],
    ),
    (
        {"L": 1.0, "dim": 1, "x0": [1.0], "F0": 2.0},
        ["F0 = 2.0: must be left out or equal f(x0) − inf f = [0.4596976"],
    ),
    ({"L": np.ones(2), "low": np.full(3, 0.5), "dim": 2}, ["shapes of L, low"]),
]
BAD_HELPERS = [
    (
        {"delta": -0.1, "zeta": math.inf, "gap": "sings", "bias": [0, 0, 0]},
        [
            "delta = -0.1",
            "zeta = inf",
            "gap = 'sings'",
            "did you mean 'signs'",
            "bias = [0, 0, 0]: must not be the zero vector",
        ],
    ),
    (
        {"delta": 0.1, "gap": [0.1, 0.2, 0.1]},
        ["gap = [0.1, 0.2, 0.1]: must have a largest eigenvalue of size delta = 0.1"],
    ),
    (
        {"bias": [1.0], "gap": [1.0]},
        ["bias = [1.0]: must be 3 finite numbers", "gap = [1.0]: must be 3 finite numbers"],
    ),
    ({"delta": np.ones(2), "zeta": np.ones(3)}, ["shapes of delta, zeta"]),
]


@pytest.mark.parametrize(
    ("given_", "lines"), BAD_TARGETS, ids=lambda v: ",".join(v) if isinstance(v, dict) else ""
)
def test_a_bad_target_is_refused_in_one_message(given_: dict[str, Any], lines: list[str]) -> None:
    """Otherwise a pair without the constants asked for is made, or the message leaves out one offending
    value."""
    with pytest.raises(InputError) as caught:
        Cosine(**given_)
    assert_lists(caught, lines)


@pytest.mark.parametrize(
    ("given_", "lines"), BAD_HELPERS, ids=lambda v: ",".join(v) if isinstance(v, dict) else ""
)
def test_a_bad_helper_is_refused_in_one_message(given_: dict[str, Any], lines: list[str]) -> None:
    """Otherwise a helper without the δ and ζ asked for is made, or the message leaves out one offending
    value."""
    with pytest.raises(InputError) as caught:
        Cosine(L=1.0, dim=3).with_helper(**given_)
    assert_lists(caught, lines)


def test_bad_settings_of_a_certificate_are_refused_in_one_message() -> None:
    """Otherwise a certificate of no points holds, or NumPy complains instead."""
    with pytest.raises(InputError) as caught:
        Cosine(L=1.0, dim=3).with_helper(0.1).certify(samples=0, seed=-1)
    assert_lists(caught, ["samples = 0", "seed = -1"])
