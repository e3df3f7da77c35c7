"""Coupled samples: the closed form of σ_r² against what is measured, when a coupling helps, and the
theorem with the exact σ_r."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.theorems.finite_sums.couplings import _variance

sums = at.theorems.finite_sums
L, F0, sigma_h, eta, a, K, T, B, W, part, zeta = at.symbols("L F0 sigma_h eta a K T B W part zeta")


def target(n: int = 60, d: int = 4, l2: float = 0.05) -> Any:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((n, d))
    labels = (features[:, 0] + 0.7 * rng.standard_normal(n) > 0).astype(int)
    return at.Logistic(features=features, labels=labels, l2=l2)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_the_closed_form_is_what_is_measured(share: float) -> None:
    """(pĀ − ‖∇r‖²)/b at 0, at x* and elsewhere, to all digits, and by `Minibatch`."""
    pair = at.helpers.relabelled(target(), share=share)
    closed = sums.relabelled_variance(pair, b=3)
    for x in (np.zeros(4), pair.x_star, np.full(4, -2.0)):
        assert sums.couplings_of_labels(pair, x, b=3).same == pytest.approx(closed, rel=1e-12)
        noise = at.Minibatch(pair=pair, batch=3)
        assert noise.at(x).sigma_r ** 2 == pytest.approx(closed, rel=1e-12)
        apart = at.Minibatch(pair=pair, batch=3, coupling="independent").at(x)
        measured = sums.couplings_of_labels(pair, x, b=3).independent
        assert apart.sigma_r**2 == pytest.approx(measured, rel=1e-12)
    assert float(np.sqrt(closed)) == pytest.approx(at.Minibatch(pair=pair, batch=3).sigma_r)


def quadratics(seed: int) -> tuple[Any, Any]:
    """∇f_i and ∇h_i of five random quadratic components at a random point."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((5, 2, 2))
    f = at.Quadratic.from_components(A @ A.transpose(0, 2, 1), rng.standard_normal((5, 2)))
    C = A + 0.4 * rng.standard_normal((5, 2, 2)) * rng.choice([1, -3])
    h = at.Quadratic.from_components(C @ C.transpose(0, 2, 1), rng.standard_normal((5, 2)))
    x = rng.standard_normal((1, 1, 2))
    return f.components.each(x)[0, 0], h.components.each(x)[0, 0]


def test_couplings_of_quadratic_components_by_enumeration() -> None:
    """All batches of two, with and without replacement."""
    f, h = quadratics(0)
    for replacement in (True, False):
        pairs: Any = product(range(5), repeat=2) if replacement else combinations(range(5), 2)
        draws = np.array([np.mean((f - h)[list(i)], axis=0) for i in pairs])
        found = sums.couplings(f, h, 2, replacement=replacement)
        assert found.same == pytest.approx(_variance(draws), rel=1e-12)
    draws = np.array([f[i] - h[j] for i, j in product(range(5), repeat=2)])
    assert sums.couplings(f, h).independent == pytest.approx(_variance(draws), rel=1e-12)


def test_it_helps_if_and_only_if_the_covariance_is_positive() -> None:
    seen = set()
    for seed in range(60):
        found = sums.couplings(*quadratics(seed))
        assert found.helps == (found.covariance > 0) and found.helps == (found.ratio < 1)
        seen.add(found.helps)
    assert seen == {True, False}
    assert not sums.couplings([[1.0], [-1.0]], [[1.0], [-1.0]], 2, replacement=False).helps


