"""Values without units, and formulas, in units of any size."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import auxtheory as at
from auxtheory.bounds.posynomial import Posynomial, sqrt

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
    """Otherwise some product on the way is ∞ or 0; the twin adds logarithms."""
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
    """Otherwise ∞ ≤ ∞ and 0 ≤ 0 hold whatever is compared."""
    formula, _ = drawn
    assert bool((factor * formula <= formula).holds(v)) is (factor < 1)
    assert bool((factor * formula < formula).holds(v)) is (factor < 1)
    terms, shares = formula.dominant(v)
    assert terms.ndim == 0 and 0 < shares <= 1 + 1e-12 and not math.isnan(formula.slope("K", v))


def test_a_power_that_is_no_float_is_no_zero() -> None:
    """Otherwise a factor whose square is below 1e-308 counts as 0, and takes its whole term along."""
    delta, eta, a = at.symbols("delta eta a")
    values = {"delta": 1e-90, "eta": 1e-90, "a": 1e-200}
    assert (delta**2 * eta**2 / a**2).unit == Posynomial.symbol(
        "x", "x", (delta * eta).unit ** 2
    ).unit
    assert float((delta**2 * eta**2 / a**2).value(values)) == pytest.approx(1e40, rel=1e-12)
    assert float((delta**2 / a**2).value(values | {"delta": 0.0})) == 0


@pytest.mark.parametrize("u", [1e-95, 1.0, 1e95])
def test_the_formula_of_a_user_is_as_free_as_the_library_s(u: float) -> None:
    """Otherwise only the library's bounds survive other units; a function sees the user's own
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
    verdict = at.validate(formula, pair, noise, T=10, eta=0.5 / u)
    assert verdict.ratio == pytest.approx(0.268396, rel=1e-5)
    own = at.validate(
        at.claim(bound, method=at.methods.SGD, check_units=False),
        pair,
        noise,
        T=[5, 10],
        eta=0.5 / u,
    )
    assert own.status == "pass" and set(seen) == {(u, 0.5 / u)}
