"""Logistic data split over clients: what f is, certified constants, gradients, and bad splits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy
from complaints import complaints

import auxtheory as at
from auxtheory.problems import LogisticPair
from auxtheory.validation.parsing import parse


def data(classes: int = 2, n: int = 40, p: int = 4, *, sparse: bool = False) -> at.Logistic:
    random = np.random.default_rng(classes)
    features = random.standard_normal((n, p))
    return at.Logistic(
        features=scipy.sparse.csr_array(features) if sparse else features,
        labels=np.arange(n) % classes,
        l2=0.1,
        classes=classes,
        x0=np.ones(p * (1 if classes == 2 else classes)),
    )


SPLITS: dict[str, dict[str, Any]] = {
    "iid": {"N": 7},
    "label": {"N": 3, "by": "label"},
    "more than classes": {"N": 5, "by": "label"},
    "Dirichlet": {"N": 4, "by": at.Dirichlet(0.5)},
    "sizes": {"by": [10, 5, 25]},
    "groups": {"by": [0, 1, 1, 2] * 10},
    "equal": {"by": [10, 5, 25], "weights": "equal"},
}


def parts_of(pair: LogisticPair) -> Any:
    assert pair.helpers is not None
    return pair.helpers


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("split", SPLITS)
def test_f_is_the_mean_of_its_clients(split: str, classes: int, sparse: bool) -> None:
    f = data(classes, sparse=sparse)
    pair = f.split(**SPLITS[split], seed=3)
    h = parts_of(pair)
    x = np.random.default_rng(0).standard_normal((1, h.N, f.dim))
    at_all = np.repeat(x[:, :1], h.N, axis=1)
    each = h.gradient(np.arange(h.N), at_all)
    np.testing.assert_allclose(h.weights @ each[0], pair.gradients().f(x)[0, 0], atol=1e-14)
    rows = np.array([len(part.labels) for part in h.parts])
    assert np.sum(rows) == 40 and np.all(rows > 0)
    if split == "equal":
        assert h.equal_weights and h.N == 3
    else:
        np.testing.assert_allclose(h.weights, rows / 40)
        assert pair.f.weights.tobytes() == f.weights.tobytes()
    # F_i is the mean over its rows.
    i = h.N - 1
    plain = at.Logistic(
        features=h.parts[i].features, labels=h.parts[i].labels, l2=0.1, classes=classes
    )
    np.testing.assert_allclose(each[0, i], plain.functions()[1](at_all[0, i]), atol=1e-14)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_gradients_of_replicas_are_those_of_their_clients(classes: int, sparse: bool) -> None:
    f = data(classes, sparse=sparse)
    h = parts_of(f.split(N=3))
    group = np.array([2, 0, 2, 2, 0])
    x = np.random.default_rng(0).standard_normal((2, 5, f.dim))
    found = h.gradient(group, x)
    for r, i in enumerate(group):
        np.testing.assert_array_equal(found[:, r], h.parts[i].functions()[1](x[:, r : r + 1])[:, 0])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("split", ["iid", "label", "Dirichlet", "equal"])
def test_constants_are_bounds_and_the_certificate_holds(split: str, classes: int) -> None:
    pair = data(classes).split(**SPLITS[split])
    h = parts_of(pair)
    certificate = pair.certify(samples=4)
    measured = {c.name: c for c in certificate.checks}
    assert certificate.holds
    assert {"N", "delta_m", "delta_bar", "delta_A", "ell", "zeta_bar", "zeta_0"} <= set(measured)
    assert measured["zeta_bar"].kind == "exact" and measured["delta_m"].kind == "certified"
    # Hessians of f − f_i at a point, in full.
    x = pair.x_star
    R = np.stack([pair.f.hessian(x) - part.hessian(x) for part in h.parts])
    norms = np.linalg.norm(R, ord=2, axis=(1, 2))
    assert np.all(norms <= h.deltas[0] * (1 + 1e-12)) and h.delta_m[0] < 40 * np.max(norms)
    average = np.sqrt(np.linalg.norm(np.tensordot(h.weights, R @ R, 1), ord=2))
    assert average <= h.delta_A[0] <= h.delta_bar[0] <= h.delta_m[0]
    np.testing.assert_allclose(measured["delta_A"].measured, average, rtol=0.5)
    assert measured["delta_m"].measured >= 0.98 * np.max(norms)


def test_a_wrong_constant_fails_the_certificate() -> None:
    from dataclasses import replace

    pair = data().split(N=3, by="label")
    parts = list(parts_of(pair).parts)
    parts[0] = parts[0].replace(features=2 * parts[0].features)
    wrong = replace(pair, helpers=replace(parts_of(pair), parts=tuple(parts)))
    failed = {c.name for c in wrong.certify(samples=4).checks if not c.holds}
    assert "zeta_bar" in failed


def test_clients_with_other_labels_have_the_hessian_of_f() -> None:
    for classes in (2, 3):
        f = data(classes)
        random = np.random.default_rng(1)
        labels = random.integers(0, classes, size=(4, 40))
        pair = f.with_labels(labels, weights=[0.1, 0.2, 0.3, 0.4])
        h = parts_of(pair)
        assert not np.any(h.deltas) and h.delta_A[0] == 0 and pair.certify(samples=4).holds
        x = random.standard_normal(f.dim)
        for part in h.parts:
            np.testing.assert_allclose(part.hessian(x), pair.f.hessian(x), atol=1e-14)
        each = h.gradient(np.arange(4), np.broadcast_to(x, (1, 4, f.dim)))
        np.testing.assert_allclose(h.weights @ each[0], pair.f.functions()[1](x), atol=1e-14)
        assert np.all(h.zeta(x[None, None]) > 0.01)
        again = f.with_labels(labels[::-1], weights=[0.4, 0.3, 0.2, 0.1])
        assert parts_of(again).weights.tobytes() == h.weights.tobytes()
        assert pair.f.weights.tobytes() == again.f.weights.tobytes()


def test_names_and_order_of_clients_change_no_bit() -> None:
    f = data()
    by = np.random.default_rng(2).integers(0, 4, size=40)
    one = parts_of(f.split(by=by))
    other = parts_of(f.split(by=np.array(["c", "a", "d", "b"])[by]))
    assert one.weights.tobytes() == other.weights.tobytes() and one.N == 4
    for a, b in zip(one.parts, other.parts, strict=True):
        assert a.features.tobytes() == b.features.tobytes()


def test_splits_by_label_have_few_classes_and_dirichlet_is_between() -> None:
    f = data(4, n=400)

    def classes_of(**split: Any) -> list[int]:
        return [len(np.unique(part.labels)) for part in parts_of(f.split(**split)).parts]

    assert classes_of(N=4, by="label") == [1] * 4 and classes_of(N=2, by="label") == [2] * 2
    assert classes_of(N=8, by="label") == [1] * 8 and classes_of(N=8) == [4] * 8
    spread = [
        float(parts_of(f.split(N=4, by=at.Dirichlet(a), seed=1)).delta_m[0])
        for a in (0.1, 1.0, 1000.0)
    ]
    assert spread[0] > spread[1] > spread[2]
    even = parts_of(f.split(N=4, by=at.Dirichlet(1e6)))
    assert [len(part.labels) for part in even.parts] == [100] * 4


def test_components_are_the_clients_of_one_weight() -> None:
    f = data()
    pair = f.split(N=4)
    assert pair.components is not None and pair.components.N == 4
    x = np.random.default_rng(0).standard_normal((1, 3, f.dim))
    each = pair.components.each(x)
    np.testing.assert_allclose(np.mean(each, axis=2), pair.gradients().f(x), atol=1e-14)
    chosen = np.array([[0, 1], [2, 2], [3, 0]])
    expected = np.stack([np.mean(each[0, r, some], axis=0) for r, some in enumerate(chosen)])
    np.testing.assert_allclose(pair.components.gradient(chosen, x)[0], expected, atol=1e-14)
    assert f.split(by=[10, 30]).components is None and f.with_helper().components.N == 40


@pytest.mark.parametrize("split", ["iid", "Dirichlet", "sizes", "equal"])
def test_the_repr_makes_the_pair_again(split: str) -> None:
    f = at.Logistic(
        features=[[float(i % 3), float(i % 5 - 2)] for i in range(12)],
        labels=[int(i % 5 > 2) for i in range(12)],
        l2=0.1,
        x0=[1.0, 1.0],
    )
    more = {"by": [5, 7]} if "by" in SPLITS[split] and split != "Dirichlet" else {"N": 2}
    if split == "Dirichlet":
        more["by"] = at.Dirichlet(2.0)
    for pair in (f.split(**more, seed=2), f.with_labels([[0, 1] * 6, [1] * 12])):
        again = parse(repr(pair))
        assert repr(again) == repr(pair)
        for a, b in zip(parts_of(pair).parts, parts_of(again).parts, strict=True):
            assert a.features.tobytes() == b.features.tobytes()


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ({"N": 0}, ["N = 0: must be a whole number of at least 1"]),
        ({}, ["N = None: must be a whole number"]),
        ({"N": 41}, ["N = 41: must be a whole number of at most 40"]),
        ({"N": 2, "by": "labels"}, ["by = 'labels': must be one of iid, label"]),
        ({"by": [10, 0, 30]}, ["must give each client a row: client 1 would have none"]),
        ({"by": [10, 31]}, ["sum to 40"]),
        ({"N": 3, "by": [10, 30]}, ["number of clients in by, 2"]),
        ({"N": 2, "weights": "rows", "seed": -1}, ["weights = 'rows'", "seed = -1"]),
        ({"N": 20, "by": at.Dirichlet(0.01)}, ["must leave each client a row: clients "]),
    ],
)
def test_bad_splits_are_one_error(split: dict[str, Any], expected: list[str]) -> None:
    found = complaints(lambda: data().split(**split))
    assert len(found) == len(expected)
    for text, part in zip(found, expected, strict=True):
        assert part in text


def test_a_client_without_a_row_of_its_class_is_named() -> None:
    f = at.Logistic(features=np.eye(6), labels=[0, 0, 0, 0, 0, 1], l2=0.1, x0=np.ones(6))
    (text,) = complaints(lambda: f.split(N=4, by="label"))
    assert "client 3 would have none, since class 1 has 1 rows for 2 clients" in text


@pytest.mark.parametrize("alpha", [0.0, -1.0, np.nan, "1", [0.1, 0.2]])
def test_alpha_must_be_above_zero(alpha: Any) -> None:
    assert "alpha" in complaints(lambda: at.Dirichlet(alpha))[0]


def test_bad_labels_are_one_error() -> None:
    f = data(n=4)
    (text,) = complaints(lambda: f.with_labels([[0, 1]]))
    assert "must be of shape (N, 4)" in text
    found = complaints(lambda: f.with_labels([[0, 1, 0, 5], [0] * 4], weights=[0.5, 0.6]))
    assert len(found) == 2 and "must sum to 1" in found[0] and "labels" in found[1]
