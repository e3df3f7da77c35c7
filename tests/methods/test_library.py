"""The methods of the literature against plain loops, and what is read off their texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain_methods import LOOPS
from sampled_oracles import Oracles

import auxtheory as at
from auxtheory.engines import Sampling, Task
from auxtheory.engines.base import Trace, costs_at
from auxtheory.engines.monte_carlo import numpy as numpy_engine

K = 3
T = 4
B = 5
SEED = 17
REPLICAS = 3
PARAMETERS: dict[str, dict[str, float]] = {
    "HeavyBall": {"eta": 0.1, "beta": 0.7},
    "Nesterov": {"eta": 0.1, "beta": 0.7},
    "NesterovConvex": {"eta": 0.1},
    "NesterovStronglyConvex": {"eta": 0.1, "m": 0.3},
    "AveragedSGD": {"eta": 0.1},
    "WeightedAveragedSGD": {"eta": 0.1, "gamma": 1.0},
    "SVRG": {"eta": 0.1},
    "LSVRG": {"eta": 0.1, "p": 0.4},
    "SAGA": {"eta": 0.1},
    "SARAH": {"eta": 0.1},
    "SPIDER": {"eta": 0.1, "r": 0.1},
    "ClippedSGD": {"eta": 0.1, "c": 0.9},
    "NormalisedSGD": {"eta": 0.1},
    "SignSGD": {"eta": 0.1},
    "AdaGradNorm": {"eta": 0.3, "b0": 0.5},
    "Adam": {"eta": 0.1, "beta2": 0.9},
    "InverseTimeSGD": {"eta": 0.3, "m": 0.5},
    "InverseTimeAveragedSGD": {"eta": 0.3, "m": 0.5},
    "LinearDecaySGD": {"eta": 0.3},
    "ClippedGD": {"eta": 0.2, "c_x": 0.1},
    "ProjectedAdaGradNorm": {"eta": 0.3, "b0": 0.5, "radius": 0.8},
    "NormalisedMomentum": {"eta": 0.1, "a": 0.4},
    "NormalisedAuxMOM": {"eta": 0.1, "a": 0.4},
    "NormalisedExactCorrection": {"eta": 0.1},
    "NaiveThenExact": {"eta": 0.1, "eta1": 0.2, "T1": 2.0},
    "NaiveThenAuxMOM": {"eta": 0.1, "eta1": 0.2, "T1": 2.0, "a": 0.4},
    "DampedAuxMOM": {"eta": 0.1, "a": 0.4, "theta": 0.6},
    "ComponentSGD": {"eta": 0.1},
    "AuxPAGE": {"eta": 0.1, "p": 0.4, "b": 2.0},
    "PAGE": {"eta": 0.1, "p": 0.4, "b": 1.5},
    "AuxSPIDER": {"eta": 0.1, "Q": 3.5, "b": 2.0},
}
FINITE = "LSVRG", "SAGA", "ComponentSGD"
RECURSIVE = "AuxPAGE", "PAGE", "AuxSPIDER"
HYBRIDS = "NaiveThenExact", "NaiveThenAuxMOM", "DampedAuxMOM"
WITH_HELPER = "NormalisedAuxMOM", "NormalisedExactCorrection", *HYBRIDS
# Those of test_helped.py.
HELPED = {"BregmanGradient", "DiagonalExactCorrection", "DiagonalAuxMOM"}
HELPED |= {"MonitoredExactCorrection", "MonitoredAuxMOM"}
RANDOM = np.random.default_rng(3)
PAIRS = {
    "diagonal": at.Quadratic(L=1.0, mu=0.1, dim=4, x_star=0.5).with_components(5, 0.3, 0.6),
    "dense": at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=1)
    .with_helper(0.3, 0.5)
    .with_components(4, 0.3, 0.6),
    "cosine": at.Cosine(L=1.0, dim=3).with_helper(0.2),
    "logistic": at.Logistic(
        features=RANDOM.standard_normal((6, 3)),
        labels=[0, 1, 1, 0, 0, 1],
        weights=np.arange(1.0, 7.0) / 21,
        l2=0.2,
    ).with_helper(),
}
NOISE = at.Gaussian(sigma_f=0.4, sigma_h=0.3, s=0.2)
CASES = [
    (name, pair)
    for name in PARAMETERS
    for pair in PAIRS
    if (name not in FINITE or pair != "cosine") and (name not in WITH_HELPER or pair != "logistic")
]


def steps_of(name: str, *, B: float = B, **changes: Any) -> at.Steps:
    local = 1 if getattr(at.methods, name).single_step else K
    return at.Steps(**{"K": local, "T": T, "B": B, **PARAMETERS[name], **changes})


def traced(method: Any, pair: Any, steps: at.Steps, **more: Any) -> Trace:
    """The run of an engine that keeps every replica's path."""
    more = {"noise": NOISE, "replicas": REPLICAS, "measures": (), **more}
    sampling = Sampling(replicas=more.pop("replicas"), seed=SEED, keep_paths=True)
    record = range(1, steps.T + 1)
    return numpy_engine.run(
        Task(method=method, pair=pair, steps=steps, record=record, **more), sampling
    )


