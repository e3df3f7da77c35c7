"""Data and objectives of logistic regression."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from auxtheory.problems import Logistic


def data(seed: int, n: int = 30, p: int = 4, classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of classes that overlap, every class with a sample."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, p))
    scores = A @ rng.standard_normal((p, classes)) + rng.gumbel(size=(n, classes))
    labels = np.argmax(scores, axis=1)
    labels[:classes] = np.arange(classes)
    return A, labels


@st.composite
def objectives(draw: Any, *, like: Logistic | None = None) -> Logistic:
    """Objectives of two or more classes, weighed or not, with either regulariser; of the
    coordinates of another."""
    classes = draw(st.integers(2, 4)) if like is None else like.classes
    p = draw(st.integers(1, 4)) if like is None else like.features.shape[1]
    A, labels = data(draw(st.integers(0, 99)), draw(st.integers(classes, 12)), p, classes)
    A = A * draw(st.sampled_from([0.1, 1.0, 5.0]))
    given_: dict[str, Any] = {"features": A, "labels": labels, "classes": classes}
    if draw(st.booleans()):
        given_["weights"] = draw(st.lists(st.floats(0.01, 1.0), min_size=len(A), max_size=len(A)))
    given_["l2"] = draw(st.sampled_from([0.1, 1.0, 0.01]))
    given_["nonconvex"] = draw(st.sampled_from([0.0, 0.0, 0.05, 1.0]))
    return Logistic(**given_)


SKEW = np.array([[9.0, 0.0, -5.0], [1.0, 5.0, -7.0]])


def target(classes: int = 2, seed: int = 0, **more: Any) -> Logistic:
    A, labels = data(seed, 40, 4, classes)
    return Logistic(features=A, labels=labels, **{"l2": 0.05, **more})
