"""Special cases of the theorems about normalised methods are each other, or known theorems."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import theorems
from auxtheory.bounds.constants import lambda_K

rng = np.random.default_rng(5)


def constants(**changes: Any) -> at.Constants:
    """Constants of every kind; the derived ones in `more`."""
    more = {"L0": 1.3, "L1": 0.4, "delta0": 0.2, "delta1": 0.1, "Gamma0": 2.0, "reach0": 1.5}
    more |= {name: changes.pop(name) for name in list(changes) if name in more}
    return at.Constants(
        **{"L": 1.3, "F0": 2.0, "delta": 0.2, "sigma_r": 0.7, "sigma_f": 0.7, **changes}, more=more
    )


def steps(**values: Any) -> at.Steps:
    return at.Steps(**{"eta": 0.05, "a": 0.4, "K": 3, "T": 50, "B": 7.0, **values})


def test_momentum_is_auxmom_without_a_helper() -> None:
    """Otherwise one of the two bounds has another constant."""
    c = constants(delta0=1.3, delta1=0.4)
    one = theorems.NormalisedMomentum().value(c, steps(K=1))
    assert one == pytest.approx(theorems.NormalisedAuxMOM().value(c, steps(K=1)), rel=1e-12)


def test_exact_correction_is_auxmom_at_a_1_without_noise() -> None:
    """Otherwise one of the two bounds has another constant."""
    c = constants(sigma_r=0.0)
    one = theorems.NormalisedExactCorrection().value(c, steps(a=None))
    assert one == pytest.approx(theorems.NormalisedAuxMOM().value(c, steps(a=1.0)), rel=1e-12)


def test_the_smooth_case_is_that_of_no_growth() -> None:
    """Otherwise the two pages contradict each other at L₁ = δ₁ = 0, where every step is allowed."""
    c = constants(L1=0.0, delta1=0.0)
    for eta in (0.05, 50.0):
        one = theorems.NormalisedAuxMOM().value(c, steps(eta=eta))
        two = theorems.NormalisedAuxMOMSmooth().value(c, steps(eta=eta))
        assert one == pytest.approx(two, rel=1e-12)
        assert not theorems.NormalisedAuxMOM().unmet(c, steps(eta=eta))


def test_clipping_at_infinity_is_gradient_descent() -> None:
    """Otherwise the bound is not the attained one of S0, in units of η."""
    c = constants(L1=0.0, sigma_f=0.0)
    clipped = theorems.ClippedGD().value(c, at.Steps(eta=0.3, c_x=1e9, K=1, T=20))
    plain = theorems.SGD().value(c, at.Steps(eta=0.3, K=1, T=20))
    assert clipped == pytest.approx(0.3 * plain, rel=1e-9)


@pytest.mark.parametrize("sigma", [0.0, 0.5, 5.0])
def test_projected_adagrad_at_its_steps(sigma: float) -> None:
    """Otherwise the closed form of the page is another number."""
    c = constants(sigma_f=sigma)
    theorem = theorems.ProjectedAdaGradNorm()
    c = c.replace(more={**c.more, "rho": 0.0})
    T, L, D = 50, 1.3, 3.0
    quiet = sigma**2 * T <= 2 * L**2 * D**2
    expected = L * D**2 / T + sigma**2 / (2 * L) if quiet else 2**0.5 * D * sigma / T**0.5
    assert theorem.value(c, theorem.tune(c, K=1, T=T)) == pytest.approx(expected, rel=1e-12)


def test_without_growth_the_constant_step_is_that_of_s1() -> None:
    """Otherwise the range at L₁ = δ₁ = 0 is not Lη + 2δ²η²λ_K ≤ 1."""
    theorem = theorems.ExactCorrectionGrowth()
    c = constants(L1=0.0, delta1=0.0)
    eta = theorem.tune(c, K=5, T=9).eta
    assert 1.3 * eta + 2 * 0.04 * eta**2 * lambda_K(5) == pytest.approx(1, rel=1e-9)
    assert theorem.tune(c, K=1, T=9).eta == pytest.approx(1 / 1.3, rel=1e-9)


def test_methods_reduce_to_each_other() -> None:
    """Otherwise a text has another order of its steps."""
    pair = at.Exponential(L=20.0, L0=1.0, dim=3).with_helper(0.5)

    def last(method: Any, K: int, **more: Any) -> Any:
        steps = at.Steps(eta=0.1, K=K, T=9, **more)
        return at.run(method, pair, at.Gaussian(), steps, replicas=2).grad_sq[0, 0]

    m = at.methods
    correction = last(m.NormalisedExactCorrection, 3)
    assert last(m.NormalisedAuxMOM, 3, a=1.0) == pytest.approx(correction, rel=1e-12)
    assert last(m.NormalisedMomentum, 1, a=1.0) == pytest.approx(
        last(m.NormalisedSGD, 1), rel=1e-12
    )
