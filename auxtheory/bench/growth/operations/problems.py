"""What pairs cost: their constants, certificates and minimisers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from auxtheory.bench.growth.operation import operation

declared = partial(operation, group="Pairs and their certificates")
DENSE = "dense linear algebra: an eigendecomposition takes d³"
SMALL_HELPER = 0.05  # δ


def logistic(n: int, d: int) -> Any:
    """Logistic regression on n seeded samples of d features, |feature| ≤ 1."""
    from auxtheory.problems import Logistic

    draws = np.random.default_rng(0)
    features = draws.uniform(-1, 1, (n, d))
    labels = (features @ draws.standard_normal(d) + 0.3 * draws.standard_normal(n) > 0).astype(int)
    return Logistic(features=features, labels=labels, l2=0.01)


def logistic_pair(n: int, d: int) -> Any:
    """The pair of logistic regression and its first half."""
    f = logistic(n, d)
    part = f.replace(features=f.features[: n // 2], labels=f.labels[: n // 2], weights=None)
    return f.helped_by(part)


def diagonal_pair(d: int, deltas: Any = SMALL_HELPER) -> Any:
    """A quadratic pair whose coordinates are apart; one configuration for each δ."""
    from auxtheory.problems import Quadratic

    return Quadratic(L=1.0, mu=0.1, dim=d).with_helper(delta=deltas, zeta=0.5)


@declared(
    "certify a diagonal pair",
    "d",
    (10_000, 100_000, 1_000_000),
    wanted=1.0,
    warm=100,
    covers=("Pair.certify",),
)
def certify_diagonal(d: int) -> Callable[[], object]:
    return diagonal_pair(d).certify


@declared("certify a dense pair", "d", (10, 100, 1_000), excepted=DENSE, exponent=3.3)
def certify_dense(d: int) -> Callable[[], object]:
    from auxtheory.problems import Quadratic

    return Quadratic(L=1.0, mu=0.1, dim=d, rotation=1).with_helper(0.05, 0.5, rotation=2).certify


@declared("certify a logistic pair", "n", (1_000, 10_000, 100_000), wanted=10.0)
def certify_logistic(n: int) -> Callable[[], object]:
    return logistic_pair(n, 20).certify


@declared("certify a logistic pair, n = 1,000", "d", (10, 100, 1_000), wanted=10.0)
def certify_logistic_d(d: int) -> Callable[[], object]:
    return logistic_pair(1_000, d).certify


@declared(
    "f.minimum of logistic regression", "n", (1_000, 10_000, 100_000), covers=("Logistic.minimum",)
)
def minimum_n(n: int) -> Callable[[], object]:
    f = logistic(n, 20)
    return lambda: f.minimum


@declared("f.minimum of logistic regression, n = 2,000", "d", (5, 50, 500))
def minimum_d(d: int) -> Callable[[], object]:
    f = logistic(2_000, d)
    return lambda: f.minimum


@declared(
    "constants of a diagonal pair", "d", (10_000, 100_000, 1_000_000), covers=("Pair.constants",)
)
def constants_d(d: int) -> Callable[[], object]:
    def call() -> object:
        return diagonal_pair(d).constants()

    return call


@declared("constants of a logistic pair", "n", (1_000, 10_000, 100_000))
def constants_n(n: int) -> Callable[[], object]:
    pair = logistic_pair(n, 20)
    return pair.constants


@declared("constants of a logistic pair on a ball", "n", (1_000, 10_000, 100_000), covers=("Ball",))
def constants_on_ball(n: int) -> Callable[[], object]:
    from auxtheory.problems import Ball

    pair = logistic_pair(n, 20)
    ball = Ball(np.zeros(20), 0.5)
    return lambda: pair.constants(region=ball)


@declared(
    "make configurations of a pair, d = 20",
    "C",
    (1_000, 10_000, 100_000),
    covers=("Quadratic", "Target", "Pair", "Constants"),
)
def constants_C(count: int) -> Callable[[], object]:
    deltas = np.geomspace(1e-3, 1.0, count)
    return lambda: diagonal_pair(20, deltas).constants()


@declared(
    "estimate_delta on a logistic pair", "n", (1_000, 10_000, 100_000), covers=("estimate_delta",)
)
def delta_n(n: int) -> Callable[[], object]:
    from auxtheory.problems import estimate_delta

    pair = logistic_pair(n, 20)
    return lambda: estimate_delta(pair)


@declared("estimate_delta on a logistic pair, n = 1,000", "d", (10, 100, 1_000))
def delta_d(d: int) -> Callable[[], object]:
    from auxtheory.problems import estimate_delta

    pair = logistic_pair(1_000, d)
    return lambda: estimate_delta(pair)


ALL = (
    certify_diagonal,
    certify_dense,
    certify_logistic,
    certify_logistic_d,
    minimum_n,
    minimum_d,
    constants_d,
    constants_n,
    constants_on_ball,
    constants_C,
    delta_n,
    delta_d,
)
