"""Schedules of AuxMOM and AuxMVR: wrong variants, reductions, the recursion, and what they gain."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import auxtheory as at
from auxtheory.testing.search.falsify import Counterexample
from auxtheory.theorems.schedules import auxmom, mvr

L, F0, sigma_h, sigma_r, K, T = at.symbols("L F0 sigma_h sigma_r K T")
MOM, MEAN, MVR = (
    at.theorems.AuxMOMSchedule(),
    at.theorems.AuxMOMMean(),
    at.theorems.AuxMVRSchedule(),
)
NEAR = at.Quadratic(L=1.0, dim=1, F0=1e-12).with_helper(delta=0.0)  # x⁰ almost at x*
UNIT = at.Gaussian(sigma_f=1.0)


def ratio(claim: at.Theorem, noise: at.Noise = UNIT, **steps: Any) -> float:
    return float(at.validate(claim, NEAR, noise, K=1, **steps).table["ratio"][0])


def less_noise(bound: Callable[[Any, Any], float]) -> Any:
    """A bound with half of the variance of the refresh."""

    @at.per_round_bound
    def halved(c: Any, s: Any) -> float:
        return bound(SimpleNamespace(**{**vars(c), "sigma_r": c.sigma_r / math.sqrt(2)}), s)

    return halved


@at.per_round_bound
def own_round(c: Any, s: Any) -> float:
    """(1 − a_t)² in place of (1 − a_{t+1})²."""
    shifted = np.append(0.0, s.a[:-1])  # a_{t+1} is read at t + 1
    keep = (1 - shifted) ** 2
    P = total = 0.0
    for t in reversed(range(int(s.T))):
        P *= keep[t + 1] if t + 1 < s.T else 0.0
        for _ in range(int(s.K)):
            left = 1 - c.L * s.eta[t]
            room = left - P * c.delta**2 * s.eta[t]
            if room <= 0 < P * c.delta:
                return math.inf
            P = s.eta[t] + (P * left / room if P * c.delta else P)
        total += P * (s.a[t] ** 2 if t else 1 / s.B)
    return float((2 * c.F0 + c.sigma_r**2 * total) / (s.K * s.eta.sum()))


def steps_of_mean(c: Any, K: int, T: int, B: float) -> Any:
    return {"eta": 1 / c.L, "a": at.per_round("1 / t")}


def test_half_of_the_noise_is_refuted() -> None:
    steps: dict[str, Any] = {"T": 60, "B": 1, "eta": 1.0, "a": 0.05}
    for theorem, bound in ((MOM, auxmom.weighted), (MVR, mvr.weighted)):
        claim = at.claim(less_noise(bound), like=theorem)
        assert ratio(claim, **steps) == pytest.approx(1.995, rel=0.01), theorem
        assert ratio(theorem, **steps) <= 1


def test_the_momentum_parameter_of_the_next_round_counts() -> None:
    claim = at.claim(own_round, like=MOM)
    steps: dict[str, Any] = {"T": 12, "B": 1, "eta": 1.0, "a": at.per_round("maximum(0.01, 1 / t)")}
    assert ratio(claim, **steps) == pytest.approx(1.352, rel=0.01)
    assert ratio(MOM, **steps) <= 1
    # Constant a does not show it.
    assert ratio(claim, **{**steps, "a": 0.1}) == pytest.approx(ratio(MOM, **{**steps, "a": 0.1}))


@pytest.mark.slow
def test_falsify_finds_that_with_a_schedule() -> None:
    budget = at.strategies.Budget(K=1, T=12, B=1)
    with pytest.raises(Counterexample) as caught:
        at.testing.falsify(at.claim(own_round, like=MOM), budget=budget, examples=4000)
    assert "a" in caught.value.configuration.steps.scheduled


def test_the_mean_of_all_samples_costs_a_logarithm() -> None:
    start = 2 * L * F0 / (K * T)
    wrong = at.claim(start + sigma_r**2 / T, like=MEAN, steps=steps_of_mean)
    assert ratio(wrong, T=60, B=1) == pytest.approx(4.663, rel=0.01)
    half = at.claim(start / 2 + sigma_r**2 * (1 + at.log(T)) / T, like=MEAN, steps=steps_of_mean)
    assert ratio(half, at.Gaussian(), T=1) == pytest.approx(2.0)


@pytest.mark.parametrize("theorem", [MOM, MVR], ids=lambda theorem: theorem.label)
def test_condition_on_each_round(theorem: at.Theorem) -> None:
    c = at.Constants(L=1.0, F0=1.0)
    steps = at.Steps(eta=at.per_round([1.0, 1.5]), a=0.5, K=1, T=2)
    assert [unmet.value for unmet in theorem.unmet(c, steps)] == [1.5]


def largest(c: Any, s: Any, first: int) -> float:
    """The largest Σ η(‖Q‖² − …) from round `first` on at Q = 1, as a quadratic in all changes of
    Q."""
    K, T = int(s.K), int(s.T)
    count = K * (T - first)
    rows, weights, prices = [], [], []
    row, start = np.zeros(count), 1.0
    for t in range(first, T):
        if t > first:
            row, start = (1 - s.a[t]) * row, (1 - s.a[t]) * start
        for k in range(K):
            # The change of a step is made before the next one.
            rows.append(np.append(row, start))
            weights.append(s.eta[t])
            prices.append((1 - c.L * s.eta[t]) / (c.delta**2 * s.eta[t]))
            row = row.copy()
            row[(t - first) * K + k] += 1
    A = np.array(rows)
    form = A.T @ (np.array(weights)[:, None] * A)
    M = form[:-1, :-1] - np.diag(prices)
    if np.max(np.linalg.eigvalsh(M)) >= 0:
        return math.inf
    return float(form[-1, -1] - form[:-1, -1] @ np.linalg.solve(M, form[:-1, -1]))


def test_the_recursion_is_the_largest_value_of_a_quadratic() -> None:
    rng = np.random.default_rng(5)
    finite = 0
    for _ in range(60):
        K, T = int(rng.integers(1, 4)), int(rng.integers(1, 6))
        c = SimpleNamespace(L=1.0, F0=0.3, delta=float(10 ** rng.uniform(-2, 0.5)), sigma_r=0.7)
        s = SimpleNamespace(
            eta=10 ** rng.uniform(-1.5, -0.1, T), a=rng.uniform(0.05, 1.0, T), K=K, T=T, B=3.0
        )
        p = [largest(c, s, t) for t in range(T)]
        noise = sum(w * (s.a[t] ** 2 if t else 1 / s.B) for t, w in enumerate(p))
        slow = (2 * c.F0 + c.sigma_r**2 * noise) / (K * s.eta.sum())
        finite += math.isfinite(slow)
        assert auxmom.weighted(c, s) == pytest.approx(slow, rel=1e-8)
    assert 15 < finite < 60


def test_reductions() -> None:
    c = at.Constants(L=1.0, F0=0.7, delta=0.3, sigma_r=0.9)
    # a = 1, K = 1: in each round one fresh sample.
    steps = at.Steps(eta=0.5, a=1.0, K=1, T=7, B=2)
    plain = 2 * 0.7 / (0.5 * 7) + 0.81 * (6 + 1 / 2) / 7
    assert float(MOM.value(c, steps)) == pytest.approx(plain, rel=1e-12)
    assert float(MVR.value(c, steps)) == pytest.approx(plain, rel=1e-12)
    # Of constant steps and δ = 0, S3-schedule is at most S3, and S3-mean has a_t = 1/t.
    flat = c.replace(delta=0.0)
    constant = at.Steps(eta=0.5, a=0.1, K=3, T=50, B=1)
    assert MOM.value(flat, constant) <= at.theorems.AuxMOM().value(flat, constant)
    mean = constant.replace(eta=1.0, a=at.per_round("1 / t"))
    harmonic = 2 * 0.7 / (3 * 50) + 0.81 * sum(1 / t for t in range(1, 51)) / 50
    assert float(MOM.value(flat, mean)) == pytest.approx(harmonic, rel=1e-12)
    assert float(MEAN.value(flat, MEAN.tune(flat, 3, 50, 1))) >= harmonic
    # Without a sum over rounds, S4-schedule is S4-MVR's noise with the weights of a constant a.
    one = at.Steps(eta=0.5, a=0.1, K=1, T=1, B=4)
    assert float(MVR.value(flat, one)) == pytest.approx(2 * 0.7 / 0.5 + 0.81 / 4, rel=1e-12)


def test_prescribed_schedules_are_in_range_and_below_constant_a() -> None:
    """They meet no pole; at B = 1 their bound is below that of the same η with a constant a."""
    rng = np.random.default_rng(2)
    for theorem in (MOM, MVR):
        for _ in range(60):
            c = at.Constants(
                L=1.0,
                F0=float(10 ** rng.uniform(-2, 2)),
                delta=float(rng.choice([0.0, 10 ** rng.uniform(-3, 1)])),
                sigma_r=float(10 ** rng.uniform(-2, 1)),
            )
            local = 1 if theorem is MVR else int(rng.integers(1, 12))
            steps = theorem.tune(c, local, int(10 ** rng.uniform(0, 3)), 1)
            assert theorem.unmet(c, steps) == []
            bound = float(theorem.value(c, steps))
            last = float(steps.a.over("a", steps.T)[-1])
            assert bound <= float(theorem.value(c, steps.replace(a=last))) * (1 + 1e-12)


def test_the_measured_mean_falls_as_the_bound() -> None:
    verdict = at.validate(MEAN, NEAR, UNIT, K=1, T=[3000, 10_000, 30_000], B=1)
    row = verdict.table.rows[1]
    assert row["slope"] == pytest.approx(row["predicted"], abs=0.05)
    assert row["ratio"] > 0.95


def best(c: at.Constants, K: int, T: int, *, schedule: bool) -> float:
    """The smallest bound over η and a, with constant a or max{a, 1/t}, at B = 1."""
    t = np.arange(1.0, T + 1)

    def bound(point: Any) -> float:
        step, small = np.exp(np.minimum(point, [0.0, 0.0]))
        a_ = np.maximum(small, 1 / t) if schedule else np.full(T, small)
        s = SimpleNamespace(eta=np.full(T, step), a=a_, K=K, T=T, B=1.0)
        return math.log(min(auxmom.weighted(c, s), 1e9))

    starts = [(math.log(x), math.log(y)) for x in (0.01, 0.05) for y in (0.01, 0.05, 0.3)]
    options = {"xatol": 1e-3, "fatol": 1e-4, "maxfev": 150}
    values = [minimize(bound, one, method="Nelder-Mead", options=options).fun for one in starts]
    return math.exp(min(values))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("T", "delta", "sigma_r", "gain"),
    [(100, 0.1, 1.0, 1.30), (1000, 0.1, 1.0, 1.53), (1000, 0.01, 1.0, 2.59), (1000, 0.1, 10, 3.68)],
)
def test_what_a_schedule_gains(T: int, delta: float, sigma_r: float, gain: float) -> None:
    c: Any = SimpleNamespace(L=1.0, F0=1.0, delta=delta, sigma_r=sigma_r)
    ratio_ = best(c, 5, T, schedule=False) / best(c, 5, T, schedule=True)
    assert ratio_ == pytest.approx(gain, rel=0.02)