def test_the_condition_at_equal_norms() -> None:
    """(1−p)E s² > pE s(1−s) + ⟨∇f, ∇h⟩/A is Cov > 0 for unit features; "helps if p < ½" is refuted:
    s = 0.2, p = 0.4, ⟨∇f, ∇h⟩ = 0 has the ratio 1.25."""
    rng = np.random.default_rng(4)
    seen = set()
    for _ in range(200):
        n = 30
        features = rng.standard_normal((n, 3))
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        f = at.Logistic(features=features, labels=rng.integers(0, 2, n), classes=2, l2=1.0)
        pair = at.helpers.relabelled(
            f, share=float(rng.uniform(0.1, 0.6)), seed=int(rng.integers(99))
        )
        x = rng.standard_normal(3) * rng.uniform(0, 8)
        marks = 2.0 * f.labels - 1
        s = 1 / (1 + np.exp(marks * (features @ x)))
        wrong = pair.f.labels != pair.g.labels
        of_f = -(marks * s)[:, None] * features
        of_h = np.where(wrong, marks * (1 - s), -marks * s)[:, None] * features
        inner = float(of_f.mean(axis=0) @ of_h.mean(axis=0))
        found = sums.couplings(of_f, of_h)
        assert sums.helps_at_equal_norms(s, wrong, inner, 1.0) == found.helps
        assert found.same == pytest.approx(sums.couplings_of_labels(pair, x).same, rel=1e-9)
        seen.add(found.helps)
    assert seen == {True, False}
    # Ten orthogonal a, so that the means of f and h have no common part but each its own.
    s, wrong = np.full(10, 0.2), np.arange(10) < 4
    ratio = 0.4 / (np.mean(s**2) + np.mean(np.where(wrong, 1 - s, s) ** 2))
    assert not sums.helps_at_equal_norms(s, wrong, 0.0, 1.0)
    assert ratio == pytest.approx(1.25, rel=1e-9)


def test_the_theorem_knows_the_exact_variance() -> None:
    """W and κ_b of a relabelled logistic pair, of other pairs, and of a law."""
    theorem = at.theorems.CoupledAuxMOM()
    pair = at.helpers.relabelled(target(), share=0.25)
    for replacement in (True, False):
        noise = at.Minibatch(pair=pair, batch=4, replacement=replacement)
        c = theorem.constants(pair, noise)
        variance = float(c.part) * (float(c.W) - float(c.zeta) ** 2)
        assert variance == pytest.approx(noise.at(pair.x_star).sigma_r ** 2, rel=1e-9)
    wrong = pair.f.labels != pair.g.labels
    assert float(c.W) == pytest.approx(np.sum(pair.f.features[wrong] ** 2) / 60, rel=1e-9)
    apart = at.Minibatch(pair=pair, batch=4, coupling="independent")
    assert theorem.constants(pair, apart).W == np.inf
    noisy = at.helpers.noisy(target(), 0.1)
    assert theorem.constants(noisy, at.Minibatch(pair=noisy, batch=4)).W == np.inf


def test_a_run_with_coupled_samples_is_below_the_bound() -> None:
    pair = at.helpers.relabelled(target(), share=0.25)
    noise = at.Minibatch(pair=pair, batch=4)
    theorem = at.theorems.CoupledAuxMOM()
    verdict = at.validate(theorem, pair, noise, K=2, T=20, B=1, replicas=64, engine="numpy")
    assert verdict.status == "pass" and 0.01 < verdict.ratio < 1


def test_wrong_variants_of_the_theorem() -> None:
    """W for W − ζ² is no mistake but loose; the variance halved, and W² forgotten, are mistakes."""
    theorem = at.theorems.CoupledAuxMOM()
    rest = 2 * F0 / (eta * K * T) + L * eta * sigma_h**2
    buffer = (a * (1 - 1 / T) + 1 / (a * B * T)) / (2 - a)
    tiny = at.Quadratic(L=1.0, dim=2, mu=1.0, F0=1e-9).with_helper(zeta=0.5)
    noise = at.Gaussian(sigma_f=1.0)
    steps: dict[str, Any] = {"K": 1, "T": 60, "B": 1, "eta": 1.0, "a": 0.05}
    half = at.claim(rest + part * (W - zeta**2) / 2 * buffer, like=theorem)
    verdict = at.validate(half, tiny, noise, **steps)
    assert verdict.status == "violated" and verdict.ratio == pytest.approx(1.951, rel=1e-2)
    shorter = at.claim(rest + part * at.maximum(W - 4 * zeta**2, 0) * buffer, like=theorem)
    verdict = at.validate(shorter, tiny, noise, **steps)
    assert verdict.status == "violated"


def test_bad_arguments_are_listed() -> None:
    with pytest.raises(at.InputError, match="of_h"):
        sums.couplings([[1.0]], [1.0])
    with pytest.raises(at.InputError, match="labels alone"):
        sums.relabelled_variance(at.helpers.noisy(target(), 0.1))
