"""Prescribed steps of methods with clients: how many work is chosen by the user."""

from __future__ import annotations

from typing import Any

import pytest

import auxtheory as at

L, F0, T = at.symbols("L F0 T")
S = at.symbol("S")


class Half(at.Theorem):
    """A bound whose step depends on S."""

    method = at.methods.FedAvg
    bound = 2 * L * F0 * S / T

    def step_sizes(self, c: at.Constants, K: int, T: int, B: float) -> tuple[Any, Any]:
        return 1 / (c.L * min(c.values()["S"], 8)), None


def test_a_rule_reads_how_many_clients_work() -> None:
    c = at.Constants(L=2.0, F0=1.0)
    steps = Half().tune(c, K=3, T=5, S=4)
    assert steps.eta == 0.125 and steps.parameters["S"] == 4
    assert Half().value(c, steps) == pytest.approx(2 * 2 * 4 / 5)
    every = Half().tune(c, K=3, T=5)
    assert every.eta == 1 / 16 and "S" not in every.parameters


def test_other_methods_have_no_clients_at_work() -> None:
    c = at.Constants(L=2.0, F0=1.0)
    assert "S" not in at.theorems.SGD().tune(c, K=1, T=5, S=3).parameters
    pair = at.Quadratic(L=1.0, dim=1).with_helper()
    with pytest.raises(at.InputError, match="S"):
        at.validate(at.theorems.SGD(), pair, T=3, S=2)


def test_the_measure_of_dissimilarity_needs_several_helpers() -> None:
    pair = at.Quadratic(L=1.0, dim=1).with_helper()
    measure = at.measures.Measure(form="dissimilarity")
    with pytest.raises(at.InputError, match="one helper"):
        at.run(at.methods.SGD, pair, None, at.Steps(eta=0.1, K=1, T=2), measures=[measure])
    assert measure.unit == at.measures.grad_last.unit and measure.name == "dissimilarity_last"
