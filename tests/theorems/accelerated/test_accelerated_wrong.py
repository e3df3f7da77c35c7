"""Wrong constants and ranges of the theorems on momentum: each is refuted by one small case, by as
much as is stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.testing import Counterexample, falsify
from auxtheory.theorems import Theorem

L, D0, F0, mu_sc, M, sigma_f, eta, beta, K, T, tau_1 = at.symbols(
    "L D0 F0 mu_sc M sigma_f eta beta K T tau_1"
)
m = at.symbol("m", unit="F/X^2")
t = at.theorems
root = at.sqrt(beta)
rate = 1 - at.sqrt(eta * m)
cost = tau_1 + eta * sigma_f**2 / (2 + 2 * beta - L * eta)
of_start = ((1 + beta - 2 * beta ** (T + 1)) / (1 - beta)) ** 2 * D0
QUIET = at.Gaussian()
NOISE = at.Gaussian(sigma_f=1.0)


def two(flat: float, *x0: float) -> Any:
    """½(flat·x₁² + x₂²)."""
    return at.Quadratic(spectrum=[flat, 1.0], x0=list(x0)).with_helper()


ONE = at.Quadratic(L=1.0, dim=1, x0=[1.0]).with_helper()
REST = at.Quadratic(L=1.0, dim=1, x0=[1e-9]).with_helper()


def like(theorem: Theorem, bound: Any, **changes: Any) -> Theorem:
    return at.claim(bound, like=theorem, **changes)


HB = t.HeavyBallQuadratic()
SHORT = t.HeavyBallShortSteps()
STATIONARY = t.HeavyBallNoise()
NQ = t.NesterovQuadratic()
NG = t.NesterovGap()
# A case where 1 + T(1 − √β) is not enough: k = 10, φ = 2kπ/(6k + 1), T = 3k.
ANGLE = 20 * np.pi / 61
NEAR = 0.9999
LATE = 1 + NEAR**2 - 2 * NEAR * np.cos(ANGLE)

# The wrong theorem, the case, and measured/bound there; of distances their squares.
WRONG: dict[str, tuple[Theorem, Any, at.Noise, dict[str, Any], float]] = {
    "heavy ball, 1 + T for 1 + T(1 + √β)": (
        like(HB, beta**T * (1 + T) ** 2 * D0),
        ONE,
        QUIET,
        {"T": 10, "eta": 3.61, "beta": 0.81},
        1.818**2,
    ),
    "heavy ball, no factor T": (
        like(HB, beta**T * D0),
        ONE,
        QUIET,
        {"T": 10, "eta": 3.61, "beta": 0.81},
        400.0,
    ),
    "short steps, T(1 − √β)/2": (
        like(SHORT, beta**T * at.maximum((1 + T * (1 - root) / 2) ** 2, 1 / (1 - beta / 4)) * D0),
        at.Quadratic(L=1.0, dim=1, x0=[1.0]).with_helper(),
        QUIET,
        {"T": 20, "eta": 0.25, "beta": 0.25},
        1.833**2,
    ),
    "short steps, without the largest of two": (
        like(SHORT, beta**T * (1 + T * (1 - root)) ** 2 * D0),
        ONE,
        QUIET,
        {"T": 30, "eta": LATE, "beta": NEAR**2},
        (1 / np.cos(ANGLE / 2)) ** 2,
    ),
    "noise, without 1 + β": (
        like(STATIONARY, of_start + eta / (2 - 2 * beta) * cost / (1 + beta)),
        REST,
        NOISE,
        {"T": 200, "eta": 1.0, "beta": 0.5},
        1.5,
    ),
    "noise, halved": (
        like(STATIONARY, of_start + eta / (4 - 4 * beta) * cost),
        REST,
        NOISE,
        {"T": 200, "eta": 1.0, "beta": 0.5},
        2.0,
    ),
    "noise, the start does not grow": (
        like(STATIONARY, D0 + eta / (2 - 2 * beta) * cost),
        ONE,
        QUIET,
        {"T": 30, "eta": 2.9999, "beta": 0.5},
        8.99,
    ),
    "Nesterov, no 1 + T√q": (
        like(NQ, rate ** (2 * T) * D0),
        at.Quadratic(spectrum=[0.25, 1.0], x0=[1.0, 0.0]).with_helper(),
        QUIET,
        {"T": 4, "eta": 1.0, "m": 0.25},
        3.0**2,
    ),
    "Nesterov, T√q/2": (
        like(NQ, rate ** (2 * T) * (1 + T * at.sqrt(eta * m) / 2) ** 2 * D0),
        two(0.25, 1.0, 0.0),
        QUIET,
        {"T": 4, "eta": 1.0, "m": 0.25},
        1.5**2,
    ),
    "Nesterov, twice the rate": (
        like(NG, rate ** (2 * T) * (F0 + mu_sc * D0 / 2)),
        two(0.04, 1.0, 0.0),
        QUIET,
        {"T": 10, "eta": 1.0, "m": 0.04},
        4.5,
    ),
    "Nesterov, without F₀": (
        like(NG, rate**T * mu_sc * D0 / 2),
        two(1e-4, 0.0, 1.0),
        QUIET,
        {"T": 1, "eta": 0.01, "m": 1e-4},
        9_810.0,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_constant_is_refuted(name: str) -> None:
    """Otherwise the constants of the theorems are not what the tests look at."""
    wrong, pair, noise, arguments, ratio = WRONG[name]
    verdict = at.validate(wrong, pair, noise, K=1, **arguments)
    assert verdict.status == "violated"
    assert verdict.ratio == pytest.approx(ratio, rel=0.01)


QUICK = {"noise, halved", "Nesterov, no 1 + T√q"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in WRONG]
)
def test_a_search_refutes_it(name: str) -> None:
    """Otherwise `falsify` would pass a theorem with this mistake."""
    with pytest.raises(Counterexample):
        falsify(WRONG[name][0], examples=4000)
