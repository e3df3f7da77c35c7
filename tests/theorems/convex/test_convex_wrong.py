"""Wrong constants and ranges of the theorems on convex f: each is refuted by one small case, by as
much as is stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from huber_family import huber

import auxtheory as at
from auxtheory.testing import Counterexample, falsify
from auxtheory.theorems import Theorem

L, D0, mu_sc, sigma_f, eta, K, T, tau_1, tau_2 = at.symbols(
    "L D0 mu_sc sigma_f eta K T tau_1 tau_2"
)
m = at.symbol("m", unit="F/X^2")
t = at.theorems
c = eta * m / 2
noise_of_average = eta * sigma_f**2 * T / (T * (2 + c * (T - 3)))


def one(curvature: float = 1.0, x0: float = 1.0) -> Any:
    """½·curvature·x²."""
    return at.Quadratic(spectrum=[curvature], x0=[x0]).with_helper()


# From next to the minimum: what is measured is the noise.
REST = one(x0=1e-9)
# The steep coordinate of a function with μ = 0.1, L = 1.
STEEP = at.Quadratic(spectrum=[0.1, 1.0], x0=[0.0, 1.0]).with_helper()
NOISE = at.Gaussian(sigma_f=1.0)
QUIET = at.Gaussian()


class FromStart(at.Method):
    """The average of x⁰, …, x^{T−1}."""

    state = "x x_bar"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, x_bar: Any, *, eta: Any) -> Any:
        return x - eta * o.f(x), x_bar + (x - x_bar) / o.t


def like(theorem: Theorem, bound: Any, **changes: Any) -> Theorem:
    return at.claim(bound, like=theorem, **changes)


decay = (1 - eta * mu_sc) ** (2 * T) * D0
falling = (1 - eta * m) ** 2 * D0
GROWTH = (1 + eta * m * (T - 1)) ** 2
SC = t.SGDStronglyConvex()
DECREASING = t.SGDInverseTime()
AVERAGE = t.SGDWeightedAverage()
CONVEX = t.SGDConvex()
LONG = t.SGDConvexLongSteps()
LINEAR = t.SGDLinearDecay()
PR = t.PolyakRuppert()
PR_DISTANCE = t.PolyakRuppertDistance()

# The wrong theorem, the case, and measured/bound there.
WRONG: dict[str, tuple[Theorem, Any, at.Noise, dict[str, Any], float]] = {
    "strongly convex, noise halved": (
        like(
            SC,
            decay
            + eta
            * sigma_f**2
            * (1 - (1 - eta * mu_sc) ** (2 * T))
            / (2 * mu_sc * (2 - eta * mu_sc)),
            step_range=[(L + mu_sc) * eta <= 2],
        ),
        one(0.5, 1e-9),
        NOISE,
        {"T": 1, "eta": 1.0},
        2.0,
    ),
    "strongly convex, the rate 1 − ημ up to 2/L": (
        like(SC, decay, assumptions=[sigma_f <= 0, mu_sc > 0]),
        STEEP,
        QUIET,
        {"T": 1, "eta": 1.9},
        1.235,
    ),
    "steps 1/t, t₀ ≥ (L + μ)/(4μ)": (
        like(DECREASING, t.SGDInverseTime.bound, step_range=[(L + mu_sc) * eta <= 4, m == mu_sc]),
        STEEP,
        QUIET,
        {"T": 1, "eta": 1 / 0.275, "m": 0.1},
        17.16,
    ),
    "steps 1/t, noise halved": (
        like(DECREASING, (falling + eta**2 * sigma_f**2 * T / 2) / GROWTH),
        REST,
        NOISE,
        {"T": 10, "eta": 1.0, "m": 1.0},
        2.0,
    ),
    "weighted average, ¼μ̂ for ½μ̂": (
        like(
            AVERAGE,
            (1 - c) * (1 - 2 * c) * D0 / (2 * eta * T * (2 + c * (T - 3))) + noise_of_average,
        ),
        one(),
        QUIET,
        {"T": 1, "eta": 0.5, "m": 0.5},
        1.333,
    ),
    "mean gap, D₀ halved": (
        like(CONVEX, D0 / (4 * eta * T) + eta * sigma_f**2 / 2),
        one(),
        QUIET,
        {"T": 1, "eta": 1.0},
        2.0,
    ),
    "mean gap, noise halved": (
        like(CONVEX, D0 / (2 * eta * T) + eta * sigma_f**2 / 4),
        REST,
        NOISE,
        {"T": 100, "eta": 1.0},
        1.98,
    ),
    "mean gap after the start, Lη ≤ 2": (
        like(LONG, t.SGDConvexLongSteps.bound, step_range=[L * eta <= 2]),
        one(),
        QUIET,
        {"T": 1, "eta": 2.0},
        2.0,
    ),
    "mean gap after the start, noise of the mean from the start": (
        like(LONG, D0 / (2 * eta * T) + eta * sigma_f**2 / 2),
        REST,
        NOISE,
        {"T": 1000, "eta": 1.6},
        2.5,
    ),
    "linear decay, Lη ≤ 2": (
        like(LINEAR, t.SGDLinearDecay.bound, step_range=[L * eta <= 2]),
        huber(1 / 3, 1.0),
        QUIET,
        {"T": 1, "eta": 2.0},
        1.333,
    ),
    "linear decay, D₀ halved": (
        like(LINEAR, D0 / (4 * eta * (T + 1)) + eta * sigma_f**2 / 2),
        huber(1 / 11, 1.0),
        QUIET,
        {"T": 10, "eta": 1.0},
        2.0,
    ),
    "average, noise halved": (
        like(PR, D0 / (2 * eta * T) + tau_1 / (4 * T)),
        REST,
        NOISE,
        {"T": 10, "eta": 1.0},
        2.0,
    ),
    "average from the start, noise halved": (
        like(PR, D0 / (2 * eta * T) + tau_1 / (4 * T), method=FromStart),
        REST,
        NOISE,
        {"T": 10, "eta": 1.0},
        1.8,
    ),
    "average, κ = 0.4": (
        like(PR, 0.4 * D0 / (2 * eta * T) + tau_1 / (2 * T)),
        one(),
        QUIET,
        {"T": 1000, "eta": 1.2564e-3},
        1.0164,
    ),
    "distance of the average, noise halved": (
        like(PR_DISTANCE, t.PolyakRuppertDistance.bound - tau_2 / (2 * T)),
        REST,
        NOISE,
        {"T": 10, "eta": 1.0},
        2.0,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_constant_is_refuted(name: str) -> None:
    """Otherwise the constants of the theorems are not what the tests look at."""
    wrong, pair, noise, arguments, ratio = WRONG[name]
    verdict = at.validate(wrong, pair, noise, K=1, **arguments)
    assert verdict.status == "violated"
    assert verdict.ratio == pytest.approx(ratio, rel=0.01)


# Those whose case is a quadratic of the search, by the library's methods.
SEARCHED = [name for name in WRONG if "linear decay" not in name and "from the start" not in name]
QUICK = {"mean gap, D₀ halved", "average, noise halved"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in SEARCHED]
)
def test_a_search_refutes_it(name: str) -> None:
    """Otherwise `falsify` would pass a theorem with this mistake."""
    with pytest.raises(Counterexample):
        falsify(WRONG[name][0], examples=4000)


def test_linear_decay_is_attained_on_huber_functions() -> None:
    """For every n at Lη = 1, at the slope L‖x⁰ − x*‖/(n + 1), in other units too."""
    for n in (1, 2, 7, 40):
        pair = huber(2.0 * 3.0 / (n + 1), 3.0, L=2.0)
        verdict = at.validate(LINEAR, pair, QUIET, K=1, T=n, eta=0.5)
        assert verdict.status == "pass" and verdict.ratio == pytest.approx(1.0, rel=1e-12)


def test_the_mean_gap_and_the_average_are_attained_on_huber_functions() -> None:
    for n in (1, 5, 30):
        verdict = at.validate(CONVEX, huber(1 / n, 1.0), QUIET, K=1, T=n, eta=1.0)
        assert verdict.status == "pass" and verdict.ratio == pytest.approx(1.0, rel=1e-12)
        verdict = at.validate(AVERAGE, huber(2 / (n + 1), 1.0), QUIET, K=1, T=n, eta=0.5, m=0.0)
        assert verdict.status == "pass" and verdict.ratio == pytest.approx(n / (n + 1), rel=1e-12)


def test_the_average_from_the_start_keeps_its_bound() -> None:
    """The same noise term; the start has the factor max (1 − (1 − s)^T)²/(sT) ≤ 1."""
    claim = like(PR, D0 / (2 * eta * T) + tau_1 / (2 * T), method=FromStart)
    assert at.validate(claim, one(), QUIET, K=1, T=1, eta=1.0).ratio == pytest.approx(1.0)
    pair = at.Quadratic(L=1.0, mu=0.01, dim=8, rotation=3, F0=1e-6).with_helper()
    shaped = at.Gaussian(sigma_f=1.0, shape=np.diag(np.arange(1.0, 9.0)) + 0.5)
    verdict = at.validate(claim, pair, shaped, K=1, T=[10, 1000], eta=1.0)
    assert verdict.status == "pass" and verdict.table["ratio"][-1] > 0.8
