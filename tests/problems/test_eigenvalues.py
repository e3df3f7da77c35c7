"""The largest eigenvalue of an operator from its products, between a value and a bound."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from auxtheory.problems import eigenvalues
from auxtheory.problems.eigenvalues import EXACT, Largest, largest, largest_of_matrix
from auxtheory.typing import FloatArray

D = 300
TAIL = np.linspace(0.0, 1.0, D - 3)
SPECTRA = {
    "a gap": np.r_[3.0, 2.9, 2.0, TAIL],
    "a gap far below": np.r_[3.0, -2.99, 2.98, TAIL / 10],
    "negative": -np.r_[3.0, 2.0, 2.0, 0 * TAIL],
    "no gap": np.r_[1.0, 1.0, 1.0, TAIL],
    "one value": np.ones(D),
    "two clusters": np.r_[-1.0, -1.0, -1.0, np.sign(TAIL - 0.5)],
    "decades": np.r_[10.0, 1.0, 0.1, 10.0 ** (-8 * TAIL)],
    "rank two": np.r_[2.0, -1.0, 0.0, 0 * TAIL],
    "zero": np.zeros(D),
}


def matrix(values: FloatArray, seed: int = 0) -> FloatArray:
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))[0]
    M = (Q * values) @ Q.T
    return np.asarray((M + M.T) / 2)


@pytest.mark.parametrize("name", SPECTRA)
def test_the_largest_eigenvalue_lies_between_value_and_bound(name: str) -> None:
    """Otherwise an L or δ that is stated as certified is too small."""
    M = matrix(SPECTRA[name])
    true = float(np.max(np.abs(SPECTRA[name])))
    semidefinite = bool(np.all(SPECTRA[name] >= 0))
    whole = largest_of_matrix(M, absolute=True)
    for made in (largest(lambda v: M @ v, D), whole) + (
        (largest(lambda v: M @ v, D, semidefinite=True),) if semidefinite else ()
    ):
        assert made.value <= true * (1 + 1e-12) <= made.bound * (1 + 2e-12)
        assert made.bound <= 1.06 * true
    assert whole.exact and whole.chance == 0


@pytest.mark.parametrize("name", ["a gap", "a gap far below", "negative", "decades", "rank two"])
def test_a_gap_makes_the_bound_exact(name: str) -> None:
    """Otherwise L of real features is a bound only, one or two per cent too large."""
    M = matrix(SPECTRA[name])
    made = largest(lambda v: M @ v, D)
    assert made.exact and made.bound - made.value <= EXACT * made.bound


def test_a_higher_degree_makes_the_bound_closer() -> None:
    """Otherwise there is no way to a closer bound where the spectrum has no gap."""
    M = matrix(SPECTRA["no gap"])
    near, far = (largest(lambda v: M @ v, D, degree=k).bound - 1 for k in (192, 48))
    assert 0 < near < far / 6


@pytest.mark.parametrize("semidefinite", [True, False])
def test_an_eigenvector_that_lanczos_misses_is_below_the_bound(
    semidefinite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the certificate is a Ritz value, which bounds from below, with another name."""
    values = np.r_[3.0, TAIL, 0.0, 0.0]
    M = matrix(values)
    _, vectors = np.linalg.eigh(M)
    found = vectors[:, -3:-1][:, ::-1]

    def missing(product: Any, start: FloatArray) -> Any:
        return 1.0, 0.9, np.ones(1), found[:, :1]

    monkeypatch.setattr(eigenvalues, "_leading", missing)
    made = largest(lambda v: M @ v, D, semidefinite=semidefinite)
    assert made.value <= 1.0 + 1e-12 and 3.0 <= made.bound and not made.exact


@pytest.mark.parametrize("semidefinite", [True, False])
def test_vectors_that_are_no_eigenvectors_are_charged_for(
    semidefinite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the bound holds for the part of the operator that Lanczos did not split off alone."""
    M = np.zeros((D, D))
    M[0, 0], M[1, 1] = 1.0, 0.9
    M[0, 1] = M[1, 0] = 0.5

    def rough(product: Any, start: FloatArray) -> Any:
        return 1.0, 0.0, np.array([1.0, 0.0]), np.eye(D)[:, [0, 2]]

    monkeypatch.setattr(eigenvalues, "_leading", rough)
    true = float(np.linalg.eigvalsh(M)[-1])
    assert largest(lambda v: M @ v, D, semidefinite=semidefinite).bound >= true > 1.4


def test_products_and_memory_grow_with_the_vectors_alone() -> None:
    """Otherwise a certificate of many coordinates costs more than some hundred products."""
    calls, peaks = [], []
    for d in (3_000, 30_000):
        values = np.r_[3.0, np.linspace(0.0, 1.0, d - 1)]
        count = 0

        def product(v: FloatArray, values: FloatArray = values) -> FloatArray:
            nonlocal count
            count += 1
            return values * v

        tracemalloc.start()
        made = largest(product, d, semidefinite=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        calls.append(count)
        assert made.exact
    assert max(calls) <= 240 and peaks[1] <= 12 * peaks[0] and peaks[1] <= 200 * 8 * 30_000


@pytest.mark.parametrize("d", [1, 2, 7, 29, 31])
def test_few_coordinates(d: int) -> None:
    """Otherwise Lanczos is asked for more vectors than there are."""
    values = np.linspace(-2.0, 1.0, d) if d > 1 else np.array([-2.0])
    M = matrix(values)
    made = largest(lambda v: M @ v, d)
    assert isinstance(made, Largest) and made.value == pytest.approx(2.0, rel=1e-12)
