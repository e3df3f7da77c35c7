"""Helpers from a target's own data are what they are called, with the δ and ζ that follow, and
refuse nonsense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from complaints import refused
from hypothesis import given
from hypothesis import strategies as st
from logistic_cases import target
from scipy import sparse

import auxtheory as at
from auxtheory import engines, methods
from auxtheory.problems import Logistic, LogisticPair, estimate_delta
from auxtheory.problems.logistic import helpers

RELABELLING: dict[str, Callable[[Logistic], LogisticPair]] = {
    "a share": lambda f: helpers.relabelled(f, share=0.4),
    "given": lambda f: helpers.relabelled(f, labels=np.zeros(len(f.labels))),
    "random": helpers.randomly_labelled,
    "pseudo": lambda f: helpers.pseudo_labelled(f, share=0.3),
}
OTHERS: dict[str, Callable[[Logistic], LogisticPair]] = {
    "rotated": lambda f: helpers.rotated(f, 15.0),
    "noisy": lambda f: helpers.noisy(f, 0.1),
    "uniform": lambda f: helpers.coreset(f, 20),
    "leverage": lambda f: helpers.coreset(f, 20, by="leverage"),
    "k-centre": lambda f: helpers.coreset(f, 20, by="k-centre"),
    "quantised": lambda f: helpers.quantised(f, 4),
    "sketched": lambda f: helpers.sketched(f, 2),
    "sketched at random": lambda f: helpers.sketched(f, 2, seed=1),
}
each_relabelling = pytest.mark.parametrize("make", RELABELLING.values(), ids=RELABELLING)
each_other = pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
classes_ = pytest.mark.parametrize("classes", [2, 3])


@classes_
@each_relabelling
def test_other_labels_leave_the_hessian_alone(
    make: Callable[[Logistic], LogisticPair], classes: int
) -> None:
    """Otherwise the ideal case for AuxMOM is not recognised: δ = 0, ∇r one vector of length ζ, both
    exactly."""
    pair = make(target(classes))
    constants = pair.constants()
    assert constants.delta == constants.beta == 0 < constants.zeta
    assert constants.kinds["delta"] == constants.kinds["zeta"] == "exact" and pair.certify(
        samples=8
    )
    x = np.random.default_rng(0).standard_normal((1, 5, pair.dim)) * [
        [[1.0], [1.0], [5.0], [5.0], [20.0]]
    ]
    r = pair.gradients().r(x)[0]
    np.testing.assert_allclose(np.linalg.norm(r, axis=-1), constants.zeta, rtol=1e-12)
    np.testing.assert_allclose(r, np.broadcast_to(r[0], r.shape), atol=1e-13)


@classes_
@each_other
def test_other_helpers_are_certified(
    make: Callable[[Logistic], LogisticPair], classes: int
) -> None:
    """Otherwise a stated constant of one of them is contradicted somewhere."""
    pair = make(target(classes))
    certificate = pair.certify(samples=16)
    assert certificate, str(certificate)
    estimate = estimate_delta(pair)
    assert 0 < estimate.lower[0] <= estimate.upper[0]


@classes_
@pytest.mark.parametrize("engine", ["numpy", "cpu"])
@pytest.mark.parametrize(
    "method", [methods.AuxMOM, methods.AuxMVR, methods.ExactCorrection], ids=lambda m: m.name
)
def test_with_other_labels_a_corrected_run_is_gradient_descent(
    method: at.Method, engine: str, classes: int
) -> None:
    """Otherwise the correction is no correction: without noise and at δ = 0 every local step is one on
    f, to rounding."""
    pair = helpers.relabelled(target(classes), share=0.5)
    K = 4
    T = 6
    eta = 1 / pair.constants().L
    a = None if method is methods.ExactCorrection else 0.3
    steps = at.Steps(eta=eta, a=a, K=K, T=T)
    every = range(1, T + 1)
    task = at.Task(method=method, pair=pair, noise=at.Gaussian(), steps=steps, record=every)
    trace = engines.ENGINES[engine].run(task, at.Sampling(replicas=2, keep_paths=True))
    x = pair.x0[0]
    grad = pair.gradients().f
    for t in range(T):
        for _ in range(K):
            x = x - eta * grad(x)
        np.testing.assert_allclose(trace.paths[t, 0, 0], x, rtol=0, atol=1e-12)


def test_the_naive_floor() -> None:
    """Otherwise the naive method's error does not stay at ζ², or exceeds its bound: at δ = 0 it stops
    where ∇h = 0, and so ‖∇f‖² = ‖∇r‖² = ζ² there exactly."""
    pair = helpers.relabelled(target(), share=0.5)
    L = pair.constants().L
    zeta = pair.constants().zeta
    steps = at.Steps(eta=1 / L, K=20, T=200)
    trace = at.run(methods.Naive, pair, None, steps, engine="numpy", replicas=2)
    assert trace.grad_sq[0, 0] == pytest.approx(zeta**2, rel=1e-9)
    assert at.validate(at.theorems.Naive(), pair, K=20, T=200, replicas=2).status == "pass"


@each_other
def test_theorems_hold_on_real_helpers(make: Callable[[Logistic], LogisticPair]) -> None:
    """Otherwise a bound with certified constants is exceeded where its assumptions hold: Monte Carlo, at
    the stated rate of false alarms."""
    pair = make(target(l2=0.5))
    for theorem in at.theorems.ALL:
        K = 1 if theorem.method.single_step else 4
        quiet = theorem in (at.theorems.ExactCorrection, at.theorems.ExactCorrectionPL)
        noise = at.Gaussian(sigma_f=0.3, sigma_h=0.0 if quiet else 0.2)
        assert not theorem().unmet(theorem().constants(pair, noise)), theorem.label
        verdict = at.validate(theorem(), pair, noise, K=K, T=[4, 20], replicas=128)
        assert verdict.status == "pass", str(verdict)


@given(share=st.floats(0, 1), seed=st.integers(0, 99), classes=st.integers(2, 4))
def test_as_many_labels_change_as_asked(share: float, seed: int, classes: int) -> None:
    """Otherwise q is not the share of wrong labels."""
    f = target(classes)
    g = helpers.relabelled(f, share=share, seed=seed).g
    assert np.sum(g.labels != f.labels) == round(share * len(f.labels))
    assert np.all((g.labels >= 0) & (g.labels < classes))


def test_known_labels_are_kept() -> None:
    """Otherwise pseudo-labels overwrite what is known, or are not the guesses of what was learnt from it
    alone."""
    f = target(3)
    assert np.array_equal(helpers.pseudo_labelled(f, share=1.0).g.labels, f.labels)
    few = helpers.pseudo_labelled(f, share=0.2, seed=3)
    changed = np.flatnonzero(few.g.labels != f.labels)
    known = np.random.default_rng(3).permutation(40)[:8]
    assert len(changed) and not set(changed) & set(known)


def whole_weights(f: Logistic, pair: LogisticPair) -> np.ndarray:
    """The weights of a coreset as weights of all samples."""
    place = {row.tobytes(): i for i, row in enumerate(f.features)}
    weights = np.zeros(len(f.labels))
    for row, label, weight in zip(pair.g.features, pair.g.labels, pair.g.weights, strict=True):
        i = place[row.tobytes()]
        assert label == f.labels[i]
        weights[i] = weight
    return weights


@pytest.mark.parametrize("by", ["uniform", "leverage", "k-centre"])
def test_a_coreset_stands_for_the_whole(by: Any) -> None:
    """Otherwise its weights are not those of the samples it stands for: in the mean over seeds, or in
    their sum."""
    f = target(weights=np.linspace(1, 3, 40))
    weights = np.array(
        [whole_weights(f, helpers.coreset(f, 10, by=by, seed=seed)) for seed in range(1500)]
    )
    assert np.all(np.count_nonzero(weights, axis=1) <= 10) and np.all(weights >= 0)
    if by == "k-centre":
        np.testing.assert_allclose(weights.sum(axis=1), f.weights.sum(), rtol=1e-12)
        assert np.all(np.count_nonzero(weights, axis=1) == 10)
    else:
        error = (weights.mean(axis=0) - f.weights) / (weights.std(axis=0) / np.sqrt(len(weights)))
        assert np.max(np.abs(error)) < 4.5
    whole = helpers.coreset(f, 40, by="k-centre" if by == "k-centre" else "uniform")
    assert whole.constants().delta == 0 and whole.constants().zeta < 1e-12


def test_k_centre_chooses_the_farthest() -> None:
    """Otherwise the samples chosen do not cover the data."""
    A = np.array([[0.0], [1.0], [10.0], [11.0], [50.0], [52.0]])
    f = Logistic(features=A, labels=[0, 1, 0, 1, 0, 1], l2=0.1)
    for seed in range(6):
        chosen = helpers.coreset(f, 3, by="k-centre", seed=seed).g.features.ravel()
        assert {int(a) // 10 for a in chosen} == {0, 1, 5}


def test_turned_features() -> None:
    """Otherwise an angle is not an angle: planes keep lengths, a whole turn changes nothing, a quarter
    turn turns images."""
    f = target()
    turned = helpers.rotated(f, 30.0).g.features
    np.testing.assert_allclose(
        np.linalg.norm(turned, axis=1), np.linalg.norm(f.features, axis=1), rtol=1e-12
    )
    np.testing.assert_allclose(
        np.sum(turned * f.features, axis=1), np.cos(np.pi / 6) * np.sum(f.features**2, axis=1)
    )
    np.testing.assert_allclose(helpers.rotated(f, 360.0).g.features, f.features, atol=1e-12)
    quarter = helpers.rotated(f, 90.0, image=(2, 2)).g.features.reshape(-1, 2, 2)
    np.testing.assert_allclose(
        quarter, np.rot90(f.features.reshape(-1, 2, 2), axes=(1, 2)), atol=1e-12
    )


def test_coarse_features() -> None:
    """Otherwise bits are not bits or a rank is not a rank."""
    f = target()
    for bits in (1, 3):
        coarse = helpers.quantised(f, bits).g.features
        assert all(len(np.unique(column)) <= 2**bits for column in coarse.T)
        assert (
            np.max(np.abs(coarse - f.features) / np.ptp(f.features, axis=0))
            <= 0.5 / (2**bits - 1) + 1e-12
        )
    for seed in (None, 0):
        assert np.linalg.matrix_rank(helpers.sketched(f, 2, seed=seed).g.features) == 2
        np.testing.assert_allclose(
            helpers.sketched(f, 4, seed=seed).g.features, f.features, atol=1e-12
        )


def test_another_task() -> None:
    """Otherwise a helper from other data, with other samples, is not taken."""
    f = target()
    g = target(seed=7, l2=0.05)
    pair = f.helped_by(g.replace(features=g.features[:30], labels=g.labels[:30], weights=None))
    assert pair.certify(samples=8) and pair.constants().delta > 0


def test_bad_helpers_are_refused() -> None:
    """Otherwise a share, an angle or a size that cannot be is taken, or fails without a word that
    helps."""
    f = target()
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: helpers.relabelled(f, share=1.5), "share = 1.5"),
        (lambda: helpers.relabelled(f), "share = None"),
        (lambda: helpers.relabelled(f, share=0.5, labels=[0]), "share = 0.5"),
        (lambda: helpers.relabelled(f, labels=[0]), "labels = [0]"),
        (lambda: helpers.pseudo_labelled(f, share=0.0), "share = 0.0"),
        (lambda: helpers.rotated(f, 400.0), "degrees = 400.0"),
        (lambda: helpers.rotated(f, 1.0, image=(3, 3)), "image = (3, 3)"),
        (lambda: helpers.rotated(f, 1.0, image=(-2, -2)), "image = (-2, -2)"),
        (lambda: helpers.rotated(f, 1.0, image=4), "image = 4"),  # type: ignore[arg-type]
        (lambda: helpers.noisy(f, [0.1] * 4), "level = "),  # type: ignore[arg-type]
        (
            lambda: helpers.pseudo_labelled(f.replace(weights=np.eye(40)[0]), share=0.1, seed=1),
            "share = 0.1",
        ),
        (lambda: helpers.noisy(f, -1.0), "level = -1.0"),
        (lambda: helpers.coreset(f, 41), "size = 41"),
        (lambda: helpers.coreset(f, 4, by="kcentre"), "by = 'kcentre'"),  # type: ignore[arg-type]
        (lambda: helpers.quantised(f, 0), "bits = 0"),
        (lambda: helpers.sketched(f, 5), "rank = 5"),
        (lambda: helpers.noisy(f, 0.1, seed=-1), "seed = -1"),
        (lambda: helpers.noisy("f", 0.1), "target = 'f'"),  # type: ignore[arg-type]
    ]
    for make, line in cases:
        refused(make, [line])


@classes_
@pytest.mark.parametrize("make", {**RELABELLING, **OTHERS}.values(), ids={**RELABELLING, **OTHERS})
@pytest.mark.parametrize("p", [4, 3])
def test_sparse_features_give_the_same_helper(
    make: Callable[[Logistic], LogisticPair], classes: int, p: int
) -> None:
    """Otherwise a helper is refused to a LIBSVM file, or is another one there."""
    A = target(classes).features * (np.random.default_rng(3).random((40, 4)) < 0.4)
    f = target(classes).replace(features=A[:, :p], x0=None)
    thin = f.replace(features=sparse.csr_array(f.features))
    pair = make(f)
    other = make(thin)
    g = other.g.features
    np.testing.assert_allclose(
        g.toarray() if sparse.issparse(g) else g, pair.g.features, rtol=1e-12, atol=1e-13
    )
    assert np.array_equal(other.g.labels, pair.g.labels)
    np.testing.assert_allclose(other.g.weights, pair.g.weights, rtol=1e-9)
    assert sparse.issparse(g) == sparse.issparse(other.f.features), "the two sides are stored alike"
    stated = [pair.constants(), other.constants()]
    for name in ("L", "delta", "zeta", "F0"):
        assert getattr(stated[1], name) == pytest.approx(
            getattr(stated[0], name), rel=1e-6, abs=1e-8
        ), name


def test_features_too_large_for_an_array_are_refused_before_they_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise a helper whose features are no longer sparse takes all memory."""
    A = sparse.random_array((3000, 2**20), density=1e-6, rng=np.random.default_rng(0), format="csr")
    f = Logistic(features=A, labels=np.arange(3000) % 2, l2=0.1)
    message = (
        "features = sparse, 3000 × 1048576, of 23.4 GiB as an array: must be at most 1 GiB "
        "here, or dense"
    )
    for make in (
        lambda: helpers.noisy(f, 0.1),
        lambda: helpers.quantised(f, 2),
        lambda: helpers.sketched(f, 2),
        lambda: helpers.coreset(f, 5, by="leverage"),
        lambda: helpers.rotated(f, 1.0, image=(1024, 1024)),
    ):
        refused(make, [message])
    refused(lambda: helpers.noisy(f, -0.1), ["level = -0.1", message])
