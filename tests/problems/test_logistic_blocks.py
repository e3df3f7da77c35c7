"""Sums over the samples of a logistic objective in blocks: the same values, in bounded memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import scipy
from logistic_cases import data

import auxtheory as at
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.problems import Logistic, LogisticPair
from auxtheory.problems.logistic import blocks, helpers


@pytest.mark.parametrize("thin", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_blocks_add_up_to_the_whole(
    classes: int, thin: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """f, ∇f and f − f(c) − ∇f(c)ᵀ(x − c) at several points, with a last block that is shorter."""
    A, labels = data(0, 103, 4, classes)
    f = Logistic(
        features=scipy.sparse.csr_array(A) if thin else A,
        labels=labels,
        weights=np.linspace(0.5, 1.5, 103) / 103,
        l2=0.1,
        nonconvex=0.05,
    )
    points = np.random.default_rng(1).standard_normal((2, 5, f.dim))
    centre = points[0, 0] + 0.1
    whole = [function(points) for function in (*f.functions(), f.excess(centre))]
    monkeypatch.setattr(blocks, "WHOLE", 20)
    monkeypatch.setattr(blocks, "LEAST", 20)
    monkeypatch.setattr(blocks, "FEATURES", 1)
    assert len(blocks.blocks(f.features, f.weights, f.marks, np)) == 6
    parts = [function(points) for function in (*f.functions(), f.excess(centre))]
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-13, atol=1e-15)


def test_few_samples_are_one_block_whose_features_are_not_copied() -> None:
    """So numbers of small problems are what they were, bit for bit."""
    assert blocks.length_of_block(blocks.WHOLE, 10_000) == blocks.WHOLE
    assert blocks.length_of_block(blocks.WHOLE + 1, 10_000) == blocks.LEAST
    assert blocks.length_of_block(10**6, 1) == blocks.WHOLE


def pair_of(n: int) -> LogisticPair:
    draws = np.random.default_rng(0)
    A = draws.uniform(-1, 1, (n, 5))
    f = Logistic(features=A, labels=(A[:, 0] > 0.3 * draws.standard_normal(n)).astype(int), l2=0.1)
    return helpers.relabelled(f, share=0.1)


def added_megabytes(n: int) -> float:
    """The peak of memory that a run adds to what the problem takes."""
    pair = pair_of(n)
    noise = at.Minibatch(pair=pair, batch=4)
    steps = at.Steps(eta=0.1, a=0.3, K=2, T=2)
    pair.constants()
    tracemalloc.start()
    try:
        at.run(at.methods.AuxMOM, pair, noise, steps, replicas=256, engine="numpy")
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_memory_of_a_run_does_not_grow_with_samples_and_replicas() -> None:
    """All scores of 256 replicas at once would be arrays of 20 MB here."""
    small, large = map(added_megabytes, (5_000, 10_000))
    assert large < small + 3
    assert large < 20


def test_replicas_at_once_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = pair_of(200)
    noise = at.Minibatch(pair=pair, batch=4)
    steps = at.Steps(eta=0.1, a=0.3, K=2, T=3)

    def run() -> at.Trace:
        return at.run(at.methods.AuxMOM, pair, noise, steps, replicas=20, engine="numpy")

    whole = run()
    for name, room in (("GRADIENTS_AT_ONCE", 3 * 200), ("BATCHES_AT_ONCE", 7 * 20)):
        with monkeypatch.context() as patch:
            patch.setattr(numpy_engine, name, room)
            part = run()
        for name_of_measure in ("G", "gap", "grad_sq"):
            np.testing.assert_array_equal(
                part.measure(name_of_measure), whole.measure(name_of_measure)
            )
