"""The methods with a helper that the paper has not, against plain loops without noise and against
the paper's methods with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods

K = 3
T = 4
PAIRS = {
    "diagonal": at.Quadratic(L=1.0, mu=0.1, dim=4, x_star=0.5).with_helper(0.3, 0.6),
    "dense": at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=1).with_helper(0.3, 0.5, rotation=2),
    "cosine": at.Cosine(L=1.0, dim=3).with_helper(0.2),
}
PARAMETERS: dict[str, dict[str, float]] = {
    "BregmanGradient": {"eta": 0.2, "gamma": 0.7},
    "DiagonalExactCorrection": {"eta": 1.2, "c": 0.3},
    "DiagonalAuxMOM": {"eta": 1.2, "a": 0.4, "c": 0.3},
    "MonitoredExactCorrection": {"eta": 0.2},
    "MonitoredAuxMOM": {"eta": 0.2, "a": 0.4},
}
Gradient = Callable[[Any], Any]
CHANGE = at.measures.square("change", over="local", unit="F^2/X^2")
MOVE = at.measures.square("move", over="local", unit="X^2")
SLOPE = at.measures.square("slope", over="local", unit="F")


def gradients(pair: at.Pair) -> tuple[Gradient, Gradient]:
    """∇f and ∇h of one vector."""
    g = pair.gradients()
    return lambda x: g.f(x[None, None])[0, 0], lambda x: g.h(x[None, None])[0, 0]


def bregman(f: Gradient, h: Gradient, x: Any, *, eta: float, gamma: float) -> Any:
    sums: dict[Any, list[float]] = {}
    for _ in range(T):
        start = x
        for _ in range(K):
            x = x - eta * (h(x) - h(start) + gamma * f(start))
    return x, sums


def momentum(f: Gradient, h: Gradient, x: Any, p: Any, a: float, sums: dict[Any, Any]) -> Any:
    """AuxMOM with the steps p; exact correction at a = 1."""
    m = None
    last = x
    for _ in range(T):
        start = x
        now = f(x) - h(x)
        m = now if m is None else (1 - a) * m + a * now
        for _ in range(K):
            one = last if MOVE in sums and "consecutive" in sums else start
            if MOVE in sums:
                sums[CHANGE].append(np.sum((f(x) - h(x) - f(one) + h(one)) ** 2))
                sums[MOVE].append(np.sum((x - one) ** 2))
            else:
                sums[SLOPE].append(np.sum(p * f(x) ** 2))
            x, last = x - p * (h(x) + m), x
    sums.pop("consecutive", None)
    return x, sums


def diagonal(f: Gradient, h: Gradient, x: Any, *, eta: float, c: float, a: float = 0.0) -> Any:
    ones = np.ones(len(x))
    L = np.abs(f(c * ones) - f(-c * ones)) / (2 * c)
    delta = np.abs(f(c * ones) - h(c * ones) - f(-c * ones) + h(-c * ones)) / (2 * c)
    weight = (K / a) ** 2 if a else min(4 * K**2 / np.pi**2, K * (K - 1) / 2)
    p = np.minimum(eta, 2 / (L + np.sqrt(L**2 + 4 * weight * delta**2)))
    return momentum(f, h, x, p, a or 1.0, {SLOPE: []})


def monitored(f: Gradient, h: Gradient, x: Any, *, eta: float, a: float = 0.0) -> Any:
    sums: dict[Any, Any] = {CHANGE: [], MOVE: []}
    sums |= {"consecutive": True} if a else {}
    return momentum(f, h, x, eta, a or 1.0, sums)


LOOPS = {
    "BregmanGradient": bregman,
    "DiagonalExactCorrection": diagonal,
    "DiagonalAuxMOM": diagonal,
    "MonitoredExactCorrection": monitored,
    "MonitoredAuxMOM": monitored,
}


def test_each_method_with_a_helper_has_a_plain_loop() -> None:
    others = [m for m in methods.LIBRARY if m not in methods.ALL and m.helper == "h"]
    assert {m.name for m in others} >= set(LOOPS)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("name", LOOPS)
def test_a_method_is_its_plain_loop(name: str, kind: str) -> None:
    """Without noise, the last iterate and the sums that its theorems are about."""
    pair = PAIRS[kind]
    x, sums = LOOPS[name](*gradients(pair), pair.x0[0], **PARAMETERS[name])
    steps = at.Steps(K=K, T=T, **PARAMETERS[name])
    method = getattr(methods, name)
    trace = at.run(method, pair, None, steps, measures=list(sums), engine="numpy", replicas=2)
    np.testing.assert_allclose(trace.gap[0, 0], pair.gap(x[None, None])[0, 0], rtol=1e-10)
    for measure, values in sums.items():
        np.testing.assert_allclose(trace.measure(measure)[0][0, 0], np.mean(values), rtol=1e-10)


def test_with_noise_monitoring_changes_nothing() -> None:
    noise = at.Gaussian(sigma_f=0.4, sigma_h=0.3)
    for name, a in (("ExactCorrection", {}), ("AuxMOM", {"a": 0.3})):
        steps = at.Steps(eta=0.2, K=K, T=T, B=5, **a)
        one, other = (
            at.run(getattr(methods, m), PAIRS["dense"], noise, steps)
            for m in (name, f"Monitored{name}")
        )
        np.testing.assert_allclose(other.G, one.G, rtol=1e-12)


def test_a_diagonal_method_with_a_short_step_is_the_plain_one() -> None:
    """Below the steps of all coordinates η is the step; the noise is that of AuxMOM."""
    noise = at.Gaussian(sigma_f=0.4)
    steps = at.Steps(eta=0.02, K=K, T=T, a=0.5)
    options: dict[str, Any] = {"engine": "numpy", "replicas": 4}
    one = at.run(methods.AuxMOM, PAIRS["diagonal"], noise, steps, **options)
    other = at.run(methods.DiagonalAuxMOM, PAIRS["diagonal"], noise, steps, **options)
    np.testing.assert_allclose(other.gap, one.gap, rtol=1e-10)


def test_the_bregman_method_at_gamma_1_is_exact_correction() -> None:
    steps = at.Steps(eta=0.2, K=K, T=T)
    one = at.run(methods.ExactCorrection, PAIRS["dense"], None, steps)
    other = at.run(methods.BregmanGradient, PAIRS["dense"], None, steps)
    np.testing.assert_allclose(other.gap, one.gap, rtol=1e-12)
