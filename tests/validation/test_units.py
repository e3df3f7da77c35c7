"""No unit of f or of x changes a verdict, from 1e-100 to 1e100; where one would, the range is
named."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import auxtheory as at
from auxtheory import theorems
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.posynomial import Posynomial, sqrt
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import QuadraticPair
from auxtheory.testing.strategies import Budget, budgets, level, positive, steps
from auxtheory.theorems import Theorem
from auxtheory.theorems.step_range import Lengths, ends_of_a, fits, largest_eta

EACH = pytest.mark.parametrize("kind", theorems.ALL, ids=lambda kind: kind.label)
QUIET = (theorems.ExactCorrection, theorems.ExactCorrectionPL)  # they assume σ_h = 0
NOTHING = 1e-20  # of a measure at its start: what is left below it may be rounding alone
DECADES = st.one_of(st.floats(-100.0, 100.0), st.sampled_from([-100.0, -90.0, 90.0, 100.0]))


@dataclass(frozen=True)
class Units:
    """f is counted in units of 1/by_f, x in units of 1/by_x."""

    by_f: float
    by_x: float

    def factor(self, name: str) -> float:
        """By what the number of this constant or step grows."""
        unit = GLOSSARY[name].unit
        return 10.0 ** (
            float(unit.f) * math.log10(self.by_f) + float(unit.x) * math.log10(self.by_x)
        )

    def lie_inside(self) -> bool:
        """Whether L, F₀ and gradients of 1 are numbers that are accepted, with a margin."""
        return all(1e-98 <= self.factor(name) <= 1e98 for name in ("L", "F0", "eta"))


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
    """Else products under the roots of a bound or of a step rule leave the range of floats
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
    """Else a general bound or the range of its steps depends on the units, at the edge of that
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
    """Else squares of measures, for error bars, leave the range of floats where the measures do
    not."""
    theorem = kind()
    pair, noise = problem.made(Units(1.0, 1.0))
    chosen = theorem.tune(theorem.constants(pair, noise), 1 if kind.method.single_step else 2, 5)
    compared(kind, problem, units, chosen, engine="numpy", replicas=8, false_alarm=0.05)


@pytest.mark.parametrize("u", [1e-100, 1e-90, 1e90, 8e99])
@EACH
def test_the_unit_of_f_is_free_from_end_to_end(kind: type[Theorem], u: float) -> None:
    """Else the ends of the stated range are refused, or give other ratios; those at u = 1 are
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
    """Else searches up to the edge of a range stop elsewhere in other units."""
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


# -- values without units, and formulas
# ---------------------------------------------------------------

FAR = st.floats(-95.0, 95.0).map(lambda e: 10.0**e)
POWERS = st.sampled_from([Fraction(n, d) for n in (-3, -2, -1, 1, 2, 3) for d in (1, 2, 3)])


@st.composite
def sums(draw: st.DrawFn, depth: int = 2) -> tuple[Posynomial, Callable[[dict[str, float]], float]]:
    """A sum of monomials of K, T, B (as plain variables), and the logarithm of its value by
    logarithms alone."""
    logs = []
    total: Any = 0
    for _ in range(draw(st.integers(1, 3))):
        coefficient = draw(st.sampled_from([0.5, 1.0, 3.0]))
        product = 1
        terms = []
        for _ in range(draw(st.integers(1, 3))):
            power = draw(POWERS)
            if depth and draw(st.booleans()):
                base, log = draw(sums(depth=depth - 1))
            else:
                name = draw(st.sampled_from(["K", "T", "B"]))
                base = at.symbols(name)[0]
                log = lambda v, name=name: math.log(v[name])  # noqa: E731
            product = base**power * product
            terms = [*terms, (power, log)]
        total = total + coefficient * product
        logs.append((coefficient, terms))

    def log_sum(v: dict[str, float]) -> float:
        each = [math.log(k) + sum(float(p) * log(v) for p, log in terms) for k, terms in logs]
        return max(each) + math.log(sum(math.exp(one - max(each)) for one in each))

    return total, log_sum


