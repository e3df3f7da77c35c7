"""Minima without regulariser are found where they are attained."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logistic_cases import data
from scipy import sparse
from separable_data import A2, A3, B2, B3, WAY, decided

from auxtheory.errors import InputError
from auxtheory.problems import Logistic
from auxtheory.problems.logistic import minimum, reduction, unregularised
from auxtheory.problems.logistic.unregularised import duality_gap, newton_step

DIGITS = 90


def precise(A: Any, labels: Any, classes: int, weights: Any = None, steps: int = 80) -> float:
    """The minimum by Newton's method in decimals on all coordinates; Hessians are shifted by 10⁻⁶⁰
    of themselves."""
    n, p = np.shape(A)
    with localcontext() as context:
        context.prec = DIGITS
        exactly = np.vectorize(lambda v: Decimal(float(v)), otypes=[object])
        rows = exactly(A)
        w = exactly(np.ones(n) / n if weights is None else weights)
        own = exactly(np.arange(classes)[:, None] == np.asarray(labels))
        X = exactly(np.zeros((classes, p)))

        def parts(X: Any) -> tuple[Any, Any]:
            scores = X.dot(rows.T)
            high = np.max(scores, axis=0)
            powers = np.vectorize(Decimal.exp, otypes=[object])(scores - high)
            total = powers.sum(axis=0)
            logs = np.vectorize(Decimal.ln, otypes=[object])(total)
            return (w * (high + logs - (own * scores).sum(axis=0))).sum(), powers / total

        for _ in range(steps):
            value, P = parts(X)
            grad = (w * (P - own)).dot(rows).reshape(-1)
            H = np.block(
                [
                    [(rows.T * (w * P[k] * ((k == j) - P[j]))).dot(rows) for j in range(classes)]
                    for k in range(classes)
                ]
            )
            for i in range(len(H)):
                H[i, i] += abs(H[i, i]) * Decimal(10) ** -60 + Decimal(10) ** -85
            step = solved(H, grad)
            part = Decimal(1)
            while (
                grad.dot(step) > Decimal(10) ** -40
                and parts(X - part * step.reshape(X.shape))[0] > value
            ):
                part /= 2
            X = X - part * step.reshape(X.shape)
            if grad.dot(step) < Decimal(10) ** -50:
                break
        return float(parts(X)[0])


def solved(H: Any, v: Any) -> Any:
    """Gauss and Jordan, with pivoting on the diagonal."""
    M = np.concatenate([H, v[:, None]], axis=1)
    d = len(v)
    left = list(range(d))
    while left:
        i = max(left, key=lambda j: abs(M[j, j]))
        left.remove(i)
        M[i] = M[i] / M[i, i]
        for j in range(d):
            if j != i:
                M[j] = M[j] - M[j, i] * M[i]
    return M[:, d]


ONE_HOT = np.eye(3)[np.arange(30) % 3]
STANDARD = (ONE_HOT - 1 / 3) / np.std(ONE_HOT, axis=0)
LENGTHS = np.random.default_rng(0).permutation(np.geomspace(1e-4, 1e4, 30))[:, None]
MIXED = [1e6, 1.0, 1e-6]
# Features, labels, and features with the same span whose minimum is worked out in decimals
ATTAINED: dict[str, tuple[Any, Any, Any]] = {
    "three classes, one feature": ([[1], [2], [1], [-1], [-1.5], [-1]], [0, 1, 2, 2, 1, 0], None),
    "three classes": (A3, B3, None),
    "a dependent feature": (np.c_[A2, 2 * A2[:, 0]], B2, A2),
    "a dependent feature, rounded": (np.c_[A2, A2 @ [0.1, 0.3, 0.7]], B2, A2),
    "the same of three classes": (np.c_[A3, A3 @ [0.1, 0.3, 0.7]], B3, A3),
    "a feature that is 0": (np.c_[A3, 0 * A3[:, 0]], B3, A3),
    "a constant feature": (np.c_[A3, np.ones(30)], B3, None),
    "far from 0, and a constant feature": (np.c_[A3 + 1e6, np.ones(30)], B3, None),
    "dummies and a constant": (
        np.c_[A3[:, :1], ONE_HOT, np.ones(30)],
        B3,
        np.c_[A3[:, :1], ONE_HOT],
    ),
    "dummies, standardised": (np.c_[A3[:, :1], STANDARD], B3, np.c_[A3[:, :1], STANDARD[:, :2]]),
    "large features": (A3 * 1e6, B3, A3),
    "small features": (A3 * 1e-6, B3, A3),
    "features of all sizes": (A3 * MIXED, B3, A3),
    "features of all sizes, one dependent": (np.c_[A3 * MIXED, A3 @ [1, 2, 3]], B3, A3),
    "nearly dependent features": (np.c_[A2[:, :2], A2[:, 0] + 1e-8 * WAY], B2, None),
    "samples of all sizes": (A3 * LENGTHS, B3, None),
    "every sample twice, with two labels": (np.r_[A3, A3], np.r_[B3, B3[::-1]], None),
    "a class of one sample": (A3, np.where(np.arange(30) == 4, 2, B3 % 2), None),
}


@pytest.mark.parametrize("name", ATTAINED)
def test_attained_minima_are_found(name: str) -> None:
    """Otherwise a minimum is refused, or is wrong, because a Hessian is singular or nearly so."""
    A, labels, same = ATTAINED[name]
    f = Logistic(features=A, labels=labels)
    x, value, below = f.minimum
    wanted = precise(A if same is None else same, labels, f.classes or 2)
    assert value == below == pytest.approx(wanted, rel=1e-13)  # measured: 3e-16
    # F(x) itself is rounded, far out.
    assert float(f.functions()[0](x)) == pytest.approx(wanted, rel=1e-11)


def test_the_minimum_of_the_smallest_case() -> None:
    """Otherwise the Hessian's zeros pass for a direction that separates the classes."""
    f = Logistic(features=[[1], [2], [1], [-1], [-1.5], [-1]], labels=[0, 1, 2, 2, 1, 0])
    assert f.minimum[1] == pytest.approx(1.0945706389995444, rel=1e-15)
    assert np.sum(f.minimum[0]) == pytest.approx(0, abs=1e-15)


