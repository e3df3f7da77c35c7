"""Exact moments of methods with clients against the mean over every sequence of clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from tests.crossed import crossed
from tests.engines.client_pairs import client_pair
from tests.engines.every_sequence import expected

MEASURES = (
    at.measures.G_avg,
    at.measures.G_x,
    at.measures.distance_last,
    at.measures.gap(over="rounds"),
    at.measures.grad(over="average", weights=lambda t: t),
    at.measures.gap(over="local", weights=lambda t: t**2),
    at.measures.Measure(form="dissimilarity", over="average"),
    at.measures.Measure(form="dissimilarity", over="starts"),
)


METHODS = {method.name: method for method in at.methods.CLIENTS}
STEPS = {
    "a": 0.3,
    "gamma": 0.5,
    "eta_g": 0.7,
    "K_i": at.per_client([1, 2, 0]),
    "tau": at.per_client([1, 2, 1]),
    "w": at.per_client([0.5, 1.0, 1.5]),
}
NOISES = {
    "none": at.Gaussian(),
    "additive": at.Gaussian(sigma_f=0.5, sigma_h=0.7, correlation=0.3),
    "axes": at.Gaussian(sigma_f=0.5, sigma_h=0.7, shape=[1.0, 2.0]),
    "matrix": at.Gaussian(sigma_f=0.5, sigma_h=0.7, shape=[[1.0, 0.4], [0.4, 2.0]]),
    "multiplicative": at.Gaussian(sigma_f=0.5, sigma_h=0.7, s=0.4),
}


def check(task: at.Task, tolerance: float = 1e-12) -> None:
    trace = at.engines.ENGINES["exact"].run(task)
    for key, value in expected(task).items():
        measure = next(
            m
            for m in (at.measures.G, at.measures.gap_last, at.measures.grad_last, *task.extra)
            if m.key == key
        )
        found = trace.measure(measure)[0][-1, 0]
        np.testing.assert_allclose(found, value, rtol=tolerance, err_msg=key)


def steps_of(method: Any, **steps: Any) -> at.Steps:
    names = method.program.parameters
    own = {name: value for name, value in STEPS.items() if name in names}
    K = 1 if method.single_step else 2
    return at.Steps(**{"eta": 0.2, "K": K, "T": 3, "B": 3, **own, **steps})


@crossed(
    {"name": METHODS, "noise": NOISES, "dense": [False, True], "S": [1, 2, 3]},
    {"name": "SCAFFOLD", "noise": "additive", "dense": True, "S": 2},
)
def test_equals_the_mean_over_every_sequence_of_clients(
    name: str, noise: str, dense: bool, S: int
) -> None:
    method = METHODS[name]
    independent = method.program.clients.reporting == "independent"
    check(
        at.Task(
            method=method,
            pair=client_pair(dense=dense),
            noise=NOISES[noise],
            # Fewer rounds where there are many more sequences or products of draws.
            steps=steps_of(method, S=S, T=2 if independent or noise == "multiplicative" else 3),
            measures=MEASURES,
        )
    )


def test_of_weights_and_per_round_steps() -> None:
    pair = client_pair(counts=[1, 2], weights=[0.5, 0.25])
    for method in (at.methods.FedAvg, at.methods.SCAFFOLD, at.methods.SharedMomentum):
        eta = at.per_round([0.3, 0.2, 0.1])
        steps = steps_of(method, eta=eta, S=2)
        noise = NOISES["additive"]
        check(at.Task(method=method, pair=pair, noise=noise, steps=steps, measures=MEASURES))


@pytest.mark.parametrize("name", METHODS)
def test_of_identical_clients_equals_one_by_one(name: str) -> None:
    """A group of several clients, and its clients one by one: with the groups apart by a change
    far below the tolerance."""
    method = METHODS[name]
    grouped = client_pair(counts=[3, 2], delta=0.3)
    helpers = grouped.helpers
    which = helpers.order
    tiny = 1 + 1e-15 * np.arange(5)
    apart = replace(
        helpers,
        R=helpers.R[:, which] * tiny[:, None],
        b=helpers.b[:, which],
        counts=np.ones(5),
        weights=np.full(5, 0.2),
        order=np.arange(5),
    )
    assert (helpers.groups, apart.groups) == (2, 5)
    own = {"K_i": at.per_client([1, 1, 1, 2, 2])} if "K_i" in method.program.parameters else {}
    own |= {n: 2.0 for n in ("tau", "w") if n in method.program.parameters}
    noise = NOISES["multiplicative"]
    traces = []
    for pair in (grouped, replace(grouped, helpers=apart)):
        order = pair.helpers.order
        task = at.Task(
            method=method,
            pair=pair,
            noise=noise,
            steps=steps_of(method, S=2, T=4, **own),
            measures=MEASURES,
        )
        assert order is not None
        traces.append(at.engines.ENGINES["exact"].run(task))
    for m in (at.measures.G, at.measures.gap_last, *MEASURES):
        first, second = (trace.measure(m)[0] for trace in traces)
        np.testing.assert_allclose(first, second, rtol=1e-12, err_msg=m.name)
