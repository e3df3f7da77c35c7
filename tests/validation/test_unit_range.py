"""The range of units: what is beyond it is refused, what is inside is measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from unit_cases import EACH, QUIET, Units

import auxtheory as at
from auxtheory import theorems
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian
from auxtheory.theorems import Theorem


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda: Constants(L=1e-101, F0=1.0),
            "L = 1e-101: must be a finite number in [1e-100, 1e+100]",
        ),
        (
            lambda: Constants(L=1.0, F0=1e-320),
            "F0 = 1e-320: must be a finite number in [1e-100, 1e+100]",
        ),
        (
            lambda: Constants(L=1.1e100, F0=1.0),
            "L = 1.1e+100: must be a finite number in [1e-100, 1e+100]",
        ),
        (
            lambda: Steps(eta=1e-201, K=1, T=1),
            "eta = 1e-201: must be a finite number in [1e-200, 1e+100]",
        ),
        (
            lambda: at.Quadratic(L=1e-300, dim=2),
            "L = 1e-300: must be a finite number in [1e-100, 1e+100]",
        ),
        (
            lambda: at.Quadratic(L=1.0, dim=2, F0=1e-300),
            "F0 = 1e-300: must be a finite number in [1e-100, 1e+100]",
        ),
        (
            lambda: at.Cosine(L=1e-300, dim=2),
            "L = 1e-300: must be a finite number in [1e-100, 1e+100]",
        ),
        (lambda: _seen(delta=1e41), "delta = 1e+41: must be at most 1e+40 L = 1e+40"),
        (lambda: _seen(zeta=1e41), "zeta = 1e+41: must be at most 1e+40 √(L F0) = 1e+40"),
        (lambda: _seen(sigma_f=1e41), "sigma_r = 1e+41: must be at most 1e+40 √(L F0) = 1e+40"),
        (
            lambda: _seen(L=1e-90, F0=1e-90, sigma_h=1e-40),
            "sigma_h = 1e-40: must be at most 1e+40 √(L F0) = ",
        ),
    ],
)
def test_what_is_beyond_the_range_is_refused_with_the_range(
    make: Callable[[], object], told: str
) -> None:
    """Otherwise what is accepted comes out as a wrong number."""
    with pytest.raises(InputError) as caught:
        make()
    assert told in str(caught.value)


def _seen(
    L: float = 1.0, F0: float = 1.0, delta: float = 0.0, zeta: float = 0.0, **noise: float
) -> Constants:
    pair = at.Quadratic(L=L, dim=2, F0=F0).with_helper(delta, zeta)
    return at.theorems.AuxMOM().constants(pair, Gaussian(**noise))


@pytest.mark.parametrize("u", [1e-100, 1e100])
def test_the_ends_of_the_range_are_inside(u: float) -> None:
    """Otherwise F₀ as computed from the start, an ulp beyond the end, is refused."""
    for dim in range(1, 8):
        for mu in (0.0, 0.5) if dim > 1 else (1.0,):
            c = at.Quadratic(L=u, mu=mu * u, dim=dim, F0=u).with_helper().constants()
            assert (c.L, c.F0 / u) == (u, pytest.approx(1.0, rel=1e-12))


@pytest.mark.parametrize(
    "extremes", [(1e39, 1.0, 1.0), (1.0, 1e39, 1.0), (1.0, 1.0, 1e39), (1e39, 1e39, 1e39)]
)
@pytest.mark.parametrize(
    ("L", "F0"), [(1.0, 1.0), (1e-99, 1e99), (1e60, 1e-99), (1e60, 1e60), (1e-99, 1e-99)]
)
@EACH
def test_the_farthest_that_is_accepted_is_measured(
    kind: type[Theorem], L: float, F0: float, extremes: tuple[float, float, float]
) -> None:
    """Otherwise an engine overflows where a bound does not, and a true theorem is violated."""
    delta, zeta, sigma = extremes
    gradient = math.sqrt(L) * math.sqrt(F0)
    pair = at.Quadratic(L=L, mu=0.1 * L, dim=2, F0=F0).with_helper(delta * L, zeta * gradient)
    noise = at.Gaussian(
        sigma_f=sigma * gradient, sigma_h=0.0 if kind in QUIET else 0.5 * sigma * gradient
    )
    theorem = kind()
    try:
        verdict = at.validate(theorem, pair, noise, K=1 if kind.method.single_step else 3, T=5)
    except at.AssumptionError:
        assert kind is theorems.Naive  # β ≥ 1
    else:
        assert (
            verdict.status == "pass"
            and np.isfinite(verdict.table["bound"][0])
            and not verdict.table["diverged"][0]
        )


@pytest.mark.parametrize("u", [1e-95, 1e-60, 1e60, 1e95])
@pytest.mark.parametrize("rotation", [None, 1])
def test_the_bias_of_a_pair_is_the_same_in_all_units(u: float, rotation: int | None) -> None:
    """Otherwise a bias along the gap is taken for one across it, since the product of the two is no
    number."""
    found = []
    for own in (1.0, u):
        target = at.Quadratic(L=own, mu=0.5 * own, dim=2, rotation=rotation)
        c = target.with_helper(0.3 * own, 0.5 * own, bias=[1.0, 0.5]).constants()
        found.append([c.beta, c.zeta / own])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12)
    assert found[0][1] > 0.5  # more than ‖b‖, since b lies along the gap


@pytest.mark.parametrize(
    ("by_f", "by_x"), [(1e90, 1.0), (1e-90, 1.0), (1.0, 1e45), (1.0, 1e-10), (1e40, 1e-20)]
)
@pytest.mark.parametrize("rotation", [None, 1])
def test_a_certificate_holds_in_all_units(by_f: float, by_x: float, rotation: int | None) -> None:
    """Otherwise a pair whose constants are right is told that they are not; and one whose δ is wrong
    still is not right."""
    own = Units(by_f, by_x)
    L = own.factor("L")
    gradient = own.factor("zeta")
    target = at.Quadratic(L=L, mu=0.1 * L, dim=3, F0=by_f, x_star=2.0 * by_x, rotation=rotation)
    pair = target.with_helper(0.1 * L, 0.3 * gradient, bias=[1.0, 1.0, 1.0])
    assert pair.certify(), str(pair.certify())
    assert not replace(pair, gap_norm=1.01 * pair.gap_norm).certify()


@pytest.mark.parametrize("level", [1e-180, 1e90])
def test_the_noise_of_a_difference_is_no_zero(level: float) -> None:
    """Otherwise σ_r = 0 for levels whose squares are below 1e-308."""
    noise = Gaussian(sigma_f=level, sigma_h=0.5 * level, correlation=0.3)
    assert noise.sigma_r / level == pytest.approx(math.sqrt(1 + 0.25 - 0.3), rel=1e-14)
