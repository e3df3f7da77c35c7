"""Minima without regulariser, or next to none: found where they are attained, however singular the
Hessian, and refused with the reason where no point attains them."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logistic_cases import SKEW, data
from scipy import sparse
from scipy.optimize import linprog

import auxtheory as at
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


def decided(A: Any, labels: Any, classes: int, weights: Any = None) -> str:
    """Whether a direction separates the data, by a linear programme: how many margins can be
    positive at once."""
    margins = []
    for i in range(len(A)) if weights is None else np.flatnonzero(weights):
        for k in set(range(classes)) - {labels[i]}:
            margin = np.zeros((classes, np.shape(A)[1]))
            margin[labels[i]], margin[k] = A[i], -np.asarray(A[i])
            margins.append(margin.reshape(-1))
    m = len(margins)
    if not m:
        return "attained"
    M = np.array(margins)
    bounds = [(None, None)] * M.shape[1] + [(0, 1)] * m
    cost = np.r_[np.zeros(M.shape[1]), -np.ones(m)]
    found = linprog(cost, A_ub=np.c_[-M, np.eye(m)], b_ub=np.zeros(m), bounds=bounds)
    assert found.status == 0
    return {0: "attained", m: "separable"}.get(round(-found.fun), "quasi-separable")


A2, B2 = data(0, 30, 3, 2)
A3, B3 = data(1, 30, 3, 3)
ONE_HOT = np.eye(3)[np.arange(30) % 3]
STANDARD = (ONE_HOT - 1 / 3) / np.std(ONE_HOT, axis=0)
WAY = np.random.default_rng(5).standard_normal(30)
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
    """Else a minimum is refused, or is wrong, because a Hessian is singular or nearly so."""
    A, labels, same = ATTAINED[name]
    f = Logistic(features=A, labels=labels)
    x, value, below = f.minimum
    wanted = precise(A if same is None else same, labels, f.classes or 2)
    assert value == below == pytest.approx(wanted, rel=1e-13)  # measured: 3e-16
    # F(x) itself is rounded, far out.
    assert float(f.functions()[0](x)) == pytest.approx(wanted, rel=1e-11)


def test_the_minimum_of_the_smallest_case() -> None:
    """Else the Hessian's zeros pass for a direction that separates the classes."""
    f = Logistic(features=[[1], [2], [1], [-1], [-1.5], [-1]], labels=[0, 1, 2, 2, 1, 0])
    assert f.minimum[1] == pytest.approx(1.0945706389995444, rel=1e-15)
    assert np.sum(f.minimum[0]) == pytest.approx(0, abs=1e-15)


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


@given(given_=small_data())
def test_whether_a_minimum_is_attained(given_: dict[str, Any]) -> None:
    """Else data are refused that have a minimum, or one is claimed where f falls for ever; by a
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
    """Else a user does not learn which data keep f from its infimum."""
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
    """Else a user reads that f comes no closer than inf to its infimum."""
    for labels in (A2[:, 0] > 0, np.argmax(A2, axis=1)):
        f = Logistic(features=1e6 * A2, labels=np.asarray(labels, dtype=int), l2=1e-30)
        with pytest.raises(
            InputError, match=r"must be larger, for rounding hides how near f comes to its infimum"
        ):
            _ = f.minimum


def test_a_minimum_on_the_samples_known_alone_is_refused_in_one_line() -> None:
    """Else one bad input is listed as an input within an input."""
    f = Logistic(features=A2, labels=B2)
    with pytest.raises(
        InputError, match=r"share = 0\.1: on the 3 samples known alone, l2 = 0\.0: must be"
    ) as error:
        at.helpers.pseudo_labelled(f, share=0.1)
    assert str(error.value).count("\n") == 1


def test_nearly_dependent_features_are_named() -> None:
    """Else f − f* is rounding, and nobody says whose."""
    for size, reason in (
        (1e-14, "the features are nearly dependent"),
        (1e-12, "must be farther from dependent"),
    ):
        f = Logistic(features=np.c_[A2[:, :2], A2[:, 0] + size * WAY], labels=B2)
        with pytest.raises(InputError, match=reason):
            f.with_helper()


def test_of_many_minimisers_the_nearest_to_the_start() -> None:
    """Else iterates, which keep what f does not see, end at a distance from x* for ever."""
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
    """Else large data, sparse data, and data too large to be factored have other minima than small
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
    """Else a fit of large data runs for an hour without a word."""
    monkeypatch.setattr(minimum, "WORK", 1e4)
    with pytest.raises(
        InputError, match=r"30 samples, 3 features and 3 classes take more than 1e\+04 operations"
    ):
        _ = Logistic(features=A3, labels=B3).minimum


