"""Exact moments of methods with clients against the mean over every sequence of clients."""

from __future__ import annotations

from typing import Any

import numpy as np

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
