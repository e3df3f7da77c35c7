"""Last iterates under the Polyak–Łojasiewicz inequality: wrong variants, reductions, proofs."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.testing.search.falsify import Counterexample
from auxtheory.theorems.polyak import naive, sgd
from auxtheory.theorems.polyak.auxmom import last_gap
from auxtheory.theorems.polyak.potential import discounted, least
from auxtheory.theorems.polyak.sums import geometric

L, F0, mu, delta, beta, zeta, sigma_f, sigma_h, sigma_r = at.symbols(
    "L F0 mu delta beta zeta sigma_f sigma_h sigma_r"
)
eta, a, K, T, B = at.symbols("eta a K T B")
SGD, NAIVE, MOM, MVR = (
    at.theorems.SGDPL(),
    at.theorems.NaivePL(),
    at.theorems.AuxMOMPL(),
    at.theorems.MVRPL(),
)
TARGET = at.Quadratic(L=1.0, dim=1, F0=1e-12)  # x⁰ almost at x*
FAR = at.Quadratic(L=1.0, dim=1, F0=0.5)  # x⁰ = 1
UNIT = at.Gaussian(sigma_f=1.0)


def ratio(claim: at.Theorem, pair: at.Pair, noise: at.Noise | None = None, **steps: Any) -> float:
    return float(at.validate(claim, pair, noise, mode="unsafe", **steps).table["ratio"][0])


def halved(c: Any, s: Any) -> float:
    return last_gap(SimpleNamespace(**{**vars(c), "sigma_r": c.sigma_r / math.sqrt(2)}), s)


def without_drift(c: Any, s: Any) -> float:
    """The noise of local steps that the buffer remembers is left out."""
    noise = c.L * s.eta * c.sigma_h**2 / (2 * c.mu)
    return last_gap(SimpleNamespace(**{**vars(c), "sigma_h": 0.0}), s) + noise


WRONG_SGD = sgd.REMAINS**T * F0 + L * eta**2 * sigma_f**2 / 4 * geometric(
    sgd.REMAINS, sgd.CONTRACTED, T
)
WRONG_NAIVE = naive.REMAINS ** (K * T) * F0 + eta * (zeta**2 + L * eta * sigma_h**2) / 4 * (
    geometric(naive.REMAINS, naive.CONTRACTED, K * T)
)
NO_START = (1 - eta * mu) ** T * F0 + eta * (1 - eta * mu) * sigma_r**2 * (
    a + a * (a - eta * mu) * geometric(1 - eta * mu, eta * mu, T - 2)
) / (2 * (a * (2 - a) - eta * mu))
FLAT = at.Quadratic(spectrum=[0.01, 1.0], x0=[1e-6, 0.0])
CASES = {
    "SGD-PL, noise halved": (
        at.claim(WRONG_SGD, like=SGD),
        TARGET.with_helper(),
        UNIT,
        {"T": 20, "eta": 0.5},
        2.0,
    ),
    "SGD-PL, rate 1 − 2ημ": (
        at.claim((1 - 2 * eta * mu) ** T * F0, like=SGD, assumptions=[sigma_f <= 0]),
        FAR.with_helper(),
        None,
        {"T": 10, "eta": 0.25},
        1.125**10,
    ),
    "S2-PL, floor halved": (
        at.claim(WRONG_NAIVE, like=NAIVE),
        TARGET.with_helper(delta=0.0, zeta=1.0),
        None,
        {"K": 2, "T": 40, "eta": 0.5},
        2.0,
    ),
    "S2-PL, rate without β": (
        at.claim((1 - eta * mu) ** (K * T) * F0, like=NAIVE),
        FAR.with_helper(delta=0.5, gap=[0.5]),
        None,
        {"K": 2, "T": 5, "eta": 0.5},
        1.125**10,
    ),
    "S3-PL, noise halved": (
        at.claim(halved, like=MOM),
        TARGET.with_helper(delta=0.0),
        UNIT,
        {"K": 1, "T": 10, "B": 1, "eta": 0.9, "a": 1.0},
        1.636,
    ),
    "S3-PL, drift of the local noise dropped": (
        at.claim(without_drift, like=MOM),
        TARGET.with_helper(delta=9.48, gap=[9.48]),
        at.Gaussian(sigma_f=1.0, sigma_h=1.0, correlation=1.0),
        {"K": 1, "T": 3000, "eta": 0.001, "a": 0.01},
        3.400,
    ),
    "S4-PL, noise halved": (
        at.claim(MVR.bound - (MVR.bound - (1 - eta * mu) ** T * F0) / 2, like=MVR),
        TARGET.with_helper(),
        UNIT,
        {"T": 10, "B": 1, "eta": 0.9, "a": 1.0},
        1.636,
    ),
    "S4-PL, first buffer dropped": (
        at.claim(NO_START, like=MVR),
        FLAT.with_helper(),
        UNIT,
        {"T": 20, "B": 1, "eta": 0.1, "a": 0.01},
        5.149,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_wrong_variant_is_refuted(case: Any) -> None:
    claim, pair, noise, steps, expected = case
    assert ratio(claim, pair, noise, **steps) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("kind", at.theorems.polyak.ALL, ids=lambda kind: kind.label)
def test_the_right_theorem_holds_on_the_cases_of_the_wrong_ones(kind: Any) -> None:
    for name, (_, pair, noise, steps, _) in CASES.items():
        if name.startswith(f"{kind.label},"):
            assert ratio(kind(), pair, noise, **steps) <= 1 + 1e-9, name


def test_falsify_finds_a_halved_floor() -> None:
    budget = at.strategies.Budget(K=1, T=4)
    with pytest.raises(Counterexample):
        at.testing.falsify(CASES["S2-PL, floor halved"][0], budget=budget, examples=2000)


def values(theorem: at.Theorem, steps: at.Steps, **constants: float) -> float:
    c = at.Constants(**{"L": 1.0, "F0": 0.7, "mu": 0.2, **constants})
    return float(theorem.value(c, steps))


def test_reductions() -> None:
    """Without bias S2-PL at Lη = 1 is SGD-PL; at a = 1, K = 1, δ = 0 the noise of S3-PL and of
    S4-PL is a bias ζ = σ_r of S2-PL."""
    steps = at.Steps(eta=1.0, K=1, T=9)
    sgd_ = values(SGD, steps, sigma_f=0.3)
    assert values(NAIVE, steps, sigma_h=0.3) == pytest.approx(sgd_, rel=1e-12)
    steps = at.Steps(eta=0.4, a=1.0, K=1, T=9, B=1)
    biased = values(NAIVE, steps.replace(a=None), zeta=0.3)
    assert values(MOM, steps, sigma_r=0.3) == pytest.approx(biased, rel=1e-12)
    assert values(MVR, steps, sigma_r=0.3, delta=0.0) == pytest.approx(biased, rel=1e-12)
    assert values(MVR, steps, sigma_r=0.3, delta=2.0) == pytest.approx(biased, rel=1e-12)
    # Without noise at any T, S3-PL is the rate alone.
    quiet = values(MOM, at.Steps(eta=0.1, a=0.5, K=3, T=4), delta=0.3)
    assert quiet == pytest.approx(0.98**12 * 0.7, rel=1e-12)


def test_a_sum_of_powers_keeps_its_digits() -> None:
    q = at.symbols("beta")
    expression = geometric(1 - q, q, T)
    for size in 10.0 ** np.arange(-14.0, 0.5, 0.25):
        for n in (1, 2, 7, 300):
            total = math.fsum((1 - min(size, 1.0)) ** j for j in range(n))
            value = float(expression.value({"beta": min(size, 1.0), "T": n}))
            # Rounding may make it larger, which leaves a bound true.
            assert value >= total * (1 - 2e-11 * n**0.67)
            assert value <= total * (1 + 5e-11 + 4e-16 / size)
    assert float(geometric(1 - q, q, 0 * T).value({"beta": 0.3, "T": 5})) == 0


def iterated(u: float, K: int, keep: float, r: float) -> float:
    """The fixed point by iteration from 0, ∞ if a pole is met or it does not settle."""
    p = 0.0
    for _ in range(20_000):
        P = keep * p
        for _ in range(K):
            if u * P >= 1:
                return math.inf
            P = (1 + P / (1 - u * P)) / r
        if abs(P - p) <= 1e-13 * P:
            return P
        p = P
    return math.inf


def test_the_fixed_point_is_the_limit_of_the_recursion() -> None:
    rng = np.random.default_rng(3)
    finite = 0
    for _ in range(150):
        K = int(rng.integers(1, 6))
        a_ = float(10 ** rng.uniform(-1.5, 0))
        u = float(rng.choice([0.0, 10 ** rng.uniform(-6, 0) * (a_ / K) ** 2]))
        q = float(10 ** rng.uniform(-4, -0.5))
        slow = iterated(u, K, (1 - a_) ** 2, 1 - q)
        fast = float(discounted(np.array([u]), K, a_, q)[0])
        finite += math.isfinite(slow)
        assert fast == pytest.approx(slow, rel=1e-8), (u, K, a_, q)
    assert 60 <= finite < 150


def test_the_best_split_is_that_of_a_fine_grid() -> None:
    def split(x: Any) -> Any:
        return (1 + x) * 3 + (1 + 1 / x) * 0.02

    assert least(split) == pytest.approx((math.sqrt(3) + math.sqrt(0.02)) ** 2, rel=1e-7)


def test_the_largest_change_of_the_potential() -> None:
    """max over Δ of P‖Q+Δ‖² − κ‖Δ‖² = ‖Q‖²Pκ/(κ−P), and the maximiser of the page."""
    P, kappa, Q = 0.7, 2.5, np.array([1.0, -2.0])
    best = P * kappa / (kappa - P) * (Q @ Q)
    at_best = Q * P / (kappa - P)
    assert P * (Q + at_best) @ (Q + at_best) - kappa * at_best @ at_best == pytest.approx(best)
    for shift in np.random.default_rng(0).normal(size=(200, 2)):
        assert P * (Q + shift) @ (Q + shift) - kappa * shift @ shift <= best + 1e-12


def test_prescribed_steps_are_in_range_and_imply_the_corollary() -> None:
    rng = np.random.default_rng(1)
    for theorem in (SGD, NAIVE, MOM, MVR):
        for _ in range(60):
            c = at.Constants(
                L=1.0,
                F0=float(10 ** rng.uniform(-2, 2)),
                mu=float(10 ** rng.uniform(-4, 0)),
                beta=float(rng.choice([0.0, rng.uniform(0, 0.9)])),
                **{
                    name: float(rng.choice([0.0, 10 ** rng.uniform(-2, 1)]))
                    for name in ("delta", "zeta", "sigma_f", "sigma_h", "sigma_r")
                },
            )
            rounds = int(10 ** rng.uniform(0.4, 4))
            local = 1 if theorem.method.single_step else int(rng.integers(1, 20))
            steps = theorem.tune(c, local, rounds, float(rng.choice([1.0, 7.0, np.inf])))
            assert theorem.unmet(c, steps) == []
            general = theorem.value(c, steps.replace(mode="theorem"))
            assert general <= theorem.value(c, steps) * (1 + 1e-9), (theorem, c, steps)


def test_the_floor_grows_with_the_step_size() -> None:
    """The floor of SGD-PL is of first order in η, as is that of a run."""
    measured = [
        at.validate(SGD, TARGET.with_helper(), UNIT, T=20_000, eta=step).table["measured"][0]
        for step in (0.01, 0.02)
    ]
    assert math.log2(measured[1] / measured[0]) == pytest.approx(1.0, abs=0.05)
