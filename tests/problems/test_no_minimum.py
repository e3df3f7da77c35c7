"""Whether a minimum without regulariser is attained, and why not."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import sparse
from separable_data import A2, A3, B2, B3, WAY, decided

import auxtheory as at
from auxtheory.errors import InputError
from auxtheory.problems import Logistic


@st.composite
def small_data(draw: Any) -> dict[str, Any]:
    """A few samples of small whole numbers, so that a linear programme is exact: of all three
    kinds."""
    classes = draw(st.integers(2, 4))
    p = draw(st.integers(1, 3))
    n = draw(st.integers(1, 10))
    A = np.array(
        draw(
            st.lists(st.lists(st.integers(-2, 2), min_size=p, max_size=p), min_size=n, max_size=n)
        ),
        float,
    )
    if draw(st.booleans()):
        A = np.c_[A, np.ones(n)]
    if draw(st.booleans()):
        A = np.c_[
            A, A @ draw(st.lists(st.integers(-2, 2), min_size=A.shape[1], max_size=A.shape[1]))
        ]
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n))
    weights = draw(
        st.none() | st.lists(st.sampled_from([0.0, 0.1, 1.0, 3.0]), min_size=n, max_size=n)
    )
    return {"features": A, "labels": labels, "classes": classes, "weights": weights}


# Losses that fall by exp(−40) and less look like a minimum to Newton's method.
@example(
    given_={
        "features": np.array([[2.0], [-2.0], [2.0], [-2.0], [-1.0]]),
        "labels": [0, 2, 3, 1, 2],
        "classes": 4,
        "weights": [0.1] * 5,
    }
)
@given(given_=small_data())
def test_whether_a_minimum_is_attained(given_: dict[str, Any]) -> None:
    """Otherwise data are refused that have a minimum, or one is claimed where f falls for ever; by a
    linear programme."""
    wanted = decided(given_["features"], given_["labels"], given_["classes"], given_["weights"])
    f = Logistic(**given_)
    if wanted == "attained":
        x, value, _ = f.minimum
        assert np.linalg.norm(f.functions()[1](x)) < 1e-12 and float(
            f.functions()[0](x)
        ) == pytest.approx(value)
        return
    with pytest.raises(
        InputError, match=r"l2 = 0\.0: must be larger, for f has no minimiser: "
    ) as error:
        _ = f.minimum
    kind = re.search(r"data are ([\w-]+)", str(error.value))
    assert kind is None or kind[1] == wanted, "feature …, which is one of both kinds"


def test_why_there_is_no_minimum() -> None:
    """Otherwise a user does not learn which data keep f from its infimum."""
    tilted = A2 @ [[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [1.0, 0.0, 1.0]]
    cases = {
        "data are separable (a plane separates the two classes)": (tilted, tilted @ [1, -2, 1] > 0),
        "data are separable (planes separate every class": (tilted, np.argmax(A2, axis=1)),
        "feature 1 (from 0) is never negative in class 0 and never positive in all others": (
            A2[:, :2],
            A2[:, 1] < 0,
        ),
        "feature 3 (from 0) is 0 in class 2 and never negative in all others": (
            np.c_[A3, (B3 != 2) * 1.0],
            B3,
        ),
        "the losses of 1 of 31 samples keep falling": (
            np.c_[
                np.r_[A2, [[0, 0, 1]]] @ [[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.r_[np.zeros(30), 1]
            ]
            @ np.triu(np.ones((4, 4))),
            np.r_[B2, 1],
        ),
    }
    for reason, (A, labels) in cases.items():
        for storage in (np.asarray, sparse.csr_array):
            f = Logistic(features=storage(A), labels=np.asarray(labels, dtype=int))
            with pytest.raises(InputError, match=re.escape(reason)):
                _ = f.minimum
            assert f.replace(l2=0.01).minimum[1] > 0


def test_a_bound_that_rounding_hides_is_no_number() -> None:
    """Otherwise a user reads that f comes no closer than inf to its infimum."""
    for labels in (A2[:, 0] > 0, np.argmax(A2, axis=1)):
        f = Logistic(features=1e6 * A2, labels=np.asarray(labels, dtype=int), l2=1e-30)
        with pytest.raises(
            InputError, match=r"must be larger, for rounding hides how near f comes to its infimum"
        ):
            _ = f.minimum


def test_a_minimum_on_the_samples_known_alone_is_refused_in_one_line() -> None:
    """Otherwise one bad input is listed as an input within an input."""
    f = Logistic(features=A2, labels=B2)
    with pytest.raises(
        InputError, match=r"share = 0\.1: on the 3 samples known alone, l2 = 0\.0: must be"
    ) as error:
        at.helpers.pseudo_labelled(f, share=0.1)
    assert str(error.value).count("\n") == 1


def test_nearly_dependent_features_are_named() -> None:
    """Otherwise f − f* is rounding, and nobody says whose."""
    for size, reason in (
        (1e-14, "the features are nearly dependent"),
        (1e-12, "must be farther from dependent"),
    ):
        f = Logistic(features=np.c_[A2[:, :2], A2[:, 0] + size * WAY], labels=B2)
        with pytest.raises(InputError, match=reason):
            f.with_helper()
