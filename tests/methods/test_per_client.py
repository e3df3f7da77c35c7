"""Step parameters that differ between clients."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.bounds.stored_schedules import restored, shown, stored
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.validation.parsing import parse

PLAIN: Any = at.Quadratic(L=1.0, mu=0.1, dim=2).with_helper()
R = np.array([[[-0.3, 0.0], [0.0, 0.0], [0.3, 0.0]]])


def pair(order: Any = (2, 0, 1)) -> Any:
    """Three clients, the groups of which stand in another order than they were listed."""
    helpers = QuadraticHelpers(
        A=PLAIN.A,
        R=R,
        b=np.zeros((1, 3, 2)),
        minimiser=PLAIN.minimiser,
        counts=np.ones(3),
        weights=np.full(3, 1 / 3),
        order=None if order is None else np.array(order),
    )
    return dataclasses.replace(PLAIN, helpers=helpers)


def equal(order: Any = (0, 0, 0, 0)) -> Any:
    """Four identical clients, one group."""
    helpers = QuadraticHelpers(
        A=PLAIN.A,
        R=np.zeros((1, 1, 2)),
        b=np.zeros((1, 1, 2)),
        minimiser=PLAIN.minimiser,
        counts=np.array([4.0]),
        weights=np.array([0.25]),
        order=np.array(order),
    )
    return dataclasses.replace(PLAIN, helpers=helpers)


def task(of: Any, method: Any = None, **parameters: Any) -> Any:
    steps = at.Steps(**{"eta": 0.1, "K": 2, "T": 3, **parameters})
    method = at.methods.ClientExactCorrectionOwnSteps if method is None else method
    return at.Task(method=method, pair=of, noise=at.Gaussian(), steps=steps)


def test_values_stand_in_the_order_of_the_list() -> None:
    """Otherwise a client runs with the step size of another."""
    eta = at.per_client([0.3, 0.1, 0.2])
    one = task(pair(), eta=eta)
    np.testing.assert_array_equal(eta.over("eta", one.pair.helpers), [0.1, 0.2, 0.3])
    np.testing.assert_array_equal(one.pair.helpers.R, R)


def test_identical_clients_with_different_values_are_split() -> None:
    """Otherwise clients of one group run with the same step size."""
    eta, K_i = at.per_client([0.3, 0.1, 0.3, 0.3]), at.per_client([1, 2, 2, 1])
    one = task(equal(), eta=eta, K_i=K_i)
    helpers = one.pair.helpers
    assert helpers.counts.tolist() == [1, 2, 1] and helpers.N == 4
    assert helpers.order.tolist() == [1, 0, 2, 1]
    assert float(np.sum(helpers.counts * helpers.weights)) == 1.0
    np.testing.assert_array_equal(eta.over("eta", helpers), [0.1, 0.3, 0.3])
    np.testing.assert_array_equal(K_i.over("K_i", helpers), [2, 1, 2])
    again = task(equal(), eta=at.per_client([0.1, 0.3, 0.3, 0.3]), K_i=at.per_client([2, 1, 2, 1]))
    assert again.pair.helpers.counts.tolist() == [1, 2, 1], "the order of the list changes nothing"
    with pytest.raises(at.InputError, match="equal for clients of one group"):
        eta.over("eta", equal().helpers)
    same = task(equal(), eta=at.per_client([0.1] * 4))
    assert same.pair.helpers.groups == 1


WRONG = {
    "length": (pair, {"eta": at.per_client([1.0, 2.0])}, r"eta: has 2 values, .* N = 3 clients"),
    "two lengths": (
        pair,
        {"eta": at.per_client([1, 1, 1]), "K_i": at.per_client([1, 1])},
        r"K_i: has 2 values|equally many, not eta 3, K_i 2",
    ),
    "range": (pair, {"eta": at.per_client([1.0, -2.0, 1.0])}, r"eta = -?2.0|eta = .*-2"),
    "S": (
        pair,
        {"S": at.per_client([1.0, 2.0, 1.0])},
        r"S = at.per_client.*: must be a whole number of at least 1",
    ),
    "counted": (lambda: pair(None), {"eta": at.per_client([1, 1, 1])}, "listed one by one"),
    "one helper": (
        lambda: PLAIN,
        {"eta": at.per_client([1, 1, 1]), "method": at.methods.Naive},
        r"eta = at.per_client.*: must be one value",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_values_are_refused(name: str) -> None:
    """Otherwise a value is ignored, or the run ends in an error of NumPy."""
    of, parameters, message = WRONG[name]
    with pytest.raises(at.InputError, match=message):
        _ = task(of(), **parameters).phases


@pytest.mark.parametrize("values", [[], [[1.0]], "x", 3.0, ["a"], None])
def test_values_must_be_numbers_one_for_each_client(values: Any) -> None:
    """Otherwise a run ends in an error of NumPy."""
    with pytest.raises(
        at.InputError, match=r"values = .*: must be one finite number for each client"
    ):
        at.per_client(values)


def test_values_of_each_client_are_values() -> None:
    """Otherwise steps with them cannot be compared, printed or changed."""
    eta = at.per_client([0.5, 0.25])
    assert eta == eval(repr(eta)) and hash(eta) == hash(at.per_client([0.5, 0.25]))
    assert eta != at.per_client([0.25, 0.5])
    steps = at.Steps(eta=eta, K=2, T=3)
    assert repr(steps) == "at.Steps(eta=at.per_client([0.5, 0.25]), K=2, T=3)"
    assert (
        steps.per_client == {"eta": eta} and steps.scheduled == () and "eta" not in steps.values()
    )
    assert steps.replace(K=1).first(2).eta == eta
    with pytest.raises(ValueError, match="read-only"):
        eta.values[0] = 1.0


def test_values_of_each_client_are_stored_and_read_again() -> None:
    """Otherwise a counterexample with them cannot be written to a file."""
    eta = at.per_client([0.5, 0.25])
    as_json = json.loads(json.dumps(stored(eta)))
    assert as_json == {"per_client": [0.5, 0.25]} and restored(as_json) == eta
    assert shown(as_json) == "0.25 to 0.5 over the clients"
    assert parse(repr(eta)) == eta
