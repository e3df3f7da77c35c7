"""Theorems bound any measure, of methods with any step parameters."""

from __future__ import annotations

import pytest

import auxtheory as at
from auxtheory.study.identity import canonical
from auxtheory.theorems.measured import measure_name

L, mu, F0, eta, K, T, sigma_f = at.symbols("L mu F0 eta K T sigma_f")


class Nesterov(at.Method):
    state = "x v"
    helper = "f"

    def start(o, x):
        return x, 0 * x

    def step(o, x, v, *, eta, beta=0.5):
        v = beta * v - eta * o.f(x + beta * v)
        return x + v, v


PAIR = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper()


def test_the_unit_of_a_bound_is_that_of_the_measure() -> None:
    """‖x − x*‖² is bounded by F₀/μ, which F₀ is not."""
    theorem = at.claim(2 * F0 / mu, method=Nesterov, measure=at.measures.distance_last)
    assert measure_name(theorem) == "distance_last"
    with pytest.raises(at.UnitError, match="distance_last has X"):
        at.claim(F0, method=Nesterov, measure=at.measures.distance_last)


def test_a_measure_of_an_unknown_variable_is_one_error() -> None:
    """The error names the state variables that the method has."""
    with pytest.raises(at.InputError, match="of Nesterov, which has x, v") as caught:
        at.claim(F0, method=Nesterov, measure=at.measures.gap("w"))
    assert len(caught.value.complaints) == 1


def test_step_parameters_are_measured_and_given() -> None:
    """The default of β holds in the run and in the script; an unknown parameter is an error."""
    beta = at.symbols("beta")
    theorem = at.claim(F0 / (1 - beta) + 0 * F0, method=Nesterov, measure=at.measures.gap_last)
    default = at.validate(theorem, PAIR, eta=0.5, K=1, T=5, mode="unsafe")
    given = at.validate(theorem, PAIR, eta=0.5, K=1, T=5, beta=0.5, mode="unsafe")
    other = at.validate(theorem, PAIR, eta=0.5, K=1, T=5, beta=0.0, mode="unsafe")
    for column in ("measured", "bound"):
        assert default.table[column][0] == given.table[column][0] != other.table[column][0]
    with pytest.raises(at.InputError, match="gamma"):
        at.validate(theorem, PAIR, eta=0.5, K=1, T=5, gamma=0.5)


def test_a_wrong_bound_about_nesterov_is_refuted() -> None:
    """With momentum near 1, noise is amplified beyond 2ησ²."""
    bound = F0 / (1 + mu * eta * K * T) + 2 * eta * sigma_f**2
    wrong = at.claim(
        bound, method=Nesterov, measure=at.measures.gap_last, step_range=[L * eta <= 1]
    )
    with pytest.raises(at.testing.Counterexample) as caught:
        at.testing.falsify(wrong, examples=1000)
    found = caught.value.configuration
    assert found.steps.parameters["beta"] > 0.5
    again, stored = at.testing.Configuration.read(caught.value.to_json(), (__name__,))
    assert again.verdict().ratio == stored["ratio"] > 1


def test_a_text_is_identified_by_what_it_computes() -> None:
    """Two texts of one program are the same method in a study."""

    def same(step):  # type: ignore[no-untyped-def]
        return type(at.Method)("Nesterov", (at.Method,), {**vars(Nesterov), "step": step})

    def written_otherwise(o, x, v, *, eta, beta=0.5):  # type: ignore[no-untyped-def]
        new = beta * v - eta * o.f(x + beta * v)
        return x + new, new

    def another(o, x, v, *, eta, beta=0.5):  # type: ignore[no-untyped-def]
        new = beta * v - eta * o.f(x)
        return x + new, new

    assert canonical(same(written_otherwise)) == canonical(Nesterov)
    assert canonical(same(another)) != canonical(Nesterov)