def test_each_method_has_a_plain_loop() -> None:
    """Otherwise a new method goes untested; some are in test_helped.py."""
    names = {method.name for method in at.methods.LIBRARY if method not in at.methods.ALL}
    assert sorted(names - HELPED) == sorted(PARAMETERS) == sorted(LOOPS)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_method_is_its_plain_loop(name: str, kind: str) -> None:
    """Otherwise the library runs another method than the literature's."""
    pair = PAIRS[kind]
    method = getattr(at.methods, name)
    averaged = "x_bar" in method.program.state
    measures = (at.measures.distance("x_bar"),) if averaged else ()
    trace = traced(method, pair, steps_of(name), measures=measures)
    local = steps_of(name).K
    plain = [
        list(
            LOOPS[name](Oracles(pair, NOISE, SEED, i), pair.x0[0], local, T, B, **PARAMETERS[name])
        )
        for i in range(REPLICAS)
    ]
    paths = np.moveaxis(np.array(plain), 0, 1)
    d = pair.dim
    assert np.ptp(paths[-1], axis=0).max() > 1e-3 or name == "SAGA", "replicas differ"
    np.testing.assert_allclose(trace.paths[:, 0], paths[..., :d], rtol=1e-12, atol=1e-12)
    if averaged:
        distance = np.mean(np.sum((paths[..., d:] - pair.x_star) ** 2, axis=-1), axis=-1)
        values, _ = trace.measure(at.measures.distance("x_bar"))
        np.testing.assert_allclose(np.ravel(values), distance, rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in ("LSVRG", *RECURSIVE)])
def test_the_cost_is_that_of_the_plain_loop(name: str) -> None:
    """Otherwise a method pays for another number of gradients than it takes; one of a component
    counts 1/N."""
    pair = PAIRS["diagonal"]
    oracles = Oracles(pair, NOISE, SEED, 0)
    method = getattr(at.methods, name)
    steps = steps_of(name)
    costs = costs_at(method.phases(steps), range(1, T + 1), pair)
    for cost, _ in zip(
        costs, LOOPS[name](oracles, pair.x0[0], steps.K, T, B, **PARAMETERS[name]), strict=True
    ):
        # A loop's round ends before the next one's refresh, as an engine's does.
        assert cost.calls_r == pytest.approx(sum(oracles.calls), rel=1e-14)
        assert cost.calls_h == oracles.helper_calls


