"""Bounds as expressions: their value, slope, dominant term, units and printed form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from posynomial_strategies import NAMES, expressions, points

from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, Posynomial, Unit, sqrt
from auxtheory.errors import InputError, UnitError

L, mu, F0, delta, sigma_h, sigma_r, eta, a, K, T, B = symbols(
    "L mu F0 delta sigma_h sigma_r eta a K T B"
)
BOUND = (
    2 * F0 / (eta * K * T)
    + L * eta * sigma_h**2
    + 4 * delta**2 * eta**2 * K * sigma_h**2 * (1 - a) / a
    + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a)
)
UNITS = {
    "F0": (1, 0),
    "eta": (-1, 2),
    "L": (1, -2),
    "delta": (1, -2),
    "sigma_h": (1, -1),
    "sigma_r": (1, -1),
}


def bound_by_hand(v: Mapping[str, float]) -> float:
    return (
        2 * v["F0"] / (v["eta"] * v["K"] * v["T"])
        + v["L"] * v["eta"] * v["sigma_h"] ** 2
        + 4 * v["delta"] ** 2 * v["eta"] ** 2 * v["K"] * v["sigma_h"] ** 2 * (1 - v["a"]) / v["a"]
        + 2 * v["sigma_r"] ** 2 * (v["a"] + 1 / (v["a"] * v["B"] * v["T"])) / (2 - v["a"])
    )


@given(expression=expressions(), v=points)
def test_the_value_is_that_of_plain_arithmetic(expression: Any, v: dict[str, float]) -> None:
    """Otherwise some rewriting of sums, products, powers or roots changes what a bound says."""
    p, f = expression
    assert float(p.value(v)) == pytest.approx(f(v), rel=1e-9)
    assert float(p(**v)) == float(p.value(v))
    assert float(np.sum(p.parts(v))) == pytest.approx(f(v), rel=1e-9)


@given(expression=expressions(), v=points, name=st.sampled_from(["K", "T", "B", "a"]))
def test_the_slope_is_the_logarithmic_derivative(
    expression: Any, v: dict[str, float], name: str
) -> None:
    """Otherwise predicted exponents (T^−½ and so on) are not those of the formula."""
    p, f = expression
    h = 1e-5
    up, down = ({**v, name: v[name] * math.exp(sign * h)} for sign in (1, -1))
    wanted = (math.log(f(up)) - math.log(f(down))) / (2 * h)
    assert float(p.slope(name, v)) == pytest.approx(wanted, rel=1e-5, abs=1e-6)


@given(v=points, c=st.floats(0.1, 10), b=st.floats(0.1, 10))
def test_a_bound_scales_as_its_unit_says(v: dict[str, float], c: float, b: float) -> None:
    """Otherwise a slip such as σ² for σ goes unseen: G has unit (F/X)², whatever F and X are."""
    assert float(BOUND.value(v)) == pytest.approx(bound_by_hand(v), rel=1e-12)
    scaled = {n: v[n] * c ** UNITS.get(n, (0, 0))[0] * b ** UNITS.get(n, (0, 0))[1] for n in NAMES}
    assert Unit(Fraction(2), Fraction(-2)) == BOUND.unit
    assert float(BOUND.value(scaled)) == pytest.approx(
        float(BOUND.value(v)) * (c / b) ** 2, rel=1e-9
    )


def test_names_are_all_symbols_that_occur() -> None:
    """Otherwise a missing value is only found when the bound is evaluated; exponents and brackets count
    too."""
    assert BOUND.names == frozenset(NAMES)
    assert ((1 - eta * mu) ** (K * T)).names == {"eta", "mu", "K", "T"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: L + K,
        lambda: 1 - L,
        lambda: L - F0,
        lambda: L**K,
        lambda: (1 - a) ** L,
        lambda: L <= K,
        lambda: L < F0,
        lambda: sqrt(L) + L,
        lambda: sigma_r**2 + sigma_r,
        lambda: Condition(L, K),
        lambda: (delta * F0 * sigma_r**2 / T) ** Fraction(2, 3) + L * F0 / T,
    ],
)
def test_unlike_units_do_not_add_or_compare(wrong: Callable[[], object]) -> None:
    """Otherwise a bound that is wrong for every choice of units but one can be written down."""
    with pytest.raises(UnitError):
        wrong()


def test_the_unit_error_names_the_terms_and_their_units() -> None:
    """Otherwise the author of a bound must search for the slip."""
    with pytest.raises(UnitError, match=r"L has unit F·X\^-2; K has unit 1"):
        L + K
    with pytest.raises(UnitError, match=r"L ≤ K: the left side has unit F·X\^-2, the right 1"):
        assert L <= K


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (L.unit, "F·X^-2"),
        (eta.unit, "F^-1·X^2"),
        (K.unit, "1"),
        (sqrt(L).unit, "F^1/2·X^-1"),
        (F0.unit, "F"),
    ],
)
def test_units_print(unit: Unit, text: str) -> None:
    """Otherwise unit errors cannot be read."""
    assert str(unit) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (2 * F0 / (eta * K * T) + L * eta * sigma_h**2, "2F₀/(ηKT) + Lησ_h²"),
        (2 * sqrt(2 * L * F0 * sigma_r**2 / T), "2.828σ_r√(LF₀/T)"),
        ((delta * sigma_r * F0 / T) ** Fraction(2, 3), "(δσ_rF₀/T)^(2/3)"),
        ((1 - eta * mu) ** (K * T) * F0, "(1 − ημ)^(KT)F₀"),
        ((1 - a) / a * L, "(1 − a)L/a"),
        (1 / sqrt(K), "1/√(K)"),
        (a - 1, "a − 1"),
        (3 * (1 - a), "3 − 3a"),
        (L - L, "0"),
        (K**0, "1"),
        (L + L, "2L"),
        (K / 4, "0.25K"),
        (1 / (2 - a), "1/(2 − a)"),
        (sqrt(1 - a), "√(1 − a)"),
    ],
)
def test_formulas_print_as_one_writes_them(expression: Posynomial, text: str) -> None:
    """Otherwise the formula a user reads is not the one that was evaluated."""
    assert str(expression) == text
    assert repr(expression) == f"<Posynomial {text}>"


def test_the_dominant_term_is_named_for_each_set_of_values() -> None:
    """Otherwise a user is told to improve the wrong term."""
    bound = 2 * F0 / (eta * K * T) + L * eta * sigma_h**2
    values = {"F0": 1.0, "eta": 0.1, "K": 1, "L": 1.0, "sigma_h": 1.0, "T": np.array([1, 10**6])}
    formulas, shares = bound.dominant(values)
    assert formulas.tolist() == ["2F₀/(ηKT)", "Lησ_h²"]
    np.testing.assert_allclose(shares, [20 / 20.1, 0.1 / 0.10002])
    assert bound.dominant(values | {"T": np.inf, "eta": 0.0})[1] == 1.0  # of nothing, all


def test_values_broadcast() -> None:
    """Otherwise a grid of constants cannot be evaluated in one call."""
    v = dict.fromkeys(NAMES, 0.5) | {"L": np.array([1.0, 2.0]), "T": np.array([[1], [10], [100]])}
    values = BOUND.value(v)
    assert values.shape == (3, 2) and BOUND.parts(v).shape == (len(BOUND.terms), 3, 2)
    for i, j in np.ndindex(3, 2):
        assert values[i, j] == pytest.approx(
            bound_by_hand({**v, "L": v["L"][j], "T": v["T"][i, 0]}), rel=1e-12
        )
    assert BOUND.slope("T", v).shape == (3, 2)


def test_a_zero_factor_beats_an_infinite_one() -> None:
    """Otherwise B = ∞ at a → 0, or σ = 0 beside δ = 0, gives NaN where the term is absent."""
    assert (sigma_r**2 / (delta * B)).value({"sigma_r": 1.0, "delta": 0.0, "B": math.inf}) == 0
    assert (sigma_h**2 / delta).value({"sigma_h": 0.0, "delta": 0.0}) == 0
    assert (1 / delta).value({"delta": 0.0}) == math.inf
    mixed = (sigma_h**2 / delta).value(
        {"sigma_h": np.array([0.0, 1.0]), "delta": np.array([0.0, 0.0])}
    )
    assert mixed.tolist() == [0.0, math.inf]
    assert (2 / K + 1 / B).slope("K", {"K": 2.0, "B": math.inf}) == -1


def test_a_missing_value_is_named() -> None:
    """Otherwise one sees a KeyError for an internal object."""
    with pytest.raises(InputError, match="delta = None: must be given"):
        (L + delta).value({"L": 1.0})
    with pytest.raises(InputError, match="a = None: must be given"):
        BOUND.value(dict.fromkeys(NAMES, 1.0) | {"a": None})


def test_conditions_hold_up_to_rounding_and_no_further() -> None:
    """Otherwise a step size at the very edge of its range is refused, or one beyond it is let
    through."""
    condition = eta * L <= Fraction(1, 2)
    assert str(condition) == "ηL ≤ 0.5" and condition.names == {"eta", "L"}
    assert condition.holds({"eta": 0.5, "L": 1.0}) and condition.holds(
        {"eta": 0.5 * (1 + 4e-16), "L": 1.0}
    )
    assert not condition.holds({"eta": 0.5 * (1 + 1e-9), "L": 1.0})
    strict = K < T
    assert str(strict) == "K < T"
    assert strict.holds({"K": 1, "T": 2}) and not strict.holds({"K": 2, "T": 2})
    assert condition.holds({"eta": np.array([0.1, 0.9]), "L": 1.0}).tolist() == [True, False]
    assert (delta <= 0).holds({"delta": 0.0}), "0 has every unit"
    assert not (delta <= 0).holds({"delta": 1e-300})


def test_what_is_no_number_is_refused() -> None:
    """Otherwise `a + None` is a, an exponent near 1 passes the unit check as 1, and a root of a negative
    is complex."""
    for wrong in (lambda: L + None, lambda: L * math.inf, lambda: L * "2", lambda: L + True):  # type: ignore[operator]
        with pytest.raises(InputError, match="operand = "):
            wrong()
    for power in (1 + 1e-5, 1e-4, math.nan, 1.0006):
        with pytest.raises(InputError, match=r"(exponent|operand) = "):
            L**power
    with pytest.raises(InputError, match="must be positive"):
        sqrt(-1 * L)
    assert (
        str(1 <= K) == "1 ≤ K"
        and str(K > 1) == "1 < K"
        and str(-1.0 * K) == "-K"
        and str(1e9 * K) == "1e+09·K"
    )


def test_what_other_libraries_call_on_numbers() -> None:
    """np.sqrt asks for a method, math.sqrt for a float, NumPy's users write & between
    conditions."""
    assert str(np.sqrt(L)) == str(sqrt(L)) == "√(L)" and str(2**K) == "(2)^(K)"
    for call in (
        lambda: math.sqrt(L),
        lambda: float(L),
        lambda: (a <= 1) & (a > 0),
        lambda: (a <= 1) | (a > 0),
    ):
        with pytest.raises(
            InputError, match=r"has no value until numbers are given|write each condition by itself"
        ):
            call()
    for wrong in (10**400, -(10**400), np.complex128(1), 1j):
        for operation in (L.__mul__, L.__add__, L.__pow__, L.__le__):
            with pytest.raises(InputError, match=r"operand = .*: must be a finite number"):
                operation(wrong)
    for value in (1j, "1", np.array("x"), object(), {"a": 1}, 10**400):
        with pytest.raises(InputError, match=r"L = .*: must be a number or an array of them"):
            L.value({"L": value})
