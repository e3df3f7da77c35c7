"""L-SVRG and SAGA: wrong variants, reductions, and the algebra of the proof."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.testing import Counterexample, falsify

D0, H0, L_max, N, mu, eta, K, T, p = at.symbols("D0 H0 L_max N mu_sc eta K T p")
UNEQUAL = at.Quadratic.from_components([[1.0], [0.6]])


def rate_alone(kind: Any, p: Any) -> at.Theorem:
    first = D0 + eta * (1 - 2 * L_max * eta) / (L_max * p) * H0
    return at.claim((1 - eta * mu) ** (K * T) * first, like=kind())


def test_the_rate_of_gradient_descent_alone_is_refuted() -> None:
    wrong = rate_alone(at.theorems.LSVRG, p)
    verdict = at.validate(wrong, UNEQUAL, K=1, T=60, eta=0.2, p=0.01)
    assert verdict.status == "violated" and verdict.ratio == pytest.approx(12.2, rel=1e-2)
    many = at.Quadratic.from_components([[1.0]] * 25 + [[0.6]] * 25)
    verdict = at.validate(rate_alone(at.theorems.SAGA, 1 / N), many, K=1, T=60, eta=0.24)
    assert verdict.status == "violated" and verdict.ratio > 1.05


@pytest.mark.parametrize("kind", [at.theorems.LSVRG, at.theorems.SAGA])
def test_the_memory_is_refuted_to_be_free(kind: Any) -> None:
    """Without the term in H₀."""
    wrong = at.claim((1 - eta * mu) ** (K * T) * D0, like=kind())
    steps = {"p": 0.02} if kind is at.theorems.LSVRG else {}
    pair = at.Quadratic.from_components([[1.0]] * 5 + [[0.6]] * 5)
    assert at.validate(wrong, pair, K=1, T=60, eta=0.24, **steps).status == "violated"


def test_convex_components_are_needed() -> None:
    """With f_i of curvatures 9 and −8.9, L-SVRG does not keep the bound."""
    wrong = at.claim(at.theorems.LSVRG().bound, like=at.theorems.LSVRG(), assumptions=[])
    pair = at.Quadratic.from_components([[9.0], [-8.9]])
    verdict = at.validate(wrong, pair, K=1, T=200, eta=0.0275, p=0.01)
    assert verdict.status == "violated" and verdict.ratio == pytest.approx(1.484, rel=1e-2)
    assert at.theorems.LSVRG().unmet(at.theorems.LSVRG().constants(pair, at.Gaussian()))


@pytest.mark.slow
def test_falsify_finds_it() -> None:
    with pytest.raises(Counterexample):
        falsify(rate_alone(at.theorems.LSVRG, p), examples=2000)


def distance(method: Any, pair: Any, **steps: Any) -> float:
    measure = at.measures.distance_last
    trace = at.run(method, pair, at.Gaussian(), at.Steps(**steps), measures=[measure])
    return float(trace.measure(measure)[0][-1, 0])


def test_one_component_is_gradient_descent() -> None:
    """N = 1: the corrections cancel."""
    one = at.Quadratic.from_components([[1.0, 0.3]])
    descent = distance(at.methods.SGD, one, eta=0.2, K=1, T=9)
    for method, steps in ((at.methods.LSVRG, {"p": 0.3}), (at.methods.SAGA, {})):
        assert distance(method, one, eta=0.2, K=1, T=9, **steps) == pytest.approx(
            descent, rel=1e-12
        )


def test_saga_has_the_bound_of_lsvrg_at_one_nth() -> None:
    pair = at.Quadratic(L=1.0, mu=0.2, dim=4).with_components(N=5, delta=0.1, zeta=1.0)
    c = at.theorems.LSVRG().constants(pair, at.Gaussian())
    steps = {"eta": 0.1, "K": 2, "T": 7}
    with_coin = at.theorems.LSVRG().value(c, at.Steps(**steps, p=0.2))
    table = at.theorems.SAGA().value(
        at.theorems.SAGA().constants(pair, at.Gaussian()), at.Steps(**steps)
    )
    assert table == pytest.approx(float(with_coin), rel=1e-12)


def test_the_potential_of_the_proof_shrinks() -> None:
    """One step of L-SVRG on random convex quadratics, by enumeration: the potential falls by the
    factor of the statement."""
    rng = np.random.default_rng(1)
    worst = 0.0
    for _ in range(300):
        n, d = 4, 3
        roots = rng.standard_normal((n, d, d))
        A = roots @ roots.transpose(0, 2, 1)
        L = float(np.max(np.linalg.norm(A, 2, axis=(1, 2))))
        mu = float(np.linalg.eigvalsh(A.mean(axis=0))[0])
        step, q = rng.uniform(0.02, 0.98) / (4 * L), rng.uniform(0.01, 1)
        C = step * (1 - 2 * L * step) / (L * q)
        z, w = rng.standard_normal((2, d))
        before = z @ z + C * np.mean(np.sum((A @ w) ** 2, axis=1))
        g = A @ z - A @ w + A.mean(axis=0) @ w
        after = np.mean(np.sum((z - step * g) ** 2, axis=1))
        moved = (1 - q) * np.mean(np.sum((A @ w) ** 2, axis=1)) + q * np.mean(
            np.sum((A @ z) ** 2, axis=1)
        )
        factor = max(1 - step * mu, 1 - q * (1 - 4 * L * step) / (1 - 2 * L * step))
        worst = max(worst, (after + C * moved) / (factor * before))
    assert 0.9 < worst <= 1 + 1e-12


def test_logistic_samples_are_components() -> None:
    """The derived constants of a logistic f: L_max, N, H₀ and convexity."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((12, 2))
    f = at.Logistic(features=features, labels=np.arange(12) % 2, l2=0.5)
    theorem = at.theorems.SAGA()
    c = theorem.constants(f.with_helper(), at.Gaussian())
    assert float(c.L_max) == pytest.approx(np.max(np.sum(features**2, axis=1)) / 4 + 0.5)
    assert (float(c.N), float(c.rho_i)) == (12.0, 0.0)
    verdict = at.validate(
        theorem, f.with_helper(), at.Gaussian(), K=12, T=4, eta=0.2 / float(c.L_max), replicas=64
    )
    assert verdict.status == "pass"
