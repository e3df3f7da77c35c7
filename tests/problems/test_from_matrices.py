"""Quadratic pairs from matrices and from least squares."""

from __future__ import annotations

import numpy as np
import pytest

import auxtheory as at

ROOT = np.random.default_rng(0).standard_normal((3, 3))
A = ROOT @ ROOT.T
H = A + 0.1 * np.diag([1.0, -1.0, 0.5])
B = A @ [1.0, 2.0, 3.0]


def test_gradients_are_those_of_the_matrices_and_the_constants_certified() -> None:
    pair = at.Quadratic.from_matrices(A, H, B, h_b=B + 0.1)
    x = np.random.default_rng(1).standard_normal((1, 5, 3))
    np.testing.assert_allclose(pair.gradients().f(x), x @ A - B, rtol=0, atol=1e-12)
    np.testing.assert_allclose(pair.gradients().h(x), x @ H - B - 0.1, rtol=0, atol=1e-12)
    assert pair.certify().holds
    assert pair.constants().delta == pytest.approx(0.1, rel=1e-12)


def test_the_repr_reads_back() -> None:
    pair = at.Quadratic.from_matrices(A, H, B)
    again = eval(repr(pair))
    for name in ("A", "R", "b", "start", "minimiser"):
        assert np.array_equal(getattr(again, name), getattr(pair, name))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-A,), "unbounded below"),
        (([1.0, 0.0], None, [1.0, 1.0]), "range of A"),
        ((ROOT, A[:2]), r"(?s)symmetric.*H.*shape"),
    ],
)
def test_bad_matrices_are_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(at.InputError, match=message):
        at.Quadratic.from_matrices(*arguments)


@pytest.mark.parametrize("n", [4, 40])
def test_least_squares_of_any_rank(n: int) -> None:
    rng = np.random.default_rng(2)
    X = rng.standard_normal((n, 6))
    y = rng.standard_normal(n)
    pair = at.Quadratic.from_least_squares(X, y, helper=3)
    solution = np.linalg.lstsq(X, y, rcond=None)[0]
    np.testing.assert_allclose(pair.x_star, solution, rtol=0, atol=1e-9)
    excess = (np.sum(y**2) - np.sum((X @ solution - y) ** 2)) / (2 * n)
    assert pair.constants().F0 == pytest.approx(excess, rel=1e-10)
    R = X.T @ X / n - X[:3].T @ X[:3] / 3
    assert pair.constants().delta == pytest.approx(np.linalg.norm(R, 2), rel=1e-12)
    mask = np.arange(n) < 3
    for helper in (mask, [0, 1, 2], (X[:3], y[:3])):
        same = at.Quadratic.from_least_squares(X, y, helper=helper)
        assert np.array_equal(same.R, pair.R)


def test_least_squares_decompose_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a thousand features wait twice for the eigenvectors."""
    shapes = []
    whole = np.linalg.eigh

    def counted(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shapes.append(matrix.shape)
        return whole(matrix)

    monkeypatch.setattr(np.linalg, "eigh", counted)
    X = np.random.default_rng(0).normal(size=(6, 3))
    pair = at.Quadratic.from_least_squares(X, X[:, 0], helper=4)
    assert shapes == [(3, 3)]
    np.testing.assert_allclose(pair.eigenvalues[0], np.linalg.eigvalsh(X.T @ X / 6), rtol=1e-12)
