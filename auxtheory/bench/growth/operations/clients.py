"""What pairs and runs with many clients cost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from auxtheory.bench.growth.operation import operation

declared = partial(operation, group="Clients")


def clients(count: int, S: int | None = None, **more: Any) -> Any:
    """A quadratic with clients, of which S work, by default all."""
    from auxtheory.problems import Quadratic

    target = Quadratic(L=1.0, mu=0.1, dim=4)
    return target.with_clients(N=count, delta=0.3, zeta=0.5, **more)


def call_of(engine: str, count: int, S: int | None = None, **more: Any) -> Callable[[], object]:
    """Ten rounds of FedAvg."""
    from auxtheory import methods
    from auxtheory.bounds.constants import Steps
    from auxtheory.engines import run
    from auxtheory.noise.laws import Gaussian

    pair = clients(count)
    steps = Steps(eta=0.02, K=4, T=10, S=count if S is None else S)
    return lambda: run(methods.FedAvg, pair, Gaussian(sigma_f=1.0), steps, engine=engine, **more)


@declared("constants", "N", (100, 1_000, 10_000), covers=("Quadratic.with_clients",))
def constants(count: int) -> Callable[[], object]:
    return lambda: clients(count).constants()


@declared(
    "exact run, all at work", "N", (100, 1_000, 10_000), warm=10, covers=("PerClient", "per_client")
)
def exact_all(count: int) -> Callable[[], object]:
    return call_of("exact", count)


@declared("exact run, 10 at work", "N", (100, 1_000, 10_000), warm=20)
def exact_some(count: int) -> Callable[[], object]:
    return call_of("exact", count, S=10)


@declared(
    "settling at T = ∞", "N", (100, 1_000, 10_000), warm=10, covers=("stationary", "Stationary")
)
def settled(count: int) -> Callable[[], object]:
    from auxtheory import methods
    from auxtheory.bounds.constants import Steps
    from auxtheory.engines import stationary
    from auxtheory.noise.laws import Gaussian

    pair = clients(count)
    steps = Steps(eta=0.02, K=4, T=1, S=count)
    return lambda: stationary(methods.FedAvg, pair, Gaussian(sigma_f=1.0), steps)


@declared("numpy run, all at work, 16 replicas", "N", (100, 1_000, 10_000), warm=10)
def numpy_all(count: int) -> Callable[[], object]:
    return call_of("numpy", count, replicas=16)


@declared("numpy run of 1,000, S at work, 16 replicas", "S", (5, 50, 500), warm=2)
def numpy_S(S: int) -> Callable[[], object]:
    return call_of("numpy", 1_000, S=S, replicas=16)


@declared(
    "logistic regression in parts",
    "N",
    (10, 100, 1_000),
    warm=4,
    covers=("Logistic.split", "Dirichlet"),
)
def parts(count: int) -> Callable[[], object]:
    from auxtheory.bench.growth.operations.problems import logistic

    f = logistic(20_000, 10)
    return lambda: f.split(N=count)


ALL = (constants, exact_all, exact_some, settled, numpy_all, numpy_S, parts)
