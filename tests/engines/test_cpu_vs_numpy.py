"""The compiled CPU engine follows the NumPy engine bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cpu_cases import ERRORS, MEASURES, METHODS, assert_bitwise, both, level, loud, quadratic, steps

from auxtheory import methods
from auxtheory.engines.base import Trace
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Cosine, Pair

each_method = pytest.mark.parametrize("name", METHODS)


def cosine(d: int, C: int = 1) -> Pair:
    return Cosine(L=1.0, dim=d, x_star=0.3).with_helper(
        level(C, 0.3, 0.1), 0.5, bias=np.linspace(1.0, 2.0, d)
    )


def assert_same(got: Trace, wanted: Trace) -> None:
    """Paths bitwise; measures to 1e-12, and standard errors to 1e-12 of their measures.

    A measure is a sum of n = d · K · T or fewer terms ≥ 0, which the engines take in another order:
    each order is off by about eps·√n, of which n = 300 · 5 · 6 makes 2e-14, and by no more than
    eps·n = 2e-12 were all roundings alike. A standard error is made of differences of such values,
    so it is as exact as they are beside them, not beside it.
    """
    assert_bitwise(got.paths, wanted.paths)
    for name in MEASURES:
        np.testing.assert_allclose(
            getattr(got, name), getattr(wanted, name), rtol=1e-12, atol=1e-300, err_msg=name
        )
    for name in ERRORS:
        scale = np.max(getattr(wanted, name.removesuffix("_se")))
        np.testing.assert_allclose(
            getattr(got, name), getattr(wanted, name), atol=1e-12 * scale, err_msg=name
        )
    for name in ("start", "diverged"):
        assert_bitwise(getattr(got, name), getattr(wanted, name), name)
    assert (got.engine, got.rounds, got.costs, got.replicas) == (
        "cpu",
        wanted.rounds,
        wanted.costs,
        wanted.replicas,
    )


@pytest.mark.parametrize("B", [math.inf, 3], ids="B={}".format)
@each_method
def test_every_method_has_the_paths_of_the_reference(name: str, B: float) -> None:
    """Otherwise a compiled loop runs another method: one pair and a grid, within one tile and across
    tiles."""
    method = METHODS[name]
    # Of 256 numbers: 51 replicas, or less than one.
    for d, replicas, C in ((5, 120, 1), (5, 60, 3), (300, 3, 3)):
        assert_same(
            *both(
                (method, quadratic(d, C), loud("gaussian", C), steps(method, C, B=B)),
                replicas=replicas,
            )
        )


@pytest.mark.parametrize("d", [1, 3, 4, 128, 130, 300])
@pytest.mark.parametrize("law", ["gaussian-24", "signs"])
def test_every_law_at_every_width(law: str, d: int) -> None:
    """Otherwise a row that is no whole number of blocks (4 normals, 128 signs) is drawn from the wrong
    lane."""
    method = methods.AuxMVR
    assert_same(*both((method, quadratic(d), loud(law), steps(method)), replicas=2 + 600 // d))
    assert_same(*both((method, quadratic(d, 3), loud(law, 3), steps(method, 3)), replicas=3))


@pytest.mark.parametrize("d", [1, 5, 300])
def test_a_pair_that_is_not_quadratic(d: int) -> None:
    """Otherwise the engine takes a pair's gradients for linear, or its sine is another in compiled
    code."""
    method = methods.AuxMVR
    for C in (1, 3):
        case = method, cosine(d, C), loud("gaussian", C), steps(method, C)
        assert_same(*both(case, replicas=2 + 200 // d))


LEVELS = {
    "none": {},
    "f": {"sigma_f": 0.7},
    "h": {"sigma_h": 0.3, "correlation": 0.5},
    "s": {"s": 0.5},
    "rho=1": {"sigma_f": 0.7, "sigma_h": 0.3, "correlation": 1.0},
    "rho=-1": {"sigma_f": 0.7, "sigma_h": 0.3, "correlation": -1.0},
    "mixed": {
        "sigma_f": [0.0, 1.0, 1.0],
        "sigma_h": [1.0, 0.0, 1.0],
        "correlation": [-1.0, 0.2, 1.0],
        "s": [0, 0, 1],
    },
}


@pytest.mark.parametrize("name", ["AuxMVR", "FineTuning"])
@pytest.mark.parametrize("levels", LEVELS)
def test_samples_that_need_not_be_drawn(levels: str, name: str) -> None:
    """Otherwise a sample is left out that is needed, or an old one stands where none belongs."""
    method = METHODS[name]
    for K in (1, 2, 3, 7):
        assert_same(
            *both(
                (method, quadratic(5), Gaussian(**LEVELS[levels]), steps(method, K=K)), replicas=3
            )
        )


def test_the_ends_of_what_can_be_numbered() -> None:
    """Otherwise the largest seed and replica wrap elsewhere than in the reference, or some rounds are
    recorded as others."""
    case = methods.AuxMVR, quadratic(5), loud("gaussian"), steps(methods.AuxMVR)
    some = {"replicas": 3, "seed": 2**64 - 1, "first_replica": 2**31, "record": [5, 2]}
    assert_same(*both(case, **some))
    assert_same(
        *both(case, **{name: np.int64(v) if name == "replicas" else v for name, v in some.items()})
    )
