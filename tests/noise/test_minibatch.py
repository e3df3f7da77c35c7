"""Minibatches are drawn evenly by their index, for every storage and engine."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import array_api_strict
import numpy as np
import pytest
from complaints import refused
from hypothesis import given
from hypothesis import strategies as st
from logistic_cases import target
from minibatch_cases import PAIRS, each_coupling, each_pair, point, samples
from scipy import sparse, stats

import auxtheory as at
from auxtheory import engines, methods
from auxtheory.errors import RefusedError
from auxtheory.noise.minibatch import Minibatch, matched
from auxtheory.problems import Logistic, LogisticPair
from auxtheory.problems.logistic import helpers
from auxtheory.random.counter import LOCAL, Index

each_class = pytest.mark.parametrize("classes", [2, 3])


@given(seed=st.integers(0, 2**63), start=st.integers(0, 1000), n=st.integers(1, 60), data=st.data())
def test_indices_are_functions_of_their_index(seed: int, start: int, n: int, data: Any) -> None:
    """Otherwise results depend on chunks, or a batch without replacement takes a sample twice."""
    f = Logistic(features=np.ones((n, 1)), labels=np.arange(n) % 2, l2=0.1, x0=[5.0])
    replacement = data.draw(st.booleans())
    batch = data.draw(st.integers(1, 12 if replacement else n))
    noise = Minibatch(pair=f.with_helper(), batch=batch, replacement=replacement)
    whole = noise.indices(Index(seed, start, start + 8, 2, 1), LOCAL, n)
    assert whole.shape == (8, batch) and np.all((whole >= 0) & (whole < n))
    cut = data.draw(st.integers(1, 7))
    ends = (start, start + cut), (start + cut, start + 8)
    parts = [noise.indices(Index(seed, *end, 2, 1), LOCAL, n) for end in ends]
    assert np.array_equal(np.concatenate(parts), whole)
    if not replacement:
        assert all(len(set(row)) == batch for row in whole.tolist())


def test_every_batch_is_as_likely() -> None:
    """Otherwise minibatches are biased: χ² over all subsets of 3 of 6, and over samples with
    replacement."""
    f = Logistic(features=np.ones((6, 1)), labels=[0, 1] * 3, l2=0.1, x0=[5.0])
    pair = f.with_helper()
    count = 20_000
    drawn = Minibatch(pair=pair, batch=3, replacement=False).indices(
        Index(0, 0, count, 1, 0), LOCAL, 6
    )
    found = [
        int(np.sum(np.all(np.sort(drawn) == subset, axis=1)))
        for subset in combinations(range(6), 3)
    ]
    assert sum(found) == count and stats.chisquare(found).pvalue > 1e-4
    with_ = Minibatch(pair=pair, batch=3).indices(Index(0, 0, count, 1, 0), LOCAL, 6)
    assert stats.chisquare(np.bincount(with_.ravel())).pvalue > 1e-4


@each_class
@each_pair
def test_a_batch_of_everything_is_the_whole(
    make: Callable[[Logistic], LogisticPair], classes: int
) -> None:
    """Otherwise g_f, g_h or g_r of all samples, once each, is not ∇f, ∇h or ∇r."""
    pair = make(target(classes, nonconvex=0.1, weights=np.linspace(1, 2, 40)))
    noise = Minibatch(pair=pair, batch=40, replacement=False)
    x = point(pair)
    for helper in ("h", "f", "none"):
        seen = pair.gradients().seen(helper, np)
        r, h = samples(noise, x, 2, helper)
        np.testing.assert_allclose(
            r, np.broadcast_to(seen.r(x[None, None])[0], r.shape), atol=1e-12
        )
        np.testing.assert_allclose(
            h, np.broadcast_to(seen.h(x[None, None])[0], h.shape), atol=1e-12
        )
    assert max(noise.at(x)) < 1e-12


def test_other_labels_and_the_same_indices() -> None:
    """Otherwise σ_r is not exact, or something is added to δ; and coupling helps while few labels are
    wrong, since a changed one turns its sample's gradient round."""
    pair = helpers.relabelled(target(), share=0.3)
    noise = Minibatch(pair=pair, batch=4)
    for size in (0.0, 1.0, 10.0):
        assert noise.at(point(pair, size=size)).sigma_r == pytest.approx(noise.sigma_r, rel=1e-12)
    assert noise.mean_square == 0
    few = helpers.relabelled(target(), share=0.05)
    assert Minibatch(pair=few, batch=4).at(few.x_star).ratio < 0.5 < 1 < noise.at(pair.x_star).ratio