@given(
    seed=st.integers(0, 999), classes=st.integers(2, 4), far=st.sampled_from([1e-6, 1e-3, 0.1, 0.5])
)
def test_the_bound_of_an_error_holds(seed: int, classes: int, far: float) -> None:
    """Else f* is taken to be nearer than it is: the duality gap at points about the minimiser, with
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


@pytest.mark.parametrize("l2", [1e-8, 1e-12, 1e-20, 1e-100])
@pytest.mark.parametrize("size", [1.0, 1e6])
def test_next_to_no_regulariser(l2: float, size: float) -> None:
    """Else what is refused, or wrong by rounding far out, at l2 = 0 still is at an l2 that changes
    no digit."""
    f = Logistic(features=np.c_[A3, A3 @ [0.1, 0.3, 0.7]] * size, labels=B3, l2=l2)
    x, value, _ = f.minimum
    plain = f.replace(l2=0.0)
    nearest, least, _ = plain.minimum
    assert value == pytest.approx(least + l2 / 2 * float(nearest @ nearest), rel=1e-12)
    assert value >= least * (1 - 1e-15) and np.linalg.norm(x) == pytest.approx(
        np.linalg.norm(nearest), rel=1e-5
    )


SINGULAR = {
    "three classes": Logistic(features=A3, labels=B3, x0=np.ones(9)),
    "a dependent feature": Logistic(
        features=np.c_[A2, A2 @ [1, 2, 3]], labels=B2, x0=np.arange(4.0)
    ),
    "far from 0": Logistic(features=np.c_[A3 + 1e6, np.ones(30)], labels=B3),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_pairs_and_helpers_without_regulariser(name: str) -> None:
    """Else F0, ζ, δ or μ of a pair rests on an inverse that does not exist."""
    f = SINGULAR[name]
    pairs = [at.helpers.relabelled(f, share=0.2), f.with_helper(0.0, 0.3), f.with_helper(0.1, 0.3)]
    if name != "far from 0":
        pairs += [
            at.helpers.noisy(f, 0.1),
            at.helpers.coreset(f, 12),
            at.helpers.pseudo_labelled(f, share=0.8),
        ]
    for pair in pairs:
        known = pair.constants()
        assert known.kinds["F0"] == "exact" and known.mu == 0
        start = float(f.functions()[0](f.x0))
        assert known.F0 == pytest.approx(start - f.minimum[1], rel=1e-9 + 1e-15 * start)
        certificate = pair.certify(samples=8)
        assert certificate, str(certificate)
        assert at.validate(at.theorems.ExactCorrection(), pair, T=[2, 20], K=2, replicas=2)
    noise = at.Minibatch(pair=pairs[0], batch=4).at(pairs[0].x_star)
    assert np.isfinite(noise.sigma_r) and noise.sigma_r > 0


def test_a_lone_stationary_point_has_a_zeta() -> None:
    """Else ζ at β = ∞ is unknown where f is flat nowhere, or known where ∇r grows along what f does
    not see."""
    alone = Logistic(features=A2, labels=B2).with_helper(0.1, 0.3).constants()
    assert alone.beta == np.inf and alone.zeta == pytest.approx(0.3, rel=1e-12)
    for f in SINGULAR.values():
        assert f.with_helper(0.1, 0.3).constants().zeta == 1e100


def test_data_without_a_say() -> None:
    """Else samples without weight or features decide whether there is a minimum, or a constant f
    has none."""
    weights = np.r_[np.ones(30), 0.0] / 30
    f = Logistic(features=np.r_[A3, [[1e9, 0, 0]]], labels=np.r_[B3, 1], weights=weights)
    assert f.minimum[1] == pytest.approx(Logistic(features=A3, labels=B3).minimum[1], rel=1e-14)
    for nothing in (
        Logistic(features=np.zeros((2, 1)), labels=[0, 1]),
        f.replace(weights=0 * weights),
    ):
        assert nothing.minimum[1] == pytest.approx(float(nothing.functions()[0](nothing.x0)))
        with pytest.raises(InputError, match="must not minimise f"):
            nothing.with_helper(bias=np.ones(nothing.dim))
    assert Logistic(features=[[1], [-1]], labels=[0, 0]).minimum[1] == pytest.approx(np.log(2))
    with pytest.raises(InputError, match="has no minimiser"):
        _ = Logistic(features=SKEW, labels=[0, 1]).minimum


@pytest.mark.parametrize("rotation", [None, 1])
@pytest.mark.parametrize("mu", [1e-51, 1e-99, 1e-310, 0.0])
def test_a_quadratic_next_to_flat(mu: float, rotation: int | None) -> None:
    """Else a pair whose minimum is known is refused for a β, which nobody gave, that is out of
    range."""
    pair = at.Quadratic(L=1.0, mu=mu, dim=3, rotation=rotation).with_helper(0.1, 0.2)
    known = pair.constants()
    assert (
        known.F0 == pytest.approx(1.0) and known.zeta == pytest.approx(0.2) and known.beta == np.inf
    )
    certificate = pair.certify(samples=8)
    assert certificate, str(certificate)
