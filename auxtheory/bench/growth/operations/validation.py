"""What verdicts cost: a theorem compared with measured values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from auxtheory.bench.growth.operation import operation
from auxtheory.bench.growth.operations.problems import diagonal_pair, logistic_pair

declared = partial(operation, group="Verdicts")
BOUNDED = 300.0  # MB


def on_minibatches(
    *, n: int = 1_000, d: int = 20, T: Any = 20, K: int = 5, replicas: int = 64, engine: str = "cpu"
) -> Callable[[], object]:
    """AuxMOM's theorem on batches of 16 samples of a logistic pair."""
    from auxtheory.noise.minibatch import Minibatch
    from auxtheory.theorems import AuxMOM
    from auxtheory.validation.validate import validate

    f = logistic_pair(n, d).f
    pair = f.helped_by(f.replace(labels=np.where(np.arange(n) % 20 == 0, 1 - f.labels, f.labels)))

    def call() -> object:
        noise = Minibatch(pair=pair, batch=16)
        return validate(AuxMOM(), pair, noise, K=K, T=T, replicas=replicas, engine=engine)

    return call


@declared(
    "validate on minibatches",
    "n",
    (1_000, 10_000, 100_000),
    megabytes=BOUNDED,
    wanted=31.0,
    seconds=60.0,
    covers=("validate", "Minibatch", "Verdict"),
)
def minibatch_n(n: int) -> Callable[[], object]:
    return on_minibatches(n=n)


@declared("validate on minibatches, n = 1,000", "d", (10, 100, 1_000), megabytes=BOUNDED)
def minibatch_d(d: int) -> Callable[[], object]:
    return on_minibatches(d=d, replicas=16)


@declared("validate on minibatches, n = 1,000", "T", (20, 200, 2_000), megabytes=BOUNDED)
def minibatch_T(T: int) -> Callable[[], object]:
    return on_minibatches(T=T, replicas=16)


@declared("validate on minibatches, n = 1,000", "replicas", (100, 1_000, 10_000), megabytes=BOUNDED)
def minibatch_replicas(replicas: int) -> Callable[[], object]:
    return on_minibatches(replicas=replicas, T=5)


@declared("validate on the exact engine, T = 100", "C", (100, 1_000, 10_000), covers=("Gaussian",))
def exact_C(count: int) -> Callable[[], object]:
    from auxtheory.noise.laws import Gaussian
    from auxtheory.theorems import AuxMOM
    from auxtheory.validation.validate import validate

    pair = diagonal_pair(20, np.geomspace(1e-3, 0.5, count))
    return lambda: validate(AuxMOM(), pair, Gaussian(sigma_f=1.0), K=8, T=100)


@declared("validate at several T, exact", "values of T", (10, 100, 1_000))
def exact_rounds(count: int) -> Callable[[], object]:
    from auxtheory.noise.laws import Gaussian
    from auxtheory.theorems import AuxMOM
    from auxtheory.validation.validate import validate

    return lambda: validate(
        AuxMOM(), diagonal_pair(20), Gaussian(sigma_f=1.0), K=8, T=list(range(1, count + 1))
    )


@declared("print a verdict", "rows", (1_000, 10_000, 100_000), wanted=0.1, covers=("Table",))
def print_verdict(count: int) -> Callable[[], object]:
    from auxtheory.validation.judge import judge

    draws = np.random.default_rng(0)
    verdict = judge(draws.uniform(0, 1, (count, 10)), np.ones(count))
    return lambda: str(verdict)


@declared("judge samples", "samples", (10_000, 100_000, 1_000_000), covers=("judge",))
def judge_samples(count: int) -> Callable[[], object]:
    from auxtheory.validation.judge import judge

    samples = np.random.default_rng(0).uniform(0, 1, count)
    return lambda: judge(samples, 1.0)


@declared("local constants along points, n = 1,000", "points", (10, 100, 1_000), covers=("along",))
def local(count: int) -> Callable[[], object]:
    from auxtheory.validation.local_constants import along

    pair = logistic_pair(1_000, 10)
    points = np.random.default_rng(0).standard_normal((count, 10))
    return lambda: along(pair, points)


ALL = (
    *(minibatch_n, minibatch_d, minibatch_T, minibatch_replicas, exact_C, exact_rounds),
    *(print_verdict, judge_samples, local),
)
