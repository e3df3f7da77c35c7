"""Step parameters in the formulas of theorems: symbols, functions, units, schedules."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import auxtheory as at

Nesterov = at.methods.Nesterov
L, F0, beta, eta, T, K, zeta = at.symbols("L F0 beta eta T K zeta")
C = at.Constants(L=2.0, F0=3.0, beta=0.25, zeta=0.5)
STEPS = at.Steps(eta=0.1, K=1, T=2, beta=0.5)


def test_beta_is_the_parameter_in_a_formula_and_both_in_a_function() -> None:
    def bound(c: Any, s: Any) -> Any:
        return (1 + 10 * c.beta + 100 * s.beta) * c.F0

    formula = at.claim((1 + beta) * F0, method=Nesterov, measure="gap")
    assert formula.value(C, STEPS) == pytest.approx(1.5 * 3)
    function = at.claim(bound, method=Nesterov, measure="gap")
    assert function.value(C, STEPS) == pytest.approx((1 + 2.5 + 50) * 3)
    # A method without such a parameter: the bias of the helper.
    naive = at.claim((1 + beta) * F0, method=at.methods.Naive, measure="gap")
    assert naive.value(C, at.Steps(eta=0.1, K=1, T=2)) == pytest.approx(1.25 * 3)


def test_a_function_sees_parameters_with_units_and_defaults() -> None:
    class Clipped(at.Method):
        units: ClassVar = {"c": "F/X"}

        def step(o: Any, x: Any, *, eta: Any, c: Any = 2.0, q: Any = 0.5) -> Any:
            g = o.f(x)
            return x - eta * g * o.minimum(q, c / o.norm(g))

    theorem = at.claim(lambda c, s: s.q * s.c**2, method=Clipped)
    assert theorem.value(C, at.Steps(eta=0.1, K=1, T=2)) == pytest.approx(0.5 * 4)
    assert theorem.value(C, at.Steps(eta=0.1, K=1, T=2, c=3.0)) == pytest.approx(0.5 * 9)
    with pytest.raises(at.UnitError, match=r"has unit F\^1·X\^-1|has unit F·X\^-1"):
        at.claim(lambda c, s: s.q * s.c, method=Clipped)


def test_an_override_of_value_has_the_constant_too() -> None:
    class Own(at.Theorem):
        method = Nesterov
        measure = at.measures.gap_last
        step_range: ClassVar = [K == 1]
        bound = 9 * F0

        def value(self, constants: Any, steps: Any, where: Any = True) -> Any:
            assert constants.beta == 0.0 and steps.parameters["beta"] == 0.5
            return 5.0 * constants.F0

    pair = at.Quadratic(L=1.0, mu=0.1, dim=2).with_helper(delta=0.0)
    verdict = at.validate(Own(), pair, K=1, T=3, eta=0.1, beta=0.5)
    assert verdict.table["bound"].tolist() == [5.0]


def test_an_assumption_about_a_parameter_is_refused() -> None:
    with pytest.raises(at.InputError, match=r"beta is a step parameter of Nesterov: write it into"):
        at.claim(F0, method=Nesterov, measure="gap", assumptions=[beta <= 1])
    theorem = at.claim(F0, method=Nesterov, measure="gap", step_range=[beta <= 0.4])
    assert [str(one) for one in theorem.unmet(C, STEPS)] == [
        "β ≤ 0.4: the left side is 0.5, must be at most 0.4"
    ]


def test_a_parameter_has_the_unit_that_the_method_says() -> None:
    with pytest.raises(at.InputError, match=r"gamma_of_test has the unit 1 in its formulas, but"):

        class Levelled(at.Method):
            units: ClassVar = {"gamma_of_test": "F/X"}

            def step(o: Any, x: Any, *, eta: Any, gamma_of_test: Any) -> Any:
                g = o.f(x)
                return x - eta * g * o.minimum(1, gamma_of_test / o.norm(g))

        gamma = at.symbol("gamma_of_test")
        at.claim(F0 * gamma, method=Levelled, measure="gap")


def test_a_symbol_computed_from_the_pair_is_no_step_parameter() -> None:
    computed = at.symbol("rho_of_test", value=lambda pair: 1.0)

    class Own(at.Method):
        def step(o: Any, x: Any, *, eta: Any, rho_of_test: Any) -> Any:
            return x - eta * rho_of_test * o.f(x)

    with pytest.raises(at.InputError, match="rho_of_test is computed from the pair, and a step"):
        at.claim(F0 * computed, method=Own, measure="gap")


def test_a_schedule_is_refused_where_a_formula_names_it() -> None:
    schedule = at.Steps(eta=at.per_round("0.1 / t"), K=1, T=2, beta=0.5)
    with pytest.raises(at.InputError, match=r"eta = at.per_round\('0.1 / t'\): must be one number"):
        at.claim(F0 / (eta * T * L), method=Nesterov, measure="gap").value(C, schedule)
    with pytest.raises(at.InputError, match="is a function, which takes single numbers: b"):
        at.claim(lambda c, s: c.F0, method=Nesterov, measure="gap").value(C, schedule)
    # A number is a function too, of nothing.
    assert at.claim(float("inf"), method=Nesterov).value(C, schedule) == float("inf")
    assert at.claim(5 * F0, method=Nesterov, measure="gap").value(C, schedule) == 15
