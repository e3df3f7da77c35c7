"""Hypothesis strategies for pairs, noises and budgets; they shrink towards d = K = T = 1 and no noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from auxtheory.noise import Gaussian, Noise, RandomSign
from auxtheory.problems import Quadratic, QuadraticPair


@dataclass(frozen=True)
class Budget:
    """How long a run may be: K local steps, T rounds, and the batch B of the first buffer."""

    K: int
    T: int
    B: float = np.inf


def positive(low: float = 1e-3, high: float = 1e3) -> st.SearchStrategy[float]:
    """Positive numbers over orders of magnitude, shrinking towards 1."""
    return st.one_of(st.just(1.0), st.floats(np.log(low), np.log(high)).map(lambda e: float(f"{np.exp(e):.3g}")))


def level(high: float = 10.0) -> st.SearchStrategy[float]:
    """Numbers from 0, shrinking towards 0."""
    return st.one_of(st.just(0.0), positive(1e-3 * high, high))


@st.composite
def pairs(draw: st.DrawFn, *, max_dim: int = 4, dense: bool = True, mu: float | None = None) -> QuadraticPair:
    """Quadratic pairs of any L, μ, δ, ζ and F0; diagonal or, unless dense=False, with Hessians that do not commute.

    mu: a lower limit of μ/L, to stay within reach of the theorems that need one.
    """
    dim = draw(st.integers(1, max_dim))
    L = draw(positive())
    share = 1.0 if dim == 1 else draw(st.floats(mu, 1.0) if mu else st.just(0.0) | st.floats(1e-6, 1.0))
    rotations = st.one_of(st.none(), st.integers(0, 9)) if dense and dim > 1 else st.none()
    target = Quadratic(
        L=L,
        mu=None if dim == 1 else L * share,
        dim=dim,
        spectrum=draw(st.sampled_from(["uniform", "two-cluster"])),
        F0=draw(positive()),
        rotation=draw(rotations),
    )
    delta = draw(st.one_of(st.just(0.0), positive(1e-4, 10.0))) * L
    gap = draw(st.sampled_from(["signs", "uniform"] if dim > 1 else ["signs", [delta]]))
    return target.with_helper(delta, draw(level()), gap=gap, rotation=draw(rotations))  # type: ignore[arg-type]


@st.composite
def noises(draw: st.DrawFn, *, high: float = 10.0, multiplicative: bool = True) -> Noise:
    """Gaussian and random-sign laws of any levels and correlation, with or without a multiplicative part."""
    law = draw(st.sampled_from([Gaussian, RandomSign]))
    s = draw(level(1.0)) if multiplicative else 0.0
    correlation = draw(st.one_of(st.just(0.0), st.floats(-1.0, 1.0)))
    return law(sigma_f=draw(level(high)), sigma_h=draw(level(high)), correlation=correlation, s=s)


def budgets(*, max_K: int = 12, max_T: int = 60) -> st.SearchStrategy[Budget]:
    """Local steps, rounds and first batches."""
    batches = st.one_of(st.just(np.inf), st.integers(1, 1000))
    return st.builds(Budget, K=st.integers(1, max_K), T=st.integers(1, max_T), B=batches)