@pytest.mark.parametrize(
    "theorem", [at.theorems.Naive, at.theorems.AuxMOM, at.theorems.AuxMVR, at.theorems.SGD]
)
def test_theorems_hold_under_minibatches(theorem: Any) -> None:
    """Otherwise a bound with certified σ is exceeded."""
    pair = helpers.relabelled(target(), share=0.3)
    K = 1 if theorem is at.theorems.SGD else 5
    noise = Minibatch(pair=pair, batch=4)
    verdict = at.validate(theorem(), pair, noise, K=K, T=[5, 50], replicas=64)
    assert verdict.status == "pass", str(verdict)
    assert theorem().constants(pair, noise).kinds["sigma_r"] == "certified"


def test_engines_that_cannot_draw_them_say_so() -> None:
    """Otherwise a compiled engine runs them as if there were no noise."""
    pair = helpers.relabelled(target(), share=0.3)
    noise = Minibatch(pair=pair, batch=4)
    steps = at.Steps(eta=0.1, a=0.5, K=2, T=2)
    assert engines.run(methods.AuxMOM, pair, noise, steps, replicas=4).engine == "cpu"
    more = helpers.relabelled(target(3), share=0.3)
    with pytest.raises(RefusedError, match="cpu runs methods of a correction buffer"):
        clipped = at.Steps(eta=0.1, c=1.0, K=1, T=2)
        engines.run(methods.ClippedSGD, pair, noise, clipped, engine="cpu")
    thin = helpers.relabelled(
        target().replace(features=sparse.csr_array(target().features)), share=0.3
    )
    with pytest.raises(RefusedError, match="sparse features run on NumPy only"):
        thin.f.sampled(np.zeros((1, 4), dtype=int), array_api_strict)
    refused(lambda: engines.run(methods.AuxMOM, more, noise, steps, replicas=4), ["noise = "])


def test_bad_minibatches_are_refused() -> None:
    """Otherwise a batch that is too large, or a coupling that is no permutation, is met deep inside a
    run."""
    f = target()
    pair = helpers.relabelled(f, share=0.3)
    unequal = f.helped_by(f.replace(features=f.features[:30], labels=f.labels[:30], weights=None))
    bad: dict[str, Any] = {"batch": 0, "replacement": "no", "coupling": "sme"}
    refused(
        lambda: Minibatch(pair=pair, **bad), ["batch = 0", "replacement = 'no'", "coupling = 'sme'"]
    )
    refused(lambda: Minibatch(pair=pair, batch=41, replacement=False), ["batch = 41"])
    refused(lambda: Minibatch(pair=unequal, batch=4), ["coupling = 'same'"])
    refused(lambda: Minibatch(pair=pair, batch=4, coupling=[0] * 40), ["coupling = "])
    refused(lambda: Minibatch(pair="f", batch=4), ["pair = 'f'"])
    refused(lambda: Minibatch(pair=f.with_helper([0.1, 0.2]), batch=4), ["pair = "])
    refused(lambda: matched(unequal), ["pair = "])
    two = Logistic(features=[[1.0], [2.0]], labels=[0, 1], l2=0.1).with_helper(bias=[1.0])
    for coupling in (None, 3, [1.0, 0.0], [True, False], [[0, 1]]):
        refused(
            lambda coupling=coupling: Minibatch(pair=two, batch=1, coupling=coupling),
            ["coupling = "],
        )


@each_class
@each_coupling
@each_pair
def test_sparse_features_draw_the_same_minibatches(make: Any, coupling: Any, classes: int) -> None:
    """Otherwise a LIBSVM file runs in no experiment, or gives other numbers than the same features as an
    array."""
    A = target(classes).features * (np.random.default_rng(3).random((40, 4)) < 0.4)
    A[7] = 0.0
    f = target(classes).replace(features=A)
    thin = f.replace(features=sparse.csr_array(A))
    pairs = make(f), make(thin)
    noises = [Minibatch(pair=pair, batch=5, coupling=coupling(pair)) for pair in pairs]
    assert sparse.issparse(pairs[1].f.features) == (make is not PAIRS["noisy"])
    for name in ("sigma_f", "sigma_h", "sigma_r", "mean_square"):
        assert getattr(noises[1], name) == pytest.approx(
            getattr(noises[0], name), rel=1e-10, abs=1e-12
        )
    x = point(pairs[0])
    np.testing.assert_allclose(noises[1].at(x), noises[0].at(x), rtol=1e-9, atol=1e-9)
    rng = np.random.default_rng(0)
    indices = rng.integers(0, 40, (6, 5))
    points = rng.standard_normal((3, 6, f.dim))
    np.testing.assert_allclose(
        thin.sampled(indices)(points), f.sampled(indices)(points), rtol=1e-12, atol=1e-14
    )
    steps = at.Steps(eta=np.array([0.1, 0.3]), a=0.5, K=2, T=3, B=2)
    traces = [
        engines.run(methods.AuxMVR, pair, noise, steps, engine="numpy", replicas=5, seed=2)
        for pair, noise in zip(pairs, noises, strict=True)
    ]
    np.testing.assert_allclose(traces[1].grad_sq, traces[0].grad_sq, rtol=1e-9)
