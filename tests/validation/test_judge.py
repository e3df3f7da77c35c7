"""Samples of one's own against a bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from step_functions import client, momentum, server

import auxtheory as at
from auxtheory.conformance import Case, samples_of
from auxtheory.errors import InputError

PAIR = at.Quadratic(L=1.0, mu=0.2, dim=3).with_helper(delta=0.2, zeta=0.3)
NOISE = at.Gaussian(sigma_f=0.5, sigma_h=0.3)
STEPS = at.Steps(eta=0.2, a=0.4, K=2, T=8)
CASE = Case(pairs=[PAIR], noise=NOISE, steps=STEPS)


@pytest.mark.parametrize("measure", ["gap", at.measures.distance(over="rounds")])
def test_samples_of_an_implementation_have_the_exact_mean(measure: Any) -> None:
    """Otherwise an implementation is judged on other noise than the theorem speaks of."""
    exact = at.run(at.methods.AuxMOM, PAIR, NOISE, STEPS, measures=[at.measures.named(measure)])
    expected = float(exact.measure(measure)[0][0, 0])
    samples = samples_of(momentum, CASE, measure=measure, replicas=400)
    assert abs(samples.mean() - expected) < 5 * samples.std() / 20
    assert at.judge(samples, 1.4 * expected).status == "pass"
    assert at.judge(samples, 0.6 * expected).status == "violated"
    assert at.judge(samples, expected).status == "undecided"


def test_seeds_are_independent_and_repeatable() -> None:
    one = samples_of(momentum, CASE, replicas=50)
    assert np.array_equal(one, samples_of(momentum, CASE, replicas=50))
    other = samples_of(momentum, CASE, replicas=50, seed=1)
    assert not set(one) & set(other)


def test_client_and_server_are_sampled_too() -> None:
    scaffold = at.testing.Federated(client=client, server=server)
    f = at.Quadratic(L=1.0, mu=0.2, dim=2)
    pairs = [f.with_helper(delta=0.2, zeta=0.3, gap=[s * 0.2, -s * 0.2]) for s in (1, -1)]
    case = Case(pairs=pairs, noise=NOISE, steps=at.Steps(eta=0.1, K=2, T=4))
    assert np.all(np.isfinite(samples_of(scaffold, case, replicas=8)))


def test_a_diverging_run_counts_as_infinite() -> None:
    def exploding(x: Any, state: Any, round: Any) -> Any:
        return x * 1e200, state

    samples = samples_of(exploding, CASE, replicas=2)
    assert np.all(np.isinf(samples))
    assert at.judge(samples, 1e300).status == "violated"


def test_several_cells_share_one_false_alarm_rate() -> None:
    draws = np.random.default_rng(0).exponential(1.0, size=(40, 300))
    verdict = at.judge(draws, 1.0)
    assert "violated" not in set(verdict.table["status"])
    assert at.judge(draws, np.where(np.arange(40) == 3, 0.5, 1.5)).table["status"][3] == "violated"


def test_a_heavy_tail_supports_no_pass() -> None:
    rare = np.zeros(200)
    rare[0] = 1.0
    assert at.judge(rare, 0.02).status == "undecided"


def test_every_wrong_argument_is_listed() -> None:
    with pytest.raises(InputError) as caught:
        at.judge([[[1.0]]], "x", false_alarm=2.0)
    assert len(caught.value.complaints) == 2
    with pytest.raises(InputError, match="at least two runs"):
        at.judge([1.0], 1.0)
    with pytest.raises(InputError, match="NaN"):
        at.judge([1.0, np.nan], 1.0)
    with pytest.raises(InputError, match="one for each of 2"):
        at.judge(np.ones((2, 5)), [1.0, 2.0, 3.0])
    with pytest.raises(InputError) as caught:
        samples_of(momentum, CASE, measure="G", replicas=1)
    assert len(caught.value.complaints) == 2
