"""Methods on the components of f in the exact engine: L-SVRG's rate, subsets, and two forms of exact
correction."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods


def contraction(pair: Any, eta: float, p: float, T: int) -> float:
    """The factor by which E‖w − x*‖² shrinks in a step, from the exact engine's last rounds."""
    steps = at.Steps(eta=eta, p=p, K=1, T=T)
    w = at.measures.distance("w")
    trace = at.run(
        methods.LSVRG, pair, None, steps, record=[T // 2, T], engine="exact", measures=[w]
    )
    values = trace.measure(w)[0][:, 0]
    return float((values[1] / values[0]) ** (1 / (T - T // 2)))


@pytest.mark.parametrize("N", [2, 5])
def test_the_rate_of_loopless_svrg_at_p_1_over_n(N: int) -> None:
    """Its second moments E x², E x w, E w² close, with eigenvalues in closed form where components
    agree: the rate is max((1 − ημ)², 1 − p). Where they differ it is the largest eigenvalue of a 3 ×
    3 matrix, and at η = 1/(6L) at most max(1 − ημ, 1 − p/2): Kovalev, Horváth, Richtárik, arXiv
    1901.08689, theorem 5."""
    p = 1 / N
    f = at.Quadratic(L=1.0, mu=0.3, dim=4)
    same = f.with_components(N=N, delta=0.0, zeta=0.0)
    different = f.with_components(N=N, delta=0.4, zeta=1.0)
    a = np.asarray(different.components.A)[0]
    for eta in (1 / 6, 0.9):
        rate = contraction(same, eta, p, 600)
        assert rate == pytest.approx(max((1 - 0.3 * eta) ** 2, 1 - p), rel=0.01)
        radius = 0.0
        for of_i in a.T:
            c, v = 1 - eta * np.mean(of_i), eta**2 * np.var(of_i)
            M = np.array([[c * c + v, -2 * v, v], [p * c, (1 - p) * c, 0], [p, 0, 1 - p]])
            radius = max(radius, float(np.max(np.abs(np.linalg.eigvals(M)))))
        assert contraction(different, eta, p, 600) == pytest.approx(radius, rel=1e-3)
    L = float(np.max(a))
    bound = max(1 - 0.3 / (6 * L), 1 - p / 2)
    assert contraction(different, 1 / (6 * L), p, 600) <= bound


class Subsets(at.Method):
    """x ← x − η ∇f_S(x), S two components at a time."""

    def step(o, x, *, eta):
        return x - eta * o.f[o.subset(2)](x)


@pytest.mark.parametrize("rotation", [None, 1])
def test_subsets_are_all_pairs_of_components(rotation: int | None) -> None:
    """Otherwise a subset repeats a component, or some are more likely: one step by hand, over all
    pairs, and several against sampling."""
    f = at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=rotation)
    pair = f.with_components(N=4, delta=0.3, zeta=0.8)
    trace = at.run(Subsets, pair, None, at.Steps(eta=0.3, K=1, T=1), engine="exact")
    components = pair.components
    z = pair.x0[0] - pair.minimiser
    A = pair.A[0] if pair.A.ndim == 3 else np.diag(pair.A[0])
    A_i = [M if M.ndim == 2 else np.diag(M) for M in components.A[0]]
    gaps = []
    for chosen in combinations(range(4), 2):
        g = np.mean([A_i[i] @ z + components.b[0, i] for i in chosen], axis=0)
        after = z - 0.3 * g
        gaps.append(0.5 * after @ A @ after)
    assert trace.gap[0, 0] == pytest.approx(np.mean(gaps), rel=1e-12)
    steps = at.Steps(eta=0.3, K=2, T=4)
    exact = at.run(Subsets, pair, None, steps, engine="exact")
    sampled = at.run(Subsets, pair, None, steps, engine="numpy", replicas=2000, seed=1)
    for name in ("G", "gap"):
        value, error = sampled.measure(name)
        assert abs(value - exact.measure(name)[0])[0, 0] < 4 * error[0, 0]


class Always(at.Method):
    """Loopless SVRG whose snapshot moves before the step."""

    state = "x w g"

    def start(o, x):
        return x, x, o.f(x, exact=True)

    def step(o, x, w, g, *, eta, p):
        new = o.coin(p)
        w = o.where(new, x, w)
        g = o.where(new, o.f(x, exact=True), g)
        now, then = o.f(x, w)
        return x - eta * (now - then + g), w, g


@pytest.mark.parametrize("rotation", [None, 1])
def test_svrg_with_a_snapshot_in_every_step_is_exact_correction(rotation: int | None) -> None:
    """p = 1 leaves no noise of f: exact correction without noise of h, in three forms."""
    f = at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=rotation)
    pair = f.with_helper(delta=0.3, zeta=0.8)
    noise = at.Gaussian(sigma_f=1.0, s=0.4)
    steps = at.Steps(eta=0.3, K=1, T=12)
    record = range(1, 13)
    expected = at.run(
        methods.ExactCorrection, pair, at.Gaussian(), steps, record=record, engine="exact"
    )
    for method, more in ((methods.SVRG, {}), (Always, {"p": 1.0})):
        trace = at.run(method, pair, noise, steps.replace(**more), record=record, engine="exact")
        np.testing.assert_allclose(trace.gap, expected.gap, rtol=1e-11)
    long = at.Steps(eta=0.3, K=3, T=4, p=1.0)
    trace = at.run(Always, pair, noise, long, record=range(1, 5), engine="exact")
    np.testing.assert_allclose(trace.gap, expected.gap[2::3], rtol=1e-11)
    other = at.run(Always, pair, noise, long.replace(p=0.5), record=range(1, 5), engine="exact")
    assert np.all(other.gap[1:] > 1.001 * trace.gap[1:])
