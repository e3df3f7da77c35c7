"""Worst cases of any affine text: forms of one method agree, quadratics never exceed them, and what
cannot be run is refused with the line."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.engines.worst_case.proof import Proof

pytest.importorskip("PEPit")

CONSTANTS = at.Constants(L=2.0, F0=3.0, mu=0.2)


class Descent(at.Method):
    """Gradient descent."""

    def step(o, x, *, eta):
        return x - eta * o.f(x)


class Nesterov(at.Method):
    """Nesterov's method."""

    state = "x v"

    def start(o, x):
        return x, 0 * x

    def step(o, x, v, *, eta, beta):
        v = beta * v - eta * o.f(x + beta * v)
        return x + v, v


class HeavyBall(at.Method):
    """The heavy ball."""

    state = "x x_prev"

    def start(o, x):
        return x, x

    def step(o, x, x_prev, *, eta, beta):
        return x - eta * o.f(x) + beta * (x - x_prev), x


class Snapshot(at.Method):
    """Exact correction, written with the gradient of h at the snapshot."""

    state = "x w g"

    def start(o, x):
        return x, x, o.f(x, exact=True)

    def refresh(o, x, w, g):
        return x, x, o.f(x, exact=True)

    def step(o, x, w, g, *, eta):
        return x - eta * (o.h(x) - o.h(w) + g), w, g


def worst(method: Any, measure: str = "G", **more: Any) -> float:
    steps = at.Steps(**({"eta": 0.5, "K": 1, "T": 3} | more.pop("steps", {})))
    constants = more.pop("constants", CONSTANTS)
    options = {"function_class": "strongly convex"} | more
    result = at.worst_case(method, constants, steps, measure=measure, **options)
    assert result.status == "optimal"
    assert result.proof is not None
    assert result.proof.verify()
    return result.value


@pytest.mark.parametrize("measure", ["G", "last", "gap"])
def test_forms_of_one_method_have_one_worst_case(measure: Any) -> None:
    expected = worst(at.methods.SGD, measure)
    for method in (Nesterov, HeavyBall):
        assert worst(method, measure, steps={"beta": 0.0}) == pytest.approx(expected, rel=2e-5)
    assert worst(Descent, measure) == pytest.approx(expected, rel=2e-5)


def test_the_paper_s_exact_correction_in_another_form() -> None:
    constants = at.Constants(L=1.0, F0=1.0, delta=0.4)
    options: Any = {"constants": constants, "function_class": "smooth"}
    steps = {"eta": 0.6, "K": 2, "T": 2}
    expected = worst(at.methods.ExactCorrection, steps=steps, **options)
    assert worst(Snapshot, steps=steps, **options) == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize("method", [Nesterov, HeavyBall])
def test_no_quadratic_exceeds_the_worst_case(method: Any) -> None:
    steps = at.Steps(eta=0.5, beta=0.4, K=1, T=3)
    bound = worst(method, "gap", steps={"beta": 0.4})
    for L in (0.2, 0.7, 2.0):
        pair = at.Quadratic(L=L, dim=1, F0=3.0).with_helper(0.0)
        assert at.run(method, pair, None, steps).gap[0, 0] <= bound * (1 + 1e-6)


def test_units_of_steps_and_of_further_parameters() -> None:
    """A parameter with a unit scales with L and F0 as its unit says."""

    class Damped(at.Method):
        units = {"step": "X^2/F"}  # noqa: RUF012

        def step(o, x, *, eta, step):
            return x - (eta + step) * o.f(x)

    one = worst(Damped, steps={"eta": 0.3, "step": 0.2})
    assert one == pytest.approx(worst(Descent, steps={"eta": 0.5}), rel=2e-5)
    scaled = at.Constants(L=20.0, F0=6.0, mu=2.0)
    other = worst(Damped, steps={"eta": 0.03, "step": 0.02}, constants=scaled)
    assert other == pytest.approx(20 * one, rel=2e-5)


def test_schedules_run_round_by_round() -> None:
    constant = worst(Descent, "gap")
    same = worst(Descent, "gap", steps={"eta": at.per_round([0.5, 0.5, 0.5])})
    assert same == pytest.approx(constant, rel=2e-5)
    slower = worst(Descent, "gap", steps={"eta": at.per_round(lambda t: 0.5 / t)})
    assert slower > constant * 1.01


def test_a_proof_of_a_method_with_parameters_is_stored_and_read() -> None:
    steps = at.Steps(eta=at.per_round([0.5, 0.25]), K=1, T=2)
    result = at.worst_case(at.methods.SGD, CONSTANTS, steps)
    assert result.proof is not None
    record = json.loads(json.dumps(result.proof.to_json()))
    assert record["case"]["parameters"] == [["eta", [1.0, 0.5]]]
    assert Proof.from_json(record).value == result.proof.value
    plain = at.worst_case(at.methods.SGD, CONSTANTS, at.Steps(eta=0.5, K=1, T=2))
    assert plain.proof is not None
    assert "parameters" not in plain.proof.to_json()["case"]


def test_what_cannot_be_run_on_unknown_vectors_is_refused_with_the_reason() -> None:
    class Coin(at.Method):
        def step(o, x, *, eta, p):
            return o.where(o.coin(p), x - eta * o.f(x), x)

    class Clipped(at.Method):
        def step(o, x, *, eta):
            g = o.f(x)
            return x - eta * g * o.minimum(1, 1 / (1 + o.norm(x) / o.norm(x)))

    class Scaled(at.Method):
        def step(o, x, *, eta):
            return x - eta * np.array([1.0, 2.0]) * o.f(x)

    for method, reason, more in (
        (Coin, r"Coin\.step makes a random choice", {"p": 0.5}),
        (Clipped, r"Clipped\.step is not affine: .* in line \d+", {}),
        (Scaled, r"Scaled\.step has a constant for each coordinate", {}),
    ):
        with pytest.raises(at.RefusedError, match=reason):
            worst(method, steps=more)
    with pytest.raises(at.RefusedError, match="at most 16 points"):
        worst(Descent, steps={"T": 40})
    with pytest.raises(at.InputError, match="must be False, since Nesterov keeps its buffer"):
        worst(Nesterov, steps={"beta": 0.5}, decrease=True)
