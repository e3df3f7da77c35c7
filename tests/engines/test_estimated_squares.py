"""‖∇f‖² at local steps from a few samples: unbiased, the same on both engines, and stated."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import numpy as np
import pytest
from complaints import refused
from logistic_cases import target
from scipy import sparse

import auxtheory as at
from auxtheory.errors import InputError
from auxtheory.problems.logistic import helpers
from auxtheory.problems.logistic.squares import sampled_square

STEPS = at.Steps(eta=0.3, a=0.3, K=3, T=4)


def case(classes: int = 2, *, thin: bool = False) -> tuple[Any, Any]:
    """A pair with its minibatches."""
    f = target(classes, nonconvex=0.1, weights=np.linspace(1, 2, 40) / 50)
    if thin:
        f = f.replace(features=sparse.csr_array(f.features))
    pair = helpers.relabelled(f, share=0.3)
    return pair, at.Minibatch(pair=pair, batch=4)


def sampled(engine: str, classes: int = 2, *, thin: bool = False, **options: Any) -> Any:
    pair, noise = case(classes, thin=thin)
    task = at.Task(method=at.methods.AuxMVR, pair=pair, noise=noise, steps=STEPS, record=[1, 4])
    settings = {"replicas": 6, "keep_local": True, "G_rows": 5, **options}
    return at.engines.ENGINES[engine].run(task, at.Sampling(**settings))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("m", [2, 3])
def test_the_mean_over_all_draws_is_the_square(classes: int, m: int) -> None:
    """Otherwise the estimate is biased: each of the nᵐ draws is as likely."""
    rng = np.random.default_rng(2)
    f = at.Logistic(
        features=rng.standard_normal((7, 3)),
        labels=np.arange(7) % classes,
        weights=rng.random(7),
        l2=0.2,
        nonconvex=0.3,
    )
    draws = np.array(list(product(range(7), repeat=m)))
    x = np.broadcast_to(rng.standard_normal(f.dim), (1, len(draws), f.dim))
    grad = f.functions()[1](x)[0, 0]
    assert np.mean(sampled_square(f, draws)(x)) == pytest.approx(grad @ grad, rel=1e-12)
    # That of the samples' mean gradient is not.
    naive = np.mean(np.sum(f.sampled(draws)(x) ** 2, axis=-1))
    assert naive > 1.1 * (grad @ grad)


@pytest.mark.parametrize(("classes", "thin"), [(2, False), (3, False), (2, True), (3, True)])
def test_both_engines_draw_the_same_samples(classes: int, thin: bool) -> None:
    """Otherwise an estimate depends on the engine, or a path on the estimate."""
    want, got = (sampled(engine, classes, thin=thin) for engine in ("numpy", "cpu"))
    for name in ("G", "G_se", "local_sq", "grad_sq"):
        a, b = getattr(got, name), getattr(want, name)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12 * np.max(np.abs(b)), err_msg=name)
    exact = sampled("cpu", classes, thin=thin, G_rows=None)
    assert np.array_equal(got.grad_sq, exact.grad_sq) and np.all(got.G != exact.G)
    assert np.array_equal(got.G, sampled("cpu", classes, thin=thin, threads=2).G)


@pytest.mark.parametrize("options", [{"G_rows": None, "G_every": 2}, {"G_rows": 3, "G_every": 5}])
def test_some_of_the_steps(options: Any) -> None:
    """Otherwise engines choose other steps, or a step counts too often: each of K steps is chosen
    once in G_every rounds, on average."""
    want, got = (sampled(engine, **options) for engine in ("numpy", "cpu"))
    np.testing.assert_allclose(got.G, want.G, rtol=1e-10)
    np.testing.assert_allclose(got.local_sq, want.local_sq, rtol=1e-10, atol=1e-12)
    many = sampled("cpu", replicas=4000, **options)
    exact = sampled("cpu", replicas=4000, G_rows=None)
    assert np.all(np.abs(many.G - exact.G) < 4.5 * many.G_se)
    assert np.all(np.abs(many.local_sq - exact.local_sq) < 4.5 * many.local_sq_se)
    assert np.all(many.G_se < 0.1 * exact.G)


def test_many_samples_and_steps() -> None:
    """Otherwise samples are drawn for the steps of one block only."""
    pair, noise = case()
    steps = at.Steps(eta=0.1, a=0.3, K=40, T=2)
    want, got = (
        at.run(at.methods.AuxMVR, pair, noise, steps, engine=engine, replicas=3, G_rows=65)
        for engine in ("numpy", "cpu")
    )
    np.testing.assert_allclose(got.G, want.G, rtol=1e-10)


def test_the_estimate_is_that_of_the_exact_run() -> None:
    """Otherwise G is biased in the loop: with the same paths, within 4.5 of its standard errors."""
    exact, estimated = (
        sampled("cpu", replicas=4000, keep_local=False, G_rows=rows) for rows in (None, 2)
    )
    error = estimated.G_se
    assert np.all(np.abs(estimated.G - exact.G) < 4.5 * error)
    # Without its correction it would be off by the variance of a mean of two, some hundred errors.
    assert np.all(error > exact.G_se) and np.all(error < 0.1 * exact.G)


def test_it_is_stated() -> None:
    """Otherwise a reader takes an estimate for the exact number."""
    pair, noise = case()
    theorem = at.theorems.AuxMOM()
    options: dict[str, Any] = {"K": 2, "T": 5, "replicas": 4, "engine": "numpy"}
    verdict = at.validate(theorem, pair, noise, G_rows=3, G_every=2, **options)
    stored = json.loads(verdict.to_json())
    assert stored["provenance"]["G_rows"] == 3
    assert stored["provenance"]["G_every"] == 2
    assert any("at one local step of every 2" in note for note in stored["notes"])
    assert any("from 3 samples" in note for note in stored["notes"])
    assert "from 3 samples" in " ".join(str(verdict).split())
    trace = at.run(at.methods.AuxMOM, pair, noise, STEPS, engine="numpy", replicas=4, G_rows=3)
    assert "from 3 samples" in " ".join(str(trace).split())
    plain = at.validate(theorem, pair, noise, **options)
    assert "samples drawn" not in str(plain) and "G_rows" not in plain.provenance


def test_bad_requests() -> None:
    """Otherwise an estimate that was asked for is silently the exact number, or none."""
    pair = at.Quadratic(L=1.0, dim=3).with_helper(delta=0.1)
    for engine in ("auto", "cpu", "numpy"):
        with pytest.raises(InputError, match="G_rows = 4: must be left out unless"):
            at.run(at.methods.AuxMOM, pair, at.Gaussian(), STEPS, engine=engine, G_rows=4)
    with pytest.raises(InputError, match="G_every = 2: must be left out unless"):
        at.run(at.methods.AuxMOM, pair, at.Gaussian(), STEPS, G_every=2)
    refused(lambda: at.Sampling(G_every=0), ["G_every = 0"])
    refused(lambda: at.Sampling(G_rows=1), ["G_rows = 1"])
    refused(lambda: at.Sampling(G_rows=4, follow_G=False), ["G_rows = 4"])
