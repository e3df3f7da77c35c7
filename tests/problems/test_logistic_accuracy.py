"""A logistic model predicts what scikit-learn predicts with the same coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from complaints import refused
from hypothesis import given
from hypothesis import strategies as st
from logistic_cases import data
from scipy import sparse

from auxtheory.problems import Logistic
from auxtheory.problems.logistic import prediction

linear_model = pytest.importorskip("sklearn.linear_model")


def theirs(coefficients: Any, classes: int, intercept: Any = 0.0) -> Any:
    """scikit-learn's model with these coefficients, shape (rows, p)."""
    model = linear_model.LogisticRegression()
    model.coef_ = np.asarray(coefficients, dtype=float)
    model.intercept_ = np.broadcast_to(np.asarray(intercept, dtype=float), len(model.coef_)).copy()
    model.classes_ = np.arange(classes)
    return model


@given(seed=st.integers(0, 999), classes=st.integers(2, 4), thin=st.booleans())
def test_predictions_are_those_of_scikit_learn(seed: int, classes: int, thin: bool) -> None:
    """Otherwise ties, more than two classes, a bias or sparse features are predicted differently."""
    rng = np.random.default_rng(seed)
    A, labels = data(0, 30, 3, classes)
    f = Logistic(features=np.column_stack([A, np.ones(30)]), labels=labels, l2=0.1)
    # Whole numbers, so that many scores are equal and many are 0.
    X = rng.integers(-1, 2, (50, 3)).astype(float)
    coefficients = rng.integers(-1, 2, (f.rows, 4)).astype(float)
    wide = np.column_stack([X, np.ones(50)])
    given_features = sparse.csr_array(wide) if thin else wide
    wanted = theirs(coefficients[:, :3], classes, coefficients[:, 3]).predict(X)
    x = coefficients.reshape(-1)
    assert f.predict(x, given_features).tolist() == wanted.tolist()
    y = rng.integers(0, classes, 50)
    assert f.accuracy(x, given_features, y) == np.mean(wanted == y)


def test_a_score_that_is_hardly_positive_is_class_1() -> None:
    """Otherwise a probability that rounds to one half hides on which side the sample is."""
    f = Logistic(features=[[1.0], [-1.0]], labels=[1, 0], l2=0.1)
    X = np.array([[1e-30], [0.0], [-1e-30]])
    assert f.predict([1.0], X).tolist() == [1, 0, 0] == theirs([[1.0]], 2).predict(X).tolist()


@pytest.mark.parametrize("classes", [2, 3])
def test_accuracy_at_the_minimum_is_that_of_a_fit(classes: int) -> None:
    """Otherwise the accuracy reported at f* is not what scikit-learn's fit reaches."""
    A, labels = data(3, 300, 5, classes)
    train, held = slice(200), slice(200, None)
    f = Logistic(features=A[train], labels=labels[train], l2=0.01)
    model = linear_model.LogisticRegression(
        C=1 / (0.01 * 200), fit_intercept=False, tol=1e-12, solver="newton-cholesky"
    ).fit(A[train], labels[train])
    x = f.minimum[0]
    for part in (train, held):
        score = model.score(A[part], labels[part])
        assert abs(f.accuracy(x, A[part], labels[part]) - score) < 1e-6
    assert 1.2 / classes < score < 1, "the data are too easy or too hard to tell"
    assert f.accuracy(x) == f.accuracy(x, A[train], labels[train])


def test_classes_may_be_coded_as_signs() -> None:
    """Otherwise −1 counts as a wrong class where the objective takes it as a label."""
    A, labels = data(0, 40, 3, 2)
    f = Logistic(features=A, labels=2 * labels - 1, l2=0.1)
    x = np.array([1.0, -0.5, 0.2])
    assert f.accuracy(x) == f.accuracy(x, A, labels) == f.accuracy(x, A, 2 * labels - 1)
    assert f.accuracy(x, A[:2], [-1, -1]) == f.accuracy(x, A[:2], [0, 0])


def test_points_at_once_are_points_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the accuracy over replicas and rounds is that of other points."""
    A, labels = data(0, 30, 3, 3)
    f = Logistic(features=A, labels=labels, l2=0.1)
    points = np.random.default_rng(0).standard_normal((4, 5, f.dim))
    wanted = [[f.accuracy(x) for x in some] for some in points]
    assert f.accuracy(points).tolist() == wanted and np.ptp(wanted) > 0.1
    assert f.predict(points).shape == (4, 5, 30)
    monkeypatch.setattr(prediction, "SCORES_AT_ONCE", 200)  # two points at once
    assert f.accuracy(points).tolist() == wanted
    assert f.predict(points)[1, 2].tolist() == f.predict(points[1, 2]).tolist()


def test_bad_input_is_listed() -> None:
    """Otherwise a matrix of other features fails inside NumPy."""
    A, labels = data(0, 30, 3, 3)
    f = Logistic(features=A, labels=labels, l2=0.1)
    x = np.zeros(9)
    refused(lambda: f.predict(np.zeros(8)), ["x = ", "must be of shape (9,) or (…, 9)"])
    refused(lambda: f.predict([np.nan] * 9), ["x = "])
    refused(lambda: f.predict(x, A[:, :2]), ["X = ", "must have 3 features"])
    refused(lambda: f.predict(x, [["a"] * 3]), ["X = ", "must be a matrix of finite numbers"])
    refused(lambda: f.accuracy(x, A), ["y = None: must be given together with the other"])
    refused(lambda: f.accuracy(x, y=labels), ["X = None: must be given"])
    refused(lambda: f.accuracy(x, A, labels[:4]), ["y = ", "must be 30 numbers"])
    refused(lambda: f.accuracy(x, A, labels + 1), ["y = ", "must be whole numbers from 0 to 2"])