@given(drawn=sums(), v=st.fixed_dictionaries({name: FAR for name in "KTB"}))
def test_a_sum_is_a_number_wherever_its_value_is_one(drawn: Any, v: dict[str, float]) -> None:
    """Else some product on the way is ∞ or 0; the twin adds logarithms."""
    formula, log_sum = drawn
    wanted = log_sum(v)
    arrays = {name: np.array([value, 1.0]) for name, value in v.items()}
    for value in (float(formula.value(v)), formula.value(arrays)[0]):
        if abs(wanted) < 690:
            assert math.log(value) == pytest.approx(wanted, rel=1e-10, abs=1e-9)
        else:
            assert value == (math.inf if wanted > 720 else 0.0) or 690 <= abs(wanted) <= 750
    assert formula.value(arrays)[1] == pytest.approx(
        float(formula.value(dict.fromkeys("KTB", 1.0))), rel=1e-12
    )


@given(
    drawn=sums(),
    v=st.fixed_dictionaries({name: FAR for name in "KTB"}),
    factor=st.sampled_from([0.5, 2.0]),
)
def test_two_sides_are_compared_wherever_they_lie(
    drawn: Any, v: dict[str, float], factor: float
) -> None:
    """Else ∞ ≤ ∞ and 0 ≤ 0 hold whatever is compared."""
    formula, _ = drawn
    assert bool((factor * formula <= formula).holds(v)) is (factor < 1)
    assert bool((factor * formula < formula).holds(v)) is (factor < 1)
    terms, shares = formula.dominant(v)
    assert terms.ndim == 0 and 0 < shares <= 1 + 1e-12 and not math.isnan(formula.slope("K", v))


def test_a_power_that_is_no_float_is_no_zero() -> None:
    """Else a factor whose square is below 1e-308 counts as 0, and takes its whole term along."""
    delta, eta, a = at.symbols("delta eta a")
    values = {"delta": 1e-90, "eta": 1e-90, "a": 1e-200}
    assert (delta**2 * eta**2 / a**2).unit == Posynomial.symbol(
        "x", "x", (delta * eta).unit ** 2
    ).unit
    assert float((delta**2 * eta**2 / a**2).value(values)) == pytest.approx(1e40, rel=1e-12)
    assert float((delta**2 / a**2).value(values | {"delta": 0.0})) == 0


@pytest.mark.parametrize("u", [1e-95, 1.0, 1e95])
def test_the_formula_of_a_user_is_as_free_as_the_library_s(u: float) -> None:
    """Else only the library's bounds survive other units; a function sees the user's own
    numbers."""
    L, F0, sigma_f, T = at.symbols("L F0 sigma_f T")
    pair = at.Quadratic(L=u, mu=0.5 * u, dim=2, F0=u).with_helper(0.1 * u)
    noise = at.Gaussian(sigma_f=u)
    seen = []

    def bound(c: Any, s: Any) -> float:
        seen.append((c.L, s.eta))
        return 2.0 * c.F0 / (s.eta * s.T) + c.L * s.eta * c.sigma_f**2

    formula = at.claim(
        2 * sqrt(4 * L * F0 * sigma_f**2 / T) + 4 * L * F0 / T, method=at.methods.SGD
    )
    found = at.validate(formula, pair, noise, T=10, eta=0.5 / u)
    assert found.ratio == pytest.approx(0.268396, rel=1e-5)
    own = at.validate(
        at.claim(bound, method=at.methods.SGD, check_units=False),
        pair,
        noise,
        T=[5, 10],
        eta=0.5 / u,
    )
    assert own.status == "pass" and set(seen) == {(u, 0.5 / u)}


