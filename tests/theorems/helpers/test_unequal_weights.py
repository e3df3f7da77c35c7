"""Helpers of unequal weights: the theorems that take means over uniformly drawn helpers for means
over all do not apply, and would be false."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.theorems import Theorem, helpers

SHARES = [1 - 1e-6, 1e-6]
BIASED = at.Quadratic.from_helpers(
    [[1.0]], [[[1.0]], [[1.0]]], [0.0], h_b=[[0.0], [1.0]], weights=SHARES, x0=[1e-3]
)
STEEP = at.Quadratic.from_helpers([[0.05]], [[[0.05]], [[-0.25]]], [0.0], weights=SHARES, x0=[1.0])
CLIENTS = at.Quadratic.from_clients(
    [[1.0]] * 2, [[1e-3], [-1.0]], weights=[0.999, 0.001], x0=[1e-3]
)
MOMENTUM = {"K": 1, "T": 200, "eta": 0.5, "a": 0.02, "S": 1}
FALSE: list[tuple[type[Theorem], at.Pair, dict[str, Any], float]] = [
    (helpers.ClientNaive, BIASED, {"K": 5, "T": 50, "eta": 1.0, "S": 1}, 4.96e5),
    (helpers.ClientAuxMOM, STEEP, MOMENTUM, 2110),
    (helpers.SharedDifferences, CLIENTS, MOMENTUM | {"T": 2_000}, 40.3),
    (helpers.SharedMomentumQuiet, CLIENTS, MOMENTUM | {"a": 1.0}, 218),
    (helpers.SharedMVRQuiet, CLIENTS, MOMENTUM | {"a": 1.0}, 218),
]
ANY_WEIGHTS = ("T1", "T1-U", "T1-PL")


@pytest.mark.parametrize(
    ("kind", "pair", "steps", "ratio"), FALSE, ids=[kind.label for kind, *_ in FALSE]
)
def test_a_bound_that_unequal_weights_break_does_not_apply(
    kind: Any, pair: at.Pair, steps: dict[str, Any], ratio: float
) -> None:
    with pytest.raises(at.AssumptionError, match="uneven ≤ 0: all helpers must have equal weights"):
        at.validate(kind(), pair, **steps)
    broken = at.validate(kind(), pair, mode="unsafe", **steps)
    assert broken.status == "outside"
    assert float(broken.table["ratio"][0]) == pytest.approx(ratio, rel=5e-3)


@pytest.mark.parametrize("kind", helpers.ALL, ids=lambda kind: kind.label)
def test_all_but_those_of_every_path_ask_for_equal_weights(kind: Any) -> None:
    free = kind.label in ANY_WEIGHTS or kind.label.startswith("T10")
    assert any("uneven" in each.names for each in kind.assumptions) != free


def test_clients_of_equal_weights_are_even_in_groups_too() -> None:
    uneven = at.theorems.DERIVED["uneven"].compute
    target = at.Quadratic(L=1.0, dim=2)
    even = target.with_clients(N=5, delta=0.1), target.with_helpers(N=3, delta=0.1)
    one = target.with_helper(delta=0.1)
    assert [float(np.max(uneven(pair))) for pair in (*even, one, BIASED)] == [0, 0, 0, 1]
