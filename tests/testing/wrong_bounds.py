"""Wrong bounds, and the search that refutes them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

import auxtheory as at
from auxtheory import theorems
from auxtheory.bounds.posynomial import Condition
from auxtheory.testing import Counterexample, falsify
from auxtheory.theorems import Theorem

L, F0, delta, sigma_f, sigma_h, sigma_r, eta, a, K, T, B, beta = at.symbols(
    "L F0 delta sigma_f sigma_h sigma_r eta a K T B beta"
)


def wrong(bound: Any, like: type[Theorem], **changes: Any) -> Theorem:
    return at.claim(bound, like=like(), **changes)


def unlike(function: Any, like: type[Theorem]) -> Theorem:
    """A bound of a wrong unit, allowed to stand."""
    return at.claim(function, like=like(), check_units=False)


NO_DELTA: tuple[Condition, ...] = (eta * L <= 1,)
S1 = theorems.ExactCorrection
S3 = theorems.AuxMOM
S4 = theorems.AuxMVR

# What is wrong, the claim, and the largest d, K, T that its smallest counterexample may have.
WRONG: dict[str, tuple[Theorem, tuple[int, int, int]]] = {
    "S0, constant too small by 10 %": (wrong(0.9 * theorems.SGD.bound, theorems.SGD), (1, 1, 1)),
    "S1, constant too small by 10 %": (wrong(1.8 * F0 / (eta * K * T), S1), (1, 1, 1)),
    "S2, constant too small by 10 %": (
        wrong(0.9 * theorems.Naive.bound, theorems.Naive),
        (1, 1, 1),
    ),
    "S0, exponent of L": (
        unlike(
            lambda c, s: (2 * c.F0 / (s.eta * s.T) + c.L**2 * s.eta * c.sigma_f**2) / 2,
            theorems.SGD,
        ),
        (1, 1, 2),
    ),
    "S3, exponent of δ": (
        unlike(
            lambda c, s: (
                2 * c.F0 / (s.eta * s.K * s.T)
                + c.L * s.eta * c.sigma_h**2
                + c.delta**2 * c.sigma_h**2
                + 8 * c.delta**2 * s.eta * s.K * c.sigma_r**2
                + 4 * c.sigma_r**2 / (s.a * s.B * s.T)
            ),
            S3,
        ),
        (1, 2, 2),
    ),
    "S3, exponent of σ_r": (
        unlike(
            lambda c, s: (
                2 * c.F0 / (s.eta * s.K * s.T)
                + 2 * c.sigma_h**2
                + 2 * s.a * c.sigma_r
                + 2 * c.sigma_r / (s.a * s.B * s.T)
            ),
            S3,
        ),
        (1, 2, 2),
    ),
    "S1, exponent of T": (unlike(lambda c, s: 2 * c.F0 / (s.eta * s.K * s.T**2), S1), (1, 1, 2)),
    "S1, exponent of K": (wrong(2 * F0 / (eta * K**2 * T), S1), (1, 2, 1)),
    "S1, exponent of F₀": (unlike(lambda c, s: 2 * c.F0**2 / (s.eta * s.K * s.T), S1), (1, 1, 1)),
    "S2, without ζ": (
        wrong(
            2 * F0 / (eta * K * T * (1 - beta)) + L * eta * sigma_h**2 / (1 - beta), theorems.Naive
        ),
        (1, 2, 2),
    ),
    "S3, without σ_h": (
        wrong(2 * F0 / (eta * K * T) + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a), S3),
        (1, 2, 2),
    ),
    "S4, without the first batch": (
        wrong(
            2 * F0 / (eta * K * T)
            + L * eta * sigma_h**2
            + 2 * delta**2 * eta**2 * (K - 1) * sigma_h**2
            + 8 * a * sigma_r**2 / (2 - a)
            + 8 * delta**2 * eta**2 * K * sigma_h**2 / (a * (2 - a)),
            S4,
        ),
        (1, 2, 2),
    ),
    "S1, range without δ": (wrong(S1.bound, S1, step_range=NO_DELTA), (1, 2, 2)),
    "S0, range too wide": (
        wrong(
            2 * F0 / (eta * T) + L * eta * sigma_f**2,
            theorems.SGD,
            step_range=(eta * L <= 1.2, K <= 1),
        ),
        (1, 1, 2),
    ),
    "S1-PŁ, without ημK ≤ 1": (
        wrong(
            theorems.ExactCorrectionPL.bound,
            theorems.ExactCorrectionPL,
            step_range=theorems.ExactCorrectionPL.step_range[1:],
        ),
        (1, 10, 1),
    ),
}


@cache
def refuted(what: str) -> Counterexample:
    """What the falsifier finds against a wrong bound, searched for once a process."""
    with pytest.raises(Counterexample) as caught:
        falsify(WRONG[what][0])
    return caught.value
