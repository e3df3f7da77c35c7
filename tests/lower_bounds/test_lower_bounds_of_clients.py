"""Lower bounds on clients, and ranges of SCAFFOLD that are refuted."""

from __future__ import annotations

import math

import numpy as np
import pytest

import auxtheory as at
from auxtheory import lower_bounds
from auxtheory.lower_bounds.lagged import lagged_total

LAGGED, SCAFFOLD = at.methods.LaggedSCAFFOLD, at.methods.SCAFFOLDExactStart
G_avg, G_x = at.measures.G_avg, at.measures.G_x


def relative(pair: at.Pair, steps: at.Steps) -> float:
    """G_avg/(2F₀/(ηKT)) of SCAFFOLD."""
    trace = at.run(SCAFFOLD, pair, None, steps, engine="exact", measures=[G_avg])
    F0 = float(pair.constants().F0)
    return float(trace.measure(G_avg)[0][-1][0]) * steps.eta * steps.K * steps.T / (2 * F0)


@pytest.mark.parametrize("case", lower_bounds.REFUTED, ids=lambda c: f"{c.range} {c.K} {c.T}")
def test_a_pair_refutes_its_range(case: lower_bounds.Refuted) -> None:
    """With the ratio that is stored, inside the range."""
    steps = at.Steps(eta=case.eta, K=case.K, T=case.T)
    digits = 0.6 * 10.0 ** (math.floor(math.log10(case.ratio)) - 3)
    assert relative(case.pair, steps) == pytest.approx(case.ratio, abs=max(digits, 6e-5))
    helpers = case.pair.helpers
    L, z = float(case.pair.constants().L), float(helpers.delta_m[0]) * case.eta * case.K
    assert L * case.eta <= 1 + 1e-12
    largest = {"≤ 1": 1.0, "≤ 1.25": 1.25, "≤ 0.8": 0.8, "≤ 1.3": 1.3}
    limit = next(v for text, v in largest.items() if f"δ_mηK {text}," in f"{case.range},")
    assert z <= limit * (1 + 1e-9)
    if "/25" in case.range:
        assert L * case.eta + z**4 / 25 <= 1
    if "convex" in case.range:
        assert helpers.weak_convexity[0] == 0 and float(helpers.ell[0]) * case.eta <= 1 + 1e-12


@pytest.mark.parametrize("K", [2, 3, 10])
def test_two_clients_diverge_beyond_the_root(K: int) -> None:
    z = lower_bounds.divergence(K)
    for share, stable in ((0.99, True), (1.01, False)):
        pair = lower_bounds.two_clients(1e-3, share * z / K, [1.0])
        assert (relative(pair, at.Steps(eta=1.0, K=K, T=1500)) < 10) == stable


def test_the_roots_tend_to_that_of_hyperbolic_functions() -> None:
    z = lower_bounds.divergence(math.inf)
    assert math.cosh(z) - math.sinh(z) / z == pytest.approx(1)
    roots = [lower_bounds.divergence(K) for K in (2, 3, 10, 10_000)]
    assert roots == pytest.approx([2.0, 1.837, 1.622, z], abs=6e-4)
    with pytest.raises(at.InputError, match="K = 1"):
        lower_bounds.divergence(1)


@pytest.mark.parametrize(("K", "limit"), [(4, 1.24), (8, 1.11), (16, 1.05), (100, 1.008)])
def test_in_two_dimensions_steps_are_shorter(K: int, limit: float) -> None:
    assert lower_bounds.stability_limit(K, dim=2) == pytest.approx(limit, abs=6e-3)
    # The engine diverges beyond, with f of rank one and an R that does not commute; at a right
    # angle what grows would be along the axis in which f is flat, and at others K must be small.
    for share, stable in ((0.97, True), (1.05, False)) if K < 10 else ():
        z = share * lower_bounds.stability_limit(K, dim=2)
        R = z / K * np.array([[0.1, 0.99**0.5], [0.99**0.5, -0.1]])
        pair = lower_bounds.two_clients(np.diag([0.995, 0.0]), R, [1.0, 0.5])
        assert (relative(pair, at.Steps(eta=1.0, K=K, T=800)) < 10) == stable


def test_the_map_of_a_round_is_that_of_the_engine() -> None:
    rng = np.random.default_rng(3)
    f, R = np.diag([0.5, 0.2]), 0.1 * np.array([[1.0, 0.5], [0.5, -1.0]])
    x0 = rng.normal(size=2)
    pair = lower_bounds.two_clients(f, R, x0)
    state = np.concatenate([x0, R @ x0])
    M = lower_bounds.round_map(f, R, 0.7, 3)
    for T in (1, 2, 5):
        steps = at.Steps(eta=0.7, K=3, T=T)
        trace = at.run(SCAFFOLD, pair, None, steps, measures=[at.measures.grad_last])
        x = (np.linalg.matrix_power(M, T) @ state)[:2]
        expected = np.sum((f @ x) ** 2)
        assert trace.measure(at.measures.grad_last)[0][-1] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("N", "S", "K"), [(6, 1, 1), (6, 2, 1), (5, 5, 1), (1, 1, 1)])
