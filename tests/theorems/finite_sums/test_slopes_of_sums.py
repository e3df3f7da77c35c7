"""Where one term of a bound rules, the exact measure has its exponent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at


def slope(values: Any, x: Any) -> float:
    return float(np.polyfit(np.log(x), np.log(values), 1)[0])


def G(method: Any, pair: Any, noise: Any, **steps: Any) -> float:
    return float(at.run(method, pair, noise, at.Steps(**steps)).G[-1, 0])


def test_exponents_of_recursive_refreshes() -> None:
    """Without a floor, F₀/(ηKT): −1 in T; with noise alone σ_r²/B: 2 in σ and −1 in B."""
    # ηLT = 1 on the flattest coordinate, so that each T has its own hard instance.
    values = []
    lengths = np.array([100, 200, 400])
    for T in lengths:
        pair = at.Quadratic(spectrum=[1.0 / T, 1.0], x0=[np.sqrt(2.0 * T), 0.0]).with_helper()
        values.append(G(at.methods.PAGE, pair, at.Gaussian(), eta=0.3, K=1, T=int(T), p=0.3, b=1))
    assert slope(values, lengths) == pytest.approx(-1, abs=0.05)
    quiet = at.Quadratic(L=1.0, dim=2, mu=0.5, F0=1e-9).with_helper(delta=0.05)
    common: dict[str, Any] = {"eta": 0.5, "K": 2, "T": 300, "p": 0.3, "b": 1}
    batches = np.array([1, 10, 100])
    values = [
        G(at.methods.AuxPAGE, quiet, at.Gaussian(sigma_f=1.0), B=int(B), **common) for B in batches
    ]
    assert slope(values, batches) == pytest.approx(-1, abs=0.05)
    levels = np.array([0.1, 1.0, 10.0])
    values = [G(at.methods.AuxPAGE, quiet, at.Gaussian(sigma_f=s), B=4, **common) for s in levels]
    assert slope(values, levels) == pytest.approx(2, abs=0.05)


def test_exponents_of_coupled_samples() -> None:
    """2κ_b(W − ζ²)/√(BT) at the prescribed steps without noise of h: −½ in T, 1 in W − ζ²."""
    theorem = at.theorems.CoupledAuxMOM()
    pair = at.Quadratic(L=1.0, dim=2, mu=1.0, F0=1e-9).with_helper(zeta=0.5)
    noise = at.Gaussian(sigma_f=1.0)
    rounds = np.array([1_000, 4_000, 16_000])
    verdict = at.validate(theorem, pair, noise, K=1, T=rounds.tolist(), B=1)
    assert verdict.status == "pass"
    assert slope(verdict.table["measured"], rounds) == pytest.approx(-0.5, abs=0.05)
    levels = np.array([1.0, 2.0, 4.0])
    values = []
    for level in levels:
        louder = at.validate(theorem, pair, at.Gaussian(sigma_f=level), K=1, T=100, B=1)
        values.append(float(louder.table["measured"][0]))
    assert slope(values, levels) == pytest.approx(2, abs=0.05)


def test_lsvrg_shrinks_at_a_linear_rate() -> None:
    """At small steps log E‖x − x*‖² falls by 2ημ a step, twice what the bound allows."""
    pair = at.Quadratic(L=1.0, mu=1.0, dim=2).with_components(N=4, delta=0.1)
    rounds = np.array([50, 100, 200])
    verdict = at.validate(at.theorems.LSVRG(), pair, K=1, T=rounds.tolist(), eta=0.02, p=0.5)
    fall = np.polyfit(rounds, np.log(verdict.table["measured"]), 1)[0]
    assert fall == pytest.approx(2 * np.log(1 - 0.02), rel=0.05)


def test_gradient_descent_on_separable_data_falls_like_one_over_t() -> None:
    """The mean loss at a fixed η: slope −1 in T but for logarithms."""
    pair = at.problems.separable_logistic([[1.0, 0.0], [0.0, 1.0]], [1, 1])
    rounds = [300, 1_000, 3_000]
    verdict = at.validate(
        at.theorems.LogisticGD(), pair, K=1, T=rounds, eta=10.0, engine="numpy", replicas=2
    )
    assert verdict.status == "pass"
    assert -1 < slope(verdict.table["measured"], rounds) < -0.8
