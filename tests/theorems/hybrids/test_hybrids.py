"""Hybrids: against schedules of two methods, wrong variants, reductions, the best round to switch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods, theorems

L, F0, mu, delta, beta, zeta, sigma_h, sigma_r, eta, a, K, T, B = at.symbols(
    "L F0 mu delta beta zeta sigma_h sigma_r eta a K T B"
)
T1, eta1, theta = at.symbols("T1 eta1 theta")
PAIRS = [
    at.Quadratic(L=1.0, mu=0.05, dim=4).with_helper(delta=0.1, zeta=0.3),
    at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=0).with_helper(delta=0.2, zeta=0.3, rotation=1),
]
NOISE = at.Gaussian(sigma_f=0.3, sigma_h=0.2, s=0.1)


@pytest.mark.parametrize("pair", PAIRS, ids=["diagonal", "dense"])
@pytest.mark.parametrize("switch", [0.0, 1.0, 4.0, 7.0])
@pytest.mark.parametrize("exact", [True, False])
def test_a_hybrid_is_two_methods_one_after_the_other(pair: Any, switch: float, exact: bool) -> None:
    """A schedule of the two methods, each with its own first buffer, is the slow twin."""
    then, both = (
        (methods.ExactCorrection, methods.NaiveThenExact)
        if exact
        else (methods.AuxMOM, methods.NaiveThenAuxMOM)
    )
    plain = methods.Schedule(
        name="two", methods=(methods.Naive, then), rounds=(int(switch),), etas=(0.7, None)
    )
    momentum = {} if exact else {"a": 0.2}
    steps = at.Steps(eta=0.1, K=3, T=7, B=5, **momentum)
    record = range(1, 8)
    first = at.run(plain, pair, NOISE, steps, record=record)
    second = at.run(both, pair, NOISE, steps.replace(eta1=0.7, T1=switch), record=record)
    for name in ("G", "gap"):
        assert getattr(second, name) == pytest.approx(getattr(first, name), rel=1e-12)
    assert [c.calls_r for c in second.costs] == [c.calls_r for c in first.costs]
    assert [c.calls_h for c in second.costs] == [c.calls_h for c in first.costs]


def test_damping_scales_the_correction() -> None:
    """With θ = 1 it is AuxMOM; with θ = 0 the naive method."""
    steps = at.Steps(eta=0.1, a=0.2, K=3, T=5, B=4)
    for pair in PAIRS:
        damped = {
            share: at.run(methods.DampedAuxMOM, pair, NOISE, steps.replace(theta=share)).G
            for share in (0.0, 0.5, 1.0)
        }
        assert damped[1.0] == pytest.approx(at.run(methods.AuxMOM, pair, NOISE, steps).G, rel=1e-12)
        naive = at.run(methods.Naive, pair, NOISE, at.Steps(eta=0.1, K=3, T=5)).G
        assert damped[0.0] == pytest.approx(naive, rel=1e-12)
        assert len({float(G.item()) for G in damped.values()}) == 3


def test_a_switch_is_in_a_whole_round() -> None:
    with pytest.raises(at.InputError, match=r"T1 = 2.5: must be a whole number of at least 0"):
        at.run(
            methods.NaiveThenExact,
            PAIRS[0],
            at.Gaussian(),
            at.Steps(eta=0.1, eta1=1.0, T1=2.5, K=1, T=5),
        )
    with pytest.raises(at.InputError, match="whole"):

        class Wrong(at.Method):
            whole = "T1"  # type: ignore[assignment]

            def step(o: Any, x: Any, *, eta: Any) -> Any:
                return x - eta * o.f(x)


LAST = theorems.HybridPL
MEAN = theorems.HybridAuxMOM
DAMPED = theorems.DampedAuxMOM
OFFSET = at.Quadratic(L=1.0, dim=1, x0=[1.0]).with_helper(delta=0.0, zeta=1.0)
FLAT = at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0, zeta=1.0)
rest = 1 - eta1 * mu + eta1 * mu * beta
floor = zeta**2 / (2 * mu * (1 - beta))
after = (1 - eta * mu) ** (K * (T - T1))
plain_rate = (1 - eta1 * mu) ** (K * T1)
WRONG: dict[str, tuple[Any, Any, Any, Any, dict[str, Any], float]] = {
    "last iterate, floor halved": (
        LAST,
        after * (rest ** (K * T1) * F0 + floor / 2 * (1 - rest ** (K * T1))),
        FLAT,
        at.Gaussian(),
        {"T": 4, "eta": 1.0, "eta1": 1.0, "T1": 4.0},
        2.0,
    ),
    "last iterate, rate of naive steps without β": (
        LAST,
        after * (plain_rate * F0 + floor * (1 - plain_rate)),
        at.Quadratic(L=1.0, dim=1).with_helper(delta=0.9, gap=[0.9]),
        at.Gaussian(),
        {"T": 1, "eta": 1.0, "eta1": 0.5, "T1": 1.0},
        1.805,
    ),
    "mean, bias halved": (
        MEAN,
        (2 * F0 + K * T1 * eta1 * zeta**2 / 2) / (eta * K * T),
        OFFSET,
        at.Gaussian(),
        {"T": 20, "eta": 1.0, "eta1": 1.0, "a": 1.0, "T1": 10.0},
        11 / 6,
    ),
    "mean, noise of the refresh halved": (
        MEAN,
        2 * F0 / (eta * K * T) + sigma_r**2 * (a * (T - T1) + 1 / (a * B)) / ((2 - a) * T) / 2,
        at.Quadratic(L=1.0, dim=1, F0=1e-3).with_helper(delta=0.0),
        at.Gaussian(sigma_f=1.0),
        {"T": 200, "B": 1, "eta": 1.0, "eta1": 1.0, "a": 0.5, "T1": 0.0},
        1.96,
    ),
    "damped, noise halved": (
        DAMPED,
        2 * F0 / (eta * K * T)
        + (1 - theta) ** 2 * zeta**2
        + theta**2 * sigma_r**2 * a / (2 - a) / 2,
        at.Quadratic(L=1.0, dim=1, F0=1e-3).with_helper(delta=0.0),
        at.Gaussian(sigma_f=1.0),
        {"T": 1000, "eta": 1.0, "a": 0.5, "theta": 1.0},
        1.98,
    ),
    "damped, floor halved": (
        DAMPED,
        2 * F0 / (eta * K * T) + zeta**2 / 4,
        at.Quadratic(L=1.0, dim=1, x0=[0.5]).with_helper(delta=0.0, zeta=1.0),
        at.Gaussian(sigma_f=math.sqrt(3.0)),
        {"T": 1000, "eta": 1.0, "a": 0.5, "theta": 0.5},
        1.997,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_variants_are_violated(name: str) -> None:
    kind, bound, pair, noise, steps, ratio = WRONG[name]
    claimed = at.claim(bound, like=kind())
    verdict = at.validate(claimed, pair, noise, K=1, **steps)
    assert verdict.status == "violated"
    assert verdict.ratio == pytest.approx(ratio, rel=0.01)
    assert at.validate(kind(), pair, noise, K=1, **steps).status == "pass"


def test_the_search_refutes_a_floor_that_is_halved() -> None:
    claimed = at.claim(WRONG["last iterate, floor halved"][1], like=LAST())
    with pytest.raises(at.testing.Counterexample):
        at.testing.falsify(claimed)


def draws(count: int) -> Any:
    """Constants in which switching matters: φ from far below F₀ to above it."""
    rng = np.random.default_rng(0)
    ratio, bias = 10 ** rng.uniform(-3, 0, count), rng.uniform(0, 0.9, count)
    floors = 10 ** rng.uniform(-6, 0.5, count)
    return at.Constants(
        L=np.ones(count),
        F0=np.ones(count),
        mu=ratio,
        beta=bias,
        delta=10 ** rng.uniform(-2, 1, count),
        zeta=np.sqrt(2 * ratio * (1 - bias) * floors),
    )


def test_the_rule_switches_in_the_best_round() -> None:
    """No other whole T₁ has a smaller bound; the nearest whole number of the real optimum does."""
    c = draws(4000)
    rounds = 40
    steps = LAST().tune(c, K=3, T=rounds)
    best = LAST().value(c, steps)
    every = np.stack(
        [LAST().value(c, steps.replace(T1=np.full(4000, float(t)))) for t in range(rounds + 1)]
    )
    assert np.all(best <= np.min(every, axis=0) * (1 + 1e-9))
    inside = (steps.parameters["T1"] > 0) & (steps.parameters["T1"] < rounds)
    assert np.sum(inside) > 500 and np.min(best[inside] / every[0][inside]) < 0.01


def test_the_gain_over_both_parts() -> None:
    """Correction, naive and hybrid bounds of two examples."""
    for (d, b, z), (correction, naive, both, switch) in {
        (0.1, 0.05, 0.01): (2.9e-3, 5.3e-3, 7.3e-4, 50),
        (0.5, 0.25, 0.1): (0.191, 0.667, 0.186, 8),
    }.items():
        c = at.Constants(L=1.0, F0=1.0, mu=0.01, delta=d, beta=b, zeta=z)
        steps = LAST().tune(c, K=10, T=100)
        values = [LAST().value(c, steps.replace(T1=t)).item() for t in (0.0, 100.0)]
        assert steps.parameters["T1"] == switch
        assert values == pytest.approx([correction, naive], rel=0.02)
        assert LAST().value(c, steps).item() == pytest.approx(both, rel=0.01)


def test_on_one_parabola_the_formula_is_exact_for_iterates() -> None:
    """With the naive fixed point c in place of φ and x⁰ − c in place of F₀ − φ."""
    pair = at.Quadratic(L=1.0, dim=1, x0=[3.0]).with_helper(delta=0.3, zeta=0.2)
    (r,) = np.ravel(
        pair.gradients().r(np.array([[[1.0]]])) - pair.gradients().r(np.zeros((1, 1, 1)))
    )
    (shift,) = np.ravel(pair.gradients().r(np.zeros((1, 1, 1))))
    step, first, K_, T_, switch = 0.4, 0.6, 3, 8, 5
    trace = at.run(
        methods.NaiveThenExact,
        pair,
        at.Gaussian(),
        at.Steps(eta=step, eta1=first, T1=float(switch), K=K_, T=T_),
    )
    c = shift / (1 - r)
    naive = (1 - first * (1 - r)) ** K_
    inner = (1 - step * (1 - r)) ** K_
    correction = 1 - (1 - inner) / (1 - r)
    x = correction ** (T_ - switch) * (c + naive**switch * (3.0 - c))
    assert trace.gap.item() == pytest.approx(0.5 * x * x, rel=1e-12)


def values_at(count: int, **fixed: Any) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    values: dict[str, Any] = {
        name: 10 ** rng.uniform(-2, 0.5, count)
        for name in ("L", "F0", "delta", "zeta", "sigma_h", "sigma_r", "eta")
    }
    values |= {"a": rng.uniform(0.1, 1, count), "beta": rng.uniform(0, 0.9, count)}
    values |= {"mu": values["L"] * rng.uniform(0.01, 1, count)}
    values |= {"K": 4.0, "T": 30.0, "B": 7.0}
    return values | {name: each(values) if callable(each) else each for name, each in fixed.items()}


def test_reductions() -> None:
    """Without naive rounds they are S1-PL and S3, with naive rounds alone S2 and its last iterate;
    the damped bound with θ = 1 is at most S3, with θ = 0 it is S2."""
    end = values_at(50, T1=0.0, eta1=1.0)
    assert LAST.bound.value(end) == pytest.approx(theorems.ExactCorrectionPL.bound.value(end))
    assert MEAN.bound.value(end) == pytest.approx(theorems.AuxMOM.bound.value(end))
    naive = values_at(50, T1=30.0, eta1=lambda v: v["eta"] / (1 - v["beta"]), sigma_r=0.0)
    first = naive | {"eta": naive["eta1"]}
    assert MEAN.bound.value(naive) == pytest.approx(theorems.Naive.bound.value(first))
    same = values_at(50, delta=0.0, beta=0.0, theta=1.0)
    assert np.all(DAMPED.bound.value(same) <= theorems.AuxMOM.bound.value(same) * (1 + 1e-12))
    none = values_at(50, delta=0.0, beta=0.0, theta=0.0)
    assert DAMPED.bound.value(none) == pytest.approx(theorems.Naive.bound.value(none))


def test_the_damped_floor_is_below_both() -> None:
    """At the prescribed θ the exact G is below that of the naive method and of AuxMOM."""
    pair = at.Quadratic(L=1.0, mu=0.1, dim=8).with_helper(delta=0.0, zeta=0.3)
    noise = at.Gaussian(sigma_f=1.0)
    tuned = at.validate(DAMPED(), pair, noise, K=4, T=20_000, B=1)
    sizes = {"eta": tuned.table["eta"][0], "a": tuned.table["a"][0]}
    # At the smallest N₀ that a batch of one allows, so that bias and noise weigh alike.
    measured = [
        at.validate(DAMPED(), pair, noise, K=4, T=20_000, B=1, **sizes, theta=share).table[
            "measured"
        ]
        for share in (0.0, 1.0)
    ]
    assert tuned.table["measured"][0] < min(float(m[0]) for m in measured)


def test_slopes() -> None:
    """One term alone: 1/T without noise and bias, none at the damped floor."""
    pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(delta=0.01)
    quiet = at.validate(MEAN(), pair, K=4, T=[1000, 2000], eta=0.1, eta1=0.2, a=0.05, T1=3.0)
    assert quiet.table["slope"] == pytest.approx([-1.0, -1.0], abs=0.05)
    biased = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(delta=0.0, zeta=0.5)
    flat = at.validate(
        DAMPED(), biased, at.Gaussian(sigma_f=1.0), K=4, T=[4000, 8000], eta=0.5, a=0.05, theta=0.5
    )
    assert flat.table["slope"] == pytest.approx([0.0, 0.0], abs=0.05)


def test_what_is_left_of_a_far_iterate_is_rounding() -> None:
    """The bound is 0 here, and the run comes from where f is 2,450 times F₀."""
    pair = at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.9, zeta=70.0)
    verdict = at.validate(LAST(), pair, K=1, T=2, eta=1.0, eta1=1.0, T1=1.0)
    assert verdict.status == "pass" and verdict.table["bound"][0] == 0, verdict