def test_identical_clients_are_a_system_of_four_numbers(N: int, S: int, K: int) -> None:
    pair = lower_bounds.identical_clients(N, ell=2.0, F0=3.0)
    for T in (1, 4, 30):
        steps = at.Steps(eta=0.1, K=K, T=T, S=S)
        trace = at.run(LAGGED, pair, None, steps, engine="exact", measures=[G_x])
        ratio = float(trace.measure(G_x)[0][-1][0]) * 0.1 * T / (2 * 3.0)
        assert lagged_total(N, S, 0.2, T) == pytest.approx(ratio, rel=1e-10)
    assert lagged_total(N, S, 0.2, 10**6) == pytest.approx(lagged_total(N, S, 0.2), rel=1e-6)


def test_no_step_of_lagged_scaffold_gets_below() -> None:
    """√2·√N/S at best, as N grows; the tuned bound of T8-star is 4 to 9 times that."""
    assert [lagged_total(10**6, 1, m / 1000) for m in (0.5, 1.0, 2.0)] == pytest.approx(
        [0.5625, 0.7503, 1.5020], abs=6e-5
    )
    for N, S in ((10**6, 1), (10**8, 10)):
        unit = S / math.sqrt(N)
        best = min(2 * lagged_total(N, S, m * unit) / m for m in np.linspace(0.5, 4, 200))
        assert best == pytest.approx(math.sqrt(2), rel=0.01)
        assert best > math.sqrt(2) * (1 - 1e-6)
    assert math.isinf(lagged_total(10**6, 1, 1.9))


def test_minimax_values() -> None:
    c = at.Constants(L=1.0, F0=1.0, sigma_f=10.0, delta=0.5)
    values = [lower_bounds.minimax(c, T, "noisy") * T**0.5 / 10 for T in (10**3, 10**5, 10**7)]
    assert values == pytest.approx([3.1e-4, 5.4e-4, 5.7e-4], rel=0.02)
    far = lower_bounds.minimax(c, 10**15, "mean_square")
    assert far / (0.5 * 10 / 1e15) ** (2 / 3) == pytest.approx(3.55e-4, rel=0.02)
    assert lower_bounds.minimax(c, 99) == pytest.approx(1 / 1.7e5)
    assert lower_bounds.minimax(c, 99, without_f=True) == pytest.approx(0.5 / 1.7e5)
    with pytest.raises(at.InputError, match="kind"):
        lower_bounds.minimax(c, 3, "best")  # type: ignore[arg-type]
    # The tuned steps of SGD are above, as they must be.
    theorem = at.theorems.SGD()
    for T in (10, 10**4):
        c = at.Constants(L=1.0, F0=1.0, sigma_f=1.0)
        assert lower_bounds.minimax(c, T, "noisy") < theorem.value(c, theorem.tune(c, 1, T))


@pytest.mark.parametrize("K", [1, 2, 3, 30, 400])
def test_the_first_round_of_the_flat_client(K: int) -> None:
    """The mean of (ȳ_k/x)² of the proof of SCAFFOLD's lower bound."""
    v, k = np.geomspace(2.5, 100, 300) / K, np.arange(K)[:, None]
    with np.errstate(over="ignore"):
        mean = np.mean((1.5 - v * k + 0.5 * (1 - 2 * v) ** k) ** 2 / 4, axis=0)
    assert np.min(mean) >= 0.2027


def test_bad_values_are_listed() -> None:
    grid = at.Constants(L=np.array([1.0, 2.0]), F0=1.0)
    with pytest.raises(at.InputError, match=r"L = .*must be one number"):
        lower_bounds.minimax(grid, 10)
    with pytest.raises(at.InputError, match="f = 'a'"):
        lower_bounds.two_clients("a", 1, [1.0])
    with pytest.raises(at.InputError, match="must have the shape of f"):
        lower_bounds.two_clients(1.0, np.eye(2), [1.0])
    with pytest.raises(at.InputError, match=r"(?s)R = .*square.*eta = 0"):
        lower_bounds.round_map(np.eye(2), np.ones(2), 0.0, 1)
    with pytest.raises(at.InputError, match=r"^1 bad input:\n  N = 0"):
        lower_bounds.lagged_total(0, 5, 0.1)


def test_lists_are_matrices_and_no_similarity_leaves_no_lower_bound() -> None:
    assert lower_bounds.round_map([[1.0]], [[0.0]], 0.5, 1).tolist() == [[0.5, 0], [0, 0]]
    with np.errstate(all="raise"):
        assert lower_bounds.minimax(at.Constants(L=1.0, F0=1.0), 10, "mean_square") == 0.0
