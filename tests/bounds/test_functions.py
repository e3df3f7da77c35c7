"""exp, log, min and max in bounds: values, slopes, units, printed forms, conditions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from function_strategies import Gaps, with_functions
from hypothesis import assume, given
from hypothesis import strategies as st
from posynomial_strategies import points

import auxtheory as at
from auxtheory.bounds.source import spelt
from auxtheory.errors import InputError, UnitError

L, mu, F0, delta, eta, a, K, T, B = at.symbols("L mu F0 delta eta a K T B")
sigma_f, sigma_h = at.symbols("sigma_f sigma_h")
SYMBOLS = {name: at.symbols(name) for name in at.GLOSSARY} | {"at": at}
BOUNDS = [
    2 * F0 * at.exp(-mu * eta * K * T),
    at.minimum(L * F0 / T, at.sqrt(L * F0 * sigma_f**2 / T)),
    sigma_f**2 * at.log(T) / T,
    (1 + at.log(L / mu)) * L * F0 / T,
    L * F0 * at.maximum(1, L * eta) ** 2 / at.log(1 + T),
    at.exp(-eta * mu) ** K * F0 + eta * at.minimum(sigma_f, at.sqrt(L * F0)) ** 2,
    F0 * at.maximum(0, 1 - eta * mu) ** T,
]


@given(expression=with_functions(), v=points)
def test_the_value_is_that_of_plain_arithmetic(expression: Any, v: dict[str, float]) -> None:
    """Otherwise a function is evaluated at another argument than the one it is printed with."""
    p, f = expression
    wanted = f(v, [])
    assume(1e-200 < wanted < 1e200)
    assert float(p.value(v)) == pytest.approx(wanted, rel=1e-9)
    assert float(np.sum(p.parts(v))) == pytest.approx(wanted, rel=1e-9)
    term, share = p.dominant(v)
    parts = p.parts(v)
    assert str(term) == str(p.terms[int(np.argmax(parts))])
    assert float(share) == pytest.approx(float(np.max(parts) / np.sum(parts)), rel=1e-9)


@given(expression=with_functions(), v=points, name=st.sampled_from(["K", "T", "B", "a"]))
def test_the_slope_is_the_logarithmic_derivative(
    expression: Any, v: dict[str, float], name: str
) -> None:
    """Otherwise predicted exponents are not those of the formula; away from the kinks of min and
    max."""
    p, f = expression
    gaps: Gaps = []
    assume(1e-100 < f(v, gaps) < 1e100 and all(gap > 1e-3 for gap in gaps))
    h = 1e-5
    up, down = ({**v, name: v[name] * math.exp(sign * h)} for sign in (1, -1))
    wanted = (math.log(f(up, [])) - math.log(f(down, []))) / (2 * h)
    assert float(p.slope(name, v)) == pytest.approx(wanted, rel=1e-5, abs=1e-6)


@given(expression=with_functions(), v=points)
def test_the_source_evaluates_to_the_expression(expression: Any, v: dict[str, float]) -> None:
    """Otherwise a script that reproduces a case has another bound."""
    p, _ = expression
    assume(p.names)
    text = spelt(p)
    again = eval(text, dict(SYMBOLS))
    # Its terms may change their order once, since 3 + K is K + 3, and −(2 − a) is a − 2.
    assert spelt(eval(spelt(again), dict(SYMBOLS))) == spelt(again)
    assert again.names == p.names and again.unit == p.unit
    assert float(again.value(v)) == pytest.approx(float(p.value(v)), rel=1e-12)


@pytest.mark.parametrize("bound", BOUNDS, ids=str)
@given(c=st.floats(0.1, 10), b=st.floats(0.1, 10), v=st.data())
def test_a_bound_scales_as_its_unit_says(bound: Any, c: float, b: float, v: Any) -> None:
    """Otherwise a unit error goes unseen: in other units of f and x the bound is the same."""
    values = {name: v.draw(st.floats(0.2, 5.0), label=name) for name in sorted(bound.names)}
    if {"eta", "mu"} <= values.keys():
        values["mu"] *= 0.18 / values["eta"]  # ημ < 1, where these bounds apply
    units = {name: at.GLOSSARY[name].unit for name in values}

    def factor(unit: Any) -> float:
        return float(c ** float(unit.f) * b ** float(unit.x))

    scaled = {name: value * factor(units[name]) for name, value in values.items()}
    assert float(bound.value(scaled)) == pytest.approx(
        float(bound.value(values)) * factor(bound.unit), rel=1e-9, abs=1e-300
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: at.exp(L), r"argument of exp must have no unit: L has unit F·X\^-2"),
        (lambda: at.log(F0 / T), r"argument of log must have no unit: F₀/T has unit F$"),
        (lambda: 1 + at.log(eta * K), r"argument of log must have no unit: ηK has unit"),
        (lambda: at.minimum(L, K), r"arguments of min must share one unit: L has .*; K has unit 1"),
        (lambda: at.maximum(1, L), r"arguments of max must share one unit: 1 has unit 1; L has"),
        (lambda: at.minimum(L, mu) + K, r"min\{L, μ\} has unit F·X\^-2; K has unit 1"),
        (lambda: np.exp(L), "argument of exp"),
        (lambda: np.minimum(L, 1), "arguments of min"),
        (lambda: at.log(T) <= L, "the left side has unit 1"),
    ],
)
def test_units_of_arguments(make: Callable[[], object], message: str) -> None:
    """Otherwise a bound can be written that holds in one choice of units only."""
    with pytest.raises(UnitError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: at.log(0), "log.0. = -inf: must be a finite number"),
        (lambda: at.log(-1), "log.-1. = nan: must be a finite number"),
        (lambda: at.exp(1000), "exp.1000. = inf: must be a finite number"),
        (lambda: at.minimum(), "must be one expression or more"),
        (lambda: at.exp("K"), "operand = 'K': must be a finite number or an expression"),  # type: ignore[arg-type]
        (lambda: at.maximum(K, math.inf), "operand = inf"),
        (lambda: np.minimum(K, np.array([1.0, 2.0])), "operand = .*must be a finite number"),
        (lambda: at.exp(K).value({}), "K = None: must be given"),
        (lambda: (1 + at.log(T)).slope("T", {}), "T = None: must be given"),
    ],
)
def test_what_is_no_argument(make: Callable[[], object], message: str) -> None:
    """Otherwise infinity or a text gets into a bound."""
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("expression", "text", "source"),
    [
        (BOUNDS[0], "2F₀·exp(−μηKT)", "2 * F0 * at.exp(-mu * eta * K * T)"),
        (BOUNDS[2], "σ_f²·log(T)/T", "sigma_f ** 2 * at.log(T) / T"),
        (1 + at.log(T), "log T + 1", "at.log(T) + 1"),
        (at.log(T) ** 2 / K, "log(T)²/K", "at.log(T) ** 2 / K"),
        (L * at.log(K * T), "L·log(KT)", "L * at.log(K * T)"),
        (at.log(T) / K, "log(T)/K", "at.log(T) / K"),
        (1 / at.log(T), "1/log(T)", "1 / at.log(T)"),
        (at.minimum(K, at.maximum(T, 2)), "min{K, max{T, 2}}", "at.minimum(K, at.maximum(T, 2))"),
        (at.maximum(0, L - delta), "max{0, L − δ}", "at.maximum(0, L - delta)"),
        (at.minimum(at.minimum(K, T), B, K), "min{K, T, B}", "at.minimum(K, T, B)"),
        (at.minimum(K), "K", "K"),
        (at.maximum(2, 3) * K, "3K", "3 * K"),
        (at.exp(0) * K + at.log(1), "K", "K"),
        (at.log(T) / T + at.log(T) / T, "2·log(T)/T", "2 * at.log(T) / T"),
        (at.log(K) / at.log(K), "1", "1"),
        (at.sqrt(at.log(T) ** 2), "√(log(T)²)", "at.sqrt(at.log(T) ** 2)"),
        (at.sqrt(at.minimum(K, T) ** 2), "min{K, T}", "at.minimum(K, T)"),
        (1e-5 * at.exp(K), "1e-05·exp(K)", "1e-05 * at.exp(K)"),
        (np.exp(-K), "exp(−K)", "at.exp(-K)"),
        (np.log(at.symbols("T")), "log T", "at.log(T)"),
        (np.minimum(np.float64(2), K), "min{2, K}", "at.minimum(2, K)"),
        (np.maximum(K, T), "max{K, T}", "at.maximum(K, T)"),
        (np.float64(2) * at.symbols("K"), "2K", "2 * K"),
    ],
)
def test_printed_and_written(expression: Any, text: str, source: str) -> None:
    """Otherwise the dominant term of a verdict cannot be read, or a script cannot be run."""
    assert (str(expression), spelt(expression)) == (text, source)


def test_no_intermediate_overflow_or_underflow() -> None:
    """exp(−10⁶) times anything is 0, and two factors may be far outside the range of floats."""
    v: dict[str, Any] = {"K": 1e6, "F0": 1e300, "T": np.array([1.0, 800.0, 1e4])}
    assert float((F0 * at.exp(-K)).value(v)) == 0.0
    assert float((F0 * at.exp(-K)).slope("K", v)) == -1e6
    assert (at.exp(1000 * T) * at.exp(1 - 1000 * T)).value(v) == pytest.approx(
        [math.e] * 3, rel=1e-8
    )
    large = F0 * at.exp(700 * K / K) * at.exp(-T) / F0**2
    assert large.value(v) == pytest.approx([math.exp(699) / 1e300, math.exp(-100) / 1e300, 0])
    assert float(at.log(at.exp(1e5 * K)).value(v)) == 1e11
    far = at.log(L**3 / mu**3).value({"L": 1e200, "mu": 1e-200})
    assert float(far) == pytest.approx(1200 * math.log(10))
    two = at.exp(-2 * K) + at.exp(-3 * K)
    term, share = two.dominant(v)
    assert (str(term), float(share)) == ("exp(−2K)", 1.0)
    assert float(two.slope("K", v)) == pytest.approx(-2e6)
    ratio = F0**2 / F0
    v |= {"L": 1e-300}
    assert float((K / L**2 * at.minimum(L**2, mu * L)).value(v | {"mu": 1.0})) == pytest.approx(1e6)
    assert float((ratio * at.maximum(F0**-1, F0**-1 / 2)).value(v)) == pytest.approx(1.0)
    small = F0**4 / F0**3 * at.log(1 + K)  # beyond the range on the way
    assert float(small.value(v | {"K": 1e-10})) == pytest.approx(
        1e300 * np.log(1 + 1e-10), rel=1e-12
    )
    accurate = at.exp(T).value({"T": np.array([1e-3, 700.0, 708.0])})
    assert accurate == pytest.approx(np.exp([1e-3, 700.0, 708.0]), rel=1e-15)


def test_infinite_and_undefined_values() -> None:
    """A first batch of ∞, a logarithm of 0, and one of a negative number, which is never a number."""
    v: dict[str, Any] = {"B": math.inf, "K": 2.0}
    assert float(at.exp(-B).value(v)) == 0.0
    assert float(at.minimum(B, K).value(v)) == 2.0
    assert float(at.minimum(B, K).slope("K", v)) == 1.0
    assert float(at.maximum(K, 1 / B).value(v)) == 2.0
    assert float(at.log(B).value(v)) == math.inf
    assert float(at.log(K - 2).value(v)) == -math.inf
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for undefined in (
            at.log(1 - K),
            at.minimum(at.log(1 - K), K),
            at.maximum(K, at.log(1 - K)),
        ):
            assert math.isnan(float(undefined.value(v)))
            assert math.isnan(float(undefined.slope("K", v)))
            assert not (undefined <= 1).holds(v) and not (undefined >= 1).holds(v)
            assert not (undefined == 1).holds(v) and not (undefined != 1).holds(v)


def test_an_undefined_bound_supports_no_verdict() -> None:
    """Otherwise a bound whose logarithm is of a negative number passes, or is called violated."""
    theorem = at.claim(
        L * F0 * at.log(2 - T), method=at.methods.SGD, step_range=[L * eta <= 1], name="Undefined"
    )
    pair = at.Quadratic(L=1.0, dim=2)
    row = at.validate(theorem, pair, T=10, eta=0.5, mode="theorem").table.rows[0]
    assert row["status"] == "undecided" and math.isnan(row["bound"])


def test_slopes_where_a_logarithm_is_zero() -> None:
    """At T = 1 the logarithm vanishes, but not its derivative."""
    v = {"T": np.array([1.0, 2.0]), "K": 1.0}
    assert (1 + at.log(T)).slope("T", v) == pytest.approx([1.0, 1 / (1 + math.log(2))])
    assert at.exp(-2 * at.log(T)).slope("T", v) == pytest.approx([-2.0, -2.0])
    assert (3 + K * at.log(T) * T).slope("T", v)[0] == pytest.approx(1 / 3)
    assert (1 + at.log(T)).slope("K", v).tolist() == [0.0, 0.0]
    assert (1 + at.log(T) ** 2).slope("T", v)[0] == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(at.log(T).slope("T", v)[0])
    huge = {"T": 1.0, "F0": 1e-250}
    assert float((F0**2 * (1 + at.log(T))).slope("T", huge)) == pytest.approx(1.0)


def test_the_slope_of_an_extreme_is_that_of_the_chosen_argument() -> None:
    v = {"K": np.array([1.0, 3.0, 2.0]), "T": 2.0}
    assert at.minimum(K**2, T**2).slope("K", v).tolist() == [2.0, 0.0, 2.0]
    assert at.maximum(K**2, T**2).slope("K", v).tolist() == [0.0, 2.0, 2.0]
    positive_part = 1 + at.maximum(0, K - 2)
    assert positive_part.slope("K", v).tolist() == [0.0, 1.5, 0.0]


def test_conditions_of_any_comparison() -> None:
    """Otherwise K = 1 must be written as two conditions."""
    v: dict[str, Any] = {"K": np.array([1.0, 2.0]), "T": 2.0, "L": 1.0, "delta": 0.5, "eta": 1.0}
    cases = [
        (K == 1, "K = 1", "K == 1", [True, False]),
        (K != 1, "K ≠ 1", "K != 1", [False, True]),
        (1 == K, "K = 1", "K == 1", [True, False]),
        (T == K, "T = K", "T == K", [False, True]),
        (np.int64(1) == K, "K = 1", "K == 1", [True, False]),
        (np.float64(1) >= K, "K ≤ 1", "K <= 1", [True, False]),
        (K >= at.log(T), "log T ≤ K", "at.log(T) <= K", [True, True]),
        (at.exp(-K) > at.exp(-T), "exp(−T) < exp(−K)", "at.exp(-T) < at.exp(-K)", [True, False]),
        (
            eta * at.maximum(L, 2 * delta) == 1,
            "η·max{L, 2δ} = 1",
            "eta * at.maximum(L, 2 * delta) == 1",
            [True],
        ),
        (delta == 0, "δ = 0", "delta == 0", [False]),
    ]
    for condition, text, source, holds in cases:
        assert str(condition) == text and spelt(condition) == source
        assert np.ravel(condition.holds(v)).tolist() == holds
        again = eval(source, dict(SYMBOLS))
        assert spelt(again) == source and type(again) is type(condition)
        with pytest.raises(InputError, match="neither true nor false"):
            bool(condition)
    assert (K == 1).holds({"K": 1 + 4e-16}) and not (K == 1).holds({"K": 1 + 1e-9})
    assert not (K != 1).holds({"K": 1 + 4e-16}) and (K == 1).names == {"K"}
    assert (B == B * 1).holds({"B": math.inf}) and not (B == K).holds({"B": math.inf, "K": 1.0})
    with pytest.raises(UnitError, match="L = K: the left side has unit"):
        assert L == K


def test_expressions_stay_keys_of_mappings() -> None:
    """Otherwise == would make expressions unusable as keys, or a search would find a wrong one."""
    table = {K: 1, T: 2}
    assert table[K] == 1 and table[T] == 2 and (K == K) is True and (K != K) is False
    assert (K == None) is False and (K != "K") is True  # noqa: E711
    for search in (lambda: K in [T, K], lambda: [T].index(K), lambda: K in (L,)):
        with pytest.raises((InputError, UnitError)):
            search()


@pytest.mark.parametrize("condition", [K == 1, at.log(K) < Fraction(1, 10)])
def test_a_theorem_with_these_conditions(condition: Any) -> None:
    """Otherwise a theorem cannot ask for one local step."""
    theorem = at.claim(
        2 * F0 / (eta * K * T),
        method=at.methods.Naive,
        assumptions=[sigma_h == 0],
        step_range=[condition, L * eta <= 1],
    )
    c = at.Constants(L=1.0, F0=1.0)
    assert theorem.unmet(c, at.Steps(eta=0.5, K=1, T=5)) == []
    (unmet,) = theorem.unmet(c, at.Steps(eta=0.5, K=3, T=5))
    wanted = {"K = 1": "must be equal to 1", "log K < 0.1": "must be below 0.1"}
    assert str(unmet).startswith(str(condition)) and str(unmet).endswith(wanted[str(condition)])
    (noisy,) = theorem.unmet(at.Constants(L=1.0, F0=1.0, sigma_h=0.1))
    assert str(noisy) == "σ_h = 0: the left side is 0.1, must be equal to 0"


def test_a_lower_limit_is_a_limit_of_the_right_side() -> None:
    """Otherwise a broken 0 < μ is reported as 0, which must be below 0."""
    mu = at.symbols("mu")
    lower = at.claim(F0 / (eta * T), method=at.methods.SGD, assumptions=[mu > 0, 0.5 <= mu / L])
    assert [str(unmet) for unmet in lower.unmet(at.Constants(L=2.0, F0=1.0, mu=0.0))] == [
        "0 < μ: the right side is 0, must be above 0",
        "0.5 ≤ μ/L: the right side is 0, must be at least 0.5",
    ]


def test_the_unit_of_a_function_is_found_under_conditions_of_equality() -> None:
    """Otherwise a bound that is a function has no case to read its unit from."""

    def bound(c: Any, s: Any) -> Any:
        return c.L * c.F0 / s.T if s.K == 1 and c.delta == 2 * c.mu else math.nan

    theorem = at.claim(
        bound, method=at.methods.SGD, assumptions=[delta == 2 * mu], step_range=[1 == K]
    )
    c = at.Constants(L=1.0, F0=1.0, mu=0.1, delta=0.2)
    assert float(theorem.value(c, at.Steps(eta=1.0, K=1, T=4, mode="theorem"))) == 0.25
