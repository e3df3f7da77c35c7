"""The library's methods with clients against plain loops that take nothing from the library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from naive_clients import NEEDED, RULES, SINGLE, Sampler, Settings, loop, problem

import auxtheory as at

K, T, ETA = 3, 4, 0.2
MEASURES = (at.measures.G_avg, at.measures.G_x)
DENSE = at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=2)
PAIRS = {
    "clients": DENSE.with_clients(N=4, delta=0.3, zeta=0.5),
    "helpers": DENSE.with_helpers(N=3, delta=[0.1, 0.3, 0.2], zeta=0.4),
}


def settings_of(name: str, S: int, **changes: Any) -> Settings:
    more = {"a": 0.4, **NEEDED.get(name, {}), **changes}
    a = more.pop("a")
    local = 1 if name in SINGLE else K
    return Settings(eta=ETA, K=local, T=T, S=S, a=a, B=more.pop("B", 2.0), more=more)


def steps_of(name: str, settings: Settings, S: Any) -> at.Steps:
    more = {key: v for key, v in settings.more.items()}
    if "a" in NEEDED.get(name, {}):
        more["a"] = settings.a
    if S is not None:
        more["S"] = S
    return at.Steps(eta=ETA, K=settings.K, T=T, B=settings.B, **more)


def run(name: str, pair: Any, steps: at.Steps, noise: Any = None, **options: Any) -> Any:
    task = at.Task(
        method=getattr(at.methods, name),
        pair=pair,
        noise=at.Gaussian() if noise is None else noise,
        steps=steps,
        measures=MEASURES,
        record=range(1, T + 1),
    )
    engine = at.engines.ENGINES[options.pop("engine", "numpy")]
    return engine.run(task, at.Sampling(**options)) if options else engine.run(task)


def test_each_method_has_a_plain_loop() -> None:
    """Otherwise a new method goes untested."""
    assert sorted(RULES) == sorted(method.name for method in at.methods.CLIENTS)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("name", RULES)
def test_without_noise_all_clients_give_the_path_of_the_loop(name: str, kind: str) -> None:
    """Otherwise the library runs another method than the literature's."""
    pair = PAIRS[kind]
    N = pair.helpers.N
    settings = settings_of(name, N)
    plain = loop(name, Sampler(problem(pair), 1), settings)
    trace = run(name, pair, steps_of(name, settings, None), replicas=2, keep_paths=True)
    np.testing.assert_allclose(trace.paths[:, 0, 0], plain.path[:, 0], rtol=1e-11, atol=1e-12)
    for measure, value in (
        (at.measures.G_avg, plain.G_avg),
        (at.measures.G_x, plain.G_x),
    ):
        values, _ = trace.measure(measure)
        assert np.ravel(values)[-1] == pytest.approx(value[0], rel=1e-11)
    assert np.ravel(trace.G)[-1] == pytest.approx(plain.G[0], rel=1e-11)


NOISE = {"sigma_f": 0.5, "sigma_h": 0.3, "correlation": 0.4, "s": 0.2}
REPLICAS = 4000


@pytest.mark.parametrize("S", [1, 2])
@pytest.mark.parametrize("name", RULES)
def test_moments_are_those_of_a_loop_with_clients_of_its_own(name: str, S: int) -> None:
    """Otherwise the exact engine or the loop takes the wrong mean over the clients at work."""
    pair = PAIRS["clients"]
    settings = settings_of(name, S)
    sampler = Sampler(problem(pair), REPLICAS, seed=S, **NOISE)
    plain = loop(name, sampler, settings)
    trace = run(name, pair, steps_of(name, settings, S), at.Gaussian(**NOISE), engine="exact")
    for what, values, exact in (
        ("G", plain.G, trace.G),
        ("G_avg", plain.G_avg, trace.measure(at.measures.G_avg)[0]),
        ("G_x", plain.G_x, trace.measure(at.measures.G_x)[0]),
        ("last", plain.grad_last, trace.grad_sq),
    ):
        error = np.std(values, ddof=1) / np.sqrt(REPLICAS)
        distance = (np.mean(values) - np.ravel(exact)[-1]) / max(error, 1e-12)
        assert abs(distance) < 4.5, f"{what}: {distance:.1f} standard errors"


