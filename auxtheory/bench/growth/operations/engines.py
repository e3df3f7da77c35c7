"""What runs cost: the exact engine, and the engines that sample."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from auxtheory.bench.growth.operation import operation
from auxtheory.bench.growth.operations.problems import diagonal_pair

declared = partial(operation, group="Runs")
SAMPLED = ("run", "Sampling", "Task", "Trace")


def call_of(
    engine: str,
    *,
    d: int = 20,
    K: int = 8,
    T: int = 100,
    deltas: Any = 0.05,
    record: Any = None,
    replicas: int | None = None,
) -> Callable[[], object]:
    """A run of AuxMOM on a diagonal pair."""
    from auxtheory import methods
    from auxtheory.bounds.constants import Steps
    from auxtheory.engines import run
    from auxtheory.noise.laws import Gaussian

    pair = diagonal_pair(d, deltas)
    steps = Steps(eta=0.02, K=K, T=T, a=0.3)
    noise = Gaussian(sigma_f=1.0, sigma_h=0.5)
    more: Any = {} if replicas is None else {"replicas": replicas}
    return lambda: run(methods.AuxMOM, pair, noise, steps, engine=engine, record=record, **more)


@declared("exact, T = 100", "d", (10_000, 100_000, 1_000_000), wanted=1.0, covers=("run", "Task"))
def exact_d(d: int) -> Callable[[], object]:
    return call_of("exact", d=d)


@declared("exact, d = 20", "T", (100_000, 1_000_000, 10_000_000), wanted=2.0)
def exact_T(T: int) -> Callable[[], object]:
    return call_of("exact", T=T)


@declared("exact, T = 1,000, d = 20", "K", (1_000, 10_000, 100_000))
def exact_K(K: int) -> Callable[[], object]:
    return call_of("exact", K=K, T=1_000)


@declared("exact, configurations, T = 100", "C", (1_000, 10_000, 100_000), warm=2)
def exact_C(count: int) -> Callable[[], object]:
    return call_of("exact", deltas=np.geomspace(1e-3, 0.5, count))


@declared("exact, recorded rounds", "rounds", (300, 3_000, 30_000))
def exact_records(count: int) -> Callable[[], object]:
    return call_of("exact", T=count, record=range(1, count + 1))


@declared(
    "exact, dense pair, T = 100",
    "d",
    (5, 50, 500),
    excepted="dense linear algebra: products of matrices take d³",
    exponent=3.3,
)
def exact_dense(d: int) -> Callable[[], object]:
    from auxtheory import methods
    from auxtheory.bounds.constants import Steps
    from auxtheory.engines import run
    from auxtheory.noise.laws import Gaussian
    from auxtheory.problems import Quadratic

    target = Quadratic(L=1.0, mu=0.1, dim=d, rotation=1)
    pair = target.with_helper(delta=0.05, zeta=0.5, rotation=2)
    steps = Steps(eta=0.02, K=8, T=100, a=0.3)
    return lambda: run(methods.AuxMOM, pair, Gaussian(sigma_f=1.0), steps, engine="exact")


@declared("cpu, T = 20", "replicas", (1_000, 10_000, 100_000), covers=SAMPLED)
def cpu_replicas(replicas: int) -> Callable[[], object]:
    return call_of("cpu", T=20, replicas=replicas)


@declared("cpu, T = 20, 64 replicas", "d", (100, 1_000, 10_000))
def cpu_d(d: int) -> Callable[[], object]:
    return call_of("cpu", T=20, d=d, replicas=64)


@declared("cpu, 64 replicas", "T", (100, 1_000, 10_000))
def cpu_T(T: int) -> Callable[[], object]:
    return call_of("cpu", T=T, replicas=64)


@declared("cpu, T = 20, 64 replicas", "K", (100, 1_000, 10_000))
def cpu_K(K: int) -> Callable[[], object]:
    return call_of("cpu", T=20, K=K, replicas=64)


@declared("numpy, T = 10", "replicas", (100, 1_000, 10_000), covers=SAMPLED)
def numpy_replicas(replicas: int) -> Callable[[], object]:
    return call_of("numpy", T=10, replicas=replicas)


@declared("numpy, T = 10, 64 replicas", "d", (100, 1_000, 10_000))
def numpy_d(d: int) -> Callable[[], object]:
    return call_of("numpy", T=10, d=d, replicas=64)


@declared("numpy, 64 replicas", "T", (10, 100, 1_000))
def numpy_T(T: int) -> Callable[[], object]:
    return call_of("numpy", T=T, replicas=64)


@declared("numpy, T = 10, 64 replicas", "K", (10, 100, 1_000))
def numpy_K(K: int) -> Callable[[], object]:
    return call_of("numpy", T=10, K=K, replicas=64)


@declared(
    "cpu, cosines, T = 20, 64 replicas", "d", (100, 1_000, 10_000), covers=("Cosine", "RandomSign")
)
def cosines(d: int) -> Callable[[], object]:
    from auxtheory import methods
    from auxtheory.bounds.constants import Steps
    from auxtheory.engines import run
    from auxtheory.noise.laws import RandomSign
    from auxtheory.problems import Cosine

    pair = Cosine(L=1.0, dim=d).with_helper(delta=0.05, zeta=0.5)
    steps = Steps(eta=0.02, K=8, T=20, a=0.3)
    noise = RandomSign(sigma_f=1.0)
    return lambda: run(methods.AuxMOM, pair, noise, steps, engine="cpu", replicas=64)


@declared("numpy, values for each round", "T", (10, 100, 1_000), covers=("PerRound", "per_round"))
def schedules(T: int) -> Callable[[], object]:
    from auxtheory import methods
    from auxtheory.bounds.constants import Steps
    from auxtheory.bounds.schedules import per_round
    from auxtheory.engines import run
    from auxtheory.noise.laws import Gaussian

    pair = diagonal_pair(20)
    steps = Steps(eta=per_round(list(0.02 / np.arange(1, T + 1) ** 0.5)), K=1, T=T)
    return lambda: run(methods.SGD, pair, Gaussian(sigma_f=1.0), steps, engine="numpy", replicas=64)


ALL = (
    *(exact_d, exact_T, exact_K, exact_C, exact_records, exact_dense),
    *(cpu_replicas, cpu_d, cpu_T, cpu_K, numpy_replicas, numpy_d, numpy_T, numpy_K),
    *(cosines, schedules),
)
