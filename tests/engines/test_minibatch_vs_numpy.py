"""Minibatches in the compiled loop against the engine `numpy`: the same samples, hence the same
trajectories."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from engine_input import engine_input
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from auxtheory import engines, methods
from auxtheory.bounds.constants import Steps
from auxtheory.elementary import exp_minus
from auxtheory.engines.monte_carlo import minibatch
from auxtheory.kernels.cpu.slopes import binary_slope
from auxtheory.kernels.jit import compiled
from auxtheory.noise.minibatch import Minibatch, matched
from auxtheory.problems import Logistic, LogisticPair
from auxtheory.problems.logistic import helpers
from auxtheory.problems.logistic.loss import binary_slopes


def NUMPY(*case: Any, **options: Any) -> Any:
    return engines.ENGINES["numpy"].run(*engine_input(*case, **options))


def CPU(*case: Any, **options: Any) -> Any:
    return engines.ENGINES["cpu"].run(*engine_input(*case, **options))


CLOSE = 1e-11  # relative: some thousand sums of some hundred rounded products


def target(**more: Any) -> Logistic:
    rng = np.random.default_rng(0)
    A = rng.standard_normal((67, 13))
    labels = (A @ rng.standard_normal(13) + rng.standard_normal(67) > 0).astype(int)
    return Logistic(features=A, labels=labels, **{"l2": 0.05, **more})


F = target()
BENT = target(nonconvex=0.1, weights=np.linspace(1, 2, 67) / 100)
PAIRS: dict[str, LogisticPair] = {
    "relabelled": helpers.relabelled(F, share=0.3),
    "noisy": helpers.noisy(F, 0.3),
    "bent": helpers.relabelled(BENT, share=0.3),
    "dialled": F.with_helper(0.05, 0.1),
    "towards": F.with_helper(0.05, 0.1, towards=F.replace(features=1.3 * F.features)),
}
METHODS = [methods.fine_tuning(3, then=methods.SGDMomentum), *methods.ALL]


def three(**more: Any) -> Logistic:
    """Three classes with many zeros; 11 features, which fill no whole number of vectors."""
    rng = np.random.default_rng(1)
    A = rng.standard_normal((53, 11)) * (rng.random((53, 11)) < 0.4)
    labels = np.argmax(A[:, :3] + rng.standard_normal((53, 3)), axis=1)
    return Logistic(**{"features": A, "labels": labels, "classes": 3, "l2": 0.05, **more})


SPARSE = three(features=sparse.csr_array(three().features))
TWO_SPARSE = F.replace(features=sparse.csr_array(F.features * (np.abs(F.features) > 1)))
OTHERS: dict[str, LogisticPair] = {
    "relabelled, three": helpers.relabelled(three(nonconvex=0.1), share=0.3),
    "noisy, three": helpers.noisy(three(), 0.3),
    "relabelled, sparse": helpers.relabelled(TWO_SPARSE, share=0.3),
    "towards, sparse": TWO_SPARSE.with_helper(
        0.05, 0.1, towards=TWO_SPARSE.replace(features=1.3 * TWO_SPARSE.features)
    ),
    "three, sparse and dense": SPARSE.helped_by(three(l2=0.1)),
}


def compare(method: Any, noise: Minibatch, steps: Steps, **more: Any) -> None:
    """All that a trace holds, with everything kept."""
    asked: dict[str, Any] = {
        "record": [1, 2, steps.T],
        "replicas": 5,
        "seed": 2**40 + 3,
        "first_replica": 5,
        **more,
    }
    asked |= {"keep_paths": True, "keep_local": True}
    want, got = (run(method, noise.pair, noise, steps, **asked) for run in (NUMPY, CPU))
    for name in (
        "paths",
        "G",
        "gap",
        "grad_sq",
        "local_sq",
        "spread",
        "G_se",
        "grad_sq_se",
        "start",
    ):
        a = getattr(got, name)
        b = getattr(want, name)
        # An error of means, of their rounding too.
        size = np.max(np.abs(getattr(want, name.removesuffix("_se"))))
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=CLOSE * size, err_msg=name)
    assert got.costs == want.costs and got.engine == "cpu"


@pytest.mark.parametrize("coupling", ["same", "independent", "matched"])
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_trajectories(method: Any, pair: LogisticPair, coupling: str) -> None:
    """Otherwise a sample, a rule or a gradient of the loop is another than NumPy's."""
    which = matched(pair) if coupling == "matched" else coupling
    K = 1 if getattr(method, "single_step", False) else 4
    for batch, replacement in ((8, True), (3, False)):
        noise = Minibatch(pair=pair, batch=batch, replacement=replacement, coupling=which)
        compare(method, noise, Steps(eta=np.array([0.1, 0.3]), a=0.4, K=K, T=5, B=3))


