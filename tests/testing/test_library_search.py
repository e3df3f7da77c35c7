"""What the falsifier searches for methods of the literature: components, lengths, batches, step
parameters, and what their counterexamples print."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from library_theorems import (
    D0,
    F0,
    SINGLE,
    TRUE,
    InverseRoot,
    K,
    L,
    T,
    beta,
    eta,
    eta_x,
    gamma,
    m,
    mu,
    p,
    r,
    sigma_f,
)

import auxtheory as at
from auxtheory import measures, methods
from auxtheory.measures import Measure
from auxtheory.testing import Counterexample, falsify
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.judge import _with_additive_noise
from auxtheory.testing.search.parameters import PARAMETERS, pair_of, pairs_of
from auxtheory.testing.search.rules import names_noise
from auxtheory.testing.search.step_parameters import parameter_named

SHORT = [L * eta <= 1, SINGLE]
SIMPLE = {name: parameter.simple for name, parameter in PARAMETERS.items()}


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("N", [2, 5])
def test_components_of_a_batch_are_those_of_single_pairs(dim: int, N: int) -> None:
    levels = [(0.0, 2.0), (0.5, 0.0), (3.0, 1.0)]
    batch = pairs_of(
        {
            **SIMPLE,
            "L": np.array([1.0, 2.0, 4.0]),
            "flat": np.array([0.5, 0.25, 1.0]),
            "delta": np.array([delta for delta, _ in levels]),
            "zeta": np.array([zeta for _, zeta in levels]),
        },
        dim,
        N,
    ).components
    assert batch is not None
    for i, (delta, zeta) in enumerate(levels):
        chosen = {
            "L": [1.0, 2.0, 4.0][i],
            "flat": [0.5, 0.25, 1.0][i],
            "delta": delta,
            "zeta": zeta,
        }
        one = pair_of({**SIMPLE, **chosen}, dim, N).components  # type: ignore[attr-defined]
        np.testing.assert_allclose(batch.A[i], one.A[0], rtol=1e-14)
        np.testing.assert_allclose(batch.b[i], one.b[0], rtol=1e-14, atol=1e-15)


def claimed(step_range: Any, method: Any = methods.HeavyBall) -> at.Theorem:
    return at.claim(1 * F0, method=method, measure="gap", step_range=step_range)


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [(K <= 1, {1}), (K == 4, {4}), (K <= 3, {1, 2, 3})],
    ids=["K ≤ 1", "K = 4", "K ≤ 3"],
)
def test_only_lengths_that_conditions_allow_are_searched(condition: Any, allowed: set[int]) -> None:
    adversary = Adversary(claimed([L * eta <= 1, condition, T >= 5]))
    cells = [*adversary.listed_cells(), *adversary.random_cells(2_000)]
    assert {cell.K for cell in cells} == allowed and min(cell.T for cell in cells) == 5


def test_batches_are_searched_where_a_method_takes_one() -> None:
    one_batch = {cell.B for cell in Adversary(TRUE["Averaged"]).listed_cells()}
    several = {cell.B for cell in Adversary(claimed(SHORT, methods.SPIDER)).listed_cells()}
    assert one_batch == {np.inf} and several == {1.0, 100.0, np.inf}


def test_what_has_no_effect_on_a_method_is_not_searched() -> None:
    def searched(theorem: at.Theorem) -> set[str]:
        adversary = Adversary(theorem)
        return set(adversary.parameters(list(adversary.listed_cells())))

    helper = {"delta", "zeta", "gap", "sigma_h", "correlation"}
    assert not searched(TRUE["Averaged"]) & helper and "s" in searched(TRUE["Averaged"])
    assert {"delta", "zeta", "p"} <= searched(TRUE["LSVRG"])
    assert not searched(TRUE["LSVRG"]) & {"sigma_f", "s", "sigma_h"}
    assert helper <= searched(at.theorems.AuxMOM())


RANGES: dict[str, tuple[Any, str, Any, tuple[float, float]]] = {
    "a share": (SHORT, "beta", methods.HeavyBall, (0.0, 0.999)),
    "a smaller share": ([*SHORT, beta <= 0.5], "beta", methods.HeavyBall, (0.0, 0.5)),
    "one number": ([*SHORT, beta == 0.3], "beta", methods.HeavyBall, (0.3, 0.3)),
    "a larger number": ([*SHORT, gamma <= 10], "gamma", methods.WeightedAveragedSGD, (0.0, 10.0)),
    "a probability": (SHORT, "p", methods.LSVRG, (1e-3, 1.0)),
    "a smaller probability": ([*SHORT, p <= 0.1], "p", methods.LSVRG, (1e-3, 0.1)),
    "a length": (SHORT, "r", methods.SPIDER, (1e-3, 1e3)),
    "another quantity in its condition": (
        [*SHORT, eta * at.sqrt(L * F0) <= r],
        "r",
        methods.SPIDER,
        (1e-3, 1e3),
    ),
}


@pytest.mark.parametrize("what", RANGES)
def test_a_step_parameter_is_searched_as_far_as_its_conditions_allow(what: str) -> None:
    step_range, name, method, limits = RANGES[what]
    parameter = parameter_named(name, claimed(step_range, method))
    assert (parameter.low, parameter.high) == limits
    ends = parameter.from_unit(np.array([0.0, 1.0]))
    assert tuple(ends) == pytest.approx(limits)


def test_a_step_parameter_that_equals_a_constant_takes_its_value() -> None:
    claim = at.claim(
        0.5 * F0, method=methods.NesterovStronglyConvex, measure="gap", step_range=[*SHORT, m == mu]
    )
    with pytest.raises(Counterexample) as caught:
        falsify(claim, fixed={"flat": 0.25}, examples=2_000)
    case = caught.value.configuration
    assert case.steps.parameters["m"] == case.pair.constants().mu == 0.25


def test_additive_noise_is_shown_rather_than_multiplicative() -> None:
    noisy = {"s": 1.0, "sigma_f": 0.0}
    assert {"s": 0.0, "sigma_f": 1.0} in _with_additive_noise(set(), noisy)
    assert not _with_additive_noise({"s"}, noisy) and not _with_additive_noise(set(), {"s": 0.0})


def test_every_round_is_recorded_only_for_theorems_that_name_a_level_of_noise() -> None:
    assert not names_noise(TRUE["Clipped"]) and names_noise(TRUE["Averaged"])
    assert names_noise(claimed([*SHORT, sigma_f <= 1 * at.sqrt(L * F0)]))
    assert names_noise(at.claim(lambda c, s: c.F0, method=methods.SGD, measure="gap"))


def test_a_step_size_that_is_a_length_has_its_own_symbol() -> None:
    with pytest.raises(at.InputError, match="must name the step size of SignSGD eta_x"):
        at.claim(D0 + F0 * eta, method=methods.SignSGD, measure=measures.distance_last)
    with pytest.raises(at.InputError, match="must name the step size of SGD eta, its unit is"):
        claimed([eta_x**2 <= D0], methods.SGD)
    with pytest.raises(at.UnitError):
        at.claim(lambda c, s: c.F0 * s.eta, method=methods.SignSGD, measure="gap")
    claim = at.claim(
        lambda c, s: c.L * s.eta**2 * s.T, method=methods.SignSGD, measure=measures.gap_last
    )
    c = at.Constants(L=2.0, F0=1.0)
    assert claim.value(c, at.Steps(eta=3.0, K=1, T=5)) == 90.0
    formula = at.claim(L * eta_x**2 * T, method=methods.SignSGD, measure=measures.gap_last)
    assert formula.value(c, at.Steps(eta=3.0, K=1, T=5)) == 90.0


def test_a_function_reads_step_parameters_that_have_the_name_of_a_constant() -> None:
    claim = at.claim(
        lambda c, s: c.F0 / (1 - s.beta), method=methods.HeavyBall, measure="gap", step_range=SHORT
    )
    steps = at.Steps(eta=1.0, K=1, T=1, beta=0.75)
    assert claim.value(at.Constants(L=1.0, F0=1.0), steps) == 4.0


def test_a_script_holds_the_weights_of_its_measure() -> None:
    claim = at.claim(
        F0 / T,
        method=methods.SGD,
        measure=measures.gap(over="rounds", weights=lambda t: t**2),
        step_range=SHORT,
    )
    with pytest.raises(Counterexample) as caught:
        falsify(claim, examples=2_000)
    snippet = caught.value.snippet
    assert "def weights(t):" in snippet and "weights=weights" in snippet
    names: dict[str, Any] = {}
    exec(snippet, names)
    assert names["theorem"].measure.weights(3.0) == 9.0


def test_a_script_of_a_function_about_a_method_of_a_module_holds_its_source() -> None:
    claim = at.claim(lambda c, s: c.F0 / s.T, method=InverseRoot, measure="gap", step_range=SHORT)
    with pytest.raises(Counterexample) as caught:
        falsify(claim, examples=2_000)
    snippet = caught.value.snippet
    assert "import library_theorems" in snippet and "def bound(c, s):" in snippet, snippet


def test_a_symbol_that_cannot_be_written_leaves_a_number() -> None:
    names: dict[str, Any] = {"np": np}
    exec("def start(pair):\n    return np.abs(pair.x0[:, 0])", names)
    first = at.symbol("first_entry", unit="X", value=names["start"])
    claim = at.claim(first**2, method=methods.SGD, measure=measures.distance_last, step_range=SHORT)
    with pytest.raises(Counterexample) as caught:
        falsify(claim, examples=2_000)
    assert "first_entry" not in caught.value.snippet.partition("import")[2]
    exec(caught.value.snippet, {})


def test_the_matrix_of_a_measure_says_how_many_coordinates_are_searched() -> None:
    def of(matrix: Any) -> at.Theorem:
        measure = measures.quadratic(matrix, unit="X^2")
        return at.claim(0.1 * D0, method=methods.SGD, measure=measure, step_range=SHORT)

    with pytest.raises(Counterexample) as caught:
        falsify(of([[1.0, 0.5], [0.5, 1.0]]), examples=1_000)
    assert caught.value.configuration.pair.dim == 2
    with pytest.raises(at.InputError, match="1 or 2 coordinates, unless a pair is given"):
        falsify(of([1.0, 2.0, 3.0]))
    pair = at.Quadratic(L=1.0, mu=0.1, dim=3).with_helper()
    with pytest.raises(Counterexample):
        falsify(of([1.0, 2.0, 3.0]), pair, examples=1_000)


@pytest.mark.parametrize(
    "measure",
    [
        measures.quadratic([[2.0, 0.5], [0.5, 1.0]], unit="F"),
        measures.square("v", over="rounds", unit="F^2/X^2"),
    ],
)
def test_the_repr_of_a_measure_makes_it_again(measure: Measure) -> None:
    again = eval(repr(measure), {"at": at})
    assert (again.key, again.unit) == (measure.key, measure.unit)
    with pytest.raises(at.InputError, match="must be a product of powers of F and X"):
        measures.square("v", unit="metre")


def test_delta_of_a_method_that_compares_samples_of_f_is_that_of_its_noise() -> None:
    pair = at.Quadratic(L=1.0, dim=1).with_helper(delta=0.3)
    noise = at.Gaussian(s=0.4)
    assert TRUE["SARAH"].constants(pair, noise).delta == 0.4
    assert TRUE["Averaged"].constants(pair, noise).delta == 0.0
