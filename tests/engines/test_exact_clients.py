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


class FedAvg(at.Method):
    def local(o: Any, y: Any, x: Any, *, eta: Any) -> Any:
        return y - eta * o.h(y)


class Scaffold(at.Method):
    state = "x c"
    client_state = "c_i"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + c - c_i)

    def send(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
        new = c_i - c + (x - y) / (eta * o.K)
        return (y - x, new - c_i), new

    def server(o: Any, x: Any, c: Any, dx: Any, dc: Any) -> Any:
        return x + dx, c + o.S / o.N * dc


class Buffers(at.Method):
    client_state = "m"

    def client_start(o: Any, x: Any) -> Any:
        return o.r(x, batch=o.B)

    def refresh(o: Any, x: Any, m: Any, *, a: Any) -> Any:
        return (1 - a) * m + a * o.r(x)

    def local(o: Any, y: Any, x: Any, m: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + m)


class Stale(Buffers):
    refreshed = "sampled"


METHODS = {m.__name__: m for m in (FedAvg, Scaffold, Buffers, Stale)}
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


@crossed(
    {"name": METHODS, "noise": NOISES, "dense": [False, True], "S": [1, 2, 3]},
    {"name": "Scaffold", "noise": "additive", "dense": True, "S": 2},
)
def test_equals_the_mean_over_every_sequence_of_clients(
    name: str, noise: str, dense: bool, S: int
) -> None:
    parameters = {"a": 0.3} if "a" in METHODS[name].program.parameters else {}
    task = at.Task(
        method=METHODS[name],
        pair=client_pair(dense=dense),
        noise=NOISES[noise],
        steps=at.Steps(eta=0.2, K=2, T=3, B=3, S=S, **parameters),
        measures=MEASURES,
    )
    check(task)
