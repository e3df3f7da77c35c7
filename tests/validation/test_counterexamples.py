"""Counterexamples are minimal and in round numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import auxtheory as at
from auxtheory import theorems
from auxtheory.testing import Configuration, Counterexample, falsify
from auxtheory.testing.search.judge import MIN_RATIO
from auxtheory.testing.strategies import (
    Budget,
    budgets,
    level,
    noises,
    pairs,
    positive,
)
from auxtheory.theorems import Theorem

L, F0, delta, sigma_f, sigma_h, sigma_r, eta, a, K, T, B, beta = at.symbols(
    "L F0 delta sigma_f sigma_h sigma_r eta a K T B beta"
)
S0 = theorems.SGD()
S1 = theorems.ExactCorrection()
S2 = theorems.Naive()
S1H = theorems.ExactCorrectionNoise()
S3 = theorems.AuxMOM()
S4 = theorems.AuxMVR()


def printed(c: Any, s: Any) -> Any:
    """A bound of a wrong unit."""
    return 2 * c.F0**2 / (s.eta * s.K * s.T)


CLAIMS: dict[str, Theorem] = {
    "S1, the price of a round L alone": at.claim(2 * L * F0 / T, like=S1, steps=S1),
    "S1, range without δ": at.claim(S1.bound, like=S1, step_range=[eta * L <= 1]),
    "S1, exponent of K": at.claim(2 * F0 / (eta * K**2 * T), like=S1),
    "S1, exponent of F₀": at.claim(printed, like=S1, check_units=False),
    "S1, noise of h left out": at.claim(S1.bound, like=S1H),
    "S1-PŁ, without ημK ≤ 1": at.claim(
        theorems.ExactCorrectionPL.bound,
        like=theorems.ExactCorrectionPL(),
        step_range=theorems.ExactCorrectionPL.step_range[1:],
    ),
    "S0, range too wide": at.claim(
        2 * F0 / (eta * T) + L * eta * sigma_f**2, like=S0, step_range=[eta * L <= 1.2, K <= 1]
    ),
    "S2, without ζ": at.claim(
        2 * F0 / (eta * K * T * (1 - beta)) + L * eta * sigma_h**2 / (1 - beta), like=S2
    ),
    "S3, without δ": at.claim(
        4 * at.sqrt(2 * F0 * ((L + delta) * sigma_h**2 / K + delta * sigma_r**2) / T)
        + 4 * L * F0 / K / T
        + 4 * sigma_r**2 / at.sqrt(B * T),
        like=S3,
        steps=S3,
    ),
    "S3, without σ_h": at.claim(
        2 * F0 / (eta * K * T) + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a), like=S3
    ),
    "S3, without the first batch": at.claim(
        2 * F0 / (eta * K * T) + L * eta * sigma_h**2 + sigma_r**2 * a, like=S3
    ),
    "S4, a too small": at.claim(
        S4.bound, like=S4, step_range=[2 * L * eta <= 1, 0.1 * delta**2 * eta**2 * K**2 <= a]
    ),
}


def numbers(value: float) -> list[float]:
    """Simpler numbers: 0, 1, of one digit nearer to 1 than this one, and of fewer digits than it
    has."""
    if value in (0.0, 1.0):
        return [0.0][: int(value)]
    digits = next(n for n in range(1, 18) if float(f"{value:.{n}g}") == value)
    single = [float(f"{m}e{k}") for k in range(-4, 5) for m in range(1, 10)]
    if digits > 1:
        found = [v for v in single if abs(math.log10(v / abs(value))) <= 1]
        found += [float(f"{value:.{n}g}") for n in range(1, digits)]
    else:
        found = [v for v in single if abs(math.log10(v)) < abs(math.log10(abs(value))) - 1e-9]
    return [0.0, 1.0, *found]


def case_of(p: dict[str, Any], mode: str) -> dict[str, Any]:
    """Pair, noise and lengths of a case of one coordinate."""
    gap = {"gap": [p["delta"]]} if p["sign"] > 0 and p["delta"] else {}
    pair = at.Quadratic(L=p["L"], dim=1, F0=p["F0"]).with_helper(p["delta"], p["zeta"], **gap)
    noise = at.Gaussian(**{name: p[name] for name in ("sigma_f", "sigma_h", "correlation", "s")})
    lengths = {name: p[name] for name in ("K", "T", "B")}
    chosen = (
        {} if mode == "tuned" else {name: p[name] for name in ("eta", "a") if p[name] is not None}
    )
    return {"pair": pair, "noise": noise, **lengths, **chosen}


def violates(theorem: Theorem, p: dict[str, Any], mode: str) -> bool:
    try:
        verdict = at.validate(theorem, **case_of(p, mode))
    except at.InputError:
        return False
    return verdict.status == "violated" and verdict.ratio >= MIN_RATIO


def values_of(case: Configuration) -> dict[str, Any]:
    pair: Any = case.pair
    assert pair.dim == 1, case.script
    c = pair.constants()
    noise = case.noise
    steps = case.steps
    known = {name: float(f"{getattr(c, name):.12g}") for name in ("L", "F0", "delta")}
    return {
        **known,
        "zeta": float(np.abs(pair.b).max()),
        "sign": float(np.sign(pair.R.max())),
        **{name: getattr(noise, name) for name in ("sigma_f", "sigma_h", "correlation", "s")},
        "K": steps.K,
        "T": steps.T,
        "B": steps.B,
        "eta": steps.eta,
        "a": steps.a,
    }


def simpler(p: dict[str, Any], mode: str) -> Iterator[dict[str, Any]]:
    """One value simpler; the noise off as a whole; L and F₀ at 1 together; the helper's gap of the
    other sign."""
    for name in ("L", "F0", "delta", "zeta", "sigma_f", "sigma_h", "s"):
        yield from ({**p, name: v} for v in numbers(p[name]) if v or name not in ("L", "F0"))
    yield from ({**p, "correlation": v} for v in ([0.0] if p["correlation"] else []))
    for name in ("K", "T"):
        yield from ({**p, name: n} for n in range(1, p[name]))
    if p["B"] < np.inf:
        yield from ({**p, "B": B} for B in [np.inf, *range(1, int(p["B"]))])
    for name in ("eta", "a") if mode != "tuned" else ():
        if p[name] is not None:
            yield from (
                {**p, name: v} for v in numbers(p[name]) if v > 0 and (name == "eta" or v <= 1)
            )
    yield {**p, "sigma_f": 0.0, "sigma_h": 0.0, "correlation": 0.0, "s": 0.0}
    yield {**p, "sigma_f": 0.0, "correlation": 0.0}
    if p["L"] != 1 or p["F0"] != 1:
        yield {**p, "L": 1.0, "F0": 1.0}
    if p["sign"] > 0:
        yield {**p, "sign": -1.0}


@pytest.mark.parametrize("what", CLAIMS)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_counterexample_is_locally_minimal(what: str, seed: int) -> None:
    with pytest.raises(Counterexample) as caught:
        falsify(CLAIMS[what], seed=seed, examples=20_000)
    case = caught.value.configuration
    p = values_of(case)
    mode = case.steps.mode
    assert violates(CLAIMS[what], p, mode), "the checker does not see the case itself"
    for other in simpler(p, mode):
        if other != p:
            assert not violates(CLAIMS[what], other, mode), f"{case.script}\n{other}"


def test_the_smallest_round_number_is_kept() -> None:
    for seed in range(3):
        with pytest.raises(Counterexample) as caught:
            falsify(CLAIMS["S1, the price of a round L alone"], seed=seed)
        script = caught.value.snippet
        assert (
            "at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=3.0)\nnoise = at.Gaussian()\n"
            in script
        )
        assert script.endswith("print(at.validate(theorem, pair, noise, K=2, T=2))"), script


@given(value=positive(), level=level(), rho=noises())
def test_drawn_numbers_are_decimal_numbers_of_few_digits(
    value: float, level: float, rho: Any
) -> None:
    for number in (value, level, rho.correlation, rho.sigma_f, rho.s):
        assert number == float(f"{number:.3g}")


@pytest.mark.parametrize("least", [2.3, 7.5, 20.0])
def test_a_level_shrinks_to_the_smallest_round_number(least: float) -> None:
    found = find(
        level(100.0), lambda v: v >= least, settings=settings(derandomize=True, database=None)
    )
    assert found == {2.3: 3.0, 7.5: 8.0, 20.0: 20.0}[least]
    assert (
        find(level(), lambda v: 0 < v <= 0.135, settings=settings(derandomize=True, database=None))
        == 0.1
    )


@pytest.mark.parametrize("family", ["dense", "cosine", "logistic"])
def test_a_failing_pair_becomes_a_quadratic_with_the_same_constants(family: str) -> None:
    """Whatever else was drawn: family, constants, noise and lengths stand in the same places for
    all families."""
    drawn = st.tuples(pairs(families=["quadratic", family]), noises(sigma_f=(0.0, 5.0)), budgets())

    def fails(case: Any) -> bool:
        pair, noise, budget = case
        return pair.constants().zeta > 0 and noise.sigma_f > 0.5 and budget.T > 3

    pair, noise, budget = find(drawn, fails, settings=settings(derandomize=True, database=None))
    assert repr(pair) == "at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0, zeta=1.0)"
    assert (repr(noise), budget) == ("at.Gaussian(sigma_f=1.0)", Budget(1, 4))


def test_a_curvature_held_fixed_leaves_the_start_free() -> None:
    """L stays, in units of which it is; F₀ need not be 1, for which x⁰ would be √2."""
    with pytest.raises(Counterexample) as caught:
        falsify(at.claim(2 * F0 / (eta * K * T**2), like=S1), fixed={"flat": 0.1}, examples=5_000)
    assert "at.Quadratic(spectrum=[0.1, 1.0], x0=[0.0, 1.0])" in caught.value.snippet
