"""Worst cases of every measure, against closed forms, other forms of the same measure, and quadratics
run by another engine."""

from __future__ import annotations

import json
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.bounds.units import Unit
from auxtheory.engines.worst_case.interpolation import WorstCaseSpec, inequalities
from auxtheory.engines.worst_case.proof import Proof
from auxtheory.engines.worst_case.sought import GRID, shares
from auxtheory.errors import InputError, RefusedError
from auxtheory.measures import Measure

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PEPit's docstrings
    pytest.importorskip("PEPit")

measures = at.measures
SMOOTH = at.Constants(L=1.0, F0=1.0)
CURVED = at.Constants(L=1.0, F0=1.0, mu=0.1)


class Copies(at.Method):
    """x twice, with its first gradient."""

    state = "x y g"

    def start(o: Any, x: Any) -> Any:
        return x, x, o.f(x)

    def step(o: Any, x: Any, y: Any, g: Any, *, eta: Any) -> Any:
        new = x - eta * o.f(x)
        return new, new, g


def solved(measure: Any, method: Any = at.methods.SGD, T: int = 2, **more: Any) -> at.WorstCase:
    """The worst case, with its proof checked."""
    constants = more.pop("constants", SMOOTH)
    steps = at.Steps(**({"eta": 0.5, "K": 1, "T": T} | more.pop("steps", {})))
    worst = at.worst_case(method, constants, steps, measure=measure, **more)
    assert worst.proof is not None and worst.proof.verify()
    return worst


def test_the_distance_of_gradient_descent() -> None:
    """(1 − ημ)^2T 2F₀/μ, with and without units."""
    distance = measures.distance_last
    for T in (1, 2):
        worst = solved(distance, T=T, constants=CURVED, function_class="strongly convex")
        assert worst.value == pytest.approx((1 - 0.05) ** (2 * T) * 2 / 0.1, rel=1e-5)
        assert worst.instance.value == pytest.approx(worst.value, rel=1e-5)
    scaled = solved(
        distance,
        T=2,
        constants=at.Constants(L=4.0, F0=3.0, mu=0.4),
        steps={"eta": 0.125},
        function_class="strongly convex",
    )
    assert scaled.value == pytest.approx(worst.value * 3 / 4, rel=1e-5)


def test_the_square_of_a_buffer() -> None:
    """‖∇f(x⁰)‖² ≤ 2LF₀, in the unit of the buffer."""
    unit = Unit(Fraction(2), Fraction(-2))
    measure = measures.square("g", unit=unit)
    assert solved(measure, Copies).value == pytest.approx(2.0, rel=1e-5)
    constants = at.Constants(L=2.0, F0=3.0)
    worst = solved(measure, Copies, constants=constants, steps={"eta": 0.25})
    assert worst.value == pytest.approx(12.0, rel=1e-5)


def test_the_objective_of_a_proof_by_hand() -> None:
    """Over ∇f(x⁰) and x*/reach: x¹ − x* = −η∇f(x⁰) − x*, and the mean over x⁰ and x¹."""
    case: dict[str, Any] = {"method": at.methods.SGD, "eta": 0.5, "K": 1, "T": 1, "mu": 0.1}
    spec = WorstCaseSpec(**case, measure=measures.distance_last, function_class="strongly convex")
    row = np.array([-0.5, -np.sqrt(2 / 0.1)])
    square, linear = inequalities(spec).objective
    assert np.allclose(square, np.outer(row, row), rtol=1e-12) and not linear.any()
    spec = WorstCaseSpec(**case | {"T": 2}, measure=measures.gap_mean)
    square, linear = inequalities(spec).objective
    assert not square.any() and linear.tolist() == [0.5, 0.5]


FORMS: dict[str, tuple[Any, Any, int]] = {
    "a weight of 1": ("G", measures.G.weighted(lambda t: np.ones_like(t)), 2),
    "the last of a single round": ("last", measures.grad(over="rounds"), 1),
    "at a copy": ("last", measures.grad_last.at("y"), 2),
    "the mean at a copy": ("G", measures.G.at("y"), 2),
    "all weight on the last round": (
        "gap",
        measures.gap(over="rounds", weights=lambda t: 1.0 * (t == 2)),
        2,
    ),
    "the gap at a copy": ("gap", measures.gap("y", over="rounds", weights=lambda t: t == 2), 2),
}


