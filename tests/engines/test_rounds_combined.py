"""The rounds of a run combined by doubling give what the exact engine gives round by round."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import precise
import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.engines import Task, exact
from auxtheory.engines.exact import engine, repeated, rounds
from auxtheory.engines.exact.dense import DenseMoments
from auxtheory.engines.exact.moments import run_phase
from auxtheory.engines.exact.repeated import Moments, Repeated, along

MEASURES = ("G", "gap", "grad_sq")


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The engine with the rounds of dense pairs one by one."""

    def run(task: Task) -> at.Trace:
        with monkeypatch.context() as patch:
            patch.setattr(engine, "dense_phase", partial(run_phase, DenseMoments))
            return exact.run(task)

    return run


@pytest.mark.parametrize(("K", "T"), [(1, 1), (3, 2), (5, 37)])
@pytest.mark.parametrize("name", ["AuxMOM", "AuxMVR", "Naive", "ExactCorrection", "SGD", "MVR"])
def test_combined_rounds_are_those_one_by_one(name: str, K: int, T: int, one_by_one: Any) -> None:
    method = getattr(methods, name)
    target = at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=1)
    pair = target.with_helper(np.array([0.0, 0.2, 0.8]), 0.5, rotation=2)
    shape = np.array([[1.0, 0.5, 0.0], [0.5, 0.25, 0.0], [0.0, 0.0, 0.1]])
    noise = at.Gaussian(sigma_f=1.0, sigma_h=0.5, correlation=0.3, shape=shape)
    a = 0.2 if method.uses_a else None
    steps = at.Steps(eta=0.1, a=a, K=1 if method.single_step else K, T=T, B=3)
    task = Task(method=method, pair=pair, noise=noise, steps=steps)
    assert rounds.applies(task)
    expected = one_by_one(task)
    assert_same(rounds.run(task), expected)
    assert_same(exact.run(task), expected)
    # Records far apart, close together, and of every round.
    for record in ((1, 2, T), (T - 1, T), range(1, T + 1)):
        recorded = replace(task, record=tuple(sorted({min(max(1, t), T) for t in record})))
        assert_same(exact.run(recorded), one_by_one(recorded))


def assert_same(one: at.Trace, other: at.Trace) -> None:
    for key in MEASURES:
        np.testing.assert_allclose(getattr(one, key), getattr(other, key), rtol=1e-12)


