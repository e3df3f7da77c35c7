"""The exact engine gives the expectation of what the loop samples."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from engine_input import engine_input
from exact_cases import (
    ADDITIVE,
    DENSE,
    DIAGONAL,
    MEASURES,
    METHODS,
    MULTIPLICATIVE,
    PAIRS,
    flattened,
    steps,
)
from naive import Settings, loop, quadratic

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.noise.laws import Noise, RandomSign


def standard_errors_apart(truth: Trace, sampled: Trace) -> float:
    """The largest distance over all measures, records and configurations, in standard errors."""
    scores = []
    for name in MEASURES:
        mean, error = sampled.measure(name)
        wanted = truth.measure(name)[0]
        scores.append(np.abs(mean - wanted) / (error + 1e-12 * wanted))
    return float(np.max(scores))


CASES = [
    (name, K)
    for name in METHODS
    for K in (1, 4)
    if K == 1 or not getattr(METHODS[name], "single_step", False)
]


@pytest.mark.parametrize("B", [math.inf, 2], ids="B={}".format)
@pytest.mark.parametrize("noise", [ADDITIVE, MULTIPLICATIVE], ids=["additive", "multiplicative"])
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize(("name", "K"), CASES)
def test_within_four_standard_errors_of_the_samples(
    name: str, pair: str, noise: Noise, K: int, B: float
) -> None:
    """Otherwise the exact engine is exact about something else: the sampled engine equals the loop,
    sample by sample.

    The table makes some 1,100 comparisons, strongly correlated, and four standard errors are passed
    by chance once in 16,000 (oftener for skewed samples): another seed may raise a false alarm,
    though none of twelve others did.
    """
    method = METHODS[name]
    arguments = method, PAIRS[pair], noise, steps(method, K=K, B=B)
    truth = exact.run(*engine_input(*arguments, record=[1, 3, 6]))
    sampled = numpy_engine.run(*engine_input(*arguments, record=[1, 3, 6], replicas=3000, seed=5))
    assert standard_errors_apart(truth, sampled) < 4


WRONG = {
    "sigma_f": lambda noise, s: (replace(noise, sigma_f=1.1 * noise.sigma_f), s),
    "sigma_h": lambda noise, s: (replace(noise, sigma_h=1.25 * noise.sigma_h), s),
    "correlation": lambda noise, s: (replace(noise, correlation=0.0), s),
    "s": lambda noise, s: (replace(noise, s=1.25 * noise.s), s),
    "a": lambda noise, s: (noise, s.replace(a=0.7 * s.a)),
    "eta": lambda noise, s: (noise, s.replace(eta=0.9 * s.eta)),
    "B": lambda noise, s: (noise, s.replace(B=3)),
    "K": lambda noise, s: (noise, s.replace(K=3)),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_slightly_wrong_expectation_is_seen(wrong: str, pair: str) -> None:
    """Otherwise the comparison above has no power, and would pass on a wrong variance too."""
    noise, s, sampled = loud_samples(pair)
    assert (
        standard_errors_apart(
            exact.run(*engine_input(methods.AuxMVR, PAIRS[pair], noise, s, record=[1, 3, 6])),
            sampled,
        )
        < 4
    )
    noise, s = WRONG[wrong](noise, s)
    assert (
        standard_errors_apart(
            exact.run(*engine_input(methods.AuxMVR, PAIRS[pair], noise, s, record=[1, 3, 6])),
            sampled,
        )
        > 5
    )


@cache
def loud_samples(pair: str) -> tuple[Noise, Steps, Trace]:
    noise = RandomSign(sigma_f=2.0, sigma_h=1.0, correlation=-0.4, s=0.6)
    s = steps(methods.AuxMVR, B=2)
    return (
        noise,
        s,
        numpy_engine.run(
            *engine_input(
                methods.AuxMVR, PAIRS[pair], noise, s, record=[1, 3, 6], replicas=8000, seed=5
            )
        ),
    )


@pytest.mark.parametrize("name", ["AuxMVR", "SGD"])
def test_against_the_loop_itself(name: str) -> None:
    """Otherwise both engines share a mistake that the loop does not make."""
    method = METHODS[name]
    n = 150
    s = steps(method, T=4, B=2)
    truth = exact.run(*engine_input(method, DENSE, MULTIPLICATIVE, s, record=range(1, 5)))
    replicas = [
        loop(
            name,
            quadratic(DENSE),
            MULTIPLICATIVE,
            Settings(eta=s.eta, K=s.K, T=s.T, a=s.a, B=s.B),
            replica=i,
            seed=9,
        )
        for i in range(n)
    ]
    for field in MEASURES:
        values = np.array([getattr(r, field) for r in replicas])
        error = values.std(axis=0, ddof=1) / math.sqrt(n)
        assert np.all(
            np.abs(values.mean(axis=0) - getattr(truth, field)[:, 0]) <= 4 * error + 1e-12
        )


@pytest.mark.parametrize("dense", [False, True], ids=["diagonal", "dense"])
@pytest.mark.parametrize("name", METHODS)
def test_divergence_is_a_flagged_infinity(name: str, dense: bool) -> None:
    """Otherwise a diverged run is a NaN, a warning, an exception, or spoils the other configurations of
    its batch."""
    pair = flattened(DIAGONAL) if dense else DIAGONAL
    schedule = isinstance(METHODS[name], methods.Schedule)
    method = methods.fine_tuning(2, then=METHODS[name].methods[1]) if schedule else METHODS[name]
    eta = np.array([1e6, 0.1])
    trace = exact.run(
        *engine_input(method, pair, MULTIPLICATIVE, steps(method, eta=eta, T=60), record=[1, 60])
    )
    alone = exact.run(
        *engine_input(method, pair, MULTIPLICATIVE, steps(method, eta=0.1, T=60), record=[1, 60])
    )
    assert trace.diverged.tolist() == [1.0, 0.0]
    for field in MEASURES:
        values = getattr(trace, field)
        assert values[1, 0] == np.inf and np.isfinite(values[0, 0])
        np.testing.assert_allclose(values[:, [1]], getattr(alone, field), rtol=1e-12)