@pytest.mark.parametrize("name", FORMS)
def test_two_forms_of_a_measure(name: str) -> None:
    usual, other, T = FORMS[name]
    one, two = (solved(measure, Copies, T=T) for measure in (usual, other))
    assert one.value == pytest.approx(two.value, rel=2e-5)
    assert one.instance.value == pytest.approx(two.instance.value, rel=1e-9)


def test_the_mean_gap_begins_at_the_start() -> None:
    """F₀ in the first of two rounds; the second is that of the gap after one round."""
    more: dict[str, Any] = {"constants": CURVED, "function_class": "strongly convex"}
    mean = solved(measures.gap_mean, T=2, **more).value
    once = solved("gap", T=1, **more).value
    assert once < 0.95 and mean == pytest.approx((1 + once) / 2, rel=2e-5)


AVERAGED = (
    measures.grad("x_bar"),
    measures.gap("x_bar"),
    measures.distance("x_bar"),
    measures.distance("x_bar", over="rounds", weights=lambda t: t),
    measures.gap("x_bar", over="local", weights=lambda t: t**2),
)


@pytest.mark.parametrize("measure", AVERAGED, ids=lambda measure: measure.name)
def test_a_quadratic_is_below_and_proofs_are_kept(measure: Measure) -> None:
    """instance ≤ worst case, where the instance is another engine's; a proof as JSON is the same."""
    worst = solved(
        measure,
        at.methods.AveragedSGD,
        constants=CURVED,
        steps={"K": 2},
        function_class="strongly convex",
    )
    assert 0 < worst.instance.value <= worst.value * (1 + 1e-5)
    pair = worst.pair(rtol=1.0)
    assert pair is not None and worst.proof is not None
    steps = at.Steps(eta=0.5, K=2, T=2)
    trace = at.run(at.methods.AveragedSGD, pair, at.Gaussian(), steps, measures=[measure])
    reached = float(trace.measure(measure)[0][-1, 0])
    assert reached == pytest.approx(worst.instance.value, rel=1e-6)
    record = json.loads(json.dumps(worst.proof.to_json()))
    again = Proof.from_json(record)
    assert again.verify() and again.value == worst.proof.value
    assert again.to_json() == record


def test_weights_of_function_values_add_up_exactly() -> None:
    """They are multiples of the grid of multipliers, and none is smaller than the weight."""
    for measure, count in ((measures.gap_mean, 6), (measures.gap(over="rounds"), 3)):
        parts = shares(measure, 2, 3)
        assert len(parts) == count and np.all(parts >= 1 / count)
        assert np.all(parts % GRID == 0) and parts.sum() == pytest.approx(1.0, abs=1e-9)


def test_measures_without_a_worst_case() -> None:
    """One error names the measure and the reason."""

    def refused(measure: Any, method: Any = at.methods.SGD, **more: Any) -> str:
        with pytest.raises((InputError, RefusedError)) as caught:
            solved(measure, method, **more)
        return str(caught.value)

    matrix = measures.quadratic(np.ones(3))
    assert "measure = 'quadratic_last': has no worst case: its matrix has one size" in refused(
        matrix
    )
    message = refused(measures.distance_last)
    assert "a smooth f has no minimiser within a known distance of x⁰" in message
    assert "a PL f" in refused(measures.distance_last, constants=CURVED, function_class="PL")
    assert "state variable of SGD, which has x" in refused(measures.gap("z"))
    message = refused(
        measures.square("m"),
        at.methods.AuxMOM,
        constants=at.Constants(L=1.0, F0=1.0, delta=0.1),
        steps={"a": 0.5},
    )
    assert "∇(f − h)(x⁰) does not cancel" in message
    assert "must be one of G, last, gap" in refused("distance")
    message = refused(measures.square("x"))
    assert "square_last, depends on where the origin is" in message
    assert "the run of Decayed" in refused("G", Decayed)


class Decayed(at.Method):
    """Gradient descent with weight decay, which draws x to the origin."""

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return 0.9 * x - eta * o.f(x)
