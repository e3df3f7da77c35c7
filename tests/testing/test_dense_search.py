"""Dense pairs and noise along one direction in the search: batches are what single cases are, the
worst case of S3's noise is found, and what is shown is simple."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods, theorems
from auxtheory.testing import Counterexample, falsify
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import SearchCell
from auxtheory.testing.search.dense import angle, eigen, turned
from auxtheory.testing.search.parameters import (
    PARAMETERS,
    entries,
    noise_of,
    pair_of,
    pairs_of,
    parameters_of,
)
from auxtheory.testing.search.step_parameters import deterministic
from auxtheory.testing.strategies import Budget

L, F0, delta, sigma_h, sigma_r, eta, a, K, T, B = at.symbols(
    "L F0 delta sigma_h sigma_r eta a K T B"
)
SIMPLE = {name: parameter.simple for name, parameter in PARAMETERS.items()}
LEVELS = {"sigma_f": 2.0, "delta": 0.7, "gap": -0.6, "flat_gap": 1.0, "flat_start": 0.3}
CASES: list[dict[str, float]] = [
    {**LEVELS, "flat": 0.1, "gap_angle": 30.0, "noise_angle": 70.0, "zeta": 0.5, "bias": 0.3},
    {**LEVELS, "flat": 1e-8, "gap_angle": 120.0, "noise_angle": 90.0, "sigma_h": 1.0},
    {**LEVELS, "flat": 0.5, "gap_angle": 0.0, "noise_angle": 0.0, "zeta": 1.0, "bias": -0.8},
    {**LEVELS, "flat": 1.0, "gap_angle": 180.0, "noise_angle": 10.0, "correlation": 0.5},
]


@pytest.mark.parametrize("values", CASES)
def test_a_dense_batch_is_what_a_user_would_make(values: dict[str, float]) -> None:
    v = {**SIMPLE, **values}
    batch = pairs_of({name: np.full(3, value) for name, value in v.items()}, 2, dense=True)
    one = pair_of(v, 2, dense=True)
    for name in ("L", "mu", "delta", "beta", "zeta", "F0"):
        expected = getattr(one.constants(), name)
        assert getattr(batch.constants(), name)[2] == pytest.approx(expected, rel=1e-6), name
    noise = noise_of({name: np.full(3, value) for name, value in v.items()}, dense=True)
    single = noise_of(v, dense=True)
    steps = {"eta": np.full(3, 0.1), "a": np.full(3, 0.3), "K": 2, "T": 40, "B": 3}
    many = at.run(methods.AuxMOM, batch, noise, at.Steps(**steps)).G[-1]
    alone = at.run(methods.AuxMOM, one, single, at.Steps(**{**steps, "eta": 0.1, "a": 0.3})).G[-1]
    np.testing.assert_allclose(many, alone[0], rtol=1e-7)


@pytest.mark.parametrize("values", CASES)
def test_entries_and_angles_describe_the_same_case(values: dict[str, float]) -> None:
    v: dict[str, Any] = {**SIMPLE, **values, "dense": True}
    again = parameters_of(entries(v))
    for case in (v, entries(v), again):
        one = pair_of(case, 2, dense=True)
        first = pair_of(v, 2, dense=True)
        # Of a pair with commuting Hessians the diagonals alone are kept.
        R, expected = (p.R[0] if p.R.ndim == 3 else np.diag(p.R[0]) for p in (one, first))
        np.testing.assert_allclose(R, expected, atol=1e-12)
        covariance = noise_of(case, dense=True).additive("f", 2)
        full = covariance if covariance.ndim == 2 else np.diag(covariance)
        n = np.deg2rad(v["noise_angle"])
        line = np.array([np.cos(n), np.sin(n)])
        np.testing.assert_allclose(full, 4.0 * np.outer(line, line), atol=1e-12)


def test_eigenvalues_and_angles_make_a_matrix_again() -> None:
    for degrees in (0.0, 20.0, 45.0, 89.0, 90.0, 135.0):
        matrix = turned([2.0, -1.0], degrees)
        np.testing.assert_allclose(turned(list(eigen(*matrix)[:2]), eigen(*matrix)[2]), matrix)
    assert angle(-1.0, 0.0) == angle(1.0, 0.0) == 0.0 and angle(0.0, -1.0) == 90.0


def quiet(factor: float) -> at.Theorem:
    """S3 without noise of h at the edge of its range, where the noise of the refresh rules."""
    c = (delta * eta * K / a) ** 2
    rules = [
        L * eta + c <= 1,
        0.9 * (1 - L * eta) <= c,
        L * eta <= 0.5,
        a <= 0.3,
        F0 / (eta * K * T) <= 0.01 * sigma_r**2 * a,
    ]
    refresh = 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a)
    return at.claim(
        2 * F0 / (eta * K * T) + factor * refresh,
        method=methods.AuxMOM,
        assumptions=[sigma_h <= 0],
        step_range=rules,
        variance="mean",
        name="Quiet",
    )


def test_only_dense_cells_show_what_the_noise_of_the_refresh_costs() -> None:
    """Diagonal pairs stay near one half: f and r must not commute."""
    held = {"flat": 1e-8, "gap": 1.0, "step": 1.0, "sigma_f": 1000.0}
    adversary = Adversary(quiet(1.0), fixed=held)
    plain = adversary.search(SearchCell(2, 1, 1000, np.inf, "theorem"), 4)
    dense = adversary.search(SearchCell(2, 1, 30_000, np.inf, "theorem", dense=True), 12)
    assert plain.ratio < 0.55 and 0.65 < dense.ratio <= 1


@pytest.mark.slow
def test_a_constant_that_only_dense_pairs_exceed_is_falsified_in_simple_numbers() -> None:
    with pytest.raises(Counterexample) as caught:
        falsify(quiet(0.7), examples=60_000)
    snippet = caught.value.snippet
    assert "from_matrices(" in snippet and "shape=" in snippet
    names: dict[str, Any] = {}
    exec(snippet, names)
    stored = at.testing.Configuration.read(caught.value.to_json())[0]
    assert stored.verdict().ratio == pytest.approx(caught.value.verdict.ratio, rel=1e-9)


def test_angles_can_be_fixed() -> None:
    levels = {"delta": 0.5, "flat_gap": -1.0, "gap": 1.0, "sigma_f": 1.0}
    fixed = {"gap_angle": 45.0, "noise_angle": 90.0, **levels}
    found = falsify(theorems.AuxMOM(), budget=Budget(K=2, T=5), fixed=fixed, examples=500)
    case = found.configuration
    assert case is not None and found.coverage.listed == found.coverage.random == 0
    R = np.asarray(case.pair.R)[0]  # type: ignore[attr-defined]
    assert R[0, 0] == pytest.approx(R[1, 1]) and case.noise.shape.tolist() == [0.0, 1.0]
    assert "of dense pairs" in str(found) and "gap_angle = 45" in str(found)
    with pytest.raises(at.InputError, match=r"fixed\['gap_angle'\] = 200.0: must be in \[0, 180\]"):
        falsify(theorems.AuxMOM(), fixed={"gap_angle": 200.0})


def test_dense_cells_are_searched_only_where_they_can_differ() -> None:
    def cells(theorem: at.Theorem, **options: Any) -> int:
        return len(Adversary(theorem, **options).dense_cells())

    assert cells(theorems.AuxMOM()) == 5 and cells(theorems.SGD()) == 4  # at K = 1
    quiet_SGD = at.claim(
        F0 / (eta * T), like=theorems.SGD(), assumptions=[at.symbols("sigma_f") <= 0]
    )
    assert cells(quiet_SGD) == 0
    assert cells(theorems.AuxMOM(), pair=at.toy(delta=0.1, zeta=1.0)) == 0
    assert cells(theorems.AuxMOM(), noise=at.Gaussian(sigma_f=1.0)) == 0


def test_a_method_that_draws_nothing_needs_no_replicas() -> None:
    noise = at.Gaussian()
    assert deterministic(methods.ClippedSGD, noise) and deterministic(methods.AdaGradNorm, noise)
    assert not deterministic(methods.ClippedSGD, at.Gaussian(sigma_f=1.0))
    assert not deterministic(methods.LSVRG, noise) and not deterministic(methods.SAGA, noise)
