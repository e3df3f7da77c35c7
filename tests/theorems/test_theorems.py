"""Every theorem against an adversary: measured ≤ general bound ≤ corollary, over all constants and
steps in range."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auxtheory import theorems
from auxtheory.bounds.constants import Constants
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.testing import falsify
from auxtheory.testing.strategies import (
    Budget,
    Where,
    budgets,
    configurations,
    constants,
    noises,
    pairs,
    positive,
    steps,
)
from auxtheory.theorems import Theorem
from auxtheory.validation.configuration import Configuration

EACH = pytest.mark.parametrize("kind", theorems.ALL, ids=lambda kind: kind.label)
EXACT = ("quadratic", "dense")
FREE_OF_H_NOISE = (theorems.ExactCorrection, theorems.ExactCorrectionPL)


def quiet(kind: type[Theorem], noise: Noise) -> Noise:
    """The noise without σ_h where the theorem assumes that."""
    return type(noise)(sigma_f=noise.sigma_f, s=noise.s) if kind in FREE_OF_H_NOISE else noise


def exact_pairs(kind: type[Theorem]) -> st.SearchStrategy[Pair]:
    """Quadratic pairs; for a theorem with β < 1, of curvatures within its reach."""
    return pairs(families=EXACT, mu=(0.3, 1.0) if kind is theorems.Naive else (0.0, 1.0))


@EACH
@given(data=st.data(), budget=budgets(), noise=noises())
def test_tuned_bound_holds(
    kind: type[Theorem], data: st.DataObject, budget: Budget, noise: Noise
) -> None:
    """The theorem at its own step sizes is not violated by any instance."""
    pair = data.draw(exact_pairs(kind))
    falsify(kind(), pair, quiet(kind, noise), budget)


@EACH
@given(data=st.data(), budget=budgets(), noise=noises(), where=st.sampled_from(["inside", "edge"]))
def test_general_bound_holds_in_its_range(
    kind: type[Theorem], data: st.DataObject, budget: Budget, noise: Noise, where: Where
) -> None:
    """The bound holds for every step size in the stated range, its edge included."""
    theorem = kind()
    noise = quiet(kind, noise)
    pair = data.draw(exact_pairs(kind))
    chosen = data.draw(steps(theorem, theorem.constants(pair, noise), budget, where=where))
    verdict = Configuration(theorem, pair, noise, chosen).verdict()
    # The run may have diverged with its own noise, and no σ exists.
    endless = verdict.table["bound"][0] >= 1e150
    assert verdict.status in ("pass", "undecided") if endless else verdict.status == "pass", str(
        verdict
    )


@EACH
@given(c=constants(delta=(0.0, 1e3)), budget=budgets(max_K=1000, max_T=10**7))
def test_tuned_steps_lie_in_range_and_the_corollary_is_implied(
    kind: type[Theorem], c: Constants, budget: Budget
) -> None:
    """tune() stays inside the range it was derived in, and the corollary is never below the general
    bound."""
    theorem = kind()
    if kind in FREE_OF_H_NOISE:
        c = c.replace(sigma_h=0.0)
    steps = theorem.tune(c, 1 if theorem.method.single_step else budget.K, budget.T, budget.B)
    assert theorem.unmet(c, steps) == []
    general = theorem.value(c, steps.replace(mode="theorem"))
    corollary = theorem.value(c, steps)
    assert (np.isfinite(corollary) and corollary > 0) or kind is theorems.ExactCorrectionPL
    assert general <= corollary * (1 + 1e-9)


UNITS = {"L": (1, -2), "mu": (1, -2), "delta": (1, -2), "beta": (0, 0), "F0": (1, 0)}


@EACH
@given(c=constants(delta=(0.0, 1e3)), budget=budgets(), by_f=positive(), by_x=positive())
def test_homogeneity_of_units(
    kind: type[Theorem], c: Constants, budget: Budget, by_f: float, by_x: float
) -> None:
    """Measuring f and x in other units changes steps, bound and corollary as their units say, and
    nothing else."""
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
        before = theorem.value(c, steps.replace(mode=mode))
        after = theorem.value(changed, other.replace(mode=mode))
        assert after == pytest.approx(before * factor, rel=1e-6)


def pinned(kind: type[Theorem]) -> tuple[Configuration, float]:
    """The tightest case that the falsifier met in 10⁵ (`auxtheory falsify --examples 100000`), and
    its ratio."""
    text = (Path(__file__).parents[1] / "golden" / "tightest" / f"{kind.label}.json").read_text(
        encoding="utf-8"
    )
    case, found = Configuration.read(text)
    return case, found["ratio"]


@EACH
def test_the_tightest_case_and_whatever_lies_near(kind: type[Theorem]) -> None:
    """The case found by search is an example of a property test; its ratio is what it was, and none
    is above 1."""
    case, ratio = pinned(kind)
    met = []

    @example(configuration=case)
    @given(
        configurations(
            kind(), pair=exact_pairs(kind), noise=noises().map(lambda noise: quiet(kind, noise))
        )
    )
    def holds(configuration: Configuration) -> None:
        verdict = configuration.verdict()
        met.append(verdict.ratio)
        assert verdict.status == "pass" or (
            verdict.status == "undecided" and verdict.table["bound"][0] >= 1e150
        )

    holds()
    assert met[0] == pytest.approx(ratio, rel=1e-9) and 0.5 < ratio <= 1 + 1e-9
