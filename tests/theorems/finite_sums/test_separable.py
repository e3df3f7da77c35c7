"""Gradient descent on separable logistic regression: wrong variants, the pair's constants, and the
best comparator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

import auxtheory as at
from auxtheory.theorems.finite_sums.logistic import best_comparator, separated

F0, eta, T, K, margin, reach = at.symbols("F0 eta T K margin reach")
GD = at.theorems.LogisticGD


def comparator(shift: float, reached_from: float = 1.0) -> Any:
    """The bound with shift·η in place of η/2, and γ² times a factor."""

    def bound(c: Any, s: Any) -> float:
        u = c.margin**2 * reached_from * s.eta * s.T
        levels = np.linspace(0, 60, 6001)
        return float(np.min(np.log1p(np.exp(-levels)) + (levels + shift * s.eta) ** 2 / (2 * u)))

    return at.claim(bound, like=GD(), check_units=False)


def measured(pair: Any, eta: float, T: int) -> float:
    value = at.run(
        at.methods.SGD,
        pair,
        at.Gaussian(),
        at.Steps(eta=eta, K=1, T=T),
        engine="numpy",
        replicas=2,
        measures=[at.measures.gap_mean],
    ).measure(at.measures.gap_mean)[0]
    return float(value[-1, 0])


def test_without_half_eta_the_bound_is_refuted() -> None:
    """λ for λ + η/2: two nearly opposite features of length 1, γ = 0.05, η = T = 100."""
    c = math.sqrt(1 - 0.05**2)
    pair = at.problems.separable_logistic([[0.05, c], [0.05, -0.9 * c]], [1, 1])
    assert pair.margin == pytest.approx(0.05, rel=1e-3)
    wrong = comparator(0.0)
    constants = wrong.constants(pair, at.Gaussian())
    bound = float(wrong.value(constants, at.Steps(eta=100.0, K=1, T=100)))
    assert measured(pair, 100.0, 100) / bound == pytest.approx(36.5, rel=2e-2)
    assert GD().value(GD().constants(pair, at.Gaussian()), at.Steps(eta=100.0, K=1, T=100)) > 1


def test_the_length_of_w_counts() -> None:
    """γ = 10 of a w* of length 10, with one feature 1."""
    pair = at.problems.separable_logistic([[1.0]], [1])
    wrong = comparator(0.5, reached_from=100.0)
    constants = wrong.constants(pair, at.Gaussian())
    bound = float(wrong.value(constants, at.Steps(eta=1.0, K=1, T=10)))
    assert measured(pair, 1.0, 10) / bound == pytest.approx(12.5, rel=2e-2)


def test_validate_refutes_too_small_a_bound() -> None:
    wrong = at.claim(F0 / (margin**2 * eta * T) * 0.1, like=GD(), check_units=False)
    pair = at.problems.separable_logistic([[1.0]], [1])
    verdict = at.validate(wrong, pair, K=1, T=100, eta=0.1, engine="numpy", replicas=2)
    assert verdict.status == "violated"


def test_scaling_f_and_x_scales_the_bound() -> None:
    """Weights times c, features times R and η by 1/(cR²): the run and the bound are c times as
    large."""
    features = np.array([[0.6, 0.8], [0.6, -0.7]])
    one = at.problems.separable_logistic(features, [1, 1])
    other = at.problems.separable_logistic(7 * features, [1, 1], weights=[1.5, 1.5])
    step = 4.0
    for kind in (GD, at.theorems.LogisticGDClosed):
        value = kind().value(kind().constants(one, at.Gaussian()), at.Steps(eta=step, K=1, T=9))
        scaled = kind().value(
            kind().constants(other, at.Gaussian()), at.Steps(eta=step / (3 * 49), K=1, T=9)
        )
        assert scaled == pytest.approx(3 * float(value), rel=1e-9)
    assert measured(other, step / (3 * 49), 9) == pytest.approx(
        3 * measured(one, step, 9), rel=1e-9
    )


def test_the_bound_is_the_least_over_a_grid_and_below_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        c = at.Constants(L=1.0, F0=math.log(2), margin=float(rng.uniform(0.01, 1)), reach=1.0)
        s = at.Steps(eta=float(10 ** rng.uniform(-3, 3)), K=1, T=int(rng.integers(1, 10_000)))
        value = float(GD().value(c, s))
        u = float(c.margin) ** 2 * float(s.eta) * s.T
        levels = np.linspace(0, min(u, 50.0), 20_001)
        grid = np.log1p(np.exp(-levels)) + (levels + s.eta / 2) ** 2 / (2 * u)
        assert value == pytest.approx(float(np.min(grid)), rel=1e-4)
        assert value <= float(at.theorems.LogisticGDClosed().value(c, s)) * (1 + 1e-12)
        if u >= 1:
            assert value <= (1 + (math.log(u) + s.eta / 2) ** 2 / 2) / u * (1 + 1e-12)
    assert best_comparator.__doc__


def test_the_margin_is_the_largest() -> None:
    """Against the maximum of min yᵢaᵢᵀw over ‖w‖ ≤ 1 by SciPy."""
    pair = separated()
    signed = np.where(pair.f.labels == 1, 1.0, -1.0)[:, None] * pair.f.features
    d = signed.shape[1]
    found = minimize(
        lambda v: -v[-1],
        np.append(pair.direction * 0.5, 0.0),
        constraints=[
            {"type": "ineq", "fun": lambda v: signed @ v[:-1] - v[-1]},
            {"type": "ineq", "fun": lambda v: 1 - v[:-1] @ v[:-1]},
        ],
        options={"maxiter": 500, "ftol": 1e-14},
    )
    assert pair.margin == pytest.approx(-found.fun, rel=1e-5)
    assert np.linalg.norm(pair.direction) == pytest.approx(1.0)
    assert linprog(
        np.zeros(d), A_ub=-signed, b_ub=-np.ones(len(signed)), bounds=(None, None)
    ).success


def test_the_pair_has_its_infimum_at_infinity() -> None:
    pair = separated()
    assert pair.infimum_known and np.all(np.isinf(pair.x_star))
    assert at.theorems.DERIVED["D0"].compute(pair) == np.inf
    assert float(pair.constants().F0) == pytest.approx(math.log(2))
    assert pair.certify().holds
    lost = at.Quadratic(L=1.0, dim=2).with_helper()
    assert [u.condition for u in GD().unmet(GD().constants(lost, at.Gaussian()))] == ["0 < γ_w"]


def test_bad_data_is_refused() -> None:
    with pytest.raises(at.InputError, match="separable by a plane through 0"):
        at.problems.separable_logistic([[1.0], [2.0]], [0, 1])
    with pytest.raises(at.InputError, match="must be above 0"):
        at.problems.separable_logistic([[1.0], [-2.0]], [1, 0], weights=[1.0, 0.0])
