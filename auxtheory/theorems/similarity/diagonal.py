"""S1-diagonal and S3-diagonal: exact correction and AuxMOM with a step for each coordinate."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.bounds.glossary import symbols
from auxtheory.measures import Measure, square
from auxtheory.methods.diagonal import DiagonalAuxMOM, DiagonalExactCorrection
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.similarity.quantities import coupled

F0, sigma_h, sigma_r, eta, a, K, T, B = symbols("F0 sigma_h sigma_r eta a K T B")
# The mean over all local iterates of Σ_i p_i E(∂_i f)², p_i the step of coordinate i.
WEIGHTED: Measure = square("slope", over="local", unit="F")
# Compiling a loop would take longer than these runs.
SAMPLED: dict[str, Any] = {"engine": "numpy"}


class ExactCorrectionDiagonal(Theorem):
    """Exact correction with exact gradients and a step p_i for each coordinate, f and h quadratics
    and sums over coordinates, with the curvatures L_i of f and δ_i of f − h:

        p_i = min{η, 2/(L_i + √(L_i² + 4wδ_i²))}, w = min{4K²/π², ½K(K−1)}  ⇒
        Σ_i p_i mean(∂_i f)² ≤ 2F₀/(KT), for any η.

    Proof. In the norm of P = diag(1/p) the method has the step 1, and S1 is applied to each
    coordinate: L_ip_i + δ_i²p_i²λ_K ≤ 1, as λ_K ≤ w. Sum over the coordinates. Source: derived
    here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ExactCorrectionDiagonal()
        >>> target = at.Quadratic(spectrum=[1.0, 1.0], x0=[1.0, 1.0])
        >>> pair = target.with_helper(1.0, gap=[1.0, 0.01])
        >>> print(at.validate(theorem, pair, K=100, T=10, eta=10.0, engine="numpy").status)
        pass
    """

    label = "S1-diagonal"
    method = DiagonalExactCorrection
    measure = WEIGHTED
    assumptions = (sigma_h <= 0, coupled <= 0)
    bound = 2 * F0 / (K * T)

    def example(self) -> Case:
        # One coordinate of sixteen has δ = 1, the others δ = 0.01: with a single step, it would set
        # that of all.
        target = Quadratic(spectrum=np.linspace(0.01, 1.0, 16), x0=1 / np.linspace(0.1, 1.0, 16))
        return Case(
            target.with_helper(1.0, gap=[1.0] + [0.01] * 15),
            K=100,
            T=(3, 10, 30),
            eta=100,
            **SAMPLED,
        )

    def tightest(self) -> Case:
        # One step on f = ½x².
        return Case(Quadratic(L=1.0, dim=1).with_helper(0.0), K=1, T=1, eta=1.0, **SAMPLED)


class AuxMOMDiagonal(Theorem):
    """AuxMOM without noise of the helper and with a step p_i for each coordinate, f and h
    quadratics and sums over coordinates, with the curvatures L_i of f and δ_i of f − h:

        p_i = min{η, 2/(L_i + √(L_i² + 4δ_i²K²/a²))}, a ≤ 1  ⇒
        Σ_i p_i mean E(∂_i f)² ≤ 2F₀/(KT) + 2ησ_r²(a + 1/(aBT))/(2−a), for any η.

    Proof. In the norm of P = diag(1/p) the method has the step 1, and S3 without noise of the
    helper is applied to each coordinate: L_ip_i + (δ_ip_iK/a)² ≤ 1. The noise has Σ_i p_iE n_i² ≤
    ησ_r². Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMOMDiagonal()
        >>> target = at.Quadratic(spectrum=[1.0, 1.0], x0=[1.0, 1.0])
        >>> pair = target.with_helper(1.0, gap=[1.0, 0.01])
        >>> noise = at.Gaussian(sigma_f=0.1)
        >>> steps = {"K": 10, "T": 10, "eta": 0.1, "a": 0.3}
        >>> print(at.validate(theorem, pair, noise, **steps, engine="numpy").status)
        pass
    """

    label = "S3-diagonal"
    method = DiagonalAuxMOM
    measure = WEIGHTED
    variance = "mean"
    assumptions = (sigma_h <= 0, coupled <= 0)
    step_range = (a <= 1,)
    bound = 2 * F0 / (K * T) + 2 * eta * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a)

    def example(self) -> Case:
        # One coordinate of sixteen has δ = 1, the others δ = 0.01.
        target = Quadratic(spectrum=np.linspace(0.01, 1.0, 16), x0=1 / np.linspace(0.1, 1.0, 16))
        pair = target.with_helper(1.0, gap=[1.0] + [0.01] * 15)
        return Case(pair, Gaussian(sigma_f=0.3), K=10, T=(10, 100), eta=0.5, a=0.1, **SAMPLED)

    def tightest(self) -> Case:
        # One step on f = ½x².
        return Case(Quadratic(L=1.0, dim=1).with_helper(0.0), K=1, T=1, eta=1.0, a=1.0, **SAMPLED)
