"""Users' implementations run like methods: the samples are those of the texts that they
implement."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from step_functions import client, momentum, server

import auxtheory as at
from auxtheory.engines.monte_carlo import python as engine
from auxtheory.errors import InputError, RefusedError
from auxtheory.testing import Counterexample, Federated, falsify

PAIR = at.Quadratic(L=1.0, mu=0.1, dim=3).with_helper(delta=0.2, zeta=0.5)
NOISE = at.Gaussian(sigma_f=0.3, sigma_h=0.2, correlation=0.5, s=0.1)
MEASURES = at.measures.distance_last, at.measures.gap_mean


def variance_reduced(x: Any, state: Any, round: Any) -> Any:
    def diff(point: Any) -> Any:
        return round.grad_f(point, round.refresh) - round.grad_h(point, round.refresh)

    if state is None:
        m = diff(x)
    else:
        m, x_prev = state
        m = diff(x) + (1 - round.a) * (m - diff(x_prev))
    y = x
    for key in round.local:
        y = y - round.eta * (round.grad_h(y, key) + m)
    return y, (m, x)


def heavy_ball(x: Any, v: Any, round: Any, *, beta: float = 0.5) -> Any:
    v = 0 * x if v is None else v
    v = beta * v - round.eta * round.grad_f(x, round.local[0])
    return x + v, v


def clipped(x: Any, state: Any, round: Any) -> Any:
    """Not what it should be on arrays of replicas: the norm is one of all of them."""
    g = round.grad_f(x, round.local[0])
    return x - round.eta * g * min(1.0, 0.3 / np.linalg.norm(g)), state


class HeavyBall(at.Method):
    implementation = heavy_ball


STEPS = (
    at.Steps(eta=0.3, a=0.2, K=3, T=5),
    at.Steps(eta=np.array([0.1, 0.3]), a=0.2, K=2, T=4, B=3),
    at.Steps(eta=at.per_round([0.3, 0.2, 0.1]), a=0.4, K=1, T=3),
)


@pytest.mark.parametrize("kind", [engine.OneByOne, engine.AtOnce])
@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize(
    ("function", "method"),
    [(momentum, at.methods.AuxMOM), (variance_reduced, at.methods.AuxMVR)],
)
def test_an_implementation_has_the_samples_and_costs_of_the_text(
    function: Any, method: Any, steps: Any, kind: Any
) -> None:
    record = [1, steps.T]
    task = at.Task(
        method=function, pair=PAIR, noise=NOISE, steps=steps, record=record, measures=MEASURES
    )
    sampling = at.Sampling(replicas=4, seed=3, first_replica=5, keep_paths=True, keep_local=True)
    trace, _ = engine._run(task, sampling, kind)
    text = at.Task(
        method=method, pair=PAIR, noise=NOISE, steps=steps, record=record, measures=MEASURES
    )
    twin = at.engines.ENGINES["numpy"].run(text, sampling)
    for name in ("paths", "G", "gap", "grad_sq", "G_se", "spread", "local_sq"):
        np.testing.assert_allclose(getattr(trace, name), getattr(twin, name), rtol=1e-11)
    for measure in MEASURES:
        np.testing.assert_allclose(trace.measure(measure), twin.measure(measure), rtol=1e-11)
    if method is at.methods.AuxMOM:
        assert trace.costs == twin.costs


def test_an_implementation_for_vectors_alone_is_called_for_each_replica() -> None:
    """A norm over all replicas at once is noticed, and each replica gets its own."""
    steps = at.Steps(eta=0.3, K=1, T=6)
    trace = at.run(clipped, PAIR, NOISE, steps, replicas=5)
    twin = at.run(at.methods.ClippedSGD, PAIR, NOISE, steps.replace(c=0.3), replicas=5)
    assert trace.engine == "python"
    np.testing.assert_allclose(trace.gap, twin.gap, rtol=1e-11)
    task = at.Task(method=clipped, pair=PAIR, noise=NOISE, steps=steps)
    assert engine._tried_at_once(task, at.Sampling(replicas=5)) is None


def test_a_rule_that_stops_single_replicas_is_not_run_on_all_at_once() -> None:
    """On arrays of replicas it waits for the last of them."""

    def stopping(x: Any, state: Any, round: Any) -> Any:
        g = round.grad_f(x, round.local[0])
        return (x if np.max(np.abs(g)) < 0.2 else x - round.eta * g), state

    task = at.Task(method=stopping, pair=PAIR, noise=NOISE, steps=at.Steps(eta=0.3, K=1, T=12))
    assert engine._tried_at_once(task, at.Sampling(replicas=40)) is None
    assert engine.run(task, at.Sampling(replicas=3)).replicas == 3


def test_parameters_are_those_after_the_star() -> None:
    steps = at.Steps(eta=0.3, beta=np.array([0.2, 0.8]), K=1, T=6)
    trace = at.run(HeavyBall, PAIR, NOISE, steps, replicas=5)
    twin = at.run(at.methods.HeavyBall, PAIR, NOISE, steps, replicas=5, engine="numpy")
    np.testing.assert_allclose(trace.gap, twin.gap, rtol=1e-11)
    with pytest.raises(InputError, match=r"gamma = 1\.0: is not a parameter of HeavyBall"):
        at.run(HeavyBall, PAIR, NOISE, at.Steps(eta=0.3, gamma=1.0, K=1, T=6))


@pytest.mark.parametrize("kind", [engine.OneByOne, engine.AtOnce])
def test_clients_have_the_components_of_f(kind: Any) -> None:
    """With one client SCAFFOLD at K = 1 is SGD on f."""
    parts = at.Quadratic(L=2.0, mu=1.0, dim=2).with_components(N=3, delta=0.5, zeta=1.0)
    scaffold = Federated(client=client, server=server)
    steps = at.Steps(eta=0.1, K=3, T=4)
    task = at.Task(method=scaffold, pair=parts, noise=at.Gaussian(sigma_h=0.1), steps=steps)
    trace, _ = engine._run(task, at.Sampling(replicas=3, keep_paths=True), kind)
    other, _ = engine._run(task, at.Sampling(replicas=3, keep_paths=True), engine.OneByOne)
    np.testing.assert_allclose(trace.paths, other.paths, rtol=1e-11)
    # The clients' first controls, and K gradients of each of the N components, each 1/N.
    assert trace.costs[0].calls_r == pytest.approx(1 + 3 * 4)
    quiet = at.run(scaffold, parts, None, at.Steps(eta=0.1, K=1, T=20), replicas=2)
    descent = at.run(at.methods.SGD, parts, None, at.Steps(eta=0.1, K=1, T=20))
    np.testing.assert_allclose(quiet.gap, descent.gap, rtol=1e-9)
    with pytest.raises(RefusedError, match=r"with_components\(N=…\)"):
        at.run(scaffold, PAIR, None, steps)


def test_choices_are_drawn_from_the_round() -> None:
    def coin(x: Any, state: Any, round: Any) -> Any:
        g = round.grad_f(x, round.refresh)
        return x - round.eta * g * (2 * (round.random.random() < 0.5)), state

    steps = at.Steps(eta=0.3, K=1, T=3)
    one, two = (at.run(coin, PAIR, NOISE, steps, replicas=40) for _ in range(2))
    assert np.array_equal(one.gap, two.gap)
    assert one.gap_se[0, 0] > 0
    assert np.any(at.run(coin, PAIR, NOISE, steps, replicas=40, seed=1).gap != one.gap)


def test_hidden_state_is_refused() -> None:
    generator = np.random.default_rng(0)

    def drawing(x: Any, state: Any, round: Any) -> Any:
        return x + generator.normal(size=3), state

    steps = at.Steps(eta=0.3, K=1, T=3)
    with pytest.raises(RefusedError, match=r"draw them from round\.random"):
        at.run(drawing, PAIR, NOISE, steps, replicas=3)
    calls = []

    def counting(x: Any, state: Any, round: Any) -> Any:
        calls.append(1)
        return x - 0.01 * len(calls) * round.grad_f(x, round.refresh), state

    with pytest.raises(RefusedError, match="keeps values between runs"):
        at.run(counting, PAIR, NOISE, steps, replicas=3)


def test_measures_of_local_iterates_need_to_see_them() -> None:
    steps = at.Steps(eta=0.3, K=2, T=3)
    trace = at.run(heavy_ball, PAIR, NOISE, steps, replicas=3)
    assert np.all(np.isnan(trace.G)) and np.all(trace.diverged == 0)
    assert np.all(np.isfinite(trace.gap))
    with pytest.raises(RefusedError, match="gap_mean is a mean over local iterates"):
        at.run(heavy_ball, PAIR, NOISE, steps, replicas=3, measures=[at.measures.gap_mean])


def test_divergence_is_a_result() -> None:
    steps = at.Steps(eta=90.0, K=1, T=400)
    trace = at.run(heavy_ball, PAIR, NOISE, steps, replicas=3)
    assert np.all(trace.diverged == 3) and np.all(np.isinf(trace.gap))


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x, state: (x, state), InputError, r"must take \(x, state, round\)"),
        (lambda x, state, round: x, InputError, r"it must return a pair \(x, state\)"),
        (lambda x, state, round: (x[:2], state), InputError, r"x of shape \(2,\)"),
        (lambda x, state, round: 1 / 0, InputError, "ZeroDivisionError"),
        (3, InputError, "method = 3: must be a method"),
    ],
)
def test_what_is_no_implementation_is_said(function: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        at.run(function, PAIR, NOISE, at.Steps(eta=0.3, K=1, T=2), replicas=2)
    assert len(raised.value.complaints) == 1


def test_other_engines_refuse_and_are_not_tried() -> None:
    for name in ("exact", "cpu", "numpy"):
        with pytest.raises(RefusedError, match="is an implementation"):
            at.run(heavy_ball, PAIR, NOISE, at.Steps(eta=0.3, K=1, T=2), engine=name)
    with pytest.raises(RefusedError, match="SGD is a text"):
        at.run(at.methods.SGD, PAIR, NOISE, at.Steps(eta=0.3, K=1, T=2), engine="python")


def test_a_claim_about_an_implementation() -> None:
    like = at.theorems.AuxMOM()
    claim = at.claim(like.bound, like=like, method=momentum)
    assert claim.method is at.claim(like.bound, like=like, method=momentum).method
    verdict = at.validate(claim, PAIR, NOISE, K=3, T=[5, 20], eta=0.2, a=0.5, replicas=32)
    text = at.validate(
        like, PAIR, NOISE, K=3, T=[5, 20], eta=0.2, a=0.5, replicas=32, engine="numpy"
    )
    assert verdict.status == "pass"
    np.testing.assert_allclose(verdict.table["measured"], text.table["measured"], rtol=1e-11)


def test_a_false_claim_about_an_implementation_is_refuted() -> None:
    L, F0, mu, eta, T, K, sigma_f = at.symbols("L F0 mu eta T K sigma_f")

    class Rate(at.Theorem):
        method = heavy_ball
        measure = at.measures.gap_last
        step_range = (L * eta <= 1, K == 1)
        bound = at.exp(-mu * eta * T / 2) * F0 + eta * sigma_f**2 / 8

    with pytest.raises(Counterexample) as raised:
        falsify(Rate(), examples=50)
    case = raised.value.configuration
    assert case.pair.dim == 1 and case.steps.T == 1
    assert case.verdict().status == "violated"


def test_an_implementation_is_one_method_and_is_pickled_by_its_function() -> None:
    method = at.methods.from_implementation(heavy_ball)
    again = pickle.loads(pickle.dumps(method))
    assert again.implementation is heavy_ball and again.name == "heavy_ball"
    assert pickle.loads(pickle.dumps(HeavyBall)) is HeavyBall
    with pytest.raises(InputError, match=r"Both\.step = .*: must be left out"):

        class Both(at.Method):
            implementation = heavy_ball

            def step(o, x, *, eta):
                return x
