"""True claims, nearly attained, as a user would write them, survive `falsify` with its defaults.

Each claim has its proof beside it. D is the descent lemma of SGD with noise E‖n‖² ≤ σ², independent
of the past: E f(x⁺) ≤ E f(x) − η(1 − Lη/2) E‖∇f(x)‖² + ½Lη²σ². σ is the largest along the run
wherever noise grows with ‖x − x*‖.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

import auxtheory as at
from auxtheory import methods, theorems
from auxtheory.testing import falsify
from auxtheory.theorems import Theorem

L, F0, mu, delta, zeta, sigma_f, sigma_h, sigma_r, eta, a, K, T, B = at.symbols(
    "L F0 mu delta zeta sigma_f sigma_h sigma_r eta a K T B"
)
EXAMPLES: dict[str, int] = (
    {} if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else {"examples": 20_000}
)
SGD = theorems.SGD()
S1 = theorems.ExactCorrection()
S3 = theorems.AuxMOM()
S4 = theorems.AuxMVR()
SHORT = [L * eta <= 1, K <= 1]
PL = [eta * L <= 1, eta * mu <= 1, K <= 1]


def sgd_sum(c: Any, s: Any) -> Any:
    """D summed over t and divided by ηT(1 − Lη/2)."""
    return (2 * c.F0 / (s.eta * s.T) + c.L * s.eta * c.sigma_f**2) / (2 - c.L * s.eta)


def sgd_last(c: Any, s: Any) -> Any:
    """D with ‖∇f‖² ≥ 2μ(f − f*): e⁺ ≤ qe + ½Lη²σ², q = 1 − ημ(2 − Lη); unrolled."""
    q = 1 - s.eta * c.mu * (2 - c.L * s.eta)
    rounds = (1 - q**s.T) / (1 - q) if q < 1 else s.T
    return q**s.T * c.F0 + c.L * s.eta**2 * c.sigma_f**2 / 2 * rounds


def sgd_floor(c: Any, s: Any) -> Any:
    """The same, with Lη ≤ 1 in q and the geometric sum at most 1/(ημ)."""
    return (1 - s.eta * c.mu) ** s.T * c.F0 + c.L * s.eta * c.sigma_f**2 / (2 * c.mu)


def momentum_mean(c: Any, s: Any) -> Any:
    """S3-SGDm in σ_f, written as a function: there σ_r = σ_f."""
    return 2 * c.F0 / (s.eta * s.T) + c.sigma_f**2 * (s.a + 1 / (s.a * s.B * s.T))


def longest(c: Any, K: int, T: int, B: float) -> Any:
    """η = 1/L."""
    return 1 / c.L


def longest_momentum(c: Any, K: int, T: int, B: float) -> Any:
    """η = 1/L, a = 1: SGD."""
    return 1 / c.L, 1.0 + 0.0 * c.L


def of_sgd(bound: Any, **changes: Any) -> Theorem:
    return at.claim(bound, method=methods.SGD, **{"step_range": SHORT, **changes})


CLAIMS: dict[str, Theorem] = {
    # D, summed.
    "SGD, mean, function": of_sgd(sgd_sum),
    # The same, with 2 − Lη ≥ 1.
    "SGD, mean, formula": of_sgd(2 * F0 / (eta * T) + L * eta * sigma_f**2),
    # The same without noise.
    "SGD, mean, no noise": of_sgd(2 * F0 / (eta * T), assumptions=[sigma_f <= 0]),
    # The same from a range with a lower end: 1/η ≤ 2L.
    "SGD, mean, steps between two ends": of_sgd(
        4 * L * F0 / T + L * eta * sigma_f**2, step_range=[0.5 <= L * eta, L * eta <= 1, K <= 1]
    ),
    # The same at η = 1/L.
    "SGD, mean, η = 1/L": at.claim(2 * L * F0 / T + sigma_f**2, like=SGD, steps=longest),
    # The proven corollary of S0 at its own steps, written out.
    "SGD, mean, steps of S0": at.claim(
        at.sqrt(2 * L * F0 * sigma_f**2 / T) + 2 * L * F0 / T, like=SGD, steps=SGD
    ),
    # D: for Lη ≤ 2 the gap grows by ½Lη²σ² a step at most.
    "SGD, last, smooth": of_sgd(
        F0 + L * eta**2 * sigma_f**2 * T / 2, measure="gap", step_range=[L * eta <= 2, K <= 1]
    ),
    # The same without noise: the gap never grows.
    "SGD, last, no noise": of_sgd(
        1 * F0, measure="gap", step_range=[L * eta <= 2, K <= 1], assumptions=[sigma_f <= 0]
    ),
    # D and PŁ, unrolled.
    "SGD, last, PŁ, function": of_sgd(sgd_last, measure="gap", step_range=PL),
    # The same, simpler.
    "SGD, last, PŁ, floor, function": of_sgd(sgd_floor, measure="gap", step_range=PL),
    "SGD, last, PŁ, floor, formula": of_sgd(
        (1 - eta * mu) ** T * F0 + L * eta * sigma_f**2 / (2 * mu), measure="gap", step_range=PL
    ),
    # The same at η = 1/L.
    "SGD, last, PŁ, η = 1/L": at.claim(
        lambda c, s: (1 - c.mu / c.L) ** s.T * c.F0 + c.sigma_f**2 / (2 * c.mu),
        like=SGD,
        measure="gap",
        steps=longest,
    ),
    # S1: f decreases at every round.
    "exact correction, last": at.claim(1 * F0, like=S1, measure="gap"),
    # S1 in the user's letters: λ_K ≤ K(K−1)/2, so that the range is inside that of S1.
    "exact correction, mean, own range": at.claim(
        2 * F0 / (eta * K * T),
        method=methods.ExactCorrection,
        assumptions=[sigma_h <= 0],
        step_range=[L * eta + delta**2 * eta**2 * K * (K - 1) / 2 <= 1],
    ),
    # S1-noise, whose range holds more.
    "exact correction, mean, noise of h": at.claim(
        2 * F0 / (eta * K * T) + L * eta * sigma_h**2 + delta**2 * eta**2 * (K - 1) * sigma_h**2,
        method=methods.ExactCorrection,
        step_range=[L * eta + delta**2 * eta**2 * K * (K - 1) <= 1],
    ),
    # h = f + a linear function: −⟨g, g + b⟩ + ½‖g + b‖² = −½‖g‖² + ½‖b‖², so that D holds with ½ζ²
    # more a step.
    "helper alone, mean, δ = 0": at.claim(
        2 * F0 / (eta * K * T) + L * eta * sigma_h**2 + zeta**2,
        method=methods.Naive,
        assumptions=[delta <= 0],
        step_range=[L * eta <= 1],
    ),
    # S3-SGDm, in σ_f, which is its σ_r.
    "momentum, mean, σ_f, formula": at.claim(
        2 * F0 / (eta * T) + sigma_f**2 * (a + 1 / (a * B * T)), like=theorems.SGDMomentum()
    ),
    "momentum, mean, σ_f, function": at.claim(momentum_mean, like=theorems.SGDMomentum()),
    # At a = 1 it is SGD with at most its noise: D.
    "momentum, mean, a = 1": at.claim(
        2 * L * F0 / T + sigma_r**2,
        method=methods.SGDMomentum,
        steps=longest_momentum,
        step_range=SHORT,
    ),
    # S4-MVR, in σ_f, which is its σ_r.
    "MVR, mean, σ_f, formula": at.claim(
        2 * F0 / (eta * T) + a * sigma_f**2 + sigma_f**2 / (a * (2 - a) * B * T),
        like=theorems.MVR(),
    ),
    # S3 and S4 word for word; and with exact gradients, where all their other terms are 0.
    "AuxMOM, mean, σ_h and σ_r": at.claim(S3.bound, like=S3),
    "AuxMOM, mean, no noise": at.claim(
        2 * F0 / (eta * K * T), like=S3, assumptions=[sigma_f <= 0, sigma_h <= 0]
    ),
    "AuxMVR, mean, no noise": at.claim(
        2 * F0 / (eta * K * T), like=S4, assumptions=[sigma_f <= 0, sigma_h <= 0]
    ),
}


@pytest.mark.parametrize("what", CLAIMS)
def test_a_true_claim_survives_and_is_nearly_attained(what: str) -> None:
    result = falsify(CLAIMS[what], **EXAMPLES)
    assert 0.9 <= result.ratio <= 1 + 1e-9, result


def test_there_are_twenty_of_them_at_least() -> None:
    assert len(CLAIMS) >= 20
