"""The rounds of a run combined by doubling give what the exact engine gives round by round."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.engines import Task, exact
from auxtheory.engines.exact import rounds


@pytest.mark.parametrize(("K", "T"), [(1, 1), (3, 2), (5, 37)])
@pytest.mark.parametrize("name", ["AuxMOM", "AuxMVR", "Naive", "ExactCorrection", "SGD", "MVR"])
def test_combined_rounds_are_the_exact_engine(name: str, K: int, T: int) -> None:
    method = getattr(methods, name)
    target = at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=1)
    pair = target.with_helper(np.array([0.0, 0.2, 0.8]), 0.5, rotation=2)
    shape = np.array([[1.0, 0.5, 0.0], [0.5, 0.25, 0.0], [0.0, 0.0, 0.1]])
    noise = at.Gaussian(sigma_f=1.0, sigma_h=0.5, correlation=0.3, shape=shape)
    a = 0.2 if method.uses_a else None
    steps = at.Steps(eta=0.1, a=a, K=1 if method.single_step else K, T=T, B=3)
    task = Task(method=method, pair=pair, noise=noise, steps=steps)
    assert rounds.applies(task)
    one, other = rounds.run(task), exact.run(task)
    for key in ("G", "gap", "grad_sq"):
        np.testing.assert_allclose(getattr(one, key), getattr(other, key), rtol=1e-11)


@pytest.mark.parametrize("shape", [None, [1.0, 2.0]])
def test_diagonal_pairs_are_combined_too(shape: list[float] | None) -> None:
    pair = at.Quadratic(L=1.0, mu=0.1, dim=2).with_helper(np.array([0.1, 0.5]), 0.3)
    noise = at.Gaussian(sigma_f=1.0, sigma_h=0.4, shape=shape)
    steps = at.Steps(eta=0.1, a=0.2, K=2, T=33, B=3)
    task = Task(method=methods.AuxMOM, pair=pair, noise=noise, steps=steps)
    assert rounds.applies(task)
    np.testing.assert_allclose(rounds.run(task).G, exact.run(task).G, rtol=1e-11)


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


def test_a_run_that_diverges_counts_as_infinite() -> None:
    pair = at.Quadratic(L=1.0, mu=0.1, dim=2, rotation=1).with_helper(0.2, rotation=2)
    steps = at.Steps(eta=9.0, K=1, T=1_000)
    task = Task(method=methods.SGD, pair=pair, noise=at.Gaussian(sigma_f=1.0), steps=steps)
    assert np.isinf(rounds.run(task).G[-1, 0])
