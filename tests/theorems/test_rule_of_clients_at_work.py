"""S is checked by one rule wherever it is given: a whole number from 1 to N, or ∞ for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from complaints import complaints

import auxtheory as at

PAIR = at.Quadratic(L=1.0, mu=0.3, dim=2).with_clients(N=4, delta=0.1)
THEOREM = at.theorems.FedAvgSampled()
CONSTANTS = THEOREM.constants(PAIR, at.Gaussian())
USES: dict[str, Callable[[Any], Any]] = {
    "Steps": lambda S: at.Steps(eta=0.1, K=2, T=3, S=S),
    "tune": lambda S: THEOREM.tune(CONSTANTS, 2, 3, S=S),
    "validate": lambda S: at.validate(THEOREM, PAIR, K=2, T=3, S=S),
    "validate, eta": lambda S: at.validate(THEOREM, PAIR, K=2, T=3, S=S, eta=0.01),
}
BAD = [0, -1, 1.5, 2.0000001, np.nan, "x", True, [1, 2], at.per_round([1, 2, 3])]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("S", BAD)
def test_a_bad_S_is_refused_at_once(use: str, S: Any) -> None:
    (found,) = complaints(lambda: USES[use](S))
    limits = "of at least 1, or inf for all clients" if use == "Steps" else "from 1 to N = 4"
    assert found.startswith("S = ") and found.endswith(f"must be a whole number {limits}")


@pytest.mark.parametrize("use", list(USES)[1:])
def test_more_clients_than_there_are_are_refused(use: str) -> None:
    assert complaints(lambda: USES[use](5)) == ("S = 5: must be a whole number from 1 to N = 4",)


@pytest.mark.parametrize("engine", ["exact", "numpy", "cpu"])
def test_arrays_of_one_value_count_as_that_value(engine: str) -> None:
    def run(S: Any) -> bytes:
        steps = at.Steps(eta=0.1, K=2, T=3, S=S)
        options = {} if engine == "exact" else {"replicas": 4}
        noise = at.Gaussian(sigma_h=0.1)
        trace = at.run(at.methods.FedAvg, PAIR, noise, steps, engine=engine, **options)
        return trace.G.tobytes()

    assert run([2.0]) == run(np.array([2, 2])[:1]) == run(2)
    assert run(np.inf) == run([np.inf]) == run(4) != run(2)


@pytest.mark.parametrize("eta", [None, 0.01])
def test_all_clients_work_where_S_is_infinite(eta: float | None) -> None:
    found = [at.validate(THEOREM, PAIR, K=2, T=3, S=S, eta=eta) for S in (np.inf, 4, [4.0])]
    assert {one.table["measured"][0] for one in found} == {found[0].table["measured"][0]}
    assert {one.table["bound"][0] for one in found} == {found[0].table["bound"][0]}
    assert THEOREM.tune(CONSTANTS, 2, 3, S=np.array([2.0])).parameters["S"] == 2


def test_steps_that_need_an_unknown_constant_must_be_given() -> None:
    """The dissimilarity of logistic clients has no known upper bound."""
    random = np.random.default_rng(0)
    features, labels = random.standard_normal((20, 3)), np.arange(20) % 2
    pair = at.Logistic(features=features, labels=labels, l2=0.1).split(N=2, weights="equal")
    (found,) = complaints(lambda: at.validate(THEOREM, pair, K=2, T=4, S=1))
    assert found.startswith("eta: must be given") and "zeta_c (ζ_c)" in found
    assert "not known (infinite)" in found and "zeta_x" not in found