# -- the range
# ------------------------------------------------------------------------------------------


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
    """Else what is accepted comes out as a wrong number."""
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
    """Else F₀ as computed from the start, an ulp beyond the end, is refused."""
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
    """Else an engine overflows where a bound does not, and a true theorem is violated."""
    delta, zeta, sigma = extremes
    gradient = math.sqrt(L) * math.sqrt(F0)
    pair = at.Quadratic(L=L, mu=0.1 * L, dim=2, F0=F0).with_helper(delta * L, zeta * gradient)
    noise = at.Gaussian(
        sigma_f=sigma * gradient, sigma_h=0.0 if kind in QUIET else 0.5 * sigma * gradient
    )
    theorem = kind()
    try:
        found = at.validate(theorem, pair, noise, K=1 if kind.method.single_step else 3, T=5)
    except at.AssumptionError:
        assert kind is theorems.Naive  # β ≥ 1
    else:
        assert (
            found.status == "pass"
            and np.isfinite(found.table["bound"][0])
            and not found.table["diverged"][0]
        )


@pytest.mark.parametrize("u", [1e-95, 1e-60, 1e60, 1e95])
@pytest.mark.parametrize("rotation", [None, 1])
def test_the_bias_of_a_pair_is_the_same_in_all_units(u: float, rotation: int | None) -> None:
    """Else a bias along the gap is taken for one across it, since the product of the two is no
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
    """Else a pair whose constants are right is told that they are not; and one whose δ is wrong
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
    """Else σ_r = 0 for levels whose squares are below 1e-308."""
    noise = Gaussian(sigma_f=level, sigma_h=0.5 * level, correlation=0.3)
    assert noise.sigma_r / level == pytest.approx(math.sqrt(1 + 0.25 - 0.3), rel=1e-14)


# -- bounds that are ∞
# ----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["exact", "numpy"])
@pytest.mark.parametrize("eta", [0.5, 50.0])
def test_an_infinite_bound_is_undecided(engine: str, eta: float) -> None:
    """Else a bound that says nothing passes, or a run that diverges violates it."""
    pair = at.Quadratic(L=1.0, dim=1).with_helper()
    endless = at.claim(lambda c, s: math.inf, method=at.methods.SGD, check_units=False)
    found = at.validate(endless, pair, T=[10, 3000], eta=eta, engine=engine)
    assert found.status == "undecided" and found.table["ratio"].tolist() == [0.0, 0.0]
    assert "the bound is infinite" in str(found) and "the bound is infinite" in found.to_json()
    assert str(found).count("the bound is infinite") == 1
    finite = at.validate(at.theorems.SGD(), pair, T=10)
    assert finite.status == "pass" and "infinite" not in str(finite)


def test_an_infinite_bound_in_a_study_is_undecided() -> None:
    """Else the same case has another status in a grid."""
    endless = at.claim(
        lambda c, s: math.inf if c.L > 1 else 10.0, method=at.methods.SGD, check_units=False
    )
    study = at.Study([endless], at.Quadratic(L=1.0, dim=2), L=[0.5, 2.0], T=5, eta=[0.1])
    assert study.run()["status"].tolist() == ["pass", "undecided"]


def test_a_study_over_units_has_one_ratio() -> None:
    """Else columns over a grid are evaluated otherwise than single cases."""
    u = np.array([1e-90, 1e-30, 1.0, 1e30, 1e90])
    pair = at.Quadratic(L=u, mu=0.5 * u, dim=2, F0=u).with_helper(0.1 * u, 0.3 * u)
    noise = at.Gaussian(sigma_f=u, sigma_h=0.5 * u)
    for kind in (theorems.AuxMOM, theorems.AuxMVR, theorems.ExactCorrectionNoise):
        found = at.validate(kind(), pair, noise, K=4, T=[50, 100])
        ratios = np.reshape(found.table["ratio"], (2, 5))
        np.testing.assert_allclose(ratios, ratios[:, 2:3] * np.ones(5), rtol=1e-9)
        assert set(found.table["status"]) == {"pass"}
