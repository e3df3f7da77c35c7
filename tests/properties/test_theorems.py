"""Every theorem against an adversary: measured ≤ general bound ≤ corollary, over all constants and steps in range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from auxtheory import theorems
from auxtheory.constants import Constants, Steps
from auxtheory.noise import Noise
from auxtheory.problems import QuadraticPair
from auxtheory.strategies import Budget, budgets, level, noises, pairs, positive
from auxtheory.testing import falsify
from auxtheory.theorems import Theorem
from auxtheory.validation import validate

EACH = pytest.mark.parametrize("kind", theorems.ALL, ids=lambda kind: kind.label)
FREE_OF_H_NOISE = (theorems.ExactCorrection, theorems.ExactCorrectionPL)


def quiet(kind: type[Theorem], noise: Noise) -> Noise:
    """The noise without σ_h where the theorem assumes that."""
    return type(noise)(sigma_f=noise.sigma_f, s=noise.s) if kind in FREE_OF_H_NOISE else noise


@EACH
@given(data=st.data(), budget=budgets(), noise=noises())
def test_tuned_bound_holds(kind: type[Theorem], data: st.DataObject, budget: Budget, noise: Noise) -> None:
    """The theorem at its own step sizes is not violated by any instance."""
    pair = data.draw(pairs(mu=0.3 if kind is theorems.Naive else None))
    falsify(kind(), pair, quiet(kind, noise), budget)


def steps_in_range(draw: st.DrawFn, theorem: Theorem, c: Constants, budget: Budget) -> Steps:
    """η up to the largest the range allows (found by bisection), a between its least value and 1."""
    K = 1 if theorem.method.single_step else budget.K
    a = 1.0 if theorem.method.uses_a else None

    def fits(eta: float, a: float | None = a) -> bool:
        return not theorem.unmet(c, Steps(eta=eta, a=a, K=K, T=budget.T, B=budget.B))

    low, high = 1e-12 / c.L, 2 / c.L
    if not fits(low):
        reject()
    for _ in range(60):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if fits(middle) else (low, middle)
    eta = float(low * draw(st.one_of(st.just(1.0), st.floats(1e-3, 1.0))))
    if a is not None:
        least, most = 1e-12, 1.0
        for _ in range(60):
            middle = np.sqrt(least * most)
            least, most = (least, middle) if fits(eta, middle) else (middle, most)
        a = float(most ** draw(st.one_of(st.just(1.0), st.floats(0.0, 1.0))))
    return Steps(eta=eta, a=a, K=K, T=budget.T, B=budget.B, mode="theorem")


@EACH
@given(data=st.data(), budget=budgets(), noise=noises())
def test_general_bound_holds_in_its_range(
    kind: type[Theorem], data: st.DataObject, budget: Budget, noise: Noise
) -> None:
    """The bound holds for every step size in the stated range, its edge included."""
    theorem, noise = kind(), quiet(kind, noise)
    pair: QuadraticPair = data.draw(pairs(mu=0.3 if kind is theorems.Naive else None))
    constants = theorem.constants(pair, noise)
    if theorem.unmet(constants):
        reject()
    steps = data.draw(st.composite(lambda draw: steps_in_range(draw, theorem, constants, budget))())
    verdict = validate(
        theorem, pair, noise, K=steps.K, T=steps.T, B=steps.B, eta=steps.eta, a=steps.a, mode="theorem"
    )
    limited = verdict.table["bound"][0] < 1e150  # else the run diverged with its own noise, and no σ exists
    assert verdict.status == ("pass" if limited else "undecided"), str(verdict)


@st.composite
def all_constants(draw: st.DrawFn) -> Constants:
    """Constants with no problem behind them."""
    L = draw(positive())
    return Constants(
        L=L,
        mu=L * draw(st.floats(0.0, 1.0)),
        delta=draw(st.one_of(st.just(0.0), positive(1e-6, 1e3))) * L,
        beta=draw(st.floats(0.0, 0.999)),
        zeta=draw(level()),
        sigma_f=draw(level()),
        sigma_h=draw(level()),
        sigma_r=draw(st.one_of(st.just(0.0), positive(1e-9, 1e3))),
        F0=draw(positive(1e-6, 1e6)),
    )


@EACH
@given(c=all_constants(), budget=budgets(max_K=1000, max_T=10**7))
def test_tuned_steps_lie_in_range_and_the_corollary_is_implied(
    kind: type[Theorem], c: Constants, budget: Budget
) -> None:
    """tune() stays inside the range it was derived in, and the corollary is never below the general bound."""
    theorem = kind()
    if kind in FREE_OF_H_NOISE:
        c = c.replace(sigma_h=0.0)
    steps = theorem.tune(c, 1 if theorem.method.single_step else budget.K, budget.T, budget.B)
    assert theorem.unmet(c, steps) == []
    general, corollary = theorem.value(c, steps.replace(mode="theorem")), theorem.value(c, steps)
    assert (np.isfinite(corollary) and corollary > 0) or kind is theorems.ExactCorrectionPL
    assert general <= corollary * (1 + 1e-9)


UNITS = {"L": (1, -2), "mu": (1, -2), "delta": (1, -2), "beta": (0, 0), "F0": (1, 0)}


@EACH
@given(c=all_constants(), budget=budgets(), by_f=positive(), by_x=positive())
def test_homogeneity_of_units(kind: type[Theorem], c: Constants, budget: Budget, by_f: float, by_x: float) -> None:
    """Measuring f and x in other units changes steps, bound and corollary as their units say, and nothing else."""
    theorem = kind()
    if kind in FREE_OF_H_NOISE:
        c = c.replace(sigma_h=0.0)
    powers = {name: UNITS.get(name, (1, -1)) for name in c.names()}
    changed = c.replace(**{n: getattr(c, n) * by_f**p * by_x**q for n, (p, q) in powers.items()})
    K = 1 if theorem.method.single_step else budget.K
    steps, other = (theorem.tune(v, K, budget.T, budget.B) for v in (c, changed))
    assert other.eta == pytest.approx(steps.eta * by_x**2 / by_f, rel=1e-9)
    assert other.a == (None if steps.a is None else pytest.approx(steps.a, rel=1e-9))
    factor = by_f if theorem.measure == "gap" else (by_f / by_x) ** 2
    for mode in ("tuned", "theorem"):
        before, after = theorem.value(c, steps.replace(mode=mode)), theorem.value(changed, other.replace(mode=mode))
        assert after == pytest.approx(before * factor, rel=1e-6)
