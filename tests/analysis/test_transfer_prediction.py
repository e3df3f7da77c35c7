"""Pairs of tasks of which one helps the other: digits, and another data set turned into their space."""

from __future__ import annotations

import numpy as np
import pytest

from auxtheory.analysis.figures.delta_prediction import agreement
from auxtheory.analysis.figures.transfer_prediction import isometry, transfer_table, transfers
from auxtheory.data import load

pytest.importorskip("sklearn")


def test_another_data_set_keeps_its_lengths_in_the_space_of_the_digits() -> None:
    other = load("breast-cancer")
    turn = isometry(30, 64, np.random.default_rng(0))
    assert turn @ turn.T == pytest.approx(np.eye(30), abs=1e-12)
    first, second = (list(transfers(load("digits"), other, 2, 25)) for _ in range(2))
    assert [kind for kind, _ in first] == ["other digits", "other data"] * 2
    for (_, pair), (_, again) in zip(first, second, strict=True):
        assert np.array_equal(pair.g.features, again.g.features)
        assert pair.g.features.shape == (25, 64)
    # The first of the lengths is ½: features of 30 numbers, in a subspace of 64.
    lengths = np.linalg.norm(first[1][1].g.features, axis=1)
    known = np.linalg.norm(np.asarray(other.features), axis=1) / 2
    assert np.all(np.min(np.abs(lengths[:, None] - known), axis=1) < 1e-12)


def test_rates_of_transfer_are_within_what_the_delta_of_the_run_predicts() -> None:
    table = transfer_table(count=2, samples=25, K=3, T=4)
    found = agreement(table)
    assert found["pairs"] == found["held"] == 4
    # As far as the smoothness of f itself, where exact correction gains little over descent.
    assert np.max(table["delta met"] / table["L met"]) > 0.8
    own = table.where(shuffle=0)
    assert np.array_equal(own["delta used"], own["delta met"])