BY_HAND = {
    "HeavyBall": K * T,
    "SVRG": T * (1 + 2 * K),
    "SARAH": T * (1 + 2 * K),
    "SPIDER": T * (B + 2 * K),
    "LSVRG": 1 + K * T * (2 / 5 + 0.4),
    "SAGA": 1 + K * T / 5,
    "Adam": K * T,
    "ComponentSGD": K * T / 5,
    "AuxPAGE": B + (T - 1) * (0.4 * B + 0.6 * 2 * 2),
    "PAGE": B + (T - 1) * (0.4 * B + 0.6 * 2 * 2),
    "AuxSPIDER": 2 * B + (T - 2) * 2 * 2,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_cost_is_that_counted_by_hand(name: str) -> None:
    """Otherwise comparisons at equal cost favour a method; L-SVRG's full gradient counts p."""
    phases = getattr(at.methods, name).phases(steps_of(name))
    (cost,) = costs_at(phases, [T], PAIRS["diagonal"])
    assert cost.calls_r == pytest.approx(BY_HAND[name], rel=1e-14)


MEMORY = {
    "HeavyBall": ("v",),
    "NesterovConvex": ("x_prev",),
    "AveragedSGD": ("x_bar",),
    "InverseTimeAveragedSGD": ("x_bar",),
    "LinearDecaySGD": (),
    "SVRG": ("w", "g"),
    "LSVRG": ("w", "g"),
    "SAGA": ("g_i",),
    "SARAH": ("v",),
    "ClippedSGD": (),
    "AdaGradNorm": (),
    "Adam": ("m", "v"),
    "ClippedGD": ("v",),
    "ProjectedAdaGradNorm": (),
    "NormalisedMomentum": ("m",),
    "NormalisedAuxMOM": ("m",),
    "NormalisedExactCorrection": ("m",),
    **dict.fromkeys(HYBRIDS, ("m",)),
    "AuxPAGE": ("m", "x_prev"),
    "AuxSPIDER": ("m", "x_prev"),
}


@pytest.mark.parametrize("name", MEMORY)
def test_the_memory_is_every_vector_besides_x(name: str) -> None:
    """Otherwise the table of methods states a wrong memory."""
    assert getattr(at.methods, name).memory == MEMORY[name]


NOT_AFFINE = {
    "SPIDER": ("norm", "o.norm(v)"),
    "ClippedSGD": ("norm", "o.norm(g)"),
    "NormalisedSGD": ("norm", "size = o.norm(g)"),
    "SignSGD": ("sign", "o.sign(o.f(x))"),
    "AdaGradNorm": ("dot", "s = s + o.dot(g, g)"),
    "Adam": ("power", "g**2"),
    "ClippedGD": ("norm", "o.norm(g)"),
    "ProjectedAdaGradNorm": ("dot", "s = s + o.dot(g, g)"),
    "NormalisedMomentum": ("norm", "size = o.norm(v)"),
    "NormalisedAuxMOM": ("norm", "size = o.norm(v)"),
    "NormalisedExactCorrection": ("norm", "size = o.norm(v)"),
}
NOT_ELEMENTWISE = {
    "SPIDER": "norm",
    "ClippedSGD": "norm",
    "NormalisedSGD": "norm",
    "AdaGradNorm": "dot",
    "ClippedGD": "norm",
    "ProjectedAdaGradNorm": "dot",
    "NormalisedMomentum": "norm",
    "NormalisedAuxMOM": "norm",
    "NormalisedExactCorrection": "norm",
    "SAGA": "keeps a variable of each component: g_i",
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_reasons_name_the_line(name: str) -> None:
    """Otherwise a user does not learn which line keeps an engine from a method."""
    method = getattr(at.methods, name)
    if name in NOT_AFFINE:
        reason = method.not_affine
        assert reason.startswith(f"{name}.step is not affine: {NOT_AFFINE[name][0]} in line ")
        assert NOT_AFFINE[name][1] in reason
    else:
        assert method.not_affine is None
    reason = method.not_elementwise
    assert (reason is None) == (name not in NOT_ELEMENTWISE)
    assert reason is None or NOT_ELEMENTWISE[name] in reason


def test_units_of_states_and_parameters() -> None:
    """Otherwise a printed table names wrong units."""
    Adam = at.methods.Adam
    assert {name: str(unit) for name, unit in Adam.state_units.items()} == {
        "x": "X",
        "m": "F·X^-1",
        "v": "F^2·X^-2",
    }
    assert str(Adam.parameter_units["eta"]) == "X"
    assert str(at.methods.HeavyBall.parameter_units["eta"]) == "F^-1·X^2"


def run(method: Any, pair: Any, **parameters: Any) -> Any:
    steps = at.Steps(**{"K": K, "T": T, "eta": 0.1, **parameters})
    return traced(method, pair, steps, replicas=4).paths


def test_forms_of_one_method_agree() -> None:
    """Otherwise one of two texts of the same method is wrong."""
    pair = PAIRS["dense"]
    m = at.methods

    class PlainSGD(at.Method):
        """x ← x − η g_f(x)."""

        helper = "f"

        def step(o: Any, x: Any, *, eta: Any) -> Any:
            return x - eta * o.f(x)

    plain = run(PlainSGD, pair)
    for method in (m.HeavyBall, m.Nesterov):
        np.testing.assert_allclose(run(method, pair, beta=0.0), plain, rtol=1e-13)
    np.testing.assert_allclose(run(m.ClippedSGD, pair, c=1e9), plain, rtol=1e-13)
    np.testing.assert_allclose(run(m.AveragedSGD, pair), plain, rtol=1e-13)
    np.testing.assert_allclose(run(m.SGD, pair, K=1), run(PlainSGD, pair, K=1), rtol=1e-13)
    beta = (1 - np.sqrt(0.03)) / (1 + np.sqrt(0.03))
    np.testing.assert_allclose(
        run(m.NesterovStronglyConvex, pair, m=0.3), run(m.Nesterov, pair, beta=beta), rtol=1e-12
    )
    np.testing.assert_allclose(
        run(m.SPIDER, pair, r=1e9), run(m.SARAH, pair), rtol=1e-13, err_msg="B = ∞"
    )


def test_svrg_with_one_step_is_gradient_descent() -> None:
    """Otherwise the correction is not that of the snapshot."""
    pair = PAIRS["dense"]
    descent = np.array(pair.x0)
    for _ in range(T):
        descent = descent - 0.1 * descent @ pair.A[0]
    paths = run(at.methods.SVRG, pair, K=1)
    np.testing.assert_allclose(paths[-1, 0], np.repeat(descent, 4, axis=0), rtol=1e-12)


def test_a_schedule_changes_eta_each_round() -> None:
    """Otherwise SGD with decaying steps cannot be said."""
    pair = PAIRS["diagonal"]
    eta = at.per_round(lambda t: 0.4 / (t + 1))
    paths = run(at.methods.SGD, pair, K=1, eta=eta)
    for i in range(4):
        o = Oracles(pair, NOISE, SEED, i)
        x = pair.x0[0]
        for t in range(1, T + 1):
            x = x - 0.4 / (t + 1) * o.local([x], t, 0)[0]
        np.testing.assert_allclose(paths[-1, 0, i], x, rtol=1e-12)


class Real:
    """Oracles on arrays, for running a text by hand: ∇f without noise, and NumPy's functions."""

    K = K
    T = T
    B = 1.0
    sqrt = staticmethod(np.sqrt)
    norm = staticmethod(np.linalg.norm)
    sign = staticmethod(np.sign)
    dot = staticmethod(np.dot)
    minimum = staticmethod(np.minimum)
    maximum = staticmethod(np.maximum)
    where = staticmethod(np.where)

    def __init__(self, gradients: Any) -> None:
        self.gradients = gradients
        self.t = 1
        self.k = 0

    def f(self, *points: Any, exact: bool = False, batch: Any = None, kind: str = "f") -> Any:
        gradient = getattr(self.gradients, kind)
        gradients = [gradient(x[None, None])[0, 0] for x in points]
        return gradients if len(points) > 1 else gradients[0]

    def h(self, *points: Any, **options: Any) -> Any:
        return self.f(*points, kind="h", **options)

    def r(self, *points: Any, **options: Any) -> Any:
        return self.f(*points, kind="r", **options)


@pytest.mark.parametrize(
    "name", [name for name in PARAMETERS if name not in (*FINITE, "AuxPAGE", "PAGE")]
)
def test_the_text_runs_on_arrays(name: str) -> None:
    """Otherwise the graph that was read off the text is another function than the text."""
    pair = PAIRS["cosine"]
    method: Any = getattr(at.methods, name)
    values = {**{n: v for n, v in method.parameters.items() if v is not None}, **PARAMETERS[name]}
    steps = steps_of(name)
    o = Real(pair.gradients().seen(method.helper, np))

    def call(hook: str, state: Any) -> Any:
        known = method.program.hooks[hook].defaults
        out = getattr(method, hook)(o, *state, **{n: values[n] for n in known})
        return out if isinstance(out, tuple) else (out,)

    state: Any = (pair.x0[0],)
    for o.t in range(1, T + 1):
        hook = "start" if o.t == 1 else "refresh"
        if hasattr(method, hook):
            state = call(hook, state)
        for o.k in range(steps.K):
            state = call("step", state)
    trace = traced(method, pair, steps, noise=at.Gaussian(), replicas=2)
    np.testing.assert_allclose(trace.paths[-1, 0, 0], state[0], rtol=1e-12)
