"""No unit of f or of x changes a verdict, from 1e-100 to 1e100."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from unit_cases import EACH, QUIET, Units

import auxtheory as at
from auxtheory import theorems
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.errors import InputError
from auxtheory.problems import QuadraticPair
from auxtheory.testing.strategies import Budget, budgets, level, positive, steps
from auxtheory.theorems import Theorem
from auxtheory.theorems.step_range import Lengths, ends_of_a, fits, largest_eta

NOTHING = 1e-20  # of a measure at its start: what is left below it may be rounding alone
DECADES = st.one_of(st.floats(-100.0, 100.0), st.sampled_from([-100.0, -90.0, 90.0, 100.0]))


@st.composite
def units(draw: st.DrawFn) -> Units:
    """The unit of f, of x, or both, each over 200 decades."""
    f, x = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
    return Units(10.0 ** draw(DECADES) if f else 1.0, 10.0 ** draw(DECADES) if x else 1.0)


@dataclass(frozen=True)
class Problem:
    """Constants of a pair and a noise at L = 1."""

    dim: int
    F0: float
    mu: float
    delta: float
    zeta: float
    sigma_f: float
    sigma_h: float
    correlation: float
    s: float
    rotation: int | None
    law: type[at.Noise]

    def made(self, units: Units) -> tuple[QuadraticPair, at.Noise]:
        """The pair and the noise in other units."""
        own = {name: units.factor(name) for name in GLOSSARY}
        target = at.Quadratic(
            L=own["L"],
            mu=self.mu * own["mu"] if self.dim > 1 else None,
            dim=self.dim,
            F0=self.F0 * own["F0"],
            rotation=self.rotation if self.dim > 1 else None,
        )
        noise = self.law(
            sigma_f=self.sigma_f * own["sigma_f"],
            sigma_h=self.sigma_h * own["sigma_h"],
            correlation=self.correlation,
            s=self.s * own["L"],
        )
        return target.with_helper(self.delta * own["delta"], self.zeta * own["zeta"]), noise


problems = st.builds(
    Problem,
    dim=st.integers(1, 3),
    F0=positive(0.1, 10.0),
    mu=positive(1e-3, 1.0),
    delta=level(3.0),
    zeta=level(10.0),
    sigma_f=level(10.0),
    sigma_h=level(10.0),
    correlation=st.floats(-1.0, 1.0),
    s=level(0.3),
    rotation=st.sampled_from([None, 3]),
    law=st.sampled_from([at.Gaussian, at.RandomSign]),
)
# The case of the first report.
EVERYTHING = Problem(2, 1.0, 0.5, 0.1, 0.3, 1.0, 0.5, 0.0, 0.0, None, at.Gaussian)


def quiet(kind: type[Theorem], problem: Problem) -> Problem:
    return Problem(**{**vars(problem), "sigma_h": 0.0}) if kind in QUIET else problem


def clear(kind: type[Theorem], c: Constants) -> bool:
    """Whether the last bit does not decide on β < 1."""
    return kind is not theorems.Naive or bool(abs(c.beta - 1) > 1e-3)


def refused(error: InputError, units: Units) -> None:
    """The range is named, and the case does lie at its end or outside."""
    assert not units.lie_inside(), str(error)
    for complaint in error.complaints:
        assert "must be a finite number in [" in complaint and "1e+100]" in complaint, complaint


def same(one: at.Verdict, other: at.Verdict, problem: Problem, units: Units, measure: str) -> None:
    """Equal verdicts, and numbers that differ by their units alone."""
    own = units.factor("F0") if measure == "gap" else units.factor("L") * units.factor("F0")
    start = problem.F0 if measure == "gap" else 2 * problem.F0
    for row, mine in zip(one.table, other.table, strict=True):
        for name in ("measured", "bound"):
            assert mine[name] / own == pytest.approx(row[name], rel=1e-9, abs=NOTHING * start), name
        if row["bound"] > NOTHING * start and row["measured"] > NOTHING * start:
            assert mine["ratio"] == pytest.approx(row["ratio"], rel=1e-9, abs=0.0)
        assert mine["p"] == pytest.approx(row["p"], rel=1e-6, abs=1e-12, nan_ok=True)
        assert mine["share"] == pytest.approx(row["share"], rel=1e-9)
        assert mine["status"] == row["status"]


def compared(
    kind: type[Theorem], problem: Problem, units: Units, chosen: Steps, **options: Any
) -> None:
    """The same steps in both units, through all of `validate`."""
    problem = quiet(kind, problem)
    plain = Units(1.0, 1.0)
    lengths: dict[str, Any] = {"K": chosen.K, "T": chosen.T, "B": chosen.B}
    tuned = chosen.mode == "tuned"

    def verdict(own: Units) -> at.Verdict:
        given = {} if tuned else {"eta": chosen.eta * own.factor("eta"), "a": chosen.a}
        return at.validate(kind(), *problem.made(own), **lengths, **given, **options)

    one = verdict(plain)
    try:
        other = verdict(units)
    except InputError as error:
        refused(error, units)
    else:
        same(one, other, problem, units, kind.measure)


def allowed(kind: type[Theorem], budget: Budget) -> dict[str, Any]:
    return {"K": 1 if kind.method.single_step else budget.K, "T": budget.T, "B": budget.B}


@EACH
@example(problem=EVERYTHING, budget=Budget(4, 100), units=Units(1e-90, 1.0))
@example(problem=EVERYTHING, budget=Budget(4, 100), units=Units(1e90, 1.0))
@example(problem=EVERYTHING, budget=Budget(4, 100), units=Units(1.0, 1e-45))
@given(problem=problems, budget=budgets(max_K=4, max_T=20, max_B=10), units=units())
def test_no_unit_changes_a_verdict_at_tuned_steps(
    kind: type[Theorem], problem: Problem, budget: Budget, units: Units
) -> None:
    """Otherwise products under the roots of a bound or of a step rule leave the range of floats
    unseen."""
    lengths = allowed(kind, budget)
    pair, noise = quiet(kind, problem).made(Units(1.0, 1.0))
    theorem = kind()
    c = theorem.constants(pair, noise)
    assume(not theorem.unmet(c) and clear(kind, c))
    compared(kind, problem, units, theorem.tune(c, **lengths), engine="exact")


@EACH
@given(data=st.data(), problem=problems, budget=budgets(max_K=4, max_T=20, max_B=10), units=units())
def test_no_unit_changes_a_verdict_at_given_steps(
    kind: type[Theorem], data: st.DataObject, problem: Problem, budget: Budget, units: Units
) -> None:
    """Otherwise a general bound or the range of its steps depends on the units, at the edge of that
    range too."""
    pair, noise = quiet(kind, problem).made(Units(1.0, 1.0))
    c = kind().constants(pair, noise)
    assume(clear(kind, c))
    chosen = data.draw(
        steps(kind(), c, budget, where=data.draw(st.sampled_from(["inside", "edge"])))
    )
    compared(kind, problem, units, chosen, engine="exact")


@pytest.mark.parametrize(
    "kind", [theorems.AuxMOM, theorems.AuxMVR, theorems.SGD], ids=lambda kind: kind.label
)
@settings(max_examples=15)
@given(problem=problems, units=units())
def test_no_unit_changes_a_verdict_by_monte_carlo(
    kind: type[Theorem], problem: Problem, units: Units
) -> None:
    """Otherwise squares of measures, for error bars, leave the range of floats where the measures do
    not."""
    theorem = kind()
    pair, noise = problem.made(Units(1.0, 1.0))
    chosen = theorem.tune(theorem.constants(pair, noise), 1 if kind.method.single_step else 2, 5)
    compared(kind, problem, units, chosen, engine="numpy", replicas=8, false_alarm=0.05)


@pytest.mark.parametrize("u", [1e-100, 1e-90, 1e90, 8e99])
@EACH
def test_the_unit_of_f_is_free_from_end_to_end(kind: type[Theorem], u: float) -> None:
    """Otherwise the ends of the stated range are refused, or give other ratios; those at u = 1 are
    known."""
    known = {"S1-noise": 0.404954, "S3": 0.360438, "S4": 0.183507, "S4-MVR": 0.367503}
    problem = quiet(kind, EVERYTHING)
    own = {}
    for units in (Units(1.0, 1.0), Units(u, 1.0)):
        verdict = at.validate(
            kind(), *problem.made(units), K=1 if kind.method.single_step else 4, T=100
        )
        own[units.by_f] = verdict.ratio
        assert verdict.status == "pass"
    assert own[u] == pytest.approx(own[1.0], rel=1e-9)
    if kind.label in known:
        assert own[u] == pytest.approx(known[kind.label], rel=1e-3)


@EACH
@given(problem=problems, budget=budgets(max_K=1000, max_T=10**7), units=units())
def test_the_ends_of_a_range_scale(
    kind: type[Theorem], problem: Problem, budget: Budget, units: Units
) -> None:
    """Otherwise searches up to the edge of a range stop elsewhere in other units."""
    assume(units.lie_inside())
    theorem = kind()
    lengths = Lengths(**allowed(kind, budget))
    found = []
    for own in (Units(1.0, 1.0), units):
        c = theorem.constants(*quiet(kind, problem).made(own))
        assume(clear(kind, c))
        eta = largest_eta(theorem, c, lengths)
        least = ends_of_a(theorem, c, 0.5 * eta, lengths) if kind.method.uses_a else ()
        found.append([eta / own.factor("eta"), *least])
        if np.isfinite(eta):
            assert fits(theorem, c, 0.5 * eta, least[0] if least else None, lengths)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9)