@pytest.mark.parametrize("rooted", [False, True])
def test_long_runs_and_a_second_phase(
    rooted: bool, one_by_one: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the covariance at the end of a phase, the number of doublings, or one of the two ways
    to sum up means is wrong."""
    monkeypatch.setattr(repeated, "_rooted", lambda n, m: rooted)
    target = at.Quadratic(L=1.0, mu=1e-3, dim=4, rotation=1, x_star=2.0)
    pair = target.with_helper(np.array([0.1, 0.4]), 0.5, rotation=2)
    noise = at.Gaussian(sigma_f=1.0, sigma_h=0.5, correlation=0.3)
    two = methods.fine_tuning(700, eta_f=0.2)
    for method, record in ((methods.AuxMOM, (1500,)), (two, (3, 640, 701, 702, 1500))):
        a = 0.2 if method.uses_a else None
        steps = at.Steps(eta=np.array([0.1, 0.3]), a=a, K=3, T=1500)
        task = Task(method=method, pair=pair, noise=noise, steps=steps, record=record)
        assert_same(exact.run(task), one_by_one(task))


@pytest.mark.parametrize("name", ["AuxMOM", "AuxMVR", "ExactCorrection"])
def test_combined_rounds_keep_ten_digits_of_an_ill_conditioned_pair(name: str) -> None:
    """Against 120 digits: squares of sums, or a diagonal that is 1 to rounding, would lose them."""
    method = getattr(methods, name)
    basis = at.Quadratic(L=1.0, mu=1e-12, dim=3, rotation=1).basis
    f = at.Quadratic(L=1.0, mu=1e-12, dim=3, spectrum="geometric", rotation=1, x0=1e6 * basis[:, 0])
    pair = f.with_helper(0.4, 1e3, rotation=2)
    steps = at.Steps(eta=0.2, a=0.3 if method.uses_a else None, K=4, T=60)
    for noise in (at.Gaussian(), at.Gaussian(sigma_f=1e-3, sigma_h=1e-4)):
        expected = precise.run(method, pair, noise, steps)
        task = Task(method=method, pair=pair, noise=noise, steps=steps, record=(2, 9, 60))
        trace = exact.run(task)
        for key in MEASURES:
            few = [expected[key][t - 1] for t in task.rounds]
            np.testing.assert_allclose(getattr(trace, key)[:, 0], few, rtol=1e-10, atol=0)


def test_a_configuration_gets_the_same_bits_alone() -> None:
    etas = np.linspace(0.1, 0.3, 3)
    target = at.Quadratic(L=1.0, mu=1e-3, dim=5, rotation=1)
    pair = target.with_helper(0.2, 0.5, rotation=2)
    noise = at.Gaussian(sigma_f=1.0, sigma_h=0.5)
    for T in (50, 5_000):
        steps = at.Steps(eta=etas, a=0.2, K=3, T=T)
        task = Task(method=methods.AuxMOM, pair=pair, noise=noise, steps=steps)
        both = exact.run(task)
        for i, eta in enumerate(etas):
            alone = exact.run(replace(task, steps=steps.replace(eta=eta)))
            for key in MEASURES:
                assert getattr(both, key)[0, i] == getattr(alone, key)[0, 0]


def test_what_a_run_cannot_reach_may_overflow() -> None:
    """Otherwise a direction in which nothing ever moves makes the whole run infinite."""
    target = at.Quadratic(spectrum=[100.0, 0.5], x0=[0.0, 1.0])
    pair = target.with_helper(0.1, gap=[0.0, 0.1])
    task = Task(
        method=methods.AuxMOM,
        pair=pair,
        noise=at.Gaussian(),
        steps=at.Steps(eta=0.5, a=0.2, K=2, T=2_000),
    )
    assert np.isfinite(rounds.run(task).G[0, 0])
    np.testing.assert_allclose(rounds.run(task).G, exact.run(task).G, rtol=1e-12)


def test_a_factor_close_to_one_keeps_its_difference_from_one() -> None:
    """(1 − ε)ⁿ for n ε = 1: squaring 1 − ε alone would give four digits."""
    n, epsilon = 1 << 40, 1 / (1 << 40)
    excess = np.array([[-epsilon]])
    P = np.array([[[1 - epsilon, 0.0]]])
    one = Repeated(P=P, excess=excess, Q=np.zeros((1, 1, 1)), sums=())
    ((after, _),) = along(one, [n], Moments(np.ones((1, 1)), np.zeros((1, 1, 1))))
    assert after.mean[0, 0] == pytest.approx(np.exp(n * np.log1p(-epsilon)), rel=1e-14)


@pytest.mark.parametrize("shape", [None, [1.0, 2.0]])
def test_diagonal_pairs_are_combined_too(shape: list[float] | None) -> None:
    pair = at.Quadratic(L=1.0, mu=0.1, dim=2).with_helper(np.array([0.1, 0.5]), 0.3)
    noise = at.Gaussian(sigma_f=1.0, sigma_h=0.4, shape=shape)
    steps = at.Steps(eta=0.1, a=0.2, K=2, T=33, B=3)
    task = Task(method=methods.AuxMOM, pair=pair, noise=noise, steps=steps)
    assert rounds.applies(task)
    np.testing.assert_allclose(rounds.run(task).G, exact.run(task).G, rtol=1e-12)


def test_what_cannot_be_combined_is_left_to_the_engine() -> None:
    pair = at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=1).with_helper(0.2, rotation=2)
    steps = at.Steps(eta=0.1, a=0.5, K=1, T=4)
    task = Task(method=methods.AuxMOM, pair=pair, noise=at.Gaussian(sigma_f=1.0), steps=steps)
    assert rounds.applies(task)
    for change in (
        {"noise": at.Gaussian(s=0.1)},
        {"record": (1, 4)},
        {"measures": (at.measures.distance_last,)},
    ):
        assert not rounds.applies(replace(task, **change))


def test_a_run_that_diverges_counts_as_infinite(one_by_one: Any) -> None:
    pair = at.Quadratic(L=1.0, mu=0.1, dim=2, rotation=1).with_helper(0.2, rotation=2)
    steps = at.Steps(eta=9.0, a=0.5, K=1, T=1_000)
    record = (1, 20, 150, 160, 170, 180, 1_000)
    for method in (methods.SGD, methods.AuxMOM):
        task = Task(
            method=method, pair=pair, noise=at.Gaussian(sigma_f=1.0), steps=steps, record=record
        )
        trace, expected = exact.run(task), one_by_one(task)
        assert np.isinf(trace.G[-1, 0]) and trace.diverged[0] == 1
        np.testing.assert_array_equal(np.isinf(trace.G), np.isinf(expected.G))
        assert np.isinf(rounds.run(replace(task, record=None)).G[-1, 0])
