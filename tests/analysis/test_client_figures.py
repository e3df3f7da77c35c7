"""The figures of methods with clients: their numbers are those that the theorems are about."""

from __future__ import annotations

import numpy as np
import pytest

import auxtheory as at
from auxtheory import analysis
from auxtheory.analysis.figures.clients import (
    client_bias_table,
    knee_table,
    sampled_clients_table,
    scaffold_range_table,
)
from auxtheory.analysis.figures.compressed import compressed_clients_table


def test_measures_over_zeta_stay_below_their_bounds_and_corrections_do_not_see_zeta() -> None:
    table = client_bias_table()
    assert np.all(table["measured"] <= table["bound"] * (1 + 1e-9))
    for name in ("SCAFFOLD", "ClientExactCorrection", "SGD"):
        for delta in dict.fromkeys(table["delta"].tolist()):
            values = table.where(curve=name, delta=delta)["measured"]
            assert np.ptp(values) <= 1e-6 * np.max(values), name
    fedavg = table.where(curve="FedAvg", delta=table["delta"][0])["measured"]
    assert fedavg[-1] > 10 * fedavg[0]


def test_more_clients_at_work_never_raise_the_bound() -> None:
    table = sampled_clients_table()
    assert np.all(table["measured"] <= table["bound"])
    for name in dict.fromkeys(table["curve"].tolist()):
        rows = table.where(curve=name, zeta=1.0)
        assert np.all(np.diff(rows["bound"]) < 0), name


def test_local_steps_help_up_to_the_knee() -> None:
    table = knee_table()
    similar, different = (table.where(delta=delta)["measured"] for delta in (0.03, 0.3))
    # K = 1, 2, …, 256: the last four do not help if δ = 0.3, and K = 32 does if δ = 0.03.
    assert different[-5] < 2 * np.min(different[-4:])
    assert similar[5] < 0.25 * similar[3]


def test_two_coordinates_diverge_before_one_does() -> None:
    table = scaffold_range_table()
    one, two = (
        table.where(curve=name)["measured"] for name in ("one coordinate", "two, not commuting")
    )
    assert np.all(two[1:] < one[1:] - 0.05)
    assert 1.0 < two[-1] < 1.02


def test_the_cheapest_method_is_found_among_those_that_arrive() -> None:
    table = analysis.cheapest_table(points=3, accuracy=1e-3)
    for row in table.where(curve="gradient descent"):
        assert row["gradients"] == 10 * row["rounds"]
    far = table.where(delta=0.9, zeta=10.0)
    assert np.isinf(far["rounds"][far["curve"].tolist().index("FedAvg")])
    assert np.isfinite(np.min(far["rounds"]))
    assert len(analysis.cheapest(table).axes) == 3


def test_compressed_helpers_pay_for_the_curvature_they_lose_and_not_for_more_bits() -> None:
    table = compressed_clients_table()
    assert np.all(table["measured"] <= table["bound"])
    whole = table.where(curve="FedAvg")
    assert np.all(whole["mean_delta"] == 0)
    exact = table.where(curve="ClientExactCorrection", compression="rounded")
    # The mean of the helpers is not f, and comes close to it by the size of a level.
    assert np.all(exact["mean_delta"] > 0)
    assert exact["mean_delta"][0] > 100 * exact["mean_delta"][-1]
    coarse, fine = exact["measured"][1], exact["measured"][-1]
    assert exact["delta"][-1] == pytest.approx(whole["delta"][0], rel=0.02)
    assert fine < coarse < 0.9 * whole["measured"][0]
    sketched = table.where(curve="ClientExactCorrection", compression="sketched")
    assert np.all(np.diff(sketched["delta"]) < 0)
    # Of full rank the copy is the client itself.
    assert sketched["mean_delta"][-1] < 1e-12
    assert sketched["delta"][-1] == pytest.approx(whole["delta"][0], rel=1e-12)


def test_a_round_sends_whole_vectors_and_reads_copies_of_few_bits() -> None:
    table = compressed_clients_table()
    rows = {
        name: next(row for row in table.where(curve=name))
        for name in dict.fromkeys(table["curve"].tolist())
    }
    # 16 numbers of 64 bits a vector; K = 10 gradients of a Hessian of 16 curvatures.
    assert rows["FedAvg"]["sent"] == 2 * 1024
    assert rows["FedAvg"]["read"] == 10 * 1024
    assert rows["ClientExactCorrection"]["sent"] == 4 * 1024
    assert rows["ClientExactCorrection"]["read"] == 1024 + 11 * (16 + 128)


def test_bad_arguments_are_listed() -> None:
    with pytest.raises(at.InputError, match=r"points = 1(.|\n)*accuracy = 0"):
        analysis.cheapest_table(points=1, accuracy=0)
