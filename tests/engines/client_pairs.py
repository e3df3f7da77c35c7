"""Pairs with clients for tests of engines, of any shape."""

from __future__ import annotations

from typing import Any

import numpy as np

import auxtheory as at
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.problems.quadratic.pair import QuadraticPair


def client_pair(
    *,
    d: int = 2,
    dense: bool = False,
    counts: Any = (1, 1, 1),
    weights: Any = None,
    clients: bool = True,
    configurations: int = 1,
    delta: float = 0.3,
    zeta: float = 1.0,
    seed: int = 0,
) -> QuadraticPair:
    """A pair of random clients, or of helpers whose mean is not f."""
    rng = np.random.default_rng(seed)
    C, g = configurations, len(counts)
    counts = np.array(counts, dtype=float)
    weights = np.full(g, 1 / np.sum(counts)) if weights is None else np.array(weights)
    share = counts * weights
    A = rng.uniform(0.1, 1.0, size=(C, d))
    R = delta * rng.normal(size=(C, g, d))
    if dense:
        turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
        A = (turn * A[:, None, :]) @ turn.T
        A = (A + A.swapaxes(-1, -2)) / 2
        R = delta * rng.normal(size=(C, g, d, d))
        R = (R + R.swapaxes(-1, -2)) / 2
    b = zeta * rng.normal(size=(C, g, d))
    if clients:
        R = R - np.tensordot(R, share, axes=(1, 0))[:, None]
        b = b - np.tensordot(b, share, axes=(1, 0))[:, None]
    minimiser = rng.normal(size=d)
    eigenvalues = np.linalg.eigvalsh(A) if dense else A
    helpers = QuadraticHelpers(
        A=A,
        R=R,
        b=b,
        minimiser=minimiser,
        counts=counts,
        weights=weights,
        order=np.repeat(np.arange(g), counts.astype(int)),
    )
    mean_R = np.tensordot(R, share, axes=(1, 0))
    return QuadraticPair(
        start=rng.normal(size=(C, d)),
        minimiser=minimiser,
        description="a pair of random clients",
        grid=C > 1,
        A=A,
        R=mean_R,
        b=np.tensordot(b, share, axes=(1, 0)),
        eigenvalues=eigenvalues,
        gap_norm=np.max(np.abs(mean_R).reshape(C, -1), axis=-1),
        helpers=helpers,
    )


def run_exact(method: Any, pair: Any, noise: Any = None, measures: Any = (), **steps: Any) -> Any:
    """The trace of the engine exact."""
    task = at.Task(
        method=method,
        pair=pair,
        noise=at.Gaussian() if noise is None else noise,
        steps=at.Steps(**steps),
        measures=tuple(measures),
    )
    return at.engines.ENGINES["exact"].run(task)
