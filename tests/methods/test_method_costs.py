"""What the methods cost: counted by hand and by the loop."""

from __future__ import annotations

import math
import tracemalloc
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from naive import FineTuning, Settings, loop, quadratic

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.bounds.schedules import per_round
from auxtheory.engines.base import costs_at
from auxtheory.methods import Cost
from auxtheory.methods.cost import cost_of
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic

NOISE = Gaussian(sigma_f=1.0, sigma_h=0.5, correlation=0.3, s=0.2)
PAIR = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.4, 0.5)

K = 3
T = 5
B = 4
BY_HAND = {  # (gradients of f − h, or of f; local gradients of h) after 1, 2 and T = 5 rounds
    "Naive": [(0, 3), (0, 6), (0, 15)],
    "ExactCorrection": [(1, 3), (2, 6), (5, 15)],
    "AuxMOM": [(4, 3), (5, 6), (8, 15)],
    "AuxMVR": [(4, 3), (6, 6), (12, 15)],
    "SGD": [(1, 0), (2, 0), (5, 0)],
    "SGDMomentum": [(4, 0), (5, 0), (8, 0)],
    "MVR": [(4, 0), (6, 0), (12, 0)],
    "FineTuning": [(0, 3), (0, 6), (3, 6)],
    "FineTuning-momentum": [(0, 3), (0, 6), (6, 6)],
}
ALL = {m.name: m for m in methods.ALL} | {
    "FineTuning": methods.fine_tuning(2),
    "FineTuning-momentum": methods.fine_tuning(2, then=methods.SGDMomentum),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_costs_are_those_counted_by_hand(name: str) -> None:
    """Otherwise the cost axis favours a method: B calls of r at the start, one or two a refresh, K of
    h a round."""
    method = ALL[name]
    steps = Steps(eta=0.1, a=0.5, K=1 if getattr(method, "single_step", False) else K, T=T, B=B)
    phases = method.phases(steps)
    assert [(c.calls_r, c.calls_h) for c in costs_at(phases, [1, 2, T])] == BY_HAND[name]
    assert costs_at(phases, [0]) == (Cost(0.0, 0.0),)
    exact_start = costs_at(method.phases(steps.replace(B=math.inf)), [T])[0]
    starts = BY_HAND[name][-1][0] - (B - 1 if "M" in name or "momentum" in name else 0)
    assert exact_start.calls_r == starts, "an exact first buffer counts as one call"


@pytest.mark.parametrize("name", BY_HAND)
def test_costs_are_the_calls_that_the_loop_makes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a method pays for another number of samples than it draws."""
    calls: Counter[str] = Counter()
    refresh = Gaussian.refresh
    local = Gaussian.local

    def counted_refresh(self: Noise, index: Any, helper: Any, dim: int) -> Any:
        calls["calls_r"] += 1
        return refresh(self, index, helper, dim)

    def counted_local(self: Noise, index: Any, helper: Any, dim: int) -> Any:
        calls["calls_r" if helper == "f" else "calls_h"] += helper != "none"
        return local(self, index, helper, dim)

    monkeypatch.setattr(Gaussian, "refresh", counted_refresh)
    monkeypatch.setattr(Gaussian, "local", counted_local)
    then = "SGDMomentum" if "-" in name else "SGD"
    phases = FineTuning(rounds_on_h=2, then=then) if name.startswith("Fine") else None
    local_steps = 1 if getattr(ALL[name], "single_step", False) else K
    settings = Settings(eta=0.1, a=0.5, K=local_steps, T=T, B=B)
    loop(name.partition("-")[0], quadratic(PAIR), NOISE, settings, phases=phases)
    calls_r, calls_h = BY_HAND[name][-1]
    assert (calls["calls_r"], calls["calls_h"]) == (
        0 if name == "ExactCorrection" else calls_r,
        calls_h,
    )


def test_prices() -> None:
    """Otherwise a fair comparison by price is not one."""
    assert Cost(3.0, 10.0).price(c_r=2.0, c_h=0.5) == 11.0 and Cost(3.0, 10.0).price() == 3.0
    assert Cost(1.0, 2.0) + Cost(3.0, 4.0) == Cost(4.0, 6.0)


def test_counting_the_calls_takes_no_memory_whatever_the_rounds() -> None:
    """Calls that are the same in all rounds are counted without an array of the rounds."""
    steps = Steps(eta=0.1, a=0.3, K=8, T=10**7)
    tracemalloc.start()
    try:
        (phase,) = methods.AuxMOM.phases(steps)
        cost = cost_of(phase, steps.T)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()
    assert (cost.calls_r, cost.calls_h) == (1e7, 8e7)


def test_calls_of_a_schedule_are_counted_round_by_round() -> None:
    """A probability that changes from round to round: that of each round counts."""
    p = per_round([1.0, 0.5, 0.25, 0.25])
    steps = Steps(eta=0.1, K=1, T=4, B=10, p=p, b=2.0)
    (phase,) = methods.PAGE.phases(steps)
    upto = [cost_of(phase, rounds).calls_r for rounds in (1, 2, 3, 4)]
    # B samples with probability p, otherwise b samples at two points.
    expected = [10 * q + 2 * 2 * (1 - q) for q in (0.5, 0.25, 0.25)]
    assert [b - a for a, b in pairwise(upto)] == pytest.approx(expected)
