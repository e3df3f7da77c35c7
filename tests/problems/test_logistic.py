"""Logistic objectives have the values and derivatives that they state, on all kinds of data, and
refuse nonsense."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import array_api_strict
import numpy as np
import pytest
from complaints import refused
from hypothesis import assume, given
from hypothesis import strategies as st
from logistic_cases import SKEW, data, objectives
from logistic_fits import directions, fitted
from scipy import sparse

import auxtheory as at
from auxtheory.errors import RefusedError
from auxtheory.problems import Logistic, LogisticPair, estimate_delta
from auxtheory.problems.base import derivative


@given(f=objectives(), seed=st.integers(0, 9))
def test_derivatives(f: Logistic, seed: int) -> None:
    """Else ∇f is not that of f, or ∇²f not that of ∇f: by differences along random lines, and all
    forms of ∇²f."""
    value, gradient = f.functions()
    x, v = directions(seed, f)
    length = 1 / max(4.0, float(np.max(np.linalg.norm(f.features, axis=1))))
    slope = derivative(lambda points: value(points)[..., None], x, v, length)[0]
    size = abs(float(np.linalg.norm(v))) * max(1.0, float(np.linalg.norm(gradient(x))))
    assert slope == pytest.approx(float(gradient(x) @ v), abs=1e-9 * size)
    H = f.hessian(x)
    assert np.allclose(H, H.T, rtol=0, atol=1e-14 * np.max(np.abs(H)))
    assert np.allclose(
        f.hessian_product(x, v), H @ v, rtol=0, atol=1e-12 * np.max(np.abs(H)) * np.linalg.norm(v)
    )
    along = derivative(gradient, x, v, length)
    assert np.allclose(
        along, H @ v, rtol=0, atol=1e-8 * max(1.0, np.max(np.abs(H))) * np.linalg.norm(v)
    )


@given(f=objectives(), seed=st.integers(0, 9))
def test_every_shape_library_and_storage_agrees(f: Logistic, seed: int) -> None:
    """Else a batch, another array library or sparse features give another f than one point does."""
    value, gradient = f.functions()
    x = directions(seed, f, 6).reshape(2, 3, f.dim)
    assert value(x).shape == (2, 3) and gradient(x).shape == x.shape
    one_by_one = [[float(value(point)) for point in row] for row in x]
    np.testing.assert_allclose(value(x), one_by_one, rtol=1e-13)
    np.testing.assert_allclose(
        gradient(x), [[gradient(point) for point in row] for row in x], rtol=1e-12, atol=1e-14
    )
    thin = f.replace(features=sparse.csr_matrix(f.features))
    strict = [
        np.asarray(function(array_api_strict.asarray(x)))
        for function in f.functions(array_api_strict)
    ]
    for others in ([function(x) for function in thin.functions()], strict):
        np.testing.assert_allclose(others[0], value(x), rtol=1e-13)
        np.testing.assert_allclose(others[1], gradient(x), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(thin.hessian(x[0, 0]), f.hessian(x[0, 0]), rtol=1e-12, atol=1e-14)
    H = f.hessian(x[0, 0])
    v = x[0, 1]
    np.testing.assert_allclose(thin.hessian_product(x[0, 0], v), H @ v, rtol=1e-9, atol=1e-13)
    assert thin.smoothness == pytest.approx(f.smoothness, rel=1e-12)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("margin", [1e3, 1e8, 1e300])
def test_large_margins(classes: int, margin: float) -> None:
    """Else a large score overflows, and a sample far on the wrong side counts as nothing or as
    infinite."""
    f = Logistic(features=[[1.0], [1.0]], labels=[0, classes - 1], classes=classes)
    value, gradient = f.functions()
    x = np.zeros(f.dim)
    # The score of the last class: sample 0 is on the wrong side by `margin`, sample 1 on the right
    # one.
    x[-1] = margin
    assert float(value(x)) == pytest.approx(margin / 2, rel=1e-15)
    wanted = np.zeros(f.dim)
    wanted[-1] = 0.5
    wanted[0] += 0.0 if classes == 2 else -0.5
    np.testing.assert_allclose(gradient(x), wanted, atol=1e-300)
    assert not np.any(f.hessian(x))


@given(f=objectives(), data_=st.data())
def test_pairs_state_what_a_certificate_measures(f: Logistic, data_: Any) -> None:
    """Else a stated L, μ, δ, β, ζ or F0 is contradicted at some point; certified ≥ Lanczos,
    always."""
    kind = data_.draw(st.sampled_from(["dialled", "towards", "other"]))
    g = data_.draw(objectives(like=f))
    if kind == "other":
        pair = f.helped_by(g)
    else:
        far = float(f.helped_by(g).constants().delta)
        assume(kind == "dialled" or far > 0)  # a g equal to f has no direction to go in
        delta = [
            share * far for share in data_.draw(st.lists(st.floats(0, 1), min_size=1, max_size=2))
        ]
        bias = None if f.dim > 1 else [1.0]
        pair = f.with_helper(delta, 0.3, towards=g if kind == "towards" else None, bias=bias)
    certificate = pair.certify(samples=8)
    assert certificate.holds, str(certificate)
    estimate = estimate_delta(pair, samples=4)
    assert np.all(estimate.lower <= estimate.upper * (1 + 1e-9) + 1e-12), str(estimate)
    if kind == "dialled":
        np.testing.assert_allclose(estimate.lower, delta, rtol=1e-9, atol=1e-12)


def test_a_pair_that_lies_is_found_out() -> None:
    """Else the certificate is blind: each constant told too small (μ too large), at once."""

    class Lying(LogisticPair):
        def constants(self, helper: Any = "h") -> at.Constants:
            true = super().constants(helper)
            return true.replace(**{self.told: getattr(true, self.told) * self.by})

    A, labels = data(1)
    f = Logistic(features=A, labels=labels, l2=0.05)
    honest = f.with_helper(0.04, 0.1)
    assert honest.certify()
    for told, by in (("L", 0.99), ("mu", 3.0), ("delta", 0.99), ("F0", 0.99), ("zeta", 0.3)):
        lying = Lying(**{field.name: getattr(honest, field.name) for field in fields(honest)})
        object.__setattr__(lying, "told", told)
        object.__setattr__(lying, "by", by)
        wrong = [check.name for check in lying.certify().checks if not check.holds]
        assert wrong == [told] or (told == "zeta" and "beta" in wrong), told


def test_smoothness_from_both_sides() -> None:
    """Else L is not the largest curvature: attained at 0 by two classes, between its two ends for
    more."""
    A, labels = data(0)
    f = Logistic(features=A, labels=labels, l2=0.1, nonconvex=0.2)
    assert (
        f.smoothness[0]
        == f.smoothness[1]
        == pytest.approx(np.linalg.eigvalsh(f.hessian(np.zeros(4)))[-1])
    )
    low, high = Logistic(features=A, labels=np.arange(30) % 3, l2=0.1).smoothness
    assert low - 0.1 == pytest.approx((high - 0.1) * 2 / 3)


def test_bad_data_is_refused_all_at_once() -> None:
    """Else a shape or a label that cannot be is met deep inside a run."""
    bad = {
        "features": [[1.0], [2.0]],
        "labels": [0, 3],
        "weights": [1.0],
        "l2": -1.0,
        "classes": 2,
        "nonconvex": [1],
    }
    refused(
        lambda: Logistic(**bad),
        ["labels = [0, 3]", "weights = [1.0]", "l2 = -1.0", "nonconvex = [1]"],
    )
    for features in ([1.0], [[math.nan]], np.zeros((0, 2)), "text", [[1.0], [2.0, 3.0]]):
        refused(lambda features=features: Logistic(features=features, labels=[0]), ["features = "])
    for labels in ([0.5, 1.0], ["a", "b"], [0], [-1, 2], [0, math.nan], [1, 2], [0, 1e300]):
        refused(
            lambda labels=labels: Logistic(features=[[1.0], [2.0]], labels=labels), ["labels = "]
        )
    f = Logistic(features=[[1.0], [2.0]], labels=[-1, 1], l2=0.1)
    assert f.labels.tolist() == [0, 1]
    other = Logistic(features=[[1.0, 2.0]], labels=[0])
    refused(
        lambda: f.helped_by(other),
        [f"g = {other!r}: must be an at.Logistic of 2 classes and 1 features"],
    )
    refused(
        lambda: f.with_helper(1.0, towards=f),
        [f"towards = {f!r}: must differ from f in its Hessian"],
    )
    coarse = f.replace(features=[[1.0], [1.0]])
    refused(lambda: f.with_helper(9.0, towards=coarse), ["delta = 9.0: must be at most"])
    refused(
        lambda: f.with_helper(0.01, gap=[0.01], towards=coarse), ["gap = [0.01]: must be left out"]
    )
    refused(lambda: f.replace(x0=[1.0, 2.0]), ["x0 = [1.0, 2.0]: must be 1 finite numbers"])
    refused(lambda: f.replace(l2=0.0, labels=[1, 1]).minimum, ["l2 = 0.0: must be larger"])
    refused(
        lambda: estimate_delta(f.with_helper(0.1, bias=[1.0]), points=[[1.0, 2.0]]), ["points = "]
    )
    thin = f.replace(features=sparse.csr_array(f.features))
    with pytest.raises(RefusedError, match="sparse features run on NumPy only"):
        thin.functions(array_api_strict)


ODD: dict[str, Callable[[np.ndarray, np.ndarray], LogisticPair]] = {
    "large features, other labels": lambda A, b: relabelled(A * 1e3, b),
    "small features, other labels": lambda A, b: relabelled(A * 1e-3, b),
    "one other label on a small sample": lambda A, b: relabelled(
        A * np.r_[1e-3, np.ones(29)][:, None], b, one=True
    ),
    "rows in another order": lambda A, b: fitted(A, b).helped_by(fitted(A[::-1].copy(), b[::-1])),
    "no features": lambda A, b: Logistic(
        features=[[0.0]], labels=[1], l2=1.0, x0=[1.0]
    ).with_helper(0.1, bias=[1.0]),
    "a start far away": lambda A, b: fitted(A * 1e3, b, x0=[10.0] * 4).with_helper(0.1),
    "a start where f is flat": lambda A, b: fitted(SKEW, [0, 1], x0=[-1, -1, 2]).helped_by(
        fitted(SKEW + 1, [0, 1])
    ),
    "columns of all sizes": lambda A, b: fitted(A * [1e3, 1.0, 1e-3, 0.0], b).with_helper(0.1),
    "another ridge": lambda A, b: fitted(A, b).helped_by(fitted(A, b, l2=0.3)),
}


def relabelled(A: np.ndarray, labels: np.ndarray, *, one: bool = False) -> LogisticPair:
    f = fitted(A, labels)
    other = labels ^ (np.arange(len(labels)) == 0) if one else 1 - labels
    return f.helped_by(f.replace(labels=other))


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_odd_data_raise_no_alarm(make: Callable[[np.ndarray, np.ndarray], LogisticPair]) -> None:
    """Else rounding is taken for a contradiction, or a scale makes a certificate fail or take for
    ever."""
    pair = make(*data(1))
    certificate = pair.certify(samples=8)
    assert certificate, str(certificate)
    estimate = estimate_delta(pair, samples=4)
    assert np.all(estimate.lower <= estimate.upper * (1 + 1e-9))


def test_nothing_gets_past_the_checks_as_read_only() -> None:
    """Else NaN comes in with features that look as if they had been checked, or they change
    later."""
    bad = np.full((2, 1), np.nan)
    good = np.ones((2, 1))
    for array in (bad, good):
        array.flags.writeable = False
    thin = sparse.csr_array(np.array([[np.nan], [1.0]]))
    thin.data.flags.writeable = False
    for features in (bad, thin):
        refused(
            lambda features=features: Logistic(features=features, labels=[0, 1], l2=1.0),
            ["features = "],
        )
    f = Logistic(features=good, labels=[0, 1], l2=1.0)
    assert f.features is not good
    for array in (f.labels, f.weights, f.x0):
        assert not array.flags.writeable


def test_features_are_shared_where_nothing_changes() -> None:
    """Else equal samples are not seen to be equal and δ of other labels is not 0, or a caller can
    change them later."""
    A, labels = data(0)
    f = Logistic(features=A, labels=labels, l2=0.1)
    assert f.replace(labels=1 - labels).features is f.features
    assert not f.features.flags.writeable and f.features is not A
    thin = f.replace(features=sparse.csr_array(A))
    assert thin.replace(l2=0.2).features is thin.features
    order = np.arange(len(A))[::-1]
    for storage in (np.array, sparse.csr_array, sparse.coo_array):
        again = Logistic(features=storage(A[order]), labels=labels[order], l2=0.1)
        assert (
            f.helped_by(again).constants().delta
            == 0
            == thin.helped_by(again.replace(l2=0.1)).constants().delta
        )