VALUES = {
    "ClientExactCorrectionOwnSteps": {"eta": [0.1, 0.3, 0.2, 0.15], "K_i": [1, 3, 2, 3]},
    "FedFix": {"tau": [1, 2, 3, 1], "eta_g": 0.6},
    "MemorylessCompletion": {"w": [0.5, 1.0, 0.7, 0.2], "eta_g": 0.6},
    "FedAvg": {"eta": [0.1, 0.3, 0.2, 0.15]},
}


@pytest.mark.parametrize("engine", ["numpy", "exact"])
@pytest.mark.parametrize("name", VALUES)
def test_each_client_has_parameters_of_its_own(name: str, engine: str) -> None:
    """Otherwise a client runs with the parameters of another."""
    pair = PAIRS["clients"]
    listed = {
        key: at.per_client(value) if np.ndim(value) else value
        for key, value in VALUES[name].items()
    }
    steps = at.Steps(**{"eta": ETA, "K": K, "T": T, **listed})
    own = {
        key: value.over(key, pair.helpers) if isinstance(value, at.PerClient) else value
        for key, value in listed.items()
    }
    eta = own.pop("eta", ETA)
    plain = loop(name, Sampler(problem(pair), 1), Settings(eta, K, T, S=4, more=own))
    trace = run(name, pair, steps, engine=engine)
    assert np.ravel(trace.G)[-1] == pytest.approx(plain.G[0], rel=1e-11)
    assert np.ravel(trace.grad_sq)[-1] == pytest.approx(plain.grad_last[0], rel=1e-10)


@pytest.mark.parametrize("name", ["FedAvg", "SCAFFOLD", "StaleAuxMOM", "SharedMomentum"])
def test_means_are_weighted(name: str) -> None:
    """Otherwise clients with other weights count as equal."""
    pair = at.Quadratic.from_clients(
        np.array([[1.0, 0.2], [0.3, 0.8], [0.5, 0.5]]),
        np.array([[1.0, 0.0], [-1.0, 0.5], [0.3, -0.2]]),
        weights=[0.5, 0.3, 0.2],
        x0=np.ones(2),
    )
    settings = settings_of(name, 3)
    plain = loop(name, Sampler(problem(pair), 1), settings)
    trace = run(name, pair, steps_of(name, settings, None), replicas=2, keep_paths=True)
    np.testing.assert_allclose(trace.paths[:, 0, 0], plain.path[:, 0], rtol=1e-11, atol=1e-12)
    assert np.ravel(trace.G)[-1] == pytest.approx(plain.G[0], rel=1e-11)


@pytest.mark.parametrize("name", ["SharedMomentum", "SharedMomentumIndependent"])
def test_whose_gradients_are_shared_shows_in_the_moments(name: str) -> None:
    """Otherwise clients that report are those at work, or others, whatever the text says: here one
    value is 29 % larger than the other."""
    pair = PAIRS["clients"]
    R, local, rounds = 16_000, 6, 6
    plain = loop(name, Sampler(problem(pair), R), Settings(0.3, local, rounds, S=1, a=1.0))
    steps = at.Steps(eta=0.3, K=local, T=rounds, S=1, a=1.0)
    method = getattr(at.methods, name)
    exact = np.ravel(at.run(method, pair, at.Gaussian(), steps, engine="exact").grad_sq)[-1]
    error = np.std(plain.grad_last, ddof=1) / np.sqrt(R)
    assert abs(np.mean(plain.grad_last) - exact) < 4.5 * error < 0.2 * exact