def test_of_many_minimisers_the_nearest_to_the_start() -> None:
    """Otherwise iterates, which keep what f does not see, end at a distance from x* for ever."""
    A = np.c_[A3, A3 @ [1, 2, 3], np.zeros(30)]
    blind = np.array([[1.0, 2.0, 3.0, -1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]])
    for labels in (B3 % 2, B3):
        classes = int(np.max(labels)) + 1
        start = np.random.default_rng(1).standard_normal((1 if classes == 2 else classes) * 5)
        f = Logistic(features=A, labels=labels, x0=start)
        x, value, _ = f.minimum
        way = (x - start).reshape(f.rows, -1)
        assert np.max(np.abs(way @ blind.T)) < 1e-13
        assert f.rows == 1 or np.max(np.abs(np.sum(way, axis=0))) < 1e-13
        assert value == pytest.approx(f.replace(x0=None).minimum[1], rel=1e-15)
        here = start
        gradient = f.functions()[1]
        for _ in range(3000):
            here = here - gradient(here) / f.smoothness[1]
        assert np.linalg.norm(here - x) < 1e-6 * np.linalg.norm(start - x)


def test_every_way_to_the_minimum_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise large data, sparse data, and data too large to be factored have other minima than small
    ones."""
    A = np.c_[A3 * MIXED, A3 @ [1, 2, 3]]
    for labels in (B3 % 2, B3):
        start = np.linspace(-1, 1, 4 * (1 if np.max(labels) == 1 else 3))
        f = Logistic(features=A, labels=labels, x0=start)
        thin = f.replace(features=sparse.csr_array(A))
        x, value, _ = f.minimum
        ways = [
            (unregularised, "EXPLICIT", 0),
            (reduction, "FACTORED", 0.0),
            (reduction, "ENTRIES", 0.0),
        ]
        for g in (f, thin):
            for module, name, limit in ways:
                monkeypatch.setattr(module, name, limit)
                other = minimum.minimise(g)
                assert other.value == pytest.approx(value, rel=1e-14)
                scores = A @ (other.x - x).reshape(f.rows, -1).T
                assert (
                    np.max(np.abs(scores - scores.mean(axis=1, keepdims=True) * (f.rows > 1)))
                    < 1e-9
                )
            monkeypatch.undo()


def test_too_much_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a fit of large data runs for an hour without a word."""
    monkeypatch.setattr(minimum, "WORK", 1e4)
    with pytest.raises(
        InputError, match=r"30 samples, 3 features and 3 classes take more than 1e\+04 operations"
    ):
        _ = Logistic(features=A3, labels=B3).minimum


@given(
    seed=st.integers(0, 999), classes=st.integers(2, 4), far=st.sampled_from([1e-6, 1e-3, 0.1, 0.5])
)
def test_the_bound_of_an_error_holds(seed: int, classes: int, far: float) -> None:
    """Otherwise f* is taken to be nearer than it is: the duality gap at points about the minimiser, with
    and without l2."""
    A, labels = data(seed, 30, 3, classes)
    if decided(A, labels, classes) != "attained":
        return
    for l2 in (0.0, 0.1):
        f = Logistic(features=A, labels=labels, classes=classes, l2=l2)
        x = f.minimum[0]
        z = np.random.default_rng(seed).standard_normal((f.rows, f.dim // f.rows))
        # All classes alike is nothing that a step mends.
        y = x + far * (z - z.mean(axis=0) * (f.rows > 1)).reshape(-1)
        bound, size = duality_gap(f, y, newton_step(f, y, f.functions()[1](y), 1.0)[0])
        error = float(f.excess(x)(y))
        assert bound >= error * (1 - 1e-6) and (bound <= 3 * error + 1e-25 or size > 0.5)
