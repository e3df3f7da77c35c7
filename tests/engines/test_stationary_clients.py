"""The state at which a method with clients settles, against long runs and formulas."""

from __future__ import annotations

import numpy as np
import pytest

import auxtheory as at
from tests.engines.client_pairs import client_pair, run_exact

M = at.methods
NOISE = at.Gaussian(sigma_f=0.3, sigma_h=0.5)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize(
    "method", [M.FedAvg, M.SCAFFOLD, M.LaggedSCAFFOLD, M.StaleAuxMOM, M.SharedMVR]
)
def test_is_the_end_of_a_long_run(method: at.methods.MethodType, dense: bool) -> None:
    pair = client_pair(counts=[1, 2], dense=dense, delta=0.1)
    own = {"a": 0.5} if "a" in method.program.parameters else {}
    steps = {"eta": 0.4, "K": 3, "S": 2, "B": 1, **own}
    measures = (at.measures.G_avg, at.measures.distance_last)
    limit = at.stationary(method, pair, NOISE, at.Steps(T=1, **steps), measures)
    ends = [run_exact(method, pair, NOISE, measures, T=T, **steps) for T in (300, 301)]
    for name in ("gap", "grad_sq", at.measures.distance_last):
        np.testing.assert_allclose(limit.measure(name), ends[1].measure(name)[0][-1], rtol=1e-9)
    for name in ("G", at.measures.G_avg):
        first, second = (end.measure(name)[0][-1] for end in ends)
        np.testing.assert_allclose(limit.measure(name), 301 * second - 300 * first, rtol=1e-7)


@pytest.mark.parametrize("dense", [False, True])
def test_fixed_point_of_local_steps(dense: bool) -> None:
    """Σ S_i ∇f_i(x̄) = 0 with S_i = η Σ_{k<K} (I − ηA_i)^k."""
    pair = client_pair(dense=dense, delta=0.2)
    eta, K = 0.3, 5
    steps = at.Steps(eta=eta, K=K, T=1, S=1)
    x = at.stationary(M.FedAvg, pair, NOISE, steps).mean["x"][0]
    total = np.zeros(pair.dim)
    for group in range(3):
        A, R = pair.A[0], pair.helpers.R[0, group]
        H = A - R if dense else np.diag(A - R)
        S = eta * sum(np.linalg.matrix_power(np.eye(2) - eta * H, k) for k in range(K))
        total += S @ (H @ (x - pair.x_star) - pair.helpers.b[0, group])
    np.testing.assert_allclose(total, 0.0, atol=1e-13)


def test_memoryless_completion_settles_at_its_formula() -> None:
    """Σ q_i d_i S_i (I + η_g d_i A_i S_i)⁻¹ ∇f_i(x̄) = 0 on two clients in one dimension."""
    pair = client_pair(d=1, counts=[1, 1], delta=0.3)
    eta, K, eta_g, w = 0.3, 4, 0.5, 1.0
    steps = at.Steps(eta=eta, K=K, T=1, S=1, eta_g=eta_g, w=w)
    x = at.stationary(M.MemorylessCompletion, pair, at.Gaussian(), steps).mean["x"][0, 0]
    total = 0.0
    for group in range(2):
        A = pair.A[0, 0] - pair.helpers.R[0, group, 0]
        S = eta * sum((1 - eta * A) ** k for k in range(K))
        slope = A * (x - pair.x_star[0]) - pair.helpers.b[0, group, 0]
        total += w * S / (1 + eta_g * w * A * S) * slope
    assert abs(total) < 1e-13


def test_what_does_not_settle_is_refused() -> None:
    pair = client_pair(delta=0.1)
    with pytest.raises(at.RefusedError, match="its mean grows by a factor of"):
        at.stationary(M.FedAvg, pair, NOISE, at.Steps(eta=5.0, K=2, T=1))
    steps = at.Steps(eta=0.1, a=0.01, K=2, T=1)
    with pytest.raises(at.RefusedError, match="its covariance grows by a factor of"):
        noise = at.Gaussian(sigma_f=1.0, s=20.0)
        at.stationary(M.ClientAuxMVR, pair, noise, steps)
    with pytest.raises(at.RefusedError, match="needs equal rounds"):
        at.stationary(M.FedFix, pair, NOISE, at.Steps(eta=0.1, K=2, T=1))