@pytest.mark.parametrize("coupling", ["same", "independent"])
@pytest.mark.parametrize("pair", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("method", [methods.AuxMOM, methods.AuxMVR], ids=lambda each: each.name)
def test_more_classes_and_sparse_features(method: Any, pair: LogisticPair, coupling: str) -> None:
    """Otherwise softmax or a sum over the entries of a row is another than NumPy's."""
    for batch, replacement in ((40, True), (3, False)):
        noise = Minibatch(pair=pair, batch=batch, replacement=replacement, coupling=coupling)
        compare(method, noise, Steps(eta=np.array([0.1, 0.3]), a=0.4, K=3, T=4, B=2))


def test_sparse_features_are_those_of_an_array() -> None:
    """Otherwise the loop takes other samples, or other gradients, where features are sparse: to
    rounding."""
    dense = three()
    pairs = [helpers.relabelled(f, share=0.3) for f in (dense, SPARSE)]
    steps = Steps(eta=0.3, a=0.3, K=4, T=10)
    x, y = (
        CPU(
            methods.AuxMVR,
            pair,
            Minibatch(pair=pair, batch=5),
            steps,
            replicas=6,
            keep_paths=True,
        ).paths
        for pair in pairs
    )
    np.testing.assert_allclose(y, x, rtol=1e-12, atol=1e-12 * np.max(np.abs(x)))


@pytest.mark.parametrize(
    ("batch", "replacement", "K", "B"),
    [
        (1, True, 1, 1),
        (67, False, 3, 2),
        (300, True, 3, np.inf),
        (1100, True, 2, 2),
        (8, True, 80, 1),
        (7, False, 9, np.inf),
    ],
)
def test_sizes(batch: int, replacement: bool, K: int, B: float) -> None:
    """Otherwise a batch of one or of all, many steps a round, or an exact first buffer goes wrong."""
    noise = Minibatch(pair=PAIRS["noisy"], batch=batch, replacement=replacement)
    compare(methods.AuxMVR, noise, Steps(eta=0.1, a=0.3, K=K, T=3, B=B))


def test_sides_of_different_lengths() -> None:
    """Otherwise a coreset is indexed as the whole."""
    pair = helpers.coreset(F, 20)
    compare(
        methods.AuxMOM,
        Minibatch(pair=pair, batch=5, coupling="independent"),
        Steps(eta=0.1, a=0.3, K=3, T=4),
    )


def test_neither_threads_nor_chunks_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a result depends on how it was computed: bit for bit."""
    noise = Minibatch(pair=PAIRS["noisy"], batch=4)
    steps = Steps(eta=0.1, a=0.3, K=3, T=4)
    asked: dict[str, Any] = {"replicas": 9, "keep_paths": True}
    one = CPU(methods.AuxMOM, noise.pair, noise, steps, threads=1, **asked)
    monkeypatch.setattr(minibatch, "NUMBERS_AT_ONCE", 30)
    for threads in (1, 2, 5):
        other = CPU(methods.AuxMOM, noise.pair, noise, steps, threads=threads, **asked)
        assert np.array_equal(one.paths, other.paths)
        np.testing.assert_allclose(other.G, one.G, rtol=1e-12)


@pytest.mark.parametrize("engine", ["cpu", "numpy"])
def test_without_following_G(engine: str) -> None:
    """Otherwise leaving G out changes what is left, or gives a number that is none."""
    noise = Minibatch(pair=PAIRS["noisy"], batch=4)
    steps = Steps(eta=0.1, a=0.3, K=3, T=4)
    with_, without = (
        engines.run(
            methods.AuxMOM, noise.pair, noise, steps, engine=engine, replicas=4, follow_G=follow
        )
        for follow in (True, False)
    )
    assert np.array_equal(with_.grad_sq, without.grad_sq) and np.array_equal(with_.gap, without.gap)
    assert not np.any(np.isfinite(without.G)) and not np.any(without.diverged)


@given(t=st.lists(st.floats(-1e3, 1e3), min_size=1))
def test_the_exponential(t: list[float]) -> None:
    """Otherwise the compiled slope is off: e⁻ᵗ within an ulp up to where it leaves the normal
    numbers."""
    x = np.array(t)
    wanted = np.exp(-np.clip(x, -708, 708).astype(np.longdouble))
    got = exp_minus(x)
    assert np.max(np.abs(got - wanted) / np.spacing(wanted.astype(float))) < 1.1


def test_the_slope_in_compiled_code() -> None:
    """Otherwise one loss has two slopes."""

    def loop(scores: Any, signs: Any, out: Any) -> None:
        for i in range(scores.size):
            out[i] = binary_slope(scores[i], signs[i])

    scores = np.concatenate([np.linspace(-40, 40, 999), [0.0, 1e3, -1e3, 1e308, -1e308]])
    signs = np.resize([1.0, -1.0], scores.size)
    out = np.empty(scores.size)
    compiled(loop, keep=False)(scores, signs, out)
    np.testing.assert_allclose(out, binary_slopes(scores, signs, np), rtol=1e-13, atol=1e-300)


def test_replicas_that_diverge_are_flagged() -> None:
    """Otherwise one replica that is not finite spoils the others, or is taken for a number."""
    noise = Minibatch(pair=PAIRS["bent"], batch=2)
    trace = CPU(
        methods.AuxMOM,
        noise.pair,
        noise,
        Steps(eta=np.array([0.1, 1e99]), a=0.3, K=3, T=4),
        replicas=4,
    )
    assert (
        trace.diverged.tolist() == [0, 4]
        and np.isfinite(trace.grad_sq[0, 0])
        and np.isinf(trace.grad_sq[0, 1])
    )
