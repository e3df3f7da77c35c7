"""The dense recursion on a stable run in which an asymmetric covariance would grow without bound."""

from __future__ import annotations

import numpy as np

import auxtheory as at


def test_rounding_does_not_grow_in_a_stable_dense_run() -> None:
    # Without noise the run converges, so its expectation must stay bounded with noise; the wrong
    # recursion gave 1.8e40 at T = 300.
    f = at.Quadratic(L=4.5, mu=0.9, dim=11, rotation=1)
    pair = f.with_helper(delta=1.5, zeta=1.0, rotation=5)
    steps = at.Steps(eta=0.23, a=0.216, K=3, T=3000)
    noise = at.Gaussian(sigma_f=1.2, sigma_h=0.7)
    rounds = [100, 300, 2000, 3000]
    trace = at.run(at.methods.AuxMOM, pair, noise, steps, engine="exact", record=rounds)
    sampled = at.run(
        at.methods.AuxMOM,
        pair,
        noise,
        steps.replace(T=300),
        engine="numpy",
        record=[300],
        replicas=512,
        seed=3,
    )
    assert abs(trace.gap[1, 0] - sampled.gap[0, 0]) < 5 * sampled.gap_se[0, 0]
    # It has settled long before.
    np.testing.assert_allclose(trace.gap[3], trace.gap[2], rtol=1e-9)
